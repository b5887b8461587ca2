"""What the invented people keep for their daily work: views, answers, questions, some shared; an absence to come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from charters.days import today
from charters.model import Actor
from ticketing.demo.cast import actor
from ticketing.tickets import queries
from ticketing.workbench import absences, answers, teams, views

#: Sigle -> title, filters, whether it is shared inside the side.
_VIEWS = {
    "d1.ref": (
        ("À prendre ce matin", "etat=nouveaux&tri=anciens", True),
        ("Chez un fournisseur", "etat=en-attente&attend=fournisseur&col=etablissement.agent.change", True),
    ),
    "d1.agent": (("Desaix", "college=desaix-tarbes", False), ("Les miens", "miens=1", False)),
    "a.admin": (("En retard", "etat=en-retard", True),),
}
#: Sigle -> title, words, step, whether it is shared inside the side.
_ANSWERS = {
    "d1.ref": (
        (
            "Passage prévu",
            "Bonjour {demandeur}, nous passons à {établissement} cette semaine.",
            "comment",
            True,
        ),
        ("Redémarrage", "Bonjour {demandeur}, le poste a été redémarré à distance : tout fonctionne.", "resolve", True),
        ("Numéro d’inventaire", "Quel est le numéro d’inventaire collé sur l’appareil ?", "hold", True),
    ),
    "d1.agent": (("Merci", "Merci, c’est noté pour le ticket n° {numéro}. {moi}", "comment", False),),
}
#: Sigle -> title, filters, whether it is shared inside the side.
_QUESTIONS = {
    "a.admin": (
        ("Ce qui passe de partie à partie", "mesure=passages&par=partie&avant=1", True),
        ("Temps perdu par service", "mesure=perdu&par=service", False),
    ),
    "d1.ref": (("Ce qui attend, par collège", "mesure=en-attente&par=etablissement", True),),
}
#: Who keeps a question in the reference data, and whether it is shared -> who reads it.
READERS = {
    ("a.admin", True): ("a.admin", "a.lecture"),
    ("a.admin", False): ("a.admin",),
    ("a.lecture", False): ("a.lecture",),
    ("d1.ref", True): ("d1.ref",),
    ("c11.chef", False): ("c11.chef",),
}


def seed(actors: Mapping[str, Actor], canary: Callable[[], str], now: datetime) -> list[dict[str, object]]:
    """Keep the questions of the reference data, each with a canary for a name; return (id, value, readers)."""
    made: list[dict[str, object]] = []
    for (author, shared), readers in READERS.items():
        value = canary()
        number = views.keep(actors[author], value, "mesure=ouverts&par=mois", shared, now, views.FIGURES)
        made.append({"id": number, "value": value, "readers": list(readers)})
    return made


def seed_teams(actors: Mapping[str, Actor], canary: Callable[[], str], now: datetime) -> list[dict[str, object]]:
    """Make the teams of the reference data, each with a canary for a name; return (id, value, readers)."""
    made: list[dict[str, object]] = []
    for author, readers in (("d1.ref", ("d1.ref", "d1.agent")), ("c11.chef", ("c11.chef", "c11.cmi", "c11.reseau"))):
        value, chosen = canary(), {"people": {str(actors[readers[1]].account_id)}, "places": (), "services": ()}
        number = teams.save(actors[author], 0, {"name": value, "rule": ""}, chosen, now)
        made.append({"id": number, "value": value, "readers": list(readers)})
    return made


def play(now: datetime) -> None:
    """Keep views and answers in the current application's database, where the cast must already be."""
    for sigle, kept in _VIEWS.items():
        for title, filters, shared in kept:
            views.keep(actor(sigle), title, filters, shared, now)
    for sigle, asked in _QUESTIONS.items():
        for title, filters, shared in asked:
            views.keep(actor(sigle), title, filters, shared, now, views.FIGURES)
    for sigle, said in _ANSWERS.items():
        for title, words, step, shared in said:
            answers.keep(actor(sigle), {"title": title, "words": words, "step": step}, shared, now)
    people = {str(one.account) for one in queries.colleagues("departement-hautes-pyrenees", now)}
    chosen = {"people": people, "places": {"desaix-tarbes", "victor-hugo-tarbes"}, "services": set[str]()}
    teams.save(actor("d1.ref"), 0, {"name": "Secteur de Tarbes", "rule": ""}, chosen, now)
    first, last = today(now) + timedelta(days=20), today(now) + timedelta(days=34)
    typed = {"person": "", "first": first.isoformat(), "last": last.isoformat()}
    absences.say(actor("d1.agent"), typed, True, now)
