"""`parley channels connect | login | choose | identifier | webhook-url | activate | disconnect`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import rich_click as click

from domain.kinds import KINDS, ChannelKind
from infra.commands.options import json_option, with_session
from infra.commands.output import note, one

OPEN_FIELDS = frozenset(
    {"address", "login", "imap_host", "imap_port", "smtp_host", "smtp_port", "channel_id", "number", "base_url"}
)
"""What may be seen while it is typed."""

if TYPE_CHECKING:
    from adapters.channels.connecting import Connector
    from adapters.channels.logins import Logins
    from infra.commands.session import Session


@click.command()
@click.argument("channel")
@json_option
@with_session
def connect(session: Session, channel: str, output: str) -> None:
    """Connect a channel step by step, in the way of its kind: asks for a token or keys without showing them, leads to
    the provider's login, or shows what is to be copied. Then save it: `channels set`."""
    from infra.commands.connecting import connector

    with connector(session) as to:
        kind = to.accesses.state(session.tenant, channel).kind
        one(output, _by_its_way(session, to, channel, kind))
    note(f"Then: parley channels set {channel} receiver=group:… auto_close=12h")


@click.command()
@click.argument("channel")
@click.option("--address", default="", help="The mailbox, for e-mail.")
@json_option
@with_session
def login(session: Session, channel: str, address: str, output: str) -> None:
    """Log in at the provider: open the address that is shown, come back with the one where your browser ends."""
    from adapters.channels.logins import Logins
    from infra.commands.connecting import connector

    with connector(session) as connect:
        logins = Logins(connect)
        begun = logins.begin(session.tenant, channel, actor=session.actor, address=address)
        one(output, _logged_in(session, logins, begun["url"]))


@click.command()
@click.argument("channel")
@click.argument("chosen", nargs=-1, required=True, metavar="EXTERNAL_ID...")
@json_option
@with_session
def choose(session: Session, channel: str, chosen: tuple[str, ...], output: str) -> None:
    """Choose groups or pages among those of the channel's login: a channel for each."""
    from adapters.channels.logins import Logins
    from infra.commands.connecting import connector

    with connector(session) as connect:
        answer = Logins(connect).choose(session.tenant, channel, chosen, actor=session.actor)
        if "url" in answer:
            answer = _logged_in(session, Logins(connect), answer["url"])
    one(output, answer)


@click.command()
@click.argument("channel")
@json_option
@with_session
def identifier(session: Session, channel: str, output: str) -> None:
    """The chat id to be copied into the provider's form: the same at every call."""
    from domain.desk.connecting import IssueIdentifier

    one(output, session.ask(IssueIdentifier(channel=channel)).answer)


@click.command("webhook-url")
@click.argument("channel")
@json_option
@with_session
def webhook_url(session: Session, channel: str, output: str) -> None:
    """Our address, to be copied into the provider's form; it is a secret, and the same at every call."""
    from infra.commands.connecting import connector

    with connector(session) as connect:
        one(output, connect.issue_url(session.tenant, channel, actor=session.actor))


@click.command(name="test")
@click.argument("channel")
@json_option
@with_session
def try_out(session: Session, channel: str, output: str) -> None:
    """Ask the provider how the connection stands: is our right still good, are messages received? Changes nothing."""
    from adapters.channels import channel as adapter_of
    from adapters.watching import Working, can_be_asked, trouble_now
    from domain.errors import Conflict
    from infra.commands.connecting import connector

    with connector(session) as to:
        state = to.accesses.state(session.tenant, channel)
        if not state.working:
            raise Conflict("not_connected", f"The channel is {state.phase}: there is no connection to be tried out.")
        asked = can_be_asked(adapter_of(state.kind))
        trouble = trouble_now(to.accesses, Working(session.tenant, channel, state)) if asked else None
        one(output, {"channel": channel, "state": state.phase, "asked": asked, "trouble": trouble})
    if trouble is not None:
        raise Conflict(f"trouble_{trouble}", f"The provider answers, but the channel has trouble: {trouble}.")


@click.command()
@click.argument("channel")
@click.option("--number", default="", help="What the provider calls the number: the phone number ID.")
@click.option(
    "--secrets-file", "typed", type=click.File("r"), help="Lines waba_id=, access_token=, …; - = standard input."
)
@json_option
@with_session
def activate(session: Session, channel: str, number: str, typed: Any, output: str) -> None:
    """For the vendor: it is arranged with the provider; the administrators' first Save will connect the channel.

    The secrets (waba_id, access_token, app_secret, verify_token) come from a file or from standard input, never as
    arguments, where every user of the machine could read them; the provider is asked about them at once.
    """
    from adapters.channels.checks import Checker
    from infra.commands.connecting import connector, fields_of

    given = fields_of(typed.read()) if typed is not None else {}
    with connector(session) as connect:
        one(output, Checker(connect).activation(session.tenant, channel, number, given, actor=session.actor))


@click.command()
@click.argument("channel")
@click.option("--consent", help="The consent that the first step answered: now it is disconnected.")
@click.option("--decline", help="The consent that is taken back: the channel stays as it is.")
@json_option
@with_session
def disconnect(session: Session, channel: str, consent: str | None, decline: str | None, output: str) -> None:
    """Two steps: without a consent it asks for one, which is good for ten minutes; with it the channel goes."""
    from infra.commands.connecting import connector

    if consent is not None and decline is not None:
        raise click.UsageError("Give either --consent or --decline.")
    with connector(session) as connect:
        answer = connect.disconnect(
            session.tenant, channel, actor=session.actor, consent=consent or decline, decline=decline is not None
        )
    if answer["outcome"] == "consent_needed":
        note(f"Nothing has changed yet. To disconnect: channels disconnect {channel} --consent {answer['consent_id']}")
    one(output, answer)


def _by_its_way(session: Session, to: Connector, channel: str, kind: ChannelKind) -> dict[str, Any]:
    from adapters.channels.checks import Checker, form_of
    from adapters.channels.logins import Logins
    from domain.desk.connecting import IssueIdentifier

    if fields := form_of(kind):
        note("Enter leaves a field empty.")
        typed = {name: _prompted(name) for name in fields}
        return Checker(to).credentials(session.tenant, channel, typed, actor=session.actor)
    if KINDS[kind].connects_by == "identifier":
        return session.ask(IssueIdentifier(channel=channel)).answer
    logins = Logins(to)
    begun = logins.begin(session.tenant, channel, actor=session.actor)
    return _logged_in(session, logins, begun["url"])


def _prompted(name: str) -> str:
    open_ = name in OPEN_FIELDS or not sys.stdin.isatty()
    return str(click.prompt(name, default="", show_default=False, hide_input=not open_, err=True))


def _logged_in(session: Session, logins: Logins, url: str) -> dict[str, Any]:
    """The user's way there and back; what the provider refused ends the command."""
    from urllib.parse import parse_qsl, urlsplit

    from domain.errors import Conflict

    note(f"Open this in your browser and log in:\n{url}\nThen paste the address where it ends, and press Enter:")
    query = dict(parse_qsl(urlsplit(sys.stdin.readline().strip()).query))
    answer = logins.finish(session.tenant, query, actor=session.actor)
    if answer["outcome"] == "auth_failed":
        raise Conflict(answer["reason"], f"The login has failed: {answer['reason']}.")
    if answer["outcome"] == "choosing":
        _offered(session, logins, answer["channel"])
    return answer


def _offered(session: Session, logins: Logins, channel: str) -> None:
    """What may be chosen; on stderr, because the answer is data."""
    note(f"Now choose: parley channels choose {channel} EXTERNAL_ID")
    for found in logins.connector.accesses.state(session.tenant, channel).objects:
        silent = "" if found.receives_messages else "  (does not receive messages)"
        note(f"  {found.external_id}  {found.name}{silent}")
