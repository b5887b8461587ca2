"""Invented articles: a few for the demonstration, and for the reference data one of each audience and state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from charters.model import Actor
from ticketing.articles import usefulness, writing
from ticketing.articles.writing import ArticleForm
from ticketing.demo import cast
from ticketing.demo.people import C12, D1

_TOULOUSE = {"a.admin", "a.tech", "d1.ref", "d1.agent", "d2.agent"}
_COLLEGES = {"c11.chef", "c11.cmi", "c11.reseau", "c12.cmi", "c21.cmi"}
_OF_2015 = "accord:hautes-pyrenees-2015"


@dataclass(frozen=True, slots=True)
class Plan:
    """An article of the reference data: who writes it, for whom, what becomes of it, and who of the cast reads it."""

    author: str
    audience: str
    state: str
    readers: frozenset[str]


#: One article of each audience, a draft and one withdrawn. The readers are said by hand, from the rule.
PLANS = (
    Plan("d1.agent", f"side:{D1}", "published", frozenset({"d1.agent", "d1.ref"})),
    Plan("a.tech", f"side:{C12}", "published", frozenset({"a.tech", "a.admin", "c12.cmi"})),
    Plan("a.tech", "academie:academie-toulouse", "published", frozenset(_TOULOUSE | _COLLEGES)),
    Plan("d1.ref", _OF_2015, "published", frozenset((_TOULOUSE | _COLLEGES) - {"d2.agent", "c21.cmi"})),
    Plan("c11.cmi", "side:desaix-tarbes", "draft", frozenset({"c11.cmi", "c11.chef"})),
    Plan("d1.agent", _OF_2015, "withdrawn", frozenset({"d1.agent", "d1.ref"})),
)


@dataclass(frozen=True, slots=True)
class Planted:
    """An article of the reference data, its canary, and who may read it."""

    id: int
    value: str
    readers: list[str]


def seed(actors: Mapping[str, Actor], canary: Callable[[], str], source: int, now: datetime) -> list[dict[str, object]]:
    """Write the articles of the reference data, each from the same ticket if its author sees it; return them."""
    made = []
    for plan in PLANS:
        actor, value = actors[plan.author], canary()
        form = ArticleForm(
            title=f"Imprimante {value}",
            words=f"Éteindre, rallumer {value}.",
            services=("equipement-bureautique",),
            activities=("mco",),
            audience=plan.audience,
            review_on=writing.next_review(now.date()).isoformat(),
            source=source if plan.author.startswith("d1") else None,
        )
        number = writing.save(actor, None, form, now, publish=plan.state != "draft")
        if plan.state == "withdrawn":
            writing.withdraw(actor, number, now)
        made.append(asdict(Planted(number, value, sorted(plan.readers))))
    return made


#: Author, audience, service, title, words, who found it useful, after how many days it is to be read again.
_SHOWN = (
    (
        "d1.agent",
        _OF_2015,
        "equipement-bureautique",
        "L’imprimante ne répond plus après une coupure de courant",
        "Avant d’ouvrir un ticket :\n\n"
        "1. éteindre l’imprimante **et** la débrancher une minute ;\n"
        "2. la rebrancher, attendre la fin de son démarrage ;\n"
        "3. vider la file d’impression du poste, puis imprimer une page de test.\n\n"
        "Si le voyant reste rouge, ouvrir un ticket en notant ce que dit l’écran de l’imprimante.",
        ("c11.cmi", "c12.cmi"),
        300,
    ),
    (
        "a.tech",
        "academie:academie-toulouse",
        "ent",
        "Un professeur ne voit pas ses classes dans l’ENT",
        "L’ENT reprend les classes de SIECLE dans la nuit. Vérifier d’abord que le service du professeur y est saisi : "
        "il apparaît **le lendemain**.\n\n- rien le lendemain : dire dans le ticket la classe et la discipline ;\n"
        "- toutes les classes absentes : l’emploi du temps n’a pas été importé.",
        ("c11.cmi",),
        200,
    ),
    (
        "c11.cmi",
        "side:desaix-tarbes",
        "equipement-bureautique",
        "Le vidéoprojecteur de la salle polyvalente affiche une image bleue",
        "Choisir l’entrée **HDMI 2** avec la télécommande rangée à l’accueil, puis rallumer le poste.",
        (),
        -3,
    ),
)


def play(now: datetime) -> None:
    """Write the demonstration's articles, three weeks ago, one of them to be read again since three days."""
    then = now - timedelta(days=21)
    for author, audience, service, title, words, useful_to, days in _SHOWN:
        actor = cast.actor(author)
        day = (then.date() if days < 0 else now.date()) + timedelta(days=18 if days < 0 else days)
        form = ArticleForm(title, words, (service,), (), audience, day.isoformat())
        made = writing.save(actor, None, form, then, publish=True)
        for sigle in useful_to:
            usefulness.say(cast.actor(sigle), made, True, then)
