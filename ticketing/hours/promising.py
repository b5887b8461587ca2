"""A party's référent says what it promises: each promise holds from its day on, for the tickets opened from then."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from charters.database import writing, written_at
from charters.days import today
from charters.journal import audit
from charters.model import Actor
from matrix import Conventions
from matrix.wording import capital
from ticketing import urgency as urgencies
from ticketing.errors import Invalid
from ticketing.hours import known
from ticketing.hours.promises import LONGEST, Promise, in_force
from ticketing.hours.setting import side
from ticketing.in_force import routing, versions
from ticketing.tables import PartyPromise

audit.label("promise.set", "Engagement d’une partie fixé")


_HOURS = re.compile(r"[0-9]{1,5}(\.[0-9]{1,3})?|\.[0-9]{1,3}")
_URGENCIES = tuple((str(code), words) for code, words in urgencies.URGENCIES)


@dataclass(frozen=True, slots=True)
class Line:
    """A promise as a page lists it: on what, in words, and whether it holds already."""

    promise: Promise
    about: str
    begun: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """What a promise may be on, each as (id, label)."""

    agreements: tuple[tuple[str, str], ...]
    services: tuple[tuple[str, str], ...]
    activities: tuple[tuple[str, str], ...]
    urgencies: tuple[tuple[str, str], ...]


def overview(actor: Actor, now: datetime) -> tuple[Line, ...]:
    """Return the promises of the actor's side that hold today, then those to come."""
    day, own = today(now), known.promises(side(actor))
    conventions = routing.router().conventions
    coming = tuple(one for one in own if one.since > day)
    return tuple(Line(one, _about(conventions, one), one.since <= day) for one in (*in_force(own, day), *coming))


def offered(actor: Actor) -> Offered:
    """Return what the actor's side may make a promise on: the agreements that bind it, services, activities."""
    own, conventions = side(actor), routing.router().conventions
    mine = tuple((one.id, one.title) for one in conventions if own in _organisations(conventions, one.id))
    return Offered(mine, tuple(conventions.services.items()), tuple(conventions.activities.items()), _URGENCIES)


def promise(actor: Actor, typed: Mapping[str, str], now: datetime) -> date:
    """Set a promise of the actor's side, and return the day from which it holds. Raises Invalid, by field.

    The same agreement, service and activity again replaces the promise from that day; without any delay it ends it.
    """
    own, choices = side(actor), offered(actor)
    errors: dict[str, str] = {}
    about: dict[str, Any] = {
        "convention": _chosen("convention", typed, choices.agreements, errors),
        "service": _chosen("service", typed, choices.services, errors),
        "activity": _chosen("activity", typed, choices.activities, errors),
    }
    urgency = urgencies.code(typed.get("urgency", ""))
    minutes = {name: minutes_of(name, typed, errors) for name in ("answer", "resolve")}
    with writing() as session:
        versions.hold(session, f"hours {own}")
        now = written_at(now)
        since = since_of(typed, today(now), errors)
        if known.calendar(own) is None:
            errors.setdefault("answer", "Fixez d’abord vos horaires : un engagement se compte dans vos heures.")
        if minutes["answer"] and minutes["resolve"] and minutes["answer"] > minutes["resolve"]:
            errors["resolve"] = "La résolution ne vient pas avant la première réponse."
        if errors:
            raise Invalid(errors)
        about = {**about, **minutes, "urgency": urgency}
        session.add(PartyPromise(organisation=own, since=since, set_at=now, set_by=actor.account_id, **about))
        details = {"on": since, **{name: value for name, value in about.items() if value}}
        audit.record("promise.set", actor=actor, subject=own, now=now, details=details)
    routing.forget()
    return since


def _organisations(conventions: Conventions, convention: str) -> frozenset[str]:
    """Return the organisations that an agreement binds, its établissements among them."""
    agreement = conventions[convention]
    bodies = {body.organisation for body in agreement.parties.values()}
    bodies |= {one.organisation for body in agreement.parties.values() for one in body.bodies}
    return frozenset(bodies | set(agreement.etablissements))


def _about(conventions: Conventions, one: Promise) -> str:
    """Return what a promise is on, in French."""
    parts = [
        conventions.services.get(one.service, one.service) if one.service else "tous les sujets",
        conventions.activities.get(one.activity, one.activity) if one.activity else "",
        f"« Peut-on travailler quand même ? » {urgencies.URGENCY_WORDS[one.urgency]}" if one.urgency else "",
        conventions[one.convention].title if one.convention in conventions else one.convention,
    ]
    return capital(" · ".join(part for part in parts if part))


def _chosen(name: str, typed: Mapping[str, str], choices: tuple[tuple[str, str], ...], errors: dict[str, str]) -> str:
    value = typed.get(name, "")
    if value and value not in dict(choices):
        errors[name] = "Choisissez dans la liste."
    return value


def minutes_of(name: str, typed: Mapping[str, str], errors: dict[str, str], most: int = LONGEST) -> int | None:
    """Return a number of hours as minutes, `most` at most; None where the field is empty."""
    text = typed.get(name, "").strip().replace(",", ".").replace("\u00a0", "")
    if not text:
        return None
    # Digits alone: « 1e999998 » is a number of a million digits, which takes minutes to write out.
    minutes = int(Decimal(text) * 60) if _HOURS.fullmatch(text) else 0
    if not 0 < minutes <= most:
        limit = f"{most // 60:,}".replace(",", "\u202f")
        errors[name] = f"Écrivez un nombre d’heures de vos horaires, par exemple 4 ou 1,5 ; {limit} au plus."
        return None
    return minutes


def since_of(typed: Mapping[str, str], first: date, errors: dict[str, str]) -> date:
    """Return the day from which a form says that what it sets holds, `first` at the earliest."""
    try:
        since = date.fromisoformat(typed.get("from", "").strip())
    except ValueError:
        since = date.min
    if not first <= since <= date(2100, 1, 1):
        errors["from"] = "Choisissez un jour, aujourd’hui au plus tôt : ce qui a été promis ne change pas."
    return since
