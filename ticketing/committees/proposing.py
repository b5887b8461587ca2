"""Find the cells whose change would save the most hours in a year, and replay each on the tickets of that year.

A cell costs what the desk held while the cell was blank, and what was lost in wrong hands. What is proposed is the
party that finished most of its tickets, where the facts say so clearly; drafts that are already written are replayed
as they are. Nothing is written: replays read on a connection that cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import select

from charters.database import db
from matrix import Conventions
from matrix.changes import CellChange
from matrix.comparison.replay import Replay
from matrix.comparison.substitution import of_version
from matrix.model import Convention
from matrix.values import PLAIN, ValueFault, party_of
from ticketing.amending import drafts
from ticketing.committees import figures, matters
from ticketing.committees.figures import About
from ticketing.committees.matters import Proposal
from ticketing.errors import Invalid
from ticketing.figures.facts.folding import OWN
from ticketing.in_force import routing, signatories, versions
from ticketing.in_force.tables import MatrixDraft
from ticketing.replays import reports, run
from ticketing.replays.run import ReplaySubject
from ticketing.replays.selection import ReplayPeriod, ReplayReach

#: How many cells are proposed at most.
MOST = 10
#: The least share of the finished tickets of a cell that one party must have finished to be proposed.
CLEAR = 0.6
Cell = tuple[str, str]
Name = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What proposals are made for: whose year, up to when, whose tickets replays count, and names in words."""

    about: About
    until: date
    reach: ReplayReach
    name: Name
    fewest: int  # people under whom a cell is not proposed

    @property
    def period(self) -> ReplayPeriod:
        return self.about.days(self.until)


def found(asked: Asked, step: Callable[[str], None]) -> list[Proposal]:
    """Return the proposals by what they would save, each with its replay; `step` is told of each as it begins."""
    conventions = routing.router().conventions
    convention = conventions[asked.about.convention]
    made = []
    for cell, cost in costs(asked.about, convention).items():
        proposed = _proposed(asked, conventions, convention, cell, cost)
        if proposed is not None:
            made.append(proposed)
    chosen = sorted(made, key=lambda one: (-one[1].saved, -one[1].tickets, one[1].what))[:MOST]
    done = []
    for rank, (change, proposal) in enumerate(chosen, 1):
        step(f"Rejeu de la proposition {rank} sur {len(chosen)}")
        done.append(_replayed(asked, conventions, proposal, change))
    done += _written(asked, step)
    return matters.ranked(done)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a cell cost in a year: tickets opened, people, seconds of the desk while it was blank, seconds lost."""

    tickets: int
    people: int
    waited: int
    lost: int
    finished: Mapping[str, int]  # by the party that finished them


def costs(about: About, convention: Convention) -> dict[Cell, Cost]:
    """Return what each cell of the year cost."""
    whole = figures.by(about, "service", "activity")
    by_party = figures.by(about, "service", "activity", "party")
    blank = figures.by(about, "service", "activity", "party", status="to_qualify")
    people = figures.people(about, "service", "activity")
    desk = _desk(convention)
    made = {}
    for (service, activity), amounts in whole.items():
        of_cell = {key[2]: one for key, one in by_party.items() if key[:2] == (service, activity)}
        made[(service, activity)] = Cost(
            amounts.get("opened", 0),
            people.get((service, activity), 0),
            blank.get((service, activity, desk), {}).get("held", 0),
            amounts.get("lost", 0),
            {party: one["resolved"] for party, one in of_cell.items() if party and one.get("resolved")},
        )
    return made


def _desk(convention: Convention) -> str:
    return convention.parties[convention.desk].organisation or convention.desk


def _proposed(
    asked: Asked, conventions: Conventions, convention: Convention, cell: Cell, cost: Cost
) -> tuple[CellChange, Proposal] | None:
    """Return the change of a cell that the facts speak for, or None."""
    total = sum(cost.finished.values())
    if (
        not total
        or cost.people < asked.fewest
        or cell[0] not in conventions.services
        or cell[1] not in conventions.activities
    ):
        return None
    party, most = min(cost.finished.items(), key=lambda one: (-one[1], one[0]))
    word = _word(conventions, convention, party)
    current = _says(convention, cell, asked.until)
    if most < CLEAR * total or word is None or current not in PLAIN or current in (word, "CL ou Etab", "arbitrage"):
        return None
    blank = not current
    saved = cost.lost + (cost.waited if blank and party != _desk(convention) else 0)
    if not saved:
        return None
    evidence = "Le seul ticket fini l’a été par cette partie"
    if total > 1:
        evidence = f"{most} des {total} tickets finis l’ont été par cette partie"
    return CellChange(service=cell[0], activity=cell[1], value=word), Proposal(
        what=f"{asked.name('service', cell[0])} : {asked.name('activite', cell[1])}",
        now="case blanche" if blank else _called(convention, current),
        then=asked.name("partie", party),
        evidence=evidence,
        tickets=cost.tickets,
        people=cost.people,
        saved=saved,
    )


def _word(conventions: Conventions, convention: Convention, organisation: str) -> str | None:
    """Return the word by which a cell names an organisation, or None where it has none of its own."""
    if organisation == OWN:
        return "Etab" if party_of("Etab", convention.parties) else None
    for side in signatories.bound(conventions, convention.id):
        if side.organisation == organisation and party_of(side.role, convention.parties) in (side.party, side.role):
            return side.role
    return None


def _says(convention: Convention, cell: Cell, on: date) -> str:
    """Return the word that a cell holds on a day, without its note; « ? » where it depends on more than a word."""
    version = convention.version_on(on) or convention.versions[-1]
    known = version.cells.get(cell)
    if known is None or known.provenance == "default":
        return ""
    if len(known.cases) != 1 or known.cases[0].status != "routed":
        return "" if known.cases and all(one.status == "to_qualify" for one in known.cases) else "?"
    party = known.cases[0].party or ""
    body = convention.parties.get(party)
    return body.role if body is not None else party


def _called(convention: Convention, word: str) -> str:
    body = convention.parties.get(party_of(word, convention.parties) or "")
    return body.name if body is not None else word


# --- replays ----------------------------------------------------------------------------------------------------------


def _replayed(asked: Asked, conventions: Conventions, proposal: Proposal, change: CellChange) -> Proposal:
    """Return a proposal with the replay of its one change over the days of the year."""
    convention = conventions[asked.about.convention]
    on = max(asked.until, convention.versions[-1].on) + timedelta(days=1)
    tried = versions.Amendment(0, convention.id, on, proposal.what, (change,))
    try:
        changed = versions.added(conventions, tried)
        if changed is None:
            return proposal
        trial = of_version(changed, routing.router().recorded, convention.id, on)
    except (ValueFault, KeyError) as unfit:
        return replace(proposal, why=f"Ne peut pas être rejouée : {unfit}.")
    subject = ReplaySubject(None, changed[convention.id], proposal.what, on, trial)
    return _told(asked, proposal, subject)


def _told(asked: Asked, proposal: Proposal, subject: ReplaySubject) -> Proposal:
    replay = run.run(subject, asked.reach, asked.period)
    return replace(
        proposal,
        replayed=replay.tickets,
        changed=replay.changed,
        moved=replay.moved,
        flows=_flows(replay, subject),
    )


def _flows(replay: Replay, subject: ReplaySubject) -> tuple[tuple[str, str, int], ...]:
    conventions, convention = subject.trial.after.conventions, subject.convention.id
    moved = [one for one in replay.flows if one.before != one.after]
    named = [
        (
            reports.party_name(conventions, convention, one.before),
            reports.party_name(conventions, convention, one.after),
            one.tickets,
        )
        for one in moved
    ]
    return tuple(sorted(named, key=lambda one: (-one[2], one)))


def _written(asked: Asked, step: Callable[[str], None]) -> Iterable[Proposal]:
    """Return the drafts of the agreement that are open, each with its replay."""
    rows = db.session.execute(
        select(MatrixDraft.id, MatrixDraft.title)
        .where(MatrixDraft.convention == asked.about.convention, MatrixDraft.state.in_(drafts.OPEN))
        .order_by(MatrixDraft.id)
    ).all()
    known: Mapping[Cell, Cost] | None = None
    for number, title in rows:
        step(f"Rejeu du projet n° {number}")
        try:
            subject = run.of_draft(number)
        except Invalid as unfit:
            yield _draft(number, title, (), f"Ne peut pas être rejoué : {unfit}")
            continue
        if known is None:
            known = costs(asked.about, subject.convention)
        cells = [known[cell] for cell in sorted(subject.trial.changed or ()) if cell in known]
        yield _told(asked, _draft(number, title, cells), subject)


def _draft(number: int, title: str, cells: Iterable[Cost], why: str = "") -> Proposal:
    cells = tuple(cells)
    return Proposal(
        what=f"Projet n° {number} : {title}",
        now="matrice en vigueur",
        then="ce que dit le projet",
        evidence="Projet écrit par une partie",
        tickets=sum(one.tickets for one in cells),
        people=max((one.people for one in cells), default=0),
        saved=sum(one.waited + one.lost for one in cells),
        why=why,
    )
