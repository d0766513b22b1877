"""The page for people: inbox, board of agents, channels with their history and how they are connected; live by SSE.

`install(app)` adds it to the HTTP door. No build step, nothing from other hosts, no inline script or style.
"""

from starlette.applications import Starlette

from adapters.web import channel_pages, connecting, pages


def install(app: Starlette) -> None:
    pages.install(app)
    channel_pages.install(app)
    connecting.install(app)


__all__ = ["install"]
