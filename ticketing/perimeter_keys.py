"""The perimeter keys of a ticket, which say who finds it in lists, searches and counts (annexe 6, 2.2). Pure.

The rule « who sees which ticket » stands in three places, and each answers a question of its own:
`charters.permissions.perimeter` says which key an actor reads by, `scope_keys` here which keys a ticket is filed under,
and `charters.gate.SEES` whether this actor sees this ticket, and why. Changing one of the three means changing the
others; `tests/unit/ticketing/tickets/test_perimeter_rows.py` compares them on random tickets and people.
"""

from __future__ import annotations

from collections.abc import Sequence


def scope_keys(
    *,
    etablissement: str,
    holder: str,
    involved: Sequence[str],
    confidential: bool,
    persons: Sequence[int],
) -> frozenset[str]:
    """Return the perimeter keys under which a ticket is filed (`charters.permissions.perimeter` reads them).

    `involved` are the organisations that hold, held or contribute; `persons` are the gestionnaires réseau who opened
    the ticket or with whom it was shared.
    """
    keys = {f"chef:{etablissement}", *(f"person:{account}@{etablissement}" for account in persons)}
    if not confidential:
        keys.add(f"etab:{etablissement}")
    keys.update(f"org:{organisation}" for organisation in involved if organisation != etablissement)
    if holder != etablissement:  # the collège's own key would show what its chef made confidential
        keys.add(f"holds:{holder}")
    return frozenset(keys)
