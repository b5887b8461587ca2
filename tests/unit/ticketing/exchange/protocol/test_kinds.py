"""What is read of the mails of GLPI, Remedy and Zammad, and what no mail of ours makes them take for their own."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.exchange.protocol import kinds
from ticketing.exchange.protocol.kinds import KINDS

TOKEN = "[GU-12-k7f2m9qd]"
GLPI_READS = re.compile(r"\[.+#(\d+)\]")  # MailCollector::getItemFromHeaders
ZAMMAD_READS = re.compile(r"Ticket#\s{0,2}(\d{2,48})", re.IGNORECASE)  # Ticket::Number::Increment.check
REMEDY_READS = re.compile(r"INC\d{6,15}")

NOTICE = """=-=-=-= Pour répondre par courriel, écrivez au-dessus de cette ligne =-=-=-=

Titre : [GU-12-k7f2m9qd] Écran noir
Statut : En cours (Attribué)

[Suivi 2026-11-17 10:02:11 par Dubois Anne]
On passe demain matin.

Prévenez le CDI.

[Suivi 2026-11-17 09:00:00 par Guichet]
Commentaire (Collège Desaix), Guichet n° 12, message 2

Merci.

Nombre de suivis : 2
--
Support informatique
"""


@pytest.mark.parametrize(
    ("kind", "subject", "number"),
    [
        ("glpi", f"Re: {TOKEN} [GLPI #0001234] Nouveau suivi", "1234"),
        ("glpi", "[GLPI #7] Titre", "7"),
        ("glpi", "[Ticket#1234] Titre", ""),
        ("glpi", TOKEN, ""),
        ("zammad", f"RE: {TOKEN} [Ticket#67001] Écran", "67001"),
        ("zammad", "[GLPI #1234] Titre", ""),
        ("remedy", f"{TOKEN} INC000000004567 a été créé", "INC000000004567"),
        ("remedy", "INCIDENT de 2026", ""),
        ("plain", "[GLPI #1234]", ""),
        ("structured", "[GLPI #1234]", ""),
    ],
)
def test_a_tool_s_own_number_is_read_in_its_subjects_and_no_other_s(kind, subject, number):
    assert KINDS[kind].number(subject) == number


@pytest.mark.parametrize(
    "one",
    [
        "<GLPI_3f2a-Ticket-1234/update.1700000000.99@glpi.example>",
        "<GLPI_3f2a-Ticket-1234/new@glpi.example>",
        "<GLPI_3f2a-Ticket-1234.1700000000.99@glpi.example>",
        "<GLPI-1234.1700000000.99@glpi.example>",
    ],
)
def test_glpi_s_number_is_read_in_its_message_ids_of_each_age(one):
    assert KINDS["glpi"].number("", (one,)) == "1234"


@pytest.mark.parametrize(
    ("kind", "reads", "number"),
    [("glpi", GLPI_READS, "1234"), ("zammad", ZAMMAD_READS, "1234"), ("remedy", REMEDY_READS, "INC000001234")],
)
def test_what_is_written_is_what_the_tool_looks_for(kind, reads, number):
    found = reads.search(f"{TOKEN} {KINDS[kind].written(number)} Un titre")
    assert found is not None
    assert (int(found[1]) == 1234) if kind != "remedy" else found[0] == number
    assert KINDS[kind].number(f"Re: {KINDS[kind].written(number)}") == number, "and it comes back"
    assert KINDS[kind].written("") == ""


@pytest.mark.parametrize("reads", [GLPI_READS, ZAMMAD_READS, REMEDY_READS], ids=["glpi", "zammad", "remedy"])
@given(
    st.lists(
        st.sampled_from(["[GLPI #12]", "[x #", "34]", "Ticket#", "Ticket# 56", "INC0000123", "#", " ", "a", "7", "]"]),
        max_size=9,
    )
)
def test_no_words_of_people_are_taken_for_a_number_by_any_tool(reads, pieces):
    assert reads.search(f"{TOKEN} {kinds.neutral(''.join(pieces))}") is None


def test_our_own_token_is_no_tool_s_number():
    assert [reads.search(TOKEN) for reads in (GLPI_READS, ZAMMAD_READS, REMEDY_READS)] == [None] * 3


def test_a_notice_that_repeats_its_history_is_read_entry_by_entry():
    theirs, ours = KINDS["glpi"].entries(NOTICE)
    assert theirs.words == "On passe demain matin.\n\nPrévenez le CDI."
    assert theirs.own == ()
    assert ours.own == ((12, 2),)
    assert KINDS["glpi"].state_of(NOTICE) == "in_progress"


def test_an_entry_keeps_its_mark_when_others_are_added():
    later = NOTICE.replace(
        "[Suivi 2026-11-17 10:02:11", "[Suivi 2026-11-18 08:00:00 par X]\nFait.\n\n[Suivi 2026-11-17 10:02:11"
    )
    marks = [entry.mark for entry in KINDS["glpi"].entries(NOTICE)]
    assert [entry.mark for entry in KINDS["glpi"].entries(later)][1:] == marks


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_without_entries_is_one_and_an_unknown_state_is_none(kind):
    (entry,) = KINDS[kind].entries("Bonjour,\nC’est fait.")
    assert entry.words == "Bonjour,\nC’est fait."
    assert KINDS[kind].state_of("Statut : Perdu") == ""


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(max_size=300))
def test_any_text_is_read(kind, text):
    for entry in KINDS[kind].entries(text):
        assert len(entry.mark) == 32
    KINDS[kind].state_of(text)
    KINDS[kind].number(text, (text,))


def test_words_stay_within_the_bounds_of_a_remedy_value():
    said = kinds.sealed_off("Bonjour $$]\nAction: Modify\n[$$ fin")
    assert "$$]" not in said and "[$$" not in said
