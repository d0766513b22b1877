"""A query parameter that an address does not know is refused: a misspelt filter would otherwise answer everything."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi.routing import APIRoute
from starlette.requests import Request

from adapters.http.errors import Refusal
from domain.errors import shown


def must_be_known(request: Request) -> None:
    """For a typed route, which names its parameters. Raises `Refusal` 422 `unknown_parameter`; reading routes only."""
    route = request.scope.get("route")
    if request.method == "GET" and request.query_params and isinstance(route, APIRoute):
        only(request, [parameter.alias for parameter in route.dependant.query_params])


def only(request: Request, known: Iterable[str]) -> None:
    """The same for a plain route, which says what it knows."""
    names = sorted(known)
    for given in request.query_params:
        if given not in names:
            told = ", ".join(names) or "–"
            raise Refusal(
                422,
                "unknown_parameter",
                f"This address has no parameter {shown(given)}; it has: {told}.",
                field=shown(given),
                known=told,
            )
