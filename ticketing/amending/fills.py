"""Fill in the blank cells of an agreement from the signed paper, for an administrator of its académie.

The scan lost what a coloured cell said, and somebody who holds the paper can read it. There are two steps. First, what
was typed is stored, and the page shows the tickets that wait on that cell. Once it is confirmed, the cell is `printed`
and those tickets are routed again, each in its own commit. Tickets that are already routed keep their decision. A
withdrawn fill stays in the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from charters.database import db, writing, written_at
from charters.days import today
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor
from charters.permissions import Action
from matrix import Convention, Conventions, Router
from matrix.changes import CellChange, check, packed
from matrix.model import Cell, Version
from matrix.places import excluded
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
#: How many tickets one confirmation routes again; the others stay in the list for another confirmation.
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
    """A cell read on the paper: its content, place and reader; `state`: pending, confirmed, withdrawn or dropped."""

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
        """The state of the fill: pending, confirmed, withdrawn or dropped."""
        if self.withdrawn_at is not None:
            return "withdrawn" if self.confirmed_at else "dropped"
        return "confirmed" if self.confirmed_at else "pending"


# --- read -------------------------------------------------------------------------------------------------------------


def agreement(actor: Actor, convention_id: str) -> Convention:
    """Return an agreement of the files that names the actor's académie. Raises NotFound."""
    if not permits(actor, Action.ADMINISTER_MATRIX).allowed or not _mine(actor, convention_id):
        raise NotFound
    return routing.shipped()[convention_id]


def blanks(convention: Convention, conventions: Conventions, day: date) -> list[BlankCell]:
    """Return the cells that the agreement leaves blank on a day and that no clause settles, in the order of its table.

    `convention` is the agreement of the files; `conventions` are the agreements as known now.
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
    """Return the services that an agreement's table lists, without those that it leaves out (I.1)."""
    named = {service for service, _ in convention.versions[-1].cells}
    return [
        service
        for section, services in conventions.sections.items()
        for service in services
        if (section in convention.sections or service in named) and excluded(convention, service, None) is None
    ]


def version_of(convention: Convention, day: date) -> Version:
    """Return the version of the files to which a fill of a day belongs: the one in force, or the first to come."""
    return convention.version_on(day) or convention.versions[0]


def history(convention: Convention) -> list[FillView]:
    """Return all fills of an agreement, newest first, the withdrawn ones included."""
    rows = db.session.scalars(select(CellFill).where(CellFill.convention == convention.id).order_by(CellFill.id.desc()))
    return [view for row in rows if (view := _view(convention, row)) is not None]


def pending(actor: Actor) -> list[tuple[str, str, str]]:
    """Return the unconfirmed fills of the actor's agreements as (agreement, service, activity)."""
    if not permits(actor, Action.ADMINISTER_MATRIX).allowed:
        return []
    rows = db.session.execute(
        select(CellFill.convention, CellFill.service, CellFill.activity)
        .where(CellFill.confirmed_at.is_(None), CellFill.withdrawn_at.is_(None))
        .order_by(CellFill.id)
    )
    return [(row.convention, row.service, row.activity) for row in rows if _mine(actor, row.convention)]


def standing(convention: Convention, service: str, activity: str, day: date) -> FillView | None:
    """Return the fill of a cell that stands now, confirmed or not, or None."""
    row = _row(db.session(), convention, service, activity, day)
    return _view(convention, row) if row is not None else None


def cell_known(actor: Actor, convention_id: str, service: str, activity: str, day: date) -> Cell | None:
    """Return what a cell of an agreement's table says now, fills included. Raises NotFound if there is no such cell."""
    convention, conventions = agreement(actor, convention_id), routing.router().conventions
    if service not in services_of(conventions, convention) or activity not in conventions.activities:
        raise NotFound
    version = conventions[convention_id].version_on(day)
    return version.cells.get((service, activity)) if version else None


def waiting_on(actor: Actor, convention: Convention, fill: FillView) -> list[TicketToQualify]:
    """Return the tickets that wait to be qualified on the cell of a fill, and where the fill would send each."""
    return to_qualify.on_cell(actor, convention.id, fill.service, fill.activity, router_with(convention, fill))


def router_with(convention: Convention, fill: FillView) -> Router:
    """Return the router for the agreements as known now plus this fill, whether it is confirmed or not."""
    if fill.state == "confirmed":
        return routing.router()
    one = versions.Fill(convention.id, fill.version_on, fill.change)
    known = versions.assembled(routing.shipped(), [*versions.fills(), one], versions.amendments())
    return Router(known, routing.router().recorded)


# --- write ------------------------------------------------------------------------------------------------------------


def fill(actor: Actor, convention_id: str, change: CellChange, paper: Mapping[str, str], now: datetime) -> int:
    """Store what an administrator read on the paper, to be confirmed later, and return its id.

    `paper` gives page, line and column, which are all required. Raises NotFound (no such cell, or not the actor's
    académie), Invalid by field.
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
            now = written_at(now)
            _must_be_blank(session, convention, change, today(now))
            row = _fill_row(convention, change, places, actor, now)
            session.add(row)
            session.flush()
            _journal("cell.filled", actor, row, now)
            return row.id
    except IntegrityError as crossed:  # two fills at the same instant: the unique index accepts the first
        raise Invalid({"": _FILLED_MEANWHILE}) from crossed


_FILLED_MEANWHILE = "Cette case vient d’être remplie par quelqu’un : voyez ce qui y est écrit."


def _value_faults(convention: Convention, change: CellChange) -> dict[str, str]:
    """Return what is wrong with the cell's new content: field -> French sentence."""
    if not change.value:
        return {"value": "Dites ce que la case dit : une case lue en blanc reste en blanc."}
    conventions = routing.router().conventions
    try:
        check(convention, conventions.services, conventions.activities, change)
    except ValueFault as fault:
        return {"value": f"{str(fault)[:1].upper()}{str(fault)[1:]}."}
    return {}


def _must_be_blank(session: Session, convention: Convention, change: CellChange, day: date) -> None:
    """Raise Invalid if somebody already filled in the cell, or if it is not blank."""
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
    """Confirm a fill and route again the tickets that the page showed, given as (number, version).

    Confirming again routes the tickets that are left. A ticket that changed since it was shown is not routed, and the
    answer says so.
    """
    convention = agreement(actor, convention_id)
    with writing() as session:
        now = written_at(now)
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
    # The entry does not name the reader, because tickets and their index outlive accounts; the cell's page names them.
    entry = f"La case de l’accord a été remplie. Elle a été lue {where}."
    return rerouting.reroute(
        actor, (convention.id, change.service, change.activity), entry, list(tickets)[:AT_ONCE], now
    )


def withdraw(actor: Actor, convention_id: str, fill_id: int, reason: str, now: datetime) -> None:
    """Withdraw a fill that was made by mistake: from now on the cell is blank again.

    A fill that was confirmed needs a reason. The tickets that it routed keep their decision.
    """
    convention = agreement(actor, convention_id)
    why = clean_text(reason)
    with writing() as session:
        now = written_at(now)
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
    """Whether an agreement covers an établissement of the actor's académie."""
    conventions, academie = routing.shipped(), actor.mandate.scope_id if actor.mandate else None
    return academie is not None and any(one.id == convention_id for one, _ in conventions.under(academie))


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
    """Whether a change has already settled a cell.

    A cell that an amendment leaves blank on purpose counts as settled: no scan lost it.
    """
    return cell is not None and bool(cell.origin)


def _said_by_files(convention: Convention, row: CellFill) -> bool:
    """Whether the files, changed since a cell was read, now settle that cell or no longer have its version."""
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
    except ValueFault:  # the files changed below the fill: it routes nothing, and its row stays
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
