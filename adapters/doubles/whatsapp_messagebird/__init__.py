"""MessageBird's stand-in: `MessageBirdDouble`, its channels, templates and customers, the faults it can show."""

from adapters.doubles.whatsapp_messagebird.account import Channel, Customer, Said, Template
from adapters.doubles.whatsapp_messagebird.double import CHANNEL, KEY, NAMESPACE, PHONE, SIGNING_KEY, MessageBirdDouble
from adapters.doubles.whatsapp_messagebird.faults import Fault, broken, error, hang_up, rate_limited, slow

__all__ = [
    "CHANNEL",
    "KEY",
    "NAMESPACE",
    "PHONE",
    "SIGNING_KEY",
    "Channel",
    "Customer",
    "Fault",
    "MessageBirdDouble",
    "Said",
    "Template",
    "broken",
    "error",
    "hang_up",
    "rate_limited",
    "slow",
]
