"""A command that runs until it is told to stop: signals, the words on stderr, and logs."""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType

from infra.commands.failures import INTERRUPTED
from infra.words import either

SAME_SIGNAL = 1.0


class Foreground:
    """From its making on, Ctrl-C and SIGTERM ask to stop; a later one leaves at once (the next start recovers).

    Supervisors often send a signal to the process and to its group, so what comes right behind the first is the same.
    """

    def __init__(self) -> None:
        self._asked = False
        self._asked_at = 0.0
        # A pipe, not an event: the handler runs in the very thread that waits, and an event's lock may be held there.
        self._waiting, self._waking = os.pipe()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._signalled)

    def wait(self, every: float, look_after: Callable[[], None], at_most: float | None = None) -> None:
        """Until the stop is asked for or time is up; `look_after` runs now and then, and may raise to end it."""
        end = time.monotonic() + at_most if at_most is not None else float("inf")
        while not self._asked:
            select.select([self._waiting], [], [], max(0.0, min(every, end - time.monotonic())))
            if self._asked or time.monotonic() >= end:
                return
            look_after()

    def pause(self, seconds: float) -> None:
        """Wait, whatever is asked; a second signal still leaves at once."""
        time.sleep(seconds)

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        if self._asked and time.monotonic() - self._asked_at > SAME_SIGNAL:
            os.write(2, either("Leaving at once.\n", "Выходим немедленно.\n").encode())
            os._exit(INTERRUPTED)
        if not self._asked:
            self._asked, self._asked_at = True, time.monotonic()
            os.write(self._waking, b".")


class JsonLines(logging.Formatter):
    """One JSON object a line, from an allow-list of fields: no text of a message can get in by accident."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"ts": moment, "level": record.levelname.lower(), "logger": record.name, "event": record.getMessage()}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up_logs(*, for_people: bool) -> None:
    """Warnings and errors on stderr: short lines on a terminal, JSON lines elsewhere. PARLEY_LOG=info says more."""
    handler = logging.StreamHandler(sys.stderr)
    plain = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")
    handler.setFormatter(plain if for_people else JsonLines())
    level = os.environ.get("PARLEY_LOG", "warning").upper()
    for library in ("aiokafka", "kafka"):  # relay and feed tell of every trouble themselves, and go on
        logging.getLogger(library).setLevel(logging.CRITICAL)
    logging.basicConfig(level=level if level in logging.getLevelNamesMapping() else "WARNING", handlers=[handler])
