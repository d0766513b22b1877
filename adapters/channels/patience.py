"""For calls that a person waits for and that may be repeated: checking, setting up, taking down.

A provider that does not answer, or says that it is broken, is asked again up to three times within a few seconds.
Messages never go this way: what was sent twice would be read twice.
"""

from __future__ import annotations

import httpx2
import stamina

TRIES = 3
PATIENCE = 8.0
FIRST_PAUSE = 0.2
BROKEN = 500


class Patient(httpx2.BaseTransport):
    """Another transport, asked again. Raises what that one raised last."""

    def __init__(self, inner: httpx2.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        waiting = stamina.retry_context(
            on=(httpx2.TransportError, _Broken), attempts=TRIES, timeout=PATIENCE, wait_initial=FIRST_PAUSE
        )
        try:
            for attempt in waiting:
                with attempt:
                    return self._once(request)
        except _Broken as broken:
            return broken.response
        raise AssertionError("every attempt returns or raises")

    def close(self) -> None:
        self._inner.close()

    def _once(self, request: httpx2.Request) -> httpx2.Response:
        response = self._inner.handle_request(request)
        if response.status_code >= BROKEN:
            response.read()
            raise _Broken(response)
        return response


class _Broken(Exception):
    """Its answer says so."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__("the provider is broken")
        self.response = response
