"""A person with a browser, for tests of logins: he opens a page, the provider sends him back, and he brings a query."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import httpx2

REDIRECT = "https://parley.example/login"


def comes_back(client: httpx2.Client, url: str) -> dict[str, str]:
    """The query with which he comes back from there."""
    answer = client.get(url)
    assert answer.status_code == 302, answer.text
    where = urlsplit(answer.headers["location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == REDIRECT
    return dict(parse_qsl(where.query))
