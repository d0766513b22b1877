"""Widgets: the containers of channels, and what may be put into one (A23, C01, C02, C07)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from adapters.http import shapes, wire
from adapters.http.asking import Asking, may
from adapters.http.kinds import allows
from adapters.http.language import preferred
from adapters.http.reading import Standing, WaitFor, reading, wait_for
from adapters.views import queries
from adapters.views.services import services
from domain.desk.widgets import ArchiveWidget, CreateWidget
from domain.errors import NotFound
from domain.kinds import offered_kinds, providers_of

router = APIRouter(prefix="/v1/widgets", tags=["widgets"])
Administers = Annotated[Asking, may("widgets.set")]
Reads = Annotated[Asking, may("widgets.read")]
VIEWS = ("widgets", "channels")


@router.get("")
async def list_widgets(asking: Reads, position: WaitFor = None) -> shapes.Widgets:
    """Every widget with its channels."""
    await wait_for(asking.parts, VIEWS, position)
    rows, where = await run_in_threadpool(_all, asking)
    return shapes.Widgets(
        widgets=[shapes.WidgetRow.model_validate(row) for row in rows], position=where.position, lag=where.lag
    )


@router.post("", status_code=201, response_model_exclude_none=True)
async def create_widget(body: wire.NewWidget, asking: Administers) -> shapes.Saved:
    """An empty widget. `unchanged` if it exists."""
    return shapes.Saved.model_validate(await asking.run(CreateWidget(widget=body.widget, name=body.name)))


@router.get("/{widget}")
async def get_widget(widget: str, asking: Reads, request: Request, position: WaitFor = None) -> shapes.OneWidget:
    """One widget, its channels, and the kinds of which a channel may be put into it: a kind whose service the contract
    lacks is not offered. `providers` = what the choice of a service's provider offers."""
    await wait_for(asking.parts, VIEWS, position)
    rows, where = await run_in_threadpool(_all, asking)
    found = next((row for row in rows if row["widget"] == widget), None)
    if found is None:
        raise NotFound("widget_unknown", "There is no such widget.")
    granted = await run_in_threadpool(_services, asking)
    missing = [service for service, there in granted.items() if not there]
    language = preferred(request.headers.get("accept-language"))
    offers = [{"kind": kind, **allows(kind, language)} for kind in offered_kinds(missing)]
    return shapes.OneWidget(
        widget=shapes.WidgetRow.model_validate(found),
        offers=[shapes.Kind.model_validate(one) for one in offers],
        providers={service: list(providers_of(service)) for service in granted if service not in missing},
        position=where.position,
        lag=where.lag,
    )


@router.post("/{widget}/archive", response_model_exclude_none=True)
async def archive_widget(widget: str, asking: Administers, body: wire.Nothing | None = None) -> shapes.Saved:
    """409 `in_use` while one of its channels works. An archived widget takes no more channels."""
    return shapes.Saved.model_validate(await asking.run(ArchiveWidget(widget=widget)))


def _all(asking: Asking) -> tuple[list[dict[str, Any]], Standing]:
    with reading(asking.parts, VIEWS) as (connection, where):
        return queries.widgets(connection, asking.tenant), where


def _services(asking: Asking) -> dict[Any, bool]:
    with asking.parts.database.pool.connection(timeout=3) as connection:
        return services(connection, asking.tenant)
