"""What every event shares: the base class, the marks for personal fields, and the envelope around a stored event.

Shapes follow behaviour.md §2. `data` of the envelope is the event itself; all else says who, when, why and where.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, StringConstraints

AgentId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
GroupId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
ChannelId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
BotId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
DialogId = str
CustomerId = str
MessageId = str
OfferId = str
KeyId = str


F = TypeVar("F", bound="Frozen")


class Frozen(BaseModel):
    """A value that never changes and refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def swift(cls: type[F], **fields: Any) -> F:
    """A value made without validation, from fields that are known to be right. All fields must be given."""
    made = cls.__new__(cls)
    object.__setattr__(made, "__dict__", fields)
    object.__setattr__(made, "__pydantic_fields_set__", set(fields))
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


class Sealed(Frozen):
    """A personal field after it was encrypted with its customer's key: base64 of nonce and ciphertext.

    Views and topics carry fields in this form; only a door that may show them opens them again.
    """

    sealed: str


class Personal:
    """Mark for `Annotated`: this field is personal, so it is encrypted before it is stored (N01, E13)."""


PERSONAL = Personal()
PersonalText = Annotated[str | Sealed, PERSONAL]


class Event(Frozen):
    """A fact. Stored under `kind` and `version_of_shape`, never under a class name or a module path."""

    version_of_shape: ClassVar[int] = 1
    personal: ClassVar[tuple[str, ...]] = ()
    kind: str

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.personal = tuple(name for name, field in cls.model_fields.items() if PERSONAL in field.metadata)

    @classmethod
    def kind_of(cls) -> str:
        """The one literal that the class declares, for example `dialog.opened`."""
        kind: str = get_args(cls.model_fields["kind"].annotation)[0]
        return kind


ActorKind = Literal["agent", "customer", "bot", "system", "provider", "api_key", "manager"]


class Actor(Frozen):
    """Who caused it. A customer's address and browser are stored as ciphertext only, so they are absent here."""

    kind: ActorKind
    id: str
    ip: str | None = None
    user_agent: str | None = None
    on_behalf_of: str | None = None


SYSTEM = Actor(kind="system", id="engine")


class Policy(Frozen):
    """One version of settings that influenced a decision."""

    stream: str
    version: int


class Stamp(NamedTuple):
    """When and where in the log an event stands: what `evolve` may know beside the event."""

    at: datetime
    position: int


class Meta(Frozen):
    """Who and why: the part of the envelope that is the same for all events of one command."""

    actor: Actor = SYSTEM
    command: str | None = None
    command_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    occurred_at: datetime | None = None
    policies: tuple[Policy, ...] = ()


class Recorded(NamedTuple):
    """An event as the log holds it. Positions are gap-free per lane, versions gap-free per stream."""

    position: int
    tenant: str
    stream: str
    version: int
    event_id: str
    recorded_at: datetime
    meta: Meta
    event: Event

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.recorded_at, self.position)

    @property
    def entity(self) -> str:
        """The id behind the stream's prefix: `dialog-7` → `7`."""
        return self.stream.partition("-")[2]
