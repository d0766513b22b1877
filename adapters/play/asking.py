"""Acts as the engine's commands. Keys are hashed: they would tell a customer's id otherwise (E13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple
from uuid import NAMESPACE_OID, uuid5

from adapters.play.presence import Change
from adapters.play.script import Act, Close, Hold, Move, Say
from adapters.play.stage import PLAYER, group_id
from adapters.play.survey import Place
from adapters.play.talks import Talk
from adapters.store.requests import Request
from adapters.vault.vault import Vault
from domain.desk.administration import SetPresence
from domain.desk.answering import AcceptOffer, CloseDialog, SendMessage, TellDialog, TransferDialog
from domain.dialog.commands import Hold as HoldDialog
from domain.dialog.commands import Report, Unhold
from domain.dialog.events import Author, Target
from domain.recorded import Actor

Tally = Literal["said", "delivered", "moved", "held", "closed", "accepted", "presence", "looked"]
NAMES: dict[type[Act], Tally] = {Say: "said", Move: "moved", Hold: "held", Close: "closed"}
NOBODY = "nobody"


class Asked(NamedTuple):
    """A command on its way. `tally` = where its outcome is counted; `talk` = whose act it is."""

    request: Request
    tally: Tally
    talk: Talk | None = None


@dataclass(frozen=True)
class Asking:
    tenant: str
    vault: Vault

    def key(self, talk: Talk, act: Act) -> str:
        return self.vault.blind(self.tenant, "play", NAMES[type(act)], talk.set, talk.name, act.key)

    def act(self, talk: Talk, dialog: str, act: Act, assignee: str | None) -> Iterator[Asked]:
        """`assignee` None only where the dialog has ended, or where the act needs none."""
        key = self.key(talk, act)
        actor = Actor(kind="agent", id=assignee) if assignee else PLAYER
        match act:
            case Say():
                yield from self._said(talk, dialog, act, key, assignee, actor)
            case Move():
                target = Target(kind="group", id=group_id(Place(talk.set, act.queue)))
                wanted = TransferDialog(dialog=dialog, to=target, by=actor.id, supervises=assignee is None)
                yield Asked(self._request(wanted, key, actor), "moved", talk)
            case Hold():
                command = HoldDialog(reason="not resolved") if act.on else Unhold()
                yield Asked(self._request(TellDialog(dialog=dialog, command=command), key, actor), "held", talk)
            case Close():
                yield Asked(self._request(CloseDialog(dialog=dialog), key, actor), "closed", talk)

    def _said(self, talk: Talk, dialog: str, act: Say, key: str, assignee: str | None, actor: Actor) -> Iterator[Asked]:
        """The recorded customer did get it: its delivery is reported at once, and nothing ever waits to be sent."""
        author = Author(kind="agent", id=assignee or NOBODY, recorded_as=act.recorded_as)
        wanted = SendMessage(dialog=dialog, client_key=key, author=author, body=act.text, limited=False)
        yield Asked(self._request(wanted, key, actor), "said", talk)
        if assignee is not None:
            message = str(uuid5(NAMESPACE_OID, f"{dialog}|{key}"))
            report = TellDialog(dialog=dialog, command=Report(message=message, result="delivered"))
            yield Asked(self._request(report, f"{key}:delivered", PLAYER), "delivered")

    def accept(self, dialog: str, offer: str, agent: str) -> Asked:
        wanted = AcceptOffer(dialog=dialog, offer=offer, agent=agent)
        return Asked(self._request(wanted, None, Actor(kind="agent", id=agent)), "accepted")

    def presence(self, change: Change) -> Asked:
        key = self.vault.blind(self.tenant, "play", "presence", change.agent, change.at.isoformat(), change.to)
        wanted = SetPresence(agent=change.agent, to=change.to)
        return Asked(self._request(wanted, key, Actor(kind="agent", id=change.agent)), "presence")

    def look(self, command: object) -> Asked:
        return Asked(Request(tenant=self.tenant, command=command, remember=False), "looked")

    def _request(self, command: object, key: str | None, actor: Actor) -> Request:
        return Request(tenant=self.tenant, command=command, key=key, actor=actor)
