"""Lines of CSV that a spreadsheet reads as text and never as a formula (L10)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

END = "\r\n"
"""The writer must know it: else it does not quote a cell that holds one."""
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With these a cell begins to be a formula in one program or another; the wide forms in those of East Asia."""


def neutral(text: str) -> str:
    """The same text; where it would be a formula, with an apostrophe before it."""
    return f"'{text}" if text.startswith(STARTS) else text


def csv_line(cells: Sequence[str]) -> str:
    """One line without its end (RFC 4180); every cell is made harmless here, so that none can be forgotten."""
    written = StringIO()
    csv.writer(written, lineterminator=END).writerow([neutral(cell) for cell in cells])
    return written.getvalue().removesuffix(END)
