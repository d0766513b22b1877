"""A progress bar for long folds: rate and time left, on stderr, and only where a person looks at it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from adapters.views.rebuild import Progress as Tell


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "–", style="progress.data.speed")


@contextmanager
def bar(title: str, console: Console | None = None) -> Iterator[Tell]:
    """Gives the function to tell progress to; without a terminal it says nothing."""
    console = console or Console(file=sys.stderr)
    if not console.is_terminal:
        yield lambda position, last: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda position, last: progress.update(task, completed=position, total=last)
