"""Telegram's stand-in: `TelegramDouble` and the faults it can show."""

from adapters.doubles.telegram.chats import Said
from adapters.doubles.telegram.double import TOKEN, TelegramDouble
from adapters.doubles.telegram.faults import Fault, blocked, broken, flood, hang_up, slow

__all__ = ["TOKEN", "Fault", "Said", "TelegramDouble", "blocked", "broken", "flood", "hang_up", "slow"]
