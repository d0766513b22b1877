"""Numbered SQL files, run once, in order, by the owner role: `parley migrate`. Their text may never change afterwards."""
