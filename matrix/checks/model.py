"""The results of lint: findings, each with its place, its severity and a French sentence. Frozen values.

There are three severities. « erreur »: the data are wrong, or prove nothing. « avertissement »: the signed text itself
lacks something or contradicts itself, and somebody has to know. « remarque »: the finding is worth reading once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, get_args

from matrix.model import Cell, Convention

Severity = Literal["erreur", "avertissement", "remarque"]
#: The severities, from the gravest to the lightest.
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

#: Every kind of finding: stable code -> what it is about, in the order in which a page groups them.
KINDS: Mapping[str, str] = {
    "file": "Fichiers qui ne se lisent pas",
    "proof": "Une combinaison sans issue unique",
    "inventory": "L’inventaire de l’accord ne correspond plus",
    "no-inventory": "Accord sans inventaire",
    "two-parties": "Deux parties pour une même chose",
    "contradiction": "Ce que le texte dit contre lui-même",
    "count": "Un nombre du texte que les données ne retrouvent pas",
    "blank-cells": "Cases que rien ne règle",
    "unnamed-service": "Services qu’aucune clause ne nomme",
    "unnamed-activity": "Activités qu’aucune clause ne nomme",
    "silent-on-named": "Services que l’accord nomme, et dont il passe pour ne pas parler",
    "uncited-cell": "Cases sans clause",
    "self-contributor": "Contributeurs qui répondent déjà",
    "idle-case": "Cas qui ne servent jamais",
    "same-service": "Un même service sous deux noms",
    "unused-clause": "Clauses que rien ne cite",
    "duplicate-clause": "Passages donnés deux fois",
    "quote-not-found": "Citations absentes du texte source",
    "no-source": "Textes sources introuvables",
    "unmarked-sentence": "Phrases du texte que rien ne cite",
    "to-do-sentence": "Phrases du texte encore à traiter",
    "mark-not-found": "Phrases marquées que le texte n’a pas",
    "idle-mark": "Phrases marquées qu’une clause cite",
    "idle-note": "Notes sans effet",
    "guidance-without-clause": "Conseils et délais sans clause",
    "deadline-not-in-text": "Délais que les clauses ne disent pas",
    "obligation-not-in-text": "Obligations dont les clauses ne disent pas quand",
    "obligation-without-scale": "Obligations de payer sans barème",
    "lapsed": "Accords qui ne sont pas en vigueur",
    "unsigned": "Signatures que le texte ne montre pas",
    "start-not-in-text": "Prise d’effet que le texte ne donne pas",
    "period": "Durées qui se contredisent",
    "version-gap": "Jours sans version",
    "version-overlap": "Versions le même jour",
    "version-unused": "Versions qui ne servent jamais",
    "fee-gap": "Barèmes : effectifs sans montant",
    "fee-overlap": "Barèmes : effectifs à deux montants",
    "fee-not-in-text": "Barèmes : bornes que la clause ne dit pas",
    "fee-year": "Barèmes d’une autre année",
    "calendar-gap": "Calendrier scolaire incomplet",
    "calendar-overlap": "Calendrier scolaire qui se recouvre",
    "unreachable-party": "Parties sans horaires, guichet ni correspondant",
    "idle-party": "Parties qui ne répondent de rien",
    "unknown-article": "Noms dont l’article n’est pas connu",
    "several-agreements": "Établissements sous plusieurs accords",
    "wrong-uai": "UAI dont la lettre est fausse",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding. `subject` names what it is about, by ids; `items` is a list too long for the sentence.

    `cells` are the (service, activity) pairs that it is about; empty where it is not about cells.
    """

    code: str
    severity: Severity
    convention: str
    file: str
    line: int
    subject: str
    sentence: str
    items: tuple[str, ...] = ()
    cells: tuple[tuple[str, str], ...] = ()

    def about(self, cells: tuple[tuple[str, str], ...], items: tuple[str, ...] = ()) -> Finding:
        """This finding with the cells that it is about and the list that is too long for its sentence."""
        return replace(self, cells=cells, items=items)


@dataclass(frozen=True, slots=True)
class Proof:
    """Counts what the proof of one agreement tried: classes of établissements, moments, combinations, outcomes."""

    convention: str
    places: int
    moments: int
    combinations: int
    statuses: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class SentenceCount:
    """How the sentences of a signed text stand: all, those about an object and a task, and what became of these.

    `quoted` by a clause; `held`, `not_a_rule` and `to_do` as marked; `unmarked`: nobody has said anything of them.
    """

    convention: str
    sentences: int
    about: int
    quoted: int
    held: int
    not_a_rule: int
    to_do: int
    unmarked: int


@dataclass(frozen=True, slots=True)
class Report:
    """All findings on some agreements on a day, sorted by file and line, and the proof of each agreement.

    `combinations` counts each combination once, even where two agreements share an établissement.
    `sentences` counts those of each signed text; empty where lint was given no texts.
    """

    on: date
    conventions: tuple[str, ...]
    findings: tuple[Finding, ...]
    proofs: tuple[Proof, ...] = ()
    combinations: int = 0
    sentences: tuple[SentenceCount, ...] = ()

    @property
    def sound(self) -> bool:
        """Return whether no finding is an « erreur »."""
        return not any(one.severity == "erreur" for one in self.findings)

    def count(self, severity: Severity) -> int:
        """Return the number of findings of this severity."""
        return sum(one.severity == severity for one in self.findings)


def plural(count: int, word: str) -> str:
    """Return a count with its word in French: « 1 service », « 3 services »."""
    return f"{count} {word}{'s' if count > 1 else ''}"


def place(convention: Convention, what: str, file: str = "convention.toml") -> tuple[str, int]:
    """Return the file and line where an element of an agreement (« clause:V-duree ») is written.

    Where no line is known, it is the file's first.
    """
    return convention.lines.get(what, (f"{convention.id}/{file}", 1))


def cell_place(convention: Convention, cell: Cell) -> tuple[str, int]:
    """Return the file and line of a cell.

    It is line 1 for a cell that a fill or an amendment changed, since no file holds it.
    """
    return cell.file or f"{convention.id}/cells.toml", cell.line or 1


def found(
    convention: Convention, code: str, severity: Severity, at: tuple[str, int], subject: str, sentence: str
) -> Finding:
    """Return a finding on an agreement that is not about cells.

    `code` is one of `KINDS`; `at` is the file and the line.
    """
    assert code in KINDS, code
    return Finding(
        code=code,
        severity=severity,
        convention=convention.id,
        file=at[0],
        line=at[1],
        subject=subject,
        sentence=sentence,
    )
