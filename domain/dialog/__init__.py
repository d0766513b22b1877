"""A dialog: one enquiry of a customer. Read `events`, `state`, `commands`, `decide`, in this order."""

from domain.dialog.decide import decide
from domain.dialog.events import DialogEvent
from domain.dialog.state import UNREAD, Dialog, evolve

__all__ = ["UNREAD", "Dialog", "DialogEvent", "decide", "evolve"]
