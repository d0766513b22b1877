"""The double itself: VK's methods, login pages and uploads on the loopback interface, and the hands of its people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from time import time
from typing import Any

from adapters.doubles.couriers import Attempt
from adapters.doubles.hooking import HookingDouble
from adapters.doubles.server import Asked, Reply
from adapters.doubles.vk.callbacks import CONFIRMATION, Callbacks
from adapters.doubles.vk.communities import COMMUNITY_SCOPES, Community, Holder, Refusal, Said, Vk
from adapters.doubles.vk.faults import error
from adapters.doubles.vk.methods import METHODS
from adapters.doubles.vk.oauth import OAuth

ADMIN = 1001
GROUP = 200_100
TOKEN = "vk1.a.double-of-a-community-token"
CLIENT_ID, CLIENT_SECRET = "51000001", "double-of-an-app-secret"


class VkDouble(HookingDouble[Said, Attempt]):
    """One community with an administrator and a token; more may be added. `speed` shortens VK's pauses.

    with VkDouble() as vk:
        vk.customer_says(77, "Is there bread?")
        vk.sent[-1].text
    """

    sends = "messages.send"

    def __init__(self, *, name: str = "Bakery", speed: float = 1.0, timeout: float = 10.0, port: int = 0) -> None:
        self.vk = Vk()
        self.callbacks = Callbacks(self.vk, speed=speed, timeout=timeout)
        self.oauth = OAuth(self.vk, CLIENT_ID, CLIENT_SECRET, browser=ADMIN)
        super().__init__(self.callbacks.courier, port=port)
        self.vk.person(ADMIN, "Olga Administrator")
        self.community(GROUP, name)
        self.vk.token(Holder(group=GROUP, scopes=COMMUNITY_SCOPES), TOKEN)

    @property
    def sent(self) -> list[Said]:
        """What communities have sent, in order."""
        return list(self.vk.sent)

    @property
    def attempts(self) -> list[Attempt]:
        """Every call of a hook that brings an event, in order; confirmations are left out."""
        return [one for one in self.callbacks.courier.attempts if not one.name.startswith(CONFIRMATION)]

    # -- what administrators do ---------------------------------------------------------------------------------------

    def community(
        self, group: int, name: str, *, admins: tuple[int, ...] = (ADMIN,), receives: bool = True
    ) -> Community:
        return self.vk.communities.setdefault(group, Community(group, name, set(admins), receives))

    def switches_receiving(self, *, on: bool, group: int = GROUP) -> None:
        self.vk.communities[group].receives = on

    def revokes(self, group: int = GROUP) -> None:
        """The community's tokens count no more."""
        self.vk.revoke(group)

    # -- what customers do; each returns the object, as it is brought to the hooks ------------------------------------

    def customer_says(self, user: int, text: str, **how: Any) -> dict[str, Any]:
        return self.customer_sends(user, {"text": text}, **how)

    def customer_sends(
        self, user: int, content: Mapping[str, Any], *, name: str = "Anna Orlova", group: int = GROUP, **how: Any
    ) -> dict[str, Any]:
        """A message with any content of VK's: `{"text": "", "attachments": […]}`. `copies`, `after` as of a courier."""
        self.vk.person(user, name).allows.add(group)
        number = next(self.vk.numbers)
        facts = {"id": number, "date": int(time()), "peer_id": user, "from_id": user, "out": 0, "text": ""}
        more = {"attachments": [], "fwd_messages": [], "random_id": 0, "conversation_message_id": number}
        message = {**facts, **more, **content}
        client = {"button_actions": ["text", "callback"], "keyboard": True, "inline_keyboard": True, "lang_id": 0}
        self._tell("message_new", {"message": message, "client_info": client}, group, **how)
        return message

    def customer_edits(self, message: Mapping[str, Any], text: str, *, group: int = GROUP) -> None:
        self._tell("message_edit", {**message, "text": text, "update_time": int(time())}, group)

    def customer_reads(self, user: int, message_id: int, *, group: int = GROUP) -> None:
        facts = {"from_id": user, "peer_id": user, "read_message_id": message_id}
        self._tell("message_read", {**facts, "conversation_message_id": message_id}, group)

    def customer_types(self, user: int, *, group: int = GROUP) -> None:
        self._tell("message_typing_state", {"state": "typing", "from_id": user, "to_id": -group}, group)

    def customer_allows(self, user: int, *, allows: bool = True, name: str = "Anna Orlova", group: int = GROUP) -> None:
        """From now on the community's messages reach him, or are refused."""
        person = self.vk.person(user, name)
        (person.allows.add if allows else person.allows.discard)(group)
        self._tell("message_allow" if allows else "message_deny", {"user_id": user, "key": ""}, group)

    def customer_presses(self, user: int, payload: Any, *, group: int = GROUP) -> None:
        facts = {"user_id": user, "peer_id": user, "event_id": f"{next(self.vk.numbers):012x}", "payload": payload}
        self._tell("message_event", facts, group)

    def happens(self, kind: str, thing: Any, *, group: int = GROUP, **how: Any) -> None:
        """Any event, as it is: for what the methods above have no word for."""
        self._tell(kind, thing, group, **how)

    def _tell(self, kind: str, thing: Any, group: int, **how: Any) -> None:
        community = self.vk.communities[group]
        if community.receives:
            self.callbacks.tell(community, kind, thing, **how)

    def answer(self, asked: Asked) -> Reply:
        top, _, name = asked.route.removeprefix("/").partition("/")
        self.calls.append(name if top == "method" else asked.route)
        return self._faults.met(self.calls[-1], lambda: self._carried_out(top, name, asked))

    def _carried_out(self, top: str, name: str, asked: Asked) -> Reply:
        match top:
            case "method":
                return self._method(name, {**asked.query(), **asked.form()})
            case "upload":
                return self._uploaded(name, asked)
            case "files" if name in self.vk.uploads:
                return Reply(200, self.vk.uploads[name][1], {"content-type": "application/octet-stream"})
            case _:
                return self.oauth.answer(asked) or Reply(404, {"error": "not_found"})

    def _method(self, name: str, fields: dict[str, str]) -> Reply:
        try:
            if "v" not in fields:
                raise Refusal(8, "Invalid request: v is required")
            if name not in METHODS:
                raise Refusal(3, "Unknown method passed")
            holder = self.vk.holder(fields.pop("access_token", ""))
            result = METHODS[name](self.vk, self.callbacks, holder, {**fields, "double": self.url})
        except Refusal as refusal:
            return error(refusal)
        return Reply(200, {"response": result})

    def _uploaded(self, kind: str, asked: Asked) -> Reply:
        """The form's one part is kept; its answer is what the method that saves it wants to hear."""
        field = "photo" if kind == "photo" else "file"
        part = asked.parts().get(field)
        if part is None:
            return Reply(200, {"error": "no_file"})
        kept = f"{kind}{next(self.vk.numbers)}"
        self.vk.uploads[kept] = part
        told = json.dumps({"kept": kept})
        return Reply(200, {"server": 1, "photo": told, "hash": "h"} if kind == "photo" else {"file": told})
