"""What a file is, told by its first bytes: what a sender says of it is a hint, never the truth (N09)."""

from __future__ import annotations

import re
from typing import Literal

FileType = Literal["image", "video", "audio", "file"]
UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What a browser may show inside our page: pictures that can hold no script."""
LONGEST_NAME = 150

MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"BM", "image/bmp"),
    (0, b"%PDF-", "application/pdf"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (8, b"WAVE", "audio/wav"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
)
"""Where it stands, what stands there, what it means; the first row that fits counts."""
_OFFICE = "application/vnd.openxmlformats-officedocument"
BY_NAME: dict[tuple[str, str], str] = {
    ("application/zip", "docx"): f"{_OFFICE}.wordprocessingml.document",
    ("application/zip", "xlsx"): f"{_OFFICE}.spreadsheetml.sheet",
    ("application/zip", "pptx"): f"{_OFFICE}.presentationml.presentation",
    ("application/zip", "odt"): "application/vnd.oasis.opendocument.text",
    ("application/zip", "ods"): "application/vnd.oasis.opendocument.spreadsheet",
    ("application/msword", "xls"): "application/vnd.ms-excel",
    ("application/msword", "ppt"): "application/vnd.ms-powerpoint",
    (TEXT, "csv"): "text/csv",
}
"""Several kinds of document share one container: its name says which, and only among those."""
EXTENSIONS: dict[str, str] = {mime: ext for (_, ext), mime in BY_NAME.items()} | {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/bmp": "bmp",
    "image/heic": "heic",
    "application/pdf": "pdf",
    "audio/mp4": "m4a",
    "video/quicktime": "mov",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/amr": "amr",
    "audio/wav": "wav",
    "application/zip": "zip",
    "application/gzip": "gz",
    "application/vnd.rar": "rar",
    "application/x-7z-compressed": "7z",
    "application/msword": "doc",
    TEXT: "txt",
}
_RIFF = frozenset({"image/webp", "audio/wav"})
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
_MARKUP = re.compile(rb"<(!doctype|html|head|body|script|svg|\?xml|iframe|img)", re.IGNORECASE)


def told_by(head: bytes, name: str = "") -> str:
    """The MIME type of a file that begins with `head`. Markup of any kind is `UNKNOWN`: nothing is to render it."""
    mime = next((mime for at, magic, mime in MAGIC if head[at : at + len(magic)] == magic and _whole(head, mime)), "")
    if not mime:
        mime = TEXT if _is_text(head) else UNKNOWN
    return BY_NAME.get((mime, _extension(name)), mime)


def type_of(mime: str) -> FileType:
    kind = mime.partition("/")[0]
    return kind if kind in ("image", "video", "audio") else "file"  # type: ignore[return-value]


def clean_name(name: str | None, mime: str) -> str:
    """What may stand in a header and on a disk: no path, no control or direction marks, not too long, never empty."""
    text = _UNSAFE.sub("_", (name or "").replace("\\", "/").rpartition("/")[2]).strip(" .")
    if not text:
        text = "file"
    stem, dot, extension = text.rpartition(".")
    if not dot:
        stem, extension = text, EXTENSIONS.get(mime, "")
    room = LONGEST_NAME - len(extension) - 1
    return f"{stem[:room]}.{extension}" if extension else stem[:LONGEST_NAME]


def _whole(head: bytes, mime: str) -> bool:
    return mime not in _RIFF or head[:4] == b"RIFF"


def _is_text(head: bytes) -> bool:
    if b"\0" in head or _MARKUP.search(head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as cut:
        return cut.start >= len(head) - 3 and bool(head)
    return bool(head)


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""
