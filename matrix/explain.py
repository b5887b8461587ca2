"""Decisions explained in French: why, what would have changed them, what to ask next. As pure as the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from matrix import terms, wording
from matrix.conventions import Conventions
from matrix.model import CategoryLine, Decision, Request
from matrix.request_facts import DECLARED
from matrix.router import PARIS, Router
from matrix.wording import capital, enumeration, of, references, small

#: Each activity as a noun that a service follows: « la maintenance de … ».
_DOING = {
    "preconisation": "la préconisation d’usage",
    "acquisition": "le choix et l’achat",
    "installation": "l’installation",
    "mco": "le maintien en condition opérationnelle",
    "assistance": "l’assistance fonctionnelle",
    "conseil": "le conseil et l’expertise",
}

#: For each fact, the question that asks for it and the hint that helps to answer, on every form.
QUESTIONS: Mapping[str, tuple[str, str]] = {name: (fact.question, fact.hint) for name, fact in DECLARED.items()}

#: The roles that may have paid, in everyday words, in the order in which forms offer them.
PAYERS: Mapping[str, str] = {
    "college": "le collège",
    "etablissement": "l’établissement",
    "ecole": "l’école",
    "departement": "le Département",
    "academie": "l’académie",
    "commune": "la commune",
    "region": "la Région",
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


def why(router: Router, request: Request, decision: Decision) -> str:
    """A French sentence that says who holds the ticket and why, with the places of the agreement."""
    conventions = router.conventions
    holder = capital(body(conventions, decision, decision.party, request.etablissement))
    service = f"«\u00a0{conventions.services[request.service].split(' (')[0]}\u00a0»"
    doing, places = _DOING[request.activity], references(decision.citations)
    keeps = f"{holder} garde le ticket au guichet"
    match decision.status:
        case "routed":
            given = _given(router, request, decision)
            return f"{holder} s’en occupe : {doing} de {service} lui revient{given} ({places})."
        case "needs_info":
            parties = enumeration(_candidates(conventions, request, decision), "ou")
            return f"Cela dépend d’un fait qui manque : ce sera {parties} ({places})."
        case "not_applicable":
            return _not_applicable(decision, holder, places)
        case "to_qualify":
            return (
                f"Le texte ne dit pas qui répond {of(doing)} de {service}. "
                f"{holder} tient le guichet et qualifie le ticket ({places})."
            )
        case "conflict":
            parties = enumeration(_candidates(conventions, request, decision))
            return (
                f"Les textes donnent {doing} de {service} à la fois à plusieurs parties, {parties} : "
                f"{_by_document(conventions, decision)}. {keeps} et fait trancher."
            )
        case "arbitration":
            between = enumeration(_candidates(conventions, request, decision))
            among = f" entre {between}" if between else ""
            decided = f"Le texte fait décider {doing} de {service} au cas par cas{among} ({places})."
            return f"{decided} {keeps} et fait trancher."
    return f"{_outside(router, request, decision, service)} {keeps}."


def _not_applicable(decision: Decision, holder: str, places: str) -> str:
    if decision.via == "editeur":
        return f"L’éditeur aide directement l’établissement ; {small(holder)} garde le ticket ({places})."
    notes = (citation for citation in decision.citations if "note" in citation.ref)
    reason = next((citation.reading or citation.quote for citation in notes), None)
    because = f" : {reason.rstrip('.')}" if reason else ""
    return f"Sans objet d’après la convention{because} ({places}). {holder} garde le ticket au guichet."


def _candidates(conventions: Conventions, request: Request, decision: Decision) -> list[str]:
    return [body(conventions, decision, party, request.etablissement) for party in decision.candidates]


def _by_document(conventions: Conventions, decision: Decision) -> str:
    """The places of each cited text in French; each text is named where there are several."""
    documents = list(dict.fromkeys(citation.document for citation in decision.citations))
    parts = []
    for document in documents:
        places = references(one for one in decision.citations if one.document == document)
        title = conventions[document].title if document in conventions else document
        parts.append(f"{places} de «\u00a0{title}\u00a0»" if len(documents) > 1 else places)
    return " ; ".join(parts)


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
            return f"L’accord n’est plus en vigueur depuis le {wording.day(convention.ends)} ({places})."
        case "ended":
            ended = terms.ended_on(convention, router.recorded)
            assert ended is not None
            return f"L’accord a pris fin le {wording.day(ended)} ({places})."
    if request.service in convention.exclusions:
        return f"L’accord laisse {service} en dehors de ce qu’il règle ({places})."
    return f"L’accord ne parle pas de {service} : son objet est autre ({places})."


def _day(moment: datetime) -> date:
    return (moment if moment.tzinfo is None else moment.astimezone(PARIS)).date()


def _given(router: Router, request: Request, decision: Decision) -> str:
    """The facts on which a routed decision depends, in a short French phrase."""
    conventions, asked = router.conventions, router.asked(request)
    parts = []
    line = _category(conventions, request)
    if "user_category" in asked and line is not None:
        kind = "administratif" if line.administrative else "non administratif"
        parts.append(f"le poste est d’un utilisateur {kind} ({line.label})")
    own = conventions.vocabulary.parties.get(request.acquired_by or "") == "Etab"
    if "acquired_by" in asked and request.acquired_by is not None:
        payer = body(conventions, decision, request.acquired_by, request.etablissement)
        parts.append(f"{payer} l’a acheté" if request.activity != "acquisition" else f"{payer} paie")
    if "inventoried" in asked and own and request.inventoried is not None:
        parts.append("il est inscrit à l’inventaire" if request.inventoried else "il n’est pas inscrit à l’inventaire")
    if "in_referentiel" in asked and own and request.in_referentiel is not None:
        parts.append("il est dans le référentiel" if request.in_referentiel else "il est hors du référentiel")
    if "experimentation" in asked and own and request.experimentation:
        parts.append("c’est une expérimentation validée")
    return f", car {enumeration(parts)}" if parts else ""


def _category(conventions: Conventions, request: Request) -> CategoryLine | None:
    return next(
        (line for line in conventions.categories(request.etablissement) if line.id == request.user_category), None
    )


def what_would_change(router: Router, request: Request) -> list[Change]:
    """The values of each fact that would have sent the ticket to another party, with the sentence that says so."""
    decision = router.route(request)
    found: dict[tuple[str, str], Change] = {}
    for fact, value, condition in _variants(router, request):
        other = router.route(replace(request, **{fact: value}))  # type: ignore[arg-type]
        if other.status != "routed" or (decision.status, decision.party) == ("routed", other.party):
            continue
        party = body(router.conventions, other, other.party, request.etablissement)
        verb = "ira" if decision.status == "needs_info" else "serait allé"
        found.setdefault((fact, other.party), Change(fact, other.party, f"{verb} {wording.to(party)} {condition}"))
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
        for party in _payers(router.conventions, request):
            if party != request.acquired_by:
                yield "acquired_by", party, f"si {PAYERS.get(party, party)} {'l’avait' if known else 'l’a'} acheté"
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
        for role in ("CL", "Etab"):
            found.update(dict.fromkeys([name for name, one in convention.parties.items() if one.role == role][:1]))
    return list(found)


def _collectivite(conventions: Conventions, request: Request) -> str:
    """The collectivité of the établissement's agreements, as sentences name it: « le Département », « la commune »."""
    roles = conventions.vocabulary.parties
    found = next((party for party in _payers(conventions, request) if roles.get(party) == "CL"), "")
    return PAYERS.get(found, "la collectivité")


def payers(conventions: Conventions, etablissement: str) -> tuple[str, ...]:
    """The parties of an établissement's agreements that may have paid for a product, in the order of forms."""
    parties = {party for convention in conventions.of(etablissement) for party in convention.parties}
    return tuple(party for party in PAYERS if party in parties)


def question(conventions: Conventions, request: Request, fact: str) -> Question:
    """The question that asks for a fact, in the words of the person who opens a ticket."""
    declared = DECLARED[fact]
    sentence, hint = declared.question, declared.hint
    if declared.kind == "user_category":
        options = tuple((line.id, line.label) for line in conventions.categories(request.etablissement))
        return Question(fact, sentence, hint, "choice", options)
    if declared.kind == "payer":
        offered = tuple((party, capital(PAYERS[party])) for party in payers(conventions, request.etablissement))
        return Question(fact, sentence, hint, "choice", offered)
    return Question(fact, sentence, hint, "date" if declared.kind == "day" else "yes_no")
