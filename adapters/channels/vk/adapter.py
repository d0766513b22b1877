"""VK as a channel: the contract, filled by this folder's functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.channels.contract import Going, Hooked, LoggedIn, Outbound, Plain
from adapters.channels.files import FileRequest, FileWanted, plain_request
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.keys import HOOK_SECRET
from adapters.channels.outcomes import SendResult
from adapters.channels.vk import calls, inbound, listening, login, outbound, webhook
from adapters.vault.secrets import Secret
from domain.channel import Degradation, LoginFailure
from domain.kinds import ChannelKind


class Vk(Plain):
    kind: ChannelKind = "vk"
    signs_body = True

    def verify_webhook(self, hooked: Hooked, secrets: Mapping[str, Secret]) -> bool:
        return webhook.verify(hooked.raw, secrets.get(HOOK_SECRET, Secret("")))

    def acknowledgement(self, things: Sequence[Inbound]) -> str:
        return "ok"

    def parse(self, raw: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        return inbound.parse(raw)

    def send(self, access: Access, chat: str, message: Outbound) -> SendResult:
        return outbound.send(access, chat, message)

    def classify(self, status: int, body: bytes) -> SendResult:
        return outbound.classify(status, body)

    def file_request(self, access: Access, wanted: FileWanted) -> FileRequest | None:
        """A video is a page to look at; of all else VK gives the address."""
        return None if wanted.type == "video" else plain_request(wanted)

    def login_url(self, access: Access, going: Going) -> str:
        return login.login_url(access, going)

    def logged_in(self, access: Access, going: Going, query: Mapping[str, str]) -> LoggedIn | LoginFailure:
        return login.logged_in(access, going, query)

    def chosen_url(self, access: Access, going: Going, external_id: str) -> str:
        return login.chosen_url(access, going, external_id)

    def chosen(self, access: Access, going: Going, external_id: str, query: Mapping[str, str]) -> Mapping[str, Secret]:
        return login.chosen(access, going, external_id, query)

    def set_webhook(self, access: Access, url: str, secret: Secret) -> Mapping[str, Secret] | None:
        return listening.set_webhook(access, url, secret)

    def delete_webhook(self, access: Access) -> bool:
        return listening.delete_webhook(access)

    def confirmation(self, access: Access) -> str:
        return listening.confirmation(access)

    def trouble(self, access: Access) -> Degradation | None:
        return listening.trouble(access)

    def who_is(self, access: Access, external_id: str) -> Mapping[str, str]:
        return calls.who_is(access, external_id)
