"""Page of the queue: the tickets of the active mandate, filtered, searched, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from charters.model import Perimeter, Role
from charters.permissions import Action, held
from matrix.conventions import Conventions
from matrix.model import Etablissement
from matrix.uai import as_kept
from matrix.wording import with_sites
from ticketing import model, views
from ticketing.search import query
from ticketing.search.places import places
from ticketing.tickets import desk, queries
from ticketing.web import frame
from ticketing.web.pieces import path_of, piece
from ticketing.web.tickets import plain_labels
from ticketing.web.tickets.page import blueprint, may

STATES = ("open", "new", "in_progress", "on_hold", "resolved", "closed", "all")


_TABS = {
    "open": "Ouverts",
    "new": "Nouveaux",
    "in_progress": "En cours",
    "on_hold": "En attente",
    "resolved": "Résolus",
    "closed": "Clos",
    "all": "Tous",
}


#: State of the list -> its word in the address. « late » has no tab: the count in the header leads there.
_ADDRESS = {
    "open": "ouverts",
    "new": "nouveaux",
    "in_progress": "en-cours",
    "on_hold": "en-attente",
    "resolved": "resolus",
    "closed": "clos",
    "all": "tous",
    "late": "en-retard",
}


_STATE_OF = {word: state for state, word in _ADDRESS.items()}


_OF_THE_COLLEGE = (Role.CMI, Role.CHEF, Role.RESEAU)


@dataclass(frozen=True, slots=True)
class Tab:
    """A link to a part of the list, with its count."""

    label: str
    href: str
    current: bool
    count: int | None


def install(app: Flask) -> None:
    """Give the templates the filter that writes activities in plain words."""
    app.jinja_env.filters["plain_activity"] = plain_labels.plain_activity


@blueprint.get("/tickets")
def index() -> ResponseReturnValue:
    """Show the queue of the active mandate; filters, search and page (keyset) are all in the address.

    People who follow more tickets than wait on their own side see the latter, unless they ask for all, or search.
    """
    asked, notice = _asked(request.args)
    waiting = held(g.actor)
    own = waiting if waiting is not None and not asked["suivis"] and not asked["q"] else g.perimeter
    state = _STATE_OF.get(asked["etat"])
    page, notice = _rows(own, _filters(state, asked), notice)
    facets = queries.facets(own)
    counts = queries.counts(own, g.now)
    keep = {key: value for key, value in asked.items() if value}
    narrowed = any(asked[key] for key in ("q", "college", "service", "miens"))
    return render_template(
        "tickets/list.html",
        page=page,
        asked=asked,
        narrowed=narrowed,
        notice=notice,
        tabs=_tabs(counts, state, asked, keep),
        views=_views(waiting is not None, own is waiting, keep),
        place=frame.scope_name(g.actor.mandate.scope_id),
        etablissements=_etablissements(facets.etablissements),
        services=[(choice.id, choice.label) for choice in facets.services],
        may_open=may(Action.OPEN),
        may_take=may(Action.WORK),
        line=_line,
        previous_href=_href(keep, page.previous),
        next_href=_href(keep, page.next),
        late=counts["late"],
        late_href=url_for("tickets.index", etat=_ADDRESS["late"], suivis=asked["suivis"] or None),
        **_words_of_list(state, asked, narrowed),
    )


def _filters(state: str | None, asked: Mapping[str, str]) -> model.Filters:
    """Return the filters of the list, from those of the address."""
    looked_at = state or ("all" if asked["q"] else "open")
    return model.Filters(
        state=None if state == "late" else state,
        late=state == "late",
        etablissement=asked["college"] or None,
        service=asked["service"] or None,
        mine=g.actor.account_id if asked["miens"] else None,
        text=asked["q"] or None,
        sort="due" if looked_at in ("open", "late", *model.OPEN_STATES) else "newest",
    )


def _rows(perimeter: Perimeter, filters: model.Filters, notice: str) -> tuple[views.Page, str]:
    """Return the page of the list that the address names, and a notice about it."""
    try:
        return queries.queue(perimeter, filters, request.args.get("suite") or None, g.now), notice
    except ValueError:  # a cursor that was cut or changed by hand
        page = queries.queue(perimeter, filters, None, g.now)
        return page, "Cette adresse n’est plus bonne : voici le début de la liste."


def _asked(args: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Return the filters that the address holds, and a notice about those without a meaning."""
    names = ("etat", "college", "service", "miens", "suivis", "q")
    asked = {name: " ".join(args.get(name, "").replace("\x00", "").split())[:100] for name in names}
    asked["college"] = as_kept(asked["college"])
    for switch in ("miens", "suivis"):
        asked[switch] = "1" if asked[switch] else ""
    if asked["etat"] and asked["etat"] not in _STATE_OF:
        asked["etat"] = ""
        return asked, "Cet état n’existe pas : voici les tickets ouverts."
    return asked, ""


def _tabs(counts: Mapping[str, int], state: str | None, asked: Mapping[str, str], keep: Mapping[str, str]) -> list[Tab]:
    current = state or ("all" if asked["q"] else "open")
    totals = {**counts, "all": sum(counts[name] for name in model.State)}
    others: dict[str, Any] = {key: value for key, value in keep.items() if key != "etat"}
    counted = not others.keys() - {"suivis"}  # the counts know states only, not searches
    return [
        Tab(
            _TABS[key],
            url_for("tickets.index", **others, etat=_ADDRESS[key]),
            key == current,
            totals[key] if counted else None,
        )
        for key in STATES
    ]


def _views(two: bool, waiting: bool, keep: Mapping[str, str]) -> list[Tab]:
    """Return the two lists of people who follow more tickets than wait on their own side; none for others."""
    if not two:
        return []
    others: dict[str, Any] = {key: value for key, value in keep.items() if key not in ("suivis", "q")}
    return [
        Tab("À traiter par nous", url_for("tickets.index", **others), waiting, None),
        Tab("Tout ce que nous suivons", url_for("tickets.index", **others, suivis="1"), not waiting, None),
    ]


def _href(keep: Mapping[str, Any], cursor: str | None) -> str | None:
    return url_for("tickets.index", **keep, suite=cursor) if cursor else None


def _line(row: views.ListRow) -> Markup:
    """Return a line of the queue as HTML; everything that it shows is its cache key."""
    own, other = frame.scope_name(g.actor.mandate.scope_id), g.actor.role not in _OF_THE_COLLEGE
    return piece(
        "tickets/pieces.html",
        "row",
        (row, own, other),
        row,
        own,
        other,
        lambda: plain_labels.plain_label(row.service) or row.service_label,
        lambda: plain_labels.plain_activity(row.activity_label),
        lambda: path_of("tickets.show", number=row.number),
    )


def _words_of_list(state: str | None, asked: Mapping[str, str], narrowed: bool) -> dict[str, Any]:
    """Return the title of the list, its lead, and the message shown when it has no rows."""
    college = g.actor.role in _OF_THE_COLLEGE
    heading = "Les tickets du collège" if college else "File d’attente"
    if g.actor.role is Role.RESEAU:
        heading = "Vos tickets"
    lead = "" if college else "Ce qui attend : d’abord ce dont un texte fixe le délai, puis le plus ancien."
    if state == "late":
        lead = "Les tickets ouverts dont le délai que le texte fixe est passé."
    elif asked["suivis"]:
        lead = "Ce que vous traitez, avez traité, ou à quoi vous contribuez."
    elif asked["q"] and not college:
        lead = "Recherche dans tous les tickets que vous suivez."
    title, sentence, href, label = _when_nothing_found(asked) if asked["q"] else _when_empty(state, narrowed)
    return {
        "heading": heading,
        "lead": lead,
        "empty_title": title,
        "empty_text": sentence,
        "empty_href": href,
        "empty_label": label,
    }


def _when_nothing_found(asked: Mapping[str, str]) -> tuple[str, str, str | None, str | None]:
    """Return what `_when_empty` does for a search: what was looked for, and the way to look everywhere."""
    told, left = query.heard(asked["q"], places(desk.router().conventions))
    title = f"Rien ne correspond à «\u00a0{asked['q']}\u00a0»"
    if not told:
        return title, "Écrivez au moins un mot ou un numéro.", url_for("tickets.index"), "Tout effacer"
    sentence = f"Cherché : {_quoted(told)}." if len(told) == 1 else f"Cherchés ensemble : {_quoted(told)}."
    if left:
        sentence += f" Laissés de côté : {_quoted(left)}."
    if any(asked[name] for name in ("etat", "college", "service", "miens")):
        everywhere = url_for("tickets.index", q=asked["q"], suivis=asked["suivis"] or None)
        return title, f"{sentence} Les filtres limitent la recherche.", everywhere, "Chercher sans les filtres"
    return title, f"{sentence} Un mot de moins trouve davantage.", url_for("tickets.index"), "Tout effacer"


def _quoted(found: Sequence[str]) -> str:
    return ", ".join(f"«\u00a0{word}\u00a0»" for word in found)


def _when_empty(state: str | None, narrowed: bool) -> tuple[str, str, str | None, str | None]:
    """Return title, sentence, address and label of the button for a list without rows."""
    if narrowed:
        return (
            "Rien ne correspond",
            "Essayez d’autres mots, un autre état, ou effacez les filtres.",
            url_for("tickets.index"),
            "Tout effacer",
        )
    if state == "late":
        return "Aucun ticket en retard", "Aucun délai que le texte fixe n’est passé.", None, None
    if state not in (None, "open"):
        return "Aucun ticket dans cet état", "", None, None
    if may(Action.OPEN):
        return (
            "Aucun ticket ouvert",
            "Une panne, une question, un besoin ? Ouvrez un ticket.",
            url_for("opening.form"),
            "Ouvrir un ticket",
        )
    return "Aucun ticket ouvert", "Tout ce qui était demandé est traité.", None, None


def _etablissements(facets: Sequence[views.Choice]) -> list[tuple[str, str]]:
    """Return the établissements to choose from; an établissement of several sites is named with its sites."""
    several = _of_several_sites(desk.router().conventions)
    if not several:
        return [(one.id, one.label) for one in facets]
    return [(one.id, with_sites(one.label, several[one.id]) if one.id in several else one.label) for one in facets]


@lru_cache(maxsize=4)
def _of_several_sites(conventions: Conventions) -> dict[str, Etablissement]:
    return {one.id: one for one in conventions.etablissements.values() if one.sites}
