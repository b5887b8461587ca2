"""The report of `guichet matrix lint` as text: a line a finding, then what was proved."""

from __future__ import annotations

import io
from datetime import date

from matrix.checks.model import Finding, Proof, Report
from matrix.checks.reports import as_text

DAY = date(2026, 11, 25)
FINDING = Finding(
    code="silent-clause",
    severity="remarque",
    convention="a-2020",
    file="a-2020/clauses.toml",
    line=12,
    subject="I.1",
    sentence="deux clauses ne servent à rien.",
    items=("I.1-objet", "I.1-ent"),
)
PROOF = Proof("a-2020", places=2, moments=1, combinations=308_052, statuses=(("routed", 308_000), ("conflict", 52)))


def text(report):
    out = io.StringIO()
    as_text(report, out)
    return out.getvalue().splitlines()


def test_a_finding_stands_at_its_line_with_what_it_lists_below():
    assert text(Report(DAY, ("a-2020",), (FINDING,))) == [
        "a-2020/clauses.toml:12: remarque: silent-clause: deux clauses ne servent à rien.",
        "    - I.1-objet",
        "    - I.1-ent",
        "0 erreur, 0 avertissement, 1 remarque",
    ]


def test_what_was_proved_is_told_by_agreement_and_in_all():
    assert text(Report(DAY, ("a-2020",), (), (PROOF,), combinations=308_052)) == [
        "preuve: a-2020: 308\u202f052 combinaisons (2 classes d’établissements, 1 période) : routed 308\u202f000, "
        "conflict 52",
        "preuve: 308\u202f052 combinaisons essayées en tout",
        "0 erreur, 0 avertissement, 0 remarque",
    ]
