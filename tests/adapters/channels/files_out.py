"""Files of ours for tests of sending: bytes in memory."""

from __future__ import annotations

import io

from adapters.channels.files import FileType, OutFile


def out_file(
    content: bytes = b"\x89PNG", name: str = "a.png", mime: str = "image/png", type: FileType = "image"
) -> OutFile:
    return OutFile(type=type, name=name, mime=mime, size=len(content), open=lambda: io.BytesIO(content))
