"""Answer « Que savait-on ce jour-là ? »: an agreement on a ticket's day, as known on another day and as known now.

An administrator sees side by side what tickets of that day were judged by and what has been learnt since.
`ticketing.in_force.versions` explains the two times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from charters.database import db
from charters.days import PARIS
from charters.model import Actor
from matrix import Convention, Conventions, Router
from matrix.wording import day as in_words
from ticketing.amending import fills
from ticketing.amending.overview import fact_label
from ticketing.in_force import routing
from ticketing.in_force.tables import CellFill, MatrixDraft
from ticketing.tables import RecordedFact


@dataclass(frozen=True, slots=True)
class Learnt:
    """A piece of knowledge entered after the day of knowledge: when, what (a sentence), and by whom."""

    at: datetime
    sentence: str
    by: str


@dataclass(frozen=True, slots=True)
class AgreementThen:
    """An agreement on a day, as known at one time: its table of that day, and the recorded facts that counted then."""

    conventions: Conventions
    version_on: date | None  # None: the agreement was not yet in force on that day
    title: str
    facts: tuple[tuple[str, date], ...]


@dataclass(frozen=True, slots=True)
class KnowledgeComparison:
    """The same agreement and day, as known then and as known now."""

    then: AgreementThen
    now: AgreementThen
    learnt: tuple[Learnt, ...]


def compare(actor: Actor, convention_id: str, day: date, known_on: date) -> KnowledgeComparison:
    """Compare an agreement of the actor's académie on `day` as known at the end of `known_on` and as known now.

    Raises NotFound.
    """
    convention = fills.agreement(actor, convention_id)
    instant = end_of(known_on)
    return KnowledgeComparison(
        _known(routing.router_known_at(instant), convention, day),
        _known(routing.router(), convention, day),
        tuple(sorted(_learnt(convention, instant), key=lambda one: one.at)),
    )


def end_of(day: date) -> datetime:
    """Return the last instant of a day in Paris."""
    return datetime.combine(day + timedelta(days=1), time(), PARIS) - timedelta(microseconds=1)


def _known(router: Router, convention: Convention, day: date) -> AgreementThen:
    version = router.conventions[convention.id].version_on(day)
    facts = tuple(
        (fact_label(convention, fact.kind, fact.subject), fact.on)
        for fact in router.recorded
        if fact.convention == convention.id and fact.on <= day
    )
    conventions = routing.on_day(router.conventions, day)
    return AgreementThen(conventions, version.on if version else None, version.title if version else "", facts)


def _learnt(convention: Convention, instant: datetime) -> Iterator[Learnt]:
    labels = routing.shipped()
    for fill in db.session.scalars(select(CellFill).where(CellFill.convention == convention.id)):
        cell = (
            f"« {labels.services.get(fill.service, fill.service)} », "
            f"{labels.activities.get(fill.activity, fill.activity).lower()}"
        )
        if fill.confirmed_at and fill.confirmed_at > instant:
            said = f"La case {cell} a été lue sur le papier : « {fill.change.get('value', '')} »."
            yield Learnt(fill.confirmed_at, said, fill.filled_by_name)
        if fill.confirmed_at and fill.withdrawn_at and fill.withdrawn_at > instant:
            yield Learnt(
                fill.withdrawn_at,
                f"Ce qui avait été lu de la case {cell} a été retiré : {fill.withdrawn_reason}",
                fill.withdrawn_by_name,
            )
    for draft in db.session.scalars(
        select(MatrixDraft).where(MatrixDraft.convention == convention.id, MatrixDraft.approved_at > instant)
    ):
        assert draft.approved_at is not None
        yield Learnt(
            draft.approved_at,
            f"Une version a été approuvée, à effet du {in_words(draft.effect_on)} : {draft.title}.",
            "les signataires",
        )
    for fact in db.session.scalars(select(RecordedFact).where(RecordedFact.convention == convention.id)):
        label = fact_label(convention, fact.kind, fact.subject)
        if fact.recorded_at > instant:
            yield Learnt(
                fact.recorded_at,
                f"Fait enregistré, à compter du {in_words(fact.on)} : {label}.",
                fact.recorded_by_name,
            )
        if fact.withdrawn_at and fact.withdrawn_at > instant:
            yield Learnt(fact.withdrawn_at, f"Fait retiré : {label}.", fact.withdrawn_by_name)
