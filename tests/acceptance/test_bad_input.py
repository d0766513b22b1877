"""Bad input at the API and at the terminal: a clear error with a stable code, and not one event more in the log."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.acceptance.premises import Premises
from tests.acceptance.shop import Api, refused

MEBIBYTE = 1024 * 1024
BAD_REQUESTS: dict[str, tuple[str, str, dict[str, Any], int, str]] = {
    "unknown command": ("POST", "/v1/dialogs/{closed}/explode", {"json": {}}, 404, "not_found"),
    "unknown method": ("DELETE", "/v1/dialogs/{closed}", {}, 405, "method_not_allowed"),
    "unknown dialog": ("POST", "/v1/dialogs/nobody/close", {"json": {}}, 404, "dialog_unknown"),
    "unknown channel": ("GET", "/v1/channels/nobody", {}, 404, "channel_unknown"),
    "unknown agent": ("PUT", "/v1/agents/nobody/presence", {"json": {"presence": "ready"}}, 404, "agent_unknown"),
    "unknown field": ("POST", "/v1/dialogs/{closed}/notes", {"json": {"body": "x", "colour": 1}}, 422, "unknown_field"),
    "missing field": ("POST", "/v1/dialogs/{closed}/messages", {"json": {}}, 422, "required"),
    "wrong type": ("POST", "/v1/dialogs/{closed}/messages", {"json": {"body": 7}}, 422, "bad_value"),
    "malformed body": ("POST", "/v1/dialogs/{closed}/notes", {"content": b"{", "type": "json"}, 400, "malformed_body"),
    "not json": ("POST", "/v1/dialogs/{closed}/messages", {"content": b"{}", "type": "plain"}, 415, "not_json"),
    "oversized body": ("POST", "/v1/dialogs/{closed}/messages", {"content": b" " * (MEBIBYTE + 1)}, 413, "too_large"),
    "closed dialog": ("POST", "/v1/dialogs/{closed}/messages", {"json": {"body": "Late"}}, 409, "dialog_closed"),
    "version not told": ("PUT", "/v1/channels/shop/settings", {"json": {"priority": 3}}, 428, "version_needed"),
    "stale version": (
        "PUT", "/v1/channels/shop/settings", {"json": {"priority": 3}, "match": '"0"'}, 409, "version_conflict",
    ),
    "out of range": (
        "PUT", "/v1/channels/shop/settings", {"json": {"priority": 99}, "match": "*"}, 422, "out_of_range",
    ),
    "offer of nobody": ("POST", "/v1/dialogs/{closed}/accept", {"json": {"offer": "none"}}, 404, "offer_unknown"),
}  # fmt: skip
TYPES = {"json": "application/json", "plain": "text/plain"}


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_a_bad_request_has_its_code_and_leaves_no_event(shop: Premises, closed: str, name: str) -> None:
    method, path, asked, status, code = BAD_REQUESTS[name]
    headers = {"if-match": asked["match"]} if "match" in asked else {}
    headers |= {"content-type": TYPES[asked["type"]]} if "type" in asked else {}
    body = {kind: asked[kind] for kind in ("json", "content") if kind in asked}
    before = shop.head()
    answer = shop.root.client.request(method, path.format(closed=closed), headers=headers, **body)
    refused(answer, status, code)
    assert shop.head() == before


def test_a_stale_version_names_what_others_have_saved(shop: Premises) -> None:
    tag = shop.root.client.get("/v1/channels/shop").headers["etag"]
    first = shop.root.client.put("/v1/channels/shop/settings", json={"priority": 4}, headers={"if-match": tag})
    assert first.is_success
    second = shop.root.client.put("/v1/channels/shop/settings", json={"priority": 5}, headers={"if-match": tag})
    refused(second, 409, "version_conflict")
    told = shop.root.get("/v1/channels/shop", wait_for=first.json()["position"])
    assert told["channel"]["settings"]["priority"] == 4


@pytest.mark.parametrize("token", [None, "nobody", "pk_x_y", "x" * 300])
def test_nobody_without_a_valid_token_does_anything(shop: Premises, closed: str, token: str | None) -> None:
    before = shop.head()
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    path = f"{shop.url}/v1/dialogs/{closed}/notes"
    refused(httpx2.post(path, json={"body": "x"}, headers=headers, trust_env=False), 401, "unauthenticated")
    assert shop.head() == before


def test_an_agent_may_not_do_what_is_for_administrators(shop: Premises) -> None:
    anna = Api(shop.url, shop.token("agent", "anna"))
    saved = shop.root.get("/v1/channels/shop")["channel"]["settings_version"]
    answer = anna.client.put("/v1/channels/shop/settings", json={"priority": 9}, headers={"if-match": "*"})
    refused(answer, 403, "not_allowed")
    assert shop.root.get("/v1/channels/shop")["channel"]["settings_version"] == saved
    anna.close()


def test_errors_come_in_the_language_of_the_reader(shop: Premises, closed: str) -> None:
    path, late = f"/v1/dialogs/{closed}/messages", {"body": "Late"}
    said = [
        shop.root.client.post(path, json=late, headers={"accept-language": language}).json()["error"]
        for language in ("en", "ru")
    ]
    assert said[0]["code"] == said[1]["code"] == "dialog_closed"
    assert said[0]["sentence"] != said[1]["sentence"] and any("а" <= letter <= "я" for letter in said[1]["sentence"])


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [(["explode"], 2), (["dialogs", "explode"], 2), (["up", "--port", "many"], 2), (["dialogs", "list"], 7)],
)
def test_a_wrong_command_says_so_on_stderr_only(tmp_path: Path, words: list[str], exit_code: int) -> None:
    parley = Path(sys.executable).with_name("parley")
    asked = [str(parley), *words, *(["--data", str(tmp_path)] if exit_code == 7 else [])]
    answer = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    assert (answer.returncode, answer.stdout) == (exit_code, "")
    assert answer.stderr.startswith("parley: ") and "Traceback" not in answer.stderr
