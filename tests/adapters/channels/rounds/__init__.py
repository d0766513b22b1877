"""Round trips over every kind of channel that has a provider's double: to add one, add a module that offers `side`.

A `Side` is the provider and its people as the suite needs them (`test_round_trips`); the names are those of kinds.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from tests.adapters.channels.rounds.side import Side, Trouble

SIDES: dict[str, type[Side]] = {
    one.name: import_module(f"{__name__}.{one.name}").side for one in iter_modules(__path__) if one.name != "side"
}

__all__ = ["SIDES", "Side", "Trouble"]
