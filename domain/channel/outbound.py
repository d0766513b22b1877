"""May anything be sent through a channel, and may we write first? (§3, A30, C01, C11, C12)"""

from __future__ import annotations

from collections.abc import Sequence

from domain.channel.state import Channel
from domain.dialog.events import Attachment
from domain.errors import Conflict
from domain.kinds import KINDS, Files, FirstContact

TEMPLATES: frozenset[FirstContact] = frozenset({"template", "template_with_namespace"})
NEVER_FIRST: frozenset[FirstContact] = frozenset({"no"})


def outbound_refusal(channel: Channel) -> Conflict | None:
    """Why nothing may be sent through this channel now, or None (A30)."""
    if channel.working:
        return None
    return Conflict(f"channel_{channel.phase}", f"The channel is {channel.phase}: nothing can be sent through it.")


def first_contact_refusal(channel: Channel) -> Conflict | None:
    """Why nobody may be written to first, or None. Whether this customer allows it, only the provider knows.

    Unlike a reply it needs a channel in order: what is degraded only tries replies.
    """
    rule = KINDS[channel.kind].first_contact
    if "entitlement" in channel.causes:
        return service_not_connected()
    if channel.phase != "connected":
        return Conflict(f"channel_{channel.phase}", f"The channel is {channel.phase}: nobody can be written to first.")
    if rule in NEVER_FIRST:
        return Conflict("first_contact_not_allowed", "Through this kind of channel the customer must write first.")
    if rule == "template_with_namespace" and not channel.settings.namespace_id:
        return Conflict("namespace_required", "Writing first needs the Namespace ID in the settings of the channel.")
    return None


def files_refusal(channel: Channel, files: Sequence[Attachment], text: str) -> Conflict | None:
    """Why these files may not be sent through this kind of channel, beside this text, or None."""
    takes = KINDS[channel.kind].files
    if not files:
        return None
    if takes is None:
        return Conflict("files_not_supported", "Files cannot be sent through this kind of channel.")
    if len(files) > takes.most:
        return Conflict("too_many_files", f"At most {takes.most} files fit into one message here.", most=takes.most)
    longest = min(takes.beside_of(one.type) for one in files)
    if len(text) > longest:
        sentence = f"Beside this file the text may have {longest} characters here; send it as a message of its own."
        return Conflict("text_beside_file", sentence, longest=longest)
    return next((why for one in files if (why := _file_refusal(takes, one))), None)


def _file_refusal(takes: Files, file: Attachment) -> Conflict | None:
    if file.type not in takes.types:
        return Conflict("file_type_not_taken", f"This kind of channel takes no {file.type}.", type=file.type)
    largest = takes.largest_of(file.type)
    if (file.size or 0) > largest:
        return Conflict("file_too_large", f"The file is larger than {largest} bytes.", largest=largest)
    return None


def template_refusal(channel: Channel) -> Conflict | None:
    """Why no approved template can be sent, or None: the same kinds have them that ask for one at first contact."""
    rule = KINDS[channel.kind].first_contact
    if rule not in TEMPLATES:
        return Conflict("no_templates", "This kind of channel has no templates.")
    if rule == "template_with_namespace" and not channel.settings.namespace_id:
        return Conflict("namespace_required", "A template needs the Namespace ID in the settings of the channel.")
    return None


def service_not_connected() -> Conflict:
    return Conflict("service_not_connected", "The contract does not include this service.")
