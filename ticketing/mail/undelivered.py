"""Mails that do not arrive: what came back, which addresses fail, who is told of it, and how an address is tried again.

`note` is for what comes back after the mail server took a mail (bounces, complaints); `refused` for an address that the
server refuses. A full mailbox, or a server that stayed out of reach, says nothing against the address: the mail alone
has failed. After a few failures for good, nothing more is sent to the address until it is corrected or an
administrator tries it again; what was due meanwhile is kept as failed, to be sent then. No mail about it ever goes to
the address itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from charters import letters
from charters.database import reading, writing
from charters.journal import audit
from charters.keys import alerts
from charters.tables.access import Account
from charters.tables.keys import Letter
from ticketing.mail.sending.drawing import holds_code
from ticketing.tables import MailAddress, Notice

#: So many failures for good in a row, and nothing more is sent to an address.
STOP_AFTER = 3
#: Failures that are further apart than this are not in a row.
APART = timedelta(days=30)
#: A report on a mail that left longer ago than this is about none of ours.
KNOWN_FOR = timedelta(days=10)
STOPPED = "Plus rien ne part vers cette adresse : trop de courriels en sont revenus."
KIND = "address-failing"  # of the letters to administrators
#: RFC 3463: 2.2, the mailbox is full; 4.7, the time to deliver ran out. Then how servers say so without a code.
_PASSING = re.compile(
    r"\b[45]\.(?:2\.2|4\.7)\b|over ?quota|quota (?:exceeded|d[ée]pass[ée])|mailbox (?:is )?full|bo[îi]te (?:aux "
    r"lettres |de r[ée]ception )?(?:est )?pleine|message expired",
    re.IGNORECASE,
)
EVERY = timedelta(minutes=10)
NAMED = 20
ADDRESS: Any = MailAddress.__table__

audit.label("mail.returned", "Courriel revenu sans être remis")
audit.label("mail.complaint", "Courriel signalé comme indésirable par son destinataire")
audit.label("mail.stopped", "Plus aucun courriel vers une adresse qui échoue")


# Seven parameters: the contract with the reading of mails, which knows all of these of a report.
def note(
    session: Session,
    address: str,
    *,
    permanent: bool,
    diagnostic: str,
    message_id: str,
    complaint: bool,
    now: datetime,
) -> bool:
    """Write down, in the current transaction, that a mail to this address came back, or was complained of.

    Returns whether a mail of ours with this Message-ID had gone there lately. If none had, or if the Message-ID is one
    that can be guessed, nothing is written: anybody may write a report. `diagnostic` is what the other server said.
    """
    if not holds_code(message_id):
        return False
    found = _returned(session, address, message_id, diagnostic, permanent=permanent and not complaint, now=now)
    if found is None:
        return False
    owner, known = found
    if complaint:
        row = _row(session, address, now)
        row.complained_at, row.told_at = row.complained_at or now, row.told_at if row.complained_at else None
        _journal("mail.complaint", owner, now)
    elif permanent and not known:
        _journal("mail.returned", owner, now)
        if not passing(diagnostic):
            _failed(session, address, diagnostic, owner, now)
    return True


def passing(diagnostic: str) -> bool:
    """Whether what a server said is no fault of the address: its mailbox is full, or the time to deliver ran out."""
    return _PASSING.search(diagnostic) is not None


def refused(session: Session, address: str, reason: str, account_id: int | None, now: datetime) -> None:
    """Write down, in the current transaction, that the mail server refuses this address for good."""
    if passing(reason):
        return
    _failed(session, address, reason, account_id or 0, now)


def stopped(addresses: Iterable[str]) -> frozenset[str]:
    """Return those of these addresses to which nothing is sent any more, in small letters."""
    wanted = {address.lower() for address in addresses}
    with reading() as session:
        found = session.scalars(
            select(MailAddress.address).where(MailAddress.address.in_(wanted), MailAddress.stopped_at.is_not(None))
        )
        return frozenset(found)


def failing(account_id: Any) -> Any:
    """Return the SQL test that mails fail to arrive at the address of the account whose id is in this column."""
    return (
        select(MailAddress.address)
        .join(Account, func.lower(Account.email) == MailAddress.address)
        .where(Account.id == account_id, MailAddress.failing_since.is_not(None))
        .correlate_except(MailAddress, Account)
        .exists()
    )


def cleared(connection: Any, address: str) -> None:
    """Forget, in the current transaction, that an address fails: it was corrected, or is tried again."""
    connection.execute(delete(ADDRESS).where(ADDRESS.c.address == address.lower()))


def _returned(
    session: Session, address: str, message_id: str, diagnostic: str, *, permanent: bool, now: datetime
) -> tuple[int, bool] | None:
    """Mark the mail that came back; return whose it was (0: nobody's account), and whether it had come back before.

    Returns None if it is not one of ours.
    """
    returned: tuple[int, bool] | None = None
    for table, account, ids in (
        (Notice, Notice.recipient_id, (Notice.message_id == message_id, Notice.sent_as == message_id)),
        (Letter, Letter.account_id, (Letter.message_id == message_id,)),
    ):
        found = session.execute(
            select(table.id, account.label("owner"), table.state).where(
                func.lower(table.recipient_email) == address.lower(),
                table.sent_at > now - KNOWN_FOR,
                table.state.in_(("sent", "bounced")),
                or_(*ids),
            )
        ).all()
        if not found:
            continue
        returned = found[0].owner or 0, found[0].state == "bounced"
        reason = diagnostic[:500] or ("Refusé par le serveur du destinataire." if permanent else "Retardé.")
        changed = {"last_error": reason} | ({"state": "bounced"} if permanent else {})
        session.execute(update(table).where(table.id.in_([row.id for row in found])).values(**changed))
    return returned


def _failed(session: Session, address: str, reason: str, account_id: int, now: datetime) -> None:
    row = _row(session, address, now)
    if row.failing_since is None or now - row.last_at > APART:
        row.failing_since, row.failures, row.told_at = now, 0, None
    row.failures, row.last_at, row.reason = row.failures + 1, now, reason[:500]
    if row.failures >= STOP_AFTER and row.stopped_at is None:
        row.stopped_at = now
        _journal("mail.stopped", account_id, now)


def _row(session: Session, address: str, now: datetime) -> MailAddress:
    key = address.lower()[:254]
    known = session.get(MailAddress, key, with_for_update=True, populate_existing=True)
    if known is None:
        known = MailAddress(address=key, failures=0, last_at=now, reason="")
        session.add(known)
        session.flush()
    return known


def _journal(event: str, account_id: int, now: datetime) -> None:
    audit.record(
        event, sigle="guichet", subject=f"compte {account_id}" if account_id else "adresse des réglages", now=now
    )


# --- telling the administrators ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FailingAddress:
    """What the letter to administrators says of an address: whose, since when, what was answered."""

    name: str
    sigle: str
    organisation: str
    address: str
    since: datetime
    reason: str
    stopped: bool
    complaint: bool


def tell(administered: Callable[[str], Collection[str] | None], now: datetime) -> int:
    """Write, for the scheduler, to the administrators of the addresses not told yet; return how many letters.

    Each académie is told of the people whom it administers, once for each address, in one letter for all of them. An
    administrator is not told at an address that fails.
    """
    with reading() as session:
        if not session.scalar(select(MailAddress.address).where(MailAddress.told_at.is_(None)).limit(1)):
            return 0
    with writing() as session:
        watchers = alerts.administrators(now)
        if _told_lately(session, watchers, now):
            return 0
        found = _untold(session)
        addresses = {one.address for one in found}
        session.execute(update(MailAddress).where(MailAddress.address.in_(addresses)).values(told_at=now))
        bad = set(session.scalars(select(MailAddress.address).where(MailAddress.failing_since.is_not(None))))
        written = 0
        for academie, people in sorted(watchers.items()):
            covered = administered(academie)
            ours = [one for one in found if covered is None or not one.organisation or one.organisation in covered]
            if ours:
                values = {"addresses": ours[:NAMED], "more": max(0, len(ours) - NAMED), "about": academie}
                written += sum(
                    letters.write(person, KIND, now=now, values=values)
                    for person in people
                    if person.email.lower() not in bad
                )
    return written


def _told_lately(session: Session, watchers: dict[str, Sequence[Account]], now: datetime) -> bool:
    ids = {person.id for people in watchers.values() for person in people}
    query = select(Letter.id).where(Letter.account_id.in_(ids), Letter.kind == KIND, Letter.created_at > now - EVERY)
    return session.scalar(query.limit(1)) is not None


def _untold(session: Session) -> list[FailingAddress]:
    rows = session.execute(
        select(MailAddress, Account.first_name, Account.last_name, Account.sigle, Account.organisation)
        .outerjoin(Account, func.lower(Account.email) == MailAddress.address)
        .where(MailAddress.told_at.is_(None))
        .order_by(MailAddress.address, Account.id)
    ).all()
    return [
        FailingAddress(
            f"{row.first_name} {row.last_name}" if row.sigle else "",
            row.sigle or "",
            row.organisation or "",
            row.MailAddress.address,
            row.MailAddress.failing_since or row.MailAddress.last_at,
            row.MailAddress.reason,
            row.MailAddress.stopped_at is not None,
            row.MailAddress.complained_at is not None,
        )
        for row in rows
    ]
