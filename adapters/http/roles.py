"""Who may do what, as data: one row an operation. A door asks `allowed`; nothing else in the house knows roles.

Agents of a tenant read one common inbox. What an agent may answer, note, hold, tag and close is what he has, what is
offered to him and what is his groups', and what nobody has: `domain.desk.rights`. What an agent may do only for himself
(accept, take, presence) says `FOR_OTHERS`. A manager of the vendor sees which
channels there are and does what a tenant cannot do for himself; no dialog and no history is his to read (C01, C03).
"""

from __future__ import annotations

from typing import Literal

from adapters.http.tokens import Role

Operation = Literal[
    "dialogs.read",
    "dialogs.act",
    "agents.read",
    "agents.set",
    "agents.activate",
    "presence.set",
    "groups.read",
    "groups.set",
    "schedules.read",
    "schedules.set",
    "channels.read",
    "channels.set",
    "channels.history",
    "channels.activate",
    "services.read",
    "services.set",
    "widgets.read",
    "widgets.set",
    "bots.read",
    "bots.set",
    "bots.speak",
    "quarantine.read",
    "quarantine.release",
    "events.read",
    "alerts.read",
    "intake.read",
]
_ALL: frozenset[Role] = frozenset({"admin", "supervisor", "agent"})
_LEADS: frozenset[Role] = frozenset({"admin", "supervisor"})
_ADMIN: frozenset[Role] = frozenset({"admin"})
_BOT: frozenset[Role] = frozenset({"bot"})
_MANAGER: frozenset[Role] = frozenset({"manager"})

MATRIX: dict[Operation, frozenset[Role]] = {
    "dialogs.read": _ALL,
    "dialogs.act": _ALL,
    "agents.read": _ALL,
    "agents.set": _LEADS,
    "agents.activate": _ADMIN,
    "presence.set": _ALL,
    "groups.read": _ALL,
    "groups.set": _LEADS,
    "schedules.read": _ALL,
    "schedules.set": _LEADS,
    "channels.read": _LEADS | _MANAGER,
    "channels.set": _ADMIN,
    "channels.history": _LEADS,
    "channels.activate": _MANAGER,
    "services.read": _LEADS | _MANAGER,
    "services.set": _MANAGER,
    "widgets.read": _LEADS | _MANAGER,
    "widgets.set": _ADMIN,
    "bots.read": _LEADS,
    "bots.set": _ADMIN,
    "bots.speak": _BOT,
    "quarantine.read": _LEADS,
    "quarantine.release": _LEADS,
    "events.read": _LEADS,
    "alerts.read": _LEADS,
    "intake.read": _LEADS,
}
FOR_OTHERS = _LEADS
"""Who may take a dialog, or set presence, on behalf of somebody else, transfer what he does not hold, and force."""


def allowed(role: Role, operation: Operation) -> bool:
    return role in MATRIX[operation]


def leads(role: Role) -> bool:
    return role in FOR_OTHERS
