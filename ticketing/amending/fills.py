"""Fills in the blank cells of an agreement from the signed paper, for an administrator of its académie.

The scan lost what a coloured cell said; somebody who holds the paper can read it. There are two steps: what is typed is
kept aside, and the page shows the tickets that wait on that cell; once it is confirmed, the cell is `printed` and those
tickets are routed again, each in a commit of its own. Tickets already routed keep their decision. A fill that is
withdrawn stays in the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from charters.database import db, writing
from charters.days import today
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor
from charters.permissions import Action
from matrix import Convention, Conventions, Router
from matrix.changes import CellChange, check, packed
from matrix.model import Cell, Version
from matrix.values import ValueFault
from ticketing.amending import rerouting, to_qualify
from ticketing.amending.to_qualify import TicketToQualify
from ticketing.errors import Invalid, NotFound, StepRefused
from ticketing.in_force import routing, versions
from ticketing.in_force.tables import CellFill
from ticketing.model import clean_line, clean_text

audit.label("cell.filled", "Case d’un accord lue sur le texte signé, à confirmer")
audit.label("cell.confirmed", "Case d’un accord remplie")
audit.label("cell.withdrawn", "Remplissage d’une case retiré")

PLACE_MAX, REASON_MIN, REASON_MAX = 60, 5, 500
#: How many tickets one confirmation routes again; the others stay in the list, for another confirmation.
AT_ONCE = 100

PAPER = {
    "page": "Dites à quelle page du texte signé.",
    "line": "Dites sur quelle ligne du tableau.",
    "column": "Dites dans quelle colonne du tableau.",
}


@dataclass(frozen=True, slots=True)
class BlankCell:
    """A cell that an agreement leaves blank and that no clause settles."""

    service: str
    activity: str


@dataclass(frozen=True, slots=True)
class FillView:
    """A cell read on the paper: what it says, where, by whom; `state` pending, confirmed, withdrawn or dropped."""

    id: int
    service: str
    activity: str
    change: CellChange
    cell: Cell
    version_on: date
    page: str
    line: str
    column: str
    filled_at: datetime
    filled_by: str
    confirmed_at: datetime | None
    confirmed_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str
    reason: str

    @property
    def state(self) -> str:
        if self.withdrawn_at is not None:
            return "withdrawn" if self.confirmed_at else "dropped"
        return "confirmed" if self.confirmed_at else "pending"


# --- read -------------------------------------------------------------------------------------------------------------


def agreement(actor: Actor, convention_id: str) -> Convention:
    """An agreement of the files that names the actor's académie. Raises NotFound."""
    if not permits(actor, Action.ADMINISTER_MATRIX).allowed or not _mine(actor, convention_id):
        raise NotFound
    return routing.shipped()[convention_id]


def blanks(convention: Convention, conventions: Conventions, day: date) -> list[BlankCell]:
    """The cells that the agreement leaves blank on a day and no clause settles, in the order of its table.

    `convention` is the agreement of the files, `conventions` what is known now.
    """
    base, known = version_of(convention, day), conventions[convention.id].version_on(day)
    found = []
    for service in services_of(conventions, convention):
        for activity in conventions.activities:
            key = (service, activity)
            cells = (base.cells.get(key), known.cells.get(key) if known else None)
            if all(cell is None or cell.provenance == "default" for cell in cells) and not _settled(cells[1]):
                found.append(BlankCell(*key))
    return found


def services_of(conventions: Conventions, convention: Convention) -> list[str]:
    """The services that an agreement's table lists, those that it leaves out (I.1) apart."""
    named = {service for service, _ in convention.versions[-1].cells}
    return [
        service
        for section, services in conventions.sections.items()
        for service in services
        if (section in convention.sections or service in named) and service not in convention.exclusions
    ]


def version_of(convention: Convention, day: date) -> Version:
    """The version of the files that a fill made on a day belongs to: the one in force, or the first to come."""
    return convention.version_on(day) or convention.versions[0]


def history(convention: Convention) -> list[FillView]:
    """Everything that was read on the paper of an agreement, newest first; what was withdrawn stays."""
    rows = db.session.scalars(select(CellFill).where(CellFill.convention == convention.id).order_by(CellFill.id.desc()))
    return [view for row in rows if (view := _view(convention, row)) is not None]


def pending(actor: Actor) -> list[tuple[str, str, str]]:
    """What was read on the paper of the actor's agreements and waits to be confirmed: agreement, service, activity."""
    if not permits(actor, Action.ADMINISTER_MATRIX).allowed:
        return []
    rows = db.session.execute(
        select(CellFill.convention, CellFill.service, CellFill.activity)
        .where(CellFill.confirmed_at.is_(None), CellFill.withdrawn_at.is_(None))
        .order_by(CellFill.id)
    )
    return [(row.convention, row.service, row.activity) for row in rows if _mine(actor, row.convention)]


def standing(convention: Convention, service: str, activity: str, day: date) -> FillView | None:
    """What is filled in on a cell now, confirmed or not."""
    row = _row(db.session(), convention, service, activity, day)
    return _view(convention, row) if row is not None else None


def cell_known(actor: Actor, convention_id: str, service: str, activity: str, day: date) -> Cell | None:
    """What the cell of an agreement's table says now, the fills included. Raises NotFound where there is none such."""
    convention, conventions = agreement(actor, convention_id), routing.router().conventions
    if service not in services_of(conventions, convention) or activity not in conventions.activities:
        raise NotFound
    version = conventions[convention_id].version_on(day)
    return version.cells.get((service, activity)) if version else None


def waiting_on(actor: Actor, convention: Convention, fill: FillView) -> list[TicketToQualify]:
    """The tickets that wait to be qualified on the cell of a fill, with where each would go by it."""
    return to_qualify.on_cell(actor, convention.id, fill.service, fill.activity, router_with(convention, fill))


def router_with(convention: Convention, fill: FillView) -> Router:
    """The router as it is known now, with this fill in it, confirmed already or not."""
    if fill.state == "confirmed":
        return routing.router()
    one = versions.Fill(convention.id, fill.version_on, fill.change)
    known = versions.assembled(routing.shipped(), [*versions.fills(), one], versions.amendments())
    return Router(known, routing.router().recorded)


# --- write ------------------------------------------------------------------------------------------------------------


def fill(actor: Actor, convention_id: str, change: CellChange, paper: Mapping[str, str], now: datetime) -> int:
    """Keeps what an administrator read on the paper, to be confirmed; gives its id.

    `paper`: page, line, column, all wanted. Raises NotFound (no such cell, not the actor's académie), Invalid by field.
    """
    convention = agreement(actor, convention_id)
    places, errors = _places(paper)
    errors |= _value_faults(convention, change)
    if (change.service, change.activity) not in {(one.service, one.activity) for one in _every(convention)}:
        raise NotFound
    if errors:
        raise Invalid(errors)
    try:
        with writing() as session:
            _must_be_blank(session, convention, change, today(now))
            row = _fill_row(convention, change, places, actor, now)
            session.add(row)
            session.flush()
            _journal("cell.filled", actor, row, now)
            return row.id
    except IntegrityError as crossed:  # two at the same instant: the index lets the first in
        raise Invalid({"": _FILLED_MEANWHILE}) from crossed


_FILLED_MEANWHILE = "Cette case vient d’être remplie par quelqu’un : voyez ce qui y est écrit."


def _value_faults(convention: Convention, change: CellChange) -> dict[str, str]:
    """What is wrong with what the cell would say, by field."""
    if not change.value:
        return {"value": "Dites ce que la case dit : une case lue en blanc reste en blanc."}
    conventions = routing.router().conventions
    try:
        check(convention, conventions.services, conventions.activities, change)
    except ValueFault as fault:
        return {"value": f"{str(fault)[:1].upper()}{str(fault)[1:]}."}
    return {}


def _must_be_blank(session: Session, convention: Convention, change: CellChange, day: date) -> None:
    """Raises Invalid where the cell was read already, or says something."""
    if _row(session, convention, change.service, change.activity, day) is not None:
        raise Invalid({"": _FILLED_MEANWHILE})
    if BlankCell(change.service, change.activity) not in blanks(convention, routing.router().conventions, day):
        raise Invalid({"": "Cette case n’est pas en blanc : pour la changer, faites un projet."})


def _fill_row(
    convention: Convention, change: CellChange, places: Mapping[str, str], actor: Actor, now: datetime
) -> CellFill:
    return CellFill(
        convention=convention.id,
        version_on=version_of(convention, today(now)).on,
        service=change.service,
        activity=change.activity,
        change=packed(replace(change, origin="")),
        paper_page=places["page"],
        paper_line=places["line"],
        paper_column=places["column"],
        filled_at=now,
        filled_by=actor.account_id,
        filled_by_name=actor.name,
    )


def confirm(
    actor: Actor, convention_id: str, fill_id: int, tickets: Iterable[tuple[int, int]], now: datetime
) -> rerouting.Rerouted:
    """What was read becomes what the cell says, and the tickets shown (number, version) are routed again by it.

    Confirming again routes what is left. A ticket that changed since it was shown is left, and said so.
    """
    convention = agreement(actor, convention_id)
    with writing() as session:
        row = _locked(session, convention, fill_id)
        if row.withdrawn_at is not None:
            raise StepRefused("Ce remplissage a été retiré : il ne se confirme plus.")
        versions.hold(session, convention.id)
        if row.confirmed_at is None:
            if _said_by_files(convention, row):
                raise StepRefused(
                    "Depuis cette lecture, les fichiers de l’accord disent eux-mêmes ce que porte cette case : relisez "
                    "« Qui fait quoi ». La lecture ne se confirme plus ; abandonnez-la."
                )
            row.confirmed_at, row.confirmed_by_name = now, actor.name
            _journal("cell.confirmed", actor, row, now)
        change, where = _view(convention, row), versions.on_paper(row)
    routing.forget()
    assert change is not None
    # Not by whom it was read: tickets, and their index, outlive accounts; the cell's page says it.
    entry = f"La case de l’accord a été remplie. Elle a été lue {where}."
    return rerouting.reroute(
        actor, (convention.id, change.service, change.activity), entry, list(tickets)[:AT_ONCE], now
    )


def withdraw(actor: Actor, convention_id: str, fill_id: int, reason: str, now: datetime) -> None:
    """Takes back what was filled in by mistake: from then on the cell is blank again.

    A fill that was confirmed needs a reason. The tickets that it routed keep their decision.
    """
    convention = agreement(actor, convention_id)
    why = clean_text(reason)
    with writing() as session:
        row = _locked(session, convention, fill_id)
        if row.withdrawn_at is not None:
            raise StepRefused("Ce remplissage a déjà été retiré.")
        if row.confirmed_at is not None and not REASON_MIN <= len(why) <= REASON_MAX:
            raise Invalid({"reason": f"Dites pourquoi, en {REASON_MIN} à {REASON_MAX} caractères."})
        versions.hold(session, convention.id)
        row.withdrawn_at, row.withdrawn_by_name, row.withdrawn_reason = now, actor.name, why[:REASON_MAX]
        _journal("cell.withdrawn", actor, row, now)
    routing.forget()


def _mine(actor: Actor, convention_id: str) -> bool:
    """Whether an agreement names the actor's académie."""
    conventions, academie = routing.shipped(), actor.mandate.scope_id if actor.mandate else None
    return convention_id in conventions and any(
        body.organisation == academie for body in conventions[convention_id].parties.values()
    )


def _places(paper: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    places = {name: clean_line(paper.get(name, "")) for name in PAPER}
    errors = {name: sentence for name, sentence in PAPER.items() if not places[name]}
    errors |= {name: f"{PLACE_MAX} caractères au plus." for name in PAPER if len(places[name]) > PLACE_MAX}
    return places, errors


def _every(convention: Convention) -> list[BlankCell]:
    conventions = routing.shipped()
    return [
        BlankCell(service, activity)
        for service in services_of(conventions, convention)
        for activity in conventions.activities
    ]


def _settled(cell: Cell | None) -> bool:
    """Whether a change has spoken of a cell: one that an amendment leaves blank on purpose was not lost by a scan."""
    return cell is not None and bool(cell.origin)


def _said_by_files(convention: Convention, row: CellFill) -> bool:
    """Whether the files, changed since a cell was read, settle it by now, or no longer have its version."""
    version = next((one for one in convention.versions if one.on == row.version_on), None)
    cell = version.cells.get((row.service, row.activity)) if version else None
    return version is None or (cell is not None and cell.provenance != "default")


def _row(session: Session, convention: Convention, service: str, activity: str, day: date) -> CellFill | None:
    return session.scalar(
        select(CellFill).where(
            CellFill.convention == convention.id,
            CellFill.service == service,
            CellFill.activity == activity,
            CellFill.version_on == version_of(convention, day).on,
            CellFill.withdrawn_at.is_(None),
        )
    )


def _locked(session: Session, convention: Convention, fill_id: int) -> CellFill:
    row = session.execute(
        select(CellFill).where(CellFill.id == fill_id, CellFill.convention == convention.id).with_for_update(),
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def _view(convention: Convention, row: CellFill) -> FillView | None:
    try:
        change = versions.filling(row)
        cell = check(convention, routing.shipped().services, routing.shipped().activities, change)
    except ValueFault:  # the files changed under it: it routes nothing, and its row stays
        return None
    return FillView(
        row.id,
        row.service,
        row.activity,
        change,
        cell,
        row.version_on,
        row.paper_page,
        row.paper_line,
        row.paper_column,
        row.filled_at,
        row.filled_by_name,
        row.confirmed_at,
        row.confirmed_by_name,
        row.withdrawn_at,
        row.withdrawn_by_name,
        row.withdrawn_reason,
    )


def _journal(event: str, actor: Actor, row: CellFill, now: datetime) -> None:
    audit.record(
        event,
        actor=actor,
        subject=f"accord {row.convention}",
        now=now,
        details={"fill": row.id, "service": row.service, "activity": row.activity, "value": row.change["value"]},
    )
