"""Colours in the words of people."""

from __future__ import annotations

import pytest

from matrix.sheets.colours import name


@pytest.mark.parametrize(
    ("colour", "words"),
    [
        ("", "sans couleur"),
        ("#FFFFFF", "blanc"),
        ("#050505", "noir"),
        ("#808080", "gris"),
        ("#D0D0D0", "gris clair"),
        ("#404040", "gris foncé"),
        ("#FF0000", "rouge"),
        ("#800000", "rouge foncé"),
    ],
)
def test_a_colour_has_a_name(colour, words):
    assert name(colour) == words
