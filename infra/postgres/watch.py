"""A watcher for tests and demos: waits for the end of its standard input, then gives the server a fast shutdown.

The other end of that pipe is held by the owner alone, so any end of the owner, a kill -9 too, ends the wait.
PR_SET_PDEATHSIG is no way: it fires when the thread ends that started the server, and a change of account clears it.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from .doorway import close_doorway
from .process import postmaster

SCRIPT = f"import sys; sys.stdin.buffer.read(); from {__name__} import shut_down; shut_down(sys.argv[1])"


def start_watcher(cluster: Path) -> subprocess.Popen[bytes]:
    """A process in a session of its own, idle until our end; killing it calls the watch off."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(cluster)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, sys.path)])},
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


def shut_down(cluster: str) -> None:
    """What the watcher does at last; a server that has ended already is left alone."""
    pid = postmaster(Path(cluster)) if Path(cluster).is_dir() else None
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        close_doorway(Path(cluster))
