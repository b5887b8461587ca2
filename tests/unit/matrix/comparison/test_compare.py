"""The comparison of two matrices reports all differences and nothing else, in words for people."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from matrix import load_conventions, model
from matrix.changes import CellChange, amended
from matrix.comparison.compare import ASPECTS, EXCLUDED, NoVersion, Side, compare, side
from matrix.comparison.reports import HEAD, as_json, as_text, rows, summary
from matrix.model import Case, Citation, Contributor

HP, DS = "hautes-pyrenees-2015", "deux-sevres-2017"
BEFORE, AFTER = date(2026, 11, 25), date(2030, 9, 1)
CITED = Citation(HP, "II.2", "derived", "mots inventés pour l’essai")


@pytest.fixture(scope="module")
def conventions():
    return load_conventions()


@pytest.fixture(scope="module")
def now(conventions):
    return side(conventions, HP, BEFORE)


def altered(one: Side, service: str, activity: str, **changes) -> Side:
    """The side with one cell of its version changed, field by field."""
    key = (service, activity)
    cells = {**one.version.cells, key: replace(one.version.cells[key], **changes)}
    return replace(one, version=replace(one.version, cells=cells))


def only(found):
    """The only cell that differs, and its differing aspects."""
    (line,) = found.differing
    return (line.service, line.activity), {one.aspect: (one.a, one.b) for one in line.differences}


@pytest.mark.parametrize("convention_id", load_conventions().ids)
def test_an_agreement_does_not_differ_from_itself(conventions, convention_id):
    one = side(conventions, convention_id, BEFORE)
    found = compare(one, one)
    assert found.lines and not found.differing and not found.only_a and not found.only_b
    assert found.moves() == [] and found.by_aspect() == {}
    assert "aucune différence" in summary(found)[0]


def test_any_cell_that_an_amendment_changes_is_the_one_that_differs(conventions, now):
    changed = 0
    for service, activity in sorted(now.version.cells)[::7]:
        value = "EN" if now.version.cells[service, activity].value != "EN" else "CL"
        convention = amended(now.convention, AFTER, [CellChange(service=service, activity=activity, value=value)])
        after = side(conventions.with_conventions([convention]), HP, AFTER)
        cell, aspects = only(compare(now, after))
        assert cell == (service, activity) and "value" in aspects and aspects["value"][1] == f"«\u00a0{value}\u00a0»"
        changed += 1
    assert changed > 10


def test_a_blank_cell_that_is_filled_in_says_who_answered_before(conventions, now):
    key = next(
        (service, activity)
        for service in ("antivirus",)
        for activity in conventions.activities
        if (service, activity) not in now.version.cells
    )
    convention = amended(now.convention, AFTER, [CellChange(service=key[0], activity=key[1], value="CL")])
    after = side(conventions.with_conventions([convention]), HP, AFTER)
    cell, aspects = only(compare(now, after))
    assert cell == key
    assert aspects["parties"] == ("à qualifier par le guichet", "le Département des Hautes-Pyrénées")
    assert aspects["value"] == ("case en blanc", "«\u00a0CL\u00a0»")
    assert not {"provenance", "clauses"} & set(aspects)  # the blank value shows the difference already


def test_each_thing_that_a_cell_says_is_compared_by_itself(now):
    service, activity = "infrastructure-reseau", "mco"
    cell = now.version.cells[service, activity]
    (case,) = cell.cases
    warranty = model.Test("under_warranty", False, "is")
    helped = replace(case, contributors=(Contributor("academie", (warranty,), (CITED,)),))
    hanging = (replace(case, tests=(model.Test("user_category", True, "administrative"),)), case)
    for changes, wanted in (
        ({"provenance": "printed"}, {"provenance"}),
        ({"value": "CL (4)"}, {"value"}),
        ({"cases": (replace(case, party="college"),)}, {"parties"}),
        ({"cases": hanging}, {"conditions"}),
        ({"cases": (helped,)}, {"contributors", "clauses"}),
        ({"citations": (*cell.citations, CITED)}, {"clauses"}),
        ({"cases": (replace(case, via="editeur"),)}, {"parties"}),
        ({"assume": (("experimentation", True),)}, {"conditions"}),
        ({"line": 99, "origin": "ailleurs"}, set()),
    ):
        found = compare(now, altered(now, service, activity, **changes))
        aspects = only(found)[1] if wanted else {}
        assert set(aspects) == wanted, changes
        assert bool(found.differing) is bool(wanted)
        if wanted == {"conditions"} and "cases" in changes:
            assert aspects["conditions"][0] == "dans tous les cas"
            assert "si l’utilisateur est administratif" in aspects["conditions"][1]
        if "contributors" in wanted:
            assert aspects["contributors"] == ("personne", "l’Académie de Toulouse hors garantie")


def test_two_parties_in_conflict_and_a_case_by_case_are_told(now):
    key = ("infrastructure-reseau", "mco")
    conflict = Case((), "conflict", None, (CITED,), candidates=("academie", "departement"))
    arbitration = Case((), "arbitration", None, (CITED,))
    found = compare(altered(now, *key, cases=(conflict,)), altered(now, *key, cases=(arbitration,)))
    assert only(found)[1]["parties"] == (
        "conflit entre l’Académie de Toulouse et le Département des Hautes-Pyrénées",
        "au cas par cas",
    )
    one = altered(now, *key, cases=(replace(conflict, candidates=("departement", "academie")),))
    assert not compare(altered(now, *key, cases=(conflict,)), one).by_aspect().get("parties")


def test_two_academies_that_do_the_same_agree_and_two_texts_are_not_blamed_for_their_words(conventions):
    found = compare(side(conventions, HP, BEFORE), side(conventions, DS, BEFORE))
    same = [line for line in found.lines if line.a.parties == line.b.parties == ("departement",)]
    assert same and all(line.a.who != line.b.who for line in same)
    assert not [line for line in same if any(one.aspect == "parties" for one in line.differences)]
    assert "clauses" not in found.by_aspect() and len(found.differing) > 10


def test_the_services_of_one_side_alone_are_those_that_it_alone_names(conventions):
    def named(one):
        rows = {name for section in one.convention.sections for name in conventions.sections[section]}
        return rows | {service for service, _ in one.version.cells} | set(one.convention.exclusions)

    for a, b in ((HP, DS), ("acar-2021", "bouches-du-rhone-2017")):
        left, right = side(conventions, a, BEFORE), side(conventions, b, BEFORE)
        found = compare(left, right)
        assert {one.service for one in found.only_a} == named(left) - named(right)
        assert {one.service for one in found.only_b} == named(right) - named(left)
        assert {line.service for line in found.lines} == named(left) & named(right)
        assert len(found.lines) == 6 * len(named(left) & named(right))
        assert all(said.value for one in found.only_a for _, said in one.cells)


def test_an_excluded_service_is_outside_the_agreement(conventions):
    found = compare(side(conventions, HP, BEFORE), side(conventions, DS, BEFORE))
    line = next(line for line in found.lines if (line.service, line.activity) == ("ent", "mco"))
    assert line.a.value == EXCLUDED and line.a.answer == "hors de l’accord"
    assert line.a.citations == conventions[HP].exclusions["ent"][0].citations


def test_turned_round_it_says_the_same_the_other_way(conventions):
    left, right = side(conventions, HP, BEFORE), side(conventions, DS, BEFORE)
    there, back = compare(left, right), compare(right, left)
    assert there.by_aspect() == back.by_aspect() and set(there.by_aspect()) <= set(ASPECTS)
    assert sorted(there.moves()) == sorted((b, a, count) for a, b, count in back.moves())
    assert sum(count for *_, count in there.moves()) == there.by_aspect()["parties"]
    assert {(one.service, one.activity) for one in there.differing} == {
        (one.service, one.activity) for one in back.differing
    }


def test_before_its_first_version_there_is_nothing_to_compare(conventions):
    with pytest.raises(NoVersion) as refused:
        side(conventions, HP, date(2010, 1, 1))
    assert refused.value.first == conventions[HP].versions[0].on
    with pytest.raises(KeyError):
        side(conventions, "nulle-part", BEFORE)


# --- written out ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(conventions):
    return compare(side(conventions, HP, BEFORE), side(conventions, DS, BEFORE))


def test_text_says_what_is_compared_how_much_differs_and_each_difference(found):
    text = "\n".join(as_text(found))
    assert text.startswith(f"A : {HP}, version du 1er septembre 2015\nB : {DS}, version du 1er janvier 2017\n")
    assert f"{len(found.differing)} diffèrent" in text
    assert text.count("  qui répond\n") == found.by_aspect()["parties"]
    assert "pareil" not in text and "\n".join(as_text(found, everything=True)).count("  pareil : ") == len(
        found.lines
    ) - len(found.differing)
    assert found.services[found.only_b[0].service] in text


def test_json_holds_the_cells_that_differ_or_all_of_them(found):
    some, everything = json.loads(as_json(found)), json.loads(as_json(found, everything=True))
    assert len(some["cells"]) == some["counts"]["differing"] == len(found.differing)
    assert len(everything["cells"]) == some["counts"]["cells"] == len(found.lines)
    assert some["a"]["convention"] == HP and some["b"]["version"] == "2017-01-01"
    assert all(cell["differences"] for cell in some["cells"])
    assert {one["service"] for one in some["only_a"]} == {one.service for one in found.only_a}


def test_the_table_has_a_row_for_each_difference_and_each_cell_of_one_side_alone(found):
    head, *body = rows(found)
    assert head == HEAD and all(len(row) == len(HEAD) for row in body)
    alone = [row for row in body if "seul nomme" in row[5]]
    assert len(body) - len(alone) == len(found.differing)
    assert {row[1] for row in alone} == {one.service for one in (*found.only_a, *found.only_b)}
    assert len(list(rows(found, everything=True))) - len(body) - 1 == len(found.lines) - len(found.differing)


def test_two_agreements_without_a_service_in_common_have_no_cell_to_compare(found):
    told = summary(replace(found, lines=()))
    assert told[0] == "Aucun service n’est nommé des deux côtés : il n’y a pas de case à comparer."
