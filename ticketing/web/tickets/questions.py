"""Choose which facts the opening form asks: only those that can change the party, and one missing fact at a time.

The form asks for a fact when the router needs it. Once answered, the question stays on the page while another answer
would change the outcome. A fact that the router can do without, but that could change the outcome, is offered as an
exception: for example, equipment that the collège bought itself. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from matrix import Request, Router
from matrix.explain import payer, payers
from matrix.request_facts import DECLARED
from matrix.wording import capital
from ticketing.web import vocabulary

#: The value that a form sends for « je ne sais pas »: the fact stays unknown, and the next question is asked.
UNKNOWN = "?"
YES, NO = "oui", "non"

_YES_NO = ((YES, "Oui"), (NO, "Non"), (UNKNOWN, "Je ne sais pas"))
_LONG_AGO = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the form. `kind`: select | date | choice; `options`: as the `ui` macros take them."""

    fact: str
    legend: str
    hint: str
    kind: str
    options: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """The facts to show: `ask` holds those needed to name the party and those answered, `optional` the exceptions."""

    ask: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


def questions(router: Router, etablissement: str) -> tuple[Question, ...]:
    """Return every question that the form may ask for `etablissement`, in the order in which they are asked."""
    made = []
    for fact, declared in DECLARED.items():
        legend, hint = declared.question, declared.hint
        if declared.kind == "user_category":
            lines = router.conventions.categories(etablissement)
            known = {line.id: line.label for line in lines} or dict.fromkeys(router.conventions.user_categories, "")
            order = [key for key in vocabulary.USER_CATEGORIES if key in known]
            order += [key for key in known if key not in order]
            options: tuple[Any, ...] = tuple((key, vocabulary.USER_CATEGORIES.get(key) or known[key]) for key in order)
            made.append(Question(fact, legend, hint, "select", (*options, (UNKNOWN, "Je ne sais pas"))))
        elif declared.kind == "payer":
            parties = payers(router.conventions, etablissement)
            options = tuple((one, capital(payer(router.conventions, etablissement, one))) for one in parties)
            made.append(Question(fact, legend, hint, "choice", (*options, (UNKNOWN, "Je ne sais pas"))))
        elif declared.kind == "day":
            made.append(Question(fact, legend, hint, "date"))
        else:
            made.append(Question(fact, legend, hint, "choice", _YES_NO))
    return tuple(made)


def incident_question(incidents: Iterable[str]) -> tuple[Question, ...]:
    """Return the question on the kind of incident, where there are several; its answer never changes the party."""
    options = tuple((name, capital(name)) for name in incidents)
    hint = "Facultatif : vous verrez ce que le texte prévoit, et le ticket le dira"
    return (Question("incident", "De quel incident s’agit-il ?", hint, "select", options),) if options else ()


def asked(router: Router, request: Request, passed: Collection[str] = ()) -> Asked:
    """Return the facts to show for `request`; `passed` are those answered « je ne sais pas »."""
    missing = router.route(request).missing
    ask: list[str] = []
    optional: list[str] = []
    waiting = False  # a question is unanswered: those after it are not asked yet
    for fact in router.asked(request):
        if fact in missing:
            if not waiting:
                ask.append(fact)
            # An empty date means « je ne sais pas » without a choice of its own.
            waiting = waiting or (fact not in passed and DECLARED[fact].kind != "day")
        elif _matters(router, request, fact):
            if getattr(request, fact) is not None:
                ask.append(fact)
            elif not missing:
                optional.append(fact)
    return Asked(tuple(ask), tuple(optional))


def _matters(router: Router, request: Request, fact: str) -> bool:
    """Whether another answer to `fact`, all else equal, changes who answers or what is missing."""
    outcomes = set()
    for value in _values(router, request, fact):
        decision = router.route(replace(request, **{fact: value}))
        outcomes.add((decision.status, decision.party, decision.missing))
        if len(outcomes) > 1:
            return True
    return False


def _values(router: Router, request: Request, fact: str) -> Iterable[Any]:
    """Yield a value of each class that an agreement may tell apart, and None for an unknown fact."""
    yield None
    kind = DECLARED[fact].kind
    if kind == "user_category":
        lines = router.conventions.categories(request.etablissement)
        for administrative in (True, False):
            yield from [line.id for line in lines if line.administrative is administrative][:1]
    elif kind == "payer":
        yield from payers(router.conventions, request.etablissement)
    elif kind == "day":
        yield _LONG_AGO
        yield request.opened_at.date() + timedelta(days=1)
    else:
        yield True
        yield False


def read_facts(values: Mapping[str, str]) -> tuple[dict[str, Any], frozenset[str], dict[str, str]]:
    """Return what a form says of the facts: values (None: unknown), facts answered « je ne sais pas », errors by field.

    An id that is in no list is kept as typed: the agreements decide whether it exists.
    """
    facts: dict[str, Any] = {}
    passed: set[str] = set()
    errors: dict[str, str] = {}
    for fact, declared in DECLARED.items():
        raw = values.get(fact, "").strip()
        facts[fact] = None
        if raw == UNKNOWN:
            passed.add(fact)
        elif not raw:
            continue
        elif declared.kind == "day":
            try:
                facts[fact] = date.fromisoformat(raw)
            except ValueError:
                errors[fact] = "Donnez une date, comme 15/09/2021, ou laissez vide."
        elif declared.kind != "yes_no":
            facts[fact] = raw[:60]
        elif raw in (YES, NO):
            facts[fact] = raw == YES
        else:
            errors[fact] = "Répondez par oui, par non, ou « je ne sais pas »."
    return facts, frozenset(passed), errors


def written(value: Any) -> str:
    """Return a fact as the form's field holds it: the inverse of `read_facts`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    return value.isoformat() if isinstance(value, date) else str(value)
