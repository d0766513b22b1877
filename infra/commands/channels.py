"""`parley channels`: where customers write."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from infra.commands.failures import FAILED
from infra.commands.options import Ident, json_option, output_option, with_session
from infra.commands.output import cell, emit, note, one, rows

if TYPE_CHECKING:
    from domain.recorded import Recorded
    from infra.commands.session import Session

COLUMNS = ("id", "kind", "phase", "name", "receiver", "auto_close", "settings_version")
HISTORY = ("position", "recorded_at", "actor", "ip", "command", "kind", "what")


@click.group()
def command() -> None:
    """Channels: list, show, set, history, create, verify, parse."""


@command.command(name="list")
@output_option
@with_session
def list_channels(session: Session, output: str) -> None:
    """All channels with their state."""
    from infra.commands.heads import all_of

    found = [_public(head) for head in all_of(session, "channel")]
    shown = [{**row, **_readable(row["settings"])} for row in found] if output == "table" else found
    rows(output, shown, COLUMNS)


@command.command()
@click.argument("channel")
@json_option
@with_session
def show(session: Session, channel: str, output: str) -> None:
    """One channel with its settings."""
    from infra.commands.heads import one_of

    found = _public(one_of(session, "channel", channel))
    settings = found.pop("settings")
    one(output, {**found, **_readable(settings)} if output == "table" else {**found, "settings": settings})


@command.command()
@click.argument("channel", type=Ident())
@click.option("--kind", required=True, help="For example telegram.")
@click.option("--name", default="", help="What people call it.")
@json_option
@with_session
def create(session: Session, channel: str, kind: str, name: str, output: str) -> None:
    """A new channel, not connected yet. Next: `channels verify`, then `channels set`."""
    from adapters.channels import channel as adapter_of
    from domain.desk.channels import CreateChannel

    one(output, session.ask(CreateChannel(channel=channel, kind=adapter_of(kind).kind, name=name)).answer)


@command.command()
@click.argument("channel")
@click.option("--token-file", type=click.File("r"), default="-", help="Default: standard input.")
@json_option
@with_session
def verify(session: Session, channel: str, token_file: Any, output: str) -> None:
    """Ask the provider whose the token is. The token comes from a file or from standard input, never as an argument,
    where every user of the machine could read it."""
    from infra.commands.connecting import connector

    if token_file.isatty():
        note("The token, then Enter and Ctrl-D:")
    with connector(session) as connect:
        answer = connect.verify(session.tenant, channel, token_file.read(), actor=session.actor)
    if answer["outcome"] != "verified":
        from domain.errors import NotFound

        raise NotFound("bot_not_found", "The provider does not know this token.")
    one(output, answer)


@command.command(name="set")
@click.argument("channel")
@click.argument("changes", nargs=-1, required=True, metavar="FIELD=VALUE...")
@click.option("--expect", type=int, help="Only if the settings still have this version; else exit 6.")
@json_option
@with_session
def set_channel(session: Session, channel: str, changes: tuple[str, ...], expect: int | None, output: str) -> None:
    """One Save: `parley channels set bakery receiver=group:support auto_close=12h`. The first one connects."""
    from infra.commands.connecting import connector
    from infra.commands.values import changes_of

    with connector(session) as connect:
        wanted = changes_of(changes)
        one(output, connect.save(session.tenant, channel, wanted, actor=session.actor, expected=expect))


@command.command()
@click.argument("channel")
@output_option
@with_session
def history(session: Session, channel: str, output: str) -> None:
    """Who changed what, and when: every event of the channel, from the log itself."""
    from adapters.store.codec import to_public
    from infra.commands.heads import one_of

    one_of(session, "channel", channel)
    events = session.engine.log.stream(session.tenant, f"channel-{channel}")
    if output == "table":
        rows("table", [_line(one) for one in events], HISTORY)
    else:
        rows(output, [to_public(one) for one in events], ())


@command.command()
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--response", type=int, metavar="STATUS", help="The file is the provider's answer to a call of ours.")
@click.pass_context
def parse(ctx: click.Context, kind: str, file: Path, response: int | None) -> None:
    """What the engine reads in a provider's body: one JSON object a thing. Needs no database."""
    from adapters.channels.parse import line, parse_body, parse_response

    raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    if response is not None:
        emit(line(parse_response(kind, raw, response)))
        return
    things, wrong = parse_body(kind, raw)
    for thing in things:
        emit(line(thing))
    for sentence in wrong:
        note(f"parley: {sentence} (malformed)")
    ctx.exit(FAILED if wrong else 0)


def _public(head: dict[str, Any]) -> dict[str, Any]:
    from domain.settings import public_name

    kept = ("id", "version", "kind", "name", "phase", "external_id", "receiver_valid", "settings_version")
    settings = {public_name(name): value for name, value in head["settings"].items()}
    return {**{name: head.get(name) for name in kept}, "settings": settings}


def _readable(settings: dict[str, Any]) -> dict[str, Any]:
    """Targets and periods as they are typed."""
    return {name: _typed(value) for name, value in settings.items()}


def _typed(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"kind", "id"}:
        return f"{value['kind']}:{value['id']}"
    if isinstance(value, dict) and set(value) == {"value", "unit"}:
        return f"{value['value']}{value['unit'][0]}"
    return value


def _old_new(value: Any) -> str:
    return cell(_typed(value))


def _line(recorded: Recorded) -> dict[str, Any]:
    from domain.settings import public_name

    event, actor = recorded.event, recorded.meta.actor
    data = event.model_dump(mode="json", exclude={"kind"})
    changes = data.pop("changes", None)
    told = [f"{name}={_typed(value)}" for name, value in data.items() if value not in (None, "", [], ())]
    if changes is not None:
        told = [f"{public_name(c['field'])}: {_old_new(c['old'])} → {_old_new(c['new'])}" for c in changes]
    return {
        "position": recorded.position,
        "recorded_at": recorded.recorded_at,
        "actor": actor.id,
        "ip": actor.ip,
        "command": recorded.meta.command,
        "kind": event.kind,
        "what": "; ".join(told),
    }
