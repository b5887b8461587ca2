"""The differences between two versions of a charter."""

from __future__ import annotations

from harness import processor

from charters.signing.differences import Change, Piece, differences, shortened


def told(changes):
    marks = {"same": "{}", "added": "+{}+", "removed": "-{}-"}
    return ["".join(marks[piece.kind].format(piece.text.strip()) for piece in change.pieces) for change in changes]


def test_the_same_text_changes_nothing_whatever_its_blanks():
    changes = differences("# T\n\nUn.\nDeux.", "# T\r\nUn.\n\n\n  Deux. \n")
    assert all(change.same for change in changes) and shortened(changes) == (None,)


def test_lines_come_and_go():
    assert told(differences("A b c.\nD e f.", "A b c.\nNouveau.\nD e f.")) == ["A b c.", "+Nouveau.+", "D e f."]
    assert told(differences("A b c.\nD e f.", "D e f.")) == ["-A b c.-", "D e f."]


def test_words_change_within_a_line():
    (change,) = differences("Vous rendez la clé à la fin.", "Vous rendez la clé sans attendre à la fin.")
    assert change.pieces == (
        Piece("same", "Vous rendez la clé "),
        Piece("added", "sans attendre "),
        Piece("same", "à la fin."),
    )


def test_lines_with_nothing_in_common_are_out_and_in():
    assert told(differences("Un deux trois.", "Autre chose ici même.")) == ["-Un deux trois.-+Autre chose ici même.+"]


def test_what_is_far_from_a_change_is_left_out():
    before = "\n".join(f"Ligne {rank}." for rank in range(9))
    kept = shortened(differences(before, before.replace("Ligne 4.", "Rang quatre autrement.")))
    assert kept[0] is None and kept[-1] is None and len(kept) == 5
    assert kept[1] == Change((Piece("same", "Ligne 3."),))


def test_a_hostile_text_takes_no_time():
    before = "\n".join(f"mot {rank % 20}" for rank in range(999))
    after = "\n".join(f"mot {rank % 19}" for rank in range(999))
    with processor.measured() as spent:
        differences(before, after)
        differences("a b " * 25_000, "b a " * 25_000)
    assert spent.seconds < 5
