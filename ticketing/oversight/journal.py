"""Read the journal as an administrator: in pages, newest first and searched, or as a file from its beginning.

A page of a search looks through a bounded number of lines, then says how far it looked: no page costs more than
another, however long the journal is.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from charters.database import reading, writing, written_at
from charters.days import PARIS
from charters.journal import audit
from charters.model import Actor
from charters.tables.access import Account, JournalHead, JournalLine
from ticketing.documents import tabular
from ticketing.errors import Invalid
from ticketing.oversight.journal_labels import codes_of, said

SIZE = 50
#: How many lines a page looks through for words, which no index holds; more if an index narrows them first.
SPAN, SPAN_NARROWED = 50_000, 500_000
BATCH = 1000
WORDS_MAX = 100
ZONES = {"internet": "internet", "intranet": "intranet", "mail": "courriel"}
FORMATS = {"csv": "CSV", "jsonl": "JSON, une ligne chacun"}
HEADINGS = (
    "Ligne",
    "Instant (UTC)",
    "Événement",
    "Code",
    "Sigle",
    "Zone",
    "Sujet",
    "Détails",
    "Empreinte précédente",
    "Empreinte",
)
DAY = timedelta(days=1)

audit.label("journal.exported", "Journal exporté")

_COLUMNS: Any = JournalLine.__table__.c


@dataclass(frozen=True, slots=True)
class Wanted:
    """Holds the search criteria; empty ones match all. `subject` and `words` match parts of texts; days are inclusive.

    `without` are organisations for whose people another académie answers: neither their acts nor acts on them are
    shown. Everybody sees what Guichet does by itself, and attempts under a sigle that nobody has.
    """

    event: str = ""
    sigle: str = ""
    zone: str = ""
    subject: str = ""
    words: str = ""
    since: date | None = None
    until: date | None = None
    without: Collection[str] = ()

    @property
    def searches(self) -> bool:
        """Return whether the criteria are in no index, so that lines must be looked through."""
        return bool(self.zone or self.subject or self.words)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A line as shown: `details` are (label, value) in the order of the keys."""

    number: int
    at: datetime
    event: str
    label: str
    sigle: str
    zone: str
    subject: str
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Some lines, newest first, and the numbers from which the neighbouring pages start (None if there is no page).

    `looked` is the first and the last line looked at, if the search stopped before the end.
    """

    entries: tuple[JournalEntry, ...]
    newer: int | None
    older: int | None
    looked: tuple[int, int] | None = None


def wanted(typed: Mapping[str, str]) -> Wanted:
    """Return the criteria of a form (evenement, sigle, zone, sujet, mots, du, au). Raises Invalid, with one sentence
    for each field.
    """
    faults: dict[str, str] = {}
    since, until = (_day(typed.get(name, ""), name, faults) for name in ("du", "au"))
    if since and until and until < since:
        faults["au"] = "Ce jour est avant le premier."
    if faults:
        raise Invalid(faults)
    zone = typed.get("zone", "")
    return Wanted(
        typed.get("evenement", "")[:48],
        typed.get("sigle", "").strip().lower()[:32],
        zone if zone in ZONES else "",
        " ".join(typed.get("sujet", "").split())[:WORDS_MAX],
        " ".join(typed.get("mots", "").split())[:WORDS_MAX],
        since,
        until,
    )


def _day(text: str, name: str, faults: dict[str, str]) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        faults[name] = "Donnez un jour, par exemple 2026-11-25."
        return None


def page(
    asked: Wanted, before: int | None, after: int | None, size: int = SIZE, span: int | None = None
) -> JournalPage:
    """Return the lines wanted: those below the number `before`, or above `after`, or else the newest."""
    span = span or (SPAN_NARROWED if asked.event or asked.sigle else SPAN)
    with reading() as session:
        low, high = _bounds(session, asked)
        if after is not None:
            start = max(low, after + 1)
            stop = min(high, start + span - 1) if asked.searches else high
        else:
            stop = high if before is None else min(high, before - 1)
            start = max(low, stop - span + 1) if asked.searches else low
        order = _COLUMNS.number if after is not None else _COLUMNS.number.desc()
        rows = list(
            session.execute(
                select(_COLUMNS)
                .where(*_where(asked), _COLUMNS.number.between(start, stop))
                .order_by(order)
                .limit(size + 1)
            )
        )
    more, rows = len(rows) > size, rows[:size]
    if after is not None:
        rows.reverse()
    entries = tuple(_entry(row) for row in rows)
    first, last = (entries[0].number, entries[-1].number) if entries else (stop, start)
    newer = first if (more if after is not None else before is not None) or stop < high else None
    older = last if (more if after is None else bool(entries)) else start if start > low else None
    cut = asked.searches and not more and (start > low if after is None else stop < high)
    return JournalPage(entries, newer, older, (start, stop) if cut else None)


#: Higher than any number that a line may have.
_LAST = 2**31 - 1


def _bounds(session: Any, asked: Wanted) -> tuple[int, int]:
    """Return the first and last numbers between the days, allowing for a clock that was wrong by less than a day."""
    low, high = 1, _LAST
    if asked.since is not None:
        begins = _midnight(asked.since)
        low = (
            _numbered(session, func.min, _COLUMNS.at.between(begins, begins + DAY))
            or session.scalar(select(_COLUMNS.number).where(_COLUMNS.at >= begins).order_by(_COLUMNS.at).limit(1))
            or _LAST
        )
    if asked.until is not None:
        ends = _midnight(asked.until + DAY)
        high = (
            _numbered(session, func.max, _COLUMNS.at.between(ends - DAY, ends))
            or session.scalar(select(_COLUMNS.number).where(_COLUMNS.at < ends).order_by(_COLUMNS.at.desc()).limit(1))
            or 0
        )
    if asked.searches:
        head = session.execute(select(JournalHead.number, JournalHead.base_number)).one()
        low, high = max(low, head.base_number + 1), min(high, head.number)
    return low, high


def _numbered(session: Any, edge: Any, within: Any) -> int | None:
    found: int | None = session.scalar(select(edge(_COLUMNS.number)).where(within))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


def _where(asked: Wanted) -> list[Any]:
    chosen = []
    for name in ("event", "sigle", "zone"):
        if value := getattr(asked, name):
            chosen.append(_COLUMNS[name] == value)
    if asked.without:
        others = select(Account.sigle).where(Account.organisation.in_(asked.without))
        chosen += [_COLUMNS.sigle.not_in(others), _COLUMNS.subject.not_in(others)]
    if asked.since is not None:
        chosen.append(_COLUMNS.at >= _midnight(asked.since))
    if asked.until is not None:
        chosen.append(_COLUMNS.at < _midnight(asked.until + DAY))
    if asked.subject:
        chosen.append(_holds(_COLUMNS.subject, asked.subject))
    if asked.words:  # compared with the canonical JSON, which escapes what is not ASCII
        chosen.append(
            or_(
                *(
                    _holds(_COLUMNS.details, json.dumps(form)[1:-1])
                    for form in sorted(
                        {
                            asked.words,
                            asked.words.lower(),
                            asked.words.upper(),
                            asked.words.capitalize(),
                            *codes_of(asked.words),
                        }
                    )
                )
            )
        )
    return chosen


def _holds(column: Any, text: str) -> Any:
    return func.lower(column).contains(text.lower(), autoescape=True)


def events() -> list[tuple[str, str]]:
    """Return every event that has a label, by label, for the filter."""
    return sorted(audit.LABELS.items(), key=lambda pair: pair[1].casefold())


def _entry(row: Any) -> JournalEntry:
    return JournalEntry(
        row.number,
        row.at,
        row.event,
        audit.label(row.event),
        row.sigle,
        row.zone,
        row.subject,
        said(row.details, event=row.event),
    )


# --- as a file ------------------------------------------------------------------------------------------------------


def export(actor: Actor, asked: Wanted, form: str, now: datetime) -> Iterator[str]:
    """Yield the lines wanted, oldest first, as the pieces of a file; the journal records it in a line not in the file.

    `form` is « csv » (formula-safe, for a French spreadsheet) or « jsonl », which holds all that the hashes are made
    of.
    """
    with writing() as session:
        now = written_at(now)
        last = session.scalar(select(JournalHead.number)) or 0
        audit.record(
            "journal.exported",
            actor=actor,
            subject=f"jusqu’à la ligne {last}",
            now=now,
            details={
                "format": form,
                "event": asked.event,
                "sigle": asked.sigle,
                "zone": asked.zone,
                "subject": asked.subject,
                "words": bool(asked.words),
                "from": asked.since.isoformat() if asked.since else "",
                "until": asked.until.isoformat() if asked.until else "",
            },
        )
    return _pieces(asked, form, last)


def _pieces(asked: Wanted, form: str, last: int) -> Iterator[str]:
    if form == "csv":
        yield tabular.csv_text([HEADINGS])
    with reading() as session:
        number, high = (bound + shift for bound, shift in zip(_bounds(session, asked), (-1, 0), strict=True))
    while True:
        with reading() as session:
            rows = list(
                session.execute(
                    select(_COLUMNS)
                    .where(*_where(asked), _COLUMNS.number > number, _COLUMNS.number <= min(high, last))
                    .order_by(_COLUMNS.number)
                    .limit(BATCH)
                )
            )
        if not rows:
            return
        number = rows[-1].number
        yield _csv(rows) if form == "csv" else "".join(map(_json, rows))


def _csv(rows: list[Any]) -> str:
    return tabular.csv_text(
        (
            row.number,
            _utc(row.at),
            audit.label(row.event),
            row.event,
            row.sigle,
            row.zone,
            row.subject,
            " · ".join(f"{label} : {value}" for label, value in said(row.details, whole=True, event=row.event)),
            row.previous_hash,
            row.hash,
        )
        for row in rows
    ).removeprefix(tabular.BOM)


def _json(row: Any) -> str:
    values = {name: getattr(row, name) for name in ("number", "event", "sigle", "zone", "subject", "details")}
    values |= {"at": _utc(row.at), "previous_hash": row.previous_hash, "hash": row.hash}
    return json.dumps(values, ensure_ascii=False, sort_keys=True) + "\n"


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
