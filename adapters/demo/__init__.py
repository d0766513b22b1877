"""An example world: a bakery with two bots, its agents, and customers who keep writing. Everything follows a seed.

`scripts` what people say · `people` who they are · `plan` who writes when · `conversation` one of them on its way ·
`office` groups, agents and channels made through the engine's own commands · `crew` agents who accept, answer and
close · `world` all of it at work.

Customers write through `adapters.doubles.telegram`, so their words come in by the same public door as real ones.
"""
