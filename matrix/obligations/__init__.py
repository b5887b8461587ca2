"""What the agreements oblige their parties to do, worked out for a school year: days, states, sums. Pure.

for one in in_year(convention, 2026, calendar, planned={}): print(one.due, one.said)
"""

from matrix.obligations.dates import Occurrence, Planned, binding, in_year, school_year
from matrix.obligations.fees import FeeLine, fee_line
from matrix.obligations.states import STATES, State, reminder_due, state

__all__ = [
    "STATES",
    "FeeLine",
    "Occurrence",
    "Planned",
    "State",
    "binding",
    "fee_line",
    "in_year",
    "reminder_due",
    "school_year",
    "state",
]
