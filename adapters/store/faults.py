"""How a fault of ours is logged: what kind, and where. Its message may quote what a customer wrote, so it stays out."""

from __future__ import annotations

import traceback


def where(error: BaseException) -> str:
    """`ZeroDivisionError at desk/intake.py:41 in receive ← store/batch.py:63 in run`: innermost first."""
    innermost_first = reversed(traceback.extract_tb(error.__traceback__)[-6:])
    places = [f"{_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in innermost_first]
    return f"{type(error).__name__} at {' ← '.join(places)}"


def _short(path: str) -> str:
    return "/".join(path.split("/")[-2:])
