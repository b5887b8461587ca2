"""Make the pack of an agreement's committee for a school year: read the facts, shape them, replay what is proposed.

The whole pack is the académie's. A party that signs gets its own figures, and the totals where a clause has the parties
read the desk's reports together (IV: « sur la base des bilans issus du guichet »). Nothing else of other parties is in
it, and no group of fewer than five people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from charters.database import db
from charters.days import PARIS
from charters.errors import Unavailable
from matrix import Conventions
from matrix.model import Convention
from ticketing.amending import overview
from ticketing.committees import chapters, figures, matters, proposing
from ticketing.committees.chapters import Figures
from ticketing.committees.content import FEWEST, Pack, PackTable
from ticketing.committees.figures import About
from ticketing.committees.hiding import Hiding
from ticketing.committees.matters import Remark
from ticketing.errors import NotFound
from ticketing.figures import periods
from ticketing.figures.board import reading
from ticketing.figures.facts.folding import OWN
from ticketing.figures.publishing import OWN_LABEL
from ticketing.in_force import routing, signatories
from ticketing.in_force.signatories import Signatory
from ticketing.in_force.tables import CellFill
from ticketing.replays.selection import ReplayReach
from ticketing.tables import RecordedFact, Ticket

CHAPTERS = (
    ("L’essentiel", ("essentiel",)),
    ("Le comité", ("composition", "reunions")),
    ("Les engagements", ("engagements",)),
    ("L’activité de l’année", ("parties", "mois", "services", "etablissements")),
    ("Ce qui est contesté", ("contestations", "chiffres-contestes")),
    ("Ce qui a changé", ("changements",)),
    ("Ce que l’on peut changer", ("propositions", "rejeux")),
    ("Ce que disent les parties", ("observations",)),
    ("D’où viennent ces chiffres", ("sources",)),
)


class NotReady(Unavailable):
    """Raised while the facts of a month of the pack are being made: asked again in a few minutes, it will be there."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What pack is asked for: the agreement, the académie, the school year, whose (« » for the whole), the meeting.

    With `everything`, the whole pack hides no small group, and is for the académie alone.
    """

    convention: str
    academie: str
    period: str
    side: str = ""
    meeting: date | None = None
    everything: bool = False


def year(text: str) -> str:
    """Return the period of a school year as people write it, « 2025-2026 ». Raises ValueError."""
    first, _, last = text.strip().replace("/", "-").partition("-")
    if len(first) != 4 or not first.isdecimal() or not first.isascii() or not last.isdecimal():
        raise ValueError(text)
    if int(last) not in (int(first) + 1, (int(first) + 1) % 100):
        raise ValueError(text)
    return f"annee-{first}"


def make(wanted: Wanted, remarks: Sequence[Remark], step: Callable[[str], None] = lambda _: None) -> Pack:
    """Return the pack; `step` is told, in French, of each part as it begins.

    Raises NotFound for an agreement, an académie or a side that there is not, and NotReady.
    """
    conventions = routing.router().conventions
    side = side_of(conventions, wanted)
    convention = conventions[wanted.convention]
    about = About(wanted.academie, wanted.convention, wanted.period)
    made = reading.made_at()
    signed = figures.signatures(about)
    if made is None or not all(signed.values()):
        raise NotReady("Les chiffres de cette période sont en train de se faire : recommencez dans dix minutes.")
    until = cut_off(wanted.period, made)
    step("Lecture des chiffres de l’année et de l’année d’avant")
    read = _read(about, wanted)
    return Pack(
        agreement=convention.id,
        title=convention.title,
        year=periods.label(wanted.period).removeprefix("Année scolaire "),
        side=wanted.side,
        side_name=side.name if side else "",
        cut_off=until,
        everything=read.hiding.everything,
        meeting=wanted.meeting,
        tables=_tables(wanted, read, until, remarks, step),
        chapters=CHAPTERS,
    )


def side_of(conventions: Conventions, wanted: Wanted) -> Signatory | None:
    """Return the signatory whose pack is wanted, None for the whole. Raises NotFound."""
    if wanted.convention not in conventions or wanted.academie not in academies(conventions, wanted.convention):
        raise NotFound
    if not wanted.side:
        return None
    signing = {party for rule in signatories.rules(conventions[wanted.convention]) for party in rule.signatories}
    for one in signatories.bound(conventions, wanted.convention):
        if one.organisation == wanted.side and one.party in signing:
            return one
    raise NotFound


def academies(conventions: Conventions, convention_id: str) -> tuple[str, ...]:
    """Return the académies of an agreement's établissements."""
    convention = conventions[convention_id]
    return tuple(sorted({conventions.academie(one, convention) for one in convention.etablissements}))


def cut_off(period: str, made: datetime) -> date:
    """Return the last day counted: that of the year, or the day up to which facts are made."""
    return min(figures.last_day(periods.bounds(period)[1]), made.astimezone(PARIS).date())


# --- figures ----------------------------------------------------------------------------------------------------------


def _read(about: About, wanted: Wanted) -> Figures:
    own = wanted.side
    before = About(about.academie, about.convention, periods.year_before(about.period))
    sides = (about, before)
    parties = [matters.mapping(figures.by(one, "party")) for one in sides]
    waits = [figures.waiting(one) for one in sides]
    for found, waited in zip(parties, waits, strict=True):
        for party, count in waited.items():
            found[party] = {**found.get(party, {}), "waiting": count}
    wholes = [
        {**figures.by(one).get((), {}), "waiting": sum(waited.values())}
        for one, waited in zip(sides, waits, strict=True)
    ]
    people = {name: _people(about, name, own) for name in _TOLD_APART}

    def together(column: str, values: frozenset[str]) -> int:
        return figures.people(about, besides=own, among=(column, values)).get((), 0)

    hiding = Hiding(people, together, own, wanted.everything and not own)
    outside = figures.people(about, besides=own).get((), 0) if own else 0
    return Figures(
        period=about.period,
        whole=(wholes[0], wholes[1]),
        parties=(parties[0], parties[1]),
        months=(matters.mapping(figures.by(about, "month")), matters.mapping(figures.by(before, "month"))),
        services=matters.mapping(figures.by(about, "service")),
        places={} if own else matters.mapping(figures.by(about, "etablissement")),
        hiding=hiding,
        outside=outside,
    )


def _people(about: About, column: str, own: str) -> dict[str, int]:
    """Return how many people each group is about; for a party, how many others, since it knows what is its own."""
    whole = {key[0]: count for key, count in figures.people(about, column).items()}
    if not own:
        return whole
    others = {key[0]: count for key, count in figures.people(about, column, besides=own).items()}
    return {value: others.get(value) or FEWEST for value in whole}


_TOLD_APART = ("party", "month", "service", "etablissement")


def _tables(
    wanted: Wanted, read: Figures, until: date, remarks: Sequence[Remark], step: Callable[[str], None]
) -> tuple[PackTable, ...]:
    conventions = routing.router().conventions
    convention, own = conventions[wanted.convention], wanted.side
    shared = not own or bool(matters.basis(convention))
    named = names(read)
    about = About(wanted.academie, wanted.convention, wanted.period)
    promised = chapters.promises(read, named, own) + _text_delays(about, until, named, read.hiding)
    met = {party for party, *_ in promised}
    silent = sorted({named("partie", one) for one in read.parties[0] if one and (not own or one == own)} - met)
    reach = ReplayReach(_places(conventions, convention, wanted.academie), academie=wanted.academie)
    if own:
        reach = ReplayReach(reach.places, academie=wanted.academie, key=f"org:{own}")
    proposed = []
    if shared:
        proposed = proposing.found(proposing.Asked(about, until, reach, named, read.hiding.fewest), step)
    step("Mise en forme du dossier")
    return (
        chapters.essentials(read, own, shared),
        matters.composition(convention),
        matters.meetings(convention, wanted.meeting),
        matters.engagements(promised, silent, convention),
        chapters.parties(read, named, own),
        chapters.months(read, own, shared),
        chapters.topics(read, named, own, shared),
        chapters.places(read, named, own),
        chapters.contests(read, named, own),
        matters.contested(remarks),
        matters.changes(_changes(convention, about, until)),
        matters.proposals(proposed, read.hiding.fewest, own),
        matters.replays(proposed, read.hiding.fewest),
        matters.remarks(remarks),
        matters.sources(() if own else figures.sources(about), periods.label),
    )


def _places(conventions: Conventions, convention: Convention, academie: str) -> tuple[str, ...]:
    return tuple(one for one in convention.etablissements if conventions.academie(one, convention) == academie)


def names(read: Figures) -> chapters.Name:
    """Return the names of what figures are told apart by: those of today, else the last that were known."""
    conventions = routing.router().conventions
    lost = {
        "partie": figures.known_names("partie", [one for side in read.parties for one in side if one]),
        "etablissement": figures.known_names("etablissement", list(read.places)),
        "service": figures.known_names("service", list(read.services)),
    }

    def name(dimension: str, value: str) -> str:
        match dimension:
            case "partie":
                found = OWN_LABEL if value == OWN else routing.side_name(conventions, value)
            case "etablissement":
                found = routing.side_name(conventions, value)
            case "service":
                found = conventions.services.get(value, value)
            case _:
                found = conventions.activities.get(value, value)
        return lost.get(dimension, {}).get(value, found) if found == value else found

    return name


def _text_delays(about: About, until: date, name: chapters.Name, hiding: Hiding) -> list[tuple[str, str, int, int]]:
    """Return the delays that the text sets on parties, of the tickets of the year: (party, what, fell due, kept)."""
    days = about.days(until)
    past = min(days.end, figures_end(until))
    kept = Ticket.first_answer_at.is_not(None) & (Ticket.first_answer_at <= Ticket.text_due_at)
    due = Ticket.first_answer_at.is_not(None) | (Ticket.text_due_at <= past)
    rows = db.session.execute(
        select(
            Ticket.holder_organisation, func.count(), func.count().filter(kept), func.count(Ticket.opened_by.distinct())
        )
        .where(
            Ticket.academie == about.academie,
            Ticket.convention == about.convention,
            Ticket.text_due_at.is_not(None),
            Ticket.opened_at >= days.first,
            Ticket.opened_at < days.end,
            due,
            *([Ticket.holder_organisation == hiding.own] if hiding.own else []),
        )
        .group_by(Ticket.holder_organisation)
        .order_by(Ticket.holder_organisation)
    )
    return [
        (name("partie", holder), "Agir dans le délai que le texte fixe", asked, done)
        for holder, asked, done, people in rows
        if hiding.own or people >= hiding.fewest
    ]


def figures_end(until: date) -> datetime:
    """Return the first instant after a day in Paris."""
    return datetime.combine(until + timedelta(days=1), datetime.min.time(), PARIS)


def _changes(convention: Convention, about: About, until: date) -> list[tuple[date, str, str]]:
    """Return what changed in an agreement during the year: versions, filled cells, recorded facts."""
    days = about.days(until)
    found = [
        (one.on, "Nouvelle version de la matrice", one.title or "Version de l’accord")
        for one in convention.versions
        if days.since <= one.on <= days.until
    ]
    filled = db.session.scalars(
        select(CellFill.confirmed_at).where(
            CellFill.convention == convention.id,
            CellFill.confirmed_at.is_not(None),
            CellFill.withdrawn_at.is_(None),
            CellFill.confirmed_at >= days.first,
            CellFill.confirmed_at < days.end,
        )
    )
    by_day: dict[date, int] = {}
    for at in filled:
        on = at.astimezone(PARIS).date()  # type: ignore[union-attr]
        by_day[on] = by_day.get(on, 0) + 1
    found += [
        (on, "Cases complétées d’après le papier signé", matters.plural(count, "case", "cases"))
        for on, count in by_day.items()
    ]
    facts = db.session.scalars(
        select(RecordedFact).where(
            RecordedFact.convention == convention.id,
            RecordedFact.withdrawn_at.is_(None),
            RecordedFact.on >= days.since,
            RecordedFact.on <= days.until,
        )
    )
    found += [(one.on, "Fait constaté", overview.fact_label(convention, one.kind, one.subject)) for one in facts]
    return found
