"""A blob's bytes under a key of its own, in chunks, so that no file ever stands in memory as a whole.

Each chunk is AES-256-GCM. Its nonce is its number and whether it is the last one: chunks cannot change places, and a
file that was cut short does not open. The key is random and seals this one blob, so that no nonce comes twice; it is
kept only sealed in turn with the customer's key, and ends with it (N01).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.blobs.port import BlobMissing, Blobs

CHUNK: Final = 64 * 1024
TAG: Final = 16
HEAD: Final = 4096


class BlobDamaged(Exception):
    """The bytes are not those that were kept."""


def new_key() -> bytes:
    return secrets.token_bytes(32)


class SealedWriter:
    """Seals what is written and hands it on. `size` = plain bytes so far; `head` = the first of them, to tell the type.

    After `keep`, `digest` is the SHA-256 of the sealed bytes: of the plain ones it could be guessed by whoever has a
    copy, long after the customer was erased.
    """

    def __init__(self, blobs: Blobs, ident: str, key: bytes) -> None:
        self._ident = ident.encode()
        self._aead = AESGCM(key)
        self._writer = blobs.begin(ident)
        self._waiting = bytearray()
        self._number = 0
        self._hash = hashlib.sha256()
        self.size = 0
        self.head = b""

    @property
    def digest(self) -> bytes:
        return self._hash.digest()

    def write(self, data: bytes) -> None:
        if len(self.head) < HEAD:
            self.head += bytes(data[: HEAD - len(self.head)])
        self.size += len(data)
        self._waiting += data
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def keep(self) -> None:
        self._seal(bytes(self._waiting), last=True)
        self._writer.keep()

    def drop(self) -> None:
        self._writer.drop()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        sealed = self._aead.encrypt(_nonce(self._number, last), plain, self._ident)
        self._number += 1
        self._hash.update(sealed)
        self._writer.write(sealed)


def plain_size(sealed_size: int) -> int:
    return sealed_size - _chunks(sealed_size) * TAG


def opened(blobs: Blobs, ident: str, key: bytes, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """The plain bytes from `start`. The blob is found before this returns; a damaged chunk raises `BlobDamaged`."""
    sealed_size = blobs.size(ident)
    size, last = plain_size(sealed_size), _chunks(sealed_size) - 1
    end = size if length is None else min(size, start + length)
    first = min(start // CHUNK, last)
    pieces = blobs.read(ident, first * (CHUNK + TAG))
    return _plain(pieces, AESGCM(key), ident.encode(), first, last, start, end)


def whole(blobs: Blobs, ident: str, key: bytes) -> bytes:
    """For what is known to be small. Raises `BlobMissing`, `BlobDamaged`."""
    return b"".join(opened(blobs, ident, key))


def _plain(
    pieces: Iterator[bytes], aead: AESGCM, ident: bytes, first: int, last: int, start: int, end: int
) -> Iterator[bytes]:
    number = first
    for sealed in _regrouped(pieces):
        at = number * CHUNK
        if at >= end and number > first:
            return
        try:
            plain = aead.decrypt(_nonce(number, number == last), sealed, ident)
        except InvalidTag:
            raise BlobDamaged("A blob does not open with its key: it was changed, or cut short.") from None
        if part := plain[max(start - at, 0) : max(end - at, 0)]:
            yield part
        number += 1


def _regrouped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The store's pieces as sealed chunks."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) > CHUNK + TAG:
            yield bytes(waiting[: CHUNK + TAG])
            del waiting[: CHUNK + TAG]
    yield bytes(waiting)


def _chunks(sealed_size: int) -> int:
    """At least one: an empty file is one empty chunk."""
    return max(-(-sealed_size // (CHUNK + TAG)), 1)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


__all__ = ["BlobDamaged", "BlobMissing", "SealedWriter", "new_key", "opened", "plain_size", "whole"]
