"""The engine in pieces: separate processes on one database do together what `up` does alone."""

from __future__ import annotations

import signal
import socket
import subprocess
import urllib.error
import urllib.request
from contextlib import ExitStack

from domain.desk import administration as admin
from tests.infra.commands.terminal import environment, parley, process, says
from tests.loop import eventually
from tests.store import Store


def test_a_message_goes_round_through_separate_processes(shop: Store) -> None:
    variables = environment(shop)
    with ExitStack() as stack:
        for name in ("process", "project"):
            child = stack.enter_context(process(name, **variables))
            assert "ing: " in said_by(child)
        dialog = says(shop, "Hello?")
        shop.do(admin.SetPresence(agent="anna", to="ready"))
        row = "SELECT phase FROM view.inbox WHERE dialog = %s"
        assert eventually(lambda: shop.rows(row, dialog) == [("offered",)], within=10)
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 0


def test_serve_says_that_it_is_going_before_it_goes(shop: Store) -> None:
    with process("serve", "--port", "0", "--notice", "3", **environment(shop)) as serve:
        url = said_by(serve).split()[-1]
        assert ready(url) == 200
        serve.send_signal(signal.SIGTERM)
        assert eventually(lambda: ready(url) == 503, within=2.5)
        assert serve.wait(20) == 0


def test_what_cannot_start_says_why(shop: Store) -> None:
    variables = environment(shop)
    unknown = parley("process", "nothing", **variables)
    assert (unknown.code, "(processor_unknown)" in unknown.err) == (5, True)
    assert parley("relay", **variables).code == 7
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = parley("serve", "--port", str(taken.getsockname()[1]), **variables)
    assert (refused.code, "(port_taken)" in refused.err) == (6, True)


def said_by(child: subprocess.Popen[str]) -> str:
    """The first line on stderr: it runs."""
    assert child.stderr is not None
    return child.stderr.readline().strip()


def ready(url: str) -> int:
    try:
        with urllib.request.urlopen(url + "/readyz", timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as refused:
        return refused.code
