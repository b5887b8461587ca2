"""What may be asked of the figures: each measure with its definition, its clause and its arithmetic. Pure.

`docs/chiffres.md` gives the same definitions to readers; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ticketing.figures.dashboards import NBSP, span
from ticketing.figures.facts.columns import ANSWER_CLASSES, RESOLUTION_CLASSES
from ticketing.formats import number

COUNT, HOURS, LENGTH, SHARE = "count", "hours", "length", "share"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measure: its address, its name, what it is in one sentence, the text that it rests on, how it is worked out.

    `top` is the amount that is shown, `bottom` what it is divided by (« » for a count or a sum), `classes` the classes
    of length of a distribution. `by` are the dimensions that make sense, empty for all.
    """

    id: str
    name: str
    unit: str
    kind: str
    definition: str
    clause: str
    arithmetic: str
    top: str
    bottom: str = ""
    classes: tuple[str, ...] = ()
    picture: str = ""  # matrix | calendar | backlog | lengths

    @property
    def amounts(self) -> tuple[str, ...]:
        """Return the columns of facts that it is worked out from."""
        return tuple(name for name in (self.top, self.bottom, *self.classes) if name)

    @property
    def waits(self) -> bool:
        """Whether it counts what waits at the end of a Sunday, which does not add up over weeks."""
        return self.top == "waiting"

    def value(self, amounts: Mapping[str, int]) -> float | None:
        """Return its value from amounts that were added up; None where nothing was counted."""
        top = amounts.get(self.top, 0)
        if not self.bottom:
            return top
        bottom = amounts.get(self.bottom, 0)
        return top / bottom if bottom else None

    def say(self, value: float | None) -> str:
        """Return a value in words."""
        return _SAYS[self.kind](value) if value is not None else "–"


def _share(value: float) -> str:
    return f"{number(round(value * 100))}{NBSP}%"


_SAYS: dict[str, Callable[[float], str]] = {
    COUNT: lambda value: number(round(value)),
    HOURS: lambda value: span(round(value)),
    LENGTH: lambda value: span(round(value)),
    SHARE: _share,
}
_OWN_HOURS = "Chaque heure est comptée dans les horaires de la partie qui tenait le ticket, tels qu’ils étaient connus."
_REPORTS = "IV : les comités s’appuient sur les bilans issus du guichet"

MEASURES: dict[str, Measure] = {
    one.id: one
    for one in (
        Measure(
            id="ouverts",
            name="Tickets ouverts",
            unit="tickets",
            kind=COUNT,
            definition="Les tickets ouverts dans la période, pour la partie à qui la décision les a remis.",
            clause=_REPORTS,
            arithmetic="Somme des ouvertures, au jour de l’ouverture à l’heure de Paris.",
            top="opened",
            picture="calendar",
        ),
        Measure(
            id="resolus",
            name="Tickets résolus",
            unit="tickets",
            kind=COUNT,
            definition="Les passages à « résolu », ou à « clos » sans l’être ; un ticket rouvert puis résolu "
            "compte encore.",
            clause=_REPORTS,
            arithmetic="Somme des fins, au jour de chacune, pour la partie qui tenait le ticket.",
            top="resolved",
            picture="calendar",
        ),
        Measure(
            id="en-attente",
            name="Tickets en cours",
            unit="tickets",
            kind=COUNT,
            definition="Les tickets ouverts à la fin d’un dimanche : le dernier de la période, ou chaque semaine.",
            clause=_REPORTS,
            arithmetic="Compte des tickets ouverts le dimanche à minuit, par âge depuis l’ouverture.",
            top="waiting",
            picture="backlog",
        ),
        Measure(
            id="premiere-reponse",
            name="Première réponse",
            unit="heures par ticket",
            kind=LENGTH,
            definition="Ce qu’un ticket a attendu avant que la partie qui le tient prenne la parole ou le prenne "
            "en charge.",
            clause="Les délais que chaque texte fixe, et ce que chaque partie a promis (page « Horaires »)",
            arithmetic=f"Somme des attentes divisée par le nombre de premières réponses. {_OWN_HOURS}",
            top="answer",
            bottom="answered",
            classes=ANSWER_CLASSES,
            picture="lengths",
        ),
        Measure(
            id="resolution",
            name="Résolution",
            unit="heures par ticket",
            kind=LENGTH,
            definition="Ce que les parties ont tenu un ticket jusqu’à sa fin ; l’attente du demandeur n’est à "
            "personne.",
            clause="Les délais que chaque texte fixe, et ce que chaque partie a promis (page « Horaires »)",
            arithmetic=f"Somme des heures tenues divisée par le nombre de fins. {_OWN_HOURS}",
            top="resolution",
            bottom="resolved",
            classes=RESOLUTION_CLASSES,
            picture="lengths",
        ),
        Measure(
            id="reponses-promises",
            name="Réponses promises tenues",
            unit="des réponses promises",
            kind=SHARE,
            definition="La part des premières réponses arrivées dans le temps promis au demandeur, pour qui l’a "
            "promis.",
            clause="Ce que chaque partie a promis (page « Horaires »)",
            arithmetic="Réponses tenues divisées par les réponses données qui étaient promises.",
            top="kept_answers",
            bottom="asked_answers",
        ),
        Measure(
            id="resolutions-promises",
            name="Résolutions promises tenues",
            unit="des résolutions promises",
            kind=SHARE,
            definition="La part des tickets finis dans le temps promis au demandeur, à leur première fin.",
            clause="Ce que chaque partie a promis (page « Horaires »)",
            arithmetic="Résolutions tenues divisées par les premières fins qui étaient promises.",
            top="kept_resolutions",
            bottom="asked_resolutions",
        ),
        Measure(
            id="tenu",
            name="Temps tenu",
            unit="heures",
            kind=HOURS,
            definition="Le temps que les parties ont tenu des tickets, compté le jour où elles les rendent ou les "
            "finissent.",
            clause=_REPORTS,
            arithmetic=f"Somme des périodes de tenue qui ont fini. {_OWN_HOURS}",
            top="held",
        ),
        Measure(
            id="bien-orientes",
            name="Bien orientés du premier coup",
            unit="des tickets finis",
            kind=SHARE,
            definition="La part des tickets finis chez la partie que la décision avait désignée, sans en changer.",
            clause="Annexe 2 : qui répond de quoi",
            arithmetic="Tickets sans passage divisés par les tickets à leur première fin, pour la partie désignée "
            "d’abord.",
            top="direct",
            bottom="routed",
        ),
        Measure(
            id="passages",
            name="Passages entre parties",
            unit="passages",
            kind=COUNT,
            definition="Les fois où un ticket passe d’une partie à une autre, transmis, contesté ou corrigé.",
            clause="Annexe 2 : qui répond de quoi ; I.4 pour les contestations",
            arithmetic="Somme des passages, au jour de chacun, pour la partie qui donne.",
            top="passed",
            picture="matrix",
        ),
        Measure(
            id="allers-retours",
            name="Allers et retours",
            unit="retours",
            kind=COUNT,
            definition="Les passages qui ramènent un ticket à une partie qui l’avait déjà eu (A, B, A).",
            clause="Annexe 2 : qui répond de quoi",
            arithmetic="Somme des passages vers une partie déjà passée, pour la partie qui rend.",
            top="loops",
            picture="matrix",
        ),
        Measure(
            id="perdu",
            name="Temps perdu en de mauvaises mains",
            unit="heures",
            kind=HOURS,
            definition="Ce qu’une partie a tenu un ticket avant de dire, ou de lire d’un fait corrigé, qu’il "
            "n’était pas à elle.",
            clause="Annexe 2 : qui répond de quoi",
            arithmetic="Somme des heures tenues avant un passage pour « mauvaise partie », un fait corrigé ou une "
            f"contestation. {_OWN_HOURS}",
            top="lost",
            picture="matrix",
        ),
        Measure(
            id="contestations",
            name="Contestations",
            unit="contestations",
            kind=COUNT,
            definition="Les fois où une partie a rendu un ticket en disant qu’il n’est pas à elle.",
            clause="I.4 : ce qu’aucune clause ne règle revient au guichet",
            arithmetic="Somme des contestations, au jour de chacune, pour la partie qui conteste.",
            top="contested",
            picture="matrix",
        ),
        Measure(
            id="contestations-fondees",
            name="Contestations fondées",
            unit="des contestations jugées",
            kind=SHARE,
            definition="La part des tickets contestés qu’une autre partie que celle qui contestait a finis.",
            clause="I.4 : ce qu’aucune clause ne règle revient au guichet",
            arithmetic="Tickets finis par une autre divisés par les tickets contestés et finis, par partie qui "
            "contestait.",
            top="upheld",
            bottom="ruled",
        ),
        Measure(
            id="rouverts",
            name="Tickets rouverts",
            unit="réouvertures",
            kind=COUNT,
            definition="Les fois où un ticket résolu a été rouvert parce que la panne demeurait.",
            clause=_REPORTS,
            arithmetic="Somme des réouvertures, au jour de chacune.",
            top="reopened",
        ),
        Measure(
            id="satisfaction",
            name="Satisfaction",
            unit="de « oui »",
            kind=SHARE,
            definition="La part de « oui » à « Ce qui a été fait vous convient-il ? », sur les tickets que votre "
            "partie tient.",
            clause=_REPORTS,
            arithmetic="« Oui » divisés par les réponses. Celles sur les tickets d’autres parties ne sont pas "
            "montrées.",
            top="satisfied",
            bottom="opinions",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Dimension:
    """What a measure is told apart by, or filtered by: its address, its name, the columns of facts that it reads."""

    id: str
    name: str
    columns: tuple[str, ...]
    filters: bool = True  # whether it may be chosen as a filter
    labelled: str = ""  # the dimension of `fact_label` that names its values


DIMENSIONS: dict[str, Dimension] = {
    one.id: one
    for one in (
        Dimension("partie", "Partie", ("party",), labelled="party"),
        Dimension("vers", "Partie qui reçoit", ("to_party",), labelled="party"),
        Dimension("etablissement", "Établissement", ("etablissement",), labelled="etablissement"),
        Dimension("service", "Service", ("service",), labelled="service"),
        Dimension("activite", "Activité", ("activity",), labelled="activity"),
        Dimension("case", "Case de la matrice", ("convention", "service", "activity"), filters=False),
        Dimension("accord", "Accord", ("convention",)),
        Dimension("public", "Catégorie d’usagers", ("category",)),
        Dimension("statut", "Statut de la décision", ("status",)),
        Dimension("priorite", "Priorité", ("urgency",)),
        Dimension("mois", "Mois", ("month",), filters=False),
        Dimension("saison", "Mois de l’année", ("month",), filters=False),
        Dimension("jour", "Jour", ("day",)),
        Dimension("semaine", "Semaine", ("day",), filters=False),
        Dimension("age", "Âge", ("age",)),
    )
}
#: The dimensions that only what waits has; a week is filtered by the day that ends it.
OF_WAITING = frozenset({"semaine", "age"})
#: The dimensions that only a passage has.
OF_PASSAGES = frozenset({"vers"})


def dimensions_of(measure: Measure, own: bool) -> list[Dimension]:
    """Return the dimensions that a measure may be told apart by; `own` is whether it is of one établissement alone."""
    return [
        one
        for one in DIMENSIONS.values()
        if (one.id not in OF_WAITING or measure.waits)
        and (one.id not in OF_PASSAGES or measure.picture == "matrix")
        and not (own and one.id == "etablissement")
        and not (measure.waits and one.id in ("mois", "saison", "jour"))
    ]
