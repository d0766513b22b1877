"""What is wrong with a body or a query, in words for whoever sent it: never those of the checker, or of Python.

Each kind of fault has a code of ours, words, and `limits`: the facts from which the Russian sentence is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from domain.errors import Problem, shown

Facts = Mapping[str, Any]


class Fault(NamedTuple):
    """`words` may name limits: `{most}`."""

    code: str
    words: str
    limits: Callable[[Facts], dict[str, Any]] = lambda _: {}


def _number(name: str, fact: str, shift: int = 0) -> Callable[[Facts], dict[str, Any]]:
    return lambda facts: {name: facts[fact] + shift if shift else facts[fact]}


def _choice(facts: Facts) -> dict[str, Any]:
    return {"allowed": ", ".join(re.findall(r"'([^']*)'", str(facts["expected"])))}


FAULTS: dict[str, Fault] = {
    "missing": Fault("required", "it must be given"),
    "extra_forbidden": Fault("unknown_field", "there is no such field"),
    "model_attributes_type": Fault("bad_value", "it must be a JSON object"),
    "model_type": Fault("bad_value", "it must be a JSON object"),
    "dict_type": Fault("bad_value", "it must be a JSON object"),
    "list_type": Fault("bad_value", "it must be a list"),
    "tuple_type": Fault("bad_value", "it must be a list"),
    "too_long": Fault("too_long", "it may have at most {items} entries", _number("items", "max_length")),
    "string_type": Fault("bad_value", "it must be a text"),
    "string_too_short": Fault("text_required", "it must be a text that is not empty"),
    "string_too_long": Fault("too_long", "it may have at most {most} characters", _number("most", "max_length")),
    "string_pattern_mismatch": Fault("bad_id", "it must be an id of letters, digits and . _ : @ - only"),
    "int_type": Fault("not_integer", "it must be a whole number"),
    "int_parsing": Fault("not_integer", "it must be a whole number"),
    "int_parsing_size": Fault("not_integer", "it must be a whole number, and not such a large one"),
    "int_from_float": Fault("not_integer", "it must be a whole number"),
    "float_type": Fault("bad_value", "it must be a number"),
    "float_parsing": Fault("bad_value", "it must be a number"),
    "finite_number": Fault("bad_value", "it must be a number"),
    "bool_type": Fault("not_boolean", "it must be true or false"),
    "bool_parsing": Fault("not_boolean", "it must be true or false"),
    "literal_error": Fault("bad_value", "it must be one of {allowed}", _choice),
    "greater_than_equal": Fault("out_of_range", "it must be at least {least}", _number("least", "ge")),
    "less_than_equal": Fault("out_of_range", "it must be at most {most}", _number("most", "le")),
    "less_than": Fault("out_of_range", "it must be at most {most}", _number("most", "lt", -1)),
    "date_from_datetime_parsing": Fault("bad_value", "it must be a date like 2026-03-01"),
    "date_parsing": Fault("bad_value", "it must be a date like 2026-03-01"),
    "date_type": Fault("bad_value", "it must be a date like 2026-03-01"),
    "bad_time": Fault("bad_time", "it must be a time with its offset from UTC, like 2026-03-01T09:00:00Z"),
    "value_error": Fault("bad_value", "{reason}", lambda facts: {"reason": str(facts["error"])}),
}
"""By the checker's own name of the fault. `value_error` carries a sentence of ours, from `wire`."""
OTHER = Fault("bad_value", "it is not a possible value")
PLACES = ("body", "query", "path", "header")


def problems(errors: Sequence[Any]) -> list[Problem]:
    """One problem a fault, in the order in which the checker found them."""
    return [_problem(error) for error in errors]


def _problem(error: Mapping[str, Any]) -> Problem:
    where = [str(part) for part in error["loc"] if part not in PLACES]
    field = shown(".".join(where) or "body")
    fault = FAULTS.get(error["type"], OTHER)
    limits = fault.limits(error.get("ctx") or {})
    told = {name: value for name, value in limits.items() if name != "reason"}
    return Problem(field=field, code=fault.code, sentence=f"{field}: {fault.words.format_map(limits)}.", limits=told)
