"""The page for people: inbox, board of agents, channels and their history. Read-only, rendered here, live by SSE.

`install(app)` adds it to the HTTP door. No build step, nothing from other hosts, no inline script or style.
"""

from starlette.applications import Starlette

from adapters.web import channel_pages, pages


def install(app: Starlette) -> None:
    pages.install(app)
    channel_pages.install(app)


__all__ = ["install"]
