"""The bar above a list: which list it is, the states as tabs with their counts, the late tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import url_for

from ticketing import model
from ticketing.tickets.counts import LATE_MAX
from ticketing.web.tickets.listing.asked import ADDRESS, Asked
from ticketing.workbench.views import View

_TABS = {
    "open": "Ouverts",
    "new": "Nouveaux",
    "in_progress": "En cours",
    "on_hold": "En attente",
    "resolved": "Résolus",
    "closed": "Clos",
    "all": "Tous",
}
#: What an address may say besides without changing which tickets the tabs count: state, columns, sort.
_SAME_TICKETS = frozenset({"suivis", "etat", "col", "tri"})


@dataclass(frozen=True, slots=True)
class Tab:
    """A link to a part of the list, with its count as text (empty: not counted)."""

    label: str
    href: str
    current: bool
    count: int | None = None
    look: str = ""
    said: str = ""
    key: str = ""


def tabs(asked: Asked, counts: Mapping[str, int]) -> list[Tab]:
    """Return the states of the list as tabs; late tickets have one while there are any, and no other filter is set."""
    totals = {**counts, "all": sum(counts[name] for name in model.State)}
    counted = not asked.kept.keys() - _SAME_TICKETS  # the counts know states only, not searches
    shown = [
        Tab(
            label,
            asked.href(etat=ADDRESS[state]),
            state == asked.looked_at,
            totals[state] if counted else None,
            key=state if counted else "",
        )
        for state, label in _TABS.items()
    ]
    if counts["late"] and counted:
        late = "100 ou plus" if counts["late"] >= LATE_MAX else str(counts["late"])
        href, current = asked.href(etat=ADDRESS["late"]), asked.looked_at == "late"
        shown.insert(
            1,
            Tab(
                f"{late} en retard", href, current, None, "late", " sur le délai d’un texte ou sur ce qui a été promis"
            ),
        )
    return shown


@dataclass(frozen=True, slots=True)
class Sort:
    """How a list is sorted by date, as its heading says it, and the address of the next way."""

    aria: str
    sign: str
    href: str
    title: str


def sort(asked: Asked) -> Sort:
    """Return the sort of a list: as it comes, then the newest first, then the oldest first, in turn."""
    match asked["tri"]:
        case "recents":
            return Sort("descending", "↓", asked.href(tri="anciens"), "Les plus anciens d’abord")
        case "anciens":
            return Sort("ascending", "↑", asked.href(tri=None), "L’ordre de la file")
    return Sort("none", "", asked.href(tri="recents"), "Les plus récents d’abord")


def views(asked: Asked, whole: str, *, two: bool, may_open: bool) -> list[Tab]:
    """Return the lists that the reader may choose from, the one shown marked.

    `whole` names the list of the mandate, which is two if more is followed than waits on the reader's side.
    """
    lists = [("", "À traiter par nous"), ("suivis", "Tout ce que nous suivons")] if two else [("", whole)]
    if may_open:
        lists.append(("demandes", "Mes demandes"))
    shown = "demandes" if asked["demandes"] else "suivis" if two and (asked["suivis"] or asked["q"]) else ""
    clear: dict[str, str | None] = {"suivis": None, "demandes": None, "q": None}
    return [
        Tab(label, asked.href(**{**clear, **({name: "1"} if name else {})}), name == shown) for name, label in lists
    ]


@dataclass(frozen=True, slots=True)
class KeptView:
    """A view that is kept: its name, its address, whether it is the list shown, its key after « g » (0: none)."""

    id: int
    label: str
    href: str
    shared: bool
    current: bool
    key: int


def query(asked: Asked) -> str:
    """Return the filters of a list as the text of an address, in the order of all addresses."""
    return urlencode(asked.kept)


def kept(asked: Asked, views: Sequence[View]) -> list[KeptView]:
    """Return the views that are kept, for the head of the list; the first nine have a key."""
    here, list_page = query(asked), url_for("tickets.index")
    return [
        KeptView(
            one.id,
            one.title,
            f"{list_page}?{one.filters}" if one.filters else list_page,
            one.shared,
            one.filters == here,
            rank if rank <= 9 else 0,
        )
        for rank, one in enumerate(views, 1)
    ]
