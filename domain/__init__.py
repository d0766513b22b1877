"""The rules of the contact centre, pure: no clock, no randomness, no input or output.

Every aggregate stands in a file of its own and reads in the same order: events, state, evolve, commands, decide.
`domain.desk` holds what two or more aggregates must agree on in one transaction.
"""
