"""`parley channels`: where customers write."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import rich_click as click

from infra.commands import channel_connecting, channel_past, quarantine
from infra.commands.failures import FAILED
from infra.commands.options import Ident, json_option, output_option, with_session
from infra.commands.output import emit, note, one, rows
from infra.commands.values import readable

if TYPE_CHECKING:
    from domain.kinds import ChannelKind
    from infra.commands.session import Session

COLUMNS = ("id", "kind", "phase", "name", "receiver", "auto_close", "settings_version")
KINDS = ("kind", "connects_by", "receivers", "auto_close_units", "out_of_hours_notice", "buttons", "first_contact")


@click.group()
def command() -> None:
    """Channels: create, connect, set, test, disconnect; list, show, kinds, history, settings; parse, quarantine, …"""


@command.command(name="list")
@output_option
@with_session
def list_channels(session: Session, output: str) -> None:
    """All channels with their state."""
    from infra.commands.heads import all_of

    found = [_public(head) for head in all_of(session, "channel")]
    shown = [{**row, **readable(row["settings"])} for row in found] if output == "table" else found
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
    one(output, {**found, **readable(settings)} if output == "table" else {**found, "settings": settings})


@command.command()
@click.argument("channel", type=Ident())
@click.option("--kind", required=True, help="See `channels kinds`.")
@click.option("--name", default="", help="What people call it.")
@click.option("--widget", help="The widget that it is put into.")
@click.option("--change-provider", is_flag=True, help="To take the place of the widget's provider, later.")
@json_option
@with_session
def create(
    session: Session, channel: str, kind: str, name: str, widget: str | None, change_provider: bool, output: str
) -> None:
    """A new channel, not connected yet. Next: `channels verify`, then `channels set`."""
    from domain.desk.channels import CreateChannel

    wanted = CreateChannel(
        channel=channel,
        kind=_known(kind),
        name=name,
        widget=widget,
        change_provider=change_provider,
    )
    one(output, session.ask(wanted).answer)


def _known(kind: str) -> ChannelKind:
    """Every kind that the API makes. Raises `NotFound`."""
    from domain.errors import NotFound
    from domain.kinds import KINDS as TABLE

    if kind not in TABLE:
        raise NotFound("kind_unknown", f"There is no kind of channel {kind}; there are: {', '.join(TABLE)}.")
    return kind


@command.command()
@click.argument("channel")
@click.option("--token-file", "typed", type=click.File("r"), default="-", help="Default: standard input.")
@json_option
@with_session
def verify(session: Session, channel: str, typed: Any, output: str) -> None:
    """Ask the provider about a token, or about keys and mailboxes: lines like key=…, channel_id=…, address=….

    They come from a file or from standard input, never as arguments, where every user of the machine could read them.
    """
    from adapters.channels.checks import Checker
    from infra.commands.connecting import connector, fields_of

    if typed.isatty():
        note("The token (or lines NAME=VALUE), then Enter and Ctrl-D:")
    with connector(session) as connect:
        checker = Checker(connect)
        answer = checker.credentials(session.tenant, channel, fields_of(typed.read()), actor=session.actor)
    if answer["outcome"] == "bot_not_found":
        from domain.errors import NotFound

        raise NotFound("bot_not_found", "The provider does not know this token.")
    one(output, answer)


@command.command(name="set")
@click.argument("channel")
@click.argument("changes", nargs=-1, required=True, metavar="FIELD=VALUE...")
@click.option("--expect", type=int, help="Only if the settings still have this version; else exit 6.")
@click.option("--consent", help="The second consent, where the Save changes the widget's provider.")
@click.option("--preview", is_flag=True, help="Only tell what the Save would do: nothing is written.")
@json_option
@with_session
def set_channel(
    session: Session,
    channel: str,
    changes: tuple[str, ...],
    expect: int | None,
    consent: str | None,
    preview: bool,
    output: str,
) -> None:
    """One Save: `parley channels set bakery receiver=group:support auto_close=12h`. The first one connects.

    With --preview it is checked like the Save itself, and the open dialogs that it would reach are counted."""
    from infra.commands.connecting import connector, done
    from infra.commands.save_preview import show_preview
    from infra.commands.values import changes_of

    with connector(session) as connect:
        wanted = changes_of(changes)
        if preview:
            show_preview(session, connect.save_command(session.tenant, channel, wanted, expected=expect), output)
        else:
            answer = connect.save(
                session.tenant, channel, wanted, actor=session.actor, expected=expect, consent=consent
            )
            one(output, done(answer))


@command.command()
@click.argument("kind", required=False)
@click.option("--language", type=click.Choice(["en", "ru"]), default="en", help="Of the texts for people.")
@json_option
def kinds(kind: str | None, language: str, output: str) -> None:
    """What each kind of channel can do, or all about one KIND: its texts too. Needs no database."""

    from adapters.http.kinds import allows
    from adapters.http.language import Language
    from domain.errors import NotFound
    from domain.kinds import KINDS as TABLE

    found = [{"kind": name, **allows(name, cast(Language, language))} for name in TABLE if kind in (None, name)]
    if not found:
        raise NotFound("kind_unknown", f"There is no kind of channel {kind}; there are: {', '.join(TABLE)}.")
    if kind is not None:
        one(output, found[0])
    else:
        rows(output, found, KINDS)


@command.command()
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--header", "headers", multiple=True, metavar="NAME=VALUE", help="Of the request; may be repeated.")
@click.option("--response", type=int, metavar="STATUS", help="The file is the provider's answer to a call of ours.")
@click.pass_context
def parse(ctx: click.Context, kind: str, file: Path, headers: tuple[str, ...], response: int | None) -> None:
    """What the engine reads in a provider's body: one JSON object a thing. Needs no database."""
    from adapters.channels.parse import line, parse_body, parse_response

    raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    if response is not None:
        emit(line(parse_response(kind, raw, response)))
        return
    things, wrong = parse_body(kind, raw, _headers(headers))
    for thing in things:
        emit(line(thing))
    for sentence in wrong:
        note(f"parley: {sentence} (malformed)")
    ctx.exit(FAILED if wrong else 0)


for step in (
    channel_connecting.connect,
    channel_connecting.login,
    channel_connecting.choose,
    channel_connecting.identifier,
    channel_connecting.webhook_url,
    channel_connecting.activate,
    channel_connecting.try_out,
    channel_connecting.disconnect,
):
    command.add_command(step)
for past in (channel_past.show_history, channel_past.show_settings, channel_past.diff, channel_past.restore):
    command.add_command(past)
for kept in (quarantine.list_quarantine, quarantine.release):
    command.add_command(kept)


def _headers(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    if wrong := [name for name, equals, _ in pairs if not (name and equals)]:
        raise click.BadParameter(f"{wrong[0]!r} is no NAME=VALUE.", param_hint="--header")
    return {name.lower(): value for name, _, value in pairs}


def _public(head: dict[str, Any]) -> dict[str, Any]:
    from domain.settings import public_name

    kept = ("id", "version", "kind", "name", "phase", "widget", "receiver_valid", "settings_version")
    settings = {public_name(name): value for name, value in head["settings"].items()}
    link = head["candidate"] or head["link"]
    told = {"external_id": head["link"]["external_id"], "causes": sorted(head["causes"]), "objects": link["objects"]}
    return {**{name: head.get(name) for name in kept}, **told, "settings": settings}
