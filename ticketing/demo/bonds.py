"""Tickets that depend on each other, as a technician of the département leaves them one morning."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from charters.database import reading
from charters.permissions import perimeter
from ticketing.demo.cast import actor
from ticketing.demo.people import C11
from ticketing.following import labels
from ticketing.model import Caller, Draft, Facts
from ticketing.tables import TicketEvent
from ticketing.tickets import desk, queries
from ticketing.tickets.bonds.splitting import Part

HOUR = timedelta(hours=1)


def play(now: datetime) -> None:
    """Play the morning."""
    _duplicate(now - timedelta(hours=30))
    _outage(now - timedelta(hours=20))
    _split(now - timedelta(hours=6))
    _alike(now - timedelta(hours=2))


def version(sigle: str, number: int) -> int:
    """Return the version of a ticket that a person sees."""
    reader = actor(sigle)
    return queries.ticket(perimeter(reader), reader, number).version


def _opened(title: str, body: str, service: str, now: datetime, caller: str = "") -> int:
    """Open a ticket of the collège, for a caller or for its correspondant, and return its number."""
    facts = Facts(user_category="professeurs")
    named = Caller(caller) if caller else None
    draft = Draft(title=title, body=body, etablissement=C11, service=service, activity="mco", facts=facts, caller=named)
    return desk.open_ticket(actor("d1.agent" if caller else "c11.cmi"), draft, [], now)


def _duplicate(begun: datetime) -> None:
    """The same breakdown told twice: the second is closed, and its requester follows the first."""
    agent, service = actor("d1.agent"), "equipement-bureautique"
    caller = actor("c11.chef").name
    first = _opened("Vidéoprojecteur de la salle B7 : image verte", "Depuis ce matin.", service, begun, caller)
    second = _opened("Image verte en B7", "Le vidéoprojecteur affiche tout en vert.", service, begun + HOUR)
    desk.take_charge(agent, first, version("d1.agent", first), begun + 2 * HOUR)
    note = "@d1.ref, il nous reste un câble de ce modèle en réserve ? Sinon je le commande."
    desk.comment(agent, first, note, visibility="internal", now=begun + 2 * HOUR)
    words = "C’est l’appareil que Mme la principale a signalé ; le câble est commandé."
    desk.merge(agent, second, version("d1.agent", second), first, words, begun + 3 * HOUR)


def _alike(begun: datetime) -> None:
    """Three tickets on one trouble within an hour: the queue asks whether they are a larger one."""
    for minutes, title in (
        (0, "Plus de wifi en salle 12"),
        (20, "Le wifi est tombé au CDI"),
        (35, "Wifi coupé, salle 14"),
    ):
        _opened(
            title,
            "Les ordinateurs portables ne se connectent plus.",
            "equipement-bureautique",
            begun + timedelta(minutes=minutes),
        )


def _outage(begun: datetime) -> None:
    """A switch that fails, and what hangs on it: one ticket is resolved with the next, the other waits."""
    agent, service = actor("d1.agent"), "equipement-bureautique"
    outage = _opened("Plus de réseau au premier étage", "Le commutateur du local technique est éteint.", service, begun)
    for rank, (title, body) in enumerate(
        (
            ("L’imprimante réseau du premier ne répond plus", "Depuis ce matin."),
            ("Pas de session en salle B12", "Les postes tournent dans le vide."),
        )
    ):
        child = _opened(title, body, service, begun + (rank + 1) * HOUR)
        desk.follow(agent, child, version("d1.agent", child), outage, "", begun + (rank + 2) * HOUR)
    labels.put(agent, outage, "tournée de mardi", begun + 4 * HOUR)


def _split(begun: datetime) -> None:
    """A comment that asks for something else becomes a ticket of its own."""
    agent, service = actor("d1.agent"), "equipement-bureautique"
    number = _opened("Souris qui saute en salle de technologie", "Sur le poste 3.", service, begun)
    words = "Au passage : il nous faudrait un logiciel de dessin sur les postes de cette salle."
    desk.comment(actor("c11.cmi"), number, words, now=begun + HOUR)
    with reading() as session:
        said = session.scalar(select(func.max(TicketEvent.id)).where(TicketEvent.ticket_id == number))
    part = Part(said, "Un logiciel de dessin en salle de technologie", "", service, "installation")
    desk.split(agent, number, version("d1.agent", number), part, begun + 2 * HOUR)
