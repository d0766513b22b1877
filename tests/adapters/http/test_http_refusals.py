"""Whatever goes wrong has a code, a sentence in the reader's language and one shape; nothing is told of our inside."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from adapters.http.language import preferred
from adapters.http.sentences import RU
from tests.adapters.http.door import Office

ROOT = Path(__file__).parents[3]
LARGEST = 1024 * 1024


def error(response: Any) -> dict[str, Any]:
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "sentence", "detail"}
    assert "Traceback" not in response.text
    return dict(body["error"])


REFUSED: list[tuple[str, str, str, dict[str, Any], int, str]] = [
    ("GET", "vera", "/v1/channels/nowhere", {}, 404, "channel_unknown"),
    ("POST", "root", "/v1/channels/nowhere/verify", {"json": {"token": "1:a"}}, 404, "channel_unknown"),
    ("GET", "vera", "/v1/dialogs/nothing", {}, 404, "dialog_unknown"),
    ("GET", "vera", "/v1/dialogs/nothing/messages", {}, 404, "dialog_unknown"),
    ("GET", "vera", "/v1/dialogs/nothing/events", {}, 404, "dialog_unknown"),
    ("POST", "anna", "/v1/dialogs/nothing/close", {}, 404, "dialog_unknown"),
    ("POST", "anna", "/v1/dialogs/nothing/tags", {"json": {"add": ["a"]}}, 404, "dialog_unknown"),
    ("POST", "anna", "/v1/dialogs/nothing/tags", {"json": {}}, 422, "bad_value"),
    ("GET", "vera", "/v1/channels/nowhere/quarantine", {}, 404, "channel_unknown"),
    ("POST", "vera", "/v1/channels/nowhere/quarantine/release", {"json": {"all": True}}, 404, "channel_unknown"),
    ("GET", "vera", "/v1/channels/tg/history?field=nope", {}, 422, "setting_unknown"),
    ("GET", "vera", "/v1/channels/tg/history?field=bot_timeout", {}, 422, "setting_unknown"),
    ("GET", "vera", "/v1/channels/tg/history/export?field=nope", {}, 422, "setting_unknown"),
    ("GET", "vera", "/v1/channels/tg/history/export?effects=maybe", {}, 422, "not_boolean"),
    ("POST", "root", "/v1/channels/tg/disconnect", {"json": {"decline": True}}, 422, "required"),
    ("GET", "vera", "/v1/agents/nobody", {}, 404, "agent_unknown"),
    ("GET", "vera", "/v1/groups/none", {}, 404, "group_unknown"),
    ("PUT", "root", "/v1/groups/none", {"json": {}}, 404, "group_unknown"),
    ("GET", "vera", "/v1/schedules/none", {}, 404, "schedule_unknown"),
    ("POST", "anna", "/v1/dialogs/x/explode", {"json": {}}, 404, "not_found"),
    ("GET", "anna", "/v2/dialogs", {}, 404, "not_found"),
    ("DELETE", "anna", "/v1/dialogs", {}, 405, "method_not_allowed"),
    ("POST", "anna", "/v1/dialogs/x/messages", {"json": {"body": "a", "tenant": "b"}}, 422, "unknown_field"),
    ("POST", "anna", "/v1/dialogs/x/messages", {"json": {}}, 422, "required"),
    ("POST", "anna", "/v1/dialogs/x/messages", {"json": {"body": 5}}, 422, "bad_value"),
    ("POST", "anna", "/v1/dialogs/x/messages", {"json": {"body": "x" * LARGEST}}, 413, "too_large"),
    ("POST", "anna", "/v1/dialogs/x/messages", {"content": b"body=a"}, 415, "not_json"),
    ("GET", "anna", "/v1/dialogs?list=none", {}, 422, "bad_value"),
    ("GET", "anna", "/v1/dialogs?limit=201", {}, 422, "out_of_range"),
    ("GET", "anna", "/v1/dialogs?limit=two", {}, 422, "not_integer"),
    ("GET", "anna", "/v1/dialogs?due_before=0", {}, 422, "bad_time"),
    ("GET", "vera", f"/v1/alerts?before={2**63}", {}, 422, "out_of_range"),
    ("GET", "vera", f"/v1/channels/tg/history?before={2**63}", {}, 422, "out_of_range"),
    ("GET", "vera", f"/v1/channels/tg/history?before={10**30}", {}, 422, "out_of_range"),
    ("GET", "vera", "/v1/channels/tg/history?since=0", {}, 422, "bad_time"),
    ("GET", "vera", f"/v1/channels/tg/quarantine?after={2**63}", {}, 422, "out_of_range"),
    ("GET", "anna", f"/v1/dialogs/x/messages?before={2**63}", {}, 422, "out_of_range"),
    ("GET", "anna", f"/v1/dialogs/x/messages?after={2**63}", {}, 422, "out_of_range"),
    ("GET", "anna", f"/v1/dialogs/x/events?after={2**63}", {}, 422, "out_of_range"),
    ("GET", "anna", f"/v1/dialogs?priority={2**63}", {}, 422, "out_of_range"),
    ("GET", "anna", f"/v1/dialogs?wait_for={2**63}", {}, 422, "out_of_range"),
    ("GET", "vera", f"/v1/events?after={2**63}", {}, 422, "out_of_range"),
    ("POST", "anna", "/v1/dialogs/x/priority", {"json": {"priority": True}}, 422, "not_integer"),
    ("POST", "anna", "/v1/dialogs/x/priority", {"json": {"priority": 10}}, 422, "out_of_range"),
    ("POST", "anna", "/v1/dialogs/x/take", {"json": {"force": "yes"}}, 422, "not_boolean"),
    ("POST", "root", "/v1/channels/tg/settings/restore", {"json": {"version": True}}, 422, "not_integer"),
    ("POST", "root", "/v1/channels/tg/settings/restore", {"json": {"version": "1"}}, 422, "not_integer"),
    ("POST", "root", "/v1/channels/tg/settings/restore", {"json": {"version": 1.0}}, 422, "not_integer"),
    ("GET", "anna", "/v1/dialogs?cursor=nonsense", {}, 422, "bad_cursor"),
    ("GET", "vera", "/v1/events?types=dialog.exploded", {}, 422, "event_type_unknown"),
    ("GET", "vera", "/v1/events?types=customer.created", {}, 422, "event_type_unknown"),
    ("GET", "vera", "/v1/events?after=999999", {}, 409, "position_ahead"),
    ("GET", "vera", "/v1/events?type=dialog.opened", {}, 422, "unknown_parameter"),
    ("GET", "vera", "/v1/events/stream?type=dialog.opened", {}, 422, "unknown_parameter"),
    ("GET", "vera", "/v1/intake?channel=tg", {}, 422, "unknown_parameter"),
    ("GET", "vera", "/v1/channels/tg/distribution?a=b", {}, 422, "unknown_parameter"),
    ("PUT", "root", "/v1/channels/tg/settings", {"json": {"priority": 1}}, 428, "version_needed"),
    ("PUT", "vera", "/v1/agents/anna", {"json": {"capacity": -1}}, 422, "out_of_range"),
    ("PUT", "vera", "/v1/groups/first", {"json": {"members": ["ghost"]}}, 422, "agent_unknown"),
    ("PUT", "vera", "/v1/schedules/s", {"json": {"zone": "Mars", "week": [[]] * 7}}, 422, "zone_unknown"),
]


@pytest.mark.parametrize(("method", "who", "path", "more", "status", "code"), REFUSED)
def test_a_refusal_has_a_status_and_a_code(
    shop: Office, http: TestClient, method: str, who: str, path: str, more: dict[str, Any], status: int, code: str
) -> None:
    response = http.request(method, path, headers=shop.as_(who), **more)
    assert (response.status_code, error(response)["code"]) == (status, code)


@pytest.mark.parametrize("body", [b"{", b"", b"[" * 100_000, b"\xff\xfe{}", b'{"body": "a"} tail', b"nul"])
def test_a_malformed_body_is_said_to_be_malformed(shop: Office, http: TestClient, body: bytes) -> None:
    headers = shop.as_("anna", content_type="application/json")
    response = http.post("/v1/dialogs/x/messages", headers=headers, content=body)
    assert (response.status_code, error(response)["code"]) in [(400, "malformed_body"), (422, "required")]
    assert response.status_code == 400 or body == b""


UNSTORABLE = [
    ("POST", "/v1/dialogs/x/messages", {"body": "a\x00b"}),
    ("POST", "/v1/dialogs/x/transfer", {"to": {"kind": "agent", "id": "a\x00"}}),
    ("PUT", "/v1/groups/first", {"members": ["\ud800"]}),
    ("PUT", "/v1/channels/tg/settings", {"receiver": {"kind": "agent", "id": "\x00"}}),
    ("PUT", "/v1/channels/tg/settings", {"\x00": 1}),
    ("PUT", "/v1/channels/tg/settings", {"receiver": json.loads("[" * 900 + "]" * 900)}),
    ("PUT", "/v1/groups/first", {"members": json.loads("[" * 30 + "]" * 30)}),
]


@pytest.mark.parametrize(("method", "path", "body"), UNSTORABLE)
def test_what_the_store_cannot_hold_is_a_wrong_value(
    shop: Office, http: TestClient, method: str, path: str, body: dict[str, Any]
) -> None:
    headers = shop.as_("root", if_match="*", content_type="application/json")
    response = http.request(method, path, headers=headers, content=json.dumps(body))
    assert (response.status_code, error(response)["code"]) == (422, "bad_value")


@pytest.mark.parametrize("path", ["/v1/dialogs/%00", "/%00", "/hooks/telegram/x/%00"])
def test_an_address_with_a_nul_is_nobodys(shop: Office, http: TestClient, path: str) -> None:
    assert http.get(path, headers=shop.as_("anna")).status_code == 404


@pytest.mark.parametrize("path", ["/v1/dialogs?channel=a%00b", "/v1/channels/tg/settings?as_of=%00"])
def test_a_nul_in_a_query_is_a_wrong_value(shop: Office, http: TestClient, path: str) -> None:
    response = http.get(path, headers=shop.as_("vera"))
    assert (response.status_code, error(response)["code"]) == (422, "bad_value")


def test_a_body_of_exactly_the_limit_is_read(shop: Office, http: TestClient) -> None:
    frame = b'{"body":"%s"}'
    body = frame % (b"x" * (LARGEST - len(frame) + 2))
    assert len(body) == LARGEST
    headers = shop.as_("anna", content_type="application/json")
    assert http.post("/v1/dialogs/x/messages", headers=headers, content=body).status_code == 422
    assert http.post("/v1/dialogs/x/messages", headers=headers, content=body + b" ").status_code == 413


def test_a_body_without_a_length_is_counted_while_it_comes(shop: Office, http: TestClient) -> None:
    headers = shop.as_("anna", content_type="application/json")
    chunks = (b"x" * 65_536 for _ in range(17))
    assert http.post("/v1/dialogs/x/messages", headers=headers, content=chunks).status_code == 413


def test_every_wrong_field_is_named_at_once(shop: Office, http: TestClient) -> None:
    wanted = {
        "receiver": {"kind": "bot", "id": "b"},
        "auto_close": {"value": 0, "unit": "hours"},
        "algorithm": "random",
    }
    response = http.put("/v1/channels/tg/settings", headers=shop.as_("root", if_match="*"), json=wanted)
    problems = {one["field"]: one["code"] for one in error(response)["detail"]["problems"]}
    assert problems == {
        "receiver": "receiver_kind_not_allowed",
        "auto_close": "must_be_positive",
        "algorithm": "managed_in_group",
    }


def test_a_parameter_that_nobody_knows_is_named_with_the_known_ones(shop: Office, http: TestClient) -> None:
    path = "/v1/events?after=0&type=dialog.opened"
    told = error(http.get(path, headers=shop.as_("vera")))
    assert told["detail"] == {"field": "type", "known": "after, limit, types, wait"}
    assert told["sentence"] == "This address has no parameter type; it has: after, limit, types, wait."
    russian = error(http.get(path, headers=shop.as_("vera", accept_language="ru")))["sentence"]
    assert russian == "Параметра type у этого адреса нет; есть: after, limit, types, wait."


def test_every_reading_address_refuses_a_parameter_that_it_does_not_know(shop: Office, http: TestClient) -> None:
    paths = [path for path, item in http.get("/openapi.json").json()["paths"].items() if "get" in item]
    assert len(paths) > 12
    for path in [*paths, "/v1/events/stream"]:
        response = http.get(re.sub(r"{\w+}", "x", path), params={"nonsense": "1"}, headers=shop.as_("root"))
        assert (response.status_code, error(response)["code"]) == (422, "unknown_parameter"), path


def test_the_sentence_is_in_the_readers_language(shop: Office, http: TestClient) -> None:
    def told(languages: str) -> str:
        response = http.get("/v1/dialogs/none", headers=shop.as_("anna", accept_language=languages))
        return str(error(response)["sentence"])

    assert told("ru-RU,ru;q=0.9,en;q=0.8") == "Такого диалога нет."
    assert told("en-GB,ru;q=0.5") == told("de") == "There is no such dialog."


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"body": "a", "tenant": "b"}, "tenant: there is no such field."),
        ({}, "body: it must be given."),
        ([], "body: it must be a JSON object."),
        ({"body": 5}, "body: it must be a text."),
        ({"body": ""}, "body: it must be a text that is not empty."),
        ({"body": "x" * 65_537}, "body: it may have at most 65536 characters."),
        ({"body": "a", "x" * 3000: "b"}, f"{'x' * 60}…: there is no such field."),
        ({"body": "a\0"}, "body: a text holds a NUL or half a character."),
    ],
)
def test_a_wrong_body_is_explained_to_whoever_sent_it(
    shop: Office, http: TestClient, body: object, sentence: str
) -> None:
    response = http.post("/v1/dialogs/x/messages", json=body, headers=shop.as_("anna"))
    assert error(response)["sentence"] == sentence


OF_A_NUMBER = [
    ("/v1/dialogs/x/priority", {"priority": 10}, "priority: число должно быть не больше 9."),
    ("/v1/channels/tg/settings", {"bot.timeout": 4}, "bot.timeout: нужно целое число от 5 до 3600."),
    ("/v1/channels/tg/settings", {"closing_message": "x" * 1001}, "closing_message: не больше 1000 знаков."),
    ("/v1/channels/tg/settings", {"idle_mode": "x"}, "idle_mode: допустимо только any_side, waiting_for_customer."),
    ("/v1/groups/first", {"answer_wait": 1}, "answer_wait: нужно целое число от 5 до 3600."),
    ("/v1/agents/anna", {"capacity": -1}, "capacity: нужно целое число от 0 до 1000."),
]


@pytest.mark.parametrize(("path", "body", "sentence"), OF_A_NUMBER)
def test_a_russian_sentence_names_the_range_too(
    shop: Office, http: TestClient, path: str, body: dict[str, Any], sentence: str
) -> None:
    method = "POST" if "priority" in path else "PUT"
    headers = shop.as_("root", accept_language="ru", if_match="*")
    assert error(http.request(method, path, json=body, headers=headers))["sentence"] == sentence


WRONG_BODIES: list[tuple[str, str, Any]] = [
    ("POST", "/v1/dialogs/x/tags", {"add": "refund"}),
    ("POST", "/v1/dialogs/x/tags", {"add": ["x"] * 21}),
    ("POST", "/v1/dialogs/x/transfer", {"to": "anna"}),
    ("POST", "/v1/dialogs/x/transfer", {"to": {"kind": "robot", "id": "r"}}),
    ("POST", "/v1/dialogs/x/close", {"cause": "idle"}),
    ("POST", "/v1/channels", {"channel": "a b", "kind": "pigeon"}),
    ("POST", "/v1/channels/tg/verify", {"token": 5}),
    ("POST", "/v1/channels/tg/quarantine/release", {}),
    ("PUT", "/v1/schedules/s", {"zone": "UTC", "week": [{"start": 1}] * 7}),
    ("PUT", "/v1/schedules/s", {"zone": "UTC", "week": [[{"start": "a", "end": True}]] * 7}),
    ("PUT", "/v1/schedules/s", {"zone": "UTC", "week": [[]] * 7, "exceptions": [{"on": "tomorrow"}]}),
    ("PUT", "/v1/channels/tg/settings", ["a"]),
]
OF_PYTHON = re.compile(r"Input should|instance|valid dict|pydantic|Decimal|parsing|ensure |String should|List should|'")


@pytest.mark.parametrize(("method", "path", "body"), WRONG_BODIES)
def test_no_sentence_speaks_of_the_inside(shop: Office, http: TestClient, method: str, path: str, body: Any) -> None:
    told = error(http.request(method, path, json=body, headers=shop.as_("root", if_match="*")))
    assert [one["sentence"] for one in told["detail"]["problems"] if OF_PYTHON.search(one["sentence"])] == []


def test_a_switch_is_read_alike_everywhere(shop: Office, http: TestClient) -> None:
    for text in ("true", "1", "yes", "on", "false", "0", "no", "off", "True"):
        for path in ("history", "history/export"):
            response = http.get(f"/v1/channels/tg/{path}?effects={text}", headers=shop.as_("vera"))
            assert response.status_code == 200, (path, text)


@pytest.mark.parametrize("path", ["/v1/events?types=", "/v1/events?", "/v1/channels/tg/history?field="])
def test_what_was_sent_is_not_told_back_at_length(shop: Office, http: TestClient, path: str) -> None:
    response = http.get(path + "x" * 3000, headers=shop.as_("vera"))
    assert response.status_code == 422
    assert len(response.text) < 2000


@pytest.mark.parametrize(
    ("header", "language"),
    [(None, "en"), ("ru", "ru"), ("en;q=0.1, ru;q=0.2", "ru"), ("ru;q=0", "en"), ("ru;q=x", "en"), ("*", "en")],
)
def test_the_language_asked_for(header: str | None, language: str) -> None:
    assert preferred(header) == language


def test_every_code_has_a_russian_sentence() -> None:
    missing = {code: where for code, where in _codes().items() if code not in RU}
    assert not missing


def test_every_answer_has_protecting_headers(shop: Office, http: TestClient) -> None:
    for path in ("/livez", "/openapi.json", "/nowhere", "/v1/dialogs", "/login", "/static/app.css", "/docs"):
        headers = http.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "'unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


def _codes() -> dict[str, str]:
    """Every code that may reach a reader: literal first arguments, and `code=` of problems. Rebuilding is no door's."""
    raising = {"Conflict", "NotFound", "NotAllowed", "Unavailable", "_Wrong"}
    found: dict[str, str] = {}
    for room in ("domain", "adapters/http", "adapters/web", "adapters/channels", "adapters/views"):
        for file in (ROOT / room).rglob("*.py"):
            for node in [] if file.name == "rebuild.py" else ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call):
                    found |= dict.fromkeys(_codes_of(node, raising), f"{file.name}:{node.lineno}")
    assert len(found) > 50
    return found


def _codes_of(call: ast.Call, raising: set[str]) -> list[str]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    at = {"Refusal": 1, "_problem": 1, "_wrong": 1, **dict.fromkeys(raising, 0)}.get(name)
    given = call.args[at : at + 1] if at is not None else []
    if name == "Problem":
        given = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    return [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
