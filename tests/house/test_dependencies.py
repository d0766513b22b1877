"""What we build on may not take our names, and may not carry a licence that would bind our users."""

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.house.scripts import ROOT

OURS = {"domain", "adapters", "projections", "processors", "infra"}
PERMITTED = re.compile(r"\b(MIT|BSD|Apache|PSF|MPL|Mozilla|LGPL\w*|Unlicense|ISC|Zlib)\b", re.IGNORECASE)
BINDING = re.compile(r"(?<![A-Za-z])A?GPL|(?<!Lesser )General Public License", re.IGNORECASE)
UNCLEAR: dict[str, str] = {}  # name: what its licence is, and where that was read


def test_no_dependency_ships_a_package_of_our_name() -> None:
    assert clashes(installed()) == []


def test_a_dependency_of_our_name_would_be_found(tmp_path: Path) -> None:
    card = tmp_path / "ddd_kit-1.0.dist-info"
    card.mkdir()
    (card / "METADATA").write_text("Metadata-Version: 2.1\nName: ddd-kit\nVersion: 1.0\n")
    (card / "RECORD").write_text("domain/__init__.py,,\nddd_kit/__init__.py,,\n")
    assert clashes(distributions(path=[str(tmp_path)])) == ["ddd-kit ships domain"]


def test_runtime_licences_bind_nobody() -> None:
    found = {dist.name: licence(dist) for dist in runtime()}
    assert len(found) > 30
    assert {name: text for name, text in found.items() if not acceptable(name, text)} == {}


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("MIT", True),
        ("Apache-2.0 OR BSD-3-Clause", True),
        ("LGPL-3.0-only", True),
        ("GNU Lesser General Public License v2 or later (LGPLv2+)", True),
        ("GPL-3.0-or-later", False),
        ("GNU General Public License v2 (GPLv2)", False),
        ("AGPL-3.0-only", False),
        ("GNU Affero General Public License v3", False),
        ("MIT AND GPL-2.0-only", False),
        ("BUSL-1.1", False),
        ("", False),
    ],
)
def test_licences_are_told_apart(text: str, fine: bool) -> None:
    assert acceptable("some-library", text) is fine


def clashes(dists: Iterable[Distribution]) -> list[str]:
    tops = {(dist.name, file.parts[0]) for dist in dists for file in dist.files or []}
    return sorted(f"{name} ships {top}" for name, top in tops if top.removesuffix(".py") in OURS)


def installed() -> list[Distribution]:
    return [dist for dist in distributions() if dist.name != "parley-engine"]


def runtime() -> list[Distribution]:
    """What requirements.lock puts on this platform."""
    lines = re.findall(r"^[a-z0-9].*?(?= \\$)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    wanted = [Requirement(line) for line in lines]
    names = {want.name for want in wanted if want.marker is None or want.marker.evaluate()}
    return [dist for dist in installed() if dist.name.lower().replace("_", "-") in names]


def licence(dist: Distribution) -> str:
    """All that its card says of the licence; of a whole text, the beginning."""
    fields = [line for name in ("License-Expression", "License") for line in dist.metadata.get_all(name) or []]
    marks = [mark for mark in dist.metadata.get_all("Classifier") or [] if mark.startswith("License ::")]
    return "; ".join([*(field[:80] for field in fields), *marks])


def acceptable(name: str, text: str) -> bool:
    return name in UNCLEAR or bool(PERMITTED.search(text) and not BINDING.search(text))
