"""What a side states of its own obligations: done, with what shows it; the day of a meeting; a number of users."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select

from charters.database import db, writing, written_at
from charters.days import today
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor
from charters.permissions import Action
from matrix import Convention
from matrix.model import Obligation
from matrix.wording import enumeration
from ticketing import model, pupils
from ticketing.errors import Invalid, NotFound, Refused
from ticketing.in_force import routing, signatories
from ticketing.in_force.signatories import Signatory
from ticketing.obligations import calendar
from ticketing.obligations.tables import ObligationStatement

audit.label("obligation.stated", "Obligation d’un accord : déclarée")
audit.label("obligation.withdrawn", "Obligation d’un accord : déclaration retirée")

WORDS_MAX = 1000
USERS_MAX = 100_000
#: The most statements of one kind by a side that stand about one occurrence.
MOST = 20
#: What a form may state.
KINDS = ("done", "planned", "users")


def state(actor: Actor, about: tuple[str, str, str], typed: Mapping[str, str], now: datetime) -> None:
    """State something of an occurrence: `about` is (agreement, obligation, occurrence), `typed` its kind, day, words.

    Raises NotFound where the actor's side does not sign the agreement, Refused where it does not owe that, Invalid.
    """
    convention, side = _side(actor, about[0])
    one = next((each for each in convention.obligations if each.id == about[1]), None)
    if one is None or calendar.occurrence(convention, about[1], about[2], routing.router().conventions, {}) is None:
        raise NotFound
    if not calendar.owes(convention, one, side):
        raise Refused("Seule la partie qui doit cette obligation la déclare.")
    kind = typed.get("kind", "")
    if not _fits(convention, one, kind):
        raise Refused("Cette déclaration ne va pas avec cette obligation.")
    on, number, words = _checked(kind, typed, today(now))
    with writing() as session:
        now = written_at(now)
        of = {"convention": convention.id, "obligation": one.id, "occurrence": about[2], "body": side.organisation}
        if _said_already(of, kind, on, words):
            return
        session.add(
            ObligationStatement(
                **of,
                kind=kind,
                on=on,
                number=number,
                words=words,
                said_at=now,
                said_by=actor.account_id,
                said_by_name=actor.name,
            )
        )
        details = {"about": f"{one.id} {about[2]}", "kind": kind, "on": on}
        subject = f"accord {convention.id}"
        audit.record("obligation.stated", actor=actor, subject=subject, now=now, details=details)
    calendar.forget()


def _fits(convention: Convention, one: Obligation, kind: str) -> bool:
    """Whether a statement of this kind goes with an obligation."""
    planned = one.rule in calendar.PLANNED_RULES and not calendar.owed_apart(convention, one)
    return {"done": True, "planned": planned, "users": one.fee}.get(kind, False)


def _said_already(of: Mapping[str, str], kind: str, on: date, words: str) -> bool:
    """Whether what is stated done stands already: a form sent twice says one thing. Raises Refused past `MOST`."""
    columns = (ObligationStatement.kind, ObligationStatement.on, ObligationStatement.words)
    query = select(*columns).filter_by(**of).where(ObligationStatement.withdrawn_at.is_(None))
    standing = [tuple(row) for row in db.session.execute(query)]
    if kind == "done" and (kind, on, words) in standing:
        return True
    if sum(one[0] == kind for one in standing) >= MOST:
        raise Refused(f"{MOST} déclarations sont déjà faites ici : retirez-en une d’abord.")
    return False


def withdraw(actor: Actor, statement_id: int, now: datetime) -> None:
    """Withdraw a statement of the actor's side; it stays in the table with who withdrew it. Raises NotFound."""
    with writing() as session:
        row = session.execute(
            select(ObligationStatement).where(ObligationStatement.id == statement_id).with_for_update()
        ).scalar_one_or_none()
        now = written_at(now)
        if row is None or row.withdrawn_at is not None:
            raise NotFound
        _, side = _side(actor, row.convention)
        if side.organisation != row.body:
            raise NotFound
        row.withdrawn_at, row.withdrawn_by_name = now, actor.name
        audit.record(
            "obligation.withdrawn",
            actor=actor,
            subject=f"accord {row.convention}",
            now=now,
            details={"about": f"{row.obligation} {row.occurrence}", "kind": row.kind, "on": row.on},
        )
    calendar.forget()


def _side(actor: Actor, convention_id: str) -> tuple[Convention, Signatory]:
    """Return the agreement and the side for which the actor signs it; absent for anybody else."""
    conventions = routing.router().conventions
    verdict = permits(actor, Action.APPROVE_MATRIX)
    if not verdict.allowed:
        raise Refused(verdict.reason)
    side = signatories.signatory(actor, conventions, convention_id) if convention_id in conventions else None
    if side is None:
        raise NotFound
    return conventions[convention_id], side


def _checked(kind: str, typed: Mapping[str, str], day: date) -> tuple[date, int | None, str]:
    errors: dict[str, str] = {}
    words = model.clean_text(typed.get("words", ""))
    on = _day(typed.get("on", "")) if kind != "users" else day
    number = typed.get("number", "").strip()
    if on is None:
        errors["on"] = "Donnez le jour, par exemple 2026-10-12."
    elif kind == "done" and on > day:
        errors["on"] = "Ce jour n’est pas encore venu : on ne déclare fait que ce qui l’est."
    counted = number.isascii() and number.isdigit() and len(number) <= 9
    if kind == "users" and not (counted and 1 <= int(number) <= USERS_MAX):
        errors["number"] = f"Donnez un nombre d’utilisateurs, de 1 à {USERS_MAX}."
    if kind == "done" and not words:
        errors["words"] = "Dites ce qui le montre : un courrier, un compte rendu, un numéro de ticket."
    elif len(words) > WORDS_MAX:
        errors["words"] = f"Abrégez : {WORDS_MAX} caractères au plus."
    elif found := pupils.found((words,)):
        errors["words"] = (
            f"Ce texte semble contenir {enumeration(found.signs)} : ôtez-le, les autres parties le lisent."
        )
    if errors or on is None:
        raise Invalid(errors)
    return on, int(number) if kind == "users" else None, words


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None
