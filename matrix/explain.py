"""Decisions in French sentences: why, what would have changed it, what to ask next. As pure as the rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from matrix.conventions import Conventions
from matrix.model import CategoryLine, Citation, Decision, Request
from matrix.router import Router

_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)

#: What each activity is, said of a service: « la maintenance de … ».
_DOING = {
    "preconisation": "la préconisation d’usage",
    "acquisition": "le choix et l’achat",
    "installation": "l’installation",
    "mco": "le maintien en condition opérationnelle",
    "assistance": "l’assistance fonctionnelle",
    "conseil": "le conseil et l’expertise",
}

_QUESTIONS = {
    "acquired_on": "Quand a-t-il été acheté ?",
    "inventoried": "Commande validée par le Département, et matériel inscrit à son inventaire ?",
    "in_referentiel": "A-t-il été acheté dans le référentiel d’offres et de services du Département ?",
    "experimentation": "Relève-t-il d’une expérimentation concertée, validée par le Département ?",
    "under_warranty": "Est-il encore sous garantie ?",
}


@dataclass(frozen=True, slots=True)
class Question:
    """A fact to ask: its sentence, and how it is answered."""

    fact: str
    sentence: str
    kind: Literal["choice", "date", "yes_no"]
    options: tuple[tuple[str, str], ...] = ()  # value, label


@dataclass(frozen=True, slots=True)
class Change:
    """What one other fact would have changed: the party it would have gone to, and the sentence that says so."""

    fact: str
    party: str
    sentence: str


def reference(citation: Citation) -> str:
    """« II.2 » -> « article II.2 », « annexe-2-note-4 » -> « note 4 de l’annexe 2 »."""
    ref = citation.ref
    note = re.fullmatch(r"annexe-(\d+)-note-(\d+)", ref)
    if note:
        return f"note {note[2]} de l’annexe {note[1]}"
    if ref.startswith("annexe-"):
        return ref.replace("-", " ")
    if ref in ("preambule", "deliberation"):
        return {"preambule": "préambule", "deliberation": "délibération"}[ref]
    part = re.fullmatch(r"([PM])([\d.]+)", ref)
    if part:
        return f"article {part[2]} ({'partenariat' if part[1] == 'P' else 'convention tripartite'})"
    return f"article {ref}"


def references(decision: Decision) -> str:
    """The places a decision stands on, each once, in a phrase: « article II.2 et annexe 2 bis »."""
    return _enumeration(list(dict.fromkeys(reference(citation) for citation in decision.citations)))


def _enumeration(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} et {words[-1]}"


def day(value: date) -> str:
    """« 1er septembre 2015 »."""
    return f"{'1er' if value.day == 1 else value.day} {_MONTHS[value.month - 1]} {value.year}"


def body(conventions: Conventions, decision: Decision, party: str, etablissement: str) -> str:
    """The name of a party in a sentence: « l’Académie de Toulouse », « le Département des Hautes-Pyrénées »."""
    name = conventions.organisation(decision.convention, party, etablissement)[1]
    first = name.split(" ")[0]
    if first in ("Académie", "École", "Établissement"):
        return f"l’{name}"
    if first in ("Région", "Ville", "Commune"):
        return f"la {name}"
    return f"le {name[0].lower()}{name[1:]}" if first in ("Collège", "Lycée") else f"le {name}"


def why(router: Router, request: Request, decision: Decision) -> str:
    """One sentence that says who holds the ticket and why, with the places of the agreement."""
    conventions = router.conventions
    holder = _capital(body(conventions, decision, decision.party, request.etablissement))
    service = f"« {conventions.services[request.service].split(' (')[0]} »"
    doing = _DOING[request.activity]
    places = references(decision)
    if decision.status == "routed":
        given = _given(router, request, decision)
        return f"{holder} s’en occupe : {doing} de {service} lui revient{given} ({places})."
    if decision.status == "needs_info":
        parties = " ou ".join(
            body(conventions, decision, party, request.etablissement) for party in decision.candidates
        )
        return f"Cela dépend d’un fait qui manque : ce sera {parties} ({places})."
    if decision.status == "not_applicable" and decision.via == "editeur":
        return f"L’éditeur aide directement l’établissement ; {_small(holder)} garde le ticket ({places})."
    if decision.status == "not_applicable":
        notes = (citation for citation in decision.citations if "note" in citation.ref)
        reason = next((citation.reading or citation.quote for citation in notes), None)
        because = f" : {reason.rstrip('.')}" if reason else ""
        return f"Sans objet d’après la convention{because} ({places}). {holder} garde le ticket au guichet."
    if decision.status == "to_qualify":
        return (
            f"Le texte ne dit pas qui répond {_of(doing)} de {service}. "
            f"{holder} qualifie le ticket, parce qu’elle tient le guichet de premier niveau ({places})."
        )
    if decision.status == "conflict":
        parties = " et ".join(
            body(conventions, decision, party, request.etablissement) for party in decision.candidates
        )
        return f"Deux clauses donnent la même chose à {parties} ({places}). {holder} garde le ticket au guichet."
    if decision.status == "arbitration":
        return f"Le texte en décide au cas par cas ({places}). {holder} garde le ticket au guichet."
    return f"La convention ne couvre pas ce cas ({places}). {holder} garde le ticket au guichet."


def _given(router: Router, request: Request, decision: Decision) -> str:
    """The facts on which a routed decision hangs, said shortly."""
    conventions, asked = router.conventions, router.asked(request)
    parts = []
    line = _category(conventions, request)
    if "user_category" in asked and line is not None:
        kind = "administratif" if line.administrative else "non administratif"
        parts.append(f"le poste est d’un utilisateur {kind} ({line.label})")
    if "acquired_by" in asked and request.acquired_by is not None:
        payer = body(conventions, decision, request.acquired_by, request.etablissement)
        parts.append(f"{payer} l’a acheté" if request.activity != "acquisition" else f"{payer} paie")
    if "inventoried" in asked and request.acquired_by == "college" and request.inventoried is not None:
        parts.append("il est inscrit à l’inventaire" if request.inventoried else "il n’est pas inscrit à l’inventaire")
    return f", car {_enumeration(parts)}" if parts else ""


def _category(conventions: Conventions, request: Request) -> CategoryLine | None:
    return next(
        (line for line in conventions.categories(request.etablissement) if line.id == request.user_category), None
    )


def _of(words: str) -> str:
    """« le maintien » -> « du maintien », « l’installation » -> « de l’installation »."""
    return f"du {words[3:]}" if words.startswith("le ") else f"de {words}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def what_would_change(router: Router, request: Request) -> list[Change]:
    """For each fact the cell hangs on, the other answers that would have sent the ticket to another party."""
    decision = router.route(request)
    found: dict[tuple[str, str], Change] = {}
    for fact, value, condition in _variants(router, request):
        other = router.route(replace(request, **{fact: value}))  # type: ignore[arg-type]
        if other.status != "routed" or (decision.status, decision.party) == ("routed", other.party):
            continue
        party = body(router.conventions, other, other.party, request.etablissement)
        to = f"au {party[3:]}" if party.startswith("le ") else f"à {party}"
        verb = "ira" if decision.status == "needs_info" else "serait allé"
        found.setdefault((fact, other.party), Change(fact, other.party, f"{verb} {to} {condition}"))
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
        for party, label in _payers(router.conventions, request):
            if party != request.acquired_by:
                yield "acquired_by", party, f"si {label} {'l’avait' if known else 'l’a'} acheté"
    if "inventoried" in asked:
        for value in (True, False):
            if value is not request.inventoried:
                what = "validé et inscrit à l’inventaire du Département"
                yield "inventoried", value, _if(known, "le matériel", what, value)


def _if(known: bool, subject: str, what: str, holds: bool) -> str:
    verb = "était" if known else "est"
    return f"si {subject} {verb} {what}" if holds else f"si {subject} n’{verb} pas {what}"


def _payers(conventions: Conventions, request: Request) -> list[tuple[str, str]]:
    """Who may have paid, in the agreement that covers the établissement: party and « le Département »."""
    for convention in conventions.of(request.etablissement):
        found = []
        for role, word in (("CL", "la collectivité"), ("Etab", "l’établissement")):
            party = next((name for name, one in convention.parties.items() if one.role == role), None)
            if party is not None:
                found.append((party, {"departement": "le Département", "college": "le collège"}.get(party, word)))
        return found
    return []


def question(conventions: Conventions, request: Request, fact: str) -> Question:
    """How to ask for a fact, in words that the person who opens a ticket uses."""
    if fact == "user_category":
        options = tuple((line.id, line.label) for line in conventions.categories(request.etablissement))
        return Question(fact, "Pour qui est ce poste ?", "choice", options)
    if fact == "acquired_by":
        sentence = "Qui va payer ?" if request.activity == "acquisition" else "Qui l’a acheté ?"
        payers = tuple((party, _capital(label)) for party, label in _payers(conventions, request))
        return Question(fact, sentence, "choice", payers)
    if fact == "acquired_on":
        return Question(fact, _QUESTIONS[fact], "date")
    return Question(fact, _QUESTIONS[fact], "yes_no")
