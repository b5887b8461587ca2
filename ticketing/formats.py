"""Dates, numbers and spans as French readers write them, always in Europe/Paris. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from matrix import wording
from matrix.french.grammar import verb
from ticketing.remembering import for_the_same

PARIS = ZoneInfo("Europe/Paris")
NBSP = "\u00a0"
NARROW_NBSP = "\u202f"  # between thousands
SHORT_MONTHS = (
    *("janv.", "févr.", "mars", "avr.", "mai", "juin"),
    *("juil.", "août", "sept.", "oct.", "nov.", "déc."),
)


def local(instant: datetime) -> datetime:
    """Return the instant on the clock of Paris; an instant without a zone is UTC."""
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(PARIS)


@lru_cache(maxsize=4096)  # a ticket's page writes two dozen days, most of them again at the next visit
def french_date(value: date | datetime | None) -> str:
    """Return a day in French: « 12 novembre 2026 », « 1er mars 2027 »; empty for None."""
    if value is None:
        return ""
    day = local(value).date() if isinstance(value, datetime) else value
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number}{NBSP}{wording.MONTHS[day.month - 1]} {day.year}"


@lru_cache(maxsize=4096)
def short_date(value: date | datetime | None) -> str:
    """Return a day in a few letters, for lists: « 12 nov. 2026 », « 1er déc. 2026 »; empty for None."""
    if value is None:
        return ""
    day = local(value).date() if isinstance(value, datetime) else value
    return f"{'1er' if day.day == 1 else day.day}{NBSP}{SHORT_MONTHS[day.month - 1]}{NBSP}{day.year}"


@lru_cache(maxsize=4096)
def french_datetime(value: datetime | None) -> str:
    """Return an instant in French: « 12 novembre 2026 à 14 h 05 »; empty for None."""
    if value is None:
        return ""
    moment = local(value)
    return f"{french_date(moment)} à {moment.hour}{NBSP}h{NBSP}{moment.minute:02d}"


def span(starts: datetime, ends: datetime) -> str:
    """Return the span between two instants in French: « Le lundi 30 novembre 2026, de 10 h à 12 h »."""
    told = wording.span(local(starts), local(ends))
    return told[0].upper() + told[1:]


def ago(value: datetime | None, now: datetime) -> str:
    """Return the distance from now in the largest unit that fits: « il y a 3 heures », « dans 2 jours »."""
    if value is None:
        return ""
    instant = value if value.tzinfo else value.replace(tzinfo=UTC)
    seconds = (now - instant).total_seconds()
    if abs(seconds) < 60:
        return "à l’instant" if seconds >= 0 else "dans un instant"
    span = _largest_unit(abs(seconds))
    return f"il y a {span}" if seconds > 0 else f"dans {span}"


def moment(value: datetime | None, form: str = "datetime", now: datetime | None = None) -> Markup:
    """Return an instant as a `<time>` element; empty for None.

    `form` is « datetime », « date », or « ago », which counts from `now` and keeps the full date as a tooltip.
    """
    if value is None:
        return Markup("")
    if form == "ago" and now is not None:
        return Markup(f"{_tooltip(value)}{ago(value, now)}</time>")  # noqa: S704 (dates have nothing to escape)
    return _moment(value, form)


@lru_cache(maxsize=4096)
def _moment(value: datetime, form: str) -> Markup:
    words = french_date(value) if form == "date" else french_datetime(value)
    return Markup(f'<time datetime="{value.isoformat()}">{words}</time>')  # noqa: S704


@lru_cache(maxsize=4096)
def _tooltip(value: datetime) -> str:
    return f'<time datetime="{value.isoformat()}" title="{french_datetime(value)}">'


def number(value: int | float | Decimal | None, decimals: int | None = None) -> str:
    """Return a number in French: « 1 234 », « 12,5 » (narrow no-break space, decimal comma); « – » for None."""
    if value is None:
        return "–"
    if decimals is None:
        decimals = 0 if value == int(value) else 1
    return f"{value:,.{decimals}f}".replace(",", NARROW_NBSP).replace(".", ",").replace("-", "\u2212")


def duration(value: timedelta | int | float | None) -> str:
    """Return a duration (timedelta, or seconds) in words: « 45 min », « 3 h 20 », « 2 jours 4 h »; « – » for None."""
    if value is None:
        return "–"
    minutes = round((value.total_seconds() if isinstance(value, timedelta) else value) / 60)
    if minutes < 60:
        return f"{minutes}{NBSP}min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}{NBSP}h{NBSP}{minutes:02d}" if minutes else f"{hours}{NBSP}h"
    days, hours = divmod(hours, 24)
    words = _counted(days, "jour")
    return f"{words} {hours}{NBSP}h" if hours and days < 10 else words


def worked(seconds: int) -> str:
    """Return working time in hours, which never become days of 24 hours: « 45 min », « 30 h 05 »."""
    hours, minutes = divmod(seconds // 60, 60)
    if not hours:
        return f"{minutes}{NBSP}min"
    return f"{number(hours)}{NBSP}h{NBSP}{minutes:02d}" if minutes else f"{number(hours)}{NBSP}h"


def _largest_unit(seconds: float) -> str:
    for size, unit in ((365 * 86400, "an"), (30 * 86400, "mois"), (86400, "jour"), (3600, "heure")):
        if seconds >= size:
            return _counted(int(seconds // size), unit)
    return _counted(int(seconds // 60), "minute")


def _counted(count: int, unit: str) -> str:
    plural = unit if count < 2 or unit.endswith("s") else unit + "s"
    return f"{number(count)}{NBSP}{plural}"


def option_list(options: Iterable[tuple[Any, Any]], chosen: Any = "") -> Markup:
    """Return the `<option>` elements of a list of (value, label) or of groups (label, [(value, label)…]).

    This is no macro, and all text is escaped in one go, because an académie's lists offer six hundred établissements.
    What was made of a tuple is kept for as long as the same tuple comes back.
    """
    chosen = "" if chosen is None else str(chosen)
    return _same_options(options, chosen) if isinstance(options, tuple) else _option_list(options, chosen)


def _option_list(options: Iterable[tuple[Any, Any]], chosen: str) -> Markup:
    plain = [(str(key), words) for key, words in options]
    if any(not isinstance(words, str) for _, words in plain):
        return Markup("").join(
            Markup('<optgroup label="{}">{}</optgroup>').format(key, _option_list(words, chosen))
            if not isinstance(words, str)
            else _option_list([(key, words)], chosen)
            for key, words in plain
        )
    return _options(tuple(plain), chosen)


_same_options = for_the_same(_option_list)


@lru_cache(maxsize=64)
def _options(plain: tuple[tuple[str, str], ...], wanted: str) -> Markup:
    """Return the options as HTML, cached for each list and chosen value."""
    keys = [key for key, _ in plain]
    safe = str(escape("\0".join([*keys, *(words for _, words in plain)]))).split("\0")
    if len(safe) != 2 * len(keys):  # a value or label contains the NUL that separates them
        safe = [str(escape(piece)) for piece in (*keys, *(words for _, words in plain))]
    return Markup(  # noqa: S704 (both pieces are escaped)
        "".join(
            f'<option value="{value}"{" selected" if key == wanted else ""}>{words}</option>'
            for key, value, words in zip(keys, safe, safe[len(keys) :], strict=False)
        )
    )


def unbroken(text: str) -> str:
    """Return a title whose signs stay with the word before them at the end of a line: « CDI : pages blanches »."""
    for sign in ":;!?»":
        text = text.replace(f" {sign}", f"{NBSP}{sign}")
    return text.replace("« ", f"«{NBSP}")


#: Jinja filter -> function; `ago` is not among them, since it needs the clock.
FILTERS = {
    "date": french_date,
    "short_date": short_date,
    "unbroken": unbroken,
    "datetime": french_datetime,
    "number": number,
    "duration": duration,
    "worked": worked,
    "span": span,
    "option_list": option_list,
    "at": wording.at,
    "of": wording.of,
    "to": wording.to,
    "small": wording.small,
    "verb": verb,
}
