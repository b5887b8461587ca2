"""Invented presets: a few for the demonstration, and for the reference data one of a collège and one of a party."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from charters.model import Actor
from ticketing.demo import cast
from ticketing.presets import writing
from ticketing.presets.writing import PresetForm

#: Who writes the presets of the reference data -> who of the cast reads them: said by hand, from the rule.
READERS = {
    "c11.cmi": ("c11.chef", "c11.cmi", "c11.reseau"),
    "d1.ref": ("c11.chef", "c11.cmi", "c11.reseau", "c12.cmi", "d1.agent", "d1.ref"),
}
_SHOWN = (
    PresetForm(
        name="Toner de l’imprimante du CDI",
        title="L’imprimante du CDI n’a plus de toner",
        service="equipement-bureautique",
        activity="mco",
        user_category="cdi",
        asset="Imprimante du CDI",
        room="CDI",
    ),
    PresetForm(
        name="Comptes de la rentrée",
        title="Ouvrir les comptes des nouveaux arrivants",
        service="acces-reseau-pedagogique",
        activity="mco",
        body="La liste est prête : dites où la déposer.",
        rhythm="school-year",
    ),
)


def seed(actors: Mapping[str, Actor], canary: Callable[[], str], now: datetime) -> list[dict[str, object]]:
    """Write the presets of the reference data, each with a canary; return (id, value, readers)."""
    made: list[dict[str, object]] = []
    for author, readers in READERS.items():
        value = canary()
        form = PresetForm(name=value, title=f"Toner {value}", service="equipement-bureautique", activity="mco")
        number = writing.save(actors[author], None, form, now)
        made.append({"id": number, "value": value, "readers": list(readers)})
    return made


def play(now: datetime) -> None:
    """Write the demonstration's presets: two of a collège."""
    for form in _SHOWN:
        writing.save(cast.actor("c11.cmi"), None, form, now)
