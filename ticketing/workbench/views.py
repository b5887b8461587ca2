"""Views of lists kept under a name: one's own, and those that a référent shares inside the side.

A view is an address of filters. Nothing of its author's perimeter is in it: it is read in the reader's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from sqlalchemy import Boolean, Integer, String, column, func, select, text

from charters.database import writing, written_at
from charters.journal import audit
from charters.model import Actor
from charters.permissions import perimeter
from charters.statements import Fixed
from matrix.wording import enumeration
from ticketing import model, pupils
from ticketing.errors import Invalid
from ticketing.workbench import owned
from ticketing.workbench.owned import not_another_s, side_of
from ticketing.workbench.tables import FILTERS_MAX, TITLE_MAX, SavedView

audit.label("view.shared", "Vue partagée dans la partie")
audit.label("view.unshared", "Vue partagée retirée")

#: The most views of a person, and the most that a side shares.
MOST = 20
_VIEWS = Fixed(
    text(
        "SELECT id, title, filters, shared FROM saved_view WHERE side = :side AND (account_id = :account OR shared) "
        "ORDER BY shared, id"
    ).columns(column("id", Integer), column("title", String), column("filters", String), column("shared", Boolean))
)


@dataclass(frozen=True, slots=True)
class View:
    """A view as its readers see it; `shared` ones are everybody's of the side."""

    id: int
    title: str
    filters: str
    shared: bool


def views(actor: Actor) -> tuple[View, ...]:
    """Return the views of the actor under this mandate: the actor's own first, then those of the side."""
    side = perimeter(actor).side
    if side is None:
        return ()
    rows = _VIEWS.run({"side": side, "account": actor.account_id})
    return tuple(View(row.id, row.title, row.filters, bool(row.shared)) for row in rows)


def keep(actor: Actor, title: str, filters: str, shared: bool, now: datetime) -> None:
    """Keep a list under a name, in the place of the view that had this name. Raises Invalid, Refused, NotFound."""
    side, title = side_of(actor, shared), model.clean_line(title)
    if not title or len(title) > TITLE_MAX:
        raise Invalid({"title": f"Donnez un nom à cette vue, de {TITLE_MAX} caractères au plus."})
    if found := pupils.found((title, *(value for _, value in parse_qsl(filters)))):
        raise Invalid({"title": f"Cette vue semble contenir {enumeration(found.signs)} : cherchez sans la garder."})
    if len(filters) > FILTERS_MAX:
        raise Invalid({"title": "Cette liste a trop de filtres pour être gardée."})
    with writing() as session:
        now = written_at(now)
        own = owned.among(SavedView, actor, side, shared)
        known = session.scalars(select(SavedView).where(*own, SavedView.title == title)).first()
        if known is not None:
            not_another_s(actor, known.account_id, "Une vue")
            known.filters, known.at = filters, now
        elif (session.scalar(select(func.count()).select_from(SavedView).where(*own)) or 0) >= MOST:
            raise Invalid({"title": f"{MOST} vues sont déjà gardées : retirez-en une d’abord."})
        else:
            session.add(
                SavedView(side=side, account_id=actor.account_id, shared=shared, title=title, filters=filters, at=now)
            )
        if shared:
            audit.record("view.shared", actor=actor, subject=side, now=now)


def remove(actor: Actor, view_id: int, now: datetime) -> None:
    """Remove a view: one's own, or a shared one of one's side if one may share. Raises NotFound or Refused."""
    owned.remove(SavedView, view_id, "view.unshared", actor, now)
