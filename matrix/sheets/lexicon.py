"""Meanings of words in cells and legends, whatever their case, accents, spaces or a note attached to the word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from matrix.french import fold
from matrix.model import Convention
from matrix.owners import body_of
from matrix.values import PLAIN, Value, party_of

#: The label of each word in a list of choices.
LABELS = {
    "CL ou Etab": "CL ou Etab : celui qui a payé",
    "sans objet": "sans objet",
    "arbitrage": "arbitrage : cas par cas",
    "": "rien : la case est laissée en blanc",
}

#: Names of a role in any agreement; the names of the agreement's own parties are added to them.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "EN": ("en", "education nationale", "academie", "rectorat", "etat"),
    "CL": ("cl", "collectivite", "collectivite territoriale", "collectivites territoriales", "collectivites"),
    "Etab": ("etab", "etablissement", "etablissements", "eple", "etabl", "ets"),
}
#: Names of a party, which count where the agreement lists it as the first of its role.
_PARTY_NAMES: Mapping[str, tuple[str, ...]] = {
    "academie": ("dsi", "dane", "drane"),
    "departement": ("departement", "conseil departemental", "conseil general", "cd", "cg"),
    "region": ("region", "conseil regional"),
    "commune": ("commune", "ville", "mairie", "municipalite"),
    "college": ("college", "colleges"),
    "etablissement": ("lycee", "lycees", "college", "colleges"),
    "ecole": ("ecole", "ecoles"),
}
#: Words without meaning by themselves.
_FILLER_WORDS = (
    "le la les l de du des d a au aux par pour et son sa ses un une case couleur prise prises charge competence "
    "competences responsable responsabilite service services legende ou"
)
_FILLERS = frozenset(_FILLER_WORDS.split(" "))
_NOTE = re.compile(r"[(\[]?\s*(\d{1,3})\s*[)\]]?\s*$")
_LOOSE = {
    "sansobjet": "sans objet",
    "so": "sans objet",
    "sobjet": "sans objet",
    "arbitrage": "arbitrage",
    "aarbitrer": "arbitrage",
    "conflit": "conflit",
    "selon": "selon",
    "selonlesfaits": "selon",
    "selonlecas": "selon",
    "selonlescas": "selon",
}
_BLANKS = frozenset({"aqualifier", "vide", "enblanc", "blanc", "nonrenseigne", "nonrenseignee", "aucun", "rien"})


def simple(text: str) -> str:
    """Return text without case, accents and punctuation: « Préconisation d’usage » -> « preconisation d usage »."""
    return " ".join("".join(letter if letter.isalnum() else " " for letter in fold(text)).split())


class Lexicon:
    """Knows what words mean in one agreement: names of its parties, its roles, and the words that a cell may hold."""

    def __init__(self, convention: Convention) -> None:
        self._convention = convention
        self._roles: dict[str, str] = {}
        for role, names in _NAMES.items():
            party = party_of(role, convention.parties)
            if party is None:
                continue
            body = convention.parties.get(party)  # None: several parties play the role, and none is meant by its name
            named = () if body is None else (*_PARTY_NAMES.get(party, ()), simple(body.name), simple(party))
            self._roles.update(dict.fromkeys((*names, *named), role))
        others = {
            name: ""
            for party, body in convention.parties.items()
            if party not in {party_of(role, convention.parties) for role in _NAMES}
            for name in (*_PARTY_NAMES.get(party, ()), simple(body.name), simple(party))
        }
        self._roles |= {name: "?" for name in others if name not in self._roles}  # a party that no word stands for
        self._longest = sorted(self._roles, key=len, reverse=True)

    @property
    def roles(self) -> dict[str, str]:
        """Return the name of the party of each role that the agreement has, by role."""
        found = {}
        for role in _NAMES:
            body = body_of(party_of(role, self._convention.parties) or "", self._convention.parties)
            if body is not None:
                found[role] = body.name
        return found

    def options(self) -> tuple[tuple[str, str], ...]:
        """Return the words that a reader may choose, with their labels; « blank » means an empty cell."""
        roles = self.roles
        found = []
        for word in PLAIN:
            if word in roles:
                found.append((word, f"{word} : {roles[word]}"))
            elif word == "CL ou Etab" and not {"CL", "Etab"} <= set(roles):
                continue
            elif word in LABELS:
                found.append((word or "blank", LABELS[word]))
        return tuple(found)

    def value(self, text: str) -> Value | None:
        """Return the value that a cell's words express, or None where they are not known.

        « SANS  OBJET (3) » and « CL/Etab » are known.
        """
        text = unicodedata.normalize("NFKC", text).strip().rstrip(".;,*").strip()
        note = _NOTE.search(text)
        number = int(note[1]) if note else None
        word = self._word(text[: note.start()] if note else text)
        if word is None or (word == "" and number is not None):
            return None
        return Value(word, number)

    def legend(self, text: str) -> str | None:
        """Return the meaning of a legend's text, or None where it has none.

        « Collectivité territoriale (Département) » gives « CL ».
        """
        if not text or len(text) > 120:
            return None
        word = self._word(text)
        if word is not None:
            return word
        roles, left = self._named(text)
        if len(left.split()) > 6 or "?" in roles:
            return None
        return self._one(roles, text)

    def _word(self, text: str) -> str | None:
        tight = simple(text).replace(" ", "")
        if tight in _BLANKS:
            return ""
        if tight in _LOOSE:
            return _LOOSE[tight]
        roles, left = self._named(text)
        if set(left.split()) - _FILLERS or not roles or "?" in roles:
            return None
        return self._one(roles, text)

    @staticmethod
    def _one(roles: list[str], text: str) -> str | None:
        kinds = list(dict.fromkeys(roles))
        either = re.search(r"\bou\b|/", text.lower()) is not None
        if len(kinds) == 1:
            return kinds[0] if len(roles) > 1 or not either else None  # « CL ou » is incomplete
        return "CL ou Etab" if set(kinds) == {"CL", "Etab"} and either else None

    def _named(self, text: str) -> tuple[list[str], str]:
        """Return the roles that a text names, in order, and the rest of the text."""
        # « en » is a common French word: it is the party only in capitals, or alone.
        found: list[tuple[int, str]] = []
        plain_text = simple(text)
        if plain_text != "en":
            plain_text = simple(re.sub(r"\ben\b", " ", text))
        left = f" {plain_text} "
        for name in self._longest:
            while (at := left.find(f" {name} ")) >= 0:
                found.append((at, self._roles[name]))
                left = left[:at] + " " + " " * len(name) + " " + left[at + len(name) + 2 :]
        return [role for _, role in sorted(found)], " ".join(left.split())


def near(text: str, known: Mapping[str, frozenset[str]]) -> list[tuple[float, str]]:
    """Return (similarity from 0 to 1, known text), the most similar first. `known`: text -> its `trigrams`."""
    own = trigrams(text)
    return sorted(((2 * len(own & other) / (len(own) + len(other)), one) for one, other in known.items()), reverse=True)


def trigrams(text: str) -> frozenset[str]:
    """Return the runs of three letters of a `simple` text, which two spellings of one label share."""
    padded = f"  {text} "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))
