"""French words for the values of the rules: days, hours, places of the text, bodies, sections. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from matrix.conventions import Conventions
from matrix.model import Citation, Etablissement
from matrix.owners import body_of

MONTHS = (
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
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")

#: The titles of annexe 2's sections, in sentence case.
SECTIONS = {
    "infrastructure": "Infrastructure matérielle et équipements",
    "structurants": "Services structurants",
    "utilisateurs-administratif": "Services rendus aux utilisateurs, administratif",
    "utilisateurs-pedagogique": "Services rendus aux utilisateurs, pédagogique",
    "continuite-qualite": "Services de continuité et de qualité",
    "metier-enseignement": "Services métier, enseignement",
    "metier-vie-scolaire": "Services métier, vie scolaire",
    "metier-gestion-administrative": "Services métier, gestion administrative",
    "hors-annexe-2": "Services nommés par les articles",
}

#: Each activity as a noun that a sentence may use: « la maintenance peut passer à… ».
DOING = {
    "preconisation": "la préconisation d’usage",
    "acquisition": "l’achat",
    "installation": "l’installation",
    "mco": "la maintenance",
    "assistance": "l’assistance",
    "conseil": "le conseil",
}

_NBSP = "\u00a0"
_FEMININE = ("Région", "Ville", "Commune", "Métropole", "Communauté", "Collectivité", "Direction", "Mairie")
_MASCULINE_IN_SMALL = ("Collège", "Lycée")
#: Proper names that take no article: « Réseau Canopé s’en occupe ».
_BARE = ("Réseau",)
_WHOLE_TEXTS = {"preambule": "préambule", "deliberation": "délibération"}
#: For two texts under one agreement, the letter before the article says which text it is of.
_PARTS = {"P": "partenariat", "M": "convention tripartite"}
_IN_A_PHRASE = {"P": "du partenariat", "M": "de la convention tripartite"}


def day(value: date) -> str:
    """A day in French: « 1er septembre 2015 »."""
    return f"{'1er' if value.day == 1 else value.day} {MONTHS[value.month - 1]} {value.year}"


def last_day(last: date) -> str:
    """The last day on which something still holds: « dernier jour : 14 septembre 2020 ».

    With `out_from`, the one rule for ends on every screen: a first day out of force and a last day in force are never
    told by the same words (« prend fin le … » would leave the reader to guess which).
    """
    return f"dernier jour : {day(last)}"


def out_from(last: date) -> str:
    """The first day on which it no longer holds, after « n’est plus en vigueur »; with its last day, so both are said.

    « à compter du 15 septembre 2020 (dernier jour : 14 septembre 2020) ».
    """
    return f"à compter du {day(last + timedelta(days=1))} ({last_day(last)})"


def weekday(value: date, *, year: bool = False) -> str:
    """A day with its weekday: « jeudi 14 mars », or « jeudi 14 mars 2024 » with `year`."""
    told = f"{WEEKDAYS[value.weekday()]} {day(value)}"
    return told if year else told.rsplit(" ", 1)[0]


def clock(text: str) -> str:
    """A time in French, with no-break spaces: « 08:30 » -> « 8 h 30 », « 17:00 » -> « 17 h »."""
    hours, minutes = text.split(":")
    return f"{int(hours)}{_NBSP}h" if minutes == "00" else f"{int(hours)}{_NBSP}h{_NBSP}{minutes}"


def hour(moment: datetime) -> str:
    """The time of a moment in its own zone: « 8 h 30 »."""
    return clock(f"{moment:%H:%M}")


def days(first: date, last: date) -> str:
    """A range of days: « le lundi 30 novembre 2026 », « du lundi 30 novembre 2026 au mercredi 2 décembre 2026 »."""
    begins = weekday(first, year=True)
    return f"le {begins}" if first == last else f"du {begins} au {weekday(last, year=True)}"


def span(starts: datetime, ends: datetime) -> str:
    """A range of moments, each in its own zone: « le lundi 30 novembre 2026, de 10 h à 12 h »."""
    if starts.date() == ends.date():
        return f"{days(starts.date(), starts.date())}, de {hour(starts)} à {hour(ends)}"
    return f"du {weekday(starts, year=True)} à {hour(starts)} au {weekday(ends, year=True)} à {hour(ends)}"


def enumeration(words: Sequence[str], last: str = "et") -> str:
    """A list of words: « a », « a et b », « a, b et c »; empty for no words."""
    return f" {last} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def reference(citation: Citation) -> str:
    """A reference in French: « II.2 » -> « article II.2 », « P3.1 » -> « article 3.1 (partenariat) ».

    « annexe-2-note-4 » gives « note 4 de l’annexe 2 ».
    """
    ref = citation.ref
    note = re.fullmatch(r"annexe-(\d+)-note-(\d+)", ref)
    if note:
        return f"note {note[2]} de l’annexe {note[1]}"
    if ref.startswith("annexe"):
        return ref.replace("-", " ")
    if ref in _WHOLE_TEXTS:
        return _WHOLE_TEXTS[ref]
    part = re.fullmatch(r"([PM])-?(\d[\d.]*|preambule|annexe.*)", ref)
    if part is None:
        return f"article {ref}"
    place = f"article {part[2]}" if part[2][0].isdigit() else _WHOLE_TEXTS.get(part[2], part[2].replace("-", " "))
    return f"{place} ({_PARTS[part[1]]})"


def references(citations: Iterable[Citation]) -> str:
    """Distinct places of the text in a phrase: « article II.2 et annexe 2 bis », « article 3.1 du partenariat »."""
    found = []
    for citation in citations:
        place = reference(citation)
        for letter, part in _PARTS.items():
            place = place.replace(f"({part})", _IN_A_PHRASE[letter])
        found.append(place)
    return enumeration(list(dict.fromkeys(found)))


def with_article(name: str) -> str:
    """A body with its article: « l’Académie de Toulouse », « la Commune d’Aix », « le collège Desaix, Tarbes »."""
    first = name.split(" ")[0]
    if first in ("le", "la", "les") or first.startswith("l’") or first in _BARE:
        return name
    if first in _FEMININE:
        return f"la {name}"
    if first[:1] in "AÀEÉÈIOU":
        return f"l’{name}"
    return f"le {name[0].lower()}{name[1:]}" if first in _MASCULINE_IN_SMALL else f"le {name}"


def to(name: str) -> str:
    """A body after « à », with its article: « au Département », « à l’Académie », « à Réseau Canopé »."""
    return f"au {name[3:]}" if name.startswith("le ") else f"à {name}"


def of(words: str) -> str:
    """Words after « de »: « le maintien » -> « du maintien », « l’installation » -> « de l’installation »."""
    return f"du {words[3:]}" if words.startswith("le ") else f"de {words}"


def with_sites(name: str, place: Etablissement | None) -> str:
    """An établissement's name with its further sites, for searches by either: « …, et annexe du Lapacca »."""
    return name if place is None or not place.sites else f"{name}, et {enumeration(place.sites)}"


def capital(text: str) -> str:
    """The text with its first letter in capitals."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """The text with its first letter in lower case."""
    return text[:1].lower() + text[1:]


def body(conventions: Conventions, convention: str | None, party: str, etablissement: str | None) -> str:
    """A party with its article, by the agreement's name for it, or by the établissement's name where one is given.

    A party that the agreement has no body for is named by its id.
    """
    if etablissement is not None:
        return with_article(conventions.organisation(convention, party, etablissement)[1])
    found = body_of(party, conventions[convention].parties) if convention is not None else None
    return with_article(found.name) if found is not None else party
