"""What an entry about a contest says besides its words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from matrix.wording import to, with_article
from ticketing.formats import french_date
from ticketing.model import Kind


def lines(kind: str, data: Mapping[str, Any]) -> list[str]:
    """Return what an entry says of a contest besides its words; nothing for an entry about anything else."""
    if kind == Kind.CONTESTED:
        return _asked(data)
    return _refereed(kind, data) if kind in (Kind.REFEREED, Kind.RULED, Kind.UNSETTLED) else []


def _asked(data: Mapping[str, Any]) -> list[str]:
    """Return that the référents of both sides are asked, and until when, where a clause was invoked."""
    if not data.get("term"):
        return []
    day = french_date(datetime.fromisoformat(data["term"]))
    return [f"Les référents des deux parties ont jusqu’au {day} pour dire à qui revient le service."]


def _refereed(kind: str, data: Mapping[str, Any]) -> list[str]:
    """Return what an entry about a contest says besides its words: to whom the service belongs, by whom it is said."""
    name = to(with_article(str(data.get("said_name", ""))))
    if kind == Kind.RULED:
        moved = [f"Le ticket est à : {data['name']}."] if data.get("name") else []
        return [f"Les deux parties sont d’accord : le service revient {name}.", *moved]
    if not data.get("said_name"):
        return []
    said = [f"Selon ce côté, le service revient {name}."]
    if kind == Kind.UNSETTLED:
        said.append("Les deux parties ne sont pas d’accord : le ticket reste où il est, l’académie en est saisie.")
    return said
