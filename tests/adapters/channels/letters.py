"""Letters of our own making: Vera writes to the bakery."""

from __future__ import annotations

from adapters.channels import channel
from adapters.channels.inbound import Inbound

EMAIL = channel("email")
HEAD = {
    "From": "Vera Orlova <vera@example.org>",
    "To": "hello@bakery.example",
    "Subject": "Rye bread",
    "Message-ID": "<one@example.org>",
    "Date": "Mon, 4 Mar 2024 12:00:00 +0300",
    "MIME-Version": "1.0",
}
PLAIN = {"Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit"}


def raw(body: bytes | str = "Hello", **head: str | None) -> bytes:
    """Header names with `_` for `-`; None leaves one out. Bytes outside ASCII go as UTF-8, as they should not."""
    given = {name.replace("_", "-"): value for name, value in head.items()}
    known = {name.lower() for name in given}
    lines = {name: value for name, value in (HEAD | PLAIN).items() if name.lower() not in known} | given
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return text.encode() + b"\r\n" + (body if isinstance(body, bytes) else body.encode())


def read(body: bytes | str = "Hello", **head: str | None) -> Inbound:
    (one,) = EMAIL.parse(raw(body, **head), {})
    return one


def multipart(*parts: bytes, kind: str = "mixed", **head: str | None) -> Inbound:
    """Each part with its own head."""
    body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    return read(body, Content_Type=f'multipart/{kind}; boundary="edge"', **head)


def part(kind: str, body: bytes = b"", **head: str) -> bytes:
    lines = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in head.items()}}
    return "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode() + b"\r\n" + body
