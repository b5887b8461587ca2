"""Filters that a search holds in words: « etat:ouvert collège:desaix depuis:octobre agent:soulerac », « mois dernier ».

They are taken out of the text; what stays is searched. A name is read without its accents, a value of several words
stands in quotation marks or with hyphens (« collège:victor-hugo »). Text in quotation marks is never read as a filter.
Pure: the day is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from matrix import french, wording

#: Name of a filter as people write it, folded -> its own name.
NAMES: Mapping[str, str] = {
    **dict.fromkeys(("etat", "statut"), "etat"),
    **dict.fromkeys(("college", "etablissement", "etab", "lieu", "chez"), "college"),
    **dict.fromkeys(("sujet", "service"), "sujet"),
    **dict.fromkeys(("agent", "charge", "technicien"), "agent"),
    **dict.fromkeys(("attend", "attente"), "attend"),
    **dict.fromkeys(("etiquette", "etiquettes"), "etiquette"),
    **dict.fromkeys(("depuis", "apres", "des"), "depuis"),
    **dict.fromkeys(("avant", "jusqua", "jusque"), "avant"),
    **dict.fromkeys(("en", "le", "date", "periode"), "periode"),
}
_FILTER = re.compile(r"(?<!\S)(?P<name>[^\W\d_]{2,15}):(?P<value>«[^»]*»|\"[^\"]*\"|[^\s\"«»]+)")
_QUOTED = re.compile(r"«([^»]*)»|\"([^\"]*)\"")
_MONTHS = {french.fold(name): number for number, name in enumerate(wording.MONTHS, 1)}
_DAYS = {
    name: number
    for number, name in enumerate(("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"))
}
_ISO = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)")
_FRENCH = re.compile(r"(\d\d?)[/.](\d\d?)(?:[/.](\d{4}|\d\d))?")
_AGO = re.compile(r"(\d{1,3}) ?(?:j|jours?)")


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `since` on and before `until`; None: without that bound."""

    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A filter as it was typed: its own name, its value, and the piece of the search that says it."""

    name: str
    value: str
    typed: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A search read: the words to look for, the filters that it says, its period, and what was not understood."""

    words: str
    said: tuple[Said, ...] = ()
    period: Period = field(default_factory=Period)
    faults: tuple[str, ...] = ()


def parse(text: str, today: date) -> Parsed:
    """Return a search read; a value that is not understood is told and left out."""
    said: list[Said] = []

    def take(found: re.Match[str]) -> str:
        name = NAMES.get(french.fold(found["name"]).replace("'", ""))
        value = " ".join(found["value"].strip('«»" \u00a0,;').split())
        if name is None or not value:
            return found[0]
        said.append(Said(name, value.replace("-", " ") if name in ("college", "sujet", "agent") else value, found[0]))
        return " "

    rest = _outside_quotes(_FILTER.sub(take, text), said, today)
    parsed = Parsed(" ".join(rest.split()), tuple(said))
    for one in said:
        if one.name in ("depuis", "avant", "periode"):
            parsed = _bounded(parsed, one, today)
    return parsed


def _outside_quotes(text: str, said: list[Said], today: date) -> str:
    """Return the text without the periods that it says in plain words outside quotation marks."""
    pieces, at = [], 0
    for quoted in _QUOTED.finditer(text):
        pieces += [_without_periods(text[at : quoted.start()], said), quoted[1] or quoted[2] or ""]
        at = quoted.end()
    return " ".join([*pieces, _without_periods(text[at:], said)])


#: A period as people write it among other words -> the value of « periode » or « depuis » that says the same.
_PLAIN = (
    (re.compile(r"\b(?:le )?mois (?:dernier|passe|precedent)\b"), "periode", "mois-dernier"),
    (re.compile(r"\bce mois(?:[- ]ci)?\b"), "periode", "mois"),
    (re.compile(r"\b(?:la )?semaine (?:derniere|passee|precedente)\b"), "periode", "semaine-derniere"),
    (re.compile(r"\bcette semaine\b"), "periode", "semaine"),
    (re.compile(r"\b(?:l'|l’)?annee derniere\b"), "periode", "annee-derniere"),
    (re.compile(r"\bcette annee\b"), "periode", "annee"),
    (re.compile(r"\baujourd(?:'|’)?hui\b"), "periode", "aujourdhui"),
    (re.compile(r"\bhier\b"), "periode", "hier"),
    (re.compile(rf"\bdepuis (?P<value>(?:{'|'.join(_MONTHS)}|hier|{'|'.join(_DAYS)})(?: \d{{4}})?)\b"), "depuis", ""),
    (re.compile(rf"\ben (?P<value>(?:{'|'.join(_MONTHS)})(?: \d{{4}})?)\b"), "periode", ""),
)


def _without_periods(text: str, said: list[Said]) -> str:
    folded = french.unaccented(text.lower())
    if len(folded) != len(text):  # a letter that folds to two: places would no longer agree
        return text
    for pattern, name, value in _PLAIN:
        found = pattern.search(folded)
        if found:
            typed = text[found.start() : found.end()]
            said.append(Said(name, value or found["value"], typed))
            text = f"{text[: found.start()]} {text[found.end() :]}".replace(" ,", " ")
            folded = french.unaccented(text.lower())
    return text.strip(" ,")


def _bounded(parsed: Parsed, one: Said, today: date) -> Parsed:
    """Return the search with the bounds that a filter sets, or with the sentence that says why it sets none."""
    span = days(one.value, today)
    if span is None:
        sentence = f"«\u00a0{one.value}\u00a0» n’est pas une date : essayez octobre, 3/10, 2026-10-03, hier, semaine."
        return replace(parsed, faults=(*parsed.faults, sentence))
    since, until = span
    match one.name:
        case "depuis":
            bounds = replace(parsed.period, since=since)
        case "avant":
            bounds = replace(parsed.period, until=since)
        case _:
            bounds = Period(since, until)
    return replace(parsed, period=bounds)


def days(text: str, today: date) -> tuple[date, date] | None:
    """Return the first day that a date in words names, and the day after its last; None if it names none.

    A month or a day of the week is the latest that has begun: in November, « octobre » is last month.
    """
    value = " ".join(french.fold(text).replace("’", "'").replace("'", "").replace("-", " ").split())
    iso = _ISO.fullmatch(text.strip())
    try:
        if iso:
            return _one(date(int(iso[1]), int(iso[2]), int(iso[3])))
        if found := _FRENCH.fullmatch(text.strip()):
            return _one(_french(found, today))
        if re.fullmatch(r"\d{4}", value):
            return date(int(value), 1, 1), date(int(value) + 1, 1, 1)
        if found := _AGO.fullmatch(value):
            return today - timedelta(int(found[1])), today + timedelta(1)
        if value in _WORDS:
            return _WORDS[value](today)
        return _named(value, today)
    except (ValueError, OverflowError):
        return None


def _one(day: date) -> tuple[date, date]:
    return day, day + timedelta(1)


def _french(found: re.Match[str], today: date) -> date:
    """Return the day of « 3/10 » or « 3/10/26 »; without a year, the latest that has come."""
    day, month = int(found[1]), int(found[2])
    if found[3]:
        return date(int(found[3]) + (2000 if len(found[3]) == 2 else 0), month, day)
    wanted = date(today.year, month, day)
    return wanted if wanted <= today else date(today.year - 1, month, day)


def _named(value: str, today: date) -> tuple[date, date] | None:
    """Return the days of a month (with its year or a day, perhaps) or of a day of the week."""
    if value in _DAYS:
        return _one(today - timedelta((today.weekday() - _DAYS[value]) % 7))
    found = re.fullmatch(r"(?:le )?(?:(\d\d?)(?:er)? )?([a-z]+)(?: (\d{4}))?", value)
    if found is None or found[2] not in _MONTHS:
        return None
    month = _MONTHS[found[2]]
    year = int(found[3]) if found[3] else today.year - (date(today.year, month, 1) > today)
    if found[1]:
        return _one(date(year, month, int(found[1])))
    return date(year, month, 1), _next_month(date(year, month, 1))


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, _next_month(first)


def _week(day: date) -> tuple[date, date]:
    monday = day - timedelta(day.weekday())
    return monday, monday + timedelta(7)


def _year(day: date) -> tuple[date, date]:
    return date(day.year, 1, 1), date(day.year + 1, 1, 1)


_WORDS: Mapping[str, Callable[[date], tuple[date, date]]] = {
    "aujourdhui": _one,
    "hier": lambda day: _one(day - timedelta(1)),
    "semaine": _week,
    "cette semaine": _week,
    "semaine derniere": lambda day: _week(day - timedelta(7)),
    "mois": _month,
    "ce mois": _month,
    "mois dernier": lambda day: _month(day.replace(day=1) - timedelta(1)),
    "annee": _year,
    "cette annee": _year,
    "annee derniere": lambda day: _year(date(day.year - 1, 1, 1)),
}
