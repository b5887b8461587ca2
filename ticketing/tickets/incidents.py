"""The kind of incident of a ticket (theft, loss, breakage), where an agreement distinguishes several. Pure.

The kinds are those that the guidance of the agreements names; bouches-du-rhone-2017 (M5.4) has five, for its tablets.
Tickets opened before the column `ticket.incident` existed name theirs in the first line of their text, and keep it
there.
"""

from __future__ import annotations

from matrix.conventions import Conventions
from matrix.wording import capital


def known(conventions: Conventions, etablissement: str) -> tuple[str, ...]:
    """Return each kind of incident that the agreements of an établissement distinguish, in the order of their files."""
    found = (one.incident for convention in conventions.of(etablissement) for one in convention.guidance)
    return tuple(dict.fromkeys(incident for incident in found if incident))


def line(incident: str) -> str:
    """Return the sentence that names a kind of incident: « Incident : Vol. »."""
    return f"Incident : {capital(incident)}."


def told(body: str, incident: str | None) -> str:
    """Return the text of a ticket as people read and search it: it begins with the line of its incident, if it has one.

    A text that already begins with that line (written there before the column existed) is returned unchanged.
    """
    if not incident:
        return body
    first = line(incident)
    if body == first or body.startswith(f"{first}\n"):
        return body
    return f"{first}\n\n{body}" if body else first
