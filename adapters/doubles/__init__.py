"""Stand-ins for providers: HTTP servers on the loopback interface that behave as the provider does, faults included.

Tests and the demo use the same ones. They hold no secrets worth having and never leave the machine.
"""
