"""Who asks, and asking for him: from a bearer token to a command in the executor and its answer.

Tenant, role and actor come from the token alone. A client's `Idempotency-Key` is bound to the actor, the method and
the path, so that nobody hears the answer to somebody else's key; what was asked under it is kept as a fingerprint, so
that nobody takes the answer to one request for the answer to another.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from adapters.http.access import AccessRecord
from adapters.http.errors import Refusal
from adapters.http.parameters import must_be_known
from adapters.http.parts import Parts
from adapters.http.roles import Operation, allowed, leads
from adapters.http.tokens import Grant, Role, Tokens, Unread
from adapters.store.awaiting import answered
from adapters.store.requests import Request as Asked
from domain.errors import NotAllowed
from domain.recorded import Actor, ActorKind

LONGEST_KEY = 200
LONGEST_AGENT = 200
FINGERPRINT = 16
_bearer = HTTPBearer(auto_error=False, scheme_name="token", description="`pk_<id>_<secret>`")


@dataclass(frozen=True)
class Asking:
    """One request of a known bearer, allowed to do what it asks."""

    parts: Parts
    grant: Grant
    actor: Actor
    key: str | None
    response: Response
    request: Request
    operation: Operation
    fingerprint: str | None = None

    @property
    def tenant(self) -> str:
        return self.grant.tenant

    @property
    def leads(self) -> bool:
        return leads(self.grant.role)

    async def run(self, command: Any) -> dict[str, Any]:
        """Carry a command out; its answer with `position`: wait for it where the effect is to be read (J07).

        What the rules do not let this actor do is on record, like what the table of roles does not (L09).
        """
        asked = Asked(tenant=self.tenant, command=command, actor=self.actor, key=self.key, fingerprint=self.fingerprint)
        try:
            outcome = await answered(self.parts.executor.submit(asked))
        except NotAllowed:
            await _deny(self.request, self.grant, self.operation)
            raise
        if outcome.repeated:
            self.response.headers["idempotency-replayed"] = "true"
        position = outcome.position
        if position is None:  # it caused nothing: whoever caused what it found stands before the log's end
            position = await run_in_threadpool(self.parts.log.head, self.parts.lane)
        return {**outcome.answer, "position": position}

    async def signal(self, command: Any) -> dict[str, Any]:
        """A command that leaves neither event nor result: sent again, it is carried out again."""
        asked = Asked(tenant=self.tenant, command=command, actor=self.actor, remember=False)
        return (await answered(self.parts.executor.submit(asked))).answer

    def part(self, place: int) -> Asking:
        """For the commands of one request that is several: each has a key of its own."""
        return replace(self, key=f"{self.key}-{place}") if self.key and place else self

    async def only_leads(self, operation: Operation, what: str) -> None:
        """For what an agent may do only for himself; whoever tries is on record (L09)."""
        if not self.leads:
            await _deny(self.request, self.grant, operation)
            raise Refusal(403, "not_allowed", f"Only a supervisor may {what}.")


_KINDS: dict[Role, ActorKind] = {"agent": "agent", "bot": "bot"}


def actor_of(grant: Grant, request: Request) -> Actor:
    """Who, and from where. No header tells the address: anybody could send one (S21)."""
    browser = request.headers.get("user-agent")
    return Actor(
        kind=_KINDS.get(grant.role, "manager"),
        id=grant.actor,
        ip=request.client.host if request.client else None,
        user_agent=browser[:LONGEST_AGENT] if browser else None,
    )


async def authenticated(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Grant:
    grant = await checked(request.app.state.tokens, bearer.credentials) if bearer else None
    if grant is None:
        raise Refusal(401, "unauthenticated", "A valid token is needed.")
    return grant


async def checked(tokens: Tokens, text: str) -> Grant | None:
    """A token's grant, without blocking the loop."""
    try:
        return tokens.known(text)
    except Unread:
        return await run_in_threadpool(tokens.look_up, text)


async def still_valid(tokens: Tokens, grant: Grant) -> bool:
    """For what lasts longer than a request: is the token that opened it not revoked?"""
    try:
        return tokens.alive(grant.id) is not None
    except Unread:
        return await run_in_threadpool(tokens.look_up_alive, grant.id) is not None


def may(operation: Operation) -> Any:
    """The dependency of a route: an `Asking` that may do this, 403 and a line in the record of refusals otherwise."""

    async def asking(request: Request, response: Response, grant: Annotated[Grant, Depends(authenticated)]) -> Asking:
        await must_be_allowed(request, grant, operation)
        must_be_known(request)
        key = _key(request, grant)
        fingerprint = await _fingerprint(request) if key else None
        actor = actor_of(grant, request)
        return Asking(request.app.state.parts, grant, actor, key, response, request, operation, fingerprint)

    return Depends(asking)


async def bearer_may(request: Request, operation: Operation) -> Grant:
    """The same for a plain route: its own bearer, its own refusals."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    grant = await checked(request.app.state.tokens, text.strip()) if kind.lower() == "bearer" else None
    if grant is None:
        raise Refusal(401, "unauthenticated", "A valid token is needed.")
    await must_be_allowed(request, grant, operation)
    return grant


async def must_be_allowed(request: Request, grant: Grant, operation: Operation) -> None:
    if allowed(grant.role, operation):
        return
    await _deny(request, grant, operation)
    raise Refusal(403, "not_allowed", f"The role {grant.role} may not do this: {operation}.")


async def _deny(request: Request, grant: Grant, operation: Operation) -> None:
    record: AccessRecord = request.app.state.access
    await record.denied(grant.tenant, actor_of(grant, request), operation, request.url.path)


def _key(request: Request, grant: Grant) -> str | None:
    given = request.headers.get("idempotency-key")
    if given is None:
        return None
    if not 1 <= len(given) <= LONGEST_KEY:
        raise Refusal(
            422, "too_long", f"An Idempotency-Key has 1 to {LONGEST_KEY} characters.", field="Idempotency-Key"
        )
    meant = "\n".join((grant.actor, grant.role, request.method, request.url.path, given))
    return f"http-{hashlib.sha256(meant.encode()).hexdigest()}"


async def _fingerprint(request: Request) -> str:
    """What is asked, byte for byte."""
    asked = await request.body() + request.url.path.encode()
    return hashlib.sha256(asked).hexdigest()[:FINGERPRINT]
