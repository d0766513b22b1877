"""Words: the Russian catalogue has every sentence, plurals are Russian plurals, and lines explain themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from adapters.web.explain import LINES, Names, line, routing
from adapters.web.words import Words, catalogue
from domain.dialog.events import Candidate, RoutingDecided, Sticky
from projections import transcript

WEB = Path(__file__).parents[3] / "adapters" / "web"
KEYWORDS: dict[str, Any] = {"_": None, "say": None, "noted": None, "count": (1, 2)}
NAMES = Names({"anna": "Anna", "boris": "Boris"}, {"first": "First line", "vip": "VIP"})
EN, RU = Words("en", catalogue("en")), Words("ru", catalogue("ru"))


def sentences() -> set[Any]:
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    found = {message for _, _, message, _, _ in extract_from_dir(WEB, methods, keywords=KEYWORDS)}
    assert len(found) > 150
    return found


def test_the_catalogue_has_every_sentence_and_no_other() -> None:
    with (WEB / "locale" / "ru.po").open("rb") as file:
        known = {message.id: message.string for message in read_po(file, locale="ru") if message.id}
    assert set(known) == sentences()
    assert all(known.values())
    for sentence, russian in known.items():
        if isinstance(sentence, str):
            assert _places(sentence) == _places(str(russian)), sentence


def _places(text: str) -> set[str]:
    return {part.partition(")")[0] for part in text.split("%(")[1:]}


@pytest.mark.parametrize(
    ("n", "text"), [(1, "1 сотрудник"), (3, "3 сотрудника"), (11, "11 сотрудников"), (21, "21 сотрудник")]
)
def test_russian_plurals(n: int, text: str) -> None:
    assert RU.count("%(n)s agent", "%(n)s agents", n) == text


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [(0, "0 s", "0 с"), (61, "1 min", "1 мин"), (7300, "2 h", "2 ч"), (90_000, "1 d", "1 дн"), (-5, "0 s", "0 с")],
)
def test_durations_name_one_unit(seconds: int, english: str, russian: str) -> None:
    assert (EN.duration(seconds), RU.duration(seconds)) == (english, russian)


def candidate(agent: str, ordinal: int, load: int, reject: Any = None) -> Candidate:
    return Candidate(agent=agent, ordinal=ordinal, eligible=reject is None, reject=reject, load=load, capacity=3)


def decided(*candidates: Candidate, **more: Any) -> RoutingDecided:
    facts = {"algorithm": "least_busy", "outcome": "offered", "chosen": ("anna",)} | more
    return RoutingDecided(group="first", candidates=candidates, **facts)


def test_an_offer_is_explained_by_the_loads_and_the_reasons_of_the_others() -> None:
    event = decided(candidate("anna", 0, 1), candidate("boris", 1, 3, "full"))
    assert routing(event, NAMES, EN) == "Offered to Anna: least busy, load 1 of 3; Boris: full"
    assert routing(event, NAMES, RU) == "Предложен: Anna: наименее занятому, занято 1 из 3; Boris: нет мест"


def test_nobody_and_sticky_and_all_at_once_are_explained() -> None:
    nobody = decided(candidate("boris", 1, 0, "not_ready"), outcome="none", chosen=())
    assert routing(nobody, NAMES, EN) == "Nobody can be offered this dialog now; Boris: not ready"
    known = decided(candidate("anna", 0, 2), algorithm="sticky", sticky=Sticky(agent="anna", used=True))
    assert routing(known, NAMES, EN) == "Offered to Anna: answered this customer before, load 2 of 3"
    gone = decided(candidate("anna", 0, 2), sticky=Sticky(agent="boris", used=False, why_not="too_long_ago"))
    assert routing(gone, NAMES, EN).endswith("; Boris answered this customer before, but: too long ago")
    assert routing(gone, NAMES, RU).endswith("; Boris уже отвечал этому клиенту, но: слишком давно")
    everybody = decided(
        candidate("anna", 0, 0), candidate("boris", 1, 0), algorithm="all_at_once", chosen=("anna", "boris")
    )
    assert routing(everybody, NAMES, EN) == "Offered to Anna, Boris: all at once"
    direct = decided(candidate("anna", 0, 0), algorithm="direct", outcome="direct")
    assert routing(direct, NAMES, EN).startswith("Given to Anna: directly")


FACTS: list[tuple[str, dict[str, Any], str]] = [
    ("dialog.queued", {"target": {"kind": "group", "id": "first"}}, "Waits for First line"),
    ("dialog.queued", {"target": None}, "Waits: nobody is set to receive it"),
    ("dialog.queued", {"target": None, "blocked": "channel"}, "Waits: the channel is not working"),
    ("dialog.offers_ended", {"reason": "expired", "offers": [{"agent": "anna"}]}, "Anna did not answer in time"),
    ("dialog.assigned", {"agent": "anna", "reason": "offer"}, "Anna accepted"),
    ("dialog.assigned", {"agent": "anna", "reason": "manual", "by": "vera"}, "Assigned to Anna by vera"),
    ("dialog.transferred", {"to": {"kind": "group", "id": "vip"}, "by": "anna"}, "Transferred to VIP by Anna"),
    ("dialog.overflowed", {"from": "first", "to": "vip"}, "Moved on from First line to VIP"),
    ("dialog.held", {"reason": "bank"}, "Held by vera: bank"),
    ("dialog.tag_added", {"tag": "refund"}, "vera added the tag refund"),
    ("dialog.closed", {"cause": "agent", "outcome": "answered"}, "Closed by vera · answered"),
    ("dialog.from_a_newer_release", {}, "dialog.from_a_newer_release"),
]


@pytest.mark.parametrize(("kind", "facts", "text"), FACTS)
def test_a_line_says_what_happened(kind: str, facts: dict[str, Any], text: str) -> None:
    assert line(kind, facts, "vera", NAMES, EN) == text


def test_every_line_of_the_transcript_has_a_sentence() -> None:
    shown = {event.kind_of() for event in transcript.LINES} - {"dialog.offers_made"}
    assert shown <= set(LINES)
    assert {"dialog.transferred", "dialog.auto_reply_sent"} <= set(LINES)


def test_reasons_for_every_end_and_rejection_are_known() -> None:
    from adapters.web.explain import ALGORITHMS, CLOSES, OFFER_ENDS, OUTCOMES, REJECTS
    from domain.dialog import events
    from domain.group import ALGORITHMS as RULES

    reasons = {reason for words in get_args(events.NotSticky) for reason in get_args(words)}
    assert set(get_args(events.RejectReason)) < reasons == set(REJECTS)
    assert set(get_args(events.OfferEnd)) == set(OFFER_ENDS)
    assert set(get_args(events.CloseCause)) == set(CLOSES)
    assert set(get_args(events.Outcome)) == set(OUTCOMES)
    assert set(RULES) | {"direct", "sticky"} == set(ALGORITHMS)
