"""Test how one sentence gives a ticket its title and its story."""

from __future__ import annotations

import pytest

from ticketing.web.tickets.opening.sentence import title_and_body

LONG = "mot " * 60


@pytest.mark.parametrize(
    ("said", "more", "title", "body"),
    [
        ("Plus de wifi", "", "Plus de wifi", "Plus de wifi"),
        ("Plus de wifi", "Depuis hier.", "Plus de wifi", "Depuis hier."),
        ("  Plus\u00a0 de   wifi ", "", "Plus de wifi", "Plus\u00a0 de   wifi"),
        ("Plus de wifi\nau CDI", "", "Plus de wifi", "Plus de wifi\nau CDI"),
        ("Plus de wifi\nau CDI", "Depuis hier.", "Plus de wifi", "Plus de wifi\nau CDI\n\nDepuis hier."),
        ("", "Depuis hier.\nAu CDI.", "Depuis hier.", "Depuis hier.\nAu CDI."),
        ("\u202e\u0007", "Depuis hier.", "Depuis hier.", "Depuis hier."),
        ("", "", "", ""),
        ("ab", "", "ab", "ab"),
    ],
)
def test_one_field_is_enough(said: str, more: str, title: str, body: str) -> None:
    assert title_and_body(said, more) == (title, body)


def test_a_long_line_is_cut_at_a_word_and_kept_whole_in_the_story() -> None:
    title, body = title_and_body(LONG, "")
    assert title.endswith(" mot…") and len(title) <= 150 and body == LONG.strip()
    title, body = title_and_body(LONG, "Depuis hier.")
    assert body == f"{LONG.strip()}\n\nDepuis hier." and len(title) <= 150


def test_a_line_without_a_space_is_cut_all_the_same() -> None:
    title, body = title_and_body("x" * 400, "")
    assert len(title) == 150 and body == "x" * 400
