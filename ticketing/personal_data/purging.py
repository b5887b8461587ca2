"""Erase what is past its retention: old journal lines, tickets closed and accounts ended long ago, copies of mails.

Each erasure is its own commit, so that an interrupted run can be run again and nobody waits long for a lock. What is
under a legal hold stays. The figures do not change, since nothing that they are made of is touched.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, or_, select

from charters.database import checkpoint, reading, writing
from charters.days import PARIS, today
from charters.journal import retention
from charters.people import corrections, forgetting, legal_holds
from charters.tables.access import Account, Declaration, JournalLine
from charters.tables.keys import Letter
from matrix.days import months_after
from ticketing.articles import forgetting as article_forgetting
from ticketing.exchange import forgetting as exchange_forgetting
from ticketing.mail import outbox
from ticketing.mail.incoming import store as incoming
from ticketing.mail.incoming.tables import IncomingMail
from ticketing.oversight import reading_reports
from ticketing.oversight.tables import Consultation
from ticketing.personal_data import erasing, traces
from ticketing.tables import MailAddress, Notice, NoticeWords, Ticket

if TYPE_CHECKING:
    from config import Settings

log = logging.getLogger("guichet.purge")

#: What one night does at most; the command continues until nothing is left.
TICKETS, ACCOUNTS, ROWS = 5000, 50, 5000


@dataclass(frozen=True, slots=True)
class Purged:
    """Counts what was, or would be, erased: journal lines, tickets, accounts, mails, and so on."""

    lines: int = 0
    tickets: int = 0
    accounts: int = 0
    declarations: int = 0
    mails: int = 0
    readings: int = 0
    articles: int = 0

    @property
    def total(self) -> int:
        """Return the total over all kinds."""
        return sum(getattr(self, one.name) for one in fields(self))


@dataclass(frozen=True, slots=True)
class PurgeLimits:
    """Holds the moments before which each kind of data is past its retention."""

    tickets: datetime
    accounts: Any  # a day
    mails: datetime

    @classmethod
    def at(cls, settings: Settings, now: datetime) -> PurgeLimits:
        """Return the limits that the settings give at `now`."""
        day = today(now)
        closed = months_after(day, -settings.ticket_months)
        return cls(
            datetime.combine(closed, time(), PARIS).astimezone(UTC),
            months_after(day, -settings.account_months),
            now - timedelta(days=settings.mail_days),
        )


def purge(settings: Settings, now: datetime, *, whole: bool = False) -> Purged:
    """Erase what is past its retention: all of it if `whole`, else what one night may do. Return what was erased."""
    done = _once(settings, now)
    while whole and (more := _once(settings, now)).total:
        done = Purged(*(getattr(done, one.name) + getattr(more, one.name) for one in fields(Purged)))
    return done


def due(settings: Settings, now: datetime) -> Purged:
    """Return how much is past its retention now, without what legal holds keep. Only reads."""
    limits = PurgeLimits.at(settings, now)
    lines = retention.to_purge(now, settings.journal_days)
    with reading() as session:

        def count(*where: Any) -> int:
            return session.scalar(select(func.count()).where(*where)) or 0

        return Purged(
            lines,
            count(Ticket.number.in_(erasing.due_query(limits.tickets))),
            count(Account.id.in_(forgetting.due(limits.accounts, ACCOUNTS * 1000))),
            count(Declaration.effective_on < limits.accounts, Declaration.last_name != ""),
            count(*_old_notices(limits.mails))
            + count(*_old_letters(limits.mails))
            + count(*_old_incoming(limits.mails)),
            count(Consultation.at < now - reading_reports.KEPT),
            count(*article_forgetting.old(limits.tickets)),
        )


def _once(settings: Settings, now: datetime) -> Purged:
    limits = PurgeLimits.at(settings, now)
    mails = Path(settings.data_dir).resolve() / "courriels"
    files = Path(settings.data_dir).resolve() / "files"
    lines = retention.purge(now, settings.journal_days)
    tickets = sum(
        erasing.forget(number, limits.tickets, files, mails, now) for number in erasing.due(limits.tickets, TICKETS)
    )
    with reading() as session:
        ended = list(session.scalars(forgetting.due(limits.accounts, ACCOUNTS)))
    accounts = sum(traces.forget(account, mails, now) for account in ended)
    with writing() as session:
        declarations = forgetting.forget_declarations(session, limits.accounts, ROWS)
        corrections.tidy(session, now)
        articles = article_forgetting.forget_old(session, limits.tickets, ROWS)
    sent = _forget_mails(limits.mails, mails) + exchange_forgetting.forget_old(limits.mails, mails, ROWS)
    read = reading_reports.forget_old(now, ROWS)
    if tickets or accounts or _lately(now):
        erasing.settle_index()
    checkpoint()
    return Purged(lines, tickets, accounts, declarations, sent, read, articles)


def _lately(now: datetime) -> bool:
    """Return whether tickets or people were forgotten lately: a run may be killed before the index is merged."""
    with reading() as session:
        return (
            session.scalar(
                select(JournalLine.number)
                .where(
                    JournalLine.event.in_((erasing.EVENT_NAME, forgetting.EVENT_NAME)),
                    JournalLine.at > now - timedelta(days=2),
                )
                .limit(1)
            )
            is not None
        )


# --- copies of mails --------------------------------------------------------------------------------------------------


def _old_notices(limit: datetime) -> tuple[Any, ...]:
    held = legal_holds.held_accounts()
    return (
        Notice.created_at < limit,
        Notice.state != "pending",
        Notice.recipient_id.not_in(held),
        or_(Notice.ticket_id.is_(None), Notice.ticket_id.not_in(legal_holds.held_tickets())),
    )


def _old_letters(limit: datetime) -> tuple[Any, ...]:
    nobodys = or_(Letter.account_id.is_(None), Letter.account_id.not_in(legal_holds.held_accounts()))
    return Letter.created_at < limit, Letter.state != "pending", nobodys


def _old_incoming(limit: datetime) -> tuple[Any, ...]:
    held = legal_holds.held_accounts()
    return (
        IncomingMail.received_at < limit,
        IncomingMail.state.not_in(incoming.WAITING),  # what waits to be taken in is not lost for being old
        or_(IncomingMail.account_id.is_(None), IncomingMail.account_id.not_in(held)),
        or_(IncomingMail.ticket_id.is_(None), IncomingMail.ticket_id.not_in(legal_holds.held_tickets())),
    )


def _forget_mails(limit: datetime, folder: Path) -> int:
    """Delete the rows of mails sent or given up, and the folder's messages, past their retention; return how many."""
    gone = 0
    with writing() as session:
        for table, where, name in (
            (Notice, _old_notices(limit), "{:08d}.eml"),
            (Letter, _old_letters(limit), "lettre-{:08d}.eml"),
        ):
            ids = list(session.scalars(select(table.id).where(*where).order_by(table.id).limit(ROWS)))
            told = select(Notice.event_id).where(Notice.id.in_(ids)) if table is Notice else None
            events = list(session.scalars(told)) if told is not None else []
            session.execute(delete(table).where(table.id.in_(ids)))
            outbox.forget_words(session, NoticeWords.event_id.in_(events))
            for one in ids:
                (folder / name.format(one)).unlink(missing_ok=True)
            gone += len(ids)
        gone += incoming.forget(session, *_old_incoming(limit), at_most=ROWS)
        session.execute(delete(MailAddress).where(MailAddress.last_at < limit))  # tried again, should it be used
    return gone
