"""A party's référent says what the program does by itself for its tickets: reminders, closing, what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from charters.database import writing, written_at
from charters.days import today
from charters.journal import audit
from charters.model import Actor
from ticketing.errors import Invalid
from ticketing.hours import known
from ticketing.hours.promising import minutes_of, since_of
from ticketing.hours.rules import MOST_DAYS, MOST_MINUTES, Rule, in_force
from ticketing.hours.setting import side
from ticketing.in_force import routing, versions
from ticketing.tables import PartyRule

audit.label("rule.set", "Relances et alertes d’une partie fixées")


@dataclass(frozen=True, slots=True)
class Line:
    """A rule as a page lists it, and whether it holds already."""

    rule: Rule
    begun: bool


def overview(actor: Actor, now: datetime) -> tuple[Line, ...]:
    """Return the rule of the actor's side that holds today, if one does, then those to come."""
    day, own = today(now), known.rules(side(actor))
    present = in_force(own, day)
    coming = sorted((one for one in own if one.since > day), key=lambda one: (one.since, one.id))
    return tuple(Line(one, one.since <= day) for one in ([present] if present else []) + coming)


def set_rule(actor: Actor, typed: Mapping[str, str], now: datetime) -> date:
    """Set the rule of the actor's side from a day on, in the place of the one before, and return that day.

    Raises Invalid, by field.
    """
    own = side(actor)
    errors: dict[str, str] = {}
    days = {name: _days(name, typed, errors) for name in ("remind", "close")}
    silent = minutes_of("silent", typed, errors, MOST_MINUTES)
    late = typed.get("late") == "1"
    if days["close"] and not days["remind"]:
        errors.setdefault("remind", "Rappelez la question avant de clore : dites au bout de combien de jours.")
    with writing() as session:
        versions.hold(session, f"hours {own}")
        now = written_at(now)
        since = since_of(typed, today(now), errors)
        if known.calendar(own) is None and (days["remind"] or silent):
            errors.setdefault("remind", "Fixez d’abord vos horaires : les délais se comptent dans vos heures.")
        if errors:
            raise Invalid(errors)
        told = {**days, "silent": silent, "late": late}
        session.add(PartyRule(organisation=own, since=since, set_at=now, set_by=actor.account_id, **told))
        details = {"since": since, **{name: value for name, value in told.items() if value}}
        audit.record("rule.set", actor=actor, subject=own, now=now, details=details)
    routing.forget()
    return since


def _days(name: str, typed: Mapping[str, str], errors: dict[str, str]) -> int | None:
    """Return a number of working days; None where the field is empty."""
    text = typed.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST_DAYS):
        errors[name] = f"Écrivez un nombre de jours ouvrés, de 1 à {MOST_DAYS}."
        return None
    return int(text)
