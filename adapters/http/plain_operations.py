"""What the machine-readable description says of addresses that are no typed routes: a stream, and a file."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

Parameters = list[dict[str, Any]]


def _query(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _operation(ident: str, tag: str, description: str, parameters: Parameters, answers: str) -> dict[str, Any]:
    """`answers`: the media types of what comes back."""
    content = {one: {"schema": {"type": "string"}} for one in answers.split()}
    return {
        "tags": [tag],
        "operationId": ident,
        "summary": ident.replace("_", " ").capitalize(),
        "description": description,
        "parameters": parameters,
        "security": [{"token": []}],
        "responses": {"200": {"description": "Successful Response", "content": content}},
    }


POSITION: dict[str, Any] = {"type": "integer", "minimum": 0}
STREAM = _operation(
    "stream_events",
    "events",
    "The log behind `after` without end, as Server-Sent Events: each event has its position as `id` and what "
    "`/v1/events` tells of it as `data`. `caught-up` says that history is told, `checkpoint` how far a quiet filter "
    "has read. A reconnect sends `Last-Event-ID`, which beats `after`. It ends when the token is revoked.",
    [
        _query("after", "the last position that you have; absent = from now on", **POSITION),
        _query("types", "dialog.opened,channel.* …", type="string"),
        {**_query("Last-Event-ID", "as `after`, for a reconnect", **POSITION), "in": "header"},
    ],
    "text/event-stream",
)
EXPORT = _operation(
    "export_history",
    "channels",
    "The whole history of a channel as a file, the oldest first: one line a changed field as CSV, one object an event "
    "as JSON Lines. The filters are those of the history.",
    [
        {"name": "channel", "in": "path", "required": True, "schema": {"type": "string"}},
        _query("format", "csv if absent", type="string", enum=["csv", "jsonl"]),
        _query("user", "who did it", type="string"),
        _query("field", "a setting by its name", type="string"),
        _query("since", "a position or a time", type="string"),
        _query("until", "a position or a time; not included", type="string"),
        _query("effects", "count the dialogs that each change of the period has closed", type="boolean"),
    ],
    "text/csv application/x-ndjson",
)
OPERATIONS = {
    "/v1/events/stream": {"get": STREAM},
    "/v1/channels/{channel}/history/export": {"get": EXPORT},
}


def install(app: FastAPI) -> None:
    """The description is made once, at its first reading."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        schema = described()
        schema["paths"] |= OPERATIONS
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
