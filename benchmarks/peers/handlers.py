"""The peer of a decision: a handler that looks at a dict, changes it in place and appends a dict to a list."""

from __future__ import annotations

from typing import Any

State = dict[str, Any]
Log = list[State]


def dialog(state: State, command: State, log: Log) -> None:
    if command["kind"] == "hold" and not state["held"]:
        state["held"], state["until"] = True, command["until"]
        log.append({"kind": "dialog.held", "until": command["until"], "reason": None})
    elif command["kind"] == "unhold" and state["held"]:
        state["held"], state["until"] = False, None
        log.append({"kind": "dialog.unheld", "reason": "manual"})


def channel(state: State, command: State, log: Log) -> None:
    changed = {name: value for name, value in command["changes"].items() if state.get(name) != value}
    if changed:
        old = {name: state.get(name) for name in changed}
        state.update(changed)
        state["version"] += 1
        log.append({"kind": "channel.settings_changed", "old": old, "new": changed, "version": state["version"]})


def agent(state: State, command: State, log: Log) -> None:
    slots = state["slots"]
    if command["kind"] == "reserve" and command["dialog"] not in slots:
        if sum(slots.values()) + command["weight"] > state["capacity"]:
            raise ValueError("agent_full")
        slots[command["dialog"]] = command["weight"]
        log.append({"kind": "agent.slot_reserved", "dialog": command["dialog"], "weight": command["weight"]})
    elif command["kind"] == "release" and command["dialog"] in slots:
        del slots[command["dialog"]]
        log.append({"kind": "agent.slot_released", "dialog": command["dialog"], "reason": "declined"})


def group(state: State, command: State, log: Log) -> None:
    seconds = command["answer_wait"]
    if not 5 <= seconds <= 3600:
        raise ValueError("out_of_range")
    if seconds != state["answer_wait"]:
        state["answer_wait"] = seconds
        log.append({"kind": "group.answer_wait_set", "seconds": seconds})
