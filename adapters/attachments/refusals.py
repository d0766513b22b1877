"""What stands against reading a file now, beyond the refusals that the whole engine has.

Rejected
├── TooEarly     it is still being fetched: ask again soon          (425, exit 7)
└── Gone         its customer was erased, and the file with him     (410, exit 5)
"""

from __future__ import annotations

from domain.errors import Conflict, Rejected


class TooEarly(Rejected):
    status = 425
    exit_code = 7
    retryable = True


class Gone(Rejected):
    status = 410
    exit_code = 5


def waits() -> TooEarly:
    return TooEarly("attachment_waits", "The file is still being fetched from the provider; try again soon.")


def erased() -> Gone:
    return Gone("customer_erased", "The customer was erased, and the file with him.")


def lost() -> Gone:
    return Gone("attachment_lost", "The file is not in the store of blobs any more.")


def not_fetched(code: str) -> Conflict:
    return Conflict("attachment_failed", f"The provider did not give the file away ({code}).", reason=code)


def above_limit() -> Conflict:
    return Conflict("attachment_too_large", "The file is larger than we fetch; look at it in the channel itself.")


def too_large(largest: int) -> Conflict:
    return Conflict("file_too_large", f"The file is larger than {largest} bytes.", largest=largest)
