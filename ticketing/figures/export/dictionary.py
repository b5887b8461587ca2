"""The columns of an export of facts, each with what it says: the file's head and its data dictionary. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ticketing.figures.facts.columns import AMOUNTS

#: What stands where fewer than `hiding.FEWEST` people would be told apart.
HIDDEN = "tu"


@dataclass(frozen=True, slots=True)
class Field:
    """A column: the name of the fact's column, its name in the file, whether it is a whole number, what it says."""

    name: str
    label: str
    number: bool
    says: str


_ABOUT = (
    Field("day", "jour", False, "Le jour de Paris où c’est arrivé, AAAA-MM-JJ. Vide dans un fichier qui sort."),
    Field("month", "mois", False, "Le mois de Paris, AAAA-MM."),
    Field(
        "party", "partie", False, "La partie qui tenait le ticket, donnait, répondait ou promettait ; vide : personne."
    ),
    Field("to_party", "partie_qui_recoit", False, "À qui le ticket passe, pour un passage."),
    Field(
        "etablissement",
        "etablissement",
        False,
        "L’établissement ; dans un fichier qui sort, un pseudonyme tiré d’une clé détruite avec l’export : il ne vaut "
        "que dans ce fichier.",
    ),
    Field("service", "service", False, "Le service de l’annexe 2, par son identifiant."),
    Field("activity", "activite", False, "L’activité demandée, par son identifiant."),
    Field("convention", "accord", False, "L’accord qui a décidé."),
    Field("category", "categorie_usagers", False, "À qui sert la chose en panne, quand le ticket le dit."),
    Field("status", "statut", False, "Ce que la décision a dit."),
    Field("urgency", "priorite", False, "De 1 (critique) à 5 (planifiée) ; 0 : non dite."),
    Field(
        "age", "age", False, "Pour ce qui est en cours, la tranche d’âge : 0 moins d’une semaine, 3 plus de trois mois."
    ),
)
_SAYS = {
    "opened": ("ouverts", "Tickets ouverts."),
    "answered": ("reponses", "Premières réponses."),
    "answer": ("attente_reponse_s", "Secondes attendues jusqu’à ces réponses, dans les horaires de qui tenait."),
    "resolved": ("resolus", "Fins : passages à résolu, ou à clos sans l’être."),
    "resolution": ("resolution_s", "Secondes tenues jusqu’à ces fins, dans les horaires de qui tenait."),
    "routed": ("finis", "Premières fins, pour la partie que la décision avait désignée."),
    "direct": ("bien_orientes", "Parmi elles, celles sans aucun passage."),
    "passed": ("passages", "Passages d’une partie à une autre."),
    "wrong": ("mauvaises_mains", "Parmi eux, ceux pour mauvaise partie, fait corrigé ou contestation."),
    "lost": ("perdu_s", "Secondes tenues pour rien avant ces passages."),
    "contested": ("contestations", "Contestations."),
    "ruled": ("contestations_jugees", "Tickets contestés et finis."),
    "upheld": ("contestations_fondees", "Parmi eux, ceux qu’une autre partie a finis."),
    "loops": ("allers_retours", "Passages vers une partie qui avait déjà eu le ticket."),
    "held": ("tenu_s", "Secondes tenues, dans les horaires de qui tenait, au jour où la période finit."),
    "elapsed": ("ecoule_s", "Secondes à l’horloge de ces périodes."),
    "reopened": ("rouverts", "Réouvertures."),
    "waiting": ("en_cours", "Ouvert à la fin d’un dimanche : ne se somme pas d’une semaine à l’autre."),
    "asked_answers": ("reponses_promises", "Réponses données qui étaient promises."),
    "kept_answers": ("reponses_tenues", "Parmi elles, celles arrivées à temps."),
    "asked_resolutions": ("resolutions_promises", "Premières fins qui étaient promises."),
    "kept_resolutions": ("resolutions_tenues", "Parmi elles, celles arrivées à temps."),
}
#: Whoever answered on satisfaction could be told from a line: these are in no export.
LEFT_OUT = ("opinions", "satisfied")
FIELDS = (*_ABOUT, *(Field(name, *_SAYS[name][:1], True, _SAYS[name][1]) for name in AMOUNTS if name not in LEFT_OUT))
ABOUT = tuple(one.name for one in _ABOUT)
COUNTED = tuple(one.name for one in FIELDS if one.number)
