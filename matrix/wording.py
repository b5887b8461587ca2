"""French words for the values of the rules: days, hours, places of the text, bodies, sections. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from matrix.conventions import Conventions
from matrix.model import Citation, Convention, Etablissement, PartyBody, Test
from matrix.owners import body_of, own_party
from matrix.places import KINDS, SECTORS

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

#: The parties in everyday words, in the order in which forms offer them as payers; then the roles.
COMMON: Mapping[str, str] = {
    "college": "le collège",
    "etablissement": "l’établissement",
    "ecole": "l’école",
    "departement": "le Département",
    "academie": "l’académie",
    "commune": "la commune",
    "region": "la Région",
    "EN": "l’académie",
    "CL": "la collectivité",
    "Etab": "l’établissement",
}
#: The parties and roles in one word, for the cells of a table.
SHORT: Mapping[str, str] = {
    "academie": "Académie",
    "departement": "Département",
    "region": "Région",
    "commune": "Commune",
    "college": "Collège",
    "etablissement": "Établissement",
    "ecole": "École",
    "canope": "Canopé",
    "EN": "Académie",
    "CL": "Collectivité",
    "Etab": "Établissement",
}

_NBSP = "\u00a0"
_FEMININE = (
    *("Région", "Ville", "Commune", "Métropole", "Communauté", "Collectivité", "Direction", "Mairie", "Régie"),
    *("Fédération", "Mission", "Maison", "Société", "Caisse", "DSI", "DANE", "DRANE", "DSDEN"),
)
_IN_SMALL = {"Collège": "le", "Lycée": "le", "Cité": "la"}
#: Proper names that take no article: « Réseau Canopé s’en occupe ».
_BARE = ("Réseau",)
#: A name that has one of these words after its first is a proper name too: « Nantes Métropole s’en occupe ».
_PROPER = frozenset({"métropole", "agglomération", "agglo", "communauté"})
#: Common nouns that a body's name begins with and that take « le », whatever follows them.
_MASCULINE = (
    "Syndicat",
    "Département",
    "Conseil",
    "GIP",
    "Groupement",
    "Pôle",
    "Territoire",
    "Pays",
    "Centre",
    "Rectorat",
)
#: Those that say enough in a table by themselves.
_ALONE = frozenset({*_FEMININE, *_MASCULINE} - {"GIP"})
_WHOLE_TEXTS = {"preambule": "préambule", "deliberation": "délibération"}
#: For two texts under one agreement, the letter before the article says which text it is of.
_PARTS = {"P": "partenariat", "M": "convention tripartite"}
_IN_A_PHRASE = {"P": "du partenariat", "M": "de la convention tripartite"}


def day(value: date) -> str:
    """A day in French: « 1er septembre 2015 »."""
    return f"{'1er' if value.day == 1 else value.day} {MONTHS[value.month - 1]} {value.year}"


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
    first, _, rest = name.partition(" ")
    if first in ("le", "la", "les") or first.startswith(("l’", "l'")) or first in _BARE:
        return name
    if first in _IN_SMALL:
        return f"{_IN_SMALL[first]} {name[0].lower()}{name[1:]}"
    if first in _FEMININE:
        return f"la {name}"
    if first not in _MASCULINE and _PROPER & {word.casefold() for word in rest.split(" ")}:
        return name
    return f"l’{name}" if first[:1] in "AÀÂEÉÈÊIÎOÔU" else f"le {name}"


def to(name: str) -> str:
    """A body after « à », with its article: « au Département », « à l’Académie », « à Réseau Canopé »."""
    if name.startswith("les "):
        return f"aux {name[4:]}"
    return f"au {name[3:]}" if name.startswith("le ") else f"à {name}"


def of(words: str) -> str:
    """Words after « de »: « le maintien » -> « du maintien », « l’installation » -> « de l’installation »."""
    if words.startswith("les "):
        return f"des {words[4:]}"
    if words.startswith("le "):
        return f"du {words[3:]}"
    return f"d’{words}" if words[:1] in "AÀÂEÉÈÊIÎOÔU" else f"de {words}"


def with_sites(name: str, place: Etablissement | None) -> str:
    """An établissement's name with its further sites, for searches by either: « …, et annexe du Lapacca »."""
    return name if place is None or not place.sites else f"{name}, et {enumeration(place.sites)}"


def capital(text: str) -> str:
    """The text with its first letter in capitals."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """The text with its first letter in lower case."""
    return text[:1].lower() + text[1:]


def common(convention: Convention, party: str) -> str:
    """A party or a role in everyday words, « le Département »; by its name where that could mean another party too."""
    named = convention.parties.get(party)
    alike = any(one != party and one.startswith(f"{party}-") for one in convention.parties)
    if party in COMMON and not alike:
        return COMMON[party]
    return with_article(named.name) if named is not None else COMMON.get(party, party)


def short(convention: Convention, party: str) -> str:
    """A party or a role in a word or two, for the cells of a table: « Métropole », « Syndicat mixte »."""
    named = convention.parties.get(party)
    if named is None:
        return SHORT.get(party, party)
    said = _short(party, named)
    others = (_short(one, body) for one, body in convention.parties.items() if one != party)
    return capital(named.name) if said in others else said


def _short(party: str, named: PartyBody) -> str:
    """The first words of a party's name that mean something by themselves."""
    if named.short or party in SHORT:
        return named.short or SHORT[party]
    bare = re.sub(r"^(le|la|les) |^l[’']", "", named.name)
    words = bare.split(" ")
    if words[0] in ("Syndicat", "Pays", "Pôle"):
        return " ".join(words[:2])
    return capital(words[0] if words[0] in (*_ALONE, "Académie", "Eurométropole") else bare)


def body(conventions: Conventions, convention: str | None, party: str, etablissement: str | None) -> str:
    """A party with its article, by the agreement's name for it, or by the établissement's name where one is given.

    A party that the agreement has no body for is named by its id.
    """
    if etablissement is not None:
        organisation, name = conventions.organisation(convention, party, etablissement)
        return COMMON.get(party, with_article(name)) if organisation == party else with_article(name)
    found = body_of(party, conventions[convention].parties) if convention is not None else None
    return with_article(found.name) if found is not None else party


def place_condition(convention: Convention, test: Test) -> str:
    """A test of the établissement itself in French: « si l’établissement est un lycée », « s’il relève de… »."""
    if test.fact == "kind":
        return f"si l’établissement est {KINDS[str(test.wanted)]}"
    if test.fact == "sector":
        return f"si l’établissement est {SECTORS[str(test.wanted)]}"
    return f"si l’établissement relève {of(common(convention, str(test.wanted)))}"


def place_fact(convention: Convention, place: Etablissement, test: Test) -> str:
    """What an établissement is, as the reason of a decision: « l’établissement est un lycée »."""
    if test.fact == "sector":
        return f"l’établissement est {SECTORS[place.sector]}"
    if test.fact == "kind":
        cite = test.wanted == "cite-scolaire" and place.kind != test.wanted
        verb = "est" if not cite or place.cite_scolaire else "n’est pas"
        return f"l’établissement {verb} {KINDS['cite-scolaire' if cite else place.kind]}"
    own = own_party("CL", place, convention.parties)
    mine = place.body(own or "") or convention.parties.get(own or "")
    return f"l’établissement relève {of(with_article(mine.name))}" if mine is not None else ""
