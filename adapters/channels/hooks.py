"""`/hooks/{kind}/{channel}/{secret}`: a plain route, because providers define the body and sign its raw bytes.

A POST brings things; by a GET some providers check that the address is ours (200 with their challenge, or 403).

404  nobody's door                      401  not from the provider: nothing was read or stored
413  a body over 1 MiB, and an alert    200  all of it is committed, whatever became of it
503  something could not be committed: the provider sends it again, what was committed will be a repeat; or what the
     provider asks to hear is only to be had from itself, and it does not answer
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import monotonic

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from adapters.channels import channel as adapter_of
from adapters.channels.access import Accesses
from adapters.channels.contract import ChannelAdapter, Confirms, Hooked
from adapters.channels.dispatch import Dispatch
from adapters.channels.doors import Door, Doors, opened_by
from adapters.channels.in_turn import Waiting, answer_turn, in_turn
from adapters.channels.inbound import Inbound
from adapters.intake import Intake, IntakeOutcome
from adapters.store.awaiting import answered
from domain.errors import NotFound, Unavailable

PATH = "/hooks/{kind}/{channel}/{secret}"
LARGEST_BODY = 1024 * 1024
RETRY_AFTER = "1"


class Hooks:
    """Answers a hook and counts refusals. `refused[channel, why]` counts what never reached the engine (E07).

    `accesses`: how to ask a provider for what it wants to hear in a handshake; None: it gets 503. `dispatch`: whose
    things are that came through another's door; None: all are the door's.
    """

    def __init__(
        self,
        doors: Doors,
        intake: Intake,
        *,
        public_url: str | None = None,
        waiting: Waiting | None = None,
        accesses: Accesses | None = None,
        dispatch: Dispatch | None = None,
    ) -> None:
        self._public_url = (public_url or "").rstrip("/")
        self._doors = doors
        self._intake = intake
        self._waiting = waiting
        self._accesses = accesses
        self._dispatch = dispatch
        self.refused: Counter[tuple[str, str]] = Counter()

    async def __call__(self, request: Request) -> Response:
        door = await self._door(request)
        if door is None:
            self.refused["", "unknown_address"] += 1
            return Response(status_code=404)
        adapter = adapter_of(door.kind)
        if request.method in ("GET", "HEAD"):
            return self._challenged(door, adapter, request)
        headers, url = dict(request.headers), f"{self._public_url}{request.scope['path']}"
        if not adapter.signs_body and not await self._proved(request, door, adapter, Hooked(headers, url=url)):
            return self._refuse(door, "bad_signature", 401)
        try:
            raw = await _body(request)
        except ClientDisconnect:
            return self._refuse(door, "cut_short", 400)
        if raw is None:
            return await self._too_large(door)
        if adapter.signs_body and not await self._proved(request, door, adapter, Hooked(headers, raw, url)):
            return self._refuse(door, "bad_signature", 401)
        return await self._take_in(door, adapter, raw, headers)

    async def _door(self, request: Request) -> Door | None:
        kind, channel = request.path_params["kind"], request.path_params["channel"]
        try:
            adapter_of(kind)
        except NotFound:
            return None
        doors = self._doors.known(kind, channel)
        if doors is None:
            doors = await asyncio.to_thread(self._doors.look_up, kind, channel)
        return opened_by(doors, request.path_params["secret"])

    async def _proved(self, request: Request, door: Door, adapter: ChannelAdapter, hooked: Hooked) -> bool:
        """By the secrets that we know, or by those that we have got just now: a provider proves itself with a new
        token while we are still telling it our address (Viber)."""
        if adapter.verify_webhook(replace(hooked, values=door.values), door.secrets):
            return True
        doors = await asyncio.to_thread(self._doors.newer, door.kind, door.channel)
        newer = opened_by(doors, request.path_params["secret"])
        return newer is not None and adapter.verify_webhook(replace(hooked, values=newer.values), newer.secrets)

    async def _take_in(self, door: Door, adapter: ChannelAdapter, raw: bytes, headers: Mapping[str, str]) -> Response:
        began = monotonic()
        things = adapter.parse(raw, headers)
        try:
            outcomes = await self._received(door, adapter, things, raw)
        except Unavailable:
            self.refused[door.channel, "unavailable"] += 1
            return Response(status_code=503, headers={"retry-after": RETRY_AFTER})
        handshake = next((thing for thing in things if thing.kind == "handshake"), None)
        if handshake is not None:
            return await self._shaken(door, adapter, handshake)
        if (speaks := in_turn(door.kind)) is not None:
            return await answer_turn(speaks, door, raw, outcomes, self._waiting, began)
        return PlainTextResponse(adapter.acknowledgement(things))

    async def _received(
        self, door: Door, adapter: ChannelAdapter, things: Sequence[Inbound], raw: bytes
    ) -> list[IntakeOutcome]:
        """A body that is shared is never kept whole: it holds what is not for the one who keeps it."""
        if self._dispatch is None:
            return await self._intake.receive_async(door.tenant, door.channel, door.kind, things, raw)
        shares = await self._dispatch.shares(door, adapter, things)
        kept, outcomes = raw if len(shares) == 1 else b"", []
        for (tenant, channel), of_one in shares:
            outcomes += await self._intake.receive_async(tenant, channel, door.kind, of_one, kept)
        return outcomes

    async def _shaken(self, door: Door, adapter: ChannelAdapter, handshake: Inbound) -> Response:
        """With the answer that stands in the handshake itself, or that the provider gives us for it now (VK's code)."""
        body = handshake.reply_body
        if body is None and isinstance(adapter, Confirms):
            try:
                body = await asyncio.to_thread(self._confirmation, door, adapter)
            except Unavailable:
                self.refused[door.channel, "unconfirmed"] += 1
                return Response(status_code=503, headers={"retry-after": RETRY_AFTER})
        return PlainTextResponse(body or "", handshake.reply_status or 200)

    def _confirmation(self, door: Door, adapter: Confirms) -> str:
        if self._accesses is None:
            raise Unavailable("provider_unavailable", "Nothing is known of providers here.")
        return adapter.confirmation(self._accesses.of(door.tenant, door.channel))

    def _challenged(self, door: Door, adapter: ChannelAdapter, request: Request) -> Response:
        answer = adapter.challenge(dict(request.query_params), door.secrets)
        return self._refuse(door, "bad_challenge", 403) if answer is None else PlainTextResponse(answer)

    async def _too_large(self, door: Door) -> Response:
        try:
            await answered(self._intake.report_oversized(door.tenant, door.channel))
        except Unavailable:
            return Response(status_code=503, headers={"retry-after": RETRY_AFTER})
        return self._refuse(door, "too_large", 413)

    def _refuse(self, door: Door, why: str, status: int) -> Response:
        self.refused[door.channel, why] += 1
        return Response(status_code=status)


async def _body(request: Request) -> bytes | None:
    """The raw bytes, or None where there are too many: then the rest is left unread."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:12]) > LARGEST_BODY:
        return None
    first = await request.receive()
    if first["type"] == "http.request" and not first.get("more_body", False):
        whole: bytes = first.get("body", b"")
        return whole if len(whole) <= LARGEST_BODY else None
    if first["type"] != "http.request":
        raise ClientDisconnect
    read = bytearray(first.get("body", b""))
    if len(read) > LARGEST_BODY:
        return None
    async for chunk in request.stream():
        read += chunk
        if len(read) > LARGEST_BODY:
            return None
    return bytes(read)
