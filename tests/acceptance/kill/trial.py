"""One trial: an installation, customers and agents at work, a reaper among them; then quiet, and the judgement."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from tests.acceptance.kill.agents import Agents
from tests.acceptance.kill.customers import Customers
from tests.acceptance.kill.deployment import Deployment
from tests.acceptance.kill.evidence import Evidence
from tests.acceptance.kill.judgement import judge
from tests.acceptance.kill.ledger import Ledger, read
from tests.acceptance.kill.quiet import wait_until_quiet
from tests.acceptance.kill.reaper import Killed, reap
from tests.acceptance.shop import AGENTS, Api, Hook, hook_of, open_shop
from tests.store import TENANT

SHOWN = 5
CAPACITY = 4
"""So few that dialogs have to wait: then a forgotten one is seen."""


@dataclass
class Trial:
    """`wrong`: everything that should not be, in sentences."""

    seed: int
    killed: list[Killed] = field(default_factory=list)
    messages: int = 0
    commands: int = 0
    wrong: list[str] = field(default_factory=list)

    def tell(self) -> str:
        victims = ", ".join(f"{name} {n}x" for name, n in sorted(Counter(one.name for one in self.killed).items()))
        wrong = "\n  ".join([f"{len(self.wrong)} wrong", *self.wrong[:SHOWN]]) if self.wrong else "nothing wrong"
        return (
            f"seed {self.seed}: {len(self.killed)} kills ({victims}); "
            f"acknowledged: {self.messages} messages, {self.commands} commands of agents; {wrong}"
        )


def work_and_reap(
    deployment: Deployment, folder: Path, kills: int, seed: int, *, victims: Sequence[str] = ()
) -> tuple[Trial, Evidence]:
    """Everything up to the judgement. The seed decides who is killed when, and who says what. No `victims` = all."""
    print(f"\nseed {seed}")
    trial, chance = Trial(seed), random.Random(seed)
    hook = set_up(deployment)
    ledger = Ledger(folder / "acknowledged.jsonl")
    customers = Customers(hook, deployment.doors, ledger, seed=seed)
    for chat in customers.chats:
        deployment.telegram.bot.customer(chat, f"Customer {chat}")
    agents = Agents({name: deployment.token("agent", name) for name in AGENTS}, deployment.doors, ledger, seed=seed)
    try:
        customers.start()
        agents.start()
        trial.killed = reap(deployment, ledger, kills, chance, victims)
    finally:
        customers.stop()
        agents.stop()
        ledger.close()
    began = monotonic()
    trial.wrong += [*customers.trouble, *agents.trouble, *wait_until_quiet(deployment.database)]
    print(f"quiet after {monotonic() - began:.1f} s")
    trial.wrong += deployment.stop_processes()
    sent, done = read(ledger.file)
    trial.messages, trial.commands = len(sent), len(done)
    evidence = Evidence(
        deployment.database,
        deployment.owner,
        deployment.vault,
        sent,
        done,
        answered=ledger.answered,
        attempts=ledger.attempts,
        said_by_bot=[one.text for one in deployment.telegram.sent],
    )
    return trial, evidence


def judged(trial: Trial, evidence: Evidence) -> Trial:
    trial.wrong += judge(evidence)
    print(trial.tell())
    return trial


def set_up(deployment: Deployment) -> Hook:
    api = Api(deployment.doors[0], deployment.token("admin", "root"))
    try:
        open_shop(api, agents=dict.fromkeys(AGENTS, CAPACITY))
    finally:
        api.close()
    with deployment.owner.connect() as connection:
        connection.execute("CHECKPOINT")  # the stage stands, also where PostgreSQL is told to be careless
    return hook_of(deployment.vault, TENANT)
