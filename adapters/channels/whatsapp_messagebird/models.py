"""The parts of the Conversations API's webhooks that we read. Its names are in camel case."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from adapters.channels.models import Key, Part


class Camel(Part):
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


class Envelope(Camel):
    """What every webhook holds; `message` is missing where it is about the conversation itself."""

    type: str
    contact: Any = None
    conversation: Any = None
    message: Any = None


class Contact(Camel):
    """Who writes. `msisdn` arrives as a number or as a text."""

    id: Key | None = None
    msisdn: Key | None = None
    display_name: Any = None
    first_name: Any = None
    last_name: Any = None


class Message(Camel):
    """`content` holds, under the name of the `type`, what was said. `error`: why a message of ours has failed."""

    id: Key
    conversation_id: Key | None = None
    channel_id: Key | None = None
    direction: str = ""
    status: str = ""
    type: str = ""
    content: Any = None
    to: Any = None
    sender: Any = Field(default=None, alias="from")
    error: Any = None
    created_datetime: Any = None
    updated_datetime: Any = None
