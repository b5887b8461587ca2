"""Choose which facts the opening form asks: only those that can change the party, and one missing fact at a time.

The form asks for a fact when the router needs it. Once answered, the question stays on the page while another answer
would change the outcome. A fact that the router can do without, but that could change the outcome, is offered as an
exception: for example, equipment that the collège bought itself.

Who uses a workstation is asked in two turns: a class or the administration, which nearly always settles the party, then
the line of annexe 2 bis, only where it can still change it. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from matrix import Request, Router
from matrix.explain import payer, payers
from matrix.request_facts import DECLARED, USER_GROUPS, members
from matrix.wording import capital
from ticketing import urgency
from ticketing.in_force import plain_words
from ticketing.web import vocabulary

#: The value that a form sends for « je ne sais pas »: the fact stays unknown, and the next question is asked.
UNKNOWN = "?"
YES, NO = "oui", "non"
#: The first turn of « Qui utilise ce poste ? », and its answer that is no group: the line is said at once.
USAGE, OTHER_USE = "usage", "autre"

_YES_NO = ((YES, "Oui"), (NO, "Non"), (UNKNOWN, "Je ne sais pas"))
_LONG_AGO = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the form. `kind`: select | date | choice | line; `options`: as the `ui` macros take them."""

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
            groups = tuple((key, one.answer) for key, one in USER_GROUPS.items() if set(one.members) <= known.keys())
            made.append(Question(fact, legend, hint, "select", (*groups, *options, (UNKNOWN, "Je ne sais pas"))))
        elif declared.kind == "payer":
            parties = payers(router.conventions, etablissement)
            options = tuple((one, capital(payer(router.conventions, etablissement, one))) for one in parties)
            made.append(Question(fact, legend, hint, "choice", (*options, (UNKNOWN, "Je ne sais pas"))))
        elif declared.kind == "day":
            made.append(Question(fact, legend, hint, "date"))
        else:
            made.append(Question(fact, legend, hint, "choice", _YES_NO))
    return tuple(made)


def in_turn(router: Router, etablissement: str) -> tuple[Question, ...]:
    """Return the questions of the opening form: those of `questions`, that on the user in two turns."""
    made = []
    for one in questions(router, etablissement):
        if one.fact != "user_category":
            made.append(one)
            continue
        lines = tuple(option for option in one.options if option[0] not in USER_GROUPS)
        groups = tuple(option for option in one.options if option[0] in USER_GROUPS)
        if groups:
            rest = (OTHER_USE, "Un autre poste\u00a0: restauration, accueil, parents…")
            turn = (*groups, rest, (UNKNOWN, "Je ne sais pas"))
            made.append(Question(USAGE, one.legend, one.hint, "choice", turn))
        legend = "Lequel, précisément\u00a0?" if groups else one.legend
        made.append(replace(one, legend=legend, hint="" if groups else one.hint, options=lines))
    return tuple(made)


def helping(service: str, activity: str) -> tuple[str, ...]:
    """Return what is asked besides facts: the room of a thing that stands somewhere, how urgent a breakdown is."""
    placed = service in plain_words.PLACED or service not in plain_words.SERVICES
    return (*(("room",) if placed else ()), *(("impact", "urgency") if activity == urgency.ASKED_ON else ()))


def usage(chosen: str, line: str) -> tuple[str, str]:
    """Return the answers to both turns from what a form or an address gives: a line alone answers the first one too."""
    if line in (UNKNOWN, *USER_GROUPS) and not chosen:
        return line, ""
    if chosen or not line:
        return chosen, line
    return next((name for name, group in USER_GROUPS.items() if line in group.members), OTHER_USE), line


def category(chosen: str, line: str) -> str:
    """Return the value of `user_category` that both turns make; a line of another group than the one chosen is none."""
    if chosen == UNKNOWN:
        return UNKNOWN
    if chosen in USER_GROUPS:
        return line if line in members(chosen) else chosen
    return line


def parted(asked: Asked, chosen: str, line: str, missing: Collection[str]) -> Asked:
    """Return `asked` with the question on the user in two turns: the line is asked where it may still change the party.

    It shows too where the first answer is « un autre poste », or where the line is known already.
    """
    own = "user_category"
    second = chosen == OTHER_USE or (chosen in USER_GROUPS and (own in missing or line in members(chosen)))
    turns = (USAGE, own) if second else (USAGE,)

    def each(facts: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for fact in facts for name in (turns if fact == own else (fact,)))

    return Asked(each(asked.ask), each(asked.optional))


def incident_question(incidents: Iterable[str]) -> tuple[Question, ...]:
    """Return the question on the kind of incident, where there are several; its answer never changes the party."""
    options = tuple((name, capital(name)) for name in incidents)
    hint = "Facultatif : vous verrez ce que le texte prévoit, et le ticket le dira"
    return (Question("incident", "De quel incident s’agit-il ?", hint, "select", options),) if options else ()


#: What helps whoever comes: asked beside the facts, and no answer changes the party.
HELPS = (
    Question("room", "Dans quelle salle ?", "Ou quel lieu : B12, CDI, secrétariat…", "line"),
    Question("impact", "Qui est gêné ?", "", "choice", urgency.IMPACTS),
    Question("urgency", "Peut-on travailler quand même ?", "", "choice", urgency.URGENCIES),
)


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


def of_service(router: Router, request: Request) -> tuple[Question, ...]:
    """Return the questions whose answers can matter for the service of `request`, whatever is asked for, or are known.

    A service that the rules do not know, as one that is still to be said, may need any.
    """
    every = questions(router, request.etablissement)
    if request.service not in router.conventions.services:
        return every
    may = {
        fact for activity in router.conventions.activities for fact in router.asked(replace(request, activity=activity))
    }
    return tuple(one for one in every if one.fact in may or getattr(request, one.fact) is not None)


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
