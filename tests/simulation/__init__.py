"""The engine's own rules, processors, relay and timers, run in one thread; clock and faults are drawn from a seed."""
