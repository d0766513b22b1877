"""VK's stand-in: `VkDouble` and the faults it can show."""

from adapters.doubles.vk.communities import Said
from adapters.doubles.vk.double import ADMIN, CLIENT_ID, CLIENT_SECRET, GROUP, TOKEN, VkDouble
from adapters.doubles.vk.faults import Fault, broken, captcha, flood, hang_up, refused, slow

__all__ = [
    "ADMIN",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "GROUP",
    "TOKEN",
    "Fault",
    "Said",
    "VkDouble",
    "broken",
    "captcha",
    "flood",
    "hang_up",
    "refused",
    "slow",
]
