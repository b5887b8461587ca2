"""List the agreements as an administrator sees them, and record the facts that only a person can establish.

Three kinds of fact change what a signed text gives, although the text does not change: the agreement ended (V), the
collectivité put a product's replacement in place (II.2), a cité scolaire's maintenance passed to the Région (I.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import select

from charters.database import db
from charters.days import today
from charters.model import Actor
from matrix import Citation, Convention, Conventions, Recorded, Router, table, terms, wording
from matrix.model import Etablissement
from matrix.owners import body_of
from matrix.places import concerns, subject
from matrix.terms import Coming, Standing
from matrix.uai import as_kept
from ticketing.errors import Invalid, NotFound
from ticketing.in_force import routing
from ticketing.model import clean_line
from ticketing.tables import RecordedFact
from ticketing.tickets import desk

PRECISION_MAX = 300
FactChoice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class FactView:
    """A recorded fact, with who recorded it and when; withdrawn facts stay in the list."""

    id: int
    label: str
    on: date
    words: str
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of the matrix: its first day, how many cells its text settles and how many it leaves to the desk."""

    on: date
    settled: int
    open: int


@dataclass(frozen=True, slots=True)
class AgreementView:
    """An agreement of the académie on a day. `choices` are the facts that can be recorded on it, in groups."""

    id: str
    title: str
    standing: Standing
    coming: tuple[Coming, ...]
    remark: str
    etablissements: int
    parties: tuple[tuple[str, str], ...]
    clauses: tuple[tuple[str, Citation], ...]
    versions: tuple[VersionView, ...]
    facts: tuple[FactView, ...]
    choices: tuple[tuple[str, tuple[FactChoice, ...]], ...]


def of(actor: Actor, now: datetime) -> list[AgreementView]:
    """Return the agreements that name the actor's académie as a party. One query."""
    rows: dict[str, list[RecordedFact]] = {}
    for row in db.session.scalars(select(RecordedFact).order_by(RecordedFact.on, RecordedFact.id)):
        rows.setdefault(row.convention, []).append(row)
    conventions = routing.router().conventions
    found = []
    for one in _own(actor, conventions):
        view = _view(one, conventions, rows.get(one.id, ()), today(now))
        found.append(replace(view, choices=tuple(_choices(one, _places(actor, conventions, one)))))
    return found


def coming(actor: Actor, now: datetime) -> tuple[tuple[str, str, Coming], ...]:
    """Return what the terms of the académie's agreements bring soon, as (id, title, event), soonest first. No query."""
    rules = routing.router()
    alerts = _alerts(rules, today(now))
    found = [(one.id, one.title, event) for one in _own(actor, rules.conventions) for event in alerts[one.id]]
    return tuple(sorted(found, key=lambda line: line[2].on))


@lru_cache(maxsize=4)
def _alerts(rules: Router, day: date) -> dict[str, tuple[Coming, ...]]:
    """Return what each agreement brings soon, by its id.

    It is cached for the day, since every page of figures asks for it.
    """
    return {one.id: terms.alerts(one, day, rules.recorded) for one in rules.conventions}


def record(actor: Actor, typed: Mapping[str, str], now: datetime) -> None:
    """Record a fact from the form: convention, fact (« kind:subject »), on (ISO date) and words. Raises Invalid."""
    conventions = routing.router().conventions
    convention = next((one for one in _own(actor, conventions) if one.id == typed["convention"]), None)
    if convention is None:
        raise Invalid({"": "Cet accord n’est pas de votre académie."})
    faults: dict[str, str] = {}
    known = {
        value for _, choices in _choices(convention, _places(actor, conventions, convention)) for value, _ in choices
    }
    kind, _, subject = typed["fact"].partition(":")
    subject = as_kept(subject)
    if f"{kind}:{subject}" not in known:
        faults["fact"] = "Choisissez ce qui s’est passé."
    on = _day(typed["on"])
    if on is None:
        faults["on"] = "Donnez le jour à compter duquel cela vaut, par exemple 2026-09-01."
    elif on < convention.starts:
        faults["on"] = "Ce jour est antérieur à l’entrée en vigueur de l’accord."
    precision = clean_line(typed["words"])
    if len(precision) > PRECISION_MAX:
        faults["words"] = f"Cette précision dépasse {PRECISION_MAX} caractères : abrégez-la."
    if faults or on is None:
        raise Invalid(faults)
    recorded = Recorded(kind=kind, convention=convention.id, on=on, subject=subject)  # type: ignore[arg-type]
    desk.record_fact(actor, recorded, precision, now)


def withdraw(actor: Actor, fact_id: int, now: datetime) -> None:
    """Withdraw a fact recorded by mistake: from now on it routes nothing; routed tickets keep their decision."""
    convention = db.session.scalar(select(RecordedFact.convention).where(RecordedFact.id == fact_id))
    if convention is None or convention not in {one.id for one in _own(actor, routing.router().conventions)}:
        raise NotFound
    desk.withdraw_fact(actor, fact_id, now)


def fact_label(convention: Convention | None, kind: str, subject: str) -> str:
    """Return a recorded fact in words."""
    if kind == "end":
        return "L’accord n’est plus en vigueur"
    if kind == "replaced":
        product = convention.products.get(subject) if convention else None
        return f"En place : {wording.small(product.label)}" if product else f"{subject} : remplacé"
    return _transfer_label(convention, subject)


#: The articles of the kinds of établissement, to say what passed of which.
_THE = {"college": "le collège", "lycee": "le lycée", "ecole": "l’école", "cite-scolaire": "la cité scolaire"}
_MASCULINE = ("acquisition", "conseil")


def _transfer_label(convention: Convention | None, about: str) -> str:
    """Return what passed to whom in an établissement: « La maintenance de la cité scolaire X est passée à… »."""
    place = convention.etablissements.get(about.partition(":")[0]) if convention else None
    if convention is None or place is None:
        return f"Transfert enregistré : {about}"
    takers: dict[str, dict[str, None]] = {}
    for one in convention.transfers:
        if subject(one, place.id) == about and one.recorded and concerns(one, convention, place):
            body = place.body(one.target) or body_of(one.target, convention.parties)
            to = wording.to(wording.with_article(body.name, convention.articles.get(body.name))) if body else one.target
            takers.setdefault(to, {})[one.activity] = None
    the = _THE["cite-scolaire"] if place.cite_scolaire else _THE.get(place.kind, "l’établissement")
    told = [
        _passed(list(activities), f"{wording.of(the)} {wording.at(place.name, place.commune)}", to)
        for to, activities in takers.items()
    ]
    return wording.capital(" ; ".join(told)) or f"Transfert enregistré : {about}"


def _passed(activities: list[str], of_place: str, to: str) -> str:
    doing = wording.enumeration([wording.DOING[one] for one in activities])
    one = "est passé" if activities[0] in _MASCULINE else "est passée"
    return f"{doing} {of_place} {one if len(activities) == 1 else 'sont passés'} {to}"


def _view(convention: Convention, conventions: Conventions, rows: Sequence[RecordedFact], day: date) -> AgreementView:
    recorded = tuple(
        Recorded(kind=row.kind, convention=convention.id, on=row.on, subject=row.subject)  # type: ignore[arg-type]
        for row in rows
        if row.withdrawn_at is None
    )
    return AgreementView(
        id=convention.id,
        title=convention.title,
        standing=terms.standing(convention, day, recorded),
        coming=terms.alerts(convention, day, recorded),
        remark=_START_REMARK if convention.terms.start_is == "deliberation" else "",
        etablissements=len(convention.etablissements),
        parties=_organisations(convention, conventions),
        clauses=tuple(_clauses(convention)),
        versions=tuple(
            VersionView(version.on, settled, _cells_of(convention, conventions) - settled)
            for version in convention.versions
            for settled in (sum(cell.provenance != "default" for cell in version.cells.values()),)
        ),
        facts=tuple(
            FactView(
                row.id,
                fact_label(convention, row.kind, row.subject),
                row.on,
                row.words,
                row.recorded_at,
                row.recorded_by_name,
                row.withdrawn_at,
                row.withdrawn_by_name,
            )
            for row in rows
        ),
        choices=(),
    )


def _organisations(convention: Convention, conventions: Conventions) -> tuple[tuple[str, str], ...]:
    """Return (role, name) of each organisation that the agreement binds, without the établissements."""
    found: dict[str, tuple[str, str]] = {}
    for place in convention.etablissements:
        for party, body in convention.parties.items():
            organisation, name = conventions.organisation(convention.id, party, place)
            if body.organisation != "*" and organisation != party:
                found.setdefault(organisation, (_ROLES.get(body.role, body.role), name))
    return tuple(found.values())


_ROLES = {"EN": "Éducation nationale", "CL": "Collectivité", "Etab": "Établissement"}


#: The remark shown if the scan left the day of signature blank.
_START_REMARK = "La date de signature n’est pas dans le texte : le jour de la délibération en tient lieu."


def _clauses(convention: Convention) -> Iterator[tuple[str, Citation]]:
    """Yield the clauses on how long the agreement lasts and how it changes, each once: (subject, citation)."""
    signed = convention.terms
    found: dict[Citation, list[str]] = {}
    for title, citation in (
        ("Durée", signed.duration),
        ("Reconduction", signed.renewal),
        ("Préavis", signed.notice),
        ("Résiliation", signed.termination),
        ("Modification", signed.modification),
        *(
            ("Modification des annexes", one)
            for rule in signed.changes
            if rule.kind == "annexe"
            for one in rule.citations
        ),
        ("Signature", signed.signature),
    ):
        if citation is not None:
            found.setdefault(citation, []).append(title)
    for citation, titles in found.items():
        yield " et ".join((titles[0], *(title.lower() for title in dict.fromkeys(titles[1:])))), citation


def _cells_of(convention: Convention, conventions: Conventions) -> int:
    """Return how many cells the agreement's table has: its services multiplied by the six activities."""
    return sum(1 for _ in table.rows(conventions, convention.id))


def _places(actor: Actor, conventions: Conventions, convention: Convention) -> list[Etablissement]:
    """Return the établissements of an agreement that are under the actor's académie."""
    academie = actor.mandate.scope_id if actor.mandate else ""
    return [place for one, place in conventions.under(academie) if one.id == convention.id]


def _choices(convention: Convention, places: Sequence[Etablissement]) -> Iterator[tuple[str, tuple[FactChoice, ...]]]:
    """Yield the facts that can be recorded on an agreement, in groups of (« kind:subject », label).

    Transfers are those of `places`, the établissements under the reader's académie.
    """
    yield "L’accord", (("end:", fact_label(convention, "end", "")),)
    if convention.products:
        yield (
            "Les produits",
            tuple((f"replaced:{one}", fact_label(convention, "replaced", one)) for one in convention.products),
        )
    for heading, cites in (("Les cités scolaires", True), ("Les transferts", False)):
        found = {
            subject(one, place.id): None
            for place in places
            for one in convention.transfers
            if one.recorded and (one.warning == "cite-scolaire") is cites and concerns(one, convention, place)
        }
        if found:
            yield (
                heading,
                tuple((f"transferred:{about}", fact_label(convention, "transferred", about)) for about in found),
            )


def _own(actor: Actor, conventions: Conventions) -> list[Convention]:
    mine = {one.id for one, _ in conventions.under(actor.mandate.scope_id)} if actor.mandate else set()
    return [one for one in conventions if one.id in mine]


def _day(text: str) -> date | None:
    """Return a day from an ISO date field or from French text (31/08/2026), or None."""
    text = text.strip()
    if text.count("/") == 2:
        text = "-".join(reversed(text.split("/")))
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day is not None and day.year < 2200 else None
