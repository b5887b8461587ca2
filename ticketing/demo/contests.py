"""Two contests between a département and its académie: one that waits for its référents, one that both ruled."""

from __future__ import annotations

from datetime import datetime, timedelta

from charters.permissions import perimeter
from ticketing.demo.cast import actor
from ticketing.demo.people import C11
from ticketing.model import Draft, Facts, HandOnReason
from ticketing.tickets import desk, queries

HOUR = timedelta(hours=1)
AGENT, REFERENT, TECH = "d1.agent", "d1.ref", "a.tech"


def play(now: datetime) -> None:
    """Play a contest of yesterday that waits, and one that was ruled last week."""
    _ruled(now - timedelta(days=9))
    _waiting(now - timedelta(days=1))


def _contested(title: str, body: str, why: str, back: str, now: datetime) -> int:
    """Open a ticket that the département hands on, and that the académie contests by the clause of its decision."""
    service, facts = "equipement-bureautique", Facts(user_category="professeurs")
    draft = Draft(title=title, body=body, etablissement=C11, service=service, activity="mco", facts=facts)
    number = desk.open_ticket(actor("c11.cmi"), draft, [], now)
    version, wrong = _version(AGENT, number), HandOnReason.WRONG_PARTY.value
    desk.hand_on(actor(AGENT), number, version, "academie", wrong, why, now + 2 * HOUR)
    desk.contest(actor(TECH), number, _version(TECH, number), back, now + 6 * HOUR, _clause(number))
    return number


def _waiting(begun: datetime) -> None:
    _contested(
        "Écran interactif de la salle 14 : le stylet ne répond plus",
        "L’image est bonne, mais le stylet n’écrit plus depuis la mise à jour.",
        "La mise à jour vient du serveur pédagogique.",
        "L’écran est un équipement de la salle, quelle que soit la mise à jour.",
        begun,
    )


def _ruled(begun: datetime) -> None:
    number = _contested(
        "Trois postes de la salle 22 redémarrent seuls",
        "Toutes les heures environ, sans message.",
        "C’est le compte itinérant qui sature.",
        "Les comptes vont bien sur les autres postes : c’est le matériel.",
        begun,
    )
    for sigle, words, at in (
        (REFERENT, "Vérifié : les alimentations sont en cause, le matériel est à nous.", begun + 26 * HOUR),
        (TECH, "Nous disons la même chose : le poste, pas le compte.", begun + 30 * HOUR),
    ):
        desk.referee(actor(sigle), number, "departement", _clause(number), words, at)
    desk.resolve(actor(AGENT), number, _version(AGENT, number), "Trois alimentations changées.", begun + 50 * HOUR)


def _version(sigle: str, number: int) -> int:
    reader = actor(sigle)
    return queries.ticket(perimeter(reader), reader, number).version


def _clause(number: int) -> str:
    """Return the name of the first clause that the ticket's decision cites, of those that may be invoked."""
    reader = actor(REFERENT)
    decision = queries.ticket(perimeter(reader), reader, number).decision
    known = desk.clauses(desk.router().conventions, decision.convention)
    cited = {(one.ref, one.quote) for one in decision.citations}
    return next((name for name, one in known.items() if (one.ref, one.quote) in cited), next(iter(known)))
