"""The parts of Infobip's notifications that we read. Its names are in camel case; ours follow by themselves."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from adapters.channels.models import Key, Part


class Camel(Part):
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


class Contact(Camel):
    """Who writes. People with a username may come without a number."""

    name: str | None = None
    phone_number: Key | None = None
    user_id: Key | None = None
    username: str | None = None


class Received(Camel):
    """A message from a customer (`sender`) to a number of ours (`to`)."""

    message_id: Key
    sender: Key | None = Field(default=None, alias="from")
    to: Key | None = None
    integration_type: str | None = None
    received_at: Any = None
    contact: Any = None
    message: dict[str, Any]


class Status(Camel):
    group_name: str = ""
    name: str = ""
    id: int | None = None


class Failure(Camel):
    id: int | None = None
    name: str = ""


class Report(Camel):
    """What became of a message of ours. Which of `from` and `to` is the customer differs between versions of the
    protocol, so neither is read: the id is one that we gave."""

    message_id: Key
    status: Status | None = None
    error: Failure | None = None
    done_at: Any = None
    seen_at: Any = None


class Event(Camel):
    """A notification without results: about a customer's identity, a payment, a template."""

    sender: Any = Field(default=None, alias="from")
    content: Any = None
    created_at: Any = None
    timestamp: Any = None
