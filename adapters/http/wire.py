"""The bodies that the API takes. A field that is not named here is refused (S3); ranges are the domain's to judge."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticKnownError

from adapters.http.times import Time
from domain.agent import Presence
from domain.dialog.events import Target
from domain.kinds import ChannelKind
from domain.schedule import DatedException, Week

Whole = Annotated[int, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]
"""JSON has numbers and booleans of its own: 1.0, "1" and true are no whole numbers, 1 and "yes" are no booleans."""
Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$")]
Text = Annotated[str, Field(min_length=1, max_length=65_536)]

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
DEEPEST = 20


def readable(value: Any) -> Any:
    """JSON can hold what no text of PostgreSQL can: NULs and halves of characters. They stop here, as does depth."""
    _look(value, DEEPEST)
    return value


def _look(value: Any, depth: int) -> None:
    if depth < 0:
        raise ValueError(f"it is nested deeper than {DEEPEST}")
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError("a text holds a NUL or half a character")
    elif isinstance(value, dict):
        for name, part in value.items():
            _look(name, depth)
            _look(part, depth - 1)
    elif isinstance(value, list):
        for part in value:
            _look(part, depth - 1)


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)

    @model_validator(mode="before")
    @classmethod
    def _readable(cls, value: Any) -> Any:
        return readable(value)


Changes = Annotated[dict[str, Any], BeforeValidator(readable)]
"""What one Save changes, by the names of the settings; their values are the domain's to judge."""


class Restore(Body):
    """Which version of the settings to go back to; 0 = as they were before the first Save."""

    version: Whole = Field(ge=0, lt=1_000_000_000)


class Preview(Body):
    """A Save that is only asked about. `after` = the `next` of an earlier answer about the same Save."""

    changes: Changes
    after: str | None = Field(None, max_length=100)


class Nothing(Body):
    """An empty object, or no body at all."""


class NewMessage(Body):
    """A text, uploads to this dialog, or both, as far as the kind of channel takes them in one message."""

    body: str | None = Field(None, max_length=65_536)
    attachments: list[Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]] = Field(
        default_factory=list, max_length=10, description="ids that POST /v1/attachments gave"
    )
    template: str | None = Field(
        None, min_length=1, max_length=200, description="an approved template, which may be sent at any time"
    )

    @model_validator(mode="after")
    def _something(self) -> NewMessage:
        if self.attachments or self.body:
            return self
        raise (
            PydanticKnownError("missing")
            if self.body is None
            else PydanticKnownError("string_too_short", {"min_length": 1})
        )


class NewDialog(Body):
    channel: Id
    to: str = Field(min_length=1, max_length=320, description="the customer's id at the provider: a number, an address")
    body: Text
    template: str | None = Field(None, min_length=1, max_length=200, description="an approved template, where needed")
    agent: Id | None = Field(None, description="who holds it; only a supervisor begins for somebody else")
    force: Flag = Field(False, description="also above the agent's capacity; supervisors only")


class Release(Body):
    """Either some items, or all that wait."""

    items: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(default_factory=list, max_length=500)
    all: Flag = False

    @model_validator(mode="after")
    def _either(self) -> Release:
        if bool(self.items) == self.all:
            raise ValueError("name items, or say all")
        return self


class NewNote(Body):
    body: Text


class Offer(Body):
    offer: str = Field(description="the id of the offer, as the dialog shows it")


class Take(Body):
    agent: Id | None = Field(None, description="for whom; only a supervisor takes for somebody else")
    force: Flag = Field(False, description="also above the agent's capacity; supervisors only")


class TransferTo(Body):
    to: Target
    comment: str = Field("", max_length=4000)
    force: Flag = False


class HoldUntil(Body):
    until: Time | None = Field(
        None, description="with its offset; in the future, within 365 days. Absent = until somebody ends it"
    )
    reason: str | None = Field(None, max_length=200)


class CloseAs(Body):
    cause: Literal["agent", "spam"] = "agent"


class Tags(Body):
    add: list[Label] = Field(default_factory=list, max_length=20)
    remove: list[Label] = Field(default_factory=list, max_length=20)

    @model_validator(mode="after")
    def _something(self) -> Tags:
        if not self.add and not self.remove:
            raise ValueError("name a tag to add or to remove")
        return self


class Topic(Body):
    topic: str | None = Field(max_length=200)


class Priority(Body):
    priority: Whole = Field(ge=0, le=9)


class AgentSettings(Body):
    name: Name | None = None
    capacity: Any = Field(None, description="slots, 0 to 1000")
    skills: Any = Field(None, description="a list of skills")


class AgentPresence(Body):
    presence: Presence


class GroupSettings(Body):
    """Makes the group if it does not exist and `name` is given; then changes what is named."""

    name: Name | None = None
    members: Any = None
    algorithm: Any = None
    by_ratio: Any = None
    seed: Any = None
    width: Any = None
    answer_wait: Any = None
    max_rounds: Any = None
    retry_pause: Any = None
    overflow: Any = None
    max_queue_wait: Any = None
    sticky_window: Any = None
    first_reply_wait: Any = None
    agent_lost_grace: Any = None
    held_counts: Any = None


class ScheduleSettings(Body):
    name: str = Field("", max_length=200)
    zone: str
    week: Week = Field(
        description="seven lists of {start, end} in minutes from local midnight, Monday first; an end at or before the "
        "start is on the next day, so that the same minute twice is 24 hours"
    )
    exceptions: tuple[DatedException, ...] = ()


def _free(ident: str) -> str:
    if ident in RESERVED:
        raise ValueError(f"{ident} is an address of the API; take another id")
    return ident


RESERVED = frozenset({"kinds"})


class NewChannel(Body):
    channel: Annotated[Id, AfterValidator(_free)]
    kind: ChannelKind
    name: str = Field("", max_length=200)
    widget: Id | None = None
    change_provider: Flag = Field(False, description="made to take the place of the widget's provider, later")


class NewWidget(Body):
    widget: Id
    name: str = Field("", max_length=200)


class Granted(Body):
    granted: Flag


class Activation(Body):
    """What the provider calls the number, and what it needs to let us in. Write-only: no secret is shown again.

    All four secrets together, or none: then it is arranged, and the secrets come with a later activation.
    """

    external_id: str = Field("", max_length=200, description="the same as phone_number_id")
    phone_number_id: str = Field("", max_length=200)
    waba_id: SecretStr | None = Field(None, description="the WhatsApp business account that has the number")
    access_token: SecretStr | None = Field(None, description="of a system user, with no end")
    app_secret: SecretStr | None = Field(None, description="of the application, which signs what comes from Meta")
    verify_token: SecretStr | None = Field(None, description="a word by which Meta checks our address")

    @property
    def number(self) -> str:
        return (self.phone_number_id or self.external_id).strip()

    def typed(self) -> dict[str, str]:
        names = ("waba_id", "access_token", "app_secret", "verify_token")
        given = {name: getattr(self, name) for name in names}
        return {name: secret.get_secret_value() for name, secret in given.items() if secret is not None}


class Chosen(Body):
    """External ids among the objects that the login offers. The first becomes this channel's."""

    chosen: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(max_length=100)


class Credentials(Body):
    """The form of the channel's kind: `token`; or keys; or a mailbox. Write-only: no secret of it is shown again."""

    token: SecretStr | None = None
    key: SecretStr | None = None
    channel_id: SecretStr | None = None
    namespace_id: SecretStr | None = None
    signing_key: SecretStr | None = None
    api_key: SecretStr | None = None
    webhook_password: SecretStr | None = None
    base_url: SecretStr | None = None
    number: SecretStr | None = None
    address: SecretStr | None = None
    login: SecretStr | None = None
    password: SecretStr | None = None
    imap_host: SecretStr | None = None
    imap_port: SecretStr | None = None
    smtp_host: SecretStr | None = None
    smtp_port: SecretStr | None = None

    def typed(self) -> dict[str, str]:
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: secret.get_secret_value() for name, secret in given.items() if secret is not None}


class Mailbox(Body):
    """Whose mailbox is logged in to; empty for every other kind."""

    address: str = Field("", max_length=320)


class CameBack(Body):
    """The query of the address to which the provider sent the user back, as name → value."""

    query: dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=10_000)]] = Field(max_length=30)


class BotSettings(Body):
    """`url` is write-only: it may hold a secret of the bot's."""

    url: SecretStr = Field(description="where it is called: https, a public address")
    name: str | None = Field(None, max_length=200, description="absent = as it is")
    rotate_secret: Flag = False
    end_rotation: Flag = False


class Disconnect(Body):
    """Empty: ask for a consent. With `consent`: disconnect, or take the request back."""

    consent: str | None = Field(None, max_length=100)
    decline: Flag = False
