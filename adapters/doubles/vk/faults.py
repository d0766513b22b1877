"""What can go wrong at VK, on demand. Its refusals come with status 200 and a number of their own."""

from __future__ import annotations

from adapters.doubles.faults import Fault, hang_up, slow
from adapters.doubles.server import Reply
from adapters.doubles.vk.communities import Refusal

__all__ = ["Fault", "broken", "captcha", "flood", "hang_up", "refused", "slow"]


def refused(code: int, message: str = "Refused") -> Fault:
    """Any of VK's errors, by its number."""
    return Fault(error(Refusal(code, message)))


def flood() -> Fault:
    """Too many calls a second."""
    return refused(6, "Too many requests per second")


def captcha() -> Fault:
    needed = Refusal(14, "Captcha needed", captcha_sid="239633676097", captcha_img="https://api.vk.example/captcha.php")
    return Fault(error(needed))


def broken(status: int = 502) -> Fault:
    return Fault(Reply(status, b"<html>Bad Gateway</html>", {"content-type": "text/html"}))


def error(refusal: Refusal) -> Reply:
    facts = {"error_code": refusal.code, "error_msg": refusal.message, "request_params": [], **refusal.more}
    return Reply(200, {"error": facts})
