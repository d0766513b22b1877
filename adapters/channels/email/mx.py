"""Which servers take the mail of a domain: one question to the name servers of this machine (RFC 1035, type MX).

Asked only while somebody connects a mailbox, so that a firm's own domain is known for what serves it. Where no answer
comes in time there is none, and people are asked instead.
"""

from __future__ import annotations

import secrets
import socket
import struct
from pathlib import Path

RESOLVERS = Path("/etc/resolv.conf")
PORT = 53
TIMEOUT = 2.0
LARGEST = 4096
MX, INTERNET = 15, 1
MOST_JUMPS = 20


class Malformed(Exception):
    """An answer that is none."""


def mail_hosts(domain: str) -> list[str]:
    """In lower case, the most wanted first; empty where nobody tells. Blocks, at most a few seconds."""
    try:
        asked = domain.strip(".").encode("idna").decode("ascii").lower()
        labels = [label.encode("ascii") for label in asked.split(".")]
    except UnicodeError:
        return []
    if not all(0 < len(label) < 64 for label in labels):
        return []
    for server in name_servers()[:2]:
        try:
            return [host for _, host in sorted(_answer(server, labels))]
        except (OSError, Malformed, struct.error, IndexError):
            continue
    return []


def name_servers() -> list[str]:
    try:
        lines = RESOLVERS.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    words = [line.split() for line in lines]
    return [one[1].partition("%")[0] for one in words if len(one) > 1 and one[0] == "nameserver"]


def _answer(server: str, labels: list[bytes]) -> list[tuple[int, str]]:
    ident = secrets.randbelow(65_536)
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    question = name + struct.pack(">HH", MX, INTERNET)
    with socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(TIMEOUT)
        line.connect((server, PORT))
        line.send(struct.pack(">HHHHHH", ident, 0x0100, 1, 0, 0, 0) + question)
        return _read(line.recv(LARGEST), ident, question)


def _read(told: bytes, ident: int, question: bytes) -> list[tuple[int, str]]:
    """What belongs to another question, or is no answer, is `Malformed`."""
    own, flags, _, answers, _, _ = struct.unpack(">HHHHHH", told[:12])
    asked = told[12 : 12 + len(question)]
    if own != ident or not flags & 0x8000 or asked.lower() != question.lower():
        raise Malformed
    found, at = [], 12 + len(question)
    for _ in range(answers):
        _, at = _name(told, at)
        kind, _, _, length = struct.unpack(">HHIH", told[at : at + 10])
        at += 10
        if kind == MX:
            (preference,) = struct.unpack(">H", told[at : at + 2])
            found.append((preference, _name(told, at + 2)[0]))
        at += length
    return found


def _name(told: bytes, at: int) -> tuple[str, int]:
    """The name that begins here, and where what follows it stands; parts of it may stand elsewhere."""
    labels, after = [], -1
    for _ in range(MOST_JUMPS * 8):
        length = told[at]
        if length & 0xC0 == 0xC0:
            after = at + 2 if after < 0 else after
            at = ((length & 0x3F) << 8) | told[at + 1]
        elif length:
            labels.append(told[at + 1 : at + 1 + length].decode("ascii", "replace").lower())
            at += 1 + length
        else:
            return ".".join(labels), after if after >= 0 else at + 1
    raise Malformed
