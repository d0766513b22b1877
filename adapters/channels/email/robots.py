"""Letters that nobody wrote: absence notes, lists, newsletters. They get no automatic answer, or two machines would
write to each other for ever.

A list of ours is an exception: where the mailbox receives what is sent to a group (Google Groups and the like), every
customer's letter bears the marks of a list.
"""

from __future__ import annotations

from email.message import Message

from adapters.channels.email import headers

BULK = frozenset(("bulk", "list", "junk", "auto_reply", "auto-reply"))
MARKS = ("x-autoreply", "x-autorespond", "x-autoresponse", "x-auto-reply", "auto-submitted-by")


def why_automatic(letter: Message, account: str = "") -> str | None:
    """The header that says so; None: a person wrote it. `account` = our address."""
    submitted = _word(letter, "auto-submitted")
    if submitted and submitted != "no":
        return "auto_submitted"
    if any(_word(letter, mark) not in ("", "no") for mark in MARKS):
        return "auto_reply"
    if _nobody_to_answer(letter):
        return "empty_return_path"
    if letter.get_content_type() == "multipart/report":
        return "report"
    if not is_our_list(letter, account):
        if _word(letter, "precedence") in BULK:
            return "precedence"
        if _word(letter, "list-id"):
            return "list"
    return "auto_response_suppress" if _suppresses(letter) else None


def _nobody_to_answer(letter: Message) -> bool:
    return any(value.strip() == "<>" for value in headers.raw_values(letter, "return-path"))


def _suppresses(letter: Message) -> bool:
    """Exchange's way to say: do not answer this by machine."""
    return _word(letter, "x-auto-response-suppress") not in ("", "none")


def is_our_list(letter: Message, account: str) -> bool:
    """`List-Id: Support <support.example.org>` is the list support@example.org."""
    marks = " ".join(headers.raw_values(letter, "list-id") + headers.raw_values(letter, "list-post")).lower()
    ours = account.lower()
    return bool(ours) and (f"<{ours.replace('@', '.')}>" in marks or f"mailto:{ours}" in marks)


def _word(letter: Message, name: str) -> str:
    return next(iter(headers.raw_values(letter, name)), "").partition(";")[0].strip().lower()
