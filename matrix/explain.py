"""Decisions explained in French: why, what would have changed them, what to ask next. As pure as the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from matrix import terms, wording
from matrix.conventions import Conventions
from matrix.french.grammar import Form, each_of, that, verb
from matrix.model import CategoryLine, Citation, Decision, Request, Test
from matrix.naming import naming
from matrix.owners import PAYING, own_party
from matrix.places import at, holds_at, of_place
from matrix.request_facts import DECLARED, USER_GROUPS, members
from matrix.router import PARIS, Router
from matrix.wording import capital, enumeration, of, quoted, references, small, to

#: Each activity as the nouns that a service follows: « le conseil et l’expertise de … ».
_DOING: Mapping[str, tuple[str, ...]] = {
    "preconisation": ("la préconisation d’usage",),
    "acquisition": ("le choix", "l’achat"),
    "installation": ("l’installation",),
    "mco": ("les pannes", "l’entretien"),
    "assistance": ("l’aide à l’usage",),
    "conseil": ("le conseil", "l’expertise"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A fact to ask for: the sentence of the question, and how it is answered."""

    fact: str
    sentence: str
    hint: str
    kind: Literal["choice", "date", "yes_no"]
    options: tuple[tuple[str, str], ...] = ()  # value, label


@dataclass(frozen=True, slots=True)
class Change:
    """The effect that another value of a fact would have had: the party that would answer, and a sentence."""

    fact: str
    party: str
    sentence: str


def body(conventions: Conventions, decision: Decision, party: str, etablissement: str) -> str:
    """The name of a party in a sentence: « l’Académie de Toulouse », « le Département des Hautes-Pyrénées »."""
    return wording.body(conventions, decision.convention, party, etablissement)


def why(router: Router, request: Request, decision: Decision, plain: str = "") -> str:
    """A French sentence that says who holds the ticket and why, with its places; `plain` is the service to people."""
    conventions = router.conventions
    holder = capital(body(conventions, decision, decision.party, request.etablissement))
    service = wording.beside(plain, conventions.services[request.service].split(" (")[0])
    tasks, places = _DOING[request.activity], references(decision.citations)
    doing = f"{enumeration(tasks)} {of(service)}"
    keeps = f"{holder} {verb(holder, 'garde', 'gardent')} le ticket au guichet"
    settles = f"{keeps} et {verb(holder, 'fait', 'font')} trancher."
    match decision.status:
        case "routed":
            given = _given(router, request, decision)
            presumed = _presumed(router, request, decision)
            busy = f"{holder} s’en {verb(holder, 'occupe', 'occupent')}"
            falls = f"{verb(holder, 'lui', 'leur')} {verb(tasks, 'revient', 'reviennent')}"
            return f"{busy} : {doing} {falls}{given} ({places}).{presumed}"
        case "needs_info":
            parties = enumeration(_candidates(conventions, request, decision), "ou")
            asked = wording.asked(question(conventions, request, decision.missing[0]).sentence)
            return f"{asked} : selon la réponse, {parties} s’en occupera ({places})."
        case "not_applicable":
            return _not_applicable(decision, holder, places)
        case "to_qualify":
            return (
                f"Le texte ne dit pas qui répond {enumeration(each_of(tasks))} {of(service)}. "
                f"{holder} {verb(holder, 'tient', 'tiennent')} le guichet et {verb(holder, 'qualifie', 'qualifient')} "
                f"le ticket ({places})."
            )
        case "conflict":
            return (
                f"Les textes donnent {doing} à la fois à plusieurs parties, "
                f"{_sides(conventions, request, decision)}. {settles}"
            )
        case "arbitration":
            between = enumeration(_candidates(conventions, request, decision))
            among = f" entre {between}" if between else ""
            decided = f"Le texte fait décider {doing} au cas par cas{among} ({places})."
            return f"{decided} {settles}"
    return f"{_outside(router, request, decision, service)} {keeps}."


def _not_applicable(decision: Decision, holder: str, places: str) -> str:
    keeps = f"{holder} {verb(holder, 'garde', 'gardent')} le ticket"
    if decision.via == "editeur":
        return f"L’éditeur aide directement l’établissement ; {small(keeps)} ({places})."
    notes = (citation for citation in decision.citations if "note" in citation.ref)
    reason = next((citation.reading or citation.quote for citation in notes), None)
    because = f" : {reason.rstrip('.')}" if reason else ""
    return f"Sans objet d’après la convention{because} ({places}). {keeps} au guichet."


def _candidates(conventions: Conventions, request: Request, decision: Decision) -> list[str]:
    return [body(conventions, decision, party, request.etablissement) for party in decision.candidates]


def _sides(conventions: Conventions, request: Request, decision: Decision) -> str:
    """The parties of a conflict, each with the clauses that name it; the desk's own clause is not one of them."""
    clauses = [one for one in decision.citations if one.kind != "default"]
    documents = list(dict.fromkeys(one.document for one in clauses))
    cited: dict[str, list[Citation]] = {}
    if len(documents) > 1 and len(documents) == len(decision.candidates):
        for party, document in zip(decision.candidates, documents, strict=True):
            cited[party] = [one for one in clauses if one.document == document]
    for party, places in _written_sides(conventions, request, decision):
        cited.setdefault(party, list(places))
    parties = _candidates(conventions, request, decision)
    if set(cited) != set(decision.candidates):
        return f"{enumeration(parties)} ({references(clauses)})"
    told = [_places(conventions, cited[party], len(documents) > 1) for party in decision.candidates]
    return enumeration([f"{name} ({places})" for name, places in zip(parties, told, strict=True)])


def _written_sides(
    conventions: Conventions, request: Request, decision: Decision
) -> tuple[tuple[str, tuple[Citation, ...]], ...]:
    """The sides of a conflict within one agreement, as its cell gives them."""
    if decision.convention is None:
        return ()
    convention = conventions[decision.convention]
    version = convention.version_on(_day(request.opened_at))
    if version is None:
        return ()
    cell = convention.cell(version, request.service, request.activity)
    place = convention.etablissements.get(request.etablissement)
    cell = at(cell, place, convention.parties) if place else cell
    return next((case.sides for case in cell.cases if case.candidates == decision.candidates), ())


def _places(conventions: Conventions, citations: list[Citation], named: bool) -> str:
    """The places of some clauses of one text, with the text's title where several texts are cited."""
    document = citations[0].document
    title = quoted(conventions[document].title if document in conventions else document)
    return f"{references(citations)} {of(title)}" if named else references(citations)


def _outside(router: Router, request: Request, decision: Decision, service: str) -> str:
    """Why no agreement covers a request: it is not in force that day, excludes the service, or does not name it."""
    places = references(decision.citations)
    if decision.convention is None:
        return f"Aucun accord ne couvre {service} ici ({places})."
    convention, day = router.conventions[decision.convention], _day(request.opened_at)
    match terms.reason(convention, day, router.recorded):
        case "not_yet":
            return f"L’accord ne prend effet que le {wording.day(convention.starts)} ({places})."
        case "lapsed":
            assert convention.ends is not None
            first = convention.ends + timedelta(days=1)
            return f"L’accord n’est plus en vigueur à compter du {wording.day(first)} ({places})."
        case "ended":
            ended = terms.ended_on(convention, router.recorded)
            assert ended is not None
            return f"L’accord n’est plus en vigueur à compter du {wording.day(ended)} ({places})."
    place = convention.etablissements.get(request.etablissement)
    for one in convention.exclusions.get(request.service, ()):
        if place is None or all(holds_at(test, place, convention.parties) for test in one.when):
            parts = [wording.place_fact(convention, place, test) for test in one.when if place is not None]
            because = f", car {enumeration(parts)}" if parts else ""
            return f"L’accord laisse {service} en dehors de ce qu’il règle{because} ({places})."
    named = naming(router.conventions.vocabulary, convention, request.service)
    if named:
        return f"L’accord nomme {service} sans dire qui s’en occupe ({references(named)} ; {places})."
    return f"L’accord ne parle pas {of(service)} : son objet est autre ({places})."


def _day(moment: datetime) -> date:
    return (moment if moment.tzinfo is None else moment.astimezone(PARIS)).date()


def _given(router: Router, request: Request, decision: Decision) -> str:
    """The known facts on which a routed decision turns, in a short French phrase; what is presumed is said apart."""
    turned = _turned(router, request, decision).items()
    said = [_fact(router, request, decision, test, holds) for test, (holds, presumed) in turned if presumed is None]
    parts = list(dict.fromkeys(one for one in said if one))
    return f", car {enumeration(parts)}" if parts else ""


def _fact(router: Router, request: Request, decision: Decision, test: Test, holds: bool) -> str:
    """One known fact of a reason, as a French clause."""
    if of_place(test):
        return _of_place(router.conventions, request, decision, test)
    if test.fact == "user_category":
        line = _category(router.conventions, request)
        if line is None:
            return ""
        kind = "administratif" if line.administrative else "non administratif"
        return f"le poste est d’un utilisateur {kind} ({line.label})"
    if test.fact == "acquired_by":
        return _paid(router, request, decision, test, holds)
    if test.fact == "acquired_on" and isinstance(test.wanted, date) and request.acquired_on is not None:
        side = "après le" if request.acquired_on > test.wanted else "au plus tard le"
        return f"l’achat est du {wording.day(request.acquired_on)} ({side} {wording.day(test.wanted)})"
    yes, no = wording.yes_no(test.fact, _form(router, request))
    return yes if getattr(request, test.fact) else no


def _of_place(conventions: Conventions, request: Request, decision: Decision, test: Test) -> str:
    """What the établissement is, where the decision hangs on it."""
    own = conventions.of(request.etablissement)
    convention = next((one for one in own if one.id == decision.convention), own[0])
    return wording.place_fact(convention, convention.etablissements[request.etablissement], test)


def _form(router: Router, request: Request) -> Form | None:
    """The gender and number of what stands for the service of a request; None where none are declared."""
    return router.conventions.vocabulary.forms.get(request.service)


def _paid(router: Router, request: Request, decision: Decision, test: Test, holds: bool) -> str:
    """Who paid, or who did not where only that counts: nobody answers « because the Région bought it » by itself."""
    payer, place = str(request.acquired_by), request.etablissement
    own = _payers(router.conventions, request)
    if not holds and payer not in (decision.party, *own):
        wanted = next(
            (one for one in own if router.conventions.vocabulary.parties.get(one) == test.wanted), test.wanted
        )
        name = body(router.conventions, decision, str(wanted), place)
        if request.activity == "acquisition":
            return f"{name} ne {verb(name, 'paie', 'paient')} pas"
        return f"{name} {wording.bought(_form(router, request), verb(name, 'a', 'ont'), denied=True)}"
    name = body(router.conventions, decision, payer, place)
    if test.kind == "role" and payer not in (decision.party, *own):
        name = f"une collectivité, {name}," if test.wanted == "CL" else name
    if request.activity == "acquisition":
        return f"{name} {verb(name, 'paie', 'paient')}"
    return f"{name} {wording.bought(_form(router, request), verb(name, 'a', 'ont'))}"


def _presumed(router: Router, request: Request, decision: Decision) -> str:
    """The sentence that says what is presumed of unknown facts, and what would overturn it; empty for nothing."""
    found = {test.fact: value for test, (_, value) in _turned(router, request, decision).items() if value is not None}
    told = []
    for fact, value in found.items():
        against = [
            words
            for other, changed, words in _variants(router, request)
            if other == fact and _answer(router, request, fact, changed) != (decision.status, decision.party)
        ]
        if against:
            what = _presumption(router, request, decision, fact, value)
            told.append(f" On présume, sans autre indication, {that(what)} : ce serait à revoir {against[0]}.")
    return "".join(told)


def _presumption(router: Router, request: Request, decision: Decision, fact: str, value: str | bool | date) -> str:
    if fact == "acquired_by":
        name = body(router.conventions, decision, str(value), request.etablissement)
        return f"{name} {wording.bought(_form(router, request), verb(name, 'a', 'ont'))}"
    yes, no = wording.yes_no(fact, _form(router, request))
    return yes if value else no


def _turned(router: Router, request: Request, decision: Decision) -> dict[Test, tuple[bool, str | bool | date | None]]:
    """The tests on which a decision turns; none for a kept decision that the rules would no longer give."""
    now = router.route(request)
    return router.turned_on(request) if (now.status, now.party) == (decision.status, decision.party) else {}


def _answer(router: Router, request: Request, fact: str, value: str | bool | date) -> tuple[str, str]:
    other = router.route(replace(request, **{fact: value}))  # type: ignore[arg-type]
    return other.status, other.party


def _category(conventions: Conventions, request: Request) -> CategoryLine | None:
    """The user's line; for a group of users whose lines are all of one side, one of them under the group's name."""
    said = request.user_category or ""
    lines = [line for line in conventions.categories(request.etablissement) if line.id in members(said)]
    if len({line.administrative for line in lines}) != 1:
        return None
    return replace(lines[0], label=USER_GROUPS[said].label) if said in USER_GROUPS else lines[0]


def what_would_change(router: Router, request: Request) -> list[Change]:
    """The values of each fact that would have sent the ticket to another party, with the sentence that says so."""
    decision = router.route(request)
    found: dict[tuple[str, str], Change] = {}
    for fact, value, condition in _variants(router, request):
        other = router.route(replace(request, **{fact: value}))  # type: ignore[arg-type]
        if other.status != "routed" or (decision.status, decision.party) == ("routed", other.party):
            continue
        party = body(router.conventions, other, other.party, request.etablissement)
        goes = "ira" if decision.status == "needs_info" else "serait allé"
        found.setdefault((fact, other.party), Change(fact, other.party, f"{goes} {to(party)} {condition}"))
    return list(found.values())


def _variants(router: Router, request: Request) -> Iterator[tuple[str, str | bool | date, str]]:
    asked = router.asked(request)
    known = router.route(request).status != "needs_info"
    if "user_category" in asked:
        line = _category(router.conventions, request)
        for other in router.conventions.categories(request.etablissement):
            if line is None or other.administrative is not line.administrative:
                yield (
                    "user_category",
                    other.id,
                    _if(known, "le poste", "celui d’un utilisateur administratif", other.administrative),
                )
    if "acquired_by" in asked:
        others, had = payers(router.conventions, request.etablissement), "l’avait" if known else "l’a"
        for party in dict.fromkeys((*_payers(router.conventions, request), *others)):
            if party != request.acquired_by:
                had = wording.bought(None, "avait" if known else "a")
                yield "acquired_by", party, f"si {payer(router.conventions, request.etablissement, party)} {had}"
    if "acquired_on" in asked:
        dates = "datait" if known else "date"
        for boundary in router.days(request):
            said = wording.day(boundary)
            yield "acquired_on", boundary, f"si l’achat {dates} du {said} au plus tard"
            yield "acquired_on", boundary + timedelta(days=1), f"si l’achat {dates} d’après le {said}"
    collectivite = _collectivite(router.conventions, request)
    what = {
        "inventoried": f"validé et inscrit à l’inventaire {of(collectivite)}",
        "in_referentiel": f"dans le référentiel {of(collectivite)}",
        "experimentation": f"dans une expérimentation validée par {collectivite}",
    }
    for fact, words in what.items():
        for value in (True, False) if fact in asked else ():
            if value is not getattr(request, fact) and not (fact == "experimentation" and not value and not known):
                yield fact, value, _if(known, "le matériel", words, value)


def _if(known: bool, subject: str, what: str, holds: bool) -> str:
    verb = "était" if known else "est"
    return f"si {subject} {verb} {what}" if holds else f"si {subject} n’{verb} pas {what}"


def _payers(conventions: Conventions, request: Request) -> list[str]:
    """The parties that the agreements expect to have paid: of each, the collectivité, then the établissement."""
    found: dict[str, None] = {}
    for convention in conventions.of(request.etablissement):
        place = convention.etablissements[request.etablissement]
        for role in PAYING:
            own = own_party(role, place, convention.parties)
            if own is not None:
                found[own] = None
    return list(found)


def _collectivite(conventions: Conventions, request: Request) -> str:
    """The collectivité of the établissement's agreements, as sentences name it: « le Département », « la commune »."""
    roles = conventions.vocabulary.parties
    found = next((party for party in _payers(conventions, request) if roles.get(party) == "CL"), "")
    return payer(conventions, request.etablissement, found) if found else "la collectivité"


def payer(conventions: Conventions, etablissement: str, party: str) -> str:
    """A party that may have paid, in everyday words: « le Département », « la Métropole du Val »."""
    for convention in conventions.of(etablissement):
        if party in convention.parties:
            if party in wording.COMMON and not any(one.startswith(f"{party}-") for one in convention.parties):
                return wording.COMMON[party]
            return wording.body(conventions, convention.id, party, etablissement)
    return wording.COMMON.get(party, party)


def payers(conventions: Conventions, etablissement: str) -> tuple[str, ...]:
    """The parties that may have paid for a product of an établissement, in the order of forms.

    They are those that its agreements and itself know: itself, its own collectivité, the académie, and the party to
    which a transfer may pass its maintenance; not the collectivité of other établissements.
    """
    parties: list[str] = []
    for convention in conventions.of(etablissement):
        apart = conventions.strangers(convention, etablissement)
        mine = {own_party("Etab", convention.etablissements[etablissement], convention.parties)}
        for name, body in convention.parties.items():
            if not body.contributor_only and name not in apart and (body.role != "Etab" or name in mine):
                parties.append(name)
    order = [*wording.COMMON]
    return tuple(sorted(dict.fromkeys(parties), key=lambda one: order.index(one) if one in order else len(order)))


def question(conventions: Conventions, request: Request, fact: str) -> Question:
    """The question that asks for a fact, in the words of the person who opens a ticket."""
    declared = DECLARED[fact]
    sentence, hint = declared.question, declared.hint
    if declared.kind == "user_category":
        options = tuple((line.id, line.label) for line in conventions.categories(request.etablissement))
        return Question(fact, sentence, hint, "choice", options)
    if declared.kind == "payer":
        at = request.etablissement
        offered = tuple((party, capital(payer(conventions, at, party))) for party in payers(conventions, at))
        return Question(fact, sentence, hint, "choice", offered)
    return Question(fact, sentence, hint, "date" if declared.kind == "day" else "yes_no")
