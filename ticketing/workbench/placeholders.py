"""The places of a canned answer that a ticket fills in: « {demandeur} », « {numéro} », « {établissement} »… Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from matrix import french

#: Name as it is written, and what it says.
NAMES = {
    "demandeur": "le nom de la personne qui demande",
    "numéro": "le numéro du ticket",
    "titre": "le titre du ticket",
    "établissement": "l’établissement",
    "sujet": "le sujet, en mots de tous les jours",
    "partie": "qui tient le ticket",
    "moi": "votre nom",
}
_FOLDED = {french.fold(name): name for name in NAMES}
_PLACE = re.compile(r"\{([^{}\n]{1,30})\}")


def unknown(words: str) -> list[str]:
    """Return the places that no ticket fills in, as they are written, each once."""
    written = (found[0] for found in _PLACE.finditer(words) if french.fold(found[1].strip()) not in _FOLDED)
    return list(dict.fromkeys(written))


def filled(words: str, values: Mapping[str, str]) -> str:
    """Return the words with each place filled in from `values`, by name; a value is never read as a place itself."""

    def value(found: re.Match[str]) -> str:
        name = _FOLDED.get(french.fold(found[1].strip()))
        return values.get(name, found[0]) if name else found[0]

    return _PLACE.sub(value, words)
