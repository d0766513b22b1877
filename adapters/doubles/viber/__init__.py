"""Viber's stand-in: `ViberDouble` and the faults it can show."""

from adapters.doubles.viber.bot import Said
from adapters.doubles.viber.double import TOKEN, ViberDouble
from adapters.doubles.viber.faults import Fault, broken, hang_up, refused, slow

__all__ = ["TOKEN", "Fault", "Said", "ViberDouble", "broken", "hang_up", "refused", "slow"]
