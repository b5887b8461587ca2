"""How a text is split: sentences, items, wrapped lines, hyphens, headings, tables, and what introduces what."""

from __future__ import annotations

import itertools

import pytest

from matrix.signed_text import splitting
from matrix.signed_text.splitting import is_heading, joined, split


def texts(text):
    return [one.text for one in split(text)]


def kinds(text):
    return [(one.kind, one.text) for one in split(text)]


def test_a_sentence_ends_at_its_stop_and_goes_on_over_wrapped_lines():
    assert texts("Le Département fournit\nles tablettes. Il les maintient !\nEt puis ?  Oui.") == [
        "Le Département fournit les tablettes.",
        "Il les maintient !",
        "Et puis ?",
        "Oui.",
    ]


def test_a_word_cut_by_a_hyphen_at_the_end_of_a_line_is_whole_again():
    assert texts("La main-\ntenance des tablet\u00ad\ntes est à sa charge.") == [
        "La maintenance des tablettes est à sa charge."
    ]
    assert joined("un rendez-vous\nà Aix-\nEn-Provence") == "un rendez-vous à Aix- En-Provence"


@pytest.mark.parametrize(
    "text",
    ["Voir l'art. 4 et M. Dupont.", "Selon l'article L. 213-2 du Code.", "Au titre du n. 3 et cf. Annexe 2."],
)
def test_a_short_form_ends_no_sentence(text):
    assert texts(text) == [text]


@pytest.mark.parametrize("mark", ["-", "–", "•", "✓", "➢", ">", "*", "1.", "2)", "3°", "a)", "iv)", "- 1)", "- ✓"])
def test_each_mark_of_a_list_begins_an_item_without_the_mark(mark):
    text = f"Le Département assure :\n\n{mark} la maintenance\ndes tablettes ;\n{mark} le filtrage."
    assert kinds(text) == [
        ("text", "Le Département assure :"),
        ("item", "la maintenance des tablettes ;"),
        ("item", "le filtrage."),
    ]


def test_the_items_of_a_list_know_what_introduces_them_and_the_next_paragraph_does_not():
    text = "Préambule\n\nLa Région assure :\n- le réseau ;\n- l'internet. Elle le paie.\n\nLe collège aide."
    found = split(text)
    assert [found[one.lead].text if one.lead is not None else None for one in found] == [
        None,
        None,
        "La Région assure :",
        "La Région assure :",
        "La Région assure :",
        None,
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Article 4.2 : assistance",
        "ARTICLE 1 : OBJET",
        "Article 5. Conditions de mise à disposition des tablettes aux utilisateurs.",
        "### **ARTICLE 3 : OBJET :**",
        "LISTE DES COLLEGES",
        "II-SERVICE DE MAINTIEN EN CONDITIONS OPERATIONNELLES",
        "IV Pilotage et évaluation du dispositif",
        "ANNEXE 2 BIS: PERIMETRE",
        "Préambule",
        "2.1 Informations individuelles",
    ],
)
def test_titles_are_headings(line):
    assert is_heading(line)


@pytest.mark.parametrize(
    "line",
    [
        "Article 2 - La Commune fournit et installe les classes mobiles.",
        "Article 1 - L'Académie reçoit toutes les demandes à son guichet.",
        "1. Le Département entretient les serveurs",
        "LE DÉPARTEMENT ASSURE LA MAINTENANCE DES TABLETTES",
        "Le Département fournit les tablettes.",
        "- la maintenance des tablettes ;",
    ],
)
def test_a_sentence_on_the_line_of_its_number_or_in_capitals_is_no_heading(line):
    assert not is_heading(line)


def test_a_row_of_a_table_gives_its_cells_and_its_first_cell_introduces_them():
    found = split("Service d'antivirus\tVisuel de l'EN\t\tsans objet\n\tNotes\t")
    assert [(one.kind, one.text, one.lead) for one in found] == [
        ("row-head", "Service d'antivirus", None),
        ("cell", "Visuel de l'EN", 0),
        ("cell", "sans objet", 0),
        ("cell", "Notes", None),
    ]


def test_a_row_between_bars_is_a_row_too_and_its_rule_none():
    found = split("| Objet | Par qui |\n|---|---|\n| Antivirus | L'Académie gère l'antivirus |\nUn | seul")
    assert [(one.kind, one.text, one.lead) for one in found] == [
        ("row-head", "Objet", None),
        ("cell", "Par qui", 0),
        ("row-head", "Antivirus", None),
        ("cell", "L'Académie gère l'antivirus", 2),
        ("text", "Un | seul", None),
    ]


def test_what_a_semicolon_parts_are_two_sentences():
    assert texts("Le Département fournit les tablettes ; le collège les range ;\n") == [
        "Le Département fournit les tablettes ;",
        "le collège les range ;",
    ]


@pytest.mark.parametrize(
    "text", ["Il assure :\n-la maintenance ;\n-le filtrage.", "Il assure :\n•la maintenance ;\n•le filtrage."]
)
def test_a_mark_that_touches_its_item_is_a_mark(text):
    assert kinds(text)[1:] == [("item", "la maintenance ;"), ("item", "le filtrage.")]


def test_a_dash_within_a_sentence_is_no_mark():
    assert texts("Le Département fournit celles\n-là mêmes.") == ["Le Département fournit celles -là mêmes."]


def test_lines_short_of_the_width_end_their_paragraph_where_a_text_has_no_blank_lines():
    text = "Le Département maintient les tablettes des collèges publics et privés\ndu ressort\nLe collège les range"
    assert texts(text) == [
        "Le Département maintient les tablettes des collèges publics et privés du ressort",
        "Le collège les range",
    ]


def test_spans_are_those_of_the_text_and_never_overlap():
    text = "Art. 1 : objet\r\n\r\n• un point ;\r\n• un autre.\r\n\fPage 2\r\nLa\tsuite\r\n"
    found = split(text)
    assert [joined(text[one.start : one.end]) for one in found] == [one.text for one in found]
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


def test_a_text_of_nothing_has_no_sentence():
    assert split("") == split(" \n\t\n … \n — ") == ()


@pytest.mark.parametrize(
    "text", ["Article 1. " * 2000, "M. " * 4000, "a-\n" * 5000], ids=["articles", "short", "hyphens"]
)
def test_security_a_text_made_to_harm_is_read_in_its_length(text, monkeypatch):
    """No look backwards goes further than some letters: a text of 600 kB that never ends a sentence took an hour."""
    looked: list[int] = []
    hyphen, abbreviated = splitting._HYPHEN_END, splitting._abbreviated

    class Counting:
        def search(self, before: str) -> object:
            looked.append(len(before))
            return hyphen.search(before)

    def counted(before: str, stop: str) -> bool:
        looked.append(len(before))
        return abbreviated(before, stop)

    monkeypatch.setattr(splitting, "_HYPHEN_END", Counting())
    monkeypatch.setattr(splitting, "_abbreviated", counted)
    splitting.split(text)
    assert len(looked) > 1000 and max(looked) <= 160
