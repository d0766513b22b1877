"""Proofs that were used already: each counts once within its lifetime, after which its own date refuses it.

Kept in this process. Another process of ours does not know it, and need not: what a replayed body holds is known there
by its own id and becomes a duplicate (E02).
"""

from __future__ import annotations

import threading

MOST_KEPT = 100_000


class Seen:
    """Thread-safe."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def first(self, ident: str, until: float, now: float) -> bool:
        """Is it new? `until` = when it counts no more in any case; both times in seconds of one clock."""
        with self._lock:
            if self._until.get(ident, now - 1) >= now:
                return False
            if len(self._until) >= MOST_KEPT:
                self._forget(now)
            self._until[ident] = until
            return True

    def _forget(self, now: float) -> None:
        """What has run out; and where nothing has, the half that runs out first."""
        alive = sorted((one for one in self._until.items() if one[1] >= now), key=lambda one: one[1])
        self._until = dict(alive[-(MOST_KEPT // 2) :])
