"""What the buttons of the connecting page do. Blocking; each answers where to go on, and raises what was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adapters.channels.checks import Checker
from adapters.channels.connecting import Connector
from adapters.channels.logins import Logins
from adapters.http.routes.channels_asking import must_be_done
from adapters.web.forms import only
from domain.desk.connecting import IssueIdentifier
from domain.errors import Conflict, NotFound, Unavailable
from domain.recorded import Actor

Form = dict[str, list[str]]
UNHEARD = "It is saved, but the provider has not taken our address: no message will come in. Save once more."


@dataclass(frozen=True)
class Step:
    """One request. `url` of an answer = where the user is sent, outside."""

    connector: Connector
    tenant: str
    channel: str
    actor: Actor
    form: Form

    def check(self) -> str | None:
        typed = {name: values[0] for name, values in self.form.items() if values[0].strip()}
        answer = Checker(self.connector).credentials(self.tenant, self.channel, typed, actor=self.actor)
        if answer["outcome"] == "bot_not_found":
            raise NotFound("bot_not_found", "Bot not found.")
        return None

    def login(self) -> str | None:
        logins = Logins(self.connector)
        begun = logins.begin(self.tenant, self.channel, actor=self.actor, address=only(self.form, "address").strip())
        return str(begun["url"])

    def choose(self) -> str | None:
        chosen = tuple(self.form.get("chosen", ()))
        answer = Logins(self.connector).choose(self.tenant, self.channel, chosen, actor=self.actor)
        return answer.get("url")

    def issue(self) -> str | None:
        self.connector.do(self.tenant, IssueIdentifier(channel=self.channel), self.actor)
        return None

    def save(self) -> str | None:
        version = only(self.form, "version")
        answer = self.connector.save(
            self.tenant,
            self.channel,
            changes_of(self.form),
            actor=self.actor,
            expected=int(version) if version.isascii() and version.isdigit() else None,
            consent=only(self.form, "consent") or None,
        )
        must_be_done(answer)
        if answer.get("webhook", "set") not in ("set", "no_public_url"):
            raise Unavailable("webhook_not_set", UNHEARD)
        return None

    def disconnect(self) -> str | None:
        consent, decline = only(self.form, "consent") or None, only(self.form, "answer") == "decline"
        self.connector.disconnect(self.tenant, self.channel, actor=self.actor, consent=consent, decline=decline)
        return None


STEPS: Mapping[str, Callable[[Step], str | None]] = {
    "check": Step.check,
    "login": Step.login,
    "choose": Step.choose,
    "issue": Step.issue,
    "save": Step.save,
    "disconnect": Step.disconnect,
}


def changes_of(form: Form) -> dict[str, object]:
    """The Save that the form means; what it does not hold stays. Values are judged by the rules, not here."""
    changes: dict[str, object] = {}
    if "receiver" in form:
        kind, _, ident = only(form, "receiver").partition(":")
        changes["receiver"] = {"kind": kind, "id": ident} if ident else None
    if "period" in form:
        number = only(form, "period").strip()
        value = int(number) if number.isascii() and number.isdigit() and len(number) < 12 else number
        changes["auto_close"] = {"value": value, "unit": only(form, "unit")} if number else None
    for name in ("number", "address", "namespace_id"):
        if name in form:
            changes[name] = only(form, name).strip() or None
    return changes


def step_of(name: str) -> Callable[[Step], str | None]:
    """Raises `Conflict` for a step that there is not."""
    if name not in STEPS:
        raise Conflict("bad_value", "There is no such step.")
    return STEPS[name]
