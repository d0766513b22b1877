"""VK's methods by name, as far as a channel calls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adapters.doubles.vk import managing, messaging

METHODS: dict[str, Callable[..., Any]] = {
    "groups.get": managing.groups_get,
    "groups.getById": managing.groups_get_by_id,
    "groups.getTokenPermissions": managing.get_token_permissions,
    "groups.getSettings": managing.get_settings,
    "groups.setSettings": managing.set_settings,
    "groups.getCallbackConfirmationCode": managing.get_confirmation_code,
    "groups.getCallbackServers": managing.get_servers,
    "groups.addCallbackServer": managing.add_server,
    "groups.editCallbackServer": managing.edit_server,
    "groups.deleteCallbackServer": managing.delete_server,
    "groups.setCallbackSettings": managing.set_callback_settings,
    "groups.getCallbackSettings": managing.get_callback_settings,
    "messages.send": messaging.send,
    "messages.setActivity": messaging.one,
    "messages.markAsRead": messaging.one,
    "messages.sendMessageEventAnswer": messaging.one,
    "users.get": messaging.users_get,
    "photos.getMessagesUploadServer": messaging.upload_server("photo"),
    "photos.saveMessagesPhoto": messaging.save_photo,
    "docs.getMessagesUploadServer": messaging.upload_server("doc"),
    "docs.save": messaging.save_doc,
}
"""Each takes VK's world, its callbacks, whose token it is, and the form's fields; what it returns is the `response`."""
