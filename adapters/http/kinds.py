"""What each kind of channel can do, in words of the reader: the table of the domain with its texts (A22, C14, C03).

The texts are for reading; none of them is a setting, and nothing here is checked when a channel is saved.
"""

from __future__ import annotations

from typing import Any

from adapters.http.language import Language
from domain.kinds import KINDS, ChannelKind, Connecting, FirstContact, Prerequisite

Said = tuple[str, str]
"""English, Russian."""

NOTICE: Said = (
    "Messages are received at any hour. Out of hours no group is offered a dialog: dialogs wait in the queue and are "
    "distributed at opening, the most urgent and then the oldest first. An agent who is the receiver, and a bot, get "
    "their dialogs at once. The time of auto-close runs out of hours too.",
    "Сообщения принимаются круглосуточно. В нерабочее время группам обращения не предлагаются: они ждут в очереди и "
    "распределяются с началом рабочего времени, сначала срочные, затем самые давние. Сотрудник-получатель и чат-бот "
    "получают обращения сразу. Период автоматического завершения идёт и в нерабочее время.",
)
CONNECTING: dict[Connecting, Said] = {
    "oauth": (
        "Log in at the provider as an administrator, then choose what to connect.",
        "Войдите у провайдера как администратор и выберите, что подключить.",
    ),
    "manager": (
        "Your personal manager connects it; without one, ask the customer department.",
        "Подключает персональный менеджер; если его нет, обратитесь в отдел по работе с клиентами.",
    ),
    "keys": ("Enter the keys of the provider's account.", "Введите ключи из личного кабинета провайдера."),
    "token": ("Enter the bot's token.", "Введите токен бота."),
    "identifier": (
        "Copy the chat id that we show into the provider's form.",
        "Скопируйте ID чата, который мы показываем, в форму провайдера.",
    ),
    "mailbox": ("Enter the address and authorise the mailbox.", "Введите адрес и авторизуйте почтовый ящик."),
}
FIRST_CONTACT: dict[FirstContact, Said] = {
    "no": ("You cannot write first.", "Написать клиенту первым нельзя."),
    "allowed_messages": (
        "You can write first to those who have allowed messages.",
        "Написать первым можно тем, кто разрешил сообщения.",
    ),
    "template": (
        "You can write first with an approved template.",
        "Написать первым можно по одобренному шаблону.",
    ),
    "template_with_namespace": (
        "You can write first with an approved template once the Namespace ID is set.",
        "Написать первым можно по одобренному шаблону, если заполнен Namespace ID.",
    ),
    "subscribers": ("You can write first to subscribers.", "Написать первым можно подписчикам бота."),
    "yes": ("You can write first.", "Написать клиенту первым можно."),
    "existing_chat": (
        "You can write only in a chat that exists.",
        "Писать можно только в уже начатом чате.",
    ),
}
PREREQUISITES: dict[Prerequisite, Said] = {
    "whatsapp_business_account": ("You have a WhatsApp business account.", "Есть бизнес-аккаунт WhatsApp."),
    "facebook_business_id": (
        "You have a Facebook Business ID; the account in Facebook's Business Manager is free to make.",
        "Есть Facebook Business ID; его даёт учётная запись в Business Manager.",
    ),
}
"""What must be ready at the provider beforehand. Shown, never validated (C14)."""


def allows(kind: ChannelKind, language: Language) -> dict[str, Any]:
    """What this kind can do, as data and in the reader's words; a text that does not apply is None."""
    place, row = (1 if language == "ru" else 0), KINDS[kind]
    return {
        "connects_by": row.connects_by,
        "how_to_connect": CONNECTING[row.connects_by][place],
        "receivers": sorted(row.receivers),
        "auto_close_units": sorted(row.units, reverse=True),
        "must_have_receiver": row.must_have_receiver,
        "must_have_auto_close": row.must_have_auto_close,
        "out_of_hours_notice": row.notice,
        "notice": NOTICE[place] if row.notice else None,
        "buttons": list(row.buttons),
        "first_contact": row.first_contact,
        "first_contact_rule": FIRST_CONTACT[row.first_contact][place],
        "checklist": [PREREQUISITES[one][place] for one in row.prerequisites],
        "chooses": row.objects,
        "service": row.service,
        "own_settings": sorted(row.own),
        "later_supersedes": row.second_supersedes,
    }
