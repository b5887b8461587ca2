"""Roles and perimeters as lists name them, in any words, and the nearest names of one that is not known. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from charters.model import Role, ScopeKind
from matrix.french import name as folded
from matrix.uai import as_kept
from ticketing.in_force.coverage import Places

#: Role -> the name that pages show, then the other words by which lists give it.
ROLES: Mapping[Role, tuple[str, ...]] = {
    Role.CMI: ("correspondant informatique", "correspondant", "cmi", "correspondant maintenance informatique"),
    Role.RESEAU: ("gestionnaire réseau", "reseau", "gestionnaire de réseau", "administrateur réseau"),
    Role.CHEF: ("chef d’établissement", "chef", "principal", "principale", "proviseur", "proviseure", "chefetab"),
    Role.TECH_DEPARTEMENT: ("technicien de la collectivité", "technicien departement", "technicien du département"),
    Role.REFERENT: ("référent", "référente", "référent de la collectivité", "référent du département"),
    Role.TECH_ACADEMIE: ("technicien de l’académie", "technicien academie", "technicien académique"),
    Role.ADMINISTRATEUR: ("administrateur", "administratrice", "administrateur de l’académie"),
    Role.LECTEUR: ("lecteur", "lectrice", "lecteur des chiffres"),
}
#: Words that mean one role or another by the kind of perimeter.
_BY_KIND = {
    "technicien": {"departement": Role.TECH_DEPARTEMENT, "academie": Role.TECH_ACADEMIE},
    "technicienne": {"departement": Role.TECH_DEPARTEMENT, "academie": Role.TECH_ACADEMIE},
}
KINDS: Mapping[ScopeKind, str] = {
    "academie": "une académie",
    "departement": "une collectivité ou un partenaire",
    "etablissement": "un établissement",
}
_NEAR, _WORK = 3, 400


class Names:
    """What roles and perimeters are called in one académie."""

    def __init__(self, places: Places) -> None:
        self.kinds: dict[str, ScopeKind] = {}
        self.labels: dict[str, str] = {}
        groups: tuple[tuple[ScopeKind, tuple[tuple[str, str], ...]], ...] = (
            ("academie", places.academie),
            ("departement", places.departement),
            ("etablissement", places.etablissement),
        )
        for kind, pairs in groups:
            for key, label in pairs:
                self.kinds[key], self.labels[key] = kind, label
        self._known: dict[str, set[str]] = {}
        for key, label in self.labels.items():
            for word in (key, label, label.partition(",")[0], label.replace(",", ""), _bare(label)):
                self._known.setdefault(folded(word), set()).add(key)
        self._roles = {folded(word): role for role, words in ROLES.items() for word in (role.value, *words)}
        self._near: dict[tuple[str, str], str] = {}

    def place(self, text: str) -> tuple[str, str]:
        """Return (scope id, empty), or (empty, the sentence that says what is wrong)."""
        if as_kept(text) in self.labels:
            return as_kept(text), ""
        found = self._known.get(folded(text), set())
        if len(found) == 1:
            return next(iter(found)), ""
        if found:
            several = ", ".join(sorted(f"{self.labels[key]} ({key})" for key in found)[:_NEAR])
            return "", f"Plusieurs s’appellent ainsi : {several}. Écrivez l’UAI ou le nom entier."
        near = self._nearest("place", text, self._known)
        told = [self.labels[key] for word in near for key in sorted(self._known[word])]
        return "", "Aucun accord de l’académie ne nomme cela." + _perhaps(told)

    def role(self, text: str, scope_id: str) -> tuple[Role | None, str]:
        """Return (role, empty), or (None, the sentence that says what is wrong)."""
        word = folded(text)
        kind = self.kinds.get(scope_id)
        found = self._roles.get(word) or _BY_KIND.get(word, {}).get(kind or "")
        if found is None and word in _BY_KIND:
            return None, "Dites de qui : « technicien de la collectivité » ou « technicien de l’académie »."
        if found is None:
            near = [ROLES[self._roles[one]][0] for one in self._nearest("role", text, self._roles)]
            return None, "Ce rôle n’existe pas." + _perhaps(near)
        if kind is not None and kind != found.scope_kind:
            return None, f"Ce rôle porte sur {KINDS[found.scope_kind]}, et non sur {KINDS[kind]}."
        return found, ""

    def _nearest(self, what: str, text: str, known: Iterable[str]) -> list[str]:
        """Return the nearest known words; only so many texts are compared, since a whole column may be wrong."""
        key = (what, text)
        if key not in self._near and len(self._near) < _WORK:
            self._near[key] = "\n".join(get_close_matches(folded(text)[:120], list(known), _NEAR, 0.6))
        return [word for word in self._near.get(key, "").split("\n") if word]


def _bare(label: str) -> str:
    """Return an établissement's name without its kind and comma: « Collège Desaix, Tarbes » gives « Desaix Tarbes »."""
    first, _, rest = label.partition(" ")
    return rest.replace(",", "") if folded(first) in ("college", "lycee", "ecole") else label


def _perhaps(names: Iterable[str]) -> str:
    found = list(dict.fromkeys(names))[:_NEAR]
    return f" Vouliez-vous dire {' ou '.join(f'« {one} »' for one in found)}\u00a0?" if found else ""
