"""Colours in the words of people."""

from __future__ import annotations

import colorsys

import pytest

from matrix.sheets.colours import distance, mixed, name, nearest, plain, tinted


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


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("FFB8CCE4", "#B8CCE4"),
        ("#b8cce4", "#B8CCE4"),
        (" B8CCE4 ", "#B8CCE4"),
        ("B8CCE", ""),
        ("transparent", ""),
        ("", ""),
    ],
)
def test_a_colour_has_one_way_to_be_written(text, colour):
    assert plain(text) == colour


@pytest.mark.parametrize(
    ("colour", "tint", "shown"),
    [
        ("#4F81BD", 0.0, "#4F81BD"),
        ("", 0.5, ""),
        ("#808080", 0.5, "#C0C0C0"),
        ("#808080", -0.5, "#404040"),
        ("#808080", 1.0, "#FFFFFF"),
        ("#808080", -1.0, "#000000"),
        ("#808080", 7.0, "#FFFFFF"),
        ("#808080", -7.0, "#000000"),
        ("#FF0000", 0.5, "#FF8080"),
        ("#4F81BD", 0.8, "#DCE6F2"),
    ],
)
def test_a_tint_goes_towards_white_or_black(colour, tint, shown):
    assert tinted(colour, tint) == shown


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("#000000", "#000000", 0.0),
        ("#000000", "#FFFFFF", 764.8),
        ("#FF0000", "#000000", 403.0),
        ("#00FF00", "#000000", 510.0),
        ("#0000FF", "#000000", 441.4),
        ("#B8CCE4", "#B9CDE5", 3.0),
    ],
)
def test_two_colours_are_as_far_apart_as_they_look(one, other, apart):
    """Green counts most, red counts more in light colours and blue in dark ones."""
    assert distance(one, other) == distance(other, one) == pytest.approx(apart, abs=0.1)


@pytest.mark.parametrize(
    ("colour", "found"),
    [
        ("#FF0000", ("#FF0000", "EN")),
        ("#F90000", ("#FF0000", "EN")),
        ("#0000FE", ("#0000FF", "CL")),
        ("#00FF00", None),
        ("#800080", None),
    ],
)
def test_the_nearest_known_colour_answers_within_the_tolerance(colour, found):
    assert nearest(colour, [("#FF0000", "EN"), ("#0000FF", "CL")]) == found
    assert nearest(colour, []) is None


def test_the_tolerance_is_included_and_a_rival_about_as_near_leaves_a_question():
    """12 steps of green are 24 away: the limit. A second meaning needs twice that distance, or the tolerance."""
    assert nearest("#000C00", [("#000000", "EN")]) == ("#000000", "EN")
    assert nearest("#000D00", [("#000000", "EN")]) is None
    assert nearest("#000500", [("#000000", "EN"), ("#001000", "CL")]) is None, "22 away, under the tolerance"
    assert nearest("#000500", [("#000000", "EN"), ("#001100", "CL")]) == ("#000000", "EN"), "24 away"
    assert nearest("#000A00", [("#000000", "EN"), ("#001D00", "CL")]) is None, "38 away, under twice 20"
    assert nearest("#000A00", [("#000000", "EN"), ("#001E00", "CL")]) == ("#000000", "EN"), "40 away"
    assert nearest("#000500", [("#000000", "EN"), ("#000600", "EN")]) == ("#000600", "EN"), "one meaning, no rival"
    assert nearest("#000000", [("#000000", "EN"), ("#000100", "CL")]) == ("#000000", "EN"), "itself always answers"
    assert nearest("#000000", [("#000000", "EN"), ("#000000", "CL")]) is None, "unless it has two meanings"


@pytest.mark.parametrize(
    ("hue", "words"),
    [
        (0, "rouge"),
        (14, "rouge"),
        (16, "orange"),
        (44, "orange"),
        (46, "jaune"),
        (69, "jaune"),
        (71, "vert"),
        (164, "vert"),
        (166, "turquoise"),
        (199, "turquoise"),
        (201, "bleu"),
        (254, "bleu"),
        (256, "violet"),
        (289, "violet"),
        (291, "rose"),
        (344, "rose"),
        (346, "rouge"),
        (359, "rouge"),
    ],
)
def test_each_stretch_of_hues_has_its_name(hue, words):
    parts = colorsys.hls_to_rgb(hue / 360, 0.5, 1.0)
    assert name("#" + "".join(f"{round(part * 255):02X}" for part in parts)) == words


@pytest.mark.parametrize(
    ("colour", "words"),
    [
        ("#F8F8F8", "blanc"),
        ("#F7F7F7", "gris clair"),
        ("#0F0F0F", "noir"),
        ("#101010", "gris foncé"),
        ("#B7B7B7", "gris"),
        ("#B8B8B8", "gris clair"),
        ("#5A5A5A", "gris"),
        ("#595959", "gris foncé"),
        ("#907070", "rouge"),
        ("#8F7171", "gris"),
    ],
)
def test_where_white_black_grey_light_and_dark_begin(colour, words):
    assert name(colour) == words


def test_a_pattern_shows_its_first_two_colours_that_differ():
    assert mixed(["", "#FF0000", "#FF0000", "#0000FF", "#00FF00"]) == ("#FF0000", "#0000FF")
    assert mixed(["#FF0000"]) == ("#FF0000", "") and mixed([]) == ("", "")
