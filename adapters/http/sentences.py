"""The Russian sentence for every code that the API can answer. English sentences are written where the error is raised.

A sentence may name facts of the error: `{field}`, `{settings_version}`. Where one is missing the code's own English
sentence is told, so that nobody reads a hole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.http.language import Language

RU: dict[str, str] = {
    # the door
    "unauthenticated": "Нужен действующий токен.",
    "not_found": "По этому адресу ничего нет.",
    "method_not_allowed": "Этот адрес не принимает такой метод.",
    "malformed_body": "Тело запроса не является правильным JSON.",
    "not_json": "Тело запроса нужно отправлять как application/json.",
    "too_large": "Слишком большое значение или тело запроса.",
    "refused": "Запрос отклонён.",
    "internal_error": "В системе произошла ошибка, она записана в её журнал.",
    "not_allowed": "На это нет прав.",
    "version_needed": "Нужен заголовок If-Match с версией настроек, которую вы видели.",
    "version_conflict": "Настройки за это время сохранили другие (сейчас версия {settings_version}).",
    "view_behind": "Данные для показа ещё не догнали эту позицию, попробуйте снова.",
    "key_reused": "С этим ключом уже был другой запрос; возьмите новый ключ.",
    "position_ahead": "Позиция {after} впереди журнала, который кончается на {head}.",
    "bad_cursor": "{field}: этот курсор не от этого списка.",
    "unknown_list": "Такого списка диалогов нет.",
    "unknown_sort": "В таком порядке список показать нельзя.",
    "not_group": "Получатель канала не группа, у него нет настроек распределения.",
    "cross_site": "Запрос пришёл с другого сайта.",
    "event_type_unknown": "{field}: такого типа событий нет.",
    "bad_signature": "Запрос пришёл не от провайдера.",
    "bad_challenge": "Это не тот вопрос, который провайдеру велено задать.",
    "no_app": "Эта установка ещё не зарегистрирована у провайдера как приложение (PARLEY_APPS).",
    "kind_off": "Каналы этого вида в этой установке выключены.",
    "proxy_unknown": "Прокси с таким именем в этой установке нет (PARLEY_PROXIES).",
    "not_admin": "Учётная запись не является записью администратора; подключить канал с ней нельзя.",
    "denied": "Провайдер не подтвердил вход: доступ не разрешён.",
    "expired": "Вход длился дольше десяти минут; войдите ещё раз.",
    "webhook_not_set": "Сохранено, но провайдер не принял наш адрес: сообщения приходить не будут. Сохраните ещё раз.",
    "no_public_url": "Не задан публичный адрес (PARLEY_PUBLIC_URL): провайдеру некуда вернуть пользователя.",
    "not_by_token": "Каналы такого вида подключаются не токеном.",
    "cut_short": "Соединение оборвалось раньше, чем кончилось тело запроса.",
    # fields
    "unknown_field": "{field}: такого поля нет.",
    "unknown_parameter": "Параметра {field} у этого адреса нет; есть: {known}.",
    "required": "{field}: нужно указать значение.",
    "bad_value": "{field}: недопустимое значение.",
    "bad_time": "{field}: нужно время со смещением от UTC, например 2026-03-01T09:00:00Z.",
    "bad_id": "{field}: в идентификаторе допустимы только латинские буквы, цифры и знаки . _ : @ -.",
    "out_of_range": "{field}: значение вне допустимых границ.",
    "not_integer": "{field}: нужно целое число.",
    "not_boolean": "{field}: нужно true или false.",
    "must_be_positive": "{field}: число должно быть больше 0.",
    "unit_not_allowed": "{field}: такая единица для этого вида канала не допускается.",
    "too_long": "{field}: слишком длинное значение.",
    "text_required": "{field}: нужен текст.",
    "managed_in_group": "{field}: настраивается в группе, а не в канале.",
    "overlap": "{field}: рабочие часы пересекаются.",
    "zone_unknown": "{field}: такого часового пояса нет.",
    "unknown_skill": "{field}: нужен список не более чем из 50 навыков.",
    "token_empty": "Токен пуст.",
    "token_has_spaces": "Внутри токена есть пробелы.",
    # files of messages
    "attachment_unknown": "Такого вложения нет.",
    "attachment_waits": "Файл ещё загружается от провайдера, попробуйте чуть позже.",
    "attachment_failed": "Провайдер не отдал файл ({reason}).",
    "attachment_too_large": "Файл больше, чем мы загружаем; посмотрите его в самом канале.",
    "attachment_lost": "Файла больше нет в хранилище.",
    "attachment_unusable": "{field}: нужны файлы, загруженные в этот диалог не раньше суток назад, каждый по разу.",
    "file_gone": "У провайдера этого файла больше нет.",
    "not_believed": "Провайдер больше не признаёт наши ключи.",
    "range_not_there": "Такой части у файла нет.",
    "file_empty": "Файл пуст.",
    "file_too_large": "Файл больше {largest} байт.",
    "files_not_supported": "Через каналы этого вида файлы не отправляются.",
    "too_many_files": "В одном сообщении здесь не больше файлов: {most}.",
    "text_beside_file": "Рядом с файлом текст здесь не длиннее {longest} знаков; отправьте его отдельным сообщением.",
    "file_type_not_taken": "Каналы этого вида не принимают такие файлы ({type}).",
    "no_blobs": "Здесь файлы не хранятся.",
    # dialogs
    "dialog_unknown": "Такого диалога нет.",
    "dialog_closed": "Диалог закрыт; следующее сообщение клиента откроет новый.",
    "already_assigned": "Диалог назначен другому сотруднику; передайте его.",
    "same_agent": "Диалог уже у этого сотрудника.",
    "not_holder": "Передать диалог может только тот, у кого он сейчас, или руководитель.",
    "not_your_dialog": "Это может тот, у кого диалог, сотрудник его группы или руководитель; сначала возьмите диалог.",
    "not_bot_turn": "Диалог уже не у этого бота, его ответ опоздал.",
    "bot_unknown": "Такого бота нет.",
    "bad_url": "{field}: нужен адрес вида https://api.example/path без имени пользователя.",
    "url_not_https": "{field}: адрес должен начинаться с https.",
    "url_not_public": "{field}: это не публичный адрес.",
    "tag_required": "Канал требует тег, прежде чем закрыть диалог.",
    "topic_required": "Канал требует тему, прежде чем закрыть диалог.",
    "dialog_open": "У этого клиента в канале уже есть открытый диалог.",
    "first_contact_not_allowed": "Через канал этого вида этому клиенту нельзя написать первым.",
    "no_templates": "У каналов этого вида нет шаблонов.",
    "template_alone": "Шаблон отправляется без файлов.",
    "template_required": "Для первого сообщения в канале этого вида нужен одобренный шаблон.",
    "namespace_required": "Чтобы писать первыми, в настройках канала нужен Namespace ID.",
    "channel_degraded": "Канал работает с перебоями: первым через него написать нельзя.",
    "window_closed": "После последнего сообщения клиента прошло больше 24 часов: свободный текст не доставить.",
    "offer_unknown": "Такого предложения нет.",
    "offer_expired": "Срок предложения истёк.",
    "not_your_offer": "Диалог предложен другому сотруднику.",
    "customer_unknown": "Такого клиента нет.",
    # agents, groups, schedules
    "agent_unknown": "Такого сотрудника нет.",
    "agent_deactivated": "Сотрудник отключён.",
    "agent_full": "У сотрудника нет свободного места для этого диалога.",
    "agent_not_ready": "Принять предложение может только сотрудник, который готов.",
    "group_unknown": "Такой группы нет.",
    "group_archived": "Группа в архиве и больше не меняется.",
    "in_use": "На это ещё ссылаются каналы или группы: сначала измените их настройки.",
    "overflow_cycle": "Переполнение ведёт по кругу или длиннее трёх шагов.",
    "schedule_unknown": "Такого расписания нет.",
    # channels
    "channel_unknown": "Такого канала нет.",
    "channel_exists": "Канал с таким id уже есть, под другим именем или в другом виджете.",
    "setting_unknown": "{field}: такой настройки нет; есть: {allowed}.",
    "before_creation": "В этот момент канала ещё не было: он создан {created_at}, позиция {created_position}.",
    "settings_version_unknown": "Такой версии настроек не было; последняя — {settings_version}.",
    "bad_moment": "{field}: нужна позиция, время, версия настроек (v3) или now.",
    "moment_ahead": "{field}: этот момент ещё не наступил.",
    "moments_reversed": "{field}: конец раньше начала.",
    "kind_unknown": "Каналы этого вида подключить нельзя.",
    "kind_immutable": "Вид канала не меняется; создайте другой канал.",
    "not_verified": "Прежде чем сохранять, канал нужно проверить у провайдера.",
    "not_connected": "Отключить можно только проверенный или подключённый канал.",
    "already_disconnected": "Канал уже отключён.",
    "consent_invalid": "Это согласие недействительно; запросите отключение снова.",
    "not_authorised": "Сначала нужно войти у провайдера с правами администратора или авторизовать ящик.",
    "not_activated": "Прежде чем сохранять, канал должен активировать менеджер.",
    "manager_only": "Это делает персональный менеджер; если его нет, обратитесь в отдел по работе с клиентами.",
    "connects_otherwise": "Канал этого вида подключается иначе.",
    "state_invalid": "Этот вход начат не здесь или уже использован; войдите ещё раз.",
    "object_not_offered": "Такой группы или страницы среди доступных этому входу нет.",
    "one_object_only": "Для канала этого вида можно выбрать только одно.",
    "receiving_disabled": "Приём сообщений там выключен; сначала включите его.",
    "scope_missing": "Вход не даёт права отвечать на эти сообщения.",
    "no_messenger_subscription": "У учётной записи нет платного доступа к сообщениям.",
    "bad_credentials": "Провайдер больше не принимает доступ; войдите ещё раз.",
    "not_found_there": "Провайдер этого больше не знает.",
    "address_not_public": "Этот сервер не на публичном адресе.",
    "webhook_foreign": "События нашего приложения провайдер отправляет на другой адрес; смените его там.",
    "no_login_page": "У этой почтовой службы нет известной нам страницы входа; введите пароль.",
    "credentials_rejected": "Провайдер не принял эти данные.",
    "channel_id_unknown": "Ключ верен, но канала с таким id у провайдера нет.",
    "number_not_offered": "{field}: такого номера в списке провайдера нет.",
    "bad_address": "{field}: нужен адрес электронной почты.",
    "service_not_connected": "Эта услуга не подключена.",
    "account_in_use": "К этой учётной записи уже подключён другой канал.",
    "account_unavailable": "Эту учётную запись здесь подключить нельзя; администратор системы уже оповещён.",
    "provider_exists": "У этого виджета уже есть провайдер; смените его.",
    "widget_archived": "Виджет в архиве.",
    "token_in_use": "К этой учётной записи уже подключён другой канал.",
    "bot_not_found": "Бот не найден",
    "receiver_unknown": "{field}: такого получателя нет.",
    "receiver_inactive": "{field}: этот получатель отключён.",
    "receiver_kind_not_allowed": "Для этого вида канала такой получатель не допускается.",
    "webhook_refused": "Провайдер не принял адрес: он должен быть публичным и начинаться с https.",
    "provider_unavailable": "Провайдер сейчас не отвечает; токен не проверен.",
    "channel_draft": "Канал ещё не подключён: через него нельзя отправлять.",
    "channel_authorising": "Канал ещё не подключён: через него нельзя отправлять.",
    "channel_choosing": "Канал ещё не подключён: через него нельзя отправлять.",
    "channel_verified": "Канал ещё не подключён: через него нельзя отправлять.",
    "channel_superseded": "Канал заменён другим: через него нельзя отправлять.",
    "channel_disconnected": "Канал отключён: через него нельзя отправлять.",
    "widget_unknown": "Такого виджета нет.",
    # the quarantine
    "item_unknown": "В карантине этого канала такого сообщения нет.",
    "not_releasable": "Это нельзя прочитать как сообщение клиента; оно остаётся в карантине.",
    "earlier_item_waits": "Более раннее сообщение того же клиента ещё ждёт.",
    "content_missing": "Содержание этого сообщения ещё не готово, попробуйте через мгновение.",
    "customer_erased": "Клиент удалён; прочитать это больше не может никто.",
    # the store
    "tenant_unknown": "Такой компании нет.",
    "token_unknown": "Такого токена нет.",
    "store_unavailable": "База данных не отвечает, попробуйте ещё раз.",
    "overloaded": "Слишком много команд ждут очереди, попробуйте через мгновение.",
    "shutting_down": "Система останавливается, попробуйте через мгновение.",
    "not_ready": "Система не готова.",
}


EXACT: dict[str, tuple[str, ...]] = {
    "out_of_range": (
        "{field}: нужно целое число от {least} до {most}.",
        "{field}: число должно быть не меньше {least}.",
        "{field}: число должно быть не больше {most}.",
        "{field}: нужен момент в будущем, не дальше {days} дней от нынешнего.",
    ),
    "too_large": ("{field}: число должно быть не больше {most}.",),
    "too_long": (
        "{field}: не больше {items} значений, в каждом не больше {most} знаков.",
        "{field}: не больше {items} значений.",
        "{field}: не больше {most} знаков.",
    ),
    "bad_value": ("{field}: допустимо только {allowed}.",),
    "unit_not_allowed": ("{field}: для этого вида канала единица может быть только {allowed}.",),
}
"""Sentences that name the limits, for a problem that carries them; the first whose facts are all there is told."""


def sentence_for(code: str, english: str, facts: Mapping[str, Any], language: Language) -> str:
    """The sentence in the reader's language; English where there is no other."""
    if language == "en" or code not in RU:
        return english
    told = {**facts, "allowed": _names(str(facts["allowed"]))} if "allowed" in facts else facts
    for sentence in (*EXACT.get(code, ()), RU[code]):
        try:
            return sentence.format_map(told)
        except KeyError:
            continue
    return english


def _names(allowed: str) -> str:
    """What is allowed, in Russian: units are words, other values are names of the API and stay."""
    return allowed.replace(" or ", " или ").replace("hours", "часы").replace("days", "дни")
