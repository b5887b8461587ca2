"""Opening hours as a form sends them, as a row keeps them, and in French words. Pure.

A form has four times a day (`mon_1`, `mon_2`, `mon_3`, `mon_4`: opens, closes, opens again, closes), a territory, a
zone, and lines of closures (`closure_1_first`, `closure_1_last`, `closure_1_label`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from matrix import wording
from matrix.days import TERRITORIES
from matrix.wording import WEEKDAYS
from matrix.working_time import FIRST_HOUR, Closure, Hours, Span

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = ("A", "B", "C")
#: Territory -> its name in a list.
TERRITORY_NAMES = {
    "metropole": "France métropolitaine",
    "alsace-moselle": "Alsace et Moselle",
    "guadeloupe": "Guadeloupe",
    "guyane": "Guyane",
    "la-reunion": "La Réunion",
    "martinique": "Martinique",
    "mayotte": "Mayotte",
    "saint-barthelemy": "Saint-Barthélemy",
    "saint-martin": "Saint-Martin",
    "saint-pierre-et-miquelon": "Saint-Pierre-et-Miquelon",
}
#: How many closures hours may have, how long one may be (days), and how many empty lines the form offers.
CLOSURES, LONGEST, EMPTY_LINES = 40, 366, 3
LABEL_MAX = 60


@dataclass(frozen=True, slots=True)
class Read:
    """Hours as a form gave them; None where `errors` says what is wrong, by field."""

    hours: Hours | None
    errors: Mapping[str, str] = field(default_factory=dict)


def packed(hours: Hours) -> dict[str, Any]:
    """Return hours as the columns of their row."""
    return {
        "since": hours.since,
        "week": [[list(span) for span in spans] for spans in hours.week],
        "territory": hours.territory,
        "zone": hours.zone,
        "closures": [[one.first.isoformat(), one.last.isoformat(), one.label] for one in hours.closures],
    }


def unpacked(row: Any) -> Hours:
    """Return the hours that a row keeps."""
    return Hours(
        row.since,
        tuple(tuple((opens, closes) for opens, closes in spans) for spans in row.week),
        row.territory,
        row.zone,
        tuple(
            Closure(date.fromisoformat(first), date.fromisoformat(last), label) for first, last, label in row.closures
        ),
    )


def read(typed: Mapping[str, str]) -> Read:
    """Return the hours that a form states, or what is wrong with it, by field."""
    errors: dict[str, str] = {}
    since = _day(typed.get("since", ""))
    if since is None:
        errors["since"] = "Dites à partir de quel jour, par exemple 2026-12-01."
    week = tuple(_spans(name, typed, errors) for name in DAYS)
    if not any(week) and not errors:
        errors["mon_1"] = "Donnez au moins une plage d’ouverture dans la semaine."
    territory, zone = typed.get("territory", ""), typed.get("zone", "")
    if territory not in TERRITORIES:
        errors["territory"] = "Choisissez dans la liste."
    if zone not in ("", *ZONES):
        errors["zone"] = "Choisissez une zone, ou aucune."
    closures = _closures(typed, errors)
    if errors or since is None:
        return Read(None, errors)
    return Read(Hours(since, week, territory, zone, closures))


def typed_from(hours: Hours) -> dict[str, str]:
    """Return the fields of a form that state these hours."""
    fields = {"since": hours.since.isoformat(), "territory": hours.territory, "zone": hours.zone}
    for name, spans in zip(DAYS, hours.week, strict=True):
        times = [minute for span in spans for minute in span]
        fields |= {f"{name}_{rank}": _clock(minute) for rank, minute in enumerate(times[:4], 1)}
    for rank, one in enumerate(hours.closures, 1):
        fields |= {
            f"closure_{rank}_first": one.first.isoformat(),
            f"closure_{rank}_last": one.last.isoformat(),
            f"closure_{rank}_label": one.label,
        }
    return fields


def lines(typed: Mapping[str, str]) -> int:
    """Return how many lines of closures a form shows: those filled in, and some empty ones."""
    filled = [rank for rank in range(1, CLOSURES + 1) if any(typed.get(name) for name in _names(rank))]
    return min(max(filled, default=0) + EMPTY_LINES, CLOSURES)


def words(hours: Hours) -> tuple[str, ...]:
    """Return the hours in French, a line for each run of days alike: « lundi à jeudi : 8 h 30 – 12 h 30, … »."""
    told, first = [], 0
    for day in range(1, 8):
        if day < 7 and hours.week[day] == hours.week[first]:
            continue
        between = "et" if day - 2 == first else "à"
        days = WEEKDAYS[first] if day - 1 == first else f"{WEEKDAYS[first]} {between} {WEEKDAYS[day - 1]}"
        told.append(f"{days} : {span_words(hours.week[first]) or 'fermé'}")
        first = day
    return tuple(told)


def span_words(spans: Sequence[Span]) -> str:
    """Return the spans of a day in French, each on one line: « 8 h 30 – 12 h 30, 13 h 30 – 17 h »; « » for none."""
    told = ((wording.clock(_clock(opens)), wording.clock(_clock(closes))) for opens, closes in spans)
    return ", ".join(f"{opens}\u00a0–\u2060\u00a0{closes}" for opens, closes in told)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text.strip()) if len(text.strip()) == 10 else None
    except ValueError:
        return None
    return day if day is not None and 2000 <= day.year <= 2100 else None


def _minute(text: str) -> int | None:
    try:
        moment = time.fromisoformat(text) if len(text) == 5 else None
    except ValueError:
        return None
    return None if moment is None else moment.hour * 60 + moment.minute


def _spans(name: str, typed: Mapping[str, str], errors: dict[str, str]) -> tuple[Span, ...]:
    """Return the spans of a day; what is wrong with it is told at its first faulty time."""
    given = [typed.get(f"{name}_{rank}", "").strip() for rank in range(1, 5)]
    minutes = [_minute(text) for text in given]
    day = WEEKDAYS[DAYS.index(name)]
    for rank, (text, minute) in enumerate(zip(given, minutes, strict=True), 1):
        if text and minute is None:
            errors[f"{name}_{rank}"] = f"{wording.capital(day)} : écrivez l’heure comme 08:30."
            return ()
        if minute is not None and minute < FIRST_HOUR.hour * 60:
            errors[f"{name}_{rank}"] = f"{wording.capital(day)} : aucune ouverture avant 4 h (l’heure change la nuit)."
            return ()
    found: list[Span] = []
    for rank in (1, 3):
        opens, closes = minutes[rank - 1], minutes[rank]
        if opens is None and closes is None:
            continue
        if opens is None or closes is None:
            errors[f"{name}_{rank}"] = f"{wording.capital(day)} : donnez l’ouverture et la fermeture."
            return ()
        if closes <= opens or (found and opens <= found[-1][1]):
            errors[f"{name}_{rank}"] = f"{wording.capital(day)} : les heures se suivent, de l’ouverture à la fermeture."
            return ()
        found.append((opens, closes))
    return tuple(found)


def _names(rank: int) -> tuple[str, str, str]:
    return (f"closure_{rank}_first", f"closure_{rank}_last", f"closure_{rank}_label")


def _closures(typed: Mapping[str, str], errors: dict[str, str]) -> tuple[Closure, ...]:
    found = []
    for rank in range(1, CLOSURES + 1):
        first_name, last_name, label_name = _names(rank)
        given = [typed.get(name, "").strip() for name in (first_name, last_name, label_name)]
        if not given[0] and not given[1]:
            continue
        first, last = _day(given[0]), _day(given[1] or given[0])
        label = " ".join(given[2].split())
        if first is None or last is None:
            errors[first_name] = "Fermeture : écrivez les jours comme 2026-12-24."
        elif last < first or (last - first).days >= LONGEST:
            errors[last_name] = "Fermeture : le dernier jour vient après le premier, un an après au plus."
        elif len(label) > LABEL_MAX or not label.isprintable():
            errors[label_name] = f"Fermeture : {LABEL_MAX} caractères au plus."
        else:
            found.append(Closure(first, last, label))
    return tuple(sorted(found, key=lambda one: (one.first, one.last)))
