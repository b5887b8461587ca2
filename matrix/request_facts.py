"""The facts that a request may state about a product and its user; each fact is declared once, here. Pure.

A fact's type, its label, the question that asks for it and its words in a condition are the fields of `Facts`; `FACTS`,
forms, sentences, exports and checks follow from them. What still names each fact: the columns of the database, because
migrations and the inventory of personal data judge each of them, and the router, which is on the hot path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Literal

#: How a fact is answered: by an id of the vocabulary's user categories, by a party's id, by a day, by yes or no.
FactKind = Literal["user_category", "payer", "day", "yes_no"]


@dataclass(frozen=True, slots=True)
class Fact:
    """How a fact is called and asked, in French.

    `label` is its name on a ticket's page, `column` its name over a column of a table. `question` and `hint` are how a
    form asks for it, and what helps to answer. `conditions` are, for a fact that is answered by yes or no, the words of
    a condition that it is so, and that it is not.
    """

    kind: FactKind
    label: str
    question: str
    hint: str = ""
    column: str = ""
    conditions: tuple[str, str] = ("", "")


def _as(fact: Fact) -> Mapping[str, Fact]:
    """The metadata that a field of `Facts` carries."""
    return {"fact": fact}


_CATEGORY = Fact(
    "user_category",
    "Utilisateur",
    "Qui utilise ce poste ?",
    "La personne ou le lieu, pas vous si vous demandez pour quelqu’un",
)


@dataclass(frozen=True, slots=True)
class UserGroup:
    """Lines of annexe 2 bis that everyday words take together: « une classe » is one of its `members`, unsaid which.

    A group says less than a line, and holds as a value of `user_category` all the same: what its members agree on is
    settled, and the line is asked for where they do not.
    """

    label: str
    answer: str
    members: tuple[str, ...]


#: The groups by the value that stands for them as a fact.
USER_GROUPS: Mapping[str, UserGroup] = {
    "classe": UserGroup("une classe", "Une classe\u00a0: professeurs, élèves, CDI", ("professeurs", "eleves", "cdi")),
    "administration": UserGroup(
        "l’administration",
        "L’administration\u00a0: direction, gestion, vie scolaire, infirmerie, orientation",
        (
            *("equipe-direction", "equipe-gestion", "vie-scolaire", "infirmiere"),
            *("medecin-scolaire", "psychologue-scolaire", "conseiller-orientation"),
        ),
    ),
}


def members(category: str) -> tuple[str, ...]:
    """Return the lines that a value of `user_category` may stand for: those of a group, or the line itself."""
    group = USER_GROUPS.get(category)
    return group.members if group else (category,)


_PAYER = Fact("payer", "Acheté par", "Qui l’a acheté, ou qui l’achètera ?")
_BOUGHT = Fact(
    "day",
    "Acheté le",
    "Quand a-t-il été acheté ?",
    "La date de la facture ou de la commande ; laissez vide si vous ne savez pas",
)
_INVENTORIED = Fact(
    "yes_no",
    "Commande validée et inventoriée",
    "La commande avait-elle été validée par la collectivité, et le matériel est-il à son inventaire ?",
    "Souvent, une étiquette d’inventaire est collée dessus",
    "Inventorié",
    ("si la commande a été validée et le matériel inventorié", "si le matériel n’est pas inventorié"),
)
_REFERENTIEL = Fact(
    "yes_no",
    "Dans le référentiel",
    "Est-il dans le référentiel d’offres et de services de la collectivité ?",
    column="Au référentiel",
    conditions=("si l’achat est dans le référentiel", "si l’achat est hors du référentiel"),
)
_EXPERIMENTATION = Fact(
    "yes_no",
    "Expérimentation",
    "Fait-il partie d’une expérimentation validée par la collectivité ?",
    conditions=("si c’est une expérimentation validée", "hors expérimentation validée"),
)
_WARRANTY = Fact(
    "yes_no", "Sous garantie", "Est-il encore sous garantie ?", conditions=("sous garantie", "hors garantie")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The known facts about a product and its user, in the order of asking; `None` means not known, never « no »."""

    user_category: str | None = field(default=None, metadata=_as(_CATEGORY))
    acquired_by: str | None = field(default=None, metadata=_as(_PAYER))
    acquired_on: date | None = field(default=None, metadata=_as(_BOUGHT))
    inventoried: bool | None = field(default=None, metadata=_as(_INVENTORIED))
    in_referentiel: bool | None = field(default=None, metadata=_as(_REFERENTIEL))
    experimentation: bool | None = field(default=None, metadata=_as(_EXPERIMENTATION))
    under_warranty: bool | None = field(default=None, metadata=_as(_WARRANTY))

    def values(self) -> dict[str, Any]:
        """Every fact's value by its name, in order, including the unknown ones (None)."""
        return {name: getattr(self, name) for name in FACTS}


#: Each fact by its name, in the order in which they are asked.
DECLARED: Mapping[str, Fact] = {one.name: one.metadata["fact"] for one in fields(Facts)}
#: The names of the facts, in the order in which they are asked.
FACTS = tuple(DECLARED)
#: The names of the facts that are answered by yes or no.
YES_NO = tuple(name for name, fact in DECLARED.items() if fact.kind == "yes_no")


def facts_of(source: object) -> Facts:
    """The facts of a request, of a ticket's row, or of any object with an attribute for each fact."""
    return Facts(**{name: getattr(source, name) for name in FACTS})
