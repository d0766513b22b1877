"""What must hold of a run that has come to rest: the laws of the log, and what machines and people may rely on.

Numbers are those of the invariants in the reliability page. Each truth is a function of the simulation that raises
`Broken` with a sentence. `AT_REST` are looked at when everybody has come to rest after the faults; `AT_HOME`, all of
them, when the last timer has rung.
"""

from tests.simulation.truths import copies, distribution, intake, timers
from tests.simulation.truths.registry import ALWAYS, AT_HOME, AT_REST, Truth

__all__ = ["ALWAYS", "AT_HOME", "AT_REST", "Truth", "copies", "distribution", "intake", "timers"]
