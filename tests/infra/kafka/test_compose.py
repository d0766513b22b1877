"""compose.yaml speaks of the same broker, the same commands and the same settings as the rest of the house.

Read as text: whether an engine can run it is seen where there is one.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from infra.kafka.lock import KAFKA_VERSION

HOUSE = Path(__file__).parents[3]
COMPOSE = (HOUSE / "compose.yaml").read_text(encoding="utf-8")
SHARED = {
    "auto.create.topics.enable",
    "unclean.leader.election.enable",
    "group.initial.rebalance.delay.ms",
    "default.replication.factor",
    "min.insync.replicas",
    "offsets.topic.replication.factor",
    "transaction.state.log.replication.factor",
    "transaction.state.log.min.isr",
}


def service(name: str) -> str:
    found = re.search(rf"^  {name}:\n((?:    .*\n|\n)+)", COMPOSE, re.MULTILINE)
    assert found is not None, f"no service {name}"
    return found[1]


def test_the_image_is_the_version_of_the_lock() -> None:
    assert f"image: apache/kafka:{KAFKA_VERSION}\n" in service("kafka")


def test_both_brokers_have_the_same_manners() -> None:
    lines = (files("infra.kafka") / "server.properties").read_text(encoding="utf-8").splitlines()
    local = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    composed = dict(re.findall(r'^      KAFKA_(\w+): "?([^"\n]*)"?$', service("kafka"), re.MULTILINE))
    assert {key: composed[key.upper().replace(".", "_")] for key in SHARED} == {key: local[key] for key in SHARED}


def test_each_process_of_parley_runs_its_command() -> None:
    commands = {"migrate": "migrate", "api": "serve", "relay": "relay", "process": "process", "project": "project"}
    assert {name: re.findall(r"command: \[(\w+)\]", service(name)) for name in commands} == {
        name: [command] for name, command in commands.items()
    }


def test_the_owners_password_is_known_to_migrate_and_postgres_alone() -> None:
    names = re.findall(
        r"^  (\w+):\n", COMPOSE[COMPOSE.index("\nservices:") : COMPOSE.index("\nconfigs:")], re.MULTILINE
    )
    assert {name for name in names if "PARLEY_OWNER_" in service(name)} == {"migrate", "postgres"}


def test_every_open_port_is_on_loopback() -> None:
    opened = re.findall(r"ports: \[(.*)\]", COMPOSE)
    assert opened
    assert all(re.fullmatch(r'"127\.0\.0\.1:\d+:\d+"', ports) for ports in opened)
