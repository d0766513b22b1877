"""With what we log in to a mailbox: a password, or a token by XOAUTH2 (SASL).

Names in the vault: `password`, `login` where it is not the address; `access_token`, `refresh_token`, `expires_at`,
`service` where somebody logged in at the mail service.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.channels.http_client import Access

PASSWORD = "password"
LOGIN = "login"
ACCESS_TOKEN = "access_token"
REFRESH_TOKEN = "refresh_token"
EXPIRES_AT = "expires_at"
SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Credentials:
    """`token` goes before `password`."""

    login: str
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @property
    def xoauth2(self) -> str:
        """The initial response, before base64."""
        return f"user={self.login}\1auth=Bearer {self.token}\1\1"

    def __bool__(self) -> bool:
        return bool(self.token or self.password)


def credentials_of(access: Access, address: str) -> Credentials:
    login = access.secret(LOGIN).strip() or address
    return Credentials(login, access.secret(PASSWORD), access.secret(ACCESS_TOKEN))
