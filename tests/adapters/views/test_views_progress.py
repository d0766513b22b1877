"""The progress bar: on a terminal it shows rate and time left; elsewhere it is silent."""

from __future__ import annotations

import io

from rich.console import Console

from adapters.views.progress import bar


def test_on_a_terminal_it_shows_how_far_and_how_fast() -> None:
    screen = io.StringIO()
    with bar("Rebuilding inbox", Console(file=screen, force_terminal=True, width=100)) as tell:
        tell(5_000, 20_000)
        tell(20_000, 20_000)
    assert "Rebuilding inbox" in screen.getvalue()
    assert "20000/20000" in screen.getvalue()
    assert "/s" in screen.getvalue()


def test_elsewhere_it_is_silent() -> None:
    screen = io.StringIO()
    with bar("Rebuilding inbox", Console(file=screen, force_terminal=False)) as tell:
        tell(5_000, 20_000)
    assert screen.getvalue() == ""
