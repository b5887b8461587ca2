"""Views of lists and questions to the figures, kept under a name: one's own, and those shared inside the side.

A view is an address of filters on a page (`PAGES`). Nothing of its author's perimeter is in it: it is read in the
reader's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import Boolean, Integer, String, column, func, select, text

from charters.database import writing, written_at
from charters.journal import audit
from charters.model import Actor
from charters.statements import Fixed
from matrix.wording import enumeration
from ticketing import model, pupils
from ticketing.errors import Invalid, NotFound
from ticketing.workbench import owned
from ticketing.workbench.owned import not_another_s, side_of
from ticketing.workbench.tables import FILTERS_MAX, TITLE_MAX, SavedView

audit.label("view.shared", "Vue partagée dans la partie")
audit.label("view.unshared", "Vue partagée retirée")
audit.label("question.shared", "Question aux chiffres partagée dans la partie")
audit.label("question.unshared", "Question aux chiffres partagée retirée")


@dataclass(frozen=True, slots=True)
class Page:
    """What is kept of a page: its journal events, and how sentences name one, several, and what is read."""

    shared: str
    unshared: str
    one: str
    many: str
    read: str


TICKETS, FIGURES = "tickets", "chiffres"
PAGES = {
    TICKETS: Page("view.shared", "view.unshared", "vue", "vues", "liste"),
    FIGURES: Page("question.shared", "question.unshared", "question", "questions", "question"),
}

#: The most views of a person, and the most that a side shares.
MOST = 20
_VIEWS = Fixed(
    text(
        "SELECT id, title, filters, shared FROM saved_view WHERE side = :side AND page = :page "
        "AND (account_id = :account OR shared) ORDER BY shared, id"
    ).columns(column("id", Integer), column("title", String), column("filters", String), column("shared", Boolean))
)


@dataclass(frozen=True, slots=True)
class View:
    """A view as its readers see it; `shared` ones are everybody's of the side."""

    id: int
    title: str
    filters: str
    shared: bool

    @classmethod
    def of(cls, row: Any) -> View:
        """Return the view that a row says."""
        return cls(row.id, row.title, row.filters, bool(row.shared))


def views(actor: Actor, page: str = TICKETS) -> tuple[View, ...]:
    """Return what the actor keeps of a page under this mandate: the actor's own first, then what the side shares."""
    side = owned.bench_of(actor)
    if side is None:
        return ()
    rows = _VIEWS.run({"side": side, "account": actor.account_id, "page": page})
    return tuple(map(View.of, rows))


def view(actor: Actor, view_id: int, page: str) -> View:
    """Return one thing that the actor keeps of a page, or that the side shares. Raises NotFound."""
    found = next((one for one in views(actor, page) if one.id == view_id), None)
    if found is None:
        raise NotFound
    return found


def keep(actor: Actor, title: str, filters: str, shared: bool, now: datetime, page: str = TICKETS) -> int:
    """Keep a page under a name, in the place of what had this name there; return its number.

    Raises Invalid, Refused, NotFound.
    """
    side, title, says = side_of(actor, shared), model.clean_line(title), PAGES[page]
    if not title or len(title) > TITLE_MAX:
        raise Invalid({"title": f"Donnez un nom à cette {says.one}, de {TITLE_MAX} caractères au plus."})
    if found := pupils.found((title, *(value for _, value in parse_qsl(filters)))):
        signs = enumeration(found.signs)
        raise Invalid({"title": f"Cette {says.one} semble contenir {signs} : cherchez sans la garder."})
    if len(filters) > FILTERS_MAX:
        raise Invalid({"title": f"Cette {says.read} a trop de filtres pour être gardée."})
    with writing() as session:
        now = written_at(now)
        own = (*owned.among(SavedView, actor, side, shared), SavedView.page == page)
        known = session.scalars(select(SavedView).where(*own, SavedView.title == title)).first()
        if known is not None:
            not_another_s(actor, known.account_id, f"Une {says.one}")
            known.filters, known.at, row = filters, now, known
        elif (session.scalar(select(func.count()).select_from(SavedView).where(*own)) or 0) >= MOST:
            raise Invalid({"title": f"{MOST} {says.many} sont déjà gardées : retirez-en une d’abord."})
        else:
            row = SavedView(side=side, account_id=actor.account_id, shared=shared, title=title, filters=filters, at=now)
            row.page = page
            session.add(row)
            session.flush()
        if shared:
            audit.record(says.shared, actor=actor, subject=side, now=now)
        return row.id


def remove(actor: Actor, view_id: int, now: datetime, page: str = TICKETS) -> None:
    """Remove what is kept of a page: one's own, or what the side shares if one may share. Raises NotFound, Refused."""
    view(actor, view_id, page)
    owned.remove(SavedView, view_id, PAGES[page].unshared, actor, now)
