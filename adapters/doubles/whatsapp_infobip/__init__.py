"""Infobip's stand-in: `InfobipDouble`, its numbers, templates and customers, the faults it can show."""

from adapters.doubles.whatsapp_infobip.account import Customer, Said, Sender, Template
from adapters.doubles.whatsapp_infobip.double import KEY, NUMBER, InfobipDouble
from adapters.doubles.whatsapp_infobip.faults import Fault, broken, error, hang_up, rate_limited, slow

__all__ = [
    "KEY",
    "NUMBER",
    "Customer",
    "Fault",
    "InfobipDouble",
    "Said",
    "Sender",
    "Template",
    "broken",
    "error",
    "hang_up",
    "rate_limited",
    "slow",
]
