"""One call to a bot and what follows from it: its answer is carried out, or its failure counted, and at last reported.

Before the call its row says until when it may last, committed; so a process that dies during it leaves a trace, and the
call is repeated under the same id. An answer is a command with a key of its own: it is carried out once, whoever asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx2

from adapters.bots import table
from adapters.bots.answers import BotAnswer, parsed
from adapters.bots.calling import call
from adapters.bots.letter import Desk, Letter, TurnOver
from adapters.bots.registry import SECRET, URL, owner, owner_before
from adapters.bots.table import Due
from adapters.store.database import Connection, Database
from adapters.store.executor import Executor
from adapters.store.requests import Request
from adapters.vault.vault import KeyGone, Vault
from domain.desk.bots import ReportBotFailed
from domain.errors import Rejected
from domain.recorded import Actor
from processors.bots import TRIES, again_at, time_for_call

log = logging.getLogger("parley.bots")

Clock = Callable[[datetime], datetime]
MAY_NOT_CLOSE = frozenset({"not_allowed", "tag_required", "topic_required"})
SOON = timedelta(seconds=1)


class Courier:
    """Thread-safe. `clock` turns the database's clock into the moment that counts."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        executor: Executor,
        client: httpx2.Client,
        *,
        lane: int,
        clock: Clock,
        private: bool,
    ) -> None:
        self._database = database
        self._vault = vault
        self._executor = executor
        self._client = client
        self._lane = lane
        self._clock = clock
        self._private = private
        self._desk = Desk(database, vault, lane=lane)

    def due(self, connection: Connection, limit: int) -> list[Due]:
        return table.due(connection, self._lane, self._now(connection), limit)

    def serve(self, one: Due) -> bool:
        """Was a call made?"""
        if one.asking > one.told and one.attempts >= TRIES:
            self._give_up(one)
            return False
        try:
            letter = self._desk.letter(one)
        except (TurnOver, KeyGone):
            with self._database.pool.connection() as connection:
                table.forget(connection, one)
            return False
        if letter is None:
            with self._database.pool.connection() as connection:
                table.is_told(connection, one, one.heard, self._now(connection))
            return False
        return self._ask(one, letter)

    def sweep(self, connection: Connection) -> None:
        """Nothing: a call whose process died is due again when its time is over."""

    def report(self, connection: Connection) -> None:
        """Nothing: a call reports for itself."""

    def _ask(self, one: Due, letter: Letter) -> bool:
        with self._database.pool.connection() as connection:
            now = self._now(connection)
            seconds = time_for_call(letter.due, now).total_seconds()
            if seconds <= 0:  # the dialog is about to hand itself off
                table.postpone(connection, one, one.attempts, now + SOON)
                return False
            attempt = table.take(connection, one, letter.told, now)
        if attempt is None:
            return False
        answer = self._call(one, letter, attempt, seconds)
        if answer is None:
            self._failed(one, letter, attempt)
        else:
            self._answered(one, letter, answer)
        return True

    def _call(self, one: Due, letter: Letter, attempt: int, seconds: float) -> BotAnswer | None:
        kept = self._vault.secrets_of(one.tenant, owner(one.bot))
        before = self._vault.get_secret(one.tenant, owner_before(one.bot), SECRET)
        if URL not in kept or SECRET not in kept:
            log.error("bot %s has no address", one.bot)
            return None
        secrets = [kept[SECRET], *([before] if before is not None else [])]
        body = letter.body(attempt)
        said = call(
            self._client,
            kept[URL].reveal(),
            letter.ident,
            body,
            secrets,
            seconds=seconds,
            private=self._private,
        )
        if isinstance(said, str):
            log.warning("bot %s did not answer: %s", one.bot, said)
            return None
        answer = parsed(said.status, said.body)
        if answer is None:
            log.warning("bot %s answered with status %s what is no answer", one.bot, said.status)
        return answer

    def _answered(self, one: Due, letter: Letter, answer: BotAnswer) -> None:
        self._carry_out(one, letter, answer)
        with self._database.pool.connection() as connection:
            table.is_told(connection, one, letter.told.upto, self._now(connection))

    def _carry_out(self, one: Due, letter: Letter, answer: BotAnswer) -> None:
        """Where the bot may not close, it has only said what it had to say, and the dialog stays open."""
        refused = self._execute(one, letter, answer, letter.ident)
        if answer.close and refused in MAY_NOT_CLOSE:
            self._execute(one, letter, answer.model_copy(update={"close": False}), f"{letter.ident}:open")

    def _execute(self, one: Due, letter: Letter, answer: BotAnswer, key: str) -> str | None:
        """The code of the refusal, or None. People may have taken the dialog while the bot was thinking."""
        upto = letter.told.upto
        command = answer.command(one.dialog, one.bot, f"{one.started} {upto}", answers=upto)
        try:
            self._executor.execute(Request(tenant=one.tenant, command=command, actor=_actor(one), key=f"bot:{key}"))
        except Rejected as refusal:
            if refusal.retryable:
                raise
            log.warning("the answer of bot %s was refused: %s", one.bot, refusal.code)
            return refusal.code
        return None

    def _failed(self, one: Due, letter: Letter, attempt: int) -> None:
        with self._database.pool.connection() as connection:
            now = self._now(connection)
            again = again_at(attempt, now)
            if again is not None:
                table.postpone(connection, one, attempt, again)
                return
        self._give_up(one)

    def _give_up(self, one: Due) -> None:
        command = ReportBotFailed(dialog=one.dialog, bot=one.bot, turn=one.started)
        key = f"bot:{one.dialog}:{one.started}:failed"
        try:
            self._executor.execute(Request(tenant=one.tenant, command=command, actor=_actor(one), key=key))
        except Rejected as refusal:
            if refusal.retryable:
                raise
            log.error("the failure of bot %s could not be told: %s", one.bot, refusal.code)
        with self._database.pool.connection() as connection:
            table.forget(connection, one)

    def _now(self, connection: Connection) -> datetime:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        return self._clock(row[0])


def _actor(one: Due) -> Actor:
    return Actor(kind="bot", id=one.bot)
