"""One moment, one transaction: what the door asks for goes out together with what stands before and behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from adapters.store.executor import Executor
from adapters.store.requests import Outcome, Request
from domain.errors import Rejected

Result = Outcome | Rejected


class Together:
    """What an intake needs of an executor. Nothing goes out before somebody waits for an answer; then all goes at once.

    `before` and `behind` go with the first batch; their results are found here afterwards.
    """

    def __init__(self, executor: Executor, before: Sequence[Request] = (), behind: Sequence[Request] = ()) -> None:
        self.before: list[Result] = []
        self.behind: list[Result] = []
        self._executor = executor
        self._first: tuple[Sequence[Request], Sequence[Request]] | None = (before, behind)
        self._asked: list[tuple[Request, _Waited]] = []

    def submit(self, request: Request) -> Future[Outcome]:
        future = _Waited(self.go)
        self._asked.append((request, future))
        return future

    def go(self) -> None:
        """Carry out what has gathered. Safe to call when nothing has."""
        before, behind = self._first or ((), ())
        asked, self._asked, self._first = self._asked, [], None
        results = self._executor.execute_all([*before, *(request for request, _ in asked), *behind])
        end = len(before) + len(asked)
        for (_, future), result in zip(asked, results[len(before) : end], strict=True):
            if isinstance(result, Outcome):
                future.set_result(result)
            else:
                future.set_exception(result)
        self.before += results[: len(before)]
        self.behind += results[end:]


class _Waited(Future[Outcome]):
    """Its answer is fetched when it is asked for."""

    def __init__(self, go: Callable[[], None]) -> None:
        super().__init__()
        self._go = go

    def result(self, timeout: float | None = None) -> Outcome:
        if not self.done():
            self._go()
        return super().result(timeout)
