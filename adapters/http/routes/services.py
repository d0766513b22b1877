"""What the contract includes: services without which their kinds of channel cannot be connected (C01)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from adapters.http import shapes, wire
from adapters.http.asking import Asking, may
from adapters.views.services import services
from domain.desk.services import SetEntitlement
from domain.kinds import Service

router = APIRouter(prefix="/v1/services", tags=["services"])
Manages = Annotated[Asking, may("services.set")]
Reads = Annotated[Asking, may("services.read")]


@router.get("")
async def list_services(asking: Reads) -> shapes.Services:
    """Every service and whether the contract includes it."""
    found = await run_in_threadpool(_services, asking)
    return shapes.Services(
        services=[shapes.ServiceRow(service=name, granted=granted) for name, granted in found.items()]
    )


@router.put("/{service}", response_model_exclude_none=True)
async def set_service(service: Service, body: wire.Granted, asking: Manages) -> shapes.Saved:
    """By a manager of the vendor alone. Taken away, its channels are `degraded`: inbound, replies, closing and
    disconnecting go on, connecting and saving do not."""
    return shapes.Saved.model_validate(await asking.run(SetEntitlement(service=service, granted=body.granted)))


def _services(asking: Asking) -> dict[Any, bool]:
    with asking.parts.database.pool.connection(timeout=3) as connection:
        return services(connection, asking.tenant)
