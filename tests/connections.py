"""How a channel of each kind is connected in tests: what its provider would have answered, as commands.

`account` names what is outside: two channels with the same one are two connections of the same account.
"""

from __future__ import annotations

from typing import Any

from domain.channel import ProviderObject
from domain.desk.choosing import ChooseObjects
from domain.desk.connecting import (
    ActivateByManager,
    AuthoriseAccount,
    AuthoriseMailbox,
    BeginAuthorising,
    IssueIdentifier,
    VerifyChannel,
    VerifyKeys,
)
from domain.kinds import KINDS, ChannelKind
from domain.recorded import Actor
from tests.office import Office

MANAGER = Actor(kind="manager", id="marina")
SOFIA = "sofia"
NUMBER, OTHER_NUMBER = "+44 20 7946 0000", "+44 20 7946 0001"

Step = Any


def key_of(account: str) -> str:
    """What the door would hash; readable here."""
    return f"hash of {account}"


def page(external_id: str, *, receives: bool = True, permissions: tuple[str, ...] = ("messaging",)) -> ProviderObject:
    return ProviderObject(
        external_id=external_id,
        name=external_id.title(),
        permissions=permissions,
        receives_messages=receives,
        account_key=key_of(external_id),
    )


def verifies(name: str = "shop", bot_name: str | None = "Shop bot", *, account: str = "") -> VerifyChannel:
    """The token of a bot; with `bot_name` None a token that the provider does not know."""
    whose = account or name
    return VerifyChannel(
        channel=name,
        bot_name=bot_name,
        external_id=f"bot of {whose}",
        fingerprint="f00d" if whose == name else f"f00d of {whose}",
        account_key=key_of(whose),
    )


def begins(name: str, *, state: str = "state-1", user: str = SOFIA) -> BeginAuthorising:
    return BeginAuthorising(channel=name, state=state, user=user)


def logs_in(
    name: str,
    *pages: ProviderObject,
    account: str = "",
    scopes: tuple[str, ...] = ("read", "send", "delete"),
    state: str = "state-1",
    user: str = SOFIA,
) -> AuthoriseAccount:
    whose = account or name
    return AuthoriseAccount(
        channel=name,
        state=state,
        user=user,
        external_id=f"login of {whose}",
        name=f"Account of {whose}",
        scopes=scopes,
        objects=pages,
        account_key="" if pages else key_of(whose),
    )


def gives_keys(
    name: str, *, phone: str | None = None, numbers: tuple[str, ...] = (), account: str = "", **more: Any
) -> VerifyKeys:
    whose = account or name
    keys = tuple(key_of(f"{whose} {number}") for number in numbers) or (key_of(whose),)
    given = ("key", "channel_id", "api_key")
    told: dict[str, Any] = {"given": given, "phone": phone, "numbers": numbers, "account_keys": keys}
    return VerifyKeys(channel=name, **({"fingerprints": (f"f00d of {whose}",)} | told | more))


def activates(name: str, *, account: str = "") -> Step:
    command = ActivateByManager(channel=name, external_id=NUMBER, account_key=key_of(account or name))
    return lambda office: as_manager(office, command)


def as_manager(office: Office, command: Any) -> None:
    office.do(command, actor=MANAGER)


def connects(name: str, kind: ChannelKind = "telegram", *, account: str = "") -> list[Step]:
    """Everything between a draft and a channel that can be saved."""
    whose = account or name
    match KINDS[kind].connects_by, KINDS[kind].objects:
        case "oauth", "none":
            return [begins(name), logs_in(name, account=whose)]
        case "oauth", _:
            return [begins(name), logs_in(name, page(whose)), ChooseObjects(channel=name, chosen=(whose,))]
        case "keys", "none":
            return [gives_keys(name, phone=NUMBER, account=whose)]
        case "keys", _:
            return [gives_keys(name, numbers=(NUMBER, OTHER_NUMBER), account=whose)]
        case "mailbox", _:
            return [AuthoriseMailbox(channel=name, address=f"{whose}@example.org", account_key=key_of(whose))]
        case "identifier", _:
            return [IssueIdentifier(channel=name)]
        case "manager", _:
            return [activates(name, account=whose)]
        case _:
            return [verifies(name, account=whose)]


def chosen_in(kind: ChannelKind) -> dict[str, object]:
    """What the first Save must name beside receiver and period."""
    return {"number": NUMBER} if KINDS[kind].named_by == "number" else {}
