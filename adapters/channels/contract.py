"""What a channel is to the rest of the engine. Each sub-package of `adapters.channels` offers one as `adapter`.

Nothing here raises for what a provider says: parsing answers `invalid`, sending answers a `SendResult`. Only checking
and setting up raise, because a person waits for the answer: `Invalid` for a token that cannot be one, `Unavailable`
where the provider did not answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from adapters.channels.files import OutFile
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.outcomes import SendResult
from adapters.vault.secrets import Secret
from domain.channel import Degradation, KeysOutcome, LoginFailure
from domain.kinds import ChannelKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The customer's message that is answered, for kinds whose messages stand in threads; what he has not said is
    empty. `reply_to` = where he wants the answer."""

    external_message_id: str = ""
    subject: str = ""
    references: tuple[str, ...] = ()
    reply_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """A message of ours. `key` is stable over retries; providers that can refuse a repeat get it.

    `proof` = a keyed hash of `key`: a kind whose customers send our ids back puts it into the id, so that nobody can
    make one up. `quiet_for` = seconds since the customer's last message, None where he has not written in this dialog;
    `by_person`: an agent wrote it. `template` = the name of an approved template of which `text` is the wording.
    With `files` the text may be empty. How many there may be, how large, and whether a text may stand beside them says
    `domain.kinds` (`Files`), and was checked before; a kind without that row never gets any.
    """

    text: str
    key: str
    reply_to_external_message_id: str | None = None
    quiet_for: float | None = None
    by_person: bool = True
    template: str | None = None
    files: tuple[OutFile, ...] = ()
    proof: str = ""
    answers: Answered = field(default_factory=Answered)


@dataclass(frozen=True, slots=True)
class Account:
    """Our account as the provider knows it: `name` is what people are shown."""

    external_id: str
    name: str
    username: str | None = None


@dataclass(frozen=True, slots=True)
class Hooked:
    """A provider's request to our hook. Header names are in lower case; `url` is the public address that it called.

    `values` = the channel's settings that this kind alone has.
    """

    headers: Mapping[str, str]
    raw: bytes = b""
    url: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


class ChannelAdapter(Protocol):
    """What every kind of channel can do."""

    @property
    def kind(self) -> ChannelKind: ...

    @property
    def signs_body(self) -> bool:
        """Does verification need the body? If not, a forged request is refused before its body is read."""

    @property
    def address_proves(self) -> bool:
        """The provider signs nothing: whoever knows the secret in the hook's address is believed."""

    @property
    def names_account(self) -> bool:
        """Is `account_id` of what is parsed a channel's external id? Then one door may bring things for several."""

    def verify_webhook(self, hooked: Hooked, secrets: Mapping[str, Secret]) -> bool:
        """Constant time. `secrets` = those of the channel and of its hook, by the names of `keys`."""

    def challenge(self, query: Mapping[str, str], secrets: Mapping[str, Secret]) -> str | None:
        """The answer to a GET by which a provider checks the address; None: it is refused (403)."""

    def acknowledgement(self, things: Sequence[Inbound]) -> str:
        """The body of the 200 by which we say that all of it is kept."""

    def parse(self, raw: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        """Never raises, and never answers an empty list for a body that the provider may send."""

    def send(self, access: Access, chat: str, message: Outbound) -> SendResult:
        """One call, never repeated inside."""

    def classify(self, status: int, body: bytes) -> SendResult:
        """What the provider's answer to a call means."""


class Plain:
    """What most kinds have in common: no challenge, an empty acknowledgement, a proof that needs no body."""

    signs_body = False
    address_proves = False
    names_account = False

    def challenge(self, query: Mapping[str, str], secrets: Mapping[str, Secret]) -> str | None:
        return None

    def acknowledgement(self, things: Sequence[Inbound]) -> str:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A group, page or account that can be connected. `secrets` are kept for it until it is chosen and saved."""

    external_id: str
    name: str
    permissions: tuple[str, ...] = ()
    receives_messages: bool = True
    secrets: Mapping[str, Secret] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """Who came back, what he granted (`scopes`, in the names of `domain.kinds`), and what he administers."""

    external_id: str
    name: str
    scopes: tuple[str, ...] = ()
    objects: tuple[Found, ...] = ()
    secrets: Mapping[str, Secret] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """A user on his way to the provider's login and back: `state` comes back with him, `redirect` is where to.

    `verifier`: for proof keys (RFC 7636), 43 characters; `challenge` is made from it by S256.
    """

    state: str
    redirect: str
    verifier: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysFound:
    """What the provider answered to typed keys. `phone` where they lead to one number, `numbers` where one is to be
    chosen. `secrets`: what is to be kept, by the names under which the adapter will look for it."""

    outcome: KeysOutcome
    phone: str | None = None
    numbers: tuple[str, ...] = ()
    secrets: Mapping[str, Secret] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Polled:
    """What a look at the provider brought: bodies as they came, and where to go on from once they are kept.

    `things` = what each of them holds, where the kind has read them already; empty: `parse` tells. `more`: there is
    more to be had at once.
    """

    raws: tuple[bytes, ...]
    cursor: str
    things: tuple[tuple[Inbound, ...], ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a look may wait for news where there is none yet, in seconds, and whether it has to end before."""

    seconds: float = 0.0
    over: Callable[[], bool] = lambda: False


@runtime_checkable
class AnswersInTurn(Protocol):
    """A provider that cannot be called: what we have to say goes into the answer to the customer's next turn.

    `send` of such a kind checks the limits and answers `waits_for_turn`; nothing is lost, and nothing has failed.
    """

    @property
    def longest_turn(self) -> int:
        """Characters that one answer may have, the `joint` between texts included."""

    @property
    def joint(self) -> str: ...

    def answer(self, raw: bytes, things: Sequence[Inbound], waiting: Sequence[str], *, taken: bool) -> str:
        """The body of the 200. `waiting` = texts of ours; `taken`: what the customer said has reached a dialog."""


@runtime_checkable
class ConnectsByToken(Protocol):
    """A kind whose bot is known by one token that an administrator pastes (D01-D05)."""

    def clean_token(self, text: str) -> Secret:
        """As a person typed it, without spaces around. Raises `Invalid`."""

    def check_token(self, access: Access) -> Account | None:
        """None: the provider does not know it. Raises `Unavailable` where it did not answer."""

    def foreign_webhook(self, access: Access, ours: str) -> str | None:
        """The host to which the provider sends now, if it is not `ours`: another product may be listening there."""

    def set_webhook(self, access: Access, url: str, secret: Secret) -> None:
        """Raises `Unavailable`, or `Conflict` where the provider refuses the address."""

    def delete_webhook(self, access: Access) -> bool:
        """False where the provider refused or did not answer: disconnecting goes on without it."""


@runtime_checkable
class ConnectsByLogin(Protocol):
    """A kind whose administrator logs in at the provider, through our application there (B01-B11, D11)."""

    def login_url(self, access: Access, going: Going) -> str:
        """Where he is sent."""

    def logged_in(self, access: Access, going: Going, query: Mapping[str, str]) -> LoggedIn | LoginFailure:
        """He is back with this query. Raises `Unavailable` where the provider did not answer: he may try again."""


@runtime_checkable
class ConnectsInTwoLogins(ConnectsByLogin, Protocol):
    """A kind whose provider wants to be asked once more for what was chosen; elsewhere the first login is enough."""

    def chosen_url(self, access: Access, going: Going, external_id: str) -> str:
        """Where he is sent for it."""

    def chosen(self, access: Access, going: Going, external_id: str, query: Mapping[str, str]) -> Mapping[str, Secret]:
        """Back from there: the secrets of what he chose. Raises `Unavailable`, or `Conflict` where he has refused."""


@runtime_checkable
class ConnectsByKeys(Protocol):
    """A kind whose keys an administrator copies from the provider's pages (C09-C18)."""

    def check_keys(self, access: Access, typed: Mapping[str, Secret]) -> KeysFound:
        """`typed` holds what is not empty, without spaces around. Raises `Unavailable`."""


@runtime_checkable
class ConnectsByMailbox(Protocol):
    """A kind that reads and writes letters of one address (D08, D09)."""

    def check_mailbox(self, access: Access, address: str, credentials: Mapping[str, Secret]) -> bool:
        """Can we read and send with these? Raises `Unavailable`, or `Invalid` for what cannot be right."""


@runtime_checkable
class ConnectsByManager(Protocol):
    """A kind that a manager of the vendor has arranged with the provider, and types in (C03)."""

    def check_activation(self, access: Access, typed: Mapping[str, Secret]) -> KeysFound:
        """`access.account` = the number's id. `phone` is shown to the manager. Raises `Unavailable`, or `Invalid` for
        what is missing."""


@runtime_checkable
class Listens(Protocol):
    """A kind whose provider is told where to post."""

    def set_webhook(self, access: Access, url: str, secret: Secret) -> Mapping[str, Secret] | None:
        """May be said again at any time. What is to be remembered for its deletion comes back as secrets. Raises
        `Unavailable`, or `Conflict` where the provider refuses the address."""

    def delete_webhook(self, access: Access) -> bool:
        """False where the provider refused or did not answer: disconnecting goes on without it."""


@runtime_checkable
class Confirms(Protocol):
    """A kind whose provider wants to hear a code of its own at our hook; it may be another one each time."""

    def confirmation(self, access: Access) -> str:
        """Raises `Unavailable`."""


@runtime_checkable
class Introduces(Protocol):
    """A kind whose messages do not say who writes: the provider tells when it is asked."""

    def who_is(self, access: Access, external_id: str) -> Mapping[str, str]:
        """What is known of him among `name`, `username`, `avatar`. Raises `Unavailable`, `NotAllowed`, `NotFound`."""


@runtime_checkable
class Watched(Protocol):
    """A kind whose provider can be asked how the connection stands, although nobody is written to (B05, B10)."""

    def trouble(self, access: Access) -> Degradation | None:
        """None: all is well. Raises `Unavailable`."""


@runtime_checkable
class Refreshes(Protocol):
    """A kind whose token lives shortly. Callers see to it that no two refresh one channel's token at a time."""

    def refresh(self, access: Access) -> Mapping[str, Secret] | None:
        """All secrets that are new. None: the provider takes the old one no more; somebody must log in again. Raises
        `Unavailable`."""


@runtime_checkable
class Polls(Protocol):
    """A kind that has to be asked for what came in."""

    @property
    def poll_every(self) -> float:
        """Seconds."""

    def poll(self, access: Access, cursor: str) -> Polled:
        """From `cursor` on; "" = from now on. Raises `Unavailable`, or `NotAllowed` where the login is refused."""


@runtime_checkable
class PollsPatiently(Polls, Protocol):
    """A kind whose provider tells of news while we hold the line (IMAP's IDLE)."""

    def cursor_at(self, moment: float) -> str:
        """Where a channel begins that was connected then, in seconds since 1970: nothing older is taken in."""

    def poll_patiently(self, access: Access, cursor: str, patience: Patience) -> Polled:
        """Like `poll`, but where there is nothing yet, news are waited for."""
