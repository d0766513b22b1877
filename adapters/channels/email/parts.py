"""What a letter holds: its text and its files. A letter inside a letter is one file; so is a part nested too deep.

The body is the first text of each part that is shown; of alternatives the plain one. A picture that the body shows in
its place is a file like any other.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from email.generator import BytesGenerator
from email.message import Message
from email.policy import compat32
from io import BytesIO
from typing import Literal

from adapters.channels.email.charsets import decoded
from adapters.channels.email.file_names import file_name
from adapters.channels.email.html_text import text_of
from adapters.channels.inbound import AttachmentType, InboundAttachment

DEEPEST = 20
TEXTS = ("text/plain", "text/html")
TYPES: dict[str, AttachmentType] = {"image": "image", "audio": "audio", "video": "video"}
BodyType = Literal["text/plain", "text/html"]


@dataclass(frozen=True, slots=True)
class Content:
    """`body_type` None: the letter has no text of its own."""

    text: str
    body_type: BodyType | None
    attachments: tuple[InboundAttachment, ...]


def content_of(letter: Message) -> Content:
    shown = _Sorted([], [])
    _sort(letter, shown, DEEPEST)
    files = tuple(_file(one) for one in shown.files)
    if not shown.bodies:
        return Content("", None, files)
    texts = [body_text(one) for one in shown.bodies]
    first = next((one for one, text in zip(shown.bodies, texts, strict=True) if text), shown.bodies[0])
    body_type: BodyType = "text/html" if first.get_content_type() == "text/html" else "text/plain"
    return Content("\n\n".join(filter(None, texts)), body_type, files)


def body_text(part: Message) -> str:
    """Lines end with LF; without blank lines around."""
    text = decoded(content(part), part.get_param("charset") and str(part.get_param("charset")))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text_of(text) if part.get_content_type() == "text/html" else text.strip()


def is_text(part: Message) -> bool:
    """So is a part whose parts cannot be told apart, because its boundary is broken."""
    broken = part.get_content_maintype() == "multipart" and not part.is_multipart()
    return broken or (part.get_content_type() in TEXTS and not part.is_multipart())


def content(part: Message) -> bytes:
    """The bytes of a part, its transfer encoding undone; what is broken in it is left as it is."""
    if part.is_multipart():
        return _letter_inside(part)
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


@dataclass
class _Sorted:
    """`bodies`: texts that are shown one after the other; `files`: everything else, in the letter's order. `said`: a
    text that is not empty was found."""

    bodies: list[Message]
    files: list[Message]
    said: bool = False


def _sort(part: Message, into: _Sorted, depth: int) -> None:
    kind = part.get_content_type()
    if not part.is_multipart() or kind.startswith("message/") or depth == 0:
        _sort_leaf(part, kind, into)
    elif kind == "multipart/alternative":
        _sort_alternatives(part, into, depth)
    else:
        for one in _children(part):
            _sort(one, into, depth - 1)


def _sort_alternatives(part: Message, into: _Sorted, depth: int) -> None:
    """Of all that say the same, one is the body: the plain text, unless it is empty. Files stand beside any of them."""
    ways: list[list[Message]] = []
    for one in _children(part):
        texts = _Sorted([], into.files)
        _sort(one, texts, depth - 1)
        ways.append(texts.bodies)
    plain = [way for way in ways if way and all(_is_plain(one) for one in way) and any(map(body_text, way))]
    other = [way for way in ways if way and not all(_is_plain(one) for one in way)]
    if not into.said:
        into.bodies += next(iter([*plain, *other, *filter(None, ways)]), [])
        into.said = any(map(body_text, into.bodies))


def _sort_leaf(part: Message, kind: str, into: _Sorted) -> None:
    if not is_text(part) or _is_attached(part, into.said):
        into.files.append(part)
    elif not into.said or (into.files and _interrupted(into.files[-1])):
        into.bodies.append(part)
        into.said = into.said or bool(body_text(part))


def _is_plain(part: Message) -> bool:
    return part.get_content_type() == "text/plain"


def _is_attached(part: Message, have_body: bool) -> bool:
    return part.get_content_disposition() == "attachment" or (have_body and file_name(part) is not None)


def _interrupted(file: Message) -> bool:
    """A text that goes on behind a picture within it is the same text: Apple's programs write so."""
    return file.get_content_disposition() == "inline" and file.get_content_maintype() == "image"


def _children(part: Message) -> Iterator[Message]:
    inside = part.get_payload()
    yield from (one for one in inside if isinstance(one, Message)) if isinstance(inside, list) else ()


def _file(part: Message) -> InboundAttachment:
    raw = content(part)
    return InboundAttachment(
        type=TYPES.get(part.get_content_maintype(), "file"),
        mime=part.get_content_type(),
        file_name=file_name(part),
        size=len(raw),
        content=raw,
    )


def _letter_inside(part: Message) -> bytes:
    """The letter in a `message/rfc822` part as it stood there, also where it was encoded, which is forbidden."""
    inside = next(_children(part), part)
    out = BytesIO()
    try:
        BytesGenerator(out, mangle_from_=False, policy=compat32.clone(max_line_length=0)).flatten(inside)
    except (UnicodeError, LookupError, ValueError, TypeError, AttributeError):
        return b""
    raw = out.getvalue()
    if str(part.get("content-transfer-encoding", "")).strip().lower() != "base64":
        return raw
    try:
        return base64.b64decode(raw, validate=False)
    except binascii.Error:
        return raw
