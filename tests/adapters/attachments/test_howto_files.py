"""The page on files is true: its tables are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from adapters.http.sentences import RU
from domain.kinds import KINDS, MB
from infra.settings import Settings
from processors.fetching import State

PAGE = (Path(__file__).parents[3] / "docs" / "howto" / "attachments.md").read_text("utf-8")
NAMES = {
    "telegram": "Telegram",
    "vk": "VK",
    "facebook": "Facebook",
    "whatsapp_official": "WhatsApp, official",
    "whatsapp_messagebird": "WhatsApp, MessageBird",
    "whatsapp_infobip": "WhatsApp, Infobip",
    "viber": "Viber",
    "email": "e-mail",
    "avito": "Avito",
}


@pytest.mark.parametrize("kind", [name for name, one in KINDS.items() if one.files is not None])
def test_every_kind_that_takes_files_stands_in_the_table_with_its_limits(kind: str) -> None:
    takes = KINDS[kind].files  # type: ignore[index]
    assert takes is not None
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| {NAMES[kind]} |"))
    _, most, largest, *_ = (cell.strip() for cell in row.strip("|").split("|"))
    assert int(most.split()[0]) == takes.most
    for number in {takes.largest, *dict(takes.by_type).values()}:
        assert str(number // MB) in re.findall(r"\d+", largest)


def test_every_state_is_told() -> None:
    for state in get_args(State):
        assert f"`{state}`" in PAGE


def test_every_refusal_that_it_names_is_one() -> None:
    named = set(
        re.findall(r"`(files?_[a-z_]+|too_many_files|text_beside_file|attachment_[a-z_]+|customer_erased)`", PAGE)
    )
    assert len(named) > 8 and named <= set(RU) | {"file_gone"}


def test_every_setting_that_it_names_is_one() -> None:
    named = {name.lower() for name in re.findall(r"PARLEY_([A-Z_]+)", PAGE)}
    assert len(named) == 4 and named <= set(Settings.model_fields)
