"""What mail servers report about a letter of ours: it could not be delivered, it was, or somebody has seen it.

A report of RFC 3464 is read as such; older servers write a letter that only people understand, of which the failed
address and our letter's id are found in the text. "Delayed" is not the end: nothing follows from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from adapters.channels.email import headers
from adapters.channels.email.parts import body_text, content, is_text
from adapters.channels.inbound import InboundKind

FAILED, DELIVERED = frozenset({"failed"}), frozenset({"delivered"})
MAILERS = frozenset(("mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon", "mail delivery subsystem"))
SAYS_FAILED = re.compile(
    r"undeliver|delivery (?:status )?(?:notification|failure|has failed)|fail(?:ed|ure)|returned mail|could not be sent"
    r"|не ?доставлен|ошибка доставки|невозможно доставить|сообщение не отправлено|не удалось доставить",
    re.IGNORECASE,
)
SAYS_DELAYED = re.compile(r"delayed|warning|задерж|отложен", re.IGNORECASE)
ORIGINAL_ID = re.compile(r"^\s{0,8}message-id:\s{0,8}(<[^<>\s]+>)", re.IGNORECASE | re.MULTILINE)
ADDRESS = re.compile(r"[\w.+=/-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
DEEPEST = 8


NOT_REACHED = re.compile(r"5\.(1\.\d+|2\.[12])")
TOO_LARGE = frozenset(("5.2.3", "5.3.4"))


@dataclass(frozen=True, slots=True)
class Report:
    """`code` = RFC 3463's status, where it is told; of a bounce `reason` is a row of the table of errors."""

    kind: InboundKind
    reason: str
    recipient: str | None = None
    original: str | None = None
    code: str | None = None


def report_in(letter: Message) -> Report | None:
    """None: it is no report."""
    for part in _parts(letter, DEEPEST):
        match part.get_content_type():
            case "message/delivery-status":
                return _delivery(letter, part)
            case "message/disposition-notification":
                return _seen(letter, part)
    return _in_words(letter)


def _delivery(letter: Message, part: Message) -> Report:
    """One group of fields a recipient; what failed for any of them counts most."""
    groups = [one for one in _groups(part) if _field(one, "action")]
    actions = [_field(one, "action").lower() for one in groups]
    worst = next((at for at, action in enumerate(actions) if action in FAILED), None)
    chosen = groups[worst] if worst is not None else next(iter(groups), None)
    action = actions[worst] if worst is not None else next(iter(actions), "none")
    kind: InboundKind = "bounce" if worst is not None else "service"
    if action in DELIVERED:
        kind = "delivery_receipt"
    recipient = code = None
    if chosen is not None:
        recipient = _recipient(chosen)
        code = next(iter(STATUS.findall(_field(chosen, "status"))), None)
    reason = _failure(code) if kind == "bounce" else f"delivery_{action}"[:64]
    return Report(kind, reason, recipient, _original(letter), code)


def _seen(letter: Message, part: Message) -> Report:
    fields = next(_groups(part), None)
    disposition = _field(fields, "disposition").lower() if fields is not None else ""
    told = next(iter(headers.ids([_field(fields, "original-message-id")])), None) if fields is not None else None
    kind: InboundKind = "read_receipt" if "displayed" in disposition else "service"
    recipient = _recipient(fields) if fields is not None else None
    return Report(kind, "disposition_notification", recipient, told or _original(letter))


def _in_words(letter: Message) -> Report | None:
    """Exim's, qmail's and their like: from the mailer itself, and the failed letter below the explanation."""
    failed = headers.addresses(letter, "x-failed-recipients")
    subject = headers.value(letter, "subject") or ""
    if not failed and not (_from_mailer(letter) and SAYS_FAILED.search(subject)):
        return None
    texts = [body_text(part) for part in _parts(letter, DEEPEST) if is_text(part)]
    text = "\n".join(texts)[:100_000]
    recipient = failed[0].address if failed else next(iter(ADDRESS.findall(text)), None)
    original = next(iter(ORIGINAL_ID.findall(text)), None) or _original(letter)
    if SAYS_DELAYED.search(subject):
        return Report("service", "delivery_delayed", recipient, original)
    code = next(iter(STATUS.findall(text)), None)
    return Report("bounce", _failure(code), recipient, original, code)


def _failure(code: str | None) -> str:
    if code in TOO_LARGE:
        return "message_too_large"
    return "recipient_refused" if code and NOT_REACHED.fullmatch(code) else "refused"


def _from_mailer(letter: Message) -> bool:
    sender = next(iter(headers.addresses(letter, "from")), None)
    return sender is not None and sender.address.partition("@")[0].lower() in MAILERS


def _original(letter: Message) -> str | None:
    """The id of our letter, of which the report holds the whole or the head, or to which it answers."""
    for part in _parts(letter, DEEPEST):
        kind = part.get_content_type()
        if kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"):
            found = ORIGINAL_ID.search(content(part)[:200_000].decode("utf-8", "replace"))
            if found:
                return found[1]
    answered = headers.ids([*headers.raw_values(letter, "in-reply-to"), *headers.raw_values(letter, "references")])
    return answered[-1] if answered else None


def _parts(part: Message, depth: int) -> Iterator[Message]:
    """All parts of this letter, and not those of the letters inside it."""
    yield part
    inside = part.get_payload()
    if depth and part.get_content_maintype() == "multipart" and isinstance(inside, list):
        for one in inside:
            if isinstance(one, Message):
                yield from _parts(one, depth - 1)


def _groups(part: Message) -> Iterator[Message]:
    """The groups of fields of a report; a part that was sent encoded is read once more."""
    inside = part.get_payload()
    if isinstance(inside, list):
        yield from (one for one in inside if isinstance(one, Message))


def _field(group: Message, name: str) -> str:
    return next(iter(headers.raw_values(group, name)), "").strip()


def _recipient(group: Message) -> str | None:
    """`rfc822;person@example.org`: as it was addressed, else as it was in the end."""
    for name in ("original-recipient", "final-recipient"):
        found = _field(group, name).partition(";")[2].strip()
        if "@" in found:
            return headers.bare(found)
    return None
