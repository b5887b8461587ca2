"""`guichet matrix show`: the table of an agreement for people, for a spreadsheet and for programs."""

from __future__ import annotations

import csv
import io
import json

import pytest

from matrix import load_conventions
from matrix.commands import obligations, show

CONVENTIONS = load_conventions()
HP = "hautes-pyrenees-2015"


def shown(form):
    out = io.StringIO()
    show(CONVENTIONS, HP, form, out)
    return out.getvalue()


def test_the_csv_has_a_line_for_each_service_and_activity():
    rows = list(csv.DictReader(io.StringIO(shown("csv"))))
    assert list(rows[0]) == ["service", "activity", "value", "provenance", "ref", "quote"]
    assert (
        len(rows) == len({(row["service"], row["activity"]) for row in rows}) == (38 + 2) * 6
    )  # annexe 2, and two of II
    (cell,) = [row for row in rows if (row["service"], row["activity"]) == ("logiciels-pedagogiques", "acquisition")]
    assert (cell["value"], cell["provenance"]) == ("CL ou Etab", "printed")


def test_the_json_says_the_same_with_every_citation():
    rows = json.loads(shown("json"))
    written = list(csv.DictReader(io.StringIO(shown("csv"))))
    assert [{name: row[name] or "" for name in written[0]} for row in rows] == written
    (cell,) = [row for row in rows if (row["service"], row["activity"]) == ("logiciels-pedagogiques", "acquisition")]
    assert [one["ref"] for one in cell["citations"]] == ["annexe-2", "annexe-2-note-2", "I.3", "I.3"]


def test_the_table_marks_what_is_derived_and_what_nothing_says():
    lines = shown("table").splitlines()
    assert lines[0].split() == list(CONVENTIONS.activities)
    assert any(line.startswith("antivirus ") and "CL*" in line for line in lines)
    assert lines[-1].startswith("sans marque : imprimé ; * : déduit d'une clause ; ?")


def test_an_unknown_agreement_is_no_key():
    with pytest.raises(KeyError):
        show(CONVENTIONS, "autre-2020", "csv", io.StringIO())


def test_the_obligations_of_a_year_have_their_day_their_owner_and_their_clauses():
    out = io.StringIO()
    obligations(CONVENTIONS, "hautes-pyrenees-2015", 2026, out)
    lines = out.getvalue().splitlines()
    assert lines[0] == (
        "2026-10-31  Académie de Toulouse : Liste des correspondants maintenance informatique en poste dans chaque "
        "collège. Au mois d’octobre : au plus tard le 31 octobre 2026. (article II.2)"
    )
    assert [line[:10] for line in lines] == ["2026-10-31", "2026-10-31", "2027-07-02", *["sans jour "] * 3]
