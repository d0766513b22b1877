"""A page about the API that loads nothing from anywhere: every operation with its sentence, made from the schema."""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/static/docs.css"></head><body><main>
<h1>{title} API</h1>
<p>The machine-readable description is <a href="/openapi.json">openapi.json</a> (OpenAPI {version}). Send
<code>Authorization: Bearer pk_…</code>; repeat a command safely with <code>Idempotency-Key</code>.</p>
{body}
</main></body></html>
"""


def install(app: FastAPI) -> None:
    async def docs(request: Request) -> Response:
        schema = app.openapi()
        body = "\n".join(_section(tag, schema) for tag in _tags(schema))
        return HTMLResponse(PAGE.format(title=escape(app.title), version=schema["openapi"], body=body))

    app.add_route("/docs", docs, methods=["GET"], include_in_schema=False)


def _tags(schema: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(tag for _, _, one in _operations(schema) for tag in one.get("tags", ["other"])))


def _operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, item in schema["paths"].items()
        for method, operation in item.items()
    ]


def _section(tag: str, schema: dict[str, Any]) -> str:
    rows = "\n".join(
        f"<tr><td><code>{method}</code></td><td><code>{escape(path)}</code></td><td>{_sentence(one)}</td></tr>"
        for method, path, one in _operations(schema)
        if tag in one.get("tags", ["other"])
    )
    return f"<h2>{escape(tag)}</h2>\n<table>{rows}</table>"


def _sentence(operation: dict[str, Any]) -> str:
    return escape(operation.get("description") or operation.get("summary") or "")
