"""Prefixes, tokens and lists leave a subject, whatever the program and however many; a title always fits its column."""

from __future__ import annotations

import pytest

from ticketing.correspondence import subjects
from ticketing.model import TITLE_MAX, TITLE_MIN


@pytest.mark.parametrize(
    "subject",
    [
        "Panne",
        "RE: Panne",
        "Re : Panne",
        "RE: RE: TR : Fwd: AW: Panne",
        "Re[2]: Panne",
        "re(3): Panne",
        "RÉP : Panne",
        "Réponse: Panne",
        "TR: [GU-12-abcd2345] Panne",
        "Re: [GU-12-abcd2345] RE: Panne",
        "[GU-12-abcd2345] [GU-12-abcd2345] Panne",
        "  RE:\u00a0Panne ",
        "WG: Panne",
        "Antw: Panne",
    ],
)
def test_a_subject_is_the_same_whatever_was_added(subject: str) -> None:
    assert subjects.bare(subject) == "Panne"
    assert subjects.alike(subject, "panne")
    assert subjects.alike(f"[liste-tice] {subject}", "Panne")


def test_words_before_a_colon_that_are_no_prefix_stay() -> None:
    assert subjects.bare("Imprimante : bourrage") == "Imprimante : bourrage"
    assert subjects.bare("Retour : le poste est arrivé") == "Retour : le poste est arrivé"
    assert subjects.bare("[GLPI #0001234] Panne") == "[GLPI #0001234] Panne"
    assert not subjects.alike("RE: Panne", "Commande de câbles")


@pytest.mark.parametrize("subject", ["", "  ", "RE:", "TR: RE:", "(sans objet)", "No subject", "?!", "a"])
def test_a_mail_without_a_subject_has_a_title_all_the_same(subject: str) -> None:
    assert subjects.title(subject) == subjects.UNTITLED


def test_a_long_subject_is_cut_at_a_word() -> None:
    title = subjects.title("Le vidéoprojecteur " * 20)
    assert TITLE_MIN <= len(title) <= TITLE_MAX and title.endswith(("vidéoprojecteur…", " Le…"))
    assert len(subjects.title("x" * 500)) <= TITLE_MAX
