"""A process that is told to stop stops, at whatever moment the signal comes."""

from __future__ import annotations

import subprocess
import sys

from tests.acceptance.kill.supervised import surroundings

SIGNALS = 200
SCRIPT = """
import os, random, signal, threading, time
from infra.commands.foreground import Foreground

def tell():
    time.sleep(random.uniform(0.0, 0.01))
    os.kill(os.getpid(), signal.SIGTERM)

for _ in range({signals}):
    foreground = Foreground()
    thread = threading.Thread(target=tell)
    thread.start()
    foreground.wait(0.0, lambda: None)
    thread.join()
print("all stopped")
"""


def test_no_moment_is_wrong_for_a_signal_to_stop() -> None:
    """The handler runs in the thread that waits, in the middle of whatever that does: it may wait for no lock there."""
    script = SCRIPT.format(signals=SIGNALS)
    ran = subprocess.run(
        [sys.executable, "-c", script], env=surroundings(), capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, "all stopped\n"), ran.stderr
