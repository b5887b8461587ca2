"""The questions that a mail without a form leaves open, as numbered choices: its subject, then what can change who.

Numbers name services, letters what is asked for. A question whose answer is a day is put without choices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_lowercase
from typing import Any

from matrix import Conventions, Router
from matrix.explain import question
from matrix.suggestions import shipped, suggest
from ticketing.correspondence.answers import Choice
from ticketing.correspondence.holding import Question
from ticketing.in_force import plain_words, routing
from ticketing.suggesting import learning

#: How many services that the words of a mail tell of come first at most, and how much of them is read.
LIKELY, SAID_MAX = 5, 2_000
#: What a service must be told of by, among all, to come first: none is offered as likely to fill a list.
LEAST = 0.05
_HOW = "Répondez à ce message par le numéro ou par les mots de votre choix, seuls"


def about(rules: Router, etablissement: str, role: str, text: str) -> Question:
    """Return the question on the subject of a demand: the services that this role may name, and the activities."""
    offered = _offered(rules.conventions, etablissement, role)
    likely = _likely(text, offered)
    services = _numbered(rules.conventions, offered, likely, {})
    activities = _activities(rules.conventions, {})
    first, others = services[: len(likely)], services[len(likely) :]
    told = (
        f"Quel est le sujet de votre demande, et de quoi s’agit-il ? {_HOW}, par exemple « 1 a ».",
        _listed(first),
        _listed(activities),
        ("Autre sujet :" if first else "Sujet :") if others else "",
        _listed(others),
    )
    return _put(told, (*services, *activities))


def rest(rules: Router, etablissement: str, role: str, known: Mapping[str, Any]) -> Question:
    """Return the question on the other half of a subject, once the service or the activity alone is `known`."""
    if "service" in known:
        choices = _activities(rules.conventions, known)
        head = f"« {_service(rules.conventions, known['service'])} » : de quoi s’agit-il ?"
    else:
        choices = _numbered(rules.conventions, _offered(rules.conventions, etablissement, role), (), known)
        head = f"« {plain_words.ACTIVITY_ANSWERS[known['activity']]} » : quel est le sujet ?"
    return _put((head, _listed(choices), f"{_HOW}."), choices)


def on_facts(rules: Router, routed: routing.Routed) -> Question | None:
    """Return the question on the first fact that the decision lacks, None where it lacks none."""
    if routed.decision.status != "needs_info" or not routed.decision.missing:
        return None
    asked = question(rules.conventions, routed.request, routed.decision.missing[0])
    options: Sequence[tuple[Any, str]] = asked.options
    if asked.kind == "yes_no":
        options = ((True, "Oui"), (False, "Non"))
    choices = tuple(Choice(str(n), label, {asked.fact: value}) for n, (value, label) in enumerate(options, 1))
    told = [asked.sentence, _ended(asked.hint)]
    told.append(f"{_listed(choices)}\n\n{_HOW}." if choices else "Répondez à ce message, ou sur la page du ticket.")
    return _put(told, choices)


def _offered(conventions: Conventions, etablissement: str, role: str) -> list[str]:
    """Return the services that the agreements of an établissement name and that this role may name."""
    here = conventions.named(etablissement)
    named = [one for one in conventions.services if one in here]
    allowed = conventions.opens(role, etablissement)
    return [one for one in named if allowed is None or one in allowed]


def _likely(text: str, offered: Sequence[str]) -> list[str]:
    """Return the services that a text tells of, the likeliest first; none where it tells of none."""
    found = suggest(text[:SAID_MAX], lexicon=shipped(), learned=learning.counts(), services=offered, limit=LIKELY)
    return [one.service for one in found if one.score >= LEAST]


def _numbered(
    conventions: Conventions, offered: Sequence[str], likely: Sequence[str], known: Mapping[str, Any]
) -> tuple[Choice, ...]:
    """Return the services as choices: the likely ones first, then the others as forms list them."""
    ranked = dict.fromkeys((*likely, *plain_words.SERVICES, *conventions.services))
    return tuple(
        Choice(str(n), _service(conventions, one), {**known, "service": one})
        for n, one in enumerate((one for one in ranked if one in offered), 1)
    )


def _service(conventions: Conventions, service: str) -> str:
    plain = plain_words.SERVICES.get(service)
    return plain.label if plain is not None else conventions.services[service]


def _activities(conventions: Conventions, known: Mapping[str, Any]) -> tuple[Choice, ...]:
    return tuple(
        Choice(letter, answer, {**known, "activity": activity})
        for letter, (activity, answer, _) in zip(ascii_lowercase, plain_words.ACTIVITIES, strict=False)
        if activity in conventions.activities
    )


def _ended(sentence: str) -> str:
    return f"{sentence}." if sentence and sentence[-1] not in ".?!…" else sentence


def _listed(choices: Sequence[Choice]) -> str:
    mark = "." if choices and choices[0].mark.isdigit() else ")"
    return "\n".join(f"{one.mark}{mark} {one.label}" for one in choices)


def _put(told: Sequence[str], choices: Sequence[Choice]) -> Question:
    return Question("\n\n".join(part for part in told if part), tuple(one.packed() for one in choices))
