"""Lint of the sentences of a signed text: those that nobody quotes or marks, and marks that no longer serve."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest

from matrix import load_conventions
from matrix.checks import Against, lint, reports
from matrix.model import SentenceMark

ALL = load_conventions()
AIX = ALL["aix-en-provence-2017"]
DAY = date(2018, 1, 10)
TEXT = """Article 3.1. Engagements de la commune

La commune s'engage à :

- mettre en place, pour la rentrée scolaire 2017, un débit internet suffisant pour l'accès aux ressources
pédagogiques dans les salles de classe ;
- entretenir les imprimantes ;
- les tableaux et les craies.

Article 4. Divers

Les élèves sont sages. L'Académie répare les vidéopro-
jecteurs. La maintenance du wifi est à la charge de la commune.
"""


def report(tmp_path, text=TEXT, *marks, name=AIX.source, **against):
    (tmp_path / name).write_text(text, encoding="utf-8")
    convention = replace(AIX, sentences=marks)
    conventions = ALL.with_conventions([convention])
    return lint(conventions, [AIX.id], on=DAY, proof=False, against=Against(sources=tmp_path, **against))


def of(found, code):
    return [one for one in found.findings if one.code == code]


def test_each_sentence_about_an_object_and_a_task_that_nothing_quotes_is_listed(tmp_path):
    found = report(tmp_path)
    said = of(found, "unmarked-sentence")
    assert [one.sentence.split(" »")[0] for one in said] == [
        "« entretenir les imprimantes ;",
        "« L'Académie répare les vidéoprojecteurs.",
        "« La maintenance du wifi est à la charge de la commune.",
    ]
    assert "(article 3.1)" in said[0].sentence and said[0].items == ("après « La commune s'engage à : »",)
    assert {(one.file, one.line, one.severity) for one in said} == {(f"{AIX.id}/sentences.toml", 1, "avertissement")}
    [count] = found.sentences
    assert (count.about, count.quoted, count.unmarked) == (4, 1, 3)


def test_a_mark_takes_its_sentence_off_the_list_and_a_to_do_keeps_it_there(tmp_path):
    found = report(
        tmp_path,
        TEXT,
        SentenceMark("entretenir les imprimantes", "held", clause="3.1-debit"),
        SentenceMark("L'Académie répare les vidéoprojecteurs.", "not_a_rule", reason="exemple"),
        SentenceMark("La maintenance du wifi", "to_do"),
    )
    assert of(found, "unmarked-sentence") == [] and len(of(found, "to-do-sentence")) == 1
    [count] = found.sentences
    assert (count.held, count.not_a_rule, count.to_do, count.unmarked) == (1, 1, 1, 0)


def test_a_mark_that_the_text_lacks_and_one_that_a_clause_made_idle_are_told(tmp_path):
    found = report(
        tmp_path,
        TEXT,
        SentenceMark("Une phrase d'un autre texte", "to_do"),
        SentenceMark("entretenir les imprimantes", "to_do", ref="4"),
        SentenceMark("un débit internet suffisant", "to_do"),
    )
    assert [one.severity for one in of(found, "mark-not-found")] == ["erreur", "erreur"]
    assert "à cet endroit (4)" in "".join(one.sentence for one in of(found, "mark-not-found"))
    assert [one.severity for one in of(found, "idle-mark")] == ["remarque"]


def test_the_counts_are_printed_and_in_the_json_where_texts_are_given(tmp_path):
    out = StringIO()
    reports.as_text(report(tmp_path), out)
    assert f"phrases: {AIX.id}: 9 dans le texte, dont 4 sur un objet et une tâche (citées : 1, " in out.getvalue()
    out = StringIO()
    reports.as_json(report(tmp_path), out)
    assert json.loads(out.getvalue())["sentences"][0]["unmarked"] == 3
    out = StringIO()
    reports.as_json(lint(ALL, [AIX.id], on=DAY, proof=False), out)
    assert "sentences" not in json.loads(out.getvalue())


@pytest.mark.parametrize("name", [f"{AIX.id}.txt", AIX.source])
def test_the_text_may_have_the_name_of_its_source_or_of_its_agreement(tmp_path, name):
    assert report(tmp_path, name=name).sentences[0].sentences == 9


def test_a_pdf_is_read_by_what_is_handed_in_and_refused_without(tmp_path):
    read = report(tmp_path, "%PDF", name=f"{AIX.id}.pdf", pdf_text=lambda path: TEXT)
    assert read.sentences[0].about == 4
    refused = report(tmp_path, "%PDF", name=f"{AIX.id}.pdf")
    assert "est un PDF" in of(refused, "no-source")[0].sentence and refused.sentences == ()


def test_a_text_that_is_no_utf_8_is_told(tmp_path):
    (tmp_path / AIX.source).write_bytes("été".encode("latin-1"))
    found = lint(ALL, [AIX.id], on=DAY, proof=False, against=Against(sources=tmp_path))
    assert "UTF-8" in of(found, "no-source")[0].sentence


def test_no_agreement_that_ships_has_a_sentence_left_to_do():
    assert [(one.id, mark.quote) for one in ALL for mark in one.sentences if mark.mark == "to_do"] == []
    assert all(one.sentences for one in ALL)
