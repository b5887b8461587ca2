"""What `base.html` shows around every page: navigation by role, the active mandate and the others, the session's end.

It reads what the guard left in `g` and nothing else: a page of error must be able to show it whatever has failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, g, request

from charters.model import Actor, Mandate, Role
from charters.permissions import MAY, Action

ROLE_NAMES = {
    Role.CMI: "Correspondant informatique",
    Role.RESEAU: "Gestionnaire réseau",
    Role.CHEF: "Chef d’établissement",
    Role.TECH_DEPARTEMENT: "Technicien",
    Role.REFERENT: "Référent",
    Role.TECH_ACADEMIE: "Technicien",
    Role.ADMINISTRATEUR: "Administrateur",
    Role.LECTEUR: "Lecteur",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the main navigation. `current`: « page » on its own address, « true » on one below, None elsewhere."""

    label: str
    href: str
    current: str | None = None


@dataclass(frozen=True, slots=True)
class MandateName:
    """A mandate as the header names it."""

    id: int
    role: str
    scope: str


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything `base.html` needs; `account` None: nobody is logged in."""

    account: str | None
    nav: tuple[Item, ...]
    mandate: MandateName | None
    others: tuple[MandateName, ...]
    session_ends: datetime | None
    demo: bool


def install(app: Flask) -> None:
    """Give templates `frame()`."""
    app.jinja_env.globals["frame"] = frame


def frame() -> Frame:
    """The frame of the current request."""
    actor: Actor | None = g.get("actor")
    active = actor.mandate if actor else None
    settings = current_app.config.get("GUICHET")
    return Frame(
        account=actor.name if actor else None,
        nav=navigation(actor, request.path),
        mandate=_named(active) if active else None,
        others=tuple(_named(mandate) for mandate in g.get("mandates") or () if not active or mandate.id != active.id),
        session_ends=g.get("session_ends") if actor else None,
        demo=bool(settings and settings.demo),
    )


def navigation(actor: Actor | None, path: str) -> tuple[Item, ...]:
    """The pages that the active mandate opens, in the order of the header; `path` is the address being shown."""
    role = actor.role if actor else None
    if role is None:
        return ()
    may = MAY[role]
    wanted = [
        ("Tickets", "/tickets", Action.SEE in may),
        ("Ouvrir un ticket", "/tickets/nouveau", Action.OPEN in may),
        ("Qui fait quoi", "/qui-fait-quoi", True),
        ("Chiffres", "/chiffres", Action.SEE_FIGURES in may),
        ("Administration", "/administration", Action.ADMINISTER_PEOPLE in may),
        ("Personnes", "/administration/comptes", Action.ADMINISTER_PEOPLE not in may and Action.DECLARE_STAFF in may),
    ]
    shown = [(label, href) for label, href, allowed in wanted if allowed]
    nearest = max((href for _, href in shown if path == href or path.startswith(f"{href}/")), key=len, default=None)
    return tuple(
        Item(label, href, ("page" if path == href else "true") if href == nearest else None) for label, href in shown
    )


def scope_name(scope_id: str) -> str:
    """« Collège Desaix, Tarbes », « Département des Hautes-Pyrénées »: what a mandate bears on; the id when unknown."""
    from ticketing import desk

    return _scope_names(desk.router().conventions).get(scope_id, scope_id)


def _named(mandate: Mandate) -> MandateName:
    return MandateName(mandate.id, ROLE_NAMES[mandate.role], scope_name(mandate.scope_id))


@lru_cache(maxsize=4)
def _scope_names(conventions: Any) -> dict[str, str]:
    names: dict[str, str] = {}
    for convention in conventions:
        for body in convention.parties.values():
            if body.organisation != "*":
                names.setdefault(body.organisation, body.name)
        for place in convention.etablissements.values():
            for party in convention.parties:
                names.setdefault(*conventions.organisation(convention.id, party, place.id))
    return names
