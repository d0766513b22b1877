"""A firm's own domain is known by the servers that take its mail; where nobody tells, there is no answer."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.channels.email import mx
from adapters.channels.email.services import serving

Answering = Callable[[bytes], bytes]


def told(question: bytes, *hosts: tuple[int, bytes], ident: bytes | None = None, flags: int = 0x8180) -> bytes:
    """Names of the answer are written as pointers into the question, as servers do."""
    rows = b""
    for preference, host in hosts:
        data = struct.pack(">H", preference) + host
        rows += b"\xc0\x0c" + struct.pack(">HHIH", 15, 1, 300, len(data)) + data
    return (ident or question[:2]) + struct.pack(">HHHHH", flags, 1, len(hosts), 0, 0) + question[12:] + rows


def name(text: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".")) + b"\0"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answering], None]]:
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))
    resolvers = tmp_path / "resolv.conf"
    resolvers.write_text("# ours\nnameserver 127.0.0.1\noptions ndots:1\n")
    monkeypatch.setattr(mx, "RESOLVERS", resolvers)
    monkeypatch.setattr(mx, "PORT", line.getsockname()[1])
    monkeypatch.setattr(mx, "TIMEOUT", 0.3)
    threads: list[threading.Thread] = []

    def serve(answering: Answering) -> None:
        def once() -> None:
            question, where = line.recvfrom(512)
            line.sendto(answering(question), where)

        threads.append(threading.Thread(target=once, daemon=True))
        threads[-1].start()

    yield serve
    for thread in threads:
        thread.join(2)
    line.close()


def test_the_most_wanted_server_comes_first(server: Callable[[Answering], None]) -> None:
    server(lambda asked: told(asked, (20, name("ALT1.aspmx.l.google.com")), (10, name("aspmx.l.google.com"))))
    hosts = mx.mail_hosts("Bakery.example")
    assert hosts == ["aspmx.l.google.com", "alt1.aspmx.l.google.com"]
    found = serving(hosts)
    assert found is not None and found.name == "google"


def test_names_may_point_to_where_they_stand_already(server: Callable[[Answering], None]) -> None:
    server(lambda asked: told(asked, (10, b"\x04mail\xc0\x0c")))
    assert mx.mail_hosts("bakery.example") == ["mail.bakery.example"]


@pytest.mark.parametrize(
    "answering",
    [
        lambda asked: told(asked, (10, name("x.google.com")), ident=b"\0\0" if asked[:2] != b"\0\0" else b"\1\1"),
        lambda asked: told(asked[:12] + b"\x05other\0\0\x0f\0\x01", (10, name("x.google.com"))),
        lambda asked: told(asked, (10, name("x.google.com")), flags=0x0100),
        lambda asked: told(asked, (10, b"\xc0\x0c"[:1])),
        lambda asked: told(asked, (10, struct.pack(">H", 0xC000 | (len(asked) + 14)))),
        lambda asked: b"\0",
        told,
    ],
    ids=["another id", "another name", "no answer", "cut off", "a circle", "nothing", "none"],
)
def test_what_is_no_answer_tells_nothing(server: Callable[[Answering], None], answering: Answering) -> None:
    server(answering)
    assert mx.mail_hosts("bakery.example") == []


@pytest.mark.parametrize("domain", ["", "..", "x" * 70 + ".example", "\ud83d"])
def test_what_is_no_domain_is_not_asked_about(domain: str) -> None:
    assert mx.mail_hosts(domain) == []


def test_without_name_servers_there_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mx, "RESOLVERS", tmp_path / "none")
    assert mx.mail_hosts("bakery.example") == []


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("bakery-example.mail.protection.outlook.com", "microsoft"),
        ("mx.yandex.net", "yandex"),
        ("emx.mail.ru", "mailru"),
        ("evilgoogle.com", None),
        ("mail.bakery.example", None),
    ],
)
def test_a_service_is_known_by_its_servers(host: str, service: str | None) -> None:
    found = serving([host])
    assert (found.name if found else None) == service
