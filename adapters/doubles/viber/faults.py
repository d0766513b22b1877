"""What can go wrong at Viber, on demand. Its refusals come with status 200 and a number of their own."""

from __future__ import annotations

from adapters.doubles.faults import Fault, hang_up, slow
from adapters.doubles.server import Reply

__all__ = ["NAMES", "Fault", "broken", "hang_up", "refused", "slow", "status"]

NAMES: dict[int, str] = {
    0: "ok",
    1: "invalidUrl",
    2: "invalidAuthToken",
    3: "badData",
    4: "missingData",
    5: "receiverNotRegistered",
    6: "receiverNotSubscribed",
    7: "publicAccountBlocked",
    8: "publicAccountNotFound",
    9: "publicAccountSuspended",
    10: "webhookNotSet",
    11: "receiverNoSuitableDevice",
    12: "tooManyRequests",
    13: "apiVersionNotSupported",
    14: "incompatibleWithVersion",
    15: "publicAccountNotAuthorized",
    21: "unsupportedCountry",
    22: "paymentUnsupported",
    23: "freeMessagesExceeded",
    24: "noBalance",
}


def refused(number: int) -> Fault:
    """Any row of Viber's table of statuses; a number that is not there is Viber's "general error"."""
    return Fault(status(number))


def broken(http_status: int = 502) -> Fault:
    return Fault(Reply(http_status, b"<html>Bad Gateway</html>", {"content-type": "text/html"}))


def status(number: int, **more: object) -> Reply:
    return Reply(200, {"status": number, "status_message": NAMES.get(number, "generalError"), **more})
