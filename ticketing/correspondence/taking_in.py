"""Take in the mails that are kept: read each, let `applying` act on it, and record what became of it.

What is killed on the way is taken in again: an act is done under the form token of the mail, so it is done once. A mail
on which the program fails waits longer each time, and is set aside for a person at the fifth. An outage (base, disk) is
no fault of the mail: it is not counted, and is raised.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import func, select

from charters.database import reading as reading_block
from charters.outages import is_outage
from charters.tables.access import Account
from ticketing.correspondence import applying, threads
from ticketing.in_force import coverage, routing
from ticketing.mail.incoming import reading, store
from ticketing.mail.incoming.outcomes import Outcome
from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.mail.incoming.store import Claimed
from ticketing.tables import Ticket

log = logging.getLogger("guichet.mail")

BATCH = 200
#: Of these, pages show the words.
ASIDE = ("quarantined", "ignored")
UNREADABLE = (
    "Le programme a échoué cinq fois sur ce courriel. Lisez-le ici ; ceux qui exploitent Guichet trouveront l’erreur "
    "dans ses traces."
)
DUPLICATE = "Le même courriel est arrivé aussi dans une autre boîte : il n’a compté qu’une fois."


def take_in(mail_id: int, now: datetime) -> Outcome | None:
    """Take in one mail and return what became of it, or its state if it is settled or another process has it.

    Returns None if there is no such mail. Raises what an outage raises; the mail then waits.
    """
    mail = store.claim(mail_id, now)
    if mail is None:
        return store.outcome_of(mail_id)
    if mail.attempts > store.TRIES:
        return _settle(mail, Outcome("quarantined", "unreadable", UNREADABLE), now)
    try:
        outcome, told = _apply(mail, now)
        if outcome.state in store.WAITING:  # it answers a mail that has not arrived yet
            store.put_off(mail, now)
            return outcome
        return _settle(mail, outcome, now, told)
    except Exception as failure:
        if is_outage(failure):
            _release(mail)
            raise
        log.exception("mail not taken in", extra={"mail": mail.id, "attempts": mail.attempts})
        if mail.attempts >= store.TRIES:
            return _settle(mail, Outcome("quarantined", "unreadable", UNREADABLE), now, _told_of_failed(mail))
        store.put_off(mail, now)
        return store.outcome_of(mail_id)


def take_in_waiting(now: datetime, at_most: int = BATCH) -> int:
    """Take in the mails that wait, the oldest first, and return how many were settled."""
    done, start = 0, monotonic()
    for mail_id in store.waiting(now, at_most):
        outcome = take_in(mail_id, now + timedelta(seconds=monotonic() - start))
        done += outcome is not None and outcome.state not in store.WAITING
    return done


def _apply(mail: Claimed, now: datetime) -> tuple[Outcome, int | None]:
    """Return what became of a mail, and the ticket whose words it may hold where nothing was made of it."""
    twin = store.applied_twin(mail) if mail.whole else None
    if twin is not None:
        return Outcome("ignored", "duplicate", DUPLICATE, twin.ticket, twin.account), None
    raw = store.raw_of(mail.id)
    if raw is None:
        return Outcome("ignored", "unreadable", "Le contenu de ce courriel a été effacé avant qu’il ne soit lu."), None
    parsed = reading.read(raw)
    store.mark_parsed(mail.id, subject=parsed.subject, claimed=parsed.senders[0] if parsed.senders else mail.claimed)
    if mail.whole:
        outcome = applying.apply(parsed, mail.received, now)
    else:
        outcome = Outcome("quarantined", "refused", mail.reason)
    return outcome, _told_of(parsed) if outcome.ticket is None and outcome.state in ASIDE else None


def _told_of_failed(mail: Claimed) -> int | None:
    """Return the ticket that a mail on which the program fails tells of, None where that cannot be read either."""
    try:
        return _told_of(reading.read(store.raw_of(mail.id) or b""))
    except Exception as failure:
        if is_outage(failure):
            raise
        return None


def _told_of(parsed: ParsedMail) -> int | None:
    with reading_block():
        return threads.told_of(parsed)


def _settle(mail: Claimed, outcome: Outcome, now: datetime, told: int | None = None) -> Outcome:
    """Record what became of a mail and return it. What is set aside is kept with the ticket that it tells of (`told`).

    Its words are then shown to those alone who see this ticket: who quotes it to us by a private address, or in an
    absence message, shows it to no administrator.
    """
    kept = outcome if told is None else replace(outcome, ticket=told)
    store.settle(mail.id, kept, academies(kept, mail.claimed), now)
    log.info("mail settled", extra={"mail": mail.id, "state": outcome.state, "kind": outcome.kind})
    return outcome


def _release(mail: Claimed) -> None:
    try:
        store.release(mail)
    except Exception as failure:
        if not is_outage(failure):
            raise


def academies(outcome: Outcome, claimed: str) -> list[str]:
    """Return the académies whose administrators see a mail on their page; none means all of them.

    It is the académie of the ticket that it is about; else those that administer the person who wrote it, or whom its
    sender claims to be; a mail of nobody's is everybody's, since somebody has to look at it.
    """
    with reading_block() as session:
        if outcome.ticket is not None:
            found = session.scalar(select(Ticket.academie).where(Ticket.number == outcome.ticket))
            return [found] if found else []
        account = Account.id == outcome.account if outcome.account is not None else func.lower(Account.email) == claimed
        organisations = set(session.scalars(select(Account.organisation).where(account)))
    conventions = routing.router().conventions
    covered = {academie: coverage.administered(conventions, academie) for academie in conventions.academies}
    return sorted(name for name, ids in covered.items() if ids is None or organisations & set(ids))
