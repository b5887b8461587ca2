"""French words for the values of the rules: days, hours, places of the text, bodies, sections. Pure.

How words agree, contract and lose a vowel is `matrix.french.grammar`; what sentences need of it can be imported from
here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from matrix.conventions import Conventions, place_name
from matrix.french import fold
from matrix.french.grammar import NOUNS, Form
from matrix.french.grammar import at as at
from matrix.french.grammar import of as of
from matrix.french.grammar import to as to
from matrix.french.grammar import with_article as with_article
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


def named(convention: Convention, body: PartyBody) -> str:
    """The body of a party of an agreement, with its article: « l’Académie de Toulouse »."""
    return with_article(body.name, convention.articles.get(body.name))


def yes_no(fact: str, form: Form | None) -> tuple[str, str]:
    """What a fact answered by yes or no says in a reason: where it is so, and where it is not."""
    is_, is_not, entered = "c’est", "ce n’est pas", "inscrit"
    if form is not None:
        are = form.verb("est", "sont")
        is_, entered = f"{form.subject} {are}", form.agree("inscrit")
        is_not = f"{form.subject} {'ne ' if form.plural else 'n’'}{are} pas"
    return {
        "inventoried": (f"{is_} {entered} à l’inventaire", f"{is_not} {entered} à l’inventaire"),
        "in_referentiel": (f"{is_} dans le référentiel", f"{is_} hors du référentiel"),
        "experimentation": ("c’est une expérimentation validée", "ce n’est pas une expérimentation validée"),
        "under_warranty": (f"{is_} sous garantie", f"{is_} hors garantie"),
    }.get(fact, ("c’est le cas", "ce n’est pas le cas"))


def bought(form: Form | None, have: str = "a", denied: bool = False) -> str:
    """« l’a acheté », « les a achetées », « ne l’ont pas acheté »: the participle agrees with the service."""
    plural = form is not None and form.plural
    participle = form.agree("acheté") if form is not None else "acheté"
    said = f"{'les ' if plural else 'l’'}{have}{' pas' if denied else ''} {participle}"
    return f"ne {said}" if denied else said


def by_commune(place: Etablissement) -> str:
    """An établissement in a list by communes, whose name is not repeated: « Tarbes, Desaix », « Collège de Lezay »."""
    told = at(place.name, place.commune)
    return f"{place.commune}, {place.name}" if told != place.name else place_name(place)


def with_sites(name: str, place: Etablissement | None) -> str:
    """An établissement's name with its further sites, for searches by either: « …, et annexe du Lapacca »."""
    return name if place is None or not place.sites else f"{name}, et {enumeration(place.sites)}"


def asked(sentence: str) -> str:
    """Return a question as what to say next: « Dites qui utilise ce poste » for « Qui utilise ce poste ? »."""
    bare = sentence.removesuffix("?").strip()
    return (
        f"Dites {small(bare)}"
        if bare.startswith(("Qui ", "Quel", "Quand "))
        else f"Il manque une réponse, {quoted(sentence)}"
    )


def quoted(text: str) -> str:
    """The text in French quotation marks, with their no-break spaces."""
    return f"«{_NBSP}{text}{_NBSP}»"


def beside(plain: str, text: str) -> str:
    """What people call a thing, with the words of an agreement beside; its words alone where nothing is called so."""
    return f"{quoted(plain)} (dans l’accord{_NBSP}: {quoted(text)})" if plain not in ("", text) else quoted(text)


def capital(text: str) -> str:
    """The text with its first letter in capitals."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """The text with its first letter in lower case; what begins with an abbreviation or a number of a chapter keeps it.

    « Installation » gives « installation », « ENT » and « II.2 le dit » stay: the second sign tells them.
    """
    second = text[1:2]
    return text if second.isupper() or second.isdigit() or second == "." else text[:1].lower() + text[1:]


def common(convention: Convention, party: str) -> str:
    """A party or a role in everyday words, « le Département »; by its name where that could mean another party too."""
    body = convention.parties.get(party)
    alike = any(one != party and one.startswith(f"{party}-") for one in convention.parties)
    if party in COMMON and not alike:
        return COMMON[party]
    return named(convention, body) if body is not None else COMMON.get(party, party)


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
    return capital(words[0] if fold(words[0]) in NOUNS and words[0] != "GIP" else bare)


def body(conventions: Conventions, convention: str | None, party: str, etablissement: str | None) -> str:
    """A party with its article, by the agreement's name for it, or by the établissement's name where one is given.

    A party that the agreement has no body for is named by its id.
    """
    if etablissement is not None:
        organisation, name = conventions.organisation(convention, party, etablissement)
        if organisation == party:
            return COMMON.get(party, with_article(name) if name != party else party)
        return with_article(name, conventions.articles.get(name))
    found = body_of(party, conventions[convention].parties) if convention is not None else None
    return named(conventions[convention], found) if convention is not None and found is not None else party


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
    if mine is None:
        return ""
    return f"l’établissement relève {of(with_article(mine.name, convention.articles.get(mine.name)))}"
