"""Which services a tenant's contract includes: every service counts as included until a manager takes it away."""

from __future__ import annotations

from typing import get_args

from adapters.store.database import Connection
from domain.kinds import Service

TAKEN = "SELECT key FROM parley.fact WHERE tenant = %s AND kind = 'entitlement' AND value = 'false'::jsonb"


def services(connection: Connection, tenant: str) -> dict[Service, bool]:
    taken = {key for (key,) in connection.execute(TAKEN, (tenant,))}
    return {name: name not in taken for name in get_args(Service)}
