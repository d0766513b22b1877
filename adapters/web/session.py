"""Who is at the browser: a signed session in a cookie, made from a token that was typed once.

The cookie holds no token: it names the token's id and an end, under a MAC by the tenant's hashing key. So a stolen
cookie ends after `LASTS` seconds and with the token's revocation, and the secret itself never stays in a browser.
No table is needed, and every process of the engine can check it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from time import time

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from adapters.http.asking import still_valid
from adapters.http.tokens import Grant
from adapters.vault.vault import Vault
from domain.errors import Rejected

COOKIE = "parley_session"
LASTS = 12 * 3600
LONGEST = 500


async def whoever(request: Request) -> Grant | None:
    """The grant behind the request's session; None for no session, an old, a forged or a revoked one."""
    text = request.cookies.get(COOKIE, "")
    if not text or len(text) > LONGEST:
        return None
    grant = await run_in_threadpool(_opened, request.app.state.parts.vault, text)
    return await same_now(request, grant) if grant else None


async def same_now(request: Request, grant: Grant) -> Grant | None:
    """The token's grant as it is now, if it was not revoked."""
    tokens = request.app.state.tokens
    if not await still_valid(tokens, grant):
        return None
    now: Grant | None = tokens.alive(grant.id)
    return now if now is not None and now.tenant == grant.tenant else None


def begin(response: Response, vault: Vault, grant: Grant, *, secure: bool) -> None:
    """`Secure` where the page came by https; on plain loopback a browser would otherwise drop the cookie."""
    ends = int(time()) + LASTS
    facts = json.dumps([grant.tenant, grant.id, ends], separators=(",", ":"))
    text = (
        base64.urlsafe_b64encode(facts.encode()).decode().rstrip("=") + "." + _mac(vault, grant.tenant, grant.id, ends)
    )
    response.set_cookie(COOKIE, text, max_age=LASTS, path="/", secure=secure, httponly=True, samesite="lax")


def end(response: Response) -> None:
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")


def _opened(vault: Vault, text: str) -> Grant | None:
    facts, _, mac = text.partition(".")
    try:
        tenant, ident, ends = json.loads(base64.urlsafe_b64decode(facts + "=" * (-len(facts) % 4)))
        if not (isinstance(tenant, str) and isinstance(ident, str) and tenant.isprintable()):
            return None
        right = hmac.compare_digest(_mac(vault, tenant, ident, int(ends)).encode(), mac.encode())
    except (ValueError, TypeError, binascii.Error, Rejected):
        return None
    return Grant(ident, tenant, "agent", "") if right and ends > time() else None


def _mac(vault: Vault, tenant: str, ident: str, ends: int) -> str:
    return vault.blind(tenant, "web session", ident, str(ends))


def same_site(request: Request) -> bool:
    """Was this form sent by our own page? Asked of every request that changes something (S16)."""
    fetched = request.headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched == "same-origin"
    origin = request.headers.get("origin", "")
    return origin.partition("://")[2] == request.headers.get("host", "") != ""
