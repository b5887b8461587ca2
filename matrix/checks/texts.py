"""Checks of contradictions within a text or with the data: claims, counts, établissements. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from matrix.checks.model import Finding, found, place
from matrix.conventions import Conventions
from matrix.model import Claim, Convention
from matrix.uai import checked_uai, expected_uai, uai_like
from matrix.wording import day, enumeration, reference

# --- claims -----------------------------------------------------------------------------------------------------------


def counted(convention: Convention) -> dict[str, int]:
    """Return the numbers that claims are compared with: claim subject -> how many of them the data list."""
    places = convention.etablissements.values()
    kinds = {"collèges": "college", "lycées": "lycee", "écoles": "ecole"}
    found_ = {"établissements": len(convention.etablissements)}
    for subject, kind in kinds.items():
        found_[subject] = sum(one.kind == kind for one in places)
        found_[f"{subject} publics"] = sum(one.kind == kind and one.sector == "public" for one in places)
        found_[f"{subject} privés"] = sum(one.kind == kind and one.sector == "private" for one in places)
    found_["cités scolaires"] = sum(one.cite_scolaire for one in places)
    found_["réseaux d'établissements"] = len(convention.networks)
    found_["points"] = sum(one.kind == "point" for one in convention.points)
    found_["antennes"] = sum(one.kind == "antenne" for one in convention.points)
    found_["catégories d'utilisateurs"] = len(convention.categories)
    return found_


def check_claims(convention: Convention) -> Iterator[Finding]:
    """Yield the findings on claims on one subject that contradict each other, and on counts that differ from the data.

    Where one of the text's own numbers equals the data's, the data are right and the text contradicts itself.
    """
    by_subject: dict[str, list[tuple[int, Claim]]] = {}
    for index, claim in enumerate(convention.claims):
        by_subject.setdefault(claim.subject.replace("’", "'"), []).append((index, claim))
    counts = counted(convention)
    for subject, claims in by_subject.items():
        at = place(convention, f"claim:{claims[0][0]}", "claims.toml")
        values = list(dict.fromkeys(claim.value for _, claim in claims))
        if len(values) > 1:
            said = [f"{claim.value} ({reference(claim.citation)})" for _, claim in claims]
            yield found(
                convention,
                "contradiction",
                "avertissement",
                at,
                subject,
                f"Le texte se contredit sur {_about(subject)} : {enumeration(said)}.",
            ).about((), items=tuple(f"« {claim.citation.quote} » ({reference(claim.citation)})" for _, claim in claims))
        if subject in counts and counts[subject] not in values:
            yield found(
                convention,
                "count",
                "erreur",
                at,
                subject,
                f"Le texte compte {enumeration([str(value) for value in values], 'ou')} {subject}, et les données en "
                f"listent {counts[subject]} : il en manque, ou il y en a de trop. Si c’est la liste du texte qui ne "
                "tombe pas juste, ajoutez à « claims.toml » le nombre qu’elle donne.",
            )


def _about(subject: str) -> str:
    return subject if re.match(r"(l'|la |le |les )", subject) else f"le nombre de : {subject}"


# --- établissements ---------------------------------------------------------------------------------------------------


def check_places(conventions: Conventions, convention: Convention) -> Iterator[Finding]:
    """Yield the findings on the UAI of établissements, and on those that two agreements bind on the same days.

    A UAI is wrong where its letter is not the one that its digits give.
    """
    for one in convention.etablissements.values():
        for uai in (one.id, one.reference_college_uai or ""):
            if uai_like(uai) and checked_uai(uai) != uai:
                yield found(
                    convention,
                    "wrong-uai",
                    "erreur",
                    place(convention, f"etablissement:{one.id}", "etablissements.toml"),
                    uai,
                    f"« {uai} » ({one.name}, {one.commune}) n’est pas un UAI juste : ses chiffres veulent "
                    f"« {expected_uai(uai)} ».",
                )
    for other in conventions:
        if other.id == convention.id:
            continue
        shared = [one for one in convention.etablissements.values() if one.id in other.etablissements]
        first = max(convention.starts, other.starts)
        ends = [one.ends for one in (convention, other) if one.ends is not None]
        if not shared or (ends and min(ends) < first):
            continue
        until = f" jusqu’au {day(min(ends))}" if ends else ""
        yield found(
            convention,
            "several-agreements",
            "remarque",
            place(convention, f"etablissement:{shared[0].id}", "etablissements.toml"),
            other.id,
            f"{len(shared)} établissements sont aussi sous « {other.title} », à compter du {day(first)}{until} : celui "
            "des deux qui nomme le service oriente, et deux réponses différentes font un conflit.",
        ).about((), items=tuple(f"{one.name}, {one.commune}" for one in shared))
