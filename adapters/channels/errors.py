"""The one table of what follows when a provider does not take a message; every channel names its rows by code.

A row says once, for all channels: may the same message be sent again? does the channel as a whole suffer, and from
what? what do we tell people, in English and in Russian?
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.channel import Degradation


@dataclass(frozen=True, slots=True)
class SendError:
    """`degrades`: the state that the channel falls into, None where it is about one message or one customer."""

    code: str
    en: str
    ru: str
    retryable: bool = False
    degrades: Degradation | None = None


_LOST_EN = "The provider's answer was lost: it may have the message or not, so it is not sent again."
_LOST_RU = "Ответ провайдера потерян: сообщение могло дойти, поэтому повторно оно не отправляется."
_FIRST_EN = "We may not write first: the customer has not written to us yet."
_FIRST_RU = "Написать первыми нельзя: клиент нам ещё не писал."
_ALLOW_EN, _ALLOW_RU = "The customer has not allowed messages from us.", "Клиент не разрешил нам сообщения."
_WINDOW_EN = "Too long after the customer's last message: the provider takes no free text any more."
_WINDOW_RU = "После последнего сообщения клиента прошло слишком много времени: свободный текст не принимается."
_PAY_EN, _PAY_RU = "The provider wants to be paid for more messages.", "Провайдер требует оплаты сообщений."
_SLOWER_EN, _SLOWER_RU = "The provider asks us to send more slowly.", "Провайдер просит отправлять медленнее."
_KEY_EN, _KEY_RU = "The provider does not accept this token or key.", "Провайдер не принимает этот токен или ключ."
_NO_FILES_EN = "Files cannot be sent through this kind of channel."
_NO_FILES_RU = "Через каналы этого вида файлы не отправляются."
_TYPE_EN, _TYPE_RU = "The provider does not take files of this type.", "Провайдер не принимает файлы этого типа."
_BESIDE_EN = "The provider takes no such text beside a file: send it as a message of its own."
_BESIDE_RU = "Такой текст вместе с файлом провайдер не принимает: отправьте его отдельным сообщением."
_ADDRESS_EN = "The provider fetches files itself, and we have no public address."
_ADDRESS_RU = "Провайдер сам забирает файлы, а публичного адреса у нас нет."

SEND_ERRORS: dict[str, SendError] = {
    error.code: error
    for error in (
        SendError("rate_limited", _SLOWER_EN, _SLOWER_RU, retryable=True),
        SendError(
            "provider_unavailable",
            "The provider is not available now.",
            "Провайдер сейчас недоступен.",
            retryable=True,
            degrades="provider",
        ),
        SendError(
            "waits_for_turn",
            "The provider takes no messages from us: the customer hears it when he speaks next.",
            "Провайдер не принимает сообщений сам: клиент услышит ответ, когда заговорит снова.",
            retryable=True,
        ),
        SendError("answer_lost", _LOST_EN, _LOST_RU),
        SendError("bad_credentials", _KEY_EN, _KEY_RU, degrades="authorisation"),
        SendError("bot_not_found", "Bot not found.", "Бот не найден", degrades="authorisation"),
        SendError("blocked_by_user", "The customer has blocked our account.", "Клиент заблокировал наш аккаунт."),
        SendError("user_deactivated", "The customer's account is deleted.", "Аккаунт клиента удалён."),
        SendError("cannot_initiate", _FIRST_EN, _FIRST_RU),
        SendError(
            "forbidden",
            "The provider does not let us write to this customer.",
            "Провайдер не разрешает писать этому клиенту.",
        ),
        SendError("user_did_not_allow_messages", _ALLOW_EN, _ALLOW_RU),
        SendError(
            "captcha_needed",
            "The provider asks for a captcha: a person must look at the account.",
            "Провайдер требует ввести капчу: нужен человек с доступом к аккаунту.",
        ),
        SendError("chat_not_found", "The provider knows no such chat.", "Провайдер не знает такого чата."),
        SendError(
            "no_device",
            "The customer has no device that could show the message.",
            "У клиента нет устройства, которое может показать сообщение.",
        ),
        SendError(
            "account_blocked",
            "The provider has blocked our account.",
            "Провайдер заблокировал наш аккаунт.",
            degrades="authorisation",
        ),
        SendError(
            "no_messenger_subscription",
            "The account has no paid access to messages.",
            "У аккаунта нет оплаченного доступа к сообщениям.",
            degrades="entitlement",
        ),
        SendError("payment_needed", _PAY_EN, _PAY_RU),
        SendError("chat_migrated", "The chat has moved and has another id now.", "Чат переехал, у него другой номер."),
        SendError("message_too_long", "The text is longer than the provider takes.", "Текст длиннее допустимого."),
        SendError("message_empty", "The text is empty.", "Текст пуст."),
        SendError("files_not_supported", _NO_FILES_EN, _NO_FILES_RU),
        SendError("too_many_files", "Too many files for one message.", "Слишком много файлов для одного сообщения."),
        SendError("file_too_large", "The file is larger than the provider takes.", "Файл больше допустимого."),
        SendError("file_type_not_taken", _TYPE_EN, _TYPE_RU),
        SendError("text_beside_file", _BESIDE_EN, _BESIDE_RU),
        SendError("attachment_lost", "The file is not there any more.", "Файла больше нет."),
        SendError("no_public_address", _ADDRESS_EN, _ADDRESS_RU),
        SendError(
            "message_too_large",
            "The message with its files is larger than the provider takes.",
            "Сообщение с файлами больше, чем принимает провайдер.",
        ),
        SendError(
            "recipient_refused",
            "The provider takes no messages for this address.",
            "Провайдер не принимает сообщений для этого адреса.",
        ),
        SendError(
            "try_later",
            "The provider cannot take the message at the moment; it is sent again.",
            "Провайдер сейчас не может принять сообщение; оно будет отправлено ещё раз.",
            retryable=True,
        ),
        SendError("reply_not_found", "There is no message to reply to.", "Сообщения, на которое отвечаем, нет."),
        SendError(
            "media_not_taken",
            "The provider could not take the file.",
            "Провайдер не смог принять файл.",
            retryable=True,
        ),
        SendError("window_closed", _WINDOW_EN, _WINDOW_RU),
        SendError(
            "template_refused",
            "The provider does not take this template: it is not approved, or its text is another.",
            "Провайдер не принимает этот шаблон: он не одобрен или его текст другой.",
        ),
        SendError(
            "receiving_disabled",
            "The account does not receive messages now.",
            "Аккаунт сейчас не принимает сообщения.",
            degrades="receiving_disabled",
        ),
        SendError("refused", "The provider refused the message.", "Провайдер не принял сообщение."),
    )
}
