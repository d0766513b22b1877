"""Alice's stand-in: `AliceDouble`, and what her users hear."""

from adapters.doubles.yandex_dialogs.double import SKILL, AliceDouble
from adapters.doubles.yandex_dialogs.turns import Heard, Person

__all__ = ["SKILL", "AliceDouble", "Heard", "Person"]
