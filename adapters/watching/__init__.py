"""Asking providers how our connections stand, although nobody is written to: rights lost there, receiving switched off.

`watcher` the thread · `listing` which channels there are.
"""

from adapters.watching.watcher import Watcher

__all__ = ["Watcher"]
