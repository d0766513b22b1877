"""The request that Alice makes for every turn of a conversation, as far as it is read (dialogs: protocol 1.0)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from adapters.channels.models import Part

Name = Annotated[str, Field(min_length=1, max_length=256)]
Number = Annotated[int, Field(strict=True, ge=0, lt=2**63)]


class Meta(Part):
    locale: str = ""


class Markup(Part):
    """`dangerous_context`: Yandex takes the words for a threat to somebody's life or health."""

    dangerous_context: bool = False


class Said(Part):
    """`original_utterance` = all that was said, `command` = the same without the words that open the skill.

    A pressed button may bring its `payload` and neither of them.
    """

    type: str = Field(min_length=1)
    command: str | None = None
    original_utterance: str | None = None
    payload: Any = None
    markup: Markup | None = None


class User(Part):
    user_id: Name


class Application(Part):
    application_id: Name


class Session(Part):
    """`user_id` is what older requests name the application by."""

    session_id: Name
    message_id: Number
    skill_id: str = ""
    user_id: Name | None = None
    user: User | None = None
    application: Application | None = None
    new: bool = False

    @property
    def person(self) -> str | None:
        """Somebody logged in at Yandex is the same on all his devices; anybody else is his device."""
        if self.user is not None:
            return self.user.user_id
        return self.application.application_id if self.application is not None else self.user_id


class Turn(Part):
    request: Said
    session: Session
    meta: Meta = Meta()
