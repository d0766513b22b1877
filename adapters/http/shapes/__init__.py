"""The shapes that the API answers: exactly these fields and no others, whatever columns a view gets later (S3)."""

from adapters.http.shapes.base import Saved
from adapters.http.shapes.channels import ChannelRow, Channels, History, HistoryRow, OneChannel
from adapters.http.shapes.dialogs import DialogRow, Dialogs, Entry, Messages, OneDialog
from adapters.http.shapes.log import Events, IntakeCounts, IntakeRow
from adapters.http.shapes.people import (
    AgentRow,
    Agents,
    GroupRow,
    Groups,
    OneAgent,
    OneGroup,
    OneSchedule,
    ScheduleRow,
    Schedules,
)

__all__ = [
    "AgentRow",
    "Agents",
    "ChannelRow",
    "Channels",
    "DialogRow",
    "Dialogs",
    "Entry",
    "Events",
    "GroupRow",
    "Groups",
    "History",
    "HistoryRow",
    "IntakeCounts",
    "IntakeRow",
    "Messages",
    "OneAgent",
    "OneChannel",
    "OneDialog",
    "OneGroup",
    "OneSchedule",
    "Saved",
    "ScheduleRow",
    "Schedules",
]
