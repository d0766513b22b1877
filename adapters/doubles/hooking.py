"""What doubles share whose providers are called by HTTP and post to hooks: a server, its faults, and a courier."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from time import monotonic, sleep
from typing import Generic, Protocol, TypeVar

from adapters.doubles.faults import Fault, Faults
from adapters.doubles.server import Asked, LoopbackServer, Reply
from adapters.doubles.shell import Shell

S = TypeVar("S")
A_co = TypeVar("A_co", covariant=True)


class Brings(Protocol[A_co]):
    """A courier: what it has tried so far, and the end of it."""

    @property
    def attempts(self) -> Sequence[A_co]: ...
    def settle(self, timeout: float) -> bool: ...
    def stop(self) -> None: ...


class HookingDouble(Shell, Generic[S, A_co]):
    """`S` = what our side has sent, `A_co` = a try to bring something to a hook. `sends`: the method by which messages
    are sent, for faults that name none. `calls` = the methods that were called, in order."""

    sends: str

    def __init__(self, courier: Brings[A_co], *, port: int = 0) -> None:
        self.calls: list[str] = []
        self._faults = Faults()
        self._hooks = courier
        self._server = LoopbackServer(self.answer, port=port)

    @property
    @abstractmethod
    def sent(self) -> list[S]:
        """What was sent through us, in order."""

    @abstractmethod
    def answer(self, asked: Asked) -> Reply: ...

    @property
    def url(self) -> str:
        """The `base_url` of a channel that is to talk to this double."""
        return self._server.url

    @property
    def attempts(self) -> list[A_co]:
        """Every try to bring something to a hook, in order."""
        return list(self._hooks.attempts)

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._hooks.stop()
        self._server.stop()

    def fails(self, fault: Fault, *, method: str | None = None, times: int = 1) -> None:
        """The next calls of this method meet the fault (see the `faults` of each double)."""
        self._faults.add(fault, method or self.sends, times)

    def settle(self, timeout: float = 5.0) -> bool:
        """Wait until everything was taken by its hook, or given up."""
        return self._hooks.settle(timeout)

    def wait_for_sent(self, number: int, timeout: float = 5.0) -> list[S]:
        """What was sent, as soon as it is so many messages, or when time is up."""
        end = monotonic() + timeout
        while len(self.sent) < number and monotonic() < end:
            sleep(0.005)
        return self.sent
