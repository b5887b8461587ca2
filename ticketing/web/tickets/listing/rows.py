"""The rows of a list: each as HTML from the cache of pieces, with the columns that the list shows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from markupsafe import Markup

from ticketing import views
from ticketing.search import marks
from ticketing.search.marks import Piece
from ticketing.steps import ENTRIES
from ticketing.web.pieces import path_of, piece
from ticketing.web.tickets import plain_labels
from ticketing.web.tickets.listing import states, why
from ticketing.web.tickets.listing.states import Reader

#: Column -> its heading.
HEADINGS = {
    "etablissement": "Établissement",
    "sujet": "Sujet",
    "demande": "Demande",
    "etat": "Où cela en est",
    "chez": "Chez",
    "agent": "En charge",
    "demandeur": "Demandé par",
    "date": "Date",
    "change": "Changé le",
    "pourquoi": "Pourquoi ici",
}
USUAL = ("etablissement", "sujet", "etat", "date")


def columns(reader: Reader, asked: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the columns of a list besides the box to tick, number and title: those asked for, else the usual ones."""
    wanted = [name for name in HEADINGS if name in asked]
    return tuple(wanted) or tuple(name for name in USUAL if name != "etablissement" or not reader.of_college)


def line(
    row: views.ListRow, reader: Reader, shown: Sequence[str], now: datetime, forms: Collection[str] = ()
) -> Markup:
    """Return a row as HTML. Everything that it shows is its cache key; the reader counts by the words shown only.

    `forms` are those that a search looks for: they are marked in the title, or else in an excerpt of the text.
    """
    told, confirmable = states.in_words(row, reader), states.confirmable(row, reader)
    elsewhere = row.holder_organisation != reader.scope
    title: tuple[Piece, ...] = ()
    around: tuple[Piece, ...] = ()
    if forms:
        title = marks.marked(row.title, forms)
        around = () if any(one.marked for one in title) else marks.excerpt(row.body, forms)
    kept, news = replace(row, body="") if row.body else row, ENTRIES[row.news].title if row.news in ENTRIES else ""
    reason = why.why(row, now, news) if "pourquoi" in shown else ""
    return piece(
        "tickets/lists/row.html",
        "row",
        (kept, tuple(shown), told, confirmable, elsewhere, title, around, reader.may_work, news, reason),
        kept,
        tuple(shown),
        told,
        confirmable,
        elsewhere,
        lambda: plain_labels.plain_label(row.service) or row.service_label,
        lambda: plain_labels.plain_activity(row.activity_label),
        lambda: path_of("tickets.show", number=row.number),
        title or (Piece(row.title),),
        around,
        reader.may_work,
        news,
        reason,
    )
