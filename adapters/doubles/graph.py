"""What the doubles of Meta's two channels share: one Graph API with its application, and the webhooks that it signs.

A call is let in by its token, checked against the application's secret where it is signed, met by the faults that await
it, and answered in Graph's forms. A webhook's body is written as Meta writes it: letters as `\\uXXXX`, slashes escaped.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import threading
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from time import time
from typing import Any
from urllib.parse import urlsplit

import httpx2

from adapters.doubles.couriers import Attempt, Courier, Parcel
from adapters.doubles.hooking import HookingDouble, S
from adapters.doubles.server import LOOPBACK, Asked, Reply

APP_ID = "174829003346"
APP_SECRET = "double-of-an-app-secret"
FIRST_PAUSE, LONGEST_PAUSE, GIVEN_UP_AFTER = 1.0, 3600.0, 20
"""How it tries again: pauses that double; Meta goes on for hours and days, and tells neither number."""
_VERSIONED = re.compile(r"/v\d+\.\d+/(.*)")
_NEAR = frozenset({LOOPBACK, "localhost", "::1"})


class Refusal(Exception):
    """What Graph answers instead of a result."""

    def __init__(self, code: int, message: str, *, status: int = 400, subcode: int | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.subcode = code, message, status, subcode

    def reply(self) -> Reply:
        return error(self.code, self.message, status=self.status, subcode=self.subcode)


def error(
    code: int, message: str = "", *, status: int = 400, subcode: int | None = None, headers: Mapping[str, str] = {}
) -> Reply:
    """Graph's form of a refusal, of use as a fault too."""
    told: dict[str, Any] = {"message": f"(#{code}) {message}", "type": "OAuthException", "code": code}
    if subcode is not None:
        told["error_subcode"] = subcode
    return Reply(status, {"error": told | {"fbtrace_id": "AXsgnV2Cm3ZMGF3dF_cfYIn"}}, headers)


@dataclass(frozen=True, slots=True)
class Call:
    """`ids` = what the route's pattern has caught; `fields` = of the query."""

    asked: Asked
    token: str
    ids: tuple[str, ...]
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Route:
    """`name`: by which its faults and calls are known."""

    method: str
    pattern: str
    name: str
    answer: Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Webhook:
    url: str
    fields: frozenset[str] = frozenset()


@dataclass
class App:
    """The application that both sides know. `strict`: calls must be signed with its secret."""

    id: str = APP_ID
    secret: str = APP_SECRET
    strict: bool = False
    numbers: count[int] = field(default_factory=lambda: count(1))
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def token(self) -> str:
        return f"{self.id}|{self.secret}"

    def signature(self, body: bytes) -> str:
        return "sha256=" + hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()

    def check_proof(self, call: Call) -> None:
        proof = call.fields.get("appsecret_proof")
        if proof is None and not self.strict:
            return
        ours = hmac.new(self.secret.encode(), call.token.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(ours, proof or ""):
            raise Refusal(100, "Invalid appsecret_proof provided in the API argument")


class GraphDouble(HookingDouble[S, Attempt]):
    """A server with routes. `speed` shortens Meta's pauses: at 100, a second lasts 10 ms."""

    sends = "messages"

    def __init__(self, *, speed: float = 1.0, timeout: float = 10.0, port: int = 0) -> None:
        self.app = App()
        self._courier = Courier(_again, speed=speed, timeout=timeout)
        self._client = httpx2.Client(timeout=timeout, trust_env=False)
        super().__init__(self._courier, port=port)

    @abstractmethod
    def routes(self) -> tuple[Route, ...]:
        """In the order in which they are tried."""

    def stop(self) -> None:
        super().stop()
        self._client.close()

    def brings(self, url: str, body: Mapping[str, Any], *, copies: int = 1, after: float = 0.0) -> None:
        """Any body, signed, to any hook: for what there is no other word for."""
        raw = written(body)
        headers = {"X-Hub-Signature-256": self.app.signature(raw)}
        self._courier.bring(Parcel("webhook", url, raw, lambda before: headers), copies=copies, after=after)

    def challenge(self, url: str, word: str) -> None:
        """Is this address its owner's? Raises `Refusal` if the hook does not say so."""
        if urlsplit(url).hostname not in _NEAR:
            raise Refusal(2200, "This double delivers to the loopback interface only")
        asked = secrets.token_hex(8)
        query = {"hub.mode": "subscribe", "hub.challenge": asked, "hub.verify_token": word}
        try:
            answer = self._client.get(url, params=query)
        except httpx2.HTTPError:
            raise Refusal(2200, "Callback verification failed: the address does not answer") from None
        if answer.status_code != 200 or answer.text != asked:
            raise Refusal(2200, f"Callback verification failed: HTTP status code {answer.status_code}")

    def answer(self, asked: Asked) -> Reply:
        found = _VERSIONED.fullmatch(asked.route)
        path = found[1] if found else asked.route.removeprefix("/")
        for route in self.routes():
            caught = re.fullmatch(route.pattern, path)
            if caught and route.method == asked.method:
                self.calls.append(route.name)
                return self._faults.met(route.name, partial(self._carried_out, route, asked, caught.groups()))
        return error(2500, f"Unknown path components: /{path}")

    def _carried_out(self, route: Route, asked: Asked, ids: tuple[str, ...]) -> Reply:
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        fields = asked.query()
        call = Call(asked, token if scheme == "Bearer" else fields.get("access_token", ""), ids, fields)
        try:
            if call.token and call.token != self.app.token:
                self.app.check_proof(call)
            result = route.answer(call)
        except Refusal as refusal:
            return refusal.reply()
        return result if isinstance(result, Reply) else Reply(200, result)


def written(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode()


def millis() -> int:
    return int(time() * 1000)


def _again(attempt: Attempt) -> float | None:
    if attempt.taken or attempt.tries >= GIVEN_UP_AFTER:
        return None
    return min(FIRST_PAUSE * (1 << (attempt.tries - 1)), LONGEST_PAUSE)
