"""A channel of any kind, connected by the desk's own commands: nobody is asked, its secrets lie in the vault."""

from __future__ import annotations

from typing import Any

from adapters.channels.keys import channel_owner, hook_owner, open_door
from adapters.vault.secrets import Secret
from domain.channel import ProviderObject
from domain.desk import channels, connecting
from domain.desk.choosing import ChooseObjects
from domain.kinds import KINDS
from domain.recorded import Actor
from tests.adapters.channels.samples import Sample
from tests.store import TENANT, Store

MANAGER = Actor(kind="manager", id="manager")
SETTINGS: dict[str, object] = {
    "receiver": {"kind": "group", "id": "bakers"},
    "auto_close": {"value": 24, "unit": "hours"},
}


def connect(store: Store, sample: Sample, channel: str = "shop") -> None:
    """`channel` exists already, and so does the group of bakers."""
    WAYS[KINDS[sample.kind].connects_by](store, sample, channel)
    key = store.vault.account_key(sample.kind, sample.account)
    changes = SETTINGS | dict(sample.changes)
    answer = store.do(channels.SaveChannel(channel=channel, changes=changes, account_key=key)).answer
    assert answer["outcome"] == "saved", answer
    put_secrets(store, sample, channel)
    open_door(store.vault, TENANT, channel)


def put_secrets(store: Store, sample: Sample, channel: str = "shop") -> None:
    for name, text in sample.secrets.items():
        if text:
            store.vault.put_secret(TENANT, channel_owner(channel), name, Secret(text))


def secrets_of(store: Store, channel: str = "shop") -> dict[str, str]:
    """Those of the channel and of its hook, as its provider knows them."""
    known = store.vault.secrets_of(TENANT, hook_owner(channel), channel_owner(channel))
    return {name: secret.reveal() for name, secret in known.items()}


def _by_token(store: Store, sample: Sample, channel: str) -> None:
    verified = connecting.VerifyChannel(
        channel=channel,
        bot_name="Bakery",
        external_id=sample.account,
        fingerprint="f00d",
        account_key=_key(store, sample),
    )
    store.do(verified)


def _by_login(store: Store, sample: Sample, channel: str) -> None:
    store.do(connecting.BeginAuthorising(channel=channel, state="hash", user="olga"))
    kind = KINDS[sample.kind]
    allowed = (kind.permission,) if kind.permission else ()
    one = ProviderObject(
        external_id=sample.account,
        name="Bakery",
        permissions=allowed,
        receives_messages=True,
        account_key=_key(store, sample),
    )
    more: dict[str, Any] = {"objects": (one,)} if kind.objects != "none" else {"account_key": _key(store, sample)}
    store.do(
        connecting.AuthoriseAccount(
            channel=channel,
            state="hash",
            user="olga",
            external_id=sample.account,
            name="Bakery",
            scopes=tuple(sorted(kind.scopes)),
            **more,
        )
    )
    if kind.objects != "none":
        store.do(ChooseObjects(channel=channel, chosen=(sample.account,)))


def _by_keys(store: Store, sample: Sample, channel: str) -> None:
    numbers = (str(sample.changes["number"]),) if "number" in sample.changes else ()
    verified = connecting.VerifyKeys(
        channel=channel,
        given=KINDS[sample.kind].keys,
        phone=None if numbers else sample.account,
        numbers=numbers,
        fingerprints=("f00d",),
        account_keys=(_key(store, sample),),
    )
    store.do(verified)


def _by_manager(store: Store, sample: Sample, channel: str) -> None:
    activated = connecting.ActivateByManager(
        channel=channel, external_id=sample.account, account_key=_key(store, sample)
    )
    store.do(activated, actor=MANAGER)


def _by_mailbox(store: Store, sample: Sample, channel: str) -> None:
    store.do(connecting.AuthoriseMailbox(channel=channel, address=sample.account, account_key=_key(store, sample)))


def _by_identifier(store: Store, sample: Sample, channel: str) -> None:
    store.do(connecting.IssueIdentifier(channel=channel))


def _key(store: Store, sample: Sample) -> str:
    return store.vault.account_key(sample.kind, sample.account)


WAYS = {
    "token": _by_token,
    "oauth": _by_login,
    "keys": _by_keys,
    "manager": _by_manager,
    "mailbox": _by_mailbox,
    "identifier": _by_identifier,
}
