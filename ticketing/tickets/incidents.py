"""The kind of incident of a ticket (theft, loss, breakage), where an agreement tells several apart. Pure.

The kinds are those that the guidance of the agreements names; bouches-du-rhone-2017 (M5.4) has five, for its tablets.
Tickets opened before the column `ticket.incident` say theirs by the first line of their text, and keep it there.
"""

from __future__ import annotations

from matrix.conventions import Conventions
from matrix.wording import capital


def known(conventions: Conventions, etablissement: str) -> tuple[str, ...]:
    """Every kind of incident that the agreements of an établissement tell apart, in the order of their files."""
    found = (one.incident for convention in conventions.of(etablissement) for one in convention.guidance)
    return tuple(dict.fromkeys(incident for incident in found if incident))


def line(incident: str) -> str:
    """The sentence that names a kind of incident: « Incident : Vol. »."""
    return f"Incident : {capital(incident)}."


def told(body: str, incident: str | None) -> str:
    """The text of a ticket as people read and search it: begun by the line of its incident, where it has one.

    A text that begins by that line already (it was written there before the column) is given as it is.
    """
    if not incident:
        return body
    first = line(incident)
    if body == first or body.startswith(f"{first}\n"):
        return body
    return f"{first}\n\n{body}" if body else first
