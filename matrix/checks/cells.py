"""Checks of cells: cells that nothing settles, conflicts between parties, services that no clause names. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matrix.checks.model import Finding, Severity, cell_place, found, place, plural
from matrix.conventions import Conventions
from matrix.french.grammar import known
from matrix.model import Case, Cell, Convention, Version
from matrix.owners import OWN, standing_for
from matrix.places import holds_at, of_place
from matrix.signed_text.uses import cell_citations
from matrix.wording import SECTIONS, enumeration, named, of, place_condition, references, small

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """Holds the services that a version of an agreement covers, by section, in the order of annexe 2."""

    version: Version
    sections: dict[str, tuple[str, ...]]
    ruled: frozenset[str]  # the services that are rows of a table of the agreement


def table(conventions: Conventions, convention: Convention, version: Version) -> Table:
    """Return the services that a version covers: the rows of its table, and those that its cells name."""
    named = {service for service, _ in version.cells}
    sections: dict[str, tuple[str, ...]] = {}
    ruled: set[str] = set()
    for section, services in conventions.sections.items():
        if section in convention.sections:
            ruled.update(services)
        kept = services if section in convention.sections else tuple(name for name in services if name in named)
        if kept:
            sections[section] = kept
    return Table(version, sections, frozenset(ruled))


def check(conventions: Conventions, convention: Convention) -> Iterator[Finding]:
    """Yield the findings on cells, version by version; blank cells are looked for in the latest version only."""
    for version in convention.versions:
        for cell in version.cells.values():
            yield from _cell(conventions, convention, cell)
        yield from _conflicts(conventions, convention, version)
    if convention.versions:
        last = table(conventions, convention, convention.versions[-1])
        yield from _blank(conventions, convention, last)
        yield from _unnamed(conventions, convention, last)


def settled(cell: Cell | None) -> bool:
    """Return whether an agreement settles a cell: its word is printed in the table, or a clause says it."""
    return cell is not None and cell.provenance != "default"


# --- blank, unnamed ---------------------------------------------------------------------------------------------------


def _blank(conventions: Conventions, convention: Convention, shown: Table) -> Iterator[Finding]:
    """One finding for each section, with its services and, for each, the activities that nothing settles.

    In an agreement with a table these are blank cells that the signed paper may fill in. In one without a table, the
    articles say nothing more.
    """
    activities = conventions.activities
    for section, services in shown.sections.items():
        items, cells = [], []
        for service in services:
            blank = [one for one in activities if not settled(shown.version.cells.get((service, one)))]
            if blank:
                cells += [(service, one) for one in blank]
                items.append(f"{conventions.services[service]} : {' ; '.join(small(activities[one]) for one in blank)}")
        if not items:
            continue
        on_table = section in convention.sections
        weight: Severity = "avertissement" if on_table else "remarque"
        advice = (
            "Qui a le papier signé les complète (« Cases en blanc », sur la page de l’accord)."
            if on_table
            else "Les articles n’en disent pas plus."
        )
        yield found(
            convention,
            "blank-cells",
            weight,
            place(convention, f"version:{shown.version.on}"),
            section,
            f"{SECTIONS.get(section, section)} : sur {len(services) * len(activities)} cases, rien n’en règle "
            f"{len(cells)}, dans {plural(len(items), 'service')} sur {len(services)} ; le guichet les qualifie. "
            f"{advice}",
        ).about(tuple(cells), items=tuple(items))


def _unnamed(conventions: Conventions, convention: Convention, shown: Table) -> Iterator[Finding]:
    """Yield the findings on services and activities that the text does not settle.

    They are services that only the table's first column names, and activities that no cell settles.
    """
    at, cells = place(convention, f"version:{shown.version.on}"), shown.version.cells
    silent = [
        service
        for services in shown.sections.values()
        for service in services
        if not any(
            (settled(cell) or cell.citations)
            for one in conventions.activities
            if (cell := cells.get((service, one))) is not None
        )
    ]
    if silent:
        yield found(
            convention,
            "unnamed-service",
            "avertissement",
            at,
            "services",
            f"{plural(len(silent), 'service')} de la table sans aucun mot imprimé, et qu’aucune clause ne nomme : tout "
            "ce qui les concerne va au guichet.",
        ).about(
            tuple((service, one) for service in silent for one in conventions.activities),
            items=tuple(conventions.services[one] for one in silent),
        )
    for activity, label in conventions.activities.items():
        if not any(settled(cell) for (_, one), cell in cells.items() if one == activity):
            yield found(
                convention,
                "unnamed-activity",
                "remarque",
                at,
                activity,
                f"Aucune clause ne parle de l’activité « {label} » : pour tous les services, elle va au guichet.",
            )


# --- one cell ---------------------------------------------------------------------------------------------------------


def _cell(conventions: Conventions, convention: Convention, cell: Cell) -> Iterator[Finding]:
    at, subject = cell_place(convention, cell), f"{cell.service} / {cell.activity}"
    told, key = title(conventions, cell), ((cell.service, cell.activity),)
    bare = [case for case in cell.cases if not case.citations]
    helpers = [part for case in cell.cases for part in case.contributors]
    if settled(cell) and (bare or not cell_citations(cell) or any(not part.citations for part in helpers)):
        yield found(
            convention,
            "uncited-cell",
            "erreur",
            at,
            subject,
            f"{told} : la case est réglée, mais elle, l’un de ses cas ou un contributeur ne cite aucune clause.",
        ).about(key)
    yield from _idle(convention, cell, told)
    for case in cell.cases:
        owner = case.party or convention.desk
        for part in case.contributors:
            if part.party == owner:
                yield found(
                    convention,
                    "self-contributor",
                    "erreur",
                    at,
                    subject,
                    f"{told} : {part.party} y contribue alors qu’il en répond déjà"
                    f"{'' if case.party else ' (le guichet tient le ticket)'} ; ce contributeur ne sert à rien.",
                ).about(key)


def _idle(convention: Convention, cell: Cell, told: str) -> Iterator[Finding]:
    """Findings on cases for a kind, a sector or an owner that no établissement of the agreement has."""
    places = convention.etablissements.values()
    for case in cell.cases:
        apart = [test for test in case.tests if of_place(test)]
        if not apart or any(all(holds_at(test, one, convention.parties) for test in apart) for one in places):
            continue
        when = enumeration([place_condition(convention, test) for test in apart])
        yield found(
            convention,
            "idle-case",
            "avertissement",
            cell_place(convention, cell),
            f"{cell.service} / {cell.activity}",
            f"{told} : un cas ne vaut que {when}, et aucun établissement de l’accord n’est ainsi : il ne sert jamais.",
        ).about(((cell.service, cell.activity),))


def _conflicts(conventions: Conventions, convention: Convention, version: Version) -> Iterator[Finding]:
    for cell in version.cells.values():
        for case in cell.cases:
            if case.status == "conflict":
                yield found(
                    convention,
                    "two-parties",
                    "avertissement",
                    cell_place(convention, cell),
                    f"{cell.service} / {cell.activity}",
                    f"{title(conventions, cell)} : le texte donne la même chose à deux parties, "
                    f"{_names(convention, case)} ({references(case.citations)}). Le programme ne choisit pas : le "
                    "guichet tient ces tickets jusqu’à ce que les parties tranchent.",
                ).about(
                    ((cell.service, cell.activity),),
                    items=tuple(f"« {one.quote} » ({references((one,))})" for one in case.citations),
                )


def _names(convention: Convention, case: Case) -> str:
    return enumeration([convention.parties[one].name for one in case.candidates if one in convention.parties])


def title(conventions: Conventions, cell: Cell) -> str:
    """Return a cell's title in French: « Filtrage internet, installation / déploiement »."""
    return f"{conventions.services[cell.service]}, {small(conventions.activities[cell.activity])}"


# --- parties ----------------------------------------------------------------------------------------------------------


def check_parties(convention: Convention) -> Iterator[Finding]:
    """Yield the findings on parties that answer for nothing or cannot be reached.

    A party can be reached where the text gives its hours and its desk or a correspondent.
    """
    answering, helping = _answering(convention), _helping(convention)
    for name, body in convention.parties.items():
        at = place(convention, f"party:{name}")
        if body.contributor_only and name not in helping:
            yield found(
                convention,
                "idle-party",
                "avertissement",
                at,
                name,
                f"{body.name} ne fait que contribuer, et aucune case ne l’appelle : cette partie ne sert à rien.",
            )
        elif not body.contributor_only and name not in answering and name != convention.desk:
            also = " ; elle ne fait que contribuer" if name in helping else ""
            yield found(
                convention,
                "idle-party",
                "remarque",
                at,
                name,
                f"{body.name[:1].upper()}{body.name[1:]} ne répond de rien dans cet accord{also}.",
            )
        if not known(body.name, convention.articles.get(body.name)):
            yield found(
                convention,
                "unknown-article",
                "remarque",
                at,
                name,
                f"L’article du nom « {body.name} » n’est pas connu : les phrases l’écrivent sans article. Dites-le "
                "dans [articles].",
            )
        if body.organisation != "*" and (name in answering or name == convention.desk):
            yield from _reach(convention, name)


def _answering(convention: Convention) -> set[str]:
    """Return the parties that some case, note or transfer makes answer for a service, or hold its tickets."""
    cases = [case for version in convention.versions for cell in version.cells.values() for case in cell.cases]
    named = {case.party for case in cases} | {one for case in cases for one in case.candidates}
    noted = {party for _, party, _ in convention.notes.values()}
    own = {name for role in OWN if role in named for name in standing_for(role, convention.parties)}
    moved = {move.target for move in convention.transfers}
    own |= {name for role in OWN if role in moved for name in standing_for(role, convention.parties)}
    return {one for one in named | noted | own | moved if one is not None}


def _helping(convention: Convention) -> set[str]:
    return {
        part.party
        for version in convention.versions
        for cell in version.cells.values()
        for case in cell.cases
        for part in case.contributors
    }


def _reach(convention: Convention, name: str) -> Iterator[Finding]:
    """Yield the findings on the telephone, hours and other contacts of a party that the text does not give."""
    body, contacts = convention.parties[name], [one for one in convention.contacts if one.party == name]
    lacking = []
    if not any(one.phone or one.online for one in contacts):
        lacking.append("ni téléphone, ni autre guichet")
    if not any(one.hours for one in contacts):
        lacking.append("ni horaires")
    if not lacking:
        return
    holds = name == convention.desk
    points = " Il nomme des points d’accueil, sans dire comment les joindre." if convention.points and holds else ""
    yield found(
        convention,
        "unreachable-party",
        "avertissement" if holds else "remarque",
        place(convention, f"party:{name}"),
        name,
        f"Le texte ne donne {of(named(convention, body))} {', '.join(lacking)}"
        f"{'' if contacts else ', ni correspondant'}"
        f"{' ; c’est pourtant là que se tient le guichet' if holds else ''}.{points}",
    )
