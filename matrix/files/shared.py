"""The files that all agreements share: the vocabulary of ids and labels, and the school calendar."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from matrix.days import SchoolCalendar, SchoolHoliday
from matrix.files.toml_lines import File
from matrix.french.grammar import form
from matrix.model import Vocabulary

#: The folder of the agreements that ship with the program.
SHIPPED = Path(__file__).parent.parent / "conventions"
CALENDAR = SHIPPED / "school-calendar.toml"

#: No school holiday lasts this many days; a longer one has a mistyped year.
_HOLIDAY_MAX = timedelta(days=120)


class ConventionError(ValueError):
    """Raised when an agreement's files cannot be used.

    `faults` lists every fault, each as « file:line: what is wrong, and what was expected ».
    """

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
        objects={service: tuple(names) for service, names in data.get("objects", {}).items()},
        forms={service: form(code) for service, code in data.get("forms", {}).items()},
    )


def load_calendar(path: Path = CALENDAR) -> SchoolCalendar:
    """The days without class of each zone, as a file of `[[holiday]]` gives them; raises `ConventionError`."""
    faults: list[str] = []
    holidays = []
    file = File(path, faults)
    for entry in file.entries("holiday"):
        one = SchoolHoliday(
            entry.take("zone", str, one_of=("A", "B", "C")),
            entry.take("name", str),
            entry.take("first", date),
            entry.take("last", date),
        )
        if one.last < one.first:
            entry.fault("last", "« last » précède « first »")
        elif one.last - one.first > _HOLIDAY_MAX:
            entry.fault(
                "last", f"ces vacances durent plus de {_HOLIDAY_MAX.days} jours : une année est fausse, peut-être"
            )
        entry.only()
        holidays.append(one)
    for stranger in file.data.keys() - {"holiday"}:
        file.fault(1, f"« {stranger} » n'a pas de sens ici ; attendu : [[holiday]]")
    if not holidays and not faults:
        file.fault(1, "aucune [[holiday]] : tous les jours passeraient pour des jours de classe")
    if faults:
        raise ConventionError(faults)
    return SchoolCalendar(holidays, path)
