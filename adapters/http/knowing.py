"""Is there a channel, or a setting, of this name? An empty list about nothing would look like an answer."""

from __future__ import annotations

from adapters.http.asking import Asking
from adapters.store.heads import Kept, StoredHeads
from domain.channel import Channel
from domain.errors import Invalid, NotFound, Problem, shown
from domain.settings import FIELDS, public_name

SETTINGS = tuple(public_name(name) for name in FIELDS)


def head_of(asking: Asking, channel: str) -> Channel:
    """From the head, so that a channel made a moment ago is known. Raises `NotFound`. Blocks."""
    with asking.parts.database.pool.connection(timeout=3) as connection:
        head: Channel = StoredHeads(connection, asking.tenant, Kept()).head(f"channel-{channel}").state
    if head.phase == "unknown":
        raise NotFound("channel_unknown", "There is no such channel.")
    return head


def must_be_setting(name: str | None) -> str | None:
    """A filter of histories. Raises `Invalid`."""
    if name is None or name in SETTINGS:
        return name
    allowed = ", ".join(SETTINGS)
    sentence = f"There is no setting {shown(name)}; there are: {allowed}."
    raise Invalid([Problem(field="field", code="setting_unknown", sentence=sentence, limits={"allowed": allowed})])
