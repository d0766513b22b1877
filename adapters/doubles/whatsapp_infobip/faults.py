"""What can go wrong at Infobip, on demand. Its errors come in two forms; the older one tells of keys and requests."""

from __future__ import annotations

from typing import Any

from adapters.doubles.faults import Fault, hang_up, slow
from adapters.doubles.server import Reply

__all__ = ["Fault", "broken", "error", "hang_up", "newer", "older", "rate_limited", "slow"]


def rate_limited(seconds: int = 1) -> Fault:
    return Fault(Reply(429, older("TOO_MANY_REQUESTS", "Too many requests"), {"retry-after": str(seconds)}))


def error(status: int, code: str = "E400") -> Fault:
    return Fault(Reply(status, newer(code)))


def broken(status: int = 503) -> Fault:
    return Fault(Reply(status, b"<html>Bad Gateway</html>", {"content-type": "text/html"}))


def older(message_id: str, text: str) -> dict[str, Any]:
    return {"requestError": {"serviceException": {"messageId": message_id, "text": text}}}


def newer(code: str) -> dict[str, Any]:
    facts = {"errorCode": code, "description": "Request cannot be processed.", "action": "Check the request."}
    return facts | {"violations": [], "resources": []}
