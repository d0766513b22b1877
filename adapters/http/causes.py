"""Why a channel's state changed, as one sentence, in English and Russian: for the API, the page and the terminal.

The facts are those of `adapters.views.channel_causes`; a sentence whose facts are missing is not told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.http.language import Language

SENTENCES: dict[str, tuple[str, str]] = {
    "created": ("Made by {actor}", "Канал создал {actor}"),
    "auth_failed.not_admin": ("The login is no administrator there", "Вошедший не администратор"),
    "auth_failed.denied": ("The login did not give its consent", "Вошедший не дал согласия"),
    "auth_failed.expired": ("The login took too long", "Время входа истекло"),
    "auth_failed.scope_missing": ("A right that is needed was not granted", "Не выдано нужное право"),
    "token_rejected.bot_not_found": ("The provider does not know this token", "Провайдер не знает этого токена"),
    "activated_by_manager": ("Connected by the manager {actor}", "Подключил менеджер {actor}"),
    "settings_changed": ("Restored from version {restored_from}", "Восстановлено из версии {restored_from}"),
    "settings_changed.restored": (
        "Restored from version {restored_from}, saved by {restored_saved_by} at {restored_saved_at}",
        "Восстановлено из версии {restored_from}: её сохранил {restored_saved_by} {restored_saved_at}",
    ),
    "connected.first_save": ("The first Save of {actor} connected it", "Подключён первым сохранением: {actor}"),
    "connected.swapped": (
        "This Save put the checked connection in place of the old one",
        "Сохранение заменило прежнее подключение проверенным",
    ),
    "degraded.provider": ("The provider fails or does not answer", "Провайдер отвечает ошибками или не отвечает"),
    "degraded.authorisation": ("The provider refused our credentials", "Провайдер не принял наш доступ"),
    "degraded.receiving_disabled": (
        "Receiving messages was switched off at the provider",
        "Приём сообщений выключен у провайдера",
    ),
    "degraded.entitlement": ("The service is not in the contract any more", "Услуга больше не входит в договор"),
    "recovered": ("It works again; it did not since {since}", "Снова работает; не работал с {since}"),
    "superseded": (
        "{actor} connected the same account in channel {by_channel}",
        "{actor} подключил ту же учётную запись в канале {by_channel}",
    ),
    "reactivated": (
        "{actor} took the account back from channel {superseded_by}",
        "{actor} вернул учётную запись из канала {superseded_by}",
    ),
    "receiver_invalid": ("The receiver {receiver}: {cause}", "Получатель {receiver}: {cause}"),
    "receiver_invalid.deactivated": (
        "{receiver}, who receives here, was deactivated by {actor}",
        "Получателя {receiver} отключил {actor}",
    ),
    "receiver_restored": ("The receiver can receive again", "Получатель снова может получать"),
    "disconnect_requested": (
        "{requested_by} asked; the consent ends at {expires_at}",
        "Запросил {requested_by}; согласие действует до {expires_at}",
    ),
    "disconnect_cancelled": (
        "The request of {requested_by} from {requested_at} was taken back",
        "Запрос от {requested_at} ({requested_by}) отозван",
    ),
    "disconnected.requested": (
        "Requested by {requested_by} at {requested_at}, confirmed by {actor}",
        "Запросил {requested_by} {requested_at}, подтвердил {actor}",
    ),
    "disconnected.provider_changed": ("{actor} changed the provider", "{actor} сменил провайдера"),
    "reconnect_started": ("{actor} connects it anew", "{actor} подключает заново"),
}
FOLLOWING = ("after {kind} of {actor}", "после события {kind} ({actor})")


def told(row: Mapping[str, Any], language: Language) -> str | None:
    """The sentence of a row of the history; None where who and which command say everything."""
    place = 1 if language == "ru" else 0
    cause = row["cause"]
    facts = {"actor": row["actor"], **{name: _plain(value) for name, value in cause.items()}}
    words = _sentence(row["kind"].removeprefix("channel."), cause)
    try:
        said = words[place].format_map(facts) if words else None
    except KeyError:
        said = None
    following = cause.get("following")
    if following is None:
        return said
    behind = FOLLOWING[place].format_map(following) + (f": {following['code']}" if "code" in following else "")
    return f"{said}, {behind}" if said else behind


def _sentence(kind: str, cause: Mapping[str, Any]) -> tuple[str, str] | None:
    if kind == "settings_changed" and cause.get("restored_from") is None:
        return None
    if "restored_saved_by" in cause:
        return SENTENCES["settings_changed.restored"]
    marks = [str(cause.get("cause")), *(name for name in ("first_save", "swapped") if cause.get(name))]
    return next((SENTENCES[f"{kind}.{mark}"] for mark in marks if f"{kind}.{mark}" in SENTENCES), SENTENCES.get(kind))


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ") if isinstance(value, datetime) else value
