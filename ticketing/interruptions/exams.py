"""The académie's list of exam days, which interruptions should avoid."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import delete, select

from charters.database import db, writing, written_at
from charters.journal import audit
from charters.model import Actor
from charters.people.accounts import squeeze
from ticketing.errors import Invalid, NotFound
from ticketing.interruptions.banners import academie_of
from ticketing.interruptions.clashes import Exam
from ticketing.interruptions.tables import ExamPeriod

audit.label("exams.changed", "Liste des épreuves changée")


def exams(academie: str) -> list[tuple[int, Exam]]:
    """Return the exams of an académie as (id, days), in the order of their days."""
    rows = db.session.scalars(
        select(ExamPeriod).where(ExamPeriod.academie == academie).order_by(ExamPeriod.first, ExamPeriod.id)
    )
    return [(row.id, Exam(row.name, row.first, row.last)) for row in rows]


def add_exam(name: str, first: str, last: str, *, actor: Actor, now: datetime) -> None:
    """Add days of exams. Raises Invalid, Refused."""
    academie, name = academie_of(actor), squeeze(name)
    faults: dict[str, str] = {}
    begins, ends = read_day(first, "exam_first", faults), read_day(last or first, "exam_last", faults)
    if not name or len(name) > 120:
        faults["exam_name"] = "Nommez les épreuves, en 120 caractères au plus."
    if begins and ends and ends < begins:
        faults["exam_last"] = "La fin doit venir après le début."
    if faults:
        raise Invalid(faults)
    assert begins is not None and ends is not None
    with writing() as session:
        now = written_at(now)
        session.add(ExamPeriod(academie=academie, name=name, first=begins, last=ends))
        audit.record("exams.changed", actor=actor, subject=name, now=now, details={"on": begins.isoformat()})


def remove_exam(exam_id: int, *, actor: Actor, now: datetime) -> None:
    """Remove days of exams from the list. Raises NotFound, Refused."""
    with writing() as session:
        now = written_at(now)
        name = session.scalar(
            delete(ExamPeriod)
            .where(ExamPeriod.id == exam_id, ExamPeriod.academie == academie_of(actor))
            .returning(ExamPeriod.name)
        )
        if name is None:
            raise NotFound(str(exam_id))
        audit.record("exams.changed", actor=actor, subject=name, now=now, details={"removed": True})


def read_day(text: str, field: str, faults: dict[str, str]) -> date | None:
    """Return the day of an ISO text, or None with a sentence in `faults` for this field."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year <= 2100:
        faults[field] = "Indiquez une date qui existe."
        return None
    return day
