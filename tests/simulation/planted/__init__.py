"""Faults planted into the engine, one at least for each invariant, each with the truths that may find it out.

A truth that no fault has ever broken proves nothing. Numbers are those of the invariants in the reliability page.
"""

from tests.simulation.planted import copies, intake, rules, timers
from tests.simulation.planted.registry import DEFECTS, HASHED, Planted

__all__ = ["DEFECTS", "HASHED", "Planted", "copies", "intake", "rules", "timers"]
