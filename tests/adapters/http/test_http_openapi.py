"""The description of the API: nothing is missing from it, and it loads nothing from anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.routing import Route

from adapters.http.routes.channels_export import KNOWN
from tests.adapters.http.door import Office

PLAIN = {
    "/livez", "/readyz", "/startupz", "/docs", "/openapi.json", "/hooks/{kind}/{channel}/{secret}",
    "/v1/channels/{channel}/history/export",
    "/v1/events/stream", "/static/{name}", "/", "/inbox/list", "/inbox/dialog/{dialog}", "/agents", "/channels",
    "/channels/{channel}", "/channels/{channel}/connect", "/channels/{channel}/connect/{step}",
    "/oauth/{kind}", "/channels/{channel}/diff", "/channels/{channel}/history", "/live", "/login", "/logout",
    "/language", "/v1/attachments", "/v1/attachments/{ident}", "/files/{token}/{name}", "/inbox/attachment/{ident}",
}  # fmt: skip
"""Routes that are no part of the JSON API, each with its own tests."""
NO_JSON = {"/v1/events/stream": "text/event-stream", "/v1/channels/{channel}/history/export": "text/csv"}
"""Described beside the typed routes: a stream and a file."""


@pytest.fixture(scope="module")
def schema(http: TestClient) -> dict[str, Any]:
    return dict(http.get("/openapi.json").json())


def routes(app: Any) -> Iterator[str]:
    for route in app.routes:
        if isinstance(route, Route):
            yield route.path
        else:
            yield from (one.path for one in getattr(getattr(route, "original_router", None), "routes", ()))


def test_every_route_is_described_or_on_the_list(shop: Office, schema: dict[str, Any]) -> None:
    found = set(routes(shop.app))
    assert len(found) > 40
    assert found == set(schema["paths"]) | PLAIN


def test_every_operation_is_described(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    names = set()
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            assert operation["tags"], path
            assert operation.get("description", "").strip(), f"{method} {path} has no words but its name"
            assert operation["security"] == [{"token": []}], path
            names.add(operation["operationId"])
            ok = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
            if path in NO_JSON:
                continue
            assert "$ref" in ok["content"]["application/json"]["schema"], f"{method} {path} answers anything"
    assert len(names) == sum(len(item) for item in schema["paths"].values())


def test_the_feed_tells_of_its_stream(schema: dict[str, Any]) -> None:
    assert "/v1/events/stream" in schema["paths"]["/v1/events"]["get"]["description"]


def test_a_stream_and_a_file_are_described_too(schema: dict[str, Any]) -> None:
    for path, media in NO_JSON.items():
        operation = schema["paths"][path]["get"]
        assert media in operation["responses"]["200"]["content"]
        named = {one["name"] for one in operation["parameters"]}
        assert named == {"/v1/events/stream": {"after", "types", "Last-Event-ID"}}.get(path, {"channel", *KNOWN})


def test_bodies_refuse_what_they_do_not_name(schema: dict[str, Any]) -> None:
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]
        for item in schema["paths"].values()
        for operation in item.values()
        if "requestBody" in operation
    ]
    named = {name for body in bodies for name in re.findall(r"schemas/(\w+)", str(body))}
    assert len(named) > 12
    for name in named:
        assert schema["components"]["schemas"][name]["additionalProperties"] is False, name


def test_the_page_about_the_api_loads_nothing_from_elsewhere(http: TestClient, schema: dict[str, Any]) -> None:
    page = http.get("/docs").text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert "<script" not in page
    for path in schema["paths"]:
        assert path in page
