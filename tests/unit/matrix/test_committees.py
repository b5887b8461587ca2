"""The committees that the five agreements institute, as their texts say, and what the files may not say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from matrix import ConventionError, load_conventions
from matrix.files import SHIPPED, load_convention, load_vocabulary

FOUND = {
    "hautes-pyrenees-2015": {"evaluation": ("year", None, 8, 17)},
    "bouches-du-rhone-2017": {"pilotage": ("quarter", 15, 8, 8), "technique": ("quarter", 15, 1, 2)},
    "aix-en-provence-2017": {"pilotage": ("quarter", 15, 6, 6), "technique": ("quarter", 15, 1, 2)},
    "deux-sevres-2017": {"groupe-informatique": ("year", None, 9, 17)},
    "acar-2021": {"copitice": (None, None, 0, 0)},
}


@pytest.mark.parametrize("agreement", FOUND)
def test_each_committee_meets_and_sits_as_its_text_says(agreement: str) -> None:
    convention = load_conventions(SHIPPED)[agreement]
    rules = {one.id: one.rule for one in convention.obligations}
    notices = {one.of: one.days for one in convention.obligations if one.rule == "before"}
    assert {
        one.id: (rules.get(one.meets), notices.get(one.meets), len(one.seats), sum(seat.least for seat in one.seats))
        for one in convention.committees
    } == FOUND[agreement]
    assert all(one.citations for one in convention.committees)


def test_only_the_texts_that_say_so_have_the_parties_read_reports_together() -> None:
    shared = {one.id for one in load_conventions(SHIPPED) if any(each.shares for each in one.committees)}
    assert shared == {"hautes-pyrenees-2015", "bouches-du-rhone-2017", "aix-en-provence-2017"}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('committee = "evaluation"', 'committee = "autre"', "comité 'autre' inconnu"),
        ("least = 5", "least = 0", "« least » : un nombre d’au moins 1"),
        ('meets = "comite-evaluation"', "", "la clause qui institue le comité"),
        ('meets = "comite-evaluation"', 'meets = "comite-inconnu"', "comite-inconnu"),
        ('party = "college"', 'party = "inconnue"', "inconnue"),
        ('clause = "IV-dsi"', 'clause = "IV-rien"', "clause 'IV-rien' inconnue"),
    ],
)
def test_a_fault_of_the_file_is_told(tmp_path: Path, before: str, after: str, said: str) -> None:
    folder = tmp_path / "hautes-pyrenees-2015"
    shutil.copytree(SHIPPED / folder.name, folder)
    file = folder / "committees.toml"
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after), "utf-8")
    with pytest.raises(ConventionError) as fault:
        load_convention(folder, load_vocabulary())
    assert said in str(fault.value)
