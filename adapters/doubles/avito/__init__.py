"""Avito's stand-in: `AvitoDouble` and the faults it can show."""

from adapters.doubles.avito.accounts import SELLER, Said
from adapters.doubles.avito.double import CLIENT_ID, CLIENT_SECRET, AvitoDouble
from adapters.doubles.avito.faults import Fault, broken, forbidden, hang_up, rate_limited, slow, unpaid

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "SELLER",
    "AvitoDouble",
    "Fault",
    "Said",
    "broken",
    "forbidden",
    "hang_up",
    "rate_limited",
    "slow",
    "unpaid",
]
