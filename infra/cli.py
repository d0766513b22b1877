"""`parley`: the console script. Knows every command by name and one line; a command's module is loaded when it runs.

So `--help` and completion stay quick, whatever the commands themselves need (use.md: 0.3 s of CPU at most).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any

import rich_click as click

from infra.commands.failures import OK, Failure, StdoutClosed, failure_of, silence_stdout, tell

COMMANDS: dict[str, dict[str, str]] = {
    "Start": {
        "demo": "Parley with an example world and traffic that keeps arriving.",
        "up": "Everything in one process, with a database of its own.",
        "play": "Play recorded conversations through the engine.",
        "status": "What runs in the data folder.",
        "stop": "Stop what runs in the data folder.",
        "doctor": "Check everything; each problem comes with its remedy.",
    },
    "Look": {
        "tail": "The log as it grows, one line an event.",
        "replay": "One dialog event by event, with its state after each.",
        "dialogs": "List, show, answer, hand over, hold, tag and close dialogs.",
        "audit": "Who changed what, when, from where and why; as table, CSV or JSON Lines.",
    },
    "Set up": {
        "channels": "Channels: list, show, set, history, restore, create, verify, parse and more.",
        "widgets": "Widgets, the containers of channels: list, show, create, archive.",
        "groups": "Groups: list, show, set, archive.",
        "agents": "Agents: list, show, set, ready, away, heartbeat, deactivate, reactivate.",
        "bots": "Programs that answer: list, set, remove.",
        "schedules": "Working hours: list, show, set.",
        "services": "Services of the contract: list, grant, withdraw.",
        "tokens": "Bearer tokens of the API: list, make, revoke.",
    },
    "Operate": {
        "serve": "The HTTP API alone, on an external PostgreSQL.",
        "process": "Processors alone: distribution, presence, receivers, auto_close, delivery, bots.",
        "project": "Projections alone.",
        "relay": "The log into Kafka's topics.",
        "migrate": "Bring the database's schema up to date.",
        "backup": "The data folder in one file.",
        "restore": "A data folder from such a file.",
        "projections": "How far the projections are; build one anew.",
    },
}
TEXTS = {name: text for panel in COMMANDS.values() for name, text in panel.items()}


class Lazy(click.RichCommand):
    """Stands for a command in lists; becomes the real one when it is asked for its arguments."""

    def real(self) -> Any:
        return import_module(f"infra.commands.{self.name}").command

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        return self.real().make_context(info_name, args, parent=parent, **extra)


class Commands(click.RichGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return list(TEXTS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name == "help":
            return Lazy(name="help", hidden=True)
        return Lazy(name=cmd_name, short_help=TEXTS[cmd_name], help=TEXTS[cmd_name]) if cmd_name in TEXTS else None


def show_version(ctx: Any, parameter: Any, wanted: bool) -> None:
    if wanted:
        click.echo(f"parley {version('parley-engine')}")
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=show_version, help="Its version.")
@click.rich_config({"command_groups": {"parley": [{"name": n, "commands": list(c)} for n, c in COMMANDS.items()]}})
def parley() -> None:
    """An event-sourced dialog engine for contact centres.

    Begin with `parley demo`, or with `parley up` for your own data. Exit codes: `parley help exit-codes`.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Data goes to stdout, everything else to stderr."""
    try:
        answer = parley.main(arguments, prog_name="parley", standalone_mode=False)
        sys.stdout.flush()
    except (StdoutClosed, BrokenPipeError):
        silence_stdout()
        return OK
    except (Exception, KeyboardInterrupt) as error:
        failure: Failure = failure_of(error)
        tell(failure, error)
        return failure.exit_code
    return answer if isinstance(answer, int) else OK


if __name__ == "__main__":
    sys.exit(main())
