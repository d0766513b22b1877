"""A provider that answers what a test tells it to, without a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2

from adapters.channels import Access
from adapters.vault.secrets import Secret


def answering(
    *answers: Any,
    secrets: Mapping[str, str],
    values: Mapping[str, str] | None = None,
    seen: list[httpx2.Request] | None = None,
) -> Access:
    """Each call gets the next of `answers`: a response, a kind of error to raise, or JSON of a 200."""
    left = list(answers)

    def respond(request: httpx2.Request) -> httpx2.Response:
        if seen is not None:
            seen.append(request)
        answer = left.pop(0)
        if isinstance(answer, type):
            raise answer("cut")
        return answer if isinstance(answer, httpx2.Response) else httpx2.Response(200, json=answer)

    client = httpx2.Client(transport=httpx2.MockTransport(respond))
    known = {name: Secret(text) for name, text in secrets.items()}
    return Access(client, known, "https://api.example", values=values or {})
