"""The customers' side: recorded messages through the same `receive` as the webhook route."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from adapters.channels.inbound import Inbound
from adapters.intake import receive
from adapters.play.lines import Line
from adapters.play.script import OPENED
from adapters.play.stage import KIND, channel_id
from adapters.play.talks import Talk, Talks
from adapters.play.together import Together
from adapters.vault.vault import Vault


class Door:
    """`fates` counts what became of every message."""

    def __init__(self, vault: Vault, tenant: str, talks: Talks, *, merge_customers: bool) -> None:
        self.fates: Counter[str] = Counter()
        self._vault = vault
        self._tenant = tenant
        self._talks = talks
        self._merge = merge_customers

    def enter(self, lines: Sequence[Line], executor: Together) -> list[Talk]:
        """Returns the talks that got a new dialog by it."""
        opened = []
        for channel, together in groupby(sorted(lines, key=channel_of), key=channel_of):
            group = list(together)
            things = [self._inbound(line) for line in group]
            outcomes = receive(executor, self._vault, self._tenant, channel, KIND, things)
            for line, outcome in zip(group, outcomes, strict=True):
                self.fates[outcome.fate] += 1
                talk = self._talks.of(line)
                if outcome.dialog is not None and self._talks.joined(talk, outcome.dialog):
                    opened.append(talk)
        return opened

    def _inbound(self, line: Line) -> Inbound:
        """The customer is the recorded dialog, or the person if people are merged; the person is in the profile."""
        person = line.customer or line.by
        customer = (person if self._merge else None) or line.dialog
        return Inbound(
            kind="message",
            external_message_id=line.id,
            external_chat_id=customer,
            sender_id=customer,
            timestamp=line.at.timestamp(),
            text=line.text if line.side else OPENED,
            attributes={"person": person} if person else {},
        )


def channel_of(line: Line) -> str:
    return channel_id(line.set, line.channel)
