"""Lines of a plain text mail, and the parts that its HTML shows."""

from __future__ import annotations

import pytest

from ticketing.mail import plain_text
from ticketing.mail.plain_text import Block, Piece

LONG = "Le Département assure l’acquisition, la maintenance et le renouvellement des équipements des collèges"


@pytest.mark.parametrize("opening", ["", "> ", "> > ", "- ", "  ", ">   "])
def test_lines_are_short_and_keep_their_mark(opening: str) -> None:
    lines = plain_text.wrapped(f"{opening}{LONG} : {LONG}").split("\n")
    assert len(lines) > 2 and all(len(line) <= 76 for line in lines)
    again = opening if opening.strip() in ("", ">", "> >") else "  "
    assert all(line.startswith(again) for line in lines[1:]) and lines[0].startswith(opening)
    said = " ".join(line.removeprefix(again if at else opening) for at, line in enumerate(lines))
    assert said.replace("\xa0", " ") == f"{LONG} : {LONG}"


def test_an_address_stays_whole() -> None:
    address = "https://guichet.example/adresse/" + "x" * 90
    assert address in plain_text.wrapped(f"Pour la confirmer dans les sept jours, suivez ce lien : {address}").split(
        "\n"
    )


@pytest.mark.parametrize("at", range(60, 80))
def test_no_line_begins_with_a_sign_that_french_sets_apart(at: int) -> None:
    for quoted in ("", "> "):
        text = quoted + ("a" * 9 + " ") * (at // 10) + "b" * (at % 10) + " ? « oui » : non ; si !"
        lines = plain_text.wrapped(text).split("\n")
        bare = [line.removeprefix(quoted) for line in lines]
        assert not [line for line in bare if line[:1] in tuple(":;?!»") or line[-1:] == "«"]


def test_words_of_people_keep_their_own_blanks() -> None:
    assert plain_text.wrapped("> ping  -c 3 : ok ?") == "> ping  -c 3 : ok ?"
    assert plain_text.wrapped("Délai : demain") == "Délai\xa0: demain"
    assert plain_text.wrapped("10:30, http://x:80/?a") == "10:30, http://x:80/?a"


def test_the_parts_of_a_letter() -> None:
    text = "Bonjour,\n\nÀ rendre :\n- clé 1 ;\n- clé 2.\n\nhttps://x.example/a\n\n"
    text += "Voyez https://x.example/b, puis.\nMerci.\n"
    assert plain_text.blocks(text) == (
        Block("paragraph", ((Piece("Bonjour,"),),)),
        Block("paragraph", ((Piece("À rendre\xa0:"),),)),
        Block("list", ((Piece("clé 1\xa0;"),), (Piece("clé 2."),))),
        Block("address", ((Piece("https://x.example/a", address=True),),)),
        Block(
            "paragraph",
            (
                (Piece("Voyez "), Piece("https://x.example/b", address=True), Piece(", puis.")),
                (Piece("Merci."),),
            ),
        ),
    )
    assert plain_text.blocks("") == ()
