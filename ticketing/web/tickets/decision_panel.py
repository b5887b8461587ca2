"""Shape the panel of the opening page that shows a decision, from a `Preview`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matrix.wording import with_article
from ticketing.views import CitationView, DecisionView, Preview
from ticketing.web.tickets.advice_panel import NOTHING, Advised
from ticketing.web.tickets.questions import Asked

NOTHING_YET = (
    "Choisissez un sujet et dites ce qu’il faut faire : vous verrez ici qui s’en occupe, et le texte signé qui le dit."
)

#: Status -> title of the panel. The party is shown under the title, then the reason.
_TITLES = {
    "routed": "Votre ticket ira à",
    "needs_info": "Encore une réponse, et ce sera l’un ou l’autre",
    "not_applicable": "Le texte signé dit « sans objet » : votre ticket ira à",
    "to_qualify": "Le texte signé ne tranche pas : votre ticket ira à",
    "conflict": "Deux textes se contredisent : votre ticket ira à",
    "arbitration": "Cela se décide au cas par cas : votre ticket ira à",
    "out_of_scope": "L’accord ne couvre pas cette demande : votre ticket ira à",
}
_DESK_NOTES = {
    "to_qualify": "C’est le guichet qui trouvera avec vous à qui confier la demande.",
    "not_applicable": "C’est le guichet, qui vous répondra.",
    "conflict": "C’est le guichet, qui fera trancher.",
    "arbitration": "C’est le guichet, qui fera trancher.",
    "out_of_scope": "C’est le guichet, qui vous dira à qui vous adresser.",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A party to show: the key of its colour, its name."""

    party: str
    name: str


@dataclass(frozen=True, slots=True)
class Panel:
    """The decision as the page shows it. `tone`: key of the party's colour, or "open" while nothing is settled."""

    kind: str  # empty | needs_info | settled
    tone: str
    title: str
    why: str = ""
    parties: tuple[Chip, ...] = ()
    notes: tuple[str, ...] = ()
    citations: tuple[CitationView, ...] = ()
    would_change: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()  # what helps whoever comes, and changes nothing of the decision
    advised: Advised = NOTHING
    answers: tuple[str | None, str, str] = (None, "out_of_scope", "")  # agreement, status, party: who can be called


def empty(title: str = "Pas encore de réponse", why: str = NOTHING_YET) -> Panel:
    """Return the panel shown before a subject and an activity are chosen."""
    return Panel("empty", "open", title, why)


def panel(preview: Preview, asked: Asked, otherwise: Sequence[str] = (), advised: Advised = NOTHING) -> Panel:
    """Return the panel that shows `preview`, or the empty panel where nothing is decided.

    `asked`: the questions on the page; `otherwise`: what would have changed the answer, in clauses without a subject;
    `advised`: what the text says to do.
    """
    decision = preview.decision
    if decision is None:
        why = next(iter(preview.errors.values()), NOTHING_YET)
        return empty(why=why)
    waiting = decision.status == "needs_info"
    chips = tuple(Chip(party, name) for party, name in decision.candidates) if waiting else ()
    return Panel(
        kind="needs_info" if waiting else "settled",
        tone="open" if waiting else decision.party,
        title=_TITLES.get(decision.status, _TITLES["to_qualify"]),
        why=decision.why,
        parties=chips or (Chip(decision.party, decision.party_name),),
        notes=tuple(_notes(preview, decision, waiting)),
        citations=tuple(decision.citations),
        would_change=tuple(_sentence(line) for line in otherwise),
        warnings=tuple(sentence for _, sentence in decision.warnings),
        ask=asked.ask,
        optional=asked.optional,
        advised=advised,
        answers=(decision.convention, "out_of_scope" if waiting else decision.status, decision.party),
    )


def _notes(preview: Preview, decision: DecisionView, waiting: bool) -> Sequence[str]:
    notes = []
    if waiting:
        desk = "le guichet de l’académie"
        if preview.desk is not None and preview.desk.party != "academie":
            desk = f"le guichet, tenu par {with_article(preview.desk.name)},"
        notes.append(
            f"Si vous ne savez pas, envoyez quand même\u00a0: {desk} recevra le ticket et vous posera la question."
        )
    elif decision.via == "editeur":
        notes.append("L’éditeur du logiciel vous aide directement : appelez-le, et gardez ici la trace de la demande.")
    elif decision.status in _DESK_NOTES and (preview.desk.party if preview.desk else "academie") == decision.party:
        notes.append(_DESK_NOTES[decision.status])
    if decision.contributors:
        names = [name for _, name in decision.contributors]
        notes.append("Avec l’appui de : " + ", ".join(names) + ".")
    return notes


def _sentence(line: str) -> str:
    """Return a clause as a sentence: « serait allé à… si… » -> « Il serait allé à… si…. »"""
    return f"Il {line}."
