"""The peer: a dialog as the library's documentation writes aggregates, with `@event`, on its own recorder."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class Dialog(Aggregate):
    def __init__(self, customer: str) -> None:
        self.customer = customer
        self.messages = 0
        self.last = ""

    @event("MessageReceived")
    def receive(self, message: str, body: str) -> None:
        self.messages += 1
        self.last = message


class Dialogs(Application):
    is_snapshotting_enabled = False

    def open(self, customer: str) -> UUID:
        dialog = Dialog(customer)
        self.save(dialog)
        return dialog.id

    def receive(self, dialog_id: UUID, message: str, body: str) -> None:
        dialog: Any = self.repository.get(dialog_id)
        dialog.receive(message, body)
        self.save(dialog)


def application(dsn: dict[str, Any]) -> Dialogs:
    return Dialogs(env=environment(dsn))


def environment(dsn: dict[str, Any]) -> dict[str, str]:
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(dsn["dbname"]),
        "POSTGRES_HOST": str(dsn["host"]),
        "POSTGRES_PORT": str(dsn.get("port", "5432")),
        "POSTGRES_USER": str(dsn["user"]),
        "POSTGRES_PASSWORD": "",
        "POSTGRES_SCHEMA": "public",
    }
