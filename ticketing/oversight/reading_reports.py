"""Show who consulted what outside their assignment (annexe 6, 3): on the ticket, and in a weekly letter.

The people who answer for the perimeter see it: the ticket's chef d'établissement, the référent of a collectivité that
has it in its perimeter, and the académie's administrators. Correspondants and technicians do not, since a consultation
may be about how they work.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Boolean, Row, delete, literal, select

from charters import letters
from charters.database import db, reading, writing
from charters.days import PARIS, today
from charters.journal import audit
from charters.keys import returns
from charters.model import Actor, Mandate, Role
from charters.people import accounts, presence
from charters.permissions import perimeter
from charters.rules import rules
from charters.signing import signing
from charters.tables.access import Account, MandateRow
from ticketing.mail import undelivered
from ticketing.oversight.consultation import REASONS
from ticketing.oversight.tables import Consultation, ConsultationGrant
from ticketing.tickets.store import SCOPE

KEPT = timedelta(days=365)
LETTER = "readings"  # the kind of the report's letters
#: Kinds of letters that say something of other people, to administrators alone.
ADMINISTRATORS_ONLY = frozenset({"keys-locked", "nobody-answers", "contest-unsettled", undelivered.KIND})
SHOWN = 200
WEEK = timedelta(days=7)
WAYS = {
    "page": "page du ticket",
    "fichier": "un fichier",
    "recherche": "dans une recherche",
    "export": "dans un export",
}

audit.label("readings.reported", "Rapport hebdomadaire des consultations envoyé")


@dataclass(frozen=True, slots=True)
class ConsultationLine:
    """A consultation: when, by whom, of which ticket, how, for which of the four reasons, with what words."""

    at: datetime
    who: str
    sigle: str
    ticket: int
    etablissement: str
    way: str
    reason: str
    words: str


def of_ticket(number: int, limit: int = SHOWN) -> list[ConsultationLine]:
    """Return the consultations of a ticket, newest first. The caller checks that the reader may know of them."""
    return [
        _line(row)
        for row in db.session.execute(
            _query().where(Consultation.ticket_number == number).order_by(Consultation.id.desc()).limit(limit)
        )
    ]


def of_perimeter(actor: Actor, since: datetime, until: datetime, limit: int | None = SHOWN) -> list[ConsultationLine]:
    """Return the consultations of tickets that the active mandate sees now, newest first (an administrator: all
    those of the académie).

    `since` is included, `until` is not.
    """
    mandate = actor.mandate
    if mandate is None:
        return []
    query = _query().where(Consultation.at >= since, Consultation.at < until)
    if mandate.role is Role.ADMINISTRATEUR:
        query = query.where(Consultation.academie == mandate.scope_id)
    else:
        query = query.join(
            SCOPE, (SCOPE.c.ticket_id == Consultation.ticket_number) & (SCOPE.c.key == perimeter(actor).key)
        )
    return [_line(row) for row in db.session.execute(query.order_by(Consultation.id.desc()).limit(limit))]


def _query() -> Any:
    return select(
        Consultation.at,
        Consultation.ticket_number,
        Consultation.etablissement,
        Consultation.way,
        Consultation.reason,
        Consultation.words,
        Account.sigle,
        Account.first_name,
        Account.last_name,
    ).join(Account, Account.id == Consultation.account_id)


def _line(row: Row[Any]) -> ConsultationLine:
    return ConsultationLine(
        row.at,
        f"{row.first_name} {row.last_name}",
        row.sigle,
        row.ticket_number,
        row.etablissement,
        WAYS.get(row.way, row.way),
        REASONS.get(row.reason, row.reason),
        row.words,
    )


# --- the weekly report ------------------------------------------------------------------------------------------------


def last_week(now: datetime) -> tuple[datetime, datetime]:
    """Return the span from the Monday of last week to this Monday, in Paris."""
    monday = now.astimezone(PARIS).replace(hour=0, minute=0, second=0, microsecond=0)
    monday -= timedelta(days=monday.weekday())
    return monday - WEEK, monday


def week_of(monday: date) -> tuple[datetime, datetime]:
    """Return the span from that Monday's midnight in Paris to the next Monday's."""
    begins = datetime.combine(monday, time(), PARIS)
    return begins, datetime.combine(monday + WEEK, time(), PARIS)


def report(now: datetime) -> int:
    """Report last week's consultations by letter (a job), and return how many letters.

    Each référent gets one, even if nothing was consulted, and each chef if something was. The letter only counts, and
    links to the page: tickets are named there, under the perimeter that the reader has then. People whose collectivité
    is suspended or whose charters are unsigned get no letter.
    """
    since, until = last_week(now)
    with reading():
        told = [
            (person, actor, lines)
            for person, actor in _recipients(now)
            if (lines := of_perimeter(actor, since, until, None)) or actor.role is Role.REFERENT
        ]
    with writing() as session:
        for account_id, actor, lines in told:
            account = session.get_one(Account, account_id)
            about = f"{actor.role} {actor.mandate.scope_id} {since:%Y-%m-%d}" if actor.mandate else ""
            letters.write(account, LETTER, now=now, values={**_values(lines, since, until), "about": about})
        if told:
            count = sum(len(lines) for _, _, lines in told)
            audit.record(
                "readings.reported",
                sigle="guichet",
                subject=f"semaine du {since:%d/%m/%Y}",
                now=now,
                details={"people": len(told), "lines": count},
            )
    return len(told)


def as_it_leaves(letter: letters.Waiting, now: datetime) -> letters.Waiting | None:
    """Return a letter as it may be sent now, perhaps days after it was written; None where it may not (PER-07).

    The weekly report is written anew, from what its recipient sees now under the mandate that it was written for. What
    an académie's administrators are told goes to who still is one of them, a list of keys to who still collects them;
    any other letter goes as it is.
    """
    if letter.kind == LETTER:
        with reading():
            return _written_anew(letter, now)
    if letter.kind in ADMINISTRATORS_ONLY:
        with reading():
            return letter if presence.administers(letter.account_id, today(now), letter.about) else None
    if letter.kind == returns.LETTER:
        with reading():
            return letter if returns.collects(letter.account_id, letter.about.split(), today(now)) else None
    return letter


def _written_anew(letter: letters.Waiting, now: datetime) -> letters.Waiting | None:
    """Return the weekly report with the figures of what its recipient sees now; None without the perimeter."""
    role, _, rest = letter.about.partition(" ")
    scope, _, monday = rest.partition(" ")
    for _, actor in _recipients(now, letter.account_id):
        if actor.mandate is None or (str(actor.role), actor.mandate.scope_id) != (role, scope):
            continue
        since, until = week_of(date.fromisoformat(monday))
        lines = of_perimeter(actor, since, until, None)
        if lines or actor.role is Role.REFERENT:
            return letters.anew(letter, _values(lines, since, until))
    return None


def _recipients(now: datetime, account_id: int | None = None) -> list[tuple[int, Actor]]:
    """Return référents and chefs in force whose access is open, as (account id, the actor under that mandate).

    With `account_id`, only the mandates of that account.
    """
    day = today(now)
    rows = db.session.execute(
        select(
            Account.id,
            Account.sigle,
            Account.organisation,
            MandateRow.id.label("mandate"),
            MandateRow.role,
            MandateRow.scope_id,
            MandateRow.starts_on,
            MandateRow.ends_on,
        )
        .join(MandateRow, MandateRow.account_id == Account.id)
        .where(
            MandateRow.role.in_((Role.REFERENT.value, Role.CHEF.value)),
            presence.begun(day),
            presence.in_activity(day),
            ~signing.unsigned(literal(rules().usage_charter_for_staff, Boolean)),
            *([Account.id == account_id] if account_id is not None else []),
        )
        .order_by(Account.id, MandateRow.id)
    ).all()
    return [
        (row.id, _actor(row))
        for row in rows
        if not (accounts.is_suspended(row.organisation) or accounts.is_suspended(row.scope_id))
    ]


def _actor(row: Any) -> Actor:
    """Return the account under the mandate of a row."""
    mandate = Mandate(row.mandate, Role(row.role), row.scope_id, row.starts_on, row.ends_on)
    return Actor(row.id, row.sigle, "", False, mandate)


def _values(lines: list[ConsultationLine], since: datetime, until: datetime) -> dict[str, object]:
    """Return the figures of the weekly letter: how many tickets, for which reasons, by whom."""
    return {
        "first_day": f"{since:%d/%m/%Y}",
        "last_day": f"{until - timedelta(days=1):%d/%m/%Y}",
        "tickets": len({line.ticket for line in lines}),
        "reasons": sorted(Counter(line.reason for line in lines).items()),
        "readers": sorted(Counter(line.who for line in lines).items()),
    }


def forget_old(now: datetime, at_most: int = 5000) -> int:
    """Delete consultations and rights to read older than the journal's retention; return how many consultations."""
    with writing() as session:
        ids = select(Consultation.id).where(Consultation.at < now - KEPT).order_by(Consultation.id).limit(at_most)
        gone = session.execute(delete(Consultation).where(Consultation.id.in_(ids)))
        session.execute(delete(ConsultationGrant).where(ConsultationGrant.expires_at < now - KEPT))
    return int(gone.rowcount)  # type: ignore[attr-defined]
