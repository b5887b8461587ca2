"""Read presets: those of one's own side, and those offered to who opens a ticket in an établissement."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from charters.database import db
from charters.model import Actor, Perimeter
from matrix import Conventions
from ticketing.articles import leaving_out
from ticketing.errors import NotFound, StepRefused
from ticketing.in_force import routing
from ticketing.presets.tables import TicketPreset
from ticketing.presets.writing import PresetForm, side_of
from ticketing.tickets import queries

#: The most presets offered at the opening; the page of presets has them all.
OFFERED_MAX = 8
_TEXTS = ("service", "activity", "user_category", "title", "body", "asset", "tag", "room")
_SHOWN = (TicketPreset.id, TicketPreset.side, TicketPreset.name, TicketPreset.service)


@dataclass(frozen=True, slots=True)
class PresetLine:
    """A preset in a list. `rhythm` and `next_on` are those of one that opens tickets by itself."""

    id: int
    name: str
    service: str
    title: str
    rhythm: str
    next_on: date | None


def own(actor: Actor) -> list[PresetLine]:
    """Return the presets of the actor's side, by name. Raises Refused."""
    wanted = (TicketPreset.title, TicketPreset.rhythm, TicketPreset.next_on)
    rows = db.session.execute(
        select(*_SHOWN, *wanted).where(TicketPreset.side == side_of(actor)).order_by(TicketPreset.name, TicketPreset.id)
    )
    return [PresetLine(row.id, row.name, row.service, row.title, row.rhythm, row.next_on) for row in rows]


def form(actor: Actor, preset_id: int) -> PresetForm:
    """Return a preset of the actor's side as its form. Raises Refused, and NotFound for any other."""
    row = db.session.get(TicketPreset, preset_id)
    if row is None or row.side != side_of(actor):
        raise NotFound(str(preset_id))
    on = row.next_on.isoformat() if row.next_on else ""
    texts = {name: getattr(row, name) for name in _TEXTS}
    return PresetForm(name=row.name, rhythm=row.rhythm, on=on, changed=row.changed_at.isoformat(), **texts)


def sides(conventions: Conventions, etablissement: str, side: str) -> list[str]:
    """Return the sides whose presets a person of `side` is offered where a ticket is opened for an établissement.

    At home they are its own and those of the parties that may answer there; who takes a call for another side has the
    own side's alone, if it may answer there.
    """
    every = [etablissement, *(holder.organisation for holder in routing.parties(conventions, etablissement))]
    return every if side == etablissement else [one for one in every if one == side]


def offered(
    conventions: Conventions, etablissement: str, side: str, services: Collection[str]
) -> list[tuple[int, str]]:
    """Return the presets offered to a person of `side` in an établissement, (id, name): its own first, few.

    `services` are those that the page offers: what a gestionnaire réseau may not ask for is not shown.
    """
    rows = db.session.execute(
        select(*_SHOWN)
        .where(TicketPreset.side.in_(sorted(set(sides(conventions, etablissement, side)))))
        .order_by(TicketPreset.name, TicketPreset.id)
    )
    found = [row for row in rows if row.service in services]
    return [(row.id, row.name) for row in sorted(found, key=lambda row: row.side != etablissement)[:OFFERED_MAX]]


def filled(
    conventions: Conventions, etablissement: str, side: str, services: Collection[str], preset_id: int
) -> dict[str, str]:
    """Return the fields of the opening form that a preset fills in. Raises NotFound where `offered` would not show it.

    Those past the most that are shown have the same right to be read, by the same sides and services.
    """
    row = db.session.get(TicketPreset, preset_id)
    if row is None or row.service not in services or row.side not in sides(conventions, etablissement, side):
        raise NotFound(str(preset_id))
    return {name: getattr(row, name) for name in _TEXTS}


def begun(actor: Actor, perimeter: Perimeter, number: int) -> PresetForm:
    """Return what a preset made from a ticket begins from. Raises Refused, NotFound; StepRefused if confidential.

    For other établissements than the ticket's own, names, rooms and numbers are left out.
    """
    side = side_of(actor)
    row = queries.row_of(perimeter, number)
    if row.confidential or row.pseudonymised_at is not None:
        raise StepRefused("Rien n’est repris de ce ticket : écrivez le modèle sans partir de lui.")
    texts = {"title": row.title, "body": row.body if row.body != row.title else ""}
    things = {"asset": row.asset, "tag": row.tag, "room": row.room}
    if side != row.etablissement:
        names = [row.opened_by_name, row.on_behalf_of, row.assignee_name or ""]
        places = [*things.values(), row.etablissement_name]
        texts = {name: leaving_out.without(text, names, places)[0] for name, text in texts.items()}
        things = dict.fromkeys(things, "")
    about = {"service": row.service, "activity": row.activity, "user_category": row.user_category or ""}
    return PresetForm(name=row.title[:80], **texts, **things, **about)
