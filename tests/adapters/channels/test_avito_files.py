"""Pictures through Avito: uploaded, then shown in the chat. Nothing else can be sent there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.channels import Access, Outbound, channel, http_client
from adapters.doubles.avito import SELLER, AvitoDouble, broken, forbidden, hang_up, rate_limited
from adapters.doubles.avito.faults import error
from adapters.doubles.faults import Fault
from adapters.doubles.server import Reply
from adapters.vault.secrets import Secret
from domain.kinds import KINDS
from tests.adapters.channels.files_out import out_file

AVITO = channel("avito")
SCOPES = frozenset({"messenger:read", "messenger:write", "user:read"})


@pytest.fixture
def avito() -> Iterator[AvitoDouble]:
    with AvitoDouble() as made:
        made.customer_says(77, "Hi")
        yield made


@pytest.fixture
def access(avito: AvitoDouble) -> Iterator[Access]:
    with http_client() as client:
        token = Secret(avito.avito.grant(SELLER, SCOPES)["access_token"])
        yield Access(client, {"token": token}, avito.url, str(SELLER))


def sends(access: Access) -> str:
    message = Outbound(text="", key="k", files=(out_file(),))
    result = AVITO.send(access, f"u2i-{SELLER}~77", message)
    return result.code or result.outcome


def test_a_picture_is_uploaded_and_shown(avito: AvitoDouble, access: Access) -> None:
    assert sends(access) == "accepted"
    (said,) = avito.sent
    assert said.image is not None and avito.avito.files[said.image] == b"\x89PNG"


def test_only_pictures_and_no_text_beside_them() -> None:
    files = KINDS["avito"].files
    assert files is not None and (files.types, files.most, files.beside) == (frozenset({"image"}), 1, 0)


def test_an_upload_that_fails_sent_nothing_and_a_lost_message_is_unknown(avito: AvitoDouble, access: Access) -> None:
    told = {"provider_unavailable": broken(), "bad_credentials": forbidden(), "rate_limited": rate_limited()}
    for code, fault in told.items():
        avito.fails(fault, method="upload")
        assert sends(access) == code
    for fault in (hang_up(), Fault(Reply(200, {})), Fault(error(504, "Gateway Timeout"))):
        avito.fails(fault, method="upload")
        assert sends(access) == "provider_unavailable"
    avito.fails(Fault(error(400, "Validation error")), method="upload")
    assert sends(access) == "refused" and avito.sent == []
    avito.fails(hang_up(), method="image")
    assert sends(access) == "answer_lost" and len(avito.sent) == 1
