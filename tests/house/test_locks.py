"""The lock files hold what pyproject.toml asks for, each package with its hashes and from nowhere in particular."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.house.scripts import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ORACLES = ROOT / "tests" / "oracles"
EXTRAS = PROJECT["optional-dependencies"]
WANTED = {
    "requirements.lock": PROJECT["dependencies"],
    "requirements-dev.lock": [*PROJECT["dependencies"], *EXTRAS["local-kafka"], *EXTRAS["dev"]],
}


@pytest.mark.parametrize("lock", WANTED)
def test_every_wanted_package_is_locked_at_a_version_that_will_do(lock: str) -> None:
    pins = pinned((ROOT / lock).read_text())
    wanted = [Requirement(line) for line in WANTED[lock] if not line.startswith(PROJECT["name"])]
    assert [str(want) for want in wanted if not want.specifier.contains(pins.get(want.name, "0"))] == []


@pytest.mark.parametrize("lock", [*WANTED, *(str(one.relative_to(ROOT)) for one in sorted(ORACLES.glob("*.lock")))])
def test_every_package_has_hashes_and_no_place_is_named(lock: str) -> None:
    assert faults((ROOT / lock).read_text()) == []


@pytest.mark.parametrize("wanted", sorted(ORACLES.glob("*.in")), ids=lambda one: one.stem)
def test_an_oracle_is_locked_apart_and_is_no_part_of_the_product(wanted: Path) -> None:
    name, _, version = wanted.read_text().strip().partition("==")
    assert pinned(wanted.with_suffix(".lock").read_text())[name] == version
    assert name not in pinned((ROOT / "requirements-dev.lock").read_text())


def test_the_runtime_is_the_same_in_development() -> None:
    runtime, dev = (pinned((ROOT / lock).read_text()) for lock in WANTED)
    assert runtime.items() <= dev.items()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("click==8.5.1\n", "click==8.5.1: no hash"),
        ("click>=8.5 \\\n    --hash=sha256:ab\n", "click>=8.5: not pinned"),
        ("--index-url somewhere\n", "--index-url somewhere: names a place"),
        (
            "click @ https://example.org/click.whl \\\n    --hash=sha256:ab\n",
            "click @ https://example.org/click.whl: not pinned",
        ),
    ],
)
def test_a_fault_in_a_lock_would_be_found(text: str, fault: str) -> None:
    assert faults(text) == [fault]


def faults(lock: str) -> list[str]:
    found = []
    for entry in entries(lock):
        requirement, *hashes = entry.split(" --hash=sha256:")
        if requirement.startswith("-"):
            found.append(f"{requirement}: names a place")
        elif "==" not in requirement.split(";")[0]:
            found.append(f"{requirement}: not pinned")
        elif not hashes:
            found.append(f"{requirement}: no hash")
    return found


def pinned(lock: str) -> dict[str, str]:
    """Package name: version."""
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[\S+\])?==(\S+)", lock, re.MULTILINE))


def entries(lock: str) -> list[str]:
    """One line a package: comments dropped, continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", lock, flags=re.MULTILINE)
    return [" ".join(line.split()) for line in text.replace("\\\n", " ").splitlines() if line.strip()]
