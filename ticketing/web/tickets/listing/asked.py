"""What the address of a list asks for: its values, and the filters that its search holds in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from matrix import french
from matrix.uai import as_kept
from ticketing.search import filters
from ticketing.search.filters import Parsed, Period, Said

#: State of the list -> its word in the address. « late » has no tab of its own: the count of late tickets leads there.
ADDRESS = {
    "open": "ouverts",
    "new": "nouveaux",
    "in_progress": "en-cours",
    "on_hold": "en-attente",
    "resolved": "resolus",
    "closed": "clos",
    "all": "tous",
    "late": "en-retard",
}
STATE_OF = {word: state for state, word in ADDRESS.items()}
#: How a state is written in a search, folded and without its plural.
_SAID = {
    **{word.rstrip("sx").replace("-", " "): state for word, state in STATE_OF.items()},
    "encour": "in_progress",
    "attente": "on_hold",
    "ferme": "closed",
    "retard": "late",
    "tout": "all",
}
#: Filters that are either set or not.
SWITCHES = ("miens", "equipe", "suivis", "demandes")
#: All names of an address but the place in the list (`suite`).
NAMES = ("etat", "college", "service", "agent", "attend", "etiquette", "depuis", "avant", *SWITCHES, "tri", "col", "q")
#: How a list is sorted -> `Filters.sort`; without it, what waits comes nearest delay first, the rest newest first.
SORTS = {"recents": "newest", "anciens": "oldest"}
#: Those that narrow a list; the rest choose which list it is.
NARROWING = ("q", "college", "service", "agent", "attend", "etiquette", "depuis", "avant", "miens", "equipe")
#: The most letters of one value of an address.
_MOST = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of an address, by name (empty: not set), its search as it was read, and notices about both."""

    values: Mapping[str, str]
    search: Parsed
    notices: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    @property
    def kept(self) -> dict[str, Any]:
        """Return what a link to the same list must hold."""
        return {name: value for name, value in self.values.items() if value}

    @property
    def state(self) -> str | None:
        """Return the state of the list, None for the open tickets (for any state when words are searched)."""
        return _state_said(self.said("etat")) or STATE_OF.get(self.values["etat"])

    @property
    def looked_at(self) -> str:
        """Return the state whose tickets the list shows."""
        return self.state or ("all" if self.search.words else "open")

    @property
    def narrowed(self) -> bool:
        """Whether the list shows less than all tickets of its state."""
        return any(self.values[name] for name in NARROWING)

    @property
    def period(self) -> Period:
        """Return the days between which the tickets were opened."""
        since, until = (_day(self.values[name]) for name in ("depuis", "avant"))
        said = self.search.period
        return Period(said.since or since, said.until or until)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that are asked for, none for those of everybody."""
        return tuple(name for name in self.values["col"].split(".") if name)

    def said(self, name: str) -> Said | None:
        """Return a filter that the search says in words, the last one of its name."""
        return next((one for one in reversed(self.search.said) if one.name == name), None)

    def without(self, said: Said) -> str:
        """Return the search without a filter that it says."""
        return " ".join(self.values["q"].replace(said.typed, " ", 1).split()).strip(" ,")

    def href(self, **changed: Any) -> str:
        """Return the address of the same list with some filters changed; None takes one away.

        A state that is changed is taken out of the search that says another.
        """
        said = self.said("etat")
        if said is not None and "etat" in changed:
            changed = {"q": self.without(said) or None, **changed}
        values = {**self.kept, **changed}
        order = [*(name for name in NAMES if name in values), *(name for name in values if name not in NAMES)]
        return url_for("tickets.index", **{name: values[name] for name in order})


def read(args: MultiDict[str, str], today: date) -> Asked:
    """Return the filters that the values of an address hold."""
    asked = {name: " ".join(args.get(name, "").replace("\x00", "").split())[:_MOST] for name in NAMES}
    asked["college"] = as_kept(asked["college"])
    for switch in SWITCHES:
        asked[switch] = "1" if asked[switch] else ""
    asked["col"] = ".".join(dict.fromkeys(".".join(args.getlist("col")).replace("\x00", "")[:_MOST].split(".")))
    if asked["tri"] not in SORTS:
        asked["tri"] = ""
    search = filters.parse(asked["q"], today)
    notices = list(search.faults)
    if asked["etat"] and asked["etat"] not in STATE_OF:
        asked["etat"] = ""
        notices.append("Cet état n’existe pas : voici les tickets ouverts.")
    for name in ("depuis", "avant"):
        asked[name] = _iso(asked[name], today, notices)
    said = next((one for one in search.said if one.name == "etat" and not _state_said(one)), None)
    if said is not None:
        notices.append(
            f"L’état «\u00a0{said.value}\u00a0» n’existe pas : essayez ouvert, attente, résolu, clos, retard."
        )
    return Asked(asked, search, tuple(notices))


def _iso(text: str, today: date, notices: list[str]) -> str:
    """Return a day of the address as the form writes it; empty, with a notice, where it is none."""
    if not text:
        return ""
    span = filters.days(text, today)
    if span is None:
        notices.append(f"«\u00a0{text}\u00a0» n’est pas une date.")
        return ""
    return span[0].isoformat()


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _state_said(said: Said | None) -> str | None:
    if said is None:
        return None
    word = " ".join(french.fold(said.value).replace("-", " ").split()).rstrip("sx")
    return _SAID.get(word)
