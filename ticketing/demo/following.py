"""Tickets of a collège at each moment that its correspondant follows: asked, lacking an answer, resolved, withdrawn."""

from __future__ import annotations

from datetime import datetime, timedelta

from charters.permissions import perimeter
from ticketing.demo.cast import actor
from ticketing.demo.people import C11
from ticketing.following import links, opinions
from ticketing.model import Draft, Facts, HandOnReason, HoldReason, WithdrawReason
from ticketing.tickets import desk, queries

HOUR = timedelta(hours=1)


def play(now: datetime) -> None:
    """Play the last three days of five tickets of one collège."""
    begun = now - timedelta(days=3)
    _asked(begun)
    _lacking(begun)
    _sequel(begun, _resolved(begun))
    _withdrawn(begun)


def _opened(title: str, body: str, service: str, category: str | None, now: datetime) -> int:
    facts = Facts(user_category=category)
    draft = Draft(title=title, body=body, etablissement=C11, service=service, activity="mco", facts=facts)
    return desk.open_ticket(actor("c11.cmi"), draft, [], now)


def _version(sigle: str, number: int) -> int:
    reader = actor(sigle)
    return queries.ticket(perimeter(reader), reader, number).version


def _asked(begun: datetime) -> None:
    """A ticket that went to the académie and back, with a note of one side, and now waits for an answer."""
    body = "Depuis lundi, les deux prises près de la fenêtre ne répondent plus. **Un autre câble** ne change rien."
    number = _opened("Deux prises réseau mortes au CDI", body, "infrastructure-reseau", None, begun)
    agent, tech = actor("d1.agent"), actor("a.tech")
    desk.take_charge(agent, number, _version("d1.agent", number), begun + 2 * HOUR)
    note = "Revoir le brassage avec l’équipe bâtiment avant de promettre une date."
    desk.comment(agent, number, note, visibility="internal", now=begun + 3 * HOUR)
    why = "Le commutateur du CDI semble être celui de la vie scolaire."
    version = _version("d1.agent", number)
    desk.hand_on(agent, number, version, "academie", HandOnReason.WRONG_PARTY.value, why, begun + 20 * HOUR)
    back = "Vérifié sur place : c’est le réseau pédagogique (article II.2)."
    desk.contest(tech, number, _version("a.tech", number), back, begun + 40 * HOUR)
    desk.take_charge(agent, number, _version("d1.agent", number), begun + 42 * HOUR)
    question = "Quel est le **numéro inscrit** sur chaque prise ? Une photo de la plaque suffit."
    version = _version("d1.agent", number)
    desk.hold(agent, number, version, HoldReason.REQUESTER.value, question, begun + 44 * HOUR)


def _lacking(begun: datetime) -> None:
    body = "L’écran reste noir ; le voyant du boîtier est orange."
    _opened("L’ordinateur ne s’allume plus", body, "equipement-bureautique", None, begun + 50 * HOUR)


def _resolved(begun: datetime) -> int:
    """A ticket that is resolved and whose author is satisfied in part; its number."""
    body = "Elle tire des pages blanches."
    number = _opened("Imprimante du CDI : pages blanches", body, "equipement-bureautique", "professeurs", begun)
    agent = actor("d1.agent")
    desk.take_charge(agent, number, _version("d1.agent", number), begun + HOUR)
    desk.resolve(
        agent, number, _version("d1.agent", number), "Cartouche changée, page de test imprimée.", begun + 5 * HOUR
    )
    opinions.give(actor("c11.cmi"), number, 2, begun + 22 * HOUR)
    opinions.say(actor("c11.cmi"), number, "Le texte est net, les couleurs restent pâles.", begun + 22 * HOUR)
    return number


def _sequel(begun: datetime, earlier: int) -> None:
    later = begun + 46 * HOUR
    body = "Les pages sont de nouveau blanches depuis ce matin."
    number = _opened(
        "Imprimante du CDI : de nouveau des pages blanches", body, "equipement-bureautique", "professeurs", later
    )
    links.link(actor("c11.cmi"), number, earlier, later)


def _withdrawn(begun: datetime) -> None:
    body = "Plus rien sur le poste 4 de la salle B12."
    number = _opened("Pas d’internet sur un poste", body, "equipement-bureautique", "professeurs", begun + 30 * HOUR)
    words = "Le câble était débranché."
    version = _version("c11.cmi", number)
    desk.withdraw(actor("c11.cmi"), number, version, WithdrawReason.SOLVED.value, words, begun + 31 * HOUR)
