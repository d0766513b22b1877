"""The domain decides from what it is told: no clock, no chance, no files. Time, ids and choices come in commands."""

import ast

import pytest

from tests.house.scripts import ROOT

FORBIDDEN_MODULES = {"random", "secrets", "os", "time", "threading", "asyncio", "socket", "subprocess", "io"}
FORBIDDEN_CALLS = {"now", "utcnow", "today", "uuid1", "uuid4", "uuid7", "open", "print", "input", "getenv"}


def test_the_domain_is_pure() -> None:
    files = sorted((ROOT / "domain").rglob("*.py"))
    assert files
    assert [f"{file.name}:{impurity}" for file in files for impurity in impurities(file.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("source", "impurity"),
    [
        ("import datetime\nat = datetime.datetime.now()", "2 calls now"),
        ("from datetime import datetime\nat = datetime.utcnow()", "2 calls utcnow"),
        ("from datetime import date\nat = date.today()", "2 calls today"),
        ("import time\n", "1 imports time"),
        ("from time import monotonic\n", "1 imports time"),
        ("import uuid\nid = uuid.uuid4()", "2 calls uuid4"),
        ("from uuid import uuid4 as fresh\n", "1 imports uuid4"),
        ("import random\n", "1 imports random"),
        ("from secrets import token_hex\n", "1 imports secrets"),
        ("import os.path\n", "1 imports os"),
        ("text = open('rules.txt')", "1 calls open"),
    ],
)
def test_an_impurity_is_found(source: str, impurity: str) -> None:
    assert impurities(source) == [impurity]


@pytest.mark.parametrize("source", ["from datetime import time\n", "from uuid import uuid5\n", "at = command.now"])
def test_what_is_pure_is_let_through(source: str) -> None:
    assert impurities(source) == []


def impurities(source: str) -> list[str]:
    """`<line> imports|calls <name>` in the order of the tree."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                wrong = {alias.name.split(".")[0] for alias in names} & FORBIDDEN_MODULES
                found += [f"{node.lineno} imports {name}" for name in sorted(wrong)]
            case ast.ImportFrom(module=module, names=names):
                wrong = {(module or "").split(".")[0]} & FORBIDDEN_MODULES
                wrong |= {alias.name for alias in names} & FORBIDDEN_CALLS
                found += [f"{node.lineno} imports {name}" for name in sorted(wrong)]
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in FORBIDDEN_CALLS:
                found.append(f"{node.lineno} calls {name}")
    return found
