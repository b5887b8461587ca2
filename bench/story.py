"""Scripts of invented tickets, from opening to the day of the bench, drawn at random from the seed.

No row is made here: a script says who does what and when, and `collector` plays it through the desk's own code.
"""

from __future__ import annotations

import random
from bisect import bisect
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from ticketing.demo.situations import PROGRAMS, ROOMS, SITUATIONS, Situation

PARIS = ZoneInfo("Europe/Paris")
YEARS = 3
#: A word in the title of one ticket in a hundred, and nowhere else, for the search scenario.
RARE = "oscilloscope"
#: One ticket in fifty has exactly ten entries for the requester's and the holder's side, for the ticket page scenario.
LONG = 10

#: Words said at the steps of a story, besides those of each situation.
HAND_ON_WORDS = (
    "Après examen, la panne relève de l’autre partie : le poste est administratif.",
    "Nous sommes passés : l’équipement n’est pas de notre parc.",
    "La clause citée confie cette tâche à une autre partie.",
)
CONTEST_WORDS = (
    "Ce poste figure bien à votre inventaire, voir l’étiquette.",
    "La clause vous désigne pour ce service.",
)
HOLD_WORDS = {
    "attente-fournisseur": "Pièce commandée chez le fournisseur, livraison annoncée sous huit jours.",
    "attente-piece": "Une pièce est nécessaire, elle est commandée.",
    "attente-intervention": "Intervention prévue sur place la semaine prochaine.",
    "autre": "En attente d’une fenêtre de maintenance.",
}
REOPEN_WORDS = ("La panne est revenue ce matin.", "Cela fonctionne sur un poste mais pas sur les autres.")
ANSWERS = (
    "Bien reçu, nous regardons cela aujourd’hui.",
    "Merci du signalement, nous passons dans la semaine.",
    "Diagnostic en cours, nous revenons vers vous.",
)
THANKS = ("Merci, tout fonctionne.", "C’est réparé, merci beaucoup.", "Parfait, merci.")
#: The categories of users to which a correction of facts changes.
CATEGORIES = ("equipe-gestion", "professeurs", "vie-scolaire", "eleves")
#: The relative number of tickets of each month: September has twice as many, summer few.
_SEASON = (1.0, 0.9, 1.0, 0.8, 0.9, 1.0, 0.2, 0.3, 2.0, 1.4, 1.2, 0.9)


@dataclass(frozen=True, slots=True)
class Act:
    """One step of a story: action, time, side (« requester » or « holder ») and words."""

    step: str
    at: datetime
    side: str
    words: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """The story of a ticket: place (a number below `places`), request, stated facts, and acts."""

    place: int
    opened_at: datetime
    situation: Situation
    title: str
    body: str
    facts: dict[str, object]
    tag: str
    acts: tuple[Act, ...]


class Teller:
    """Generates stories one after the other, oldest first; `until` is midnight (UTC) of the bench's day."""

    def __init__(self, seed: int, places: int, until: datetime) -> None:
        self._rng = random.Random(seed)
        self._places, self._until = places, until
        self._weights = list(accumulate(situation.weight for situation in SITUATIONS))

    def openings(self, count: int) -> list[datetime]:
        """The opening times of `count` tickets, in order: on school days, in working hours, by the months' weights."""
        last = self._until.date() - timedelta(days=1)
        days = [last - timedelta(days=back) for back in range(YEARS * 365)]
        days = sorted(day for day in days if day.weekday() < 5)
        weights = list(accumulate(_SEASON[day.month - 1] for day in days))
        chosen = self._rng.choices(days, cum_weights=weights, k=count)
        return sorted(self._clock(day) for day in chosen)

    def tell(self, opened_at: datetime) -> Story:
        rng = self._rng
        situation = SITUATIONS[bisect(self._weights, rng.random() * self._weights[-1])]
        title, body = rng.choice(situation.texts)
        drawn = {
            "salle": rng.choice(ROOMS),
            "n": str(rng.randint(1, 30)),
            "logiciel": rng.choice(PROGRAMS),
            "etage": rng.choice(("rez-de-chaussée", "1er", "2e")),
        }
        title, body = _filled(title, drawn), _filled(body, drawn)
        if rng.random() < 0.01:
            title = f"{title[:120]} ({RARE})"
        facts = {fact: rng.choice(values) for fact, values in situation.facts.items()}
        if "acquired_on" in facts and facts["acquired_on"] is not None:
            facts["acquired_on"] = date.fromisoformat(str(facts["acquired_on"]))
        tag = f"{rng.randint(10_000, 99_999)}" if situation.tags and rng.random() < 0.5 else ""
        # Some collèges open far more tickets than others.
        place = int(self._places * rng.random() ** 1.3)
        return Story(
            place,
            opened_at,
            situation,
            title,
            body,
            {k: v for k, v in facts.items() if v is not None},
            tag,
            tuple(act for act in self._acts(situation, opened_at, drawn) if act.at < self._until),
        )

    def _acts(self, situation: Situation, opened_at: datetime, drawn: dict[str, str]) -> list[Act]:
        rng = self._rng
        acts: list[Act] = []
        at = opened_at

        def then(step: str, hours: float, side: str, words: str = "", detail: str = "") -> None:
            nonlocal at
            at = self._later(at, hours)
            acts.append(Act(step, at, side, _filled(words, drawn), detail))

        if rng.random() < 0.004:  # forgotten: nothing happens after the opening
            return []
        long = rng.random() < 0.02
        if long or rng.random() < 0.06:
            then("hand_on", 3, "holder", rng.choice(HAND_ON_WORDS))
            if rng.random() < 0.25 and not long:
                then("contest", 5, "holder", rng.choice(CONTEST_WORDS))
        then("take_charge", rng.expovariate(1 / 6), "holder")
        if "user_category" in situation.facts and not long and rng.random() < 0.05:
            then("correct", 1, "holder", "Le poste n’est pas celui de la personne nommée.", rng.choice(CATEGORIES))
        if long or rng.random() < 0.5:
            then("comment", rng.expovariate(1 / 3), "holder", rng.choice(ANSWERS))
        if situation.questions and (long or rng.random() < 0.5):
            question, answer = rng.choice(situation.questions)
            then("ask", rng.expovariate(1 / 4), "holder", question)
            then("comment", rng.expovariate(1 / 12), "requester", answer)
        elif long:
            then("hold", 3, "holder", HOLD_WORDS["attente-piece"], "attente-piece")
            then("resume", 30, "holder")
        if long or (situation.notes and rng.random() < 0.4):
            words = situation.notes or ("Vu avec un collègue.",)
            then("comment" if long else "note", rng.expovariate(1 / 8), "holder", rng.choice(words))
        if not long and rng.random() < 0.15:
            reason = rng.choice(list(HOLD_WORDS))
            then("hold", rng.expovariate(1 / 8), "holder", HOLD_WORDS[reason], reason)
            then("resume", rng.expovariate(1 / 60), "holder")
        then("resolve", rng.lognormvariate(2.2, 1.1), "holder", rng.choice(situation.solutions))
        if long or rng.random() < 0.05:
            then("reopen", rng.expovariate(1 / 20), "requester", rng.choice(REOPEN_WORDS))
            then("resolve", rng.lognormvariate(2.0, 1.0), "holder", rng.choice(situation.solutions))
        if long or rng.random() < 0.3:
            then("comment", rng.expovariate(1 / 20), "requester", rng.choice(THANKS))
        if not long:
            if rng.random() < 0.5:
                then("confirm", rng.expovariate(1 / 30), "requester")
            else:
                at += timedelta(days=10)
                acts.append(Act("expire", at, "program"))
        elif len(acts) >= LONG - 1:
            del acts[LONG - 1 :]
        return acts

    def _clock(self, day: date) -> datetime:
        minutes = int(self._rng.triangular(8 * 60, 18 * 60, 10 * 60))
        clock = time(minutes // 60, minutes % 60, self._rng.randrange(60))
        local = datetime.combine(day, clock, PARIS)
        return local.astimezone(UTC)

    def _later(self, at: datetime, hours: float) -> datetime:
        """The time after so many working hours (ten a day, five days a week), to the second."""
        days, left = divmod(hours, 10)
        then = at + timedelta(days=days, hours=left, seconds=61)
        if then.hour >= 18:
            then += timedelta(hours=14)
        while then.weekday() >= 5:
            then += timedelta(days=1)
        return then.replace(microsecond=0)


def _filled(text: str, drawn: dict[str, str]) -> str:
    for name, value in drawn.items():
        text = text.replace(f"{{{name}}}", value)
    return text
