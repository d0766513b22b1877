"""A channel's settings: their shape, their ranges and the check of one Save (behaviour.md §10).

`check` returns every problem of a Save at once. References to agents, groups and schedules are checked by the desk,
which can see other streams; here stands what one channel can know by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Literal
from urllib.parse import urlsplit

from domain.change import replace
from domain.dialog.events import Target
from domain.errors import Limits, Problem, shown
from domain.kinds import Kind, PeriodUnit
from domain.recorded import Frozen

IdleMode = Literal["any_side", "waiting_for_customer"]
OutOfHours = Literal["queue_silently", "queue_and_reply", "bot"]
HOUR = 3600
SECONDS: dict[PeriodUnit, int] = {"hours": HOUR, "days": 24 * HOUR}
LARGEST: dict[PeriodUnit, int] = {"hours": 8760, "days": 365}
LONGEST_URL = 500
MANAGED_IN_GROUP = frozenset({"algorithm", "distribution", "answer_wait"})


class Period(Frozen):
    """The auto-close period. A day is 86,400 s, also across a change of the clock (G15)."""

    value: int
    unit: PeriodUnit

    @property
    def seconds(self) -> int:
        return self.value * SECONDS[self.unit]


@dataclass(frozen=True)
class Settings:
    """The saved values. Field names with a dot in the API (`bot.timeout`) have an underscore here.

    From `namespace_id` on they belong to single kinds. `signing_key` and `webhook_password` are keyed fingerprints,
    never the secrets (A24, A25). `alice_webhook` switches on Yandex.Dialogs' one public transport, for `skill_id`.
    """

    receiver: Target | None = None
    auto_close: Period | None = None
    idle_mode: IdleMode = "any_side"
    closing_message: str | None = None
    reopen_window: int = 0
    required_tag: bool = False
    required_topic: bool = False
    weight: int = 1
    required_skills: tuple[str, ...] = ()
    priority: int = 0
    schedule: str | None = None
    out_of_hours_policy: OutOfHours = "queue_silently"
    out_of_hours_text: str | None = None
    out_of_hours_bot: str | None = None
    bot_fallback: Target | None = None
    bot_timeout: int = 60
    bot_keywords: tuple[str, ...] = ()
    bot_may_close: bool = False
    base_url: str | None = None
    proxy: str | None = None
    namespace_id: str | None = None
    number: str | None = None
    address: str | None = None
    signing_key: str | None = None
    webhook_password: str | None = None
    alice_webhook: bool = False
    skill_id: str | None = None


FIELDS = tuple(one.name for one in fields(Settings))
_DOTTED = {f"out_of_hours_{name}": f"out_of_hours.{name}" for name in ("policy", "text", "bot")} | {
    f"bot_{name}": f"bot.{name}" for name in ("fallback", "timeout", "keywords")
}
OF_ONE_KIND = frozenset(
    {"namespace_id", "number", "address", "signing_key", "webhook_password", "alice_webhook", "skill_id"}
)
_PLAIN = {public: name for name, public in _DOTTED.items()}


def public_name(field: str) -> str:
    """The name that people and the API use: `bot_timeout` → `bot.timeout`."""
    return _DOTTED.get(field, field)


def check(settings: Settings, wanted: Mapping[str, object], kind: Kind) -> tuple[Settings, list[Problem]]:
    """Apply one Save. Returns the new settings and all problems; with problems the settings must not be used.

    A setting has one name here, the public one: by another, what judges the streams that it names would not know it.
    """
    problems: list[Problem] = []
    good: dict[str, object] = {}
    for public, value in wanted.items():
        name = _PLAIN.get(public, public)
        if name in MANAGED_IN_GROUP:
            problems.append(_problem(public, "managed_in_group", "is set on the group, not on the channel"))
        elif name not in _CHECKS or public in _DOTTED or (name in OF_ONE_KIND and name not in kind.own):
            problems.append(_problem(shown(public), "unknown_field", "is not a setting of a channel"))
        else:
            outcome = _CHECKS[name](value, kind)
            if isinstance(outcome, _Wrong):
                problems.append(_problem(public, outcome.code, outcome.why, outcome.limits))
            else:
                good[name] = outcome.value
    after = replace(settings, **good)  # type: ignore[arg-type]
    return after, problems + _together(after, kind, {problem.field for problem in problems})


def _together(settings: Settings, kind: Kind, already: set[str]) -> list[Problem]:
    """Rules that concern more than one field, or a field that must be given."""
    problems = []
    if settings.receiver is None and kind.must_have_receiver and "receiver" not in already:
        problems.append(_problem("receiver", "required", "must name an agent, a group or a bot"))
    if settings.auto_close is None and kind.must_have_auto_close and "auto_close" not in already:
        problems.append(_problem("auto_close", "required", "must be given before the channel can work"))
    if settings.out_of_hours_policy == "queue_and_reply" and not settings.out_of_hours_text:
        problems.append(_problem("out_of_hours.text", "text_required", "is needed to answer out of hours"))
    return problems


@dataclass(frozen=True)
class _Right:
    value: object


@dataclass(frozen=True)
class _Wrong:
    """`limits`: see `Problem`."""

    code: str
    why: str
    limits: Limits = field(default_factory=dict)


_Check = Callable[[object, Kind], "_Right | _Wrong"]


def _problem(name: str, code: str, why: str, limits: Limits | None = None) -> Problem:
    return Problem(field=name, code=code, sentence=f"{name} {why}.", limits=limits or {})


def _auto_close(value: object, kind: Kind) -> _Right | _Wrong:
    if value is None:
        if kind.must_have_auto_close:
            return _Wrong("required", "must be given before the channel can work")
        return _Right(None)
    if not isinstance(value, Mapping) or set(value) - {"value", "unit"}:
        return _Wrong("not_integer", "must be a whole number of hours or days")
    number, unit = value.get("value"), value.get("unit")
    if not isinstance(unit, str) or unit not in kind.units:
        allowed = " or ".join(sorted(kind.units, reverse=True))
        return _Wrong("unit_not_allowed", f"must be in {allowed} for this kind of channel", {"allowed": allowed})
    if isinstance(number, bool) or not isinstance(number, int):
        return _Wrong("not_integer", "must be a whole number")
    if number < 1:
        return _Wrong("must_be_positive", "must be greater than 0")
    if number > LARGEST[unit]:
        return _Wrong("too_large", f"must be at most {LARGEST[unit]} {unit}", {"most": LARGEST[unit]})
    return _Right(Period(value=number, unit=unit))


def _receiver(value: object, kind: Kind) -> _Right | _Wrong:
    if value is None:
        return _Wrong("required", "must name an agent, a group or a bot") if kind.must_have_receiver else _Right(None)
    target = _target(value)
    if target is None:
        return _Wrong("receiver_unknown", "must be {kind: agent, group or bot, id}")
    if target.kind not in kind.receivers:
        return _Wrong("receiver_kind_not_allowed", f"cannot be a {target.kind} for this kind of channel")
    return _Right(target)


def _fallback(value: object, kind: Kind) -> _Right | _Wrong:
    if value is None:
        return _Right(None)
    target = _target(value)
    if target is None or target.kind == "bot":
        return _Wrong("receiver_unknown", "must be an agent or a group")
    return _Right(target)


def _target(value: object) -> Target | None:
    if isinstance(value, Target):
        return value
    if not isinstance(value, Mapping) or set(value) != {"kind", "id"}:
        return None
    kind, ident = value["kind"], value["id"]
    if kind not in ("agent", "group", "bot") or not isinstance(ident, str) or not ident:
        return None
    return Target(kind=kind, id=ident)


def _whole(low: int, high: int, what: str) -> _Check:
    def check_whole(value: object, kind: Kind) -> _Right | _Wrong:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return _Right(value)
        return _Wrong(
            "out_of_range", f"must be a whole number from {low} to {high} {what}", {"least": low, "most": high}
        )

    return check_whole


def _text(longest: int) -> _Check:
    def check_text(value: object, kind: Kind) -> _Right | _Wrong:
        if value is None:
            return _Right(None)
        if not isinstance(value, str) or not value.strip():
            return _Wrong("text_required", "must be a text, or absent")
        if len(value) > longest:
            return _Wrong("too_long", f"must have at most {longest} characters", {"most": longest})
        return _Right(value)

    return check_text


def _schedule(value: object, kind: Kind) -> _Right | _Wrong:
    if value is None or (isinstance(value, str) and 1 <= len(value) <= 64):
        return _Right(value)
    return _Wrong("schedule_unknown", "must be the id of a schedule, or absent")


def _empty_or(check: _Check) -> _Check:
    """An empty text means the same as none: what stands in a form's field that was cleared (§10)."""

    def check_unless_empty(value: object, kind: Kind) -> _Right | _Wrong:
        return _Right(None) if isinstance(value, str) and not value.strip() else check(value, kind)

    return check_unless_empty


def _base_url(value: object, kind: Kind) -> _Right | _Wrong:
    """Whether we may call there is for the door to say: it can look the name up."""
    if value is None:
        return _Right(None)
    if kind.connects_by == "mailbox":
        return _Wrong("bad_url", "has no meaning here: the servers of a mailbox are named when it is authorised")
    if not isinstance(value, str) or not is_web_address(value):
        return _Wrong("bad_url", "must be an address like https://api.example, without user name, query and fragment")
    return _Right(value.strip())


def is_web_address(typed: str) -> bool:
    """http or https with a host, a port and a path perhaps, and nothing else."""
    url = typed.strip()
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and len(url) <= LONGEST_URL and not set(url) & set(" \\@?#")
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname)


def _address(value: object, kind: Kind) -> _Right | _Wrong:
    address = mail_address(value) if isinstance(value, str) else None
    return _Right(address) if address else _Wrong("bad_address", "must be an e-mail address")


_ATOM = r"[^\s\x00-\x1f\x7f()<>\[\]:;@\\,.\"]+"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_MAIL = re.compile(rf'({_ATOM}(?:\.{_ATOM})*|"(?:[^"\\\r\n]|\\.)*")@({_LABEL}(?:\.{_LABEL})+)')


def mail_address(typed: str) -> str | None:
    """The address in the form in which we keep it, its domain in lower case; None where it is none (RFC 5321)."""
    found = _MAIL.fullmatch(typed.strip())
    if found is None or len(found[1]) > 64 or len(found[0]) > 254:
        return None
    return f"{found[1]}@{found[2].lower()}"


def _fingerprint(value: object, kind: Kind) -> _Right | _Wrong:
    """Only the hash of a secret may come this far."""
    if value is None or (isinstance(value, str) and re.fullmatch(r"[0-9a-f]{8,64}", value)):
        return _Right(value)
    return _Wrong("bad_value", "must be given as the fingerprint of a key")


def _one_of(*allowed: str) -> _Check:
    def check_choice(value: object, kind: Kind) -> _Right | _Wrong:
        if value not in allowed:
            return _Wrong("bad_value", f"must be one of {', '.join(allowed)}", {"allowed": ", ".join(allowed)})
        if value == "bot" and "bot" not in kind.receivers:
            return _Wrong("receiver_kind_not_allowed", "cannot be a bot for this kind of channel")
        return _Right(value)

    return check_choice


def _words(most: int, longest: int) -> _Check:
    def check_words(value: object, kind: Kind) -> _Right | _Wrong:
        if not isinstance(value, list | tuple) or not all(isinstance(word, str) and word for word in value):
            return _Wrong("bad_value", "must be a list of words")
        if len(value) > most or any(len(word) > longest for word in value):
            why = f"must have at most {most} words of at most {longest} characters"
            return _Wrong("too_long", why, {"items": most, "most": longest})
        return _Right(tuple(dict.fromkeys(value)))

    return check_words


def _yes_or_no(value: object, kind: Kind) -> _Right | _Wrong:
    return _Right(value) if isinstance(value, bool) else _Wrong("not_boolean", "must be true or false")


def _bot_may_close(value: object, kind: Kind) -> _Right | _Wrong:
    if value is True and "bot" not in kind.receivers:
        return _Wrong("receiver_kind_not_allowed", "needs a kind of channel that allows bots")
    return _yes_or_no(value, kind)


def _out_of_hours_bot(value: object, kind: Kind) -> _Right | _Wrong:
    if value is None:
        return _Right(None)
    if not isinstance(value, str) or not 1 <= len(value) <= 64:
        return _Wrong("receiver_unknown", "must be the id of a bot, or absent")
    if "bot" not in kind.receivers:
        return _Wrong("receiver_kind_not_allowed", "needs a kind of channel that allows bots")
    return _Right(value)


_CHECKS: dict[str, _Check] = {
    "receiver": _receiver,
    "auto_close": _auto_close,
    "idle_mode": _one_of("any_side", "waiting_for_customer"),
    "closing_message": _text(1000),
    "reopen_window": _whole(0, 720, "hours"),
    "required_tag": _yes_or_no,
    "required_topic": _yes_or_no,
    "weight": _whole(1, 100, "slots"),
    "required_skills": _words(20, 64),
    "priority": _whole(0, 9, "steps"),
    "schedule": _schedule,
    "out_of_hours_policy": _one_of("queue_silently", "queue_and_reply", "bot"),
    "out_of_hours_text": _text(1000),
    "out_of_hours_bot": _out_of_hours_bot,
    "bot_fallback": _fallback,
    "bot_timeout": _whole(5, 3600, "seconds"),
    "bot_keywords": _words(50, 50),
    "bot_may_close": _bot_may_close,
    "base_url": _base_url,
    "proxy": _text(64),
    "namespace_id": _empty_or(_text(128)),
    "number": _text(32),
    "address": _address,
    "signing_key": _fingerprint,
    "webhook_password": _fingerprint,
    "alice_webhook": _yes_or_no,
    "skill_id": _text(64),
}
