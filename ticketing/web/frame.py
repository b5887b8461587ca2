"""What `base.html` shows around every page: navigation by role, the active mandate and the others, the session's end.

It reads what the guard left in `g` and nothing else: a page of error must be able to show it whatever has failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from charters.entry.sessions import TOUCH
from charters.model import Actor, Mandate, Role
from charters.permissions import MAY, Action
from ticketing.in_force import routing, signatories
from ticketing.interruptions import banners
from ticketing.interruptions.banners import InterruptionView

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


#: Where changes to agreements are written; shown to a référent whose collectivité signs them.
PROJECTS = "/projets"


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
    interruptions: tuple[InterruptionView, ...]  # what runs, and what is announced, that concerns the active mandate
    reads_only: bool  # the October campaign's term is over, and nobody has confirmed the active mandate


def install(app: Flask) -> None:
    """Give templates `frame()`."""
    app.jinja_env.globals["frame"] = frame


def frame() -> Frame:
    """The frame of the current request."""
    actor: Actor | None = g.get("actor")
    active = actor.mandate if actor else None
    unsigned = getattr(g.get("login"), "unsigned", ())  # until the charters are signed, every page leads to them
    settings = current_app.config.get("GUICHET")
    return Frame(
        account=actor.name if actor else None,
        nav=()
        if unsigned
        else tuple(item for item in navigation(actor, request.path) if item.href != PROJECTS or _amends(actor)),
        mandate=_named(active) if active else None,
        others=tuple(_named(mandate) for mandate in g.get("mandates") or () if not active or mandate.id != active.id),
        session_ends=session_end() if actor else None,
        demo=bool(settings and settings.demo),
        interruptions=() if unsigned else _interruptions(actor),
        reads_only=_reads_only(actor),
    )


def navigation(actor: Actor | None, path: str) -> tuple[Item, ...]:
    """The pages that the active mandate opens, in the order of the header; `path` is the address being shown."""
    role = actor.role if actor else None
    if role is None:
        return ()
    may = MAY[role]
    wanted = [
        ("Tickets", "/tickets", Action.SEE in may),
        ("Ouvrir un ticket", "/tickets/nouveau", Action.OPEN in may and not _reads_only(actor)),
        ("Qui fait quoi", "/qui-fait-quoi", True),
        ("Chiffres", "/chiffres", Action.SEE_FIGURES in may),
        ("Projets", PROJECTS, Action.AMEND_MATRIX in may and Action.ADMINISTER_MATRIX not in may),
        ("Mouvements", "/mouvements", Action.DECLARE_STAFF in may and Action.ADMINISTER_PEOPLE not in may),
        ("Consultations", "/consultations", Action.SEE_READINGS in may and Action.ADMINISTER_PEOPLE not in may),
        ("Administration", "/administration", Action.ADMINISTER_PEOPLE in may),
        ("Personnes", "/administration/comptes", Action.ADMINISTER_PEOPLE not in may and Action.SEE_STAFF in may),
    ]
    shown = [(label, href) for label, href, allowed in wanted if allowed]
    nearest = max((href for _, href in shown if path == href or path.startswith(f"{href}/")), key=len, default=None)
    return tuple(
        Item(label, href, ("page" if path == href else "true") if href == nearest else None) for label, href in shown
    )


def _interruptions(actor: Actor | None) -> tuple[InterruptionView, ...]:
    """What concerns whoever reads the page; nothing when the database does not answer."""
    try:
        return tuple(banners.banners(actor, g.now)) if actor else ()
    except SQLAlchemyError:
        return ()


def _reads_only(actor: Actor | None) -> bool:
    """Whether the active mandate waits to be confirmed, its term over (agreement, II.2)."""
    return bool(actor and actor.mandate and actor.mandate.read_only)


def session_end() -> datetime | None:
    """When the session may end if nothing more is asked: a minute early, since activity is written once a minute."""
    ends: datetime | None = g.get("session_ends")
    return ends - TOUCH if ends else None


def scope_name(scope_id: str) -> str:
    """« Collège Desaix, Tarbes », « Département des Hautes-Pyrénées »: what a mandate bears on; its id when unknown."""
    try:
        return routing.side_name(routing.router().conventions, scope_id)
    except SQLAlchemyError:  # the page that tells of a fault must not fall with the database
        return scope_id


def _amends(actor: Actor | None) -> bool:
    """Whether the actor's side signs the changes of some agreement."""
    try:
        return actor is not None and bool(signatories.concerned(actor, routing.router().conventions))
    except SQLAlchemyError:
        return False


def _named(mandate: Mandate) -> MandateName:
    return MandateName(mandate.id, ROLE_NAMES[mandate.role], scope_name(mandate.scope_id))
