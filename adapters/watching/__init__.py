"""Asking providers how our connections stand, although nobody is written to: rights lost there, receiving switched off.

`watcher` the thread · `listing` which channels there are.
"""

from adapters.watching.listing import Working
from adapters.watching.watcher import Watcher, can_be_asked, trouble_now

__all__ = ["Watcher", "Working", "can_be_asked", "trouble_now"]
