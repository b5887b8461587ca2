"""Whether the person of a list is outside the Éducation nationale, where the list does not say so. Pure.

The form asks it. Whoever's employer is not plainly the Éducation nationale counts as outside: such a person signs both
charters and logs in with a key only (annexe 6, 1.2), which is the stricter of the two.
"""

from __future__ import annotations

import re

from charters.model import ScopeKind
from matrix.french import name as folded

_INSIDE = re.compile(
    r"education nationale|\b(?:men|menj|rectorat|academie|dsden|dane|drane|dsi|cite scolaire|college|lycee|ecole|"
    r"inspection academique|ministere de l'education)\b"
)


def external(company: str, kind: ScopeKind | None) -> bool:
    """Whether a person of this employer, attached to an organisation of this kind, is outside."""
    return kind == "departement" or _INSIDE.search(folded(company)) is None
