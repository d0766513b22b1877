"""The engine's own rules, processors, relay and timers, run by one thread under a clock and faults drawn from a seed."""
