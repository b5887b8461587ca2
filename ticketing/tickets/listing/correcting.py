"""A search that finds nothing, asked again with its typing errors corrected.

Words of corrections come from the newest tickets of the reader's own perimeter, by the join of `ticket_scope` that
every read makes: their titles and people, and from the index what every reader of them may find (not what one side
alone may read, nor any key). The corrected search runs within the perimeter too, and a correction is told only if it
finds a ticket there. So nobody learns a word of a ticket out of sight, neither by reading it nor by its absence.
"""

# ruff: noqa: S608 (the statements are built of constants only; everything that is typed is bound)

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from sqlalchemy import text

from charters.database import db
from charters.model import Perimeter
from matrix import french
from ticketing.in_force import routing
from ticketing.model import Filters
from ticketing.search import places, query, spelling
from ticketing.search.query import Wanted
from ticketing.tickets import lists
from ticketing.views import Page

#: The newest tickets of the perimeter whose titles and people, and whose indexed words, are read.
TITLES_MAX, INDEXED_MAX = 1_500, 400
#: The most words of a search that are taken for typing errors; more are no typing errors.
CORRECTED_MAX = 3
_NEWEST = "SELECT ticket_id FROM ticket_scope WHERE key = :key ORDER BY ticket_id DESC LIMIT :most"
_HEADINGS = text(
    "SELECT DISTINCT t.title, t.opened_by_name, t.assignee_name, t.on_behalf_of, t.asset, t.etablissement_name "
    f"FROM ({_NEWEST}) s JOIN ticket t ON t.number = s.ticket_id"
)
_INDEXED = {
    "sqlite": text(f"SELECT f.words FROM ({_NEWEST}) s JOIN ticket_search f ON f.rowid = s.ticket_id"),
    "postgresql": text(
        "SELECT array_to_string(tsvector_to_array(f.document), ' ') "
        f"FROM ({_NEWEST}) s JOIN ticket_search f ON f.ticket_id = s.ticket_id"
    ),
}


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a corrected search finds: its page, and for each corrected word what was looked for in its place."""

    page: Page
    words: tuple[tuple[str, tuple[str, ...]], ...]
    wanted: tuple[Wanted, ...]


def corrected(own: Perimeter, filters: Filters, cursor: str | None, now: datetime, size: int = 25) -> Corrected | None:
    """Return what a search finds once its errors are corrected; None where nothing may be one, or nothing is found."""
    if own.key is None or not filters.text:
        return None
    known = places.places(routing.router().conventions)
    wanted = query.query(filters.text, known)
    headings = _words_of_headings(own.key)
    stems = set(chain.from_iterable(map(french.forms, headings)))
    unknown = [one for one in wanted if not one.keys and not stems.intersection(one.forms)]
    indexed = _indexed(own.key) if unknown else set()
    unknown = [one for one in unknown if not indexed.intersection(one.forms)]
    if len(unknown) > CORRECTED_MAX:  # each is compared with thousands of words, and all of them must be found
        return None
    asked: list[Wanted] = []
    told: list[tuple[str, tuple[str, ...]]] = []
    for one in wanted:
        near: tuple[str, ...] = ()
        if any(one is other for other in unknown):
            near = spelling.nearest(one.typed, headings | known.words) or _near_stems(one, indexed)
        asked.append(_instead(one, near, known) if near else one)
        if near:
            told.append((one.typed, near))
    if not told:
        return None
    page = lists.search(own, filters, asked, cursor, now, size)
    return Corrected(page, tuple(told), tuple(asked)) if page.rows else None


def _instead(one: Wanted, near: Iterable[str], known: places.Places) -> Wanted:
    """Return what the index is asked for in the place of a word: all that its corrections find."""
    found = list(chain.from_iterable(query.query(word, known) for word in near))
    forms = chain(one.forms, *(other.forms for other in found))
    return replace(one, forms=tuple(dict.fromkeys(forms)), keys=tuple(chain(*(other.keys for other in found))))


def _near_stems(one: Wanted, indexed: set[str]) -> tuple[str, ...]:
    """Return the indexed stems one error away from the stem of a word."""
    for form in one.forms:
        near = tuple(stem for stem in spelling.nearest(form, indexed) if spelling.distance(form, stem, 1) is not None)
        if near:
            return near
    return ()


def _words_of_headings(key: str) -> set[str]:
    """Return the words of the titles, people, machines and établissements of the newest tickets of a perimeter."""
    rows = db.session.execute(_HEADINGS, {"key": key, "most": TITLES_MAX})
    said = dict.fromkeys(value for row in rows for value in row if value)
    return {word.text for value in said for word in french.words(value) if len(word.text) >= spelling.LETTERS_MIN}


def _indexed(key: str) -> set[str]:
    """Return the indexed words of the newest tickets of a perimeter, but those that one side alone may read."""
    dialect = db.session.get_bind().dialect.name
    found: set[str] = set()
    for (tokens,) in db.session.execute(_INDEXED[dialect], {"key": key, "most": INDEXED_MAX}):
        found.update((tokens or "").split())
    if dialect == "postgresql":  # keys begin with « k » and a side's own words with « n »: see `search.index`
        found = {token[1:] for token in found if token.startswith("w")}
    return {token for token in found if len(token) >= spelling.LETTERS_MIN}
