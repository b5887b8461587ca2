"""What a number of users costs by the scale of AC@R (article 7), at each bound and in its gap."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matrix import load_conventions
from matrix.obligations import fee_line

ALL = load_conventions()
ACAR = ALL["acar-2021"]


@pytest.mark.parametrize(
    ("users", "euros"),
    [
        (0, 345),
        (299, 345),
        (300, None),
        (301, 550),
        (600, 550),
        (601, 705),
        (1000, 705),
        (1001, 855),
        (1500, 855),
        (1501, 885),
    ],
)
def test_each_bound_of_the_scale(users, euros):
    line = fee_line(ACAR, 2021, users)
    assert line is not None and line.euros == euros
    assert "barème de 2019, l’accord n’en donnant pas pour 2021" in line.said


def test_the_gap_is_said_and_nothing_is_chosen():
    assert fee_line(ACAR, 2019, 300).said == (
        "300 utilisateurs ne tombent dans aucune ligne du barème de 2019 (article 7). Le programme ne choisit pas."
    )


def test_two_bands_give_no_sum():
    wide = replace(ACAR, fees=(replace(ACAR.fees[0], most=400), *ACAR.fees[1:]))
    line = fee_line(wide, 2019, 350)
    assert line.euros is None and "plusieurs lignes" in line.said
    assert len(line.citations) == 2


def test_an_agreement_without_a_scale_has_no_line():
    assert fee_line(ALL["hautes-pyrenees-2015"], 2021, 300) is None
