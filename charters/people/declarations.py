"""Declarations of staff movements, made where people work; only the académie then creates and ends accounts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select

from charters.database import db, writing, written_at
from charters.days import today
from charters.errors import Invalid, NotFound, Refused
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor, Role
from charters.people.accounts import WANTED, legible, read_day, squeeze
from charters.permissions import Action
from charters.tables.access import Declaration
from matrix import french

WORDS_MAX = 1000
#: The longest time between today and a movement, before or after.
SPAN = timedelta(days=366)

audit.label("staff.declared", "Mouvement de personnel déclaré")
audit.label("staff.handled", "Déclaration de mouvement traitée")
audit.label("staff.withdrawn", "Déclaration de mouvement retirée par son auteur")


class Movement(StrEnum):
    """The kinds of staff movement: arrival, departure, change of function."""

    ARRIVAL = "arrivee"
    DEPARTURE = "depart"
    CHANGE = "changement"


@dataclass(frozen=True, slots=True)
class DeclarationForm:
    """The form to declare a movement; `on` is an ISO day."""

    movement: str = ""
    last_name: str = ""
    first_name: str = ""
    function: str = ""
    on: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class DeclarationView:
    """A declaration as pages show it; `handled_at` is None until the académie has handled it."""

    id: int
    scope: str
    movement: Movement
    name: str
    function: str
    on: date
    words: str
    declared_at: datetime
    declared_by: str
    handled_at: datetime | None
    first_name: str = ""
    last_name: str = ""


def may_declare(actor: Actor) -> bool:
    """Whether the active mandate declares movements, as those of an établissement or a collectivité do.

    The académie does not declare movements: it writes them directly into its accounts.
    """
    return permits(actor, Action.DECLARE_STAFF).allowed and actor.role is not Role.ADMINISTRATEUR


def declare(form: DeclarationForm, *, actor: Actor, now: datetime) -> int:
    """Declare a movement in the active mandate's scope and return its id. Raises Invalid with every fault, Refused."""
    if actor.mandate is None or not may_declare(actor):
        raise Refused("Votre mandat actif ne permet pas de déclarer un mouvement.")
    scope = actor.mandate.scope_id
    with writing() as session:
        now = written_at(now)
        clean, on = _read(form, today(now))
        waiting_rows = _waiting_for(scope, clean["movement"], clean["last_name"], clean["first_name"])
        # A person leaves once, whatever day each declaration says.
        if any(row.effective_on == on or row.movement == Movement.DEPARTURE for row in waiting_rows):
            raise Invalid({"last_name": "Ce mouvement est déjà déclaré, et reste à traiter."})
        row = Declaration(
            **{name: clean[name] for name in ("movement", "last_name", "first_name", "function", "words")},
            scope=scope,
            effective_on=on,
            declared_at=now,
            declared_by=actor.account_id,
            declared_by_name=actor.name,
        )
        session.add(row)
        session.flush()
        details = {"movement": row.movement, "scope": scope, "on": on.isoformat()}
        audit.record("staff.declared", actor=actor, subject=f"déclaration {row.id}", now=now, details=details)
    return row.id


def _read(form: DeclarationForm, day: date) -> tuple[dict[str, str], date]:
    """The cleaned fields, and the day of the movement; `day` is today. Raises Invalid with every fault at once."""
    clean = {item.name: squeeze(getattr(form, item.name)) for item in fields(form)}
    faults: dict[str, str] = {}
    if clean["movement"] not in set(Movement):
        faults["movement"] = "Choisissez une arrivée, un départ ou un changement."
    for field in ("last_name", "first_name", "function"):
        size, sentence = WANTED[field]
        if not legible(clean[field]):
            faults[field] = sentence
        elif len(clean[field]) > size:
            faults[field] = f"Ne dépassez pas {size} caractères."
    on = read_day(clean["on"], "on", faults)
    if on is None:
        faults.setdefault("on", "Indiquez le jour du mouvement.")
    elif abs(on - day) > SPAN:
        faults["on"] = "Ce jour est à plus d’un an d’ici : vérifiez l’année."
    if len(clean["words"]) > WORDS_MAX:
        faults["words"] = "Abrégez : 1\u202f000 caractères au plus."
    if faults:
        raise Invalid(faults)
    assert on is not None
    return clean, on


def _waiting_for(scope: str, movement: str, last_name: str, first_name: str) -> list[Declaration]:
    """The declarations of this movement of a person that still wait in a scope, under lock."""
    rows = db.session.scalars(
        select(Declaration)
        .where(Declaration.scope == scope, Declaration.movement == movement, Declaration.handled_at.is_(None))
        .order_by(Declaration.id)
        .with_for_update()
    )
    wanted = french.name(last_name), french.name(first_name)
    return [row for row in rows if (french.name(row.last_name), french.name(row.first_name)) == wanted]


def withdraw(form: DeclarationForm, *, actor: Actor, now: datetime) -> int:
    """Withdraw the unhandled declarations of this movement in the active mandate's scope. Returns their number."""
    if actor.mandate is None or not may_declare(actor):
        raise Refused("Votre mandat actif ne permet pas de déclarer un mouvement.")
    with writing():
        now = written_at(now)
        rows = _waiting_for(actor.mandate.scope_id, form.movement, form.last_name, form.first_name)
        for row in rows:
            row.handled_at, row.handled_by_name = now, actor.name
            audit.record(
                "staff.withdrawn",
                actor=actor,
                subject=f"déclaration {row.id}",
                now=now,
                details={"movement": row.movement, "scope": row.scope},
            )
    return len(rows)


def handle(scopes: Collection[str] | None, declaration_id: int, *, actor: Actor, now: datetime) -> None:
    """Mark a declaration of these scopes as handled by the académie. Raises NotFound, Refused if already handled."""
    if not permits(actor, Action.ADMINISTER_PEOPLE).allowed:
        raise Refused("Seule l’académie traite les déclarations.")
    with writing() as session:
        now = written_at(now)
        waiting(scopes, declaration_id, lock=True)
        row = session.get_one(Declaration, declaration_id)
        row.handled_at, row.handled_by_name = now, actor.name
        audit.record(
            "staff.handled",
            actor=actor,
            subject=f"déclaration {row.id}",
            now=now,
            details={"movement": row.movement, "scope": row.scope},
        )


def waiting(scopes: Collection[str] | None, declaration_id: int, *, lock: bool = False) -> DeclarationView:
    """A declaration of these scopes that is not handled yet. Raises NotFound, Refused if it is handled."""
    row = db.session.get(Declaration, declaration_id, with_for_update=lock, populate_existing=lock)
    if row is None or (scopes is not None and row.scope not in scopes):
        raise NotFound(str(declaration_id))
    if row.handled_at is not None:
        raise Refused(f"Cette déclaration a déjà été traitée par {row.handled_by_name}.")
    return _view(row)


def declarations(actor: Actor, limit: int = 50) -> list[DeclarationView]:
    """The latest declarations in the scope of the active mandate, newest first; none where it may not declare."""
    if actor.mandate is None or not may_declare(actor):
        return []
    query = select(Declaration).where(Declaration.scope == actor.mandate.scope_id)
    return [_view(row) for row in db.session.scalars(query.order_by(Declaration.id.desc()).limit(limit))]


def declarations_to_handle(scopes: Collection[str] | None, limit: int = 50) -> list[DeclarationView]:
    """The declarations of these scopes (None: all) that wait for the académie, oldest first."""
    query = select(Declaration).where(Declaration.handled_at.is_(None))
    if scopes is not None:
        query = query.where(Declaration.scope.in_(scopes))
    return [_view(row) for row in db.session.scalars(query.order_by(Declaration.id).limit(limit))]


def _view(row: Declaration) -> DeclarationView:
    return DeclarationView(
        row.id,
        row.scope,
        Movement(row.movement),
        f"{row.first_name} {row.last_name}",
        row.function,
        row.effective_on,
        row.words,
        row.declared_at,
        row.declared_by_name,
        row.handled_at,
        row.first_name,
        row.last_name,
    )
