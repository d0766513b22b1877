"""The call for a file: public addresses only, pinned; redirects checked anew; limits; nothing is unpacked."""

from __future__ import annotations

from collections.abc import Iterator
from time import sleep
from typing import Any

import httpx2
import pytest

from adapters.attachments.guarded import Caller, Limits, Tried, file_client, origin_of, origins_of
from adapters.channels.files import FileRequest
from adapters.doubles.server import Asked, LoopbackServer, Reply
from adapters.public_address import Forbidden
from adapters.vault.secrets import Secret

BREAD = b"bread " * 100


class Street:
    """Hosts behind a transport, and what names resolve to; `called` = (address, host header, key) of every call."""

    def __init__(self, names: dict[str, str], pages: dict[str, httpx2.Response]) -> None:
        self.names = names
        self.pages = pages
        self.called: list[tuple[str, str, str | None]] = []
        self.taken = b""

    def resolve(self, host: str, port: int, *, private: bool) -> str:
        address = self.names.get(host, host)
        if not private and not address.startswith("93."):
            raise Forbidden(host)
        return address

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        host = request.headers["host"]
        self.called.append((request.url.host, host, request.headers.get("authorization")))
        return self.pages[f"{host}{request.url.raw_path.decode()}"]

    def fetch(self, url: str, limits: Limits | None = None, **more: Any) -> Tried:
        client = httpx2.Client(transport=httpx2.MockTransport(self.answer))
        caller = Caller(client, limits or Limits(largest=1000, seconds=2.0), resolve=self.resolve, **more)
        return caller.fetch(FileRequest(url=url, headers={"authorization": Secret("Bearer k")}), self._take)

    def _take(self, piece: bytes) -> None:
        self.taken += piece


def street(pages: dict[str, httpx2.Response], **names: str) -> Street:
    known = {"cdn.example": "93.0.0.1", "other.example": "93.0.0.2", "inside.example": "10.0.0.7"}
    return Street(known | names, pages)


def moved(to: str, status: int = 302) -> httpx2.Response:
    return httpx2.Response(status, headers={"location": to})


def bread(**headers: str) -> httpx2.Response:
    return httpx2.Response(
        200, content=iter([BREAD]), headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


def test_a_file_comes_from_the_address_that_was_checked() -> None:
    there = street({"cdn.example/f?t=1": bread(content_type="Image/PNG; x=y")})
    assert there.fetch("https://cdn.example/f?t=1") == Tried("kept", mime="image/png")
    assert there.taken == BREAD
    assert there.called == [("93.0.0.1", "cdn.example", "Bearer k")]


@pytest.mark.requirement("K10")
@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://inside.example/f", "address_not_public"),
        ("https://127.0.0.1/f", "address_not_public"),
        ("https://169.254.169.254/latest/meta-data", "address_not_public"),
        ("https://[::1]/f", "address_not_public"),
        ("https://2130706433/f", "address_not_public"),
        ("https://0x7f.1/f", "address_not_public"),
        ("http://cdn.example/f", "address_not_https"),
        ("ftp://cdn.example/f", "address_invalid"),
        ("file:///etc/passwd", "address_invalid"),
        ("https://user:secret@cdn.example/f", "address_invalid"),
        ("https:///f", "address_invalid"),
        ("https://cdn.example:99999/f", "address_invalid"),
        ("not an address", "address_invalid"),
    ],
)
def test_where_nobody_may_call_nobody_calls(url: str, code: str) -> None:
    there = street({})
    assert there.fetch(url) == Tried("final", code)
    assert there.called == []


@pytest.mark.requirement("K10")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("https://inside.example/f", "address_not_public"),
        ("https://169.254.169.254/", "address_not_public"),
        ("http://cdn.example/f", "address_not_https"),
        ("file:///etc/passwd", "address_invalid"),
    ],
)
def test_a_redirect_is_looked_at_as_the_first_address_was(status: int, to: str, code: str) -> None:
    there = street({"cdn.example/f": moved(to, status)})
    assert there.fetch("https://cdn.example/f") == Tried("final", code)
    assert len(there.called) == 1 and there.taken == b""


def test_the_key_goes_to_the_host_that_it_is_for_and_to_no_other() -> None:
    there = street({"cdn.example/f": moved("/g"), "cdn.example/g": moved("https://other.example/h"),
                    "other.example/h": bread()})  # fmt: skip
    assert there.fetch("https://cdn.example/f").fate == "kept"
    assert [key for *_, key in there.called] == ["Bearer k", "Bearer k", None]


def test_who_goes_on_redirecting_is_not_followed_for_ever() -> None:
    there = street({"cdn.example/f": moved("/f")})
    assert there.fetch("https://cdn.example/f") == Tried("final", "too_many_redirects")
    assert len(there.called) == 4


@pytest.mark.requirement("K10")
def test_a_name_that_changes_its_address_after_the_check_gains_nothing() -> None:
    """The second answer would be a private address; it is never asked for."""
    answers = iter(["93.0.0.1", "10.0.0.7"])
    there = street({"cdn.example/f": bread()})
    there.resolve = lambda host, port, *, private: next(answers)  # type: ignore[method-assign]
    assert there.fetch("https://cdn.example/f").fate == "kept"
    assert there.called[0][0] == "93.0.0.1"


def test_an_origin_of_the_installation_may_be_near_and_only_that_one() -> None:
    there = street({"double.example:8080/f": bread()}, **{"double.example": "127.0.0.1"})
    near = origins_of(["http://double.example:8080"])
    assert there.fetch("http://double.example:8080/f", near=near).fate == "kept"
    for url in ("http://double.example:8081/f", "http://inside.example:8080/f", "http://double.example/f"):
        assert there.fetch(url, near=near).code == "address_not_https"
    assert there.fetch("https://double.example:8080/f", near=near).code == "address_not_public"


def test_in_a_network_of_ones_own_any_address_will_do() -> None:
    there = street({"inside.example/f": bread()})
    assert there.fetch("http://inside.example/f", private=True).fate == "kept"


def pieces(size: int, number: int) -> Iterator[bytes]:
    yield from (b"x" * size for _ in range(number))


@pytest.mark.parametrize(
    ("answer", "tried"),
    [
        (lambda: httpx2.Response(200, content=pieces(1000, 1)), Tried("kept")),
        (lambda: httpx2.Response(200, content=pieces(1001, 1)), Tried("too_large")),
        (lambda: httpx2.Response(200, content=pieces(100, 10)), Tried("kept")),
        (lambda: httpx2.Response(200, content=pieces(100, 11)), Tried("too_large")),
        (lambda: httpx2.Response(200, content=b"x", headers={"content-encoding": "gzip"}), Tried("final", "encoded")),
        (lambda: httpx2.Response(204), Tried("refused", "refused")),
        (lambda: httpx2.Response(404), Tried("refused", "file_gone")),
        (lambda: httpx2.Response(410), Tried("refused", "file_gone")),
        (lambda: httpx2.Response(401), Tried("refused", "not_believed")),
        (lambda: httpx2.Response(403), Tried("refused", "not_believed")),
        (lambda: httpx2.Response(400), Tried("refused", "refused")),
        (lambda: httpx2.Response(429, headers={"retry-after": "7"}), Tried("retry", "provider_unavailable", 7.0)),
        (lambda: httpx2.Response(503, headers={"retry-after": "soon"}), Tried("retry", "provider_unavailable")),
        (lambda: httpx2.Response(302), Tried("refused", "refused")),
    ],
)
def test_what_an_answer_means(answer: Any, tried: Tried) -> None:
    assert street({"cdn.example/f": answer()}).fetch("https://cdn.example/f") == tried


def test_a_large_file_that_announces_itself_is_not_read_at_all() -> None:
    read = []

    def announced() -> Iterator[bytes]:
        read.append(True)
        yield b"x"

    answer = httpx2.Response(200, content=announced(), headers={"content-length": "1001"})
    assert street({"cdn.example/f": answer}).fetch("https://cdn.example/f") == Tried("too_large")
    assert read == []


def test_who_answers_drop_by_drop_is_left() -> None:
    def drops() -> Iterator[bytes]:
        for _ in range(100):
            sleep(0.02)
            yield b"x"

    there = street({"cdn.example/f": httpx2.Response(200, content=drops())})
    assert there.fetch("https://cdn.example/f", Limits(largest=1000, seconds=0.2)) == Tried("retry", "too_slow")


def test_a_server_that_is_not_there_may_come_back() -> None:
    with file_client() as client:
        caller = Caller(client, private=True)
        assert caller.fetch(FileRequest(url="http://127.0.0.1:9/f"), lambda _: None) == Tried("retry", "unreachable")


def test_no_request_asks_for_packed_bytes_or_says_what_we_are() -> None:
    asked: list[Asked] = []

    def answering(one: Asked) -> Reply:
        asked.append(one)
        return Reply(200, b"bread")

    with LoopbackServer(answering) as server, file_client() as client:
        assert Caller(client, private=True).fetch(FileRequest(url=server.url), lambda _: None).fate == "kept"
    assert asked[0].headers["accept-encoding"] == "identity"
    assert "httpx" not in asked[0].headers.get("user-agent", "")


def test_origins_are_told_apart_by_scheme_host_and_port() -> None:
    assert origin_of("https://CDN.example/f") == ("https", "cdn.example", 443)
    assert origin_of("http://cdn.example:8080") == ("http", "cdn.example", 8080)
