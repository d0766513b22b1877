"""The page for people: inbox, board of agents, channels and their history. Read-only, rendered here, live by SSE.

`install(app)` adds it to the HTTP door. No build step, nothing from other hosts, no inline script or style.
"""

from adapters.web.pages import install

__all__ = ["install"]
