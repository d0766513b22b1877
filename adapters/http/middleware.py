"""What is true of every answer and request, before any route: headers that protect, and how large a body may be."""

from __future__ import annotations

import logging

from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.http.errors import AWAY, Refusal, answer, store_away
from adapters.store.faults import where

log = logging.getLogger("parley.http")

LARGEST_BODY = 1024 * 1024
HOOKS = "/hooks/"
"""Hooks refuse large bodies themselves, because they raise an alert for the channel."""
UPLOADS = "/v1/attachments"
"""Files are larger than any other body: their route counts them while they pass."""
FILES = "/files/"

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types parley",
    )
)
HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

RAW_HEADERS = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in HEADERS.items()]


class Guard:
    """Wraps the application. What nobody else has handled ends here as a 500 without a word about its cause."""

    def __init__(self, app: ASGIApp, hooks: Route) -> None:
        self._app = app
        self._hooks = hooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answering = _Answering(send)
        try:
            _must_be_text(scope)
            if scope["path"].startswith(HOOKS):
                await self._hook(scope, receive, answering)
            else:
                await self._app(scope, await _read(scope, receive), answering)
        except Refusal as known:
            await answer(scope, known)(scope, receive, answering)
        except AWAY as error:
            if answering.started:
                raise
            await store_away(scope, error)(scope, receive, answering)
        except Exception as error:
            log.error("%s %s failed: %s", scope["method"], _told(scope["path"]), where(error))
            if answering.started:
                raise
            refusal = Refusal(500, "internal_error", "The engine failed; the fault is in its log.")
            await answer(scope, refusal)(scope, receive, answering)

    async def _hook(self, scope: Scope, receive: Receive, send: Send) -> None:
        match, found = self._hooks.matches(scope)
        if match is not Match.FULL:
            await self._app(scope, receive, send)
            return
        scope.update(found)
        await self._hooks.handle(scope, receive, send)


class _Answering:
    """`send`, with the headers that every answer has."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            given = {name for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(one for one in RAW_HEADERS if one[0] not in given)]
        await self._send(message)


def _told(path: str) -> str:
    """The path for a log: the last part of a hook's address is a secret, and that of a link to a file is one."""
    if path.startswith(HOOKS):
        return f"{path.rpartition('/')[0]}/…"
    return "/files/…" if path.startswith(FILES) else path


def _must_be_text(scope: Scope) -> None:
    """No name of ours has a NUL, and PostgreSQL's texts cannot hold one: nothing can be at such an address."""
    if "\0" in scope["path"]:
        raise Refusal(404, "not_found", "There is nothing at this address.")
    if b"%00" in scope["query_string"]:
        raise Refusal(422, "bad_value", "query: a text holds a NUL.", field="query")


async def _read(scope: Scope, receive: Receive) -> Receive:
    """The whole body, read before the application sees the request: at most `LARGEST_BODY` bytes, or `too_large`."""
    if scope["method"] in ("GET", "HEAD", "OPTIONS") or scope["path"] == UPLOADS:
        return receive
    announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    if announced.isdigit() and int(announced[:12]) > LARGEST_BODY:
        raise _too_large()
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return _replayed(message, receive)
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise _too_large()
        if not message.get("more_body", False):
            return _replayed({"type": "http.request", "body": bytes(body), "more_body": False}, receive)


def _too_large() -> Refusal:
    return Refusal(413, "too_large", f"The body is larger than {LARGEST_BODY} bytes.")


def _replayed(message: Message, receive: Receive) -> Receive:
    waiting = [message]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
