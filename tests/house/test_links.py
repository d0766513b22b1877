"""What our pages point at is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.scripts import ROOT

PAGES = sorted(path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))
LINK = re.compile(r"(?:\]\(|src(?:set)?=\")([^)\"#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert missing(page.parent, page.read_text("utf-8")) == []


def test_a_link_into_nothing_is_found() -> None:
    assert missing(ROOT, "[here](docs/nothing.md) and [there](https://example.org)") == ["docs/nothing.md"]


def missing(folder: Path, text: str) -> list[str]:
    links = [link for link in LINK.findall(text) if "://" not in link]
    return [link for link in links if not (folder / link).exists()]
