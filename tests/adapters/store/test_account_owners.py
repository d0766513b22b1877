"""An account belongs to one tenant, whoever asks at the same time and in whichever lane (D20)."""

from __future__ import annotations

from collections.abc import Iterator
from time import sleep
from typing import Any

import pytest

from adapters.store.executor import Executor
from adapters.store.requests import Request
from domain.desk.administration import SetAgent
from domain.desk.channels import CreateChannel, DisconnectChannel, SaveChannel
from domain.errors import Rejected
from processors import ALL_HANDLERS
from tests.connections import connects, key_of
from tests.store import TENANT, Store, store

FIRST_SAVE = {"receiver": {"kind": "agent", "id": "anna"}, "auto_close": {"value": 1, "unit": "days"}}
OTHER = "other"


@pytest.fixture
def shop() -> Iterator[Store]:
    with store() as made:
        made.vault.add_tenant(OTHER, lane=0)
        yield made


def save(name: str) -> SaveChannel:
    return SaveChannel(channel=name, changes=FIRST_SAVE)


def prepares(executor: Executor, tenant: str) -> None:
    """A channel whose token belongs to the bot "bakery" is ready to be saved."""
    steps = [SetAgent(agent="anna", name="Anna"), CreateChannel(channel=tenant, kind="telegram")]
    for step in (*steps, *connects(tenant, "telegram", account="bakery")):
        executor.execute(Request(tenant=tenant, command=step))


def owners(shop: Store) -> list[Any]:
    return [value for (value,) in shop.rows("SELECT value FROM parley.fact WHERE kind = 'owner'")]


@pytest.mark.requirement("D20")
def test_of_two_tenants_in_one_batch_one_gets_it(shop: Store) -> None:
    for tenant in (TENANT, OTHER):
        prepares(shop.executor, tenant)
    requests = [Request(tenant=tenant, command=save(tenant)) for tenant in (TENANT, OTHER)]
    results = shop.executor.execute_all(requests)
    answers = [result.answer["outcome"] for result in results if not isinstance(result, Rejected)]
    assert sorted(answers) == ["refused", "saved"]
    assert len(owners(shop)) == 1


@pytest.mark.requirement("D20")
def test_a_tenant_of_another_lane_is_refused_too_and_gets_it_when_it_is_free(shop: Store) -> None:
    shop.vault.add_tenant("far", lane=1)
    far = Executor(shop.database, shop.vault, lane=1, handlers=ALL_HANDLERS)
    try:
        for tenant, executor in ((TENANT, shop.executor), ("far", far)):
            prepares(executor, tenant)
        assert shop.do(save(TENANT)).answer["outcome"] == "saved"
        refused = far.execute(Request(tenant="far", command=save("far"))).answer
        assert (refused["outcome"], refused["code"]) == ("refused", "account_unavailable")
        assert TENANT not in str(refused)
        consent = shop.do(DisconnectChannel(channel=TENANT, user="sofia")).answer["consent_id"]
        shop.do(DisconnectChannel(channel=TENANT, user="sofia", consent=consent))
        assert far.execute(Request(tenant="far", command=save("far"))).answer["outcome"] == "saved"
        assert owners(shop) == ["far"]
    finally:
        far.close()


@pytest.mark.requirement("D20")
def test_who_was_not_seen_when_it_was_decided_is_seen_when_it_is_written(shop: Store) -> None:
    """Another lane commits between the decision and the write: the batch is decided anew, and refused."""
    prepares(shop.executor, TENANT)
    claim = "INSERT INTO parley.fact (tenant, kind, key, value) VALUES ('', 'owner', %s, '\"far\"')"
    with shop.database.pool.connection() as rival:
        rival.execute("BEGIN")
        rival.execute(claim, (f"telegram:{key_of('bakery')}",))
        future = shop.executor.submit(Request(tenant=TENANT, command=save(TENANT)))
        waits_for_the_other(shop)
        rival.execute("COMMIT")
    assert future.result(timeout=30).answer["outcome"] == "refused"
    assert owners(shop) == ["far"]


def waits_for_the_other(shop: Store) -> None:
    """It has decided, unaware of the other, and waits at the row that the other has written."""
    for _ in range(500):
        if shop.rows("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"):
            return
        sleep(0.02)
    pytest.fail("the batch never came to the row")
