"""Plain words of the opening form: services in families, activities, users, payers; and what a sentence is about.

The ids are those of the rules' vocabulary; the agreements' own labels stay in `matrix`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matrix import french, wording
from matrix.suggestions import Suggestion, shipped, suggest
from matrix.suggestions.learning import Counts
from matrix.wording import capital
from ticketing.in_force.plain_words import ACTIVITIES as ACTIVITIES
from ticketing.in_force.plain_words import ACTIVITY_ANSWERS as ACTIVITY_ANSWERS
from ticketing.in_force.plain_words import GROUPS as GROUPS
from ticketing.in_force.plain_words import SERVICES as SERVICES
from ticketing.in_force.plain_words import PlainService as PlainService

#: The 15 lines of annexe 2 bis in plain words; each agreement says which of them are administrative.
USER_CATEGORIES: dict[str, str] = {
    "equipe-direction": "L’équipe de direction",
    "equipe-gestion": "L’équipe de gestion (intendance)",
    "vie-scolaire": "La vie scolaire",
    "infirmiere": "L’infirmière ou l’infirmier",
    "medecin-scolaire": "Le médecin scolaire",
    "psychologue-scolaire": "La ou le psychologue scolaire",
    "conseiller-orientation": "La conseillère ou le conseiller d’orientation",
    "professeurs": "Les professeurs",
    "eleves": "Les élèves",
    "cdi": "Le CDI",
    "atte-poste-metier": "Un agent d’accueil ou de maintenance, sur son poste de travail",
    "atte-intranet-cg": "Un agent, sur le poste relié à l’intranet du Département",
    "pc-cuisinier": "Le cuisinier",
    "pc-pointage-restauration": "Le poste de pointage de la cantine",
    "postes-parents": "Un poste dédié aux parents",
}

#: Who may have paid, in the words that the rules' sentences use, where no établissement is known.
PAYERS: dict[str, str] = {party: capital(words) for party, words in wording.COMMON.items()}

#: What scores less than this share of the first is not offered, nor what no word led to: three are no better than one.
#: Measured on the examples, each left out in turn: 94 in 100 find their subject among 1.7 offered, 95 among 2.9.
LEAST = 0.04
#: Where even the first scores less than this, the words tell nothing: « rien de connu ».
TELLS = 0.1
#: How much oftener than everywhere a word stands in a service's tickets, at least, to speak for it alone (a logarithm).
TAUGHT = 1.0
#: The most letters of a search that are read: a sentence, not a story.
SEARCH_MAX = 300


@dataclass(frozen=True, slots=True)
class Offer:
    """A subject offered for a sentence: a service and an activity, in plain words, and the words that led there."""

    service: PlainService
    activity: str
    words: tuple[str, ...] = ()

    @property
    def answer(self) -> str:
        """Return the activity in plain words."""
        return ACTIVITY_ANSWERS[self.activity]


def offers(text: str, among: Iterable[PlainService] | None = None, learned: Counts | None = None) -> list[Offer]:
    """Return up to three subjects that `text` may be about, the likeliest first; none when no word tells any.

    Page, script and `guichet suggest` go by the same `matrix.suggestions`. `among` limits the services; `learned` is
    what the tickets of this installation teach.
    """
    known = SERVICES if among is None else {service.id: service for service in among}
    found = suggest(text[:SEARCH_MAX], lexicon=shipped(), learned=learned, services=known)
    if not found or (found[0].score < TELLS and not _taught(found[0], learned)):
        return []
    enough = LEAST * found[0].score
    return [Offer(known[one.service], one.activity, one.words) for one in found if one.words and one.score >= enough]


def _taught(first: Suggestion, learned: Counts | None) -> bool:
    """Whether the tickets of this installation teach that a word speaks for a service: the name of its own tool."""
    if learned is None:
        return False
    stems = [french.stem(word.text) for text in first.words for word in french.words(text)]
    return any(learned.says(stem).get(first.service, 0.0) >= TAUGHT for stem in stems)
