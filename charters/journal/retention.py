"""Retention of the journal: its purge, and the daily letter with the hash of its last line.

Lines older than 365 days are deleted, lines younger than 183 days never are (CNIL). Only a beginning is deleted, so
that the rest is still one chain: the head remembers the last line deleted, and a line of the journal says so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, func, or_, select, update

from charters import letters
from charters.database import reading, writing
from charters.days import today
from charters.journal import audit
from charters.model import Role
from charters.tables.access import Account, JournalHead, JournalLine, MandateRow

#: The limits in days; the configured value must be between them.
LEAST, MOST = 183, 365
BATCH = 5000

audit.label(audit.PURGED, "Journal purgé")
audit.label("journal.head", "Empreinte du journal envoyée")


@dataclass(frozen=True, slots=True)
class End:
    """The journal's two ends: its last line with its hash, and the last line that was purged (0: none)."""

    number: int
    hash: str
    base_number: int


def purge(now: datetime, days: int, batch: int = BATCH) -> int:
    """Delete the lines at the beginning of the journal that are too old. Returns their number.

    `days` is how long a line is kept, within the limits. A nightly run also deletes lines that would be too old before
    the next run. Each batch is one commit and ends with a line about it, so that a stopped run continues later.
    """
    days = min(max(days, LEAST), MOST)
    old = now - max(timedelta(days=LEAST), timedelta(days=days - 1))
    gone = 0
    while taken := _purge_batch(now, old, batch):
        gone += taken
    return gone


def to_purge(now: datetime, days: int) -> int:
    """The number of lines that `purge` would delete now."""
    days = min(max(days, LEAST), MOST)
    old = now - max(timedelta(days=LEAST), timedelta(days=days - 1))
    with reading() as session:
        last = _last_to_go(session, now, old)
        gone = session.scalar(select(JournalHead.base_number).where(JournalHead.id == 1)) or 0
        return max(0, last - gone)  # lines are numbered without a gap: counting them would read them all


def _last_to_go(session: Any, now: datetime, old: datetime) -> int:
    """The number of the last line that may be deleted: it is too old, and no younger line comes before it.

    Lines are in the order of their commits and a clock may have been wrong, so the first young line is looked for.
    """
    young = session.scalar(
        select(JournalLine.number)
        .where(JournalLine.at > now - timedelta(days=LEAST))
        .order_by(JournalLine.number)
        .limit(1)
    )
    past = select(func.max(JournalLine.number)).where(JournalLine.at < old)
    if young is not None:
        past = past.where(JournalLine.number < young)
    return session.scalar(past) or 0


def _purge_batch(now: datetime, old: datetime, batch: int) -> int:
    with writing() as session:
        head = session.execute(
            select(JournalHead.base_number).where(JournalHead.id == 1).with_for_update()
        ).scalar_one()
        last = min(_last_to_go(session, now, old), head + batch)
        if last <= head:
            return 0
        kept = session.execute(select(JournalLine.hash, JournalLine.at).where(JournalLine.number == last)).one()
        session.execute(delete(JournalLine).where(JournalLine.number <= last))
        session.execute(update(JournalHead).where(JournalHead.id == 1).values(base_number=last, base_hash=kept.hash))
        audit.record(
            audit.PURGED,
            sigle="guichet",
            subject=f"lignes {head + 1} à {last}",
            now=now,
            details={
                "lines": last - head,
                "last": last,
                "sha256": kept.hash,
                "until": kept.at.date().isoformat(),
            },
        )
        return int(last - head)


# --- the hash of the last line ----------------------------------------------------------------------------------------


def end() -> End:
    """The two ends of the journal as it is now."""
    with reading() as session:
        row = session.execute(select(JournalHead.number, JournalHead.hash, JournalHead.base_number)).one()
    return End(row.number, row.hash, row.base_number)


def tell_head(now: datetime, watchers: Collection[str] | None = None, address: str = "") -> int:
    """Write, for the scheduler, a letter with the hash of the day's last line to administrators and référents.

    A person who rewrites the journal later would have to rewrite these letters too, in every mailbox. `watchers` are
    the organisations whose people get a letter (None: all); `address` is one of the settings, outside, which gets one
    too. Returns the number of letters. The letters repeat nothing of the journal's lines, so a suspended collectivité
    gets them too.
    """
    day = today(now)
    with writing() as session:
        row = session.execute(
            select(JournalHead.number, JournalHead.hash).where(JournalHead.id == 1).with_for_update()
        ).one()
        people = session.scalars(
            select(Account).where(_watches(day), Account.pseudonymised_at.is_(None)).order_by(Account.id)
        ).all()
        people = [one for one in people if watchers is None or one.organisation in watchers]
        values = {"day": f"{day:%d/%m/%Y}", "number": row.number, "fingerprint": row.hash}
        for person in people:
            letters.write(person, "journal-head", now=now, values=values)
        if address:
            letters.write_to_address(address, "journal-head", now=now, values=values)
        if people or address:
            audit.record(
                "journal.head",
                sigle="guichet",
                subject=f"ligne {row.number}",
                now=now,
                details={"sha256": row.hash, "people": len(people)},
            )
    return len(people) + bool(address)


def _watches(day: date) -> Any:
    """In a query: the accounts in activity with a mandate of administrator or référent in force."""
    here = or_(Account.ends_on.is_(None), Account.ends_on >= day) & Account.locked_at.is_(None)
    return here & exists().where(
        MandateRow.account_id == Account.id,
        MandateRow.role.in_((Role.ADMINISTRATEUR.value, Role.REFERENT.value)),
        MandateRow.starts_on <= day,
        or_(MandateRow.ends_on.is_(None), MandateRow.ends_on >= day),
    )
