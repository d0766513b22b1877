"""What may happen next: somebody outside wants something, a machine runs, time passes, something fails.

Each move has a serial number, from which keys are made, and two numbers below 60. Nothing else decides how it goes.
"""

from tests.simulation.moves import faults, machines, people
from tests.simulation.moves.registry import MOVES, RESTING

__all__ = ["MOVES", "RESTING", "faults", "machines", "people"]
