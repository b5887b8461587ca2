"""The frame that `base.html` shows around every page: navigation, active mandate, other mandates, end of session.

It reads only what the guard left in `g`, so that an error page can show it whatever has failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from charters.entry.sessions import TOUCH
from charters.model import Actor, Mandate, Role
from charters.permissions import MAY, Action
from matrix.wording import with_article
from ticketing.in_force import routing, signatories
from ticketing.interruptions import banners
from ticketing.interruptions.banners import InterruptionView
from ticketing.mail import inbox

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


#: The address of the drafts of agreements; shown to a référent whose collectivité signs the agreement.
PROJECTS = "/projets"
#: The address of what the parties of agreements owe, shown to those whose side signs one.
OBLIGATIONS = "/obligations"
#: The pages whose frame counts the notices not read.
COUNTING = frozenset({"/", "/tickets"})


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the navigation. `current` is « page » on its own address, « true » on a page below it, else None."""

    label: str
    href: str
    current: str | None = None


@dataclass(frozen=True, slots=True)
class MandateName:
    """The name of a mandate, as the header shows it."""

    id: int
    role: str
    scope: str


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything that `base.html` needs; `account` is None when nobody is logged in."""

    account: str | None
    nav: tuple[Item, ...]
    mandate: MandateName | None
    others: tuple[MandateName, ...]
    session_ends: datetime | None
    demo: bool
    interruptions: tuple[InterruptionView, ...]  # those that run or are announced, and concern the active mandate
    unread: int | None  # notices not read, on the pages where people arrive; elsewhere the count is not worth a query
    team: bool  # the active mandate works tickets, or sets the bench of those who do
    referees: bool  # the active mandate says, for its side, whose a contested ticket is; administrators have a card
    reads_only: bool  # the October campaign's term has passed, and nobody has confirmed the active mandate


def install(app: Flask) -> None:
    """Give the templates `frame()`, and the filter that gives a body its article."""
    app.jinja_env.globals["frame"] = frame
    app.jinja_env.filters["named"] = named


def frame() -> Frame:
    """Return the frame of the current request."""
    actor: Actor | None = g.get("actor")
    active = actor.mandate if actor else None
    unsigned = getattr(g.get("login"), "unsigned", ())  # until the charters are signed, every page redirects to them
    settings = current_app.config.get("GUICHET")
    return Frame(
        account=actor.name if actor else None,
        nav=()
        if unsigned
        else tuple(
            item
            for item in navigation(actor, request.path)
            if item.href not in (PROJECTS, OBLIGATIONS) or _amends(actor)
        ),
        mandate=mandate_name(active) if active else None,
        others=tuple(
            mandate_name(mandate) for mandate in g.get("mandates") or () if not active or mandate.id != active.id
        ),
        session_ends=session_end() if actor else None,
        demo=bool(settings and settings.demo),
        interruptions=() if unsigned else _interruptions(actor),
        unread=None if unsigned or request.path not in COUNTING else _unread(actor),
        team=not unsigned and bool(active and {Action.WORK, Action.SET_BENCH} & MAY[active.role]),
        referees=not unsigned
        and bool(active and Action.REFEREE in MAY[active.role] and Action.ADMINISTER_PEOPLE not in MAY[active.role]),
        reads_only=_reads_only(actor),
    )


def navigation(actor: Actor | None, path: str) -> tuple[Item, ...]:
    """Return the pages that the active mandate opens, in the order of the header; `path` is the current address."""
    role = actor.role if actor else None
    if role is None:
        return ()
    may = MAY[role]
    wanted = [
        ("Tickets", "/tickets", Action.SEE in may),
        ("Ouvrir un ticket", "/tickets/nouveau", Action.OPEN in may and not _reads_only(actor)),
        ("Prendre un appel", "/tickets/appel", Action.OPEN_FOR in may and not _reads_only(actor)),
        ("Qui fait quoi", "/qui-fait-quoi", True),
        ("Articles", "/articles", Action.READ_ARTICLES in may),
        ("Chiffres", "/chiffres", Action.SEE_FIGURES in may),
        ("Horaires", "/horaires", Action.SET_HOURS in may and Action.ADMINISTER_PEOPLE not in may),
        ("Projets", PROJECTS, Action.APPROVE_MATRIX in may and Action.ADMINISTER_MATRIX not in may),
        ("Obligations", OBLIGATIONS, Action.APPROVE_MATRIX in may and Action.ADMINISTER_MATRIX not in may),
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
    """Return the interruptions that concern the reader; none when the database does not answer."""
    try:
        return tuple(banners.banners(actor, g.now)) if actor else ()
    except SQLAlchemyError:
        return ()


def _unread(actor: Actor | None) -> int | None:
    """Return how many notices the reader has not read; None when the database does not answer."""
    try:
        return inbox.unread(g.perimeter, actor) if actor and actor.mandate else None
    except SQLAlchemyError:
        return None


def _reads_only(actor: Actor | None) -> bool:
    """Whether the active mandate is read-only: nobody confirmed it before the campaign's term (agreement, II.2)."""
    return bool(actor and actor.mandate and actor.mandate.read_only)


def session_end() -> datetime | None:
    """Return when the session ends if nothing more is asked, minus the minute between two records of activity."""
    ends: datetime | None = g.get("session_ends")
    return ends - TOUCH if ends else None


def scope_name(scope_id: str) -> str:
    """Return a scope's name, « Collège Desaix, Tarbes », « Département des Hautes-Pyrénées »; else its id."""
    try:
        return routing.side_name(routing.router().conventions, scope_id)
    except SQLAlchemyError:  # the page that reports a failure of the database must not fail with it
        return scope_id


def named(name: str) -> str:
    """Return the name of a body in a sentence: « l’Académie de Toulouse », « le collège Desaix »."""
    try:
        declared = routing.router().conventions.articles.get(name)
    except SQLAlchemyError:
        declared = None
    return with_article(name, declared)


def _amends(actor: Actor | None) -> bool:
    """Whether the actor's organisation signs the changes of some agreement."""
    try:
        return actor is not None and bool(signatories.concerned(actor, routing.router().conventions))
    except SQLAlchemyError:
        return False


def mandate_name(mandate: Mandate) -> MandateName:
    """Return the name of a mandate, as pages show it."""
    return MandateName(mandate.id, ROLE_NAMES[mandate.role], scope_name(mandate.scope_id))
