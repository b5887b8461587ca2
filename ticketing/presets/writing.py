"""Write presets: save one, withdraw one. Each is one commit, in the journal; only its own side changes a preset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from charters.database import writing, written_at
from charters.days import today
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor
from charters.permissions import MAY, Action
from matrix.request_facts import USER_GROUPS
from matrix.wording import enumeration
from ticketing import model, pupils
from ticketing.errors import Invalid, NotFound, Refused
from ticketing.in_force import routing
from ticketing.presets.rhythms import RHYTHMS, first
from ticketing.presets.tables import TicketPreset

audit.label("preset.saved", "Modèle de demande enregistré")
audit.label("preset.stopped", "Modèle de demande arrêté : il n’ouvre plus de ticket de lui-même")
audit.label("preset.withdrawn", "Modèle de demande retiré")

NAME_MIN, NAME_MAX = 3, 80
#: The most presets of a side: a choice that is seen at a glance.
PRESETS_MAX = 30
_KEPT = ("name", "service", "activity", "user_category", "title", "body", "asset", "tag", "room", "rhythm")


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetForm:
    """What a person types of a preset. `rhythm` is empty where it opens nothing by itself; `on` is its first day.

    `changed` says when the preset that the page showed was written.
    """

    name: str = ""
    service: str = ""
    activity: str = ""
    user_category: str = ""
    title: str = ""
    body: str = ""
    asset: str = ""
    tag: str = ""
    room: str = ""
    rhythm: str = ""
    on: str = ""
    changed: str = ""


def side_of(actor: Actor) -> str:
    """Return the side for which an actor writes presets. Raises Refused."""
    verdict = permits(actor, Action.WRITE_PRESETS)
    if not verdict.allowed or actor.mandate is None:
        raise Refused(verdict.reason)
    return actor.mandate.scope_id


def may_repeat(actor: Actor) -> bool:
    """Whether an actor's presets may open tickets by themselves: those of who opens tickets."""
    return actor.role is not None and Action.OPEN in MAY[actor.role]


def save(actor: Actor, preset_id: int | None, form: PresetForm, now: datetime) -> int:
    """Save a preset of the actor's side, as its author; return its id. Raises Refused, NotFound, Invalid.

    The field « changed » is at fault where somebody wrote it after the page was shown.
    """
    side = side_of(actor)
    clean, starts_on = checked(form, may_repeat(actor), today(now))
    with writing() as session:
        now = written_at(now)
        if preset_id is None and (same := _same(session, side, clean, starts_on)) is not None:
            return same  # the same form sent twice: two presets would open two tickets each time
        row = _own(session, preset_id, side) if preset_id is not None else _new(session, side)
        if preset_id is not None and form.changed != row.changed_at.isoformat():
            raise Invalid({"changed": "Ce modèle a changé depuis que cette page s’est affichée : relisez-le."})
        for name in _KEPT:
            setattr(row, name, getattr(clean, name))
        row.starts_on = row.next_on = starts_on
        row.author_id, row.changed_at = actor.account_id, now
        session.add(row)
        session.flush()
        details = {"service": row.service} | ({"on": starts_on.isoformat()} if starts_on else {})
        audit.record("preset.saved", actor=actor, subject=f"modèle {row.id}", now=now, details=details)
        made: int = row.id
    return made


def withdraw(actor: Actor, preset_id: int, now: datetime) -> None:
    """Withdraw a preset of the actor's side: its row goes. Raises Refused, NotFound."""
    with writing() as session:
        now = written_at(now)
        row = _own(session, preset_id, side_of(actor))
        session.delete(row)
        audit.record("preset.withdrawn", actor=actor, subject=f"modèle {preset_id}", now=now)


def checked(form: PresetForm, repeats: bool, day: date) -> tuple[PresetForm, date | None]:
    """Return the form cleaned, and the first day on which it opens a ticket. Raises Invalid with all that is wrong."""
    conventions = routing.router().conventions
    lines = {name: model.clean_line(getattr(form, name)) for name in ("name", "title", "asset", "tag", "room")}
    body = model.clean_text(form.body)
    faults: dict[str, str] = {}
    if not NAME_MIN <= len(lines["name"]) <= NAME_MAX:
        faults["name"] = f"Donnez un nom au modèle, de {NAME_MIN} à {NAME_MAX} caractères."
    if not model.TITLE_MIN <= len(lines["title"]) <= model.TITLE_MAX:
        faults["title"] = f"Écrivez la phrase de la demande, de {model.TITLE_MIN} à {model.TITLE_MAX} caractères."
    if form.service not in conventions.services:
        faults["service"] = "Choisissez le sujet dans la liste."
    if form.activity not in conventions.activities:
        faults["activity"] = "Dites de quoi il s’agit."
    if form.user_category and form.user_category not in (*conventions.user_categories, *USER_GROUPS):
        faults["user_category"] = "Choisissez dans la liste."
    most = {"asset": model.LINE_MAX, "tag": model.LINE_MAX, "room": model.ROOM_MAX}
    long = [name for name, size in most.items() if len(lines[name]) > size]
    faults |= {name: f"C’est trop long : {most[name]} caractères au plus." for name in long}
    if len(body) > model.BODY_MAX:
        faults["body"] = f"Abrégez : {model.BODY_MAX} caractères au plus."
    if found := pupils.found((*lines.values(), body)):
        faults["body"] = f"Ce modèle semble contenir {enumeration(found.signs)} : ôtez-le, plusieurs le liront."
    starts_on = _first_day(form, repeats, day, faults)
    if faults:
        raise Invalid(faults)
    rhythm = form.rhythm if starts_on else ""
    return PresetForm(**lines, body=body, rhythm=rhythm, **_codes(form)), starts_on


def _codes(form: PresetForm) -> dict[str, str]:
    return {"service": form.service, "activity": form.activity, "user_category": form.user_category, "on": form.on}


def _first_day(form: PresetForm, repeats: bool, day: date, faults: dict[str, str]) -> date | None:
    if not form.rhythm:
        return None
    if form.rhythm not in RHYTHMS or not repeats:
        faults["rhythm"] = "Choisissez dans la liste."
        return None
    try:
        wanted = date.fromisoformat(form.on) if form.on else day
    except ValueError:
        wanted = date.min
    if not day <= wanted <= date(day.year + 2, 1, 1):
        faults["on"] = "Donnez un jour à venir, dans l’année."
        return None
    return first(form.rhythm, wanted)


def _own(session: Session, preset_id: int, side: str) -> TicketPreset:
    """Return the locked row of a preset of a side. Raises NotFound."""
    row = session.get(TicketPreset, preset_id, with_for_update=True, populate_existing=True)
    if row is None or row.side != side:
        raise NotFound(str(preset_id))
    return row


def _same(session: Session, side: str, clean: PresetForm, starts_on: date | None) -> int | None:
    """Return the id of a preset of a side that says the same in every field, None where there is none."""
    kept = [getattr(TicketPreset, name) == getattr(clean, name) for name in _KEPT]
    days = TicketPreset.starts_on.is_(None) if starts_on is None else TicketPreset.starts_on == starts_on
    found: int | None = session.scalars(select(TicketPreset.id).where(TicketPreset.side == side, *kept, days)).first()
    return found


def _new(session: Session, side: str) -> TicketPreset:
    """Return the row of a new preset. Raises Invalid where the side has enough of them."""
    if (session.scalar(select(func.count()).where(TicketPreset.side == side)) or 0) >= PRESETS_MAX:
        raise Invalid({"name": f"Votre côté a déjà {PRESETS_MAX} modèles : retirez-en un qui ne sert plus."})
    return TicketPreset(side=side)
