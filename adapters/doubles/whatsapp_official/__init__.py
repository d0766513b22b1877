"""The stand-in of WhatsApp's Cloud API: `WhatsAppDouble`, its numbers, templates and customers."""

from adapters.doubles.graph import APP_ID, APP_SECRET, error
from adapters.doubles.whatsapp_official.double import NUMBER_ID, PHONE, TOKEN, WABA, WhatsAppDouble
from adapters.doubles.whatsapp_official.numbers import Customer, Number, Said, Template

__all__ = [
    "APP_ID",
    "APP_SECRET",
    "NUMBER_ID",
    "PHONE",
    "TOKEN",
    "WABA",
    "Customer",
    "Number",
    "Said",
    "Template",
    "WhatsAppDouble",
    "error",
]
