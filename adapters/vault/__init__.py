"""Keys and secrets. A customer's personal fields are encrypted with a key of his own, wrapped by one master key.

Erasing a customer is destroying one row (N01). External ids are found again only by a keyed hash (E13).
"""

from adapters.vault.master import MasterKey
from adapters.vault.secrets import Secret
from adapters.vault.vault import KeyGone, Vault

__all__ = ["KeyGone", "MasterKey", "Secret", "Vault"]
