"""A bot's stand-in: answers every call as it was told to, and remembers it."""

from adapters.doubles.bot.double import BotDouble, Call

__all__ = ["BotDouble", "Call"]
