"""The mandate of a line: its days, and what it changes beside those that the person has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from charters.errors import Invalid
from charters.model import Role
from charters.people.accounts import mandate_days
from charters.people.arriving import Given
from charters.tables.access import MandateRow
from ticketing.arrivals.people_columns import Typed


def asked(role: Role, scope_id: str, row: Typed, day: date, faults: dict[str, str]) -> Given | None:
    """Return the mandate of a line, from today where it gives no first day; None with its faults."""
    start, end = row.starts_on or day, row.ends_on
    if row.starts_on is None and end is not None and end < day:
        start = end  # it may be one that the person had: `beside` says
    try:
        return Given(role.value, scope_id, *mandate_days(role.value, scope_id, start, end))
    except Invalid as invalid:
        faults.update({field: sentence for field, sentence in invalid.errors.items() if field not in faults})
        return None


def overlap(one: Given | MandateRow, other: Given) -> bool:
    """Whether two mandates are of one role on one scope, and have a day in common."""
    if (one.role, one.scope_id) != (other.role, other.scope_id):
        return False
    begun = other.ends_on is None or one.starts_on <= other.ends_on
    return begun and (one.ends_on is None or one.ends_on >= other.starts_on)


# Six parameters: what is asked, its line, and all that it must be compared with.
def beside(
    given: Given,
    row: Typed,
    activity: date | None,
    held: Sequence[MandateRow],
    day: date,
    faults: dict[str, str],
) -> Given | tuple[int, date] | None:
    """Return what a line changes: a mandate to give, (mandate, day) to end, None for nothing; or add its faults.

    `activity` is the last day of the person's activity, `held` are the mandates that the person has or had.
    """
    same = [one for one in held if overlap(one, given)]
    if len(same) > 1:
        same = [one for one in same if one.starts_on == row.starts_on] or same[-1:]
    if not same:
        if row.starts_on is None and given.ends_on is not None and given.ends_on < day:
            faults["ends_on"] = "Le mandat ne peut pas finir avant d’avoir commencé."
        elif activity is not None and given.starts_on > activity:
            faults["starts_on"] = "L’activité de cette personne sera déjà terminée à cette date."
        return given
    mandate = same[0]
    if row.starts_on is not None and row.starts_on != mandate.starts_on:
        faults["starts_on"] = (
            f"Cette personne a déjà ce mandat depuis le {mandate.starts_on:%d/%m/%Y} : écrivez ce jour, ou laissez la "
            "case vide."
        )
        return None
    end = min(one for one in (row.ends_on, activity) if one is not None) if row.ends_on else None
    if end is None or end == mandate.ends_on:
        return None
    if mandate.ends_on is not None and end > mandate.ends_on:
        faults["ends_on"] = f"Ce mandat finit déjà le {mandate.ends_on:%d/%m/%Y} : pour qu’il dure, donnez-en un autre."
        return None
    return mandate.id, end
