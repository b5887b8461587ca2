"""The files that all agreements share: the vocabulary of ids and labels, and the school calendar."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from matrix.days import SchoolCalendar, SchoolHoliday
from matrix.files.toml_lines import File
from matrix.model import Vocabulary

#: The folder of the agreements that ship with the program.
SHIPPED = Path(__file__).parent.parent / "conventions"


class ConventionError(ValueError):
    """An agreement's files cannot be used; `faults` lists them all, each « file:line: what, and what was expected »."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


def load_vocabulary(path: Path = SHIPPED / "vocabulary.toml") -> Vocabulary:
    """The shared ids and labels; raises `ConventionError`."""
    faults: list[str] = []
    data = File(path, faults).data
    if faults:
        raise ConventionError(faults)
    sections = {name: tuple(services) for name, services in data["services"].items()}
    return Vocabulary(
        parties=data["parties"],
        activities=data["activities"],
        services={service: label for services in data["services"].values() for service, label in services.items()},
        sections=sections,
        user_categories=tuple(data["user_categories"]),
    )


def load_calendar(path: Path = SHIPPED / "school-calendar.toml") -> SchoolCalendar:
    """The days without class of each zone; raises `ConventionError`."""
    faults: list[str] = []
    holidays = []
    for entry in File(path, faults).entries("holiday"):
        one = SchoolHoliday(
            entry.take("zone", str, one_of=("A", "B", "C")),
            entry.take("name", str),
            entry.take("first", date),
            entry.take("last", date),
        )
        if one.last < one.first:
            entry.fault("last", "« last » précède « first »")
        entry.only()
        holidays.append(one)
    if faults:
        raise ConventionError(faults)
    return SchoolCalendar(holidays)
