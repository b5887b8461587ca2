"""The hours, promises and rules of the invented parties, each its own, set through the use cases by those who may.

They begin on the day of the demonstration, after its stories: what the tickets of fourteen months were promised is not
made up afterwards; who had them is counted in these hours.
"""

from __future__ import annotations

from datetime import datetime

from charters.days import today
from ticketing.demo.cast import actor
from ticketing.hours import promising, setting, setting_rules, shapes

#: Sigle -> the times of each day from Monday on (« » for a closed day), and the zone whose school holidays close it.
_HOURS = {
    "d1.ref": ((("08:30", "12:30", "13:30", "17:00"),) * 4 + (("08:30", "12:30", "13:30", "16:00"),), ""),
    "a.admin": ((("08:00", "17:30"),) * 5, ""),
    "c11.chef": (
        (("08:00", "12:00", "13:30", "17:30"),) * 2
        + (("08:00", "12:00"),)
        + (("08:00", "12:00", "13:30", "17:30"),) * 2,
        "C",
    ),
}
#: Sigle -> its promises: on a service (« » for any), hours until the first answer and until the resolution.
_PROMISES = {
    "d1.ref": (("", "4", ""), ("equipement-bureautique", "4", "21"), ("infrastructure-reseau", "2", "14")),
    "a.admin": (("", "8", ""),),
}
#: Sigle -> what the program does by itself for its side: reminder and closing in working days, hours of silence.
_RULES = {"d1.ref": ("3", "5", "8"), "a.admin": ("5", "", "")}


def play(now: datetime) -> None:
    """Set the hours, promises and rules in the current application's database, where the cast must already be."""
    since = today(now).isoformat()
    for sigle, (week, zone) in _HOURS.items():
        times = {
            f"{day}_{rank}": time
            for day, of_day in zip(shapes.DAYS, week, strict=False)
            for rank, time in enumerate(of_day, 1)
        }
        setting.set_hours(actor(sigle), {"since": since, "territory": "metropole", "zone": zone, **times}, now)
    for sigle, promises in _PROMISES.items():
        for service, answer, resolve in promises:
            typed = {"service": service, "answer": answer, "resolve": resolve, "from": since}
            promising.promise(actor(sigle), typed, now)
    for sigle, (remind, close, silent) in _RULES.items():
        typed = {"remind": remind, "close": close, "silent": silent, "late": "1", "from": since}
        setting_rules.set_rule(actor(sigle), typed, now)
