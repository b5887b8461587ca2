"""What an établissement owes for a year by the scale of its agreement, and the gaps of that scale. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from matrix.model import Citation, Convention
from matrix.wording import references


@dataclass(frozen=True, slots=True)
class FeeLine:
    """The line of one établissement for a year: the sum in euros, None where the scale gives none, and why.

    `said` is a French sentence; `citations` are the band's, or those of the bands around the gap.
    """

    year: int
    users: int
    euros: int | None
    said: str
    citations: tuple[Citation, ...]


def fee_line(convention: Convention, year: int, users: int) -> FeeLine | None:
    """What `users` cost in a civil year by the newest scale that is not later; None where the agreement has no scale.

    The program never chooses a sum: users in no band, or in two, give none.
    """
    scales = {band.year for band in convention.fees}
    if not scales:
        return None
    of = max((one for one in scales if one <= year), default=min(scales))
    bands = [band for band in convention.fees if band.year == of]
    found = [band for band in bands if (band.least or 0) <= users and (band.most is None or users <= band.most)]
    scale = f"barème de {of}" + ("" if of == year else f", l’accord n’en donnant pas pour {year}")
    if len(found) == 1:
        only = (found[0].citation,)
        return FeeLine(year, users, found[0].euros, f"{found[0].euros} € ({scale} ; {references(only)}).", only)
    cites = tuple(band.citation for band in found or bands)
    fall = "tombent dans plusieurs lignes" if found else "ne tombent dans aucune ligne"
    said = f"{users} utilisateurs {fall} du {scale} ({references(cites)}). Le programme ne choisit pas."
    return FeeLine(year, users, None, said, cites)
