"""Numbered SQL files, run once, in order, by the owner role: `parley migrate`. Their text never changes afterwards."""
