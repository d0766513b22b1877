"""A small contact centre for store tests: Anna and Boris in the group `sales`, the Telegram channel `shop`."""

from __future__ import annotations

from domain.desk import administration as admin
from domain.desk import channels, connecting
from domain.desk.intake import ReceiveMessage
from tests.store import Store

HOUR = {"value": 1, "unit": "hours"}


def open_shop(store: Store, *, capacity: int = 5, ready: bool = True, **settings: object) -> None:
    for agent, name in (("anna", "Anna"), ("boris", "Boris")):
        store.do(admin.SetAgent(agent=agent, name=name, capacity=capacity))
        if ready:
            store.do(admin.SetPresence(agent=agent, to="ready"))
    store.do(admin.SetGroup(group="sales", name="Sales", changes={"members": ["anna", "boris"]}))
    store.do(channels.CreateChannel(channel="shop", kind="telegram", name="Shop"))
    store.do(connecting.VerifyChannel(channel="shop", bot_name="Shop bot", external_id="4711", fingerprint="f1"))
    changes = {"receiver": {"kind": "group", "id": "sales"}, "auto_close": HOUR} | settings
    store.do(channels.SaveChannel(channel="shop", changes=changes, account_key="account-4711"))


def hire_bakers(store: Store) -> None:
    """Anna, who is ready, alone in the group `bakers`."""
    store.do(admin.SetAgent(agent="anna", name="Anna"))
    store.do(admin.SetPresence(agent="anna", to="ready"))
    store.do(admin.SetGroup(group="bakers", name="Bakers", changes={"members": ["anna"]}))


def says(customer: str, text: str = "Hello", *, message: str | None = None) -> ReceiveMessage:
    """A customer's message; `message` is its external key, made up from customer and text where it is not given."""
    return ReceiveMessage(
        channel="shop",
        provider="telegram",
        external_key=message or f"{customer}:{text}",
        provider_id=f"id of {customer}:{text}",
        sender_key=f"key of {customer}",
        sender_id=f"telegram id of {customer}",
        body=text,
        profile=(("name", customer.title()),),
    )
