"""Secrets that are looked for: one for each secret field of each kind, and every way in which it may be told."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from urllib.parse import quote


def secret(kind: str, field: str) -> str:
    """Long, never the same, with letters that encodings change, and fit for a header."""
    return f"cnry/{blake2b(f'{kind}|{field}'.encode(), digest_size=12).hexdigest()}+{kind}="


def told(text: str) -> Iterator[tuple[str, bytes]]:
    """(how, bytes): none of them may be anywhere."""
    plain = text.encode()
    yield "plain", plain
    for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
        for ahead in range(3):  # in the middle of something longer it looks in three ways
            whole = encode(b"?" * ahead + plain).rstrip(b"=")
            yield f"{name}, {ahead} ahead", whole[(4, 4, 4)[ahead] if ahead else 0 : len(whole) - len(whole) % 4]
    yield "url-encoded", quote(text, safe="").encode()
    yield "url-encoded, as a path", quote(text).encode()
    yield "hex", plain.hex().encode()
    yield "HEX", plain.hex().upper().encode()
    yield "JSON-escaped", "".join(f"\\u{ord(letter):04x}" for letter in text).encode()
    yield "JSON with escaped slashes", json.dumps(text)[1:-1].replace("/", "\\/").encode()
    yield "backwards", plain[::-1]


def found(secrets: Mapping[str, str], places: Mapping[str, bytes]) -> list[str]:
    """What stands where, and how: without the secret itself."""
    return [
        f"{name} stands in {place}, {how}"
        for name, text in secrets.items()
        for how, shape in told(text)
        for place, everything in places.items()
        if shape in everything
    ]
