"""For every kind of channel: what its provider posts, what it answers, and how a channel of it comes to be connected.

Small bodies of our own making, as the protocols describe them. What differs between kinds stands here as data, so that
the conformance suite, the canary and the benchmark run over all of them by discovery.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from adapters.channels.keys import APP_SECRET, HOOK_SECRET, TOKEN
from adapters.doubles.server import Asked, Reply
from domain.kinds import ChannelKind
from tests.adapters.channels import letters

Body = dict[str, Any]
Signed = tuple[bytes, dict[str, str]]
SKILL = "3ad36498-f5bd-4079-a14b-788652932056"
AT = 1_780_000_000


def raw(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def plain(body: Any, secrets: Mapping[str, str]) -> Signed:
    """Nothing is signed; the address proves."""
    return (body if isinstance(body, bytes) else raw(body)), {}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """`says(chat, text, number)` = a customer's message; `shows` = a file without a word; `broken` = signed, but not as
    the provider promises. `takes(number)` = the answer to a message that it takes; `text_of` = what a call of ours
    says, None for other calls; `refuses` = it will never take this one, and `refusal` what it means."""

    kind: ChannelKind
    says: Callable[[str, str, int], Any]
    strange: Any
    broken: Any
    shows: Callable[[str, int], Any] | None = None
    signed: Callable[[Any, Mapping[str, str]], Signed] = plain
    posted: bool = True
    called: bool = True
    takes: Callable[[int], Reply] = lambda number: Reply(200, {})
    text_of: Callable[[Asked], str | None] = lambda asked: None
    revoked: Reply = field(default_factory=lambda: Reply(401, {}))
    refuses: Reply = field(default_factory=lambda: Reply(400, {}))
    refusal: str = "refused"
    chat: Callable[[int], str] = lambda number: str(100 + number)
    account: str = "77"
    secrets: Mapping[str, str] = field(default_factory=lambda: {TOKEN: "t0ken-of-the-channel"})
    changes: Mapping[str, object] = field(default_factory=dict)


def _json_text(*path: str) -> Callable[[Asked], str | None]:
    def text_of(asked: Asked) -> str | None:
        value: Any = asked.json()
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value if isinstance(value, str) else None

    return text_of


# -- telegram ---------------------------------------------------------------------------------------------------------


def _update(chat: str, number: int, **content: Any) -> Body:
    person = {"id": int(chat), "is_bot": False, "first_name": "Vera"}
    message = {"message_id": number, "date": AT, "chat": {"id": int(chat), "type": "private"}, "from": person}
    return {"update_id": number, "message": message | content}


TELEGRAM = Sample(
    kind="telegram",
    says=lambda chat, text, number: _update(chat, number, text=text),
    shows=lambda chat, number: _update(
        chat, number, photo=[{"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}]
    ),
    strange={"update_id": 900_001, "chat_boost": {"chat": {"id": 1}}},
    broken={"update_id": 900_002, "message": {"message_id": "seven"}},
    signed=lambda body, secrets: (plain(body, secrets)[0], {"x-telegram-bot-api-secret-token": secrets[HOOK_SECRET]}),
    takes=lambda number: Reply(200, {"ok": True, "result": {"message_id": number}}),
    text_of=_json_text("text"),
    revoked=Reply(401, {"ok": False, "error_code": 401, "description": "Unauthorized"}),
    refuses=Reply(403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}),
    refusal="blocked_by_user",
)

# -- viber ------------------------------------------------------------------------------------------------------------


def _callback(chat: str, number: int, **message: Any) -> Body:
    told = {"event": "message", "timestamp": AT * 1000, "message_token": number}
    return told | {"sender": {"id": chat, "name": "Vera"}, "message": message}


def _viber_signed(body: Any, secrets: Mapping[str, str]) -> Signed:
    sent = plain(body, secrets)[0]
    return sent, {"x-viber-content-signature": hmac.new(secrets[TOKEN].encode(), sent, hashlib.sha256).hexdigest()}


VIBER = Sample(
    kind="viber",
    says=lambda chat, text, number: _callback(chat, number, type="text", text=text),
    shows=lambda chat, number: _callback(chat, number, type="picture", media="https://dl.example/1.jpg"),
    strange={"event": "client_status", "timestamp": AT * 1000, "message_token": 900_001},
    broken={"event": "message", "timestamp": AT * 1000, "message_token": 900_002, "sender": 7},
    signed=_viber_signed,
    takes=lambda number: Reply(200, {"status": 0, "status_message": "ok", "message_token": number}),
    text_of=_json_text("text"),
    revoked=Reply(200, {"status": 2, "status_message": "invalidAuthToken"}),
    refuses=Reply(200, {"status": 6, "status_message": "receiverNotSubscribed"}),
    refusal="user_did_not_allow_messages",
)

# -- vk ---------------------------------------------------------------------------------------------------------------


def _call(number: int, type: str, thing: Any) -> Body:
    return {"type": type, "group_id": 77, "event_id": f"e-{number}", "v": "5.199", "object": thing}


def _vk_message(chat: str, number: int, **content: Any) -> Body:
    message = {"id": number, "date": AT, "peer_id": int(chat), "from_id": int(chat), "text": "", "attachments": []}
    return _call(number, "message_new", {"message": message | content, "client_info": {}})


def _vk_signed(body: Any, secrets: Mapping[str, str]) -> Signed:
    return (raw(body | {"secret": secrets[HOOK_SECRET]}) if isinstance(body, dict) else plain(body, secrets)[0]), {}


def _form_text(asked: Asked) -> str | None:
    found = parse_qs(asked.body.decode(), keep_blank_values=True).get("message")
    return found[0] if found else None


SIZES = [{"type": "x", "url": "https://pp.example/1.jpg", "width": 9, "height": 9}]
VK = Sample(
    kind="vk",
    says=lambda chat, text, number: _vk_message(chat, number, text=text),
    shows=lambda chat, number: _vk_message(
        chat, number, attachments=[{"type": "photo", "photo": {"id": 1, "owner_id": 1, "sizes": SIZES}}]
    ),
    strange=_call(900_001, "wall_post_new", {"id": 1}),
    broken=_call(900_002, "message_new", {"message": {"id": "seven"}}),
    signed=_vk_signed,
    takes=lambda number: Reply(200, {"response": [{"peer_id": 1, "message_id": number, "conversation_message_id": 1}]}),
    text_of=_form_text,
    revoked=Reply(200, {"error": {"error_code": 5, "error_msg": "User authorization failed"}}),
    refuses=Reply(200, {"error": {"error_code": 901, "error_msg": "Can't send messages without permission"}}),
    refusal="user_did_not_allow_messages",
)

# -- Meta -------------------------------------------------------------------------------------------------------------


def _hub_signed(body: Any, secrets: Mapping[str, str]) -> Signed:
    sent = json.dumps(body).encode() if not isinstance(body, bytes) else body
    return sent, {
        "x-hub-signature-256": "sha256=" + hmac.new(secrets[APP_SECRET].encode(), sent, hashlib.sha256).hexdigest()
    }


def _messaging(chat: str, **what: Any) -> Body:
    event = {"sender": {"id": chat}, "recipient": {"id": "77"}, "timestamp": AT * 1000} | what
    return {"object": "page", "entry": [{"id": "77", "time": AT, "messaging": [event]}]}


def _value(**value: Any) -> Body:
    known = {"messaging_product": "whatsapp", "metadata": {"display_phone_number": "1555", "phone_number_id": "77"}}
    change = {"field": "messages", "value": known | value}
    return {"object": "whatsapp_business_account", "entry": [{"id": "4195", "changes": [change]}]}


def _wa_message(chat: str, number: int, **content: Any) -> Body:
    message = {"from": chat, "id": f"wamid.{number}", "timestamp": str(AT)} | content
    return _value(contacts=[{"profile": {"name": "Vera"}, "wa_id": chat}], messages=[message])


GRAPH_SECRETS = {TOKEN: "t0ken-of-the-channel", APP_SECRET: "s3cret-of-the-app"}
GRAPH_REVOKED = Reply(401, {"error": {"message": "Invalid token", "type": "OAuthException", "code": 190}})
JPEG = {"id": "media-1", "mime_type": "image/jpeg", "sha256": "x"}

FACEBOOK = Sample(
    kind="facebook",
    says=lambda chat, text, number: _messaging(chat, message={"mid": f"m_{number}", "text": text}),
    shows=lambda chat, number: _messaging(
        chat,
        message={"mid": f"m_{number}", "attachments": [{"type": "image", "payload": {"url": "https://cdn.example/1"}}]},
    ),
    strange=_messaging("1", app_roles={"1": ["primary_receiver"]}),
    broken=_messaging("1", message="seven"),
    signed=_hub_signed,
    takes=lambda number: Reply(200, {"recipient_id": "1", "message_id": f"m_out_{number}"}),
    text_of=_json_text("message", "text"),
    revoked=GRAPH_REVOKED,
    refuses=Reply(400, {"error": {"message": "This person isn't available", "type": "OAuthException", "code": 551}}),
    refusal="forbidden",
    secrets=GRAPH_SECRETS,
)
WHATSAPP = Sample(
    kind="whatsapp_official",
    says=lambda chat, text, number: _wa_message(chat, number, type="text", text={"body": text}),
    shows=lambda chat, number: _wa_message(chat, number, type="image", image=JPEG),
    strange={"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "x", "value": {}}]}]},
    broken=_value(messages=[{"id": 7}]),
    signed=_hub_signed,
    takes=lambda number: Reply(200, {"contacts": [], "messages": [{"id": f"wamid.out.{number}"}]}),
    text_of=_json_text("text", "body"),
    revoked=GRAPH_REVOKED,
    refuses=Reply(400, {"error": {"message": "Message undeliverable", "type": "OAuthException", "code": 131026}}),
    refusal="",
    chat=lambda number: str(16_505_550_000 + number),
    secrets=GRAPH_SECRETS,
)

# -- Bird and Infobip -------------------------------------------------------------------------------------------------


def _bird(chat: str, number: int, **content: Any) -> Body:
    message = {"id": f"mes-{number}", "conversationId": f"con-{chat}", "channelId": "77", "direction": "received"}
    message |= {"status": "received", "createdDatetime": "2026-08-24T09:49:01Z", "from": chat, "to": "31600"} | content
    contact = {"id": f"cont-{chat}", "msisdn": int(chat), "displayName": "Vera"}
    return {"type": "message.created", "contact": contact, "conversation": {"id": f"con-{chat}"}, "message": message}


BIRD = Sample(
    kind="whatsapp_messagebird",
    says=lambda chat, text, number: _bird(chat, number, type="text", content={"text": text}),
    shows=lambda chat, number: _bird(chat, number, type="image", content={"image": {"url": "https://m.example/1"}}),
    strange={"type": "conversation.archived", "conversation": {"id": "con-1"}},
    broken={"type": "message.created", "message": {"id": {}, "direction": "received"}},
    takes=lambda number: Reply(202, {"id": f"mes-out-{number}", "status": "accepted"}),
    text_of=_json_text("content", "text"),
    revoked=Reply(401, {"errors": [{"code": 2, "description": "Request not allowed", "parameter": "access_key"}]}),
    refuses=Reply(422, {"errors": [{"code": 9, "description": "no (correct) recipients found", "parameter": "to"}]}),
    chat=lambda number: str(31_612_340_000 + number),
    secrets={"key": "k3y-of-the-channel", "channel_id": "77", "signing_key": ""},
)


def _infobip(chat: str, number: int, **message: Any) -> Body:
    result = {"from": chat, "to": "4179", "integrationType": "WHATSAPP", "receivedAt": "2026-01-01T10:10:00.500+0000"}
    result |= {"messageId": f"in-{number}", "message": message, "contact": {"name": "Vera"}}
    return {"results": [result], "messageCount": 1, "pendingMessageCount": 0}


PENDING = {"groupId": 1, "groupName": "PENDING", "id": 7, "name": "PENDING_ENROUTE"}
INFOBIP = Sample(
    kind="whatsapp_infobip",
    says=lambda chat, text, number: _infobip(chat, number, type="TEXT", text=text),
    shows=lambda chat, number: _infobip(chat, number, type="IMAGE", url="https://api.example/media/1"),
    strange={"event": "TEMPLATE_STATUS", "templates": 1},
    broken={"results": [{"from": 7, "message": "?"}], "messageCount": 1},
    takes=lambda number: Reply(200, {"to": "1", "messageCount": 1, "messageId": f"out-{number}", "status": PENDING}),
    text_of=_json_text("content", "text"),
    revoked=Reply(401, {"requestError": {"serviceException": {"messageId": "UNAUTHORIZED", "text": "Invalid login"}}}),
    refuses=Reply(400, {"requestError": {"serviceException": {"messageId": "BAD_REQUEST", "text": "Bad request"}}}),
    chat=lambda number: str(385_919_990_000 + number),
    account="4179",
    secrets={"api_key": "k3y-of-the-channel"},
    changes={"number": "4179"},
)

# -- Avito, Yandex, e-mail --------------------------------------------------------------------------------------------


def _avito(chat: str, number: int, type: str, content: Body) -> Body:
    value = {"id": f"a-{number}", "chat_id": chat, "chat_type": "u2i", "user_id": 77, "author_id": 5_000 + number}
    value |= {"created": AT, "type": type, "content": content, "item_id": 1}
    return {"id": f"n-{number}", "version": "v3.0.0", "timestamp": AT, "payload": {"type": "message", "value": value}}


AVITO = Sample(
    kind="avito",
    says=lambda chat, text, number: _avito(chat, number, "text", {"text": text}),
    shows=lambda chat, number: _avito(chat, number, "image", {"image": {"sizes": {"9x9": "https://a.example/1"}}}),
    strange={"id": "n", "version": "v3.0.0", "timestamp": AT, "payload": {"type": "typing", "value": {}}},
    broken={"id": "n", "version": "v3.0.0", "timestamp": AT, "payload": {"type": "message", "value": {"id": 7}}},
    takes=lambda number: Reply(
        200, {"id": f"out-{number}", "created": AT, "direction": "out", "type": "text", "content": {}}
    ),
    text_of=_json_text("message", "text"),
    revoked=Reply(401, {"error": {"code": 401, "message": "access token is not valid"}}),
    refuses=Reply(404, {"error": {"code": 404, "message": "chat not found"}}),
    refusal="chat_not_found",
    chat=lambda number: f"u2i-{number}~x",
)


def _turn(chat: str, number: int, **said: Any) -> Body:
    session = {"session_id": f"s-{chat}", "message_id": number, "skill_id": SKILL, "new": False}
    session["application"] = {"application_id": chat}
    return {"meta": {"locale": "ru-RU"}, "request": said, "session": session, "version": "1.0"}


YANDEX = Sample(
    kind="yandex_dialogs",
    says=lambda chat, text, number: _turn(
        chat, number, type="SimpleUtterance", command=text.lower(), original_utterance=text
    ),
    strange=_turn("1", 900_001, type="Show.Pull"),
    broken=_turn("1", 900_002, type=7),
    called=False,
    secrets={},
    changes={"alice_webhook": True, "skill_id": SKILL},
)


def _letter(chat: str, text: str, number: int) -> bytes:
    """Without a subject, which would be shown before the words."""
    return letters.raw(text, From=f"Vera <{chat}>", Message_ID=f"<in-{number}@example.org>", Subject=None)


def _letter_with_file(chat: str, number: int) -> bytes:
    file = letters.part("image/jpeg", b"\xff\xd8jpeg", Content_Disposition='attachment; filename="1.jpg"')
    body = b"--edge\r\n" + letters.part("text/plain", b"") + b"\r\n--edge\r\n" + file + b"\r\n--edge--\r\n"
    return letters.raw(
        body,
        From=f"Vera <{chat}>",
        Message_ID=f"<in-{number}@example.org>",
        Content_Type='multipart/mixed; boundary="edge"',
        Content_Transfer_Encoding=None,
        Subject=None,
    )


EMAIL = Sample(
    kind="email",
    says=_letter,
    shows=_letter_with_file,
    strange=None,
    broken=b"\xff\xfe\x00",
    posted=False,
    called=False,
    chat=lambda number: f"vera{number}@example.org",
    account="hello@bakery.example",
    secrets={"password": "p4ssword-of-the-mailbox"},
    changes={"address": "hello@bakery.example"},
)

SAMPLES: dict[str, Sample] = {
    one.kind: one for one in (TELEGRAM, VIBER, VK, FACEBOOK, WHATSAPP, BIRD, INFOBIP, AVITO, YANDEX, EMAIL)
}
