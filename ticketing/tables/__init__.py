"""The tables of tickets and of all that depends on them; `charters.tables` and other rooms have their own."""

from ticketing.tables.columns import ID, NAME, NUMBER
from ticketing.tables.contests import Contest, ContestVoice
from ticketing.tables.engagements import PartyHours, PartyPromise, PartyRule
from ticketing.tables.following import TicketLabel, TicketLink, TicketOpinion, TicketSeen, TicketUnlike, TicketWriting
from ticketing.tables.mails import MailAddress, MailChoice, MailEntry, MailReference, Notice, NoticeWords
from ticketing.tables.running import FormToken, IndexRequest, JobRun, LearnedWords, RateCount, RecordedFact
from ticketing.tables.teams import Team, TeamCover, TeamMember
from ticketing.tables.tickets import (
    Attachment,
    DecisionRow,
    Ticket,
    TicketCount,
    TicketEvent,
    TicketScope,
    TicketWatcher,
)

__all__ = [
    "ID",
    "NAME",
    "NUMBER",
    "Attachment",
    "Contest",
    "ContestVoice",
    "DecisionRow",
    "FormToken",
    "IndexRequest",
    "JobRun",
    "LearnedWords",
    "MailAddress",
    "MailChoice",
    "MailEntry",
    "MailReference",
    "Notice",
    "NoticeWords",
    "PartyHours",
    "PartyPromise",
    "PartyRule",
    "RateCount",
    "RecordedFact",
    "Team",
    "TeamCover",
    "TeamMember",
    "Ticket",
    "TicketCount",
    "TicketEvent",
    "TicketLabel",
    "TicketLink",
    "TicketOpinion",
    "TicketScope",
    "TicketSeen",
    "TicketUnlike",
    "TicketWatcher",
    "TicketWriting",
]
