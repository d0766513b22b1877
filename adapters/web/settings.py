"""The settings of a channel in words: their names for people, and what happened to a channel."""

from __future__ import annotations

from adapters.web.explain import noted

FIELDS = {
    "receiver": noted("Receiver"),
    "auto_close": noted("Close an idle dialog after"),
    "idle_mode": noted("What counts as idle"),
    "closing_message": noted("Closing message"),
    "reopen_window": noted("Reopen within, hours"),
    "required_tag": noted("A tag is needed to close"),
    "required_topic": noted("A topic is needed to close"),
    "weight": noted("Slots a dialog takes"),
    "required_skills": noted("Skills needed"),
    "priority": noted("Priority"),
    "schedule": noted("Working hours"),
    "out_of_hours.policy": noted("Out of hours"),
    "out_of_hours.text": noted("Out-of-hours reply"),
    "out_of_hours.bot": noted("Out-of-hours bot"),
    "bot.fallback": noted("Who takes over from the bot"),
    "bot.timeout": noted("The bot's time limit, seconds"),
    "bot.keywords": noted("Words that call a person"),
    "bot_may_close": noted("The bot may close"),
    "base_url": noted("Address of the provider"),
    "proxy": noted("Outbound proxy"),
    "namespace_id": noted("Namespace ID"),
    "signing_key": noted("Signing key"),
    "webhook_password": noted("Password of our address"),
    "number": noted("Connected number"),
    "address": noted("E-mail address"),
    "alice_webhook": noted("Alice skill switched on"),
    "skill_id": noted("Skill ID"),
}
VALUES = {
    "any_side": noted("nobody has written"),
    "waiting_for_customer": noted("the customer has not written"),
    "queue_silently": noted("wait silently"),
    "queue_and_reply": noted("wait, with a reply"),
    "bot": noted("a bot answers"),
}
"""Of the settings that are a choice."""
CHOICES = frozenset({"idle_mode", "out_of_hours.policy"})
KINDS = {
    "channel.created": noted("created"),
    "channel.auth_started": noted("login begun"),
    "channel.auth_failed": noted("login failed"),
    "channel.account_authorised": noted("logged in"),
    "channel.object_chosen": noted("chosen"),
    "channel.token_verified": noted("token verified"),
    "channel.token_rejected": noted("token rejected"),
    "channel.keys_verified": noted("keys verified"),
    "channel.mailbox_authorised": noted("mailbox authorised"),
    "channel.identifier_issued": noted("id issued"),
    "channel.webhook_url_issued": noted("address issued"),
    "channel.activated_by_manager": noted("activated by a manager"),
    "channel.settings_changed": noted("settings changed"),
    "channel.connected": noted("connected"),
    "channel.degraded": noted("degraded"),
    "channel.recovered": noted("recovered"),
    "channel.receiver_invalid": noted("receiver invalid"),
    "channel.receiver_restored": noted("receiver valid again"),
    "channel.superseded": noted("superseded"),
    "channel.reactivated": noted("reactivated"),
    "channel.disconnect_requested": noted("disconnect requested"),
    "channel.disconnect_cancelled": noted("disconnect cancelled"),
    "channel.disconnected": noted("disconnected"),
    "channel.reconnect_started": noted("reconnecting"),
}
TOLD = frozenset(
    {"consent_id", "user", "expires_at", "settings_version", "by_channel", "restored_from", "cause", "reason"}
)
"""Facts of an event that its sentence tells already."""
STATES = {
    "draft": noted("draft"),
    "authorising": noted("authorising"),
    "choosing": noted("choosing"),
    "verified": noted("verified"),
    "connected": noted("connected"),
    "degraded": noted("degraded"),
    "superseded": noted("superseded"),
    "disconnected": noted("disconnected"),
}
