"""The shapes that the API answers: exactly these fields and no others, whatever columns a view gets later (S3)."""

from adapters.http.shapes.alerts import AlertRow, Alerts
from adapters.http.shapes.base import Saved
from adapters.http.shapes.bots import AnsweredByBot, BotRow, Bots, SavedBot
from adapters.http.shapes.channels import Allows, ChannelRow, Channels, History, HistoryRow, Kind, Kinds, OneChannel
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
    SignOfLife,
)
from adapters.http.shapes.settings import (
    FieldDifference,
    Moment,
    PreviewedChange,
    PreviewedDialogs,
    SavePreview,
    SettingsDiff,
    SettingsThen,
)

__all__ = [
    "AgentRow",
    "Agents",
    "AlertRow",
    "Alerts",
    "Allows",
    "AnsweredByBot",
    "BotRow",
    "Bots",
    "ChannelRow",
    "Channels",
    "DialogRow",
    "Dialogs",
    "Entry",
    "Events",
    "FieldDifference",
    "GroupRow",
    "Groups",
    "History",
    "HistoryRow",
    "IntakeCounts",
    "IntakeRow",
    "Kind",
    "Kinds",
    "Messages",
    "Moment",
    "OneAgent",
    "OneChannel",
    "OneDialog",
    "OneGroup",
    "OneSchedule",
    "PreviewedChange",
    "PreviewedDialogs",
    "SavePreview",
    "Saved",
    "SavedBot",
    "ScheduleRow",
    "Schedules",
    "SettingsDiff",
    "SettingsThen",
    "SignOfLife",
]
