"""Where bots may be: what is checked is what is called, and the certificate is that of the name (no way inside)."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.bots.calling import call
from adapters.channels import http_client
from adapters.doubles.bot import BotDouble
from adapters.standard_webhooks import new_secret
from tests.adapters.bots.page import ROOT, page
from tests.store import TENANT

NAME = "bot.example"


def calls(url: str, *, client: httpx2.Client | None = None, private: bool = True, seconds: float = 5.0) -> Any:
    with client or http_client() as used:
        return call(used, url, "msg_1", b'{"messages":[]}', [new_secret()], seconds=seconds, private=private)


@pytest.mark.requirement("I02")
def test_an_address_inside_is_not_called_whatever_was_registered() -> None:
    """Registered while it was allowed, or under a name that has moved inside since: no call is made, people get it."""
    with page() as office:
        strict = office.worker(http_client(), private=False)
        dialog = office.says()
        for _ in range(4):
            strict.run_once()
            office.later(3)
        strict.stop()
        assert office.bot.calls == [] and office.hand_offs(dialog) == ["error"]


def test_a_name_that_points_inside_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    with BotDouble() as bot:
        port = int(bot.url.rsplit(":", 1)[1].partition("/")[0])
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert calls(f"https://{NAME}:{port}/", private=False) == "address_not_public"
        assert bot.calls == []


def test_a_name_is_resolved_once_for_check_and_call(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    with BotDouble() as bot:
        port = int(bot.url.rsplit(":", 1)[1].partition("/")[0])
        resolve = socket.getaddrinfo

        def once(host: Any, *rest: Any, **more: Any) -> Any:
            asked.append(str(host))
            return resolve("127.0.0.1", *rest, **more)

        monkeypatch.setattr(socket, "getaddrinfo", once)
        answer = calls(f"http://{NAME}:{port}/answer")
        assert answer.status == 200 and bot.calls[0].headers["host"] == f"{NAME}:{port}"
    assert asked.count(NAME) == 1


def test_a_redirect_is_not_followed() -> None:
    with BotDouble() as inside, BotDouble() as bot:
        bot.fails(302, headers={"location": inside.url})
        assert calls(bot.url).status == 302
        assert inside.calls == []


def test_too_slow_and_too_large_are_told_apart() -> None:
    with BotDouble() as bot:
        bot.thinks(2)
        assert calls(bot.url, seconds=0.3) == "too_slow"
        bot.fails(200, body="x" * (2 * 1024 * 1024))
        assert calls(bot.url) == "too_large"
    assert calls(bot.url) == "unreachable"


# -- with TLS, as in earnest ----------------------------------------------------------------------------------------


@contextmanager
def secure_bot(folder: Path, name: str) -> Iterator[tuple[int, ssl.SSLContext]]:
    """A bot with a certificate for `name`, and a client's context that trusts nobody else."""
    key, certificate = _certificate(name)
    file = folder / "bot.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(file)
    server = HTTPServer(("127.0.0.1", 0), _Silent)
    server.socket = ours.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], ssl.create_default_context(cafile=str(file))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Silent(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps({"messages": []}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def _certificate(name: str) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    )
    return key, built.sign(key, hashes.SHA256())


@pytest.mark.parametrize(("certified", "outcome"), [(NAME, 200), ("other.example", "unreachable")])
def test_the_certificate_must_be_that_of_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, certified: str, outcome: object
) -> None:
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *rest, **more: resolve("127.0.0.1", *rest, **more))
    with secure_bot(tmp_path, certified) as (port, trusting):
        answer = calls(f"https://{NAME}:{port}/", client=httpx2.Client(verify=trusting, trust_env=False))
        assert (answer if isinstance(answer, str) else answer.status) == outcome


def test_a_bots_certificate_is_checked_by_the_client_that_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has vouched for this certificate: the worker's own client refuses it."""
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *rest, **more: resolve("127.0.0.1", *rest, **more))
    with secure_bot(tmp_path, NAME) as (port, _):
        assert calls(f"https://{NAME}:{port}/") == "unreachable"


def test_the_registry_takes_a_private_address_only_where_it_is_allowed() -> None:
    with page() as office:
        listed = office.registry.list(TENANT)
        assert [(row["bot"], row["host"]) for row in listed] == [("greeter", "127.0.0.1")]
        assert office.registry.put(TENANT, "second", "http://localhost:1/", actor=ROOT)["outcome"] == "created"
