"""The comparison of two matrices reports all differences and nothing else, in words for people."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from matrix import load_conventions, model
from matrix.changes import CellChange, amended
from matrix.comparison.compare import ASPECTS, EXCLUDED, PROVENANCES, NoVersion, Side, compare, quoted, side
from matrix.comparison.reports import HEAD, as_json, as_text, rows, summary
from matrix.model import Case, Citation, Contributor
from matrix.wording import SECTIONS

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
    assert line.a.citations == conventions[HP].exclusions["ent"]


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


def test_who_may_answer_comes_in_the_agreement_s_order_and_what_is_open_last(now):
    """The same parties in another order of cases are the same answer, in the same words."""
    key = ("infrastructure-reseau", "mco")
    citing = (CITED,)
    named = [Case((), "routed", party, citing) for party in ("college", "departement", "academie")]
    open_ = Case((), "to_qualify", None, citing)
    one, other = altered(now, *key, cases=(open_, *named)), altered(now, *key, cases=(*reversed(named), open_))
    found = compare(one, other)
    (line,) = [line for line in found.lines if (line.service, line.activity) == key]
    assert (
        line.a.who
        == line.b.who
        == ("l’Académie de Toulouse, le Département des Hautes-Pyrénées, le collège ou à qualifier par le guichet")
    )
    assert line.a.parties == ("college", "departement", "academie") and line.b.parties == line.a.parties[::-1]
    assert not found.by_aspect().get("parties")


def test_what_else_is_answered_is_told_under_its_condition(now):
    """« dans les autres cas » closes a list of conditions, and is no condition by itself."""
    key = ("infrastructure-reseau", "mco")
    asked = model.Test("user_category", True, "administrative")
    first, last = Case((asked,), "routed", "academie", (CITED,)), Case((), "routed", "departement", (CITED,))
    (line,) = compare(now, altered(now, *key, cases=(first, last))).differing
    assert line.b.answer == (
        "l’Académie de Toulouse si l’utilisateur est administratif ; "
        "le Département des Hautes-Pyrénées dans les autres cas"
    )
    (alone,) = compare(now, altered(now, *key, cases=(replace(last, party="college"),))).differing
    assert alone.b.answer == "le collège"


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (
            Case((), "to_qualify", None, (CITED,), via="editeur"),
            "à qualifier par le guichet, l’éditeur aide directement",
        ),
        (Case((), "conflict", None, (CITED,)), "conflit"),
        (Case((), "conflict", None, (CITED,), candidates=("college",)), "conflit entre le collège"),
    ],
)
def test_an_answer_that_names_no_party_says_what_it_is(now, case, said):
    (line,) = compare(now, altered(now, "infrastructure-reseau", "mco", cases=(case,))).differing
    assert line.b.who == said


def test_a_presumption_is_told_with_the_condition_that_it_supposes(now):
    key = ("infrastructure-reseau", "mco")
    asked = model.Test("acquired_by", "EN", "role")
    cases = (Case((asked,), "routed", "academie", (CITED,)), Case((), "routed", "departement", (CITED,)))
    (line,) = compare(now, altered(now, *key, cases=cases, assume=(("acquired_by", "CL"),))).differing
    told = next(one.b for one in line.differences if one.aspect == "conditions")
    assert " ; faute de le savoir, comme si " in told


def test_the_mention_of_a_note_is_told_with_its_words(now):
    number, (clause, _, _) = next(iter(now.convention.notes.items()))
    (line,) = compare(now, altered(now, "infrastructure-reseau", "mco", value=f"EN ({number})")).differing
    told = next(one.b for one in line.differences if one.aspect == "value")
    assert told == f"«\u00a0EN ({number})\u00a0», note : «\u00a0{clause.reading or clause.quote}\u00a0»"
    (line,) = compare(now, altered(now, "infrastructure-reseau", "mco", value="EN (99)")).differing
    assert next(one.b for one in line.differences if one.aspect == "value") == "«\u00a0EN (99)\u00a0»"


def test_moves_come_by_number_then_by_name_and_only_of_cells_that_move(now):
    keys = [key for key, cell in now.version.cells.items() if [case.party for case in cell.cases] == ["departement"]]
    after = now
    for key, party in zip(keys, ("college", "academie", "college", "region"), strict=False):
        case = now.version.cells[key].cases[0]
        after = altered(after, *key, cases=(replace(case, party=party),))
    before = "le Département des Hautes-Pyrénées"
    assert compare(now, after).moves() == [
        (before, "le collège", 2),
        (before, "la Région Midi-Pyrénées", 1),
        (before, "l’Académie de Toulouse", 1),
    ]
    assert compare(now, after).by_aspect()["parties"] == 4


def test_provenances_and_clauses_are_compared_only_where_both_sides_say_something(now):
    key = ("infrastructure-reseau", "mco")
    blank = altered(now, *key, provenance="default")
    assert not {"provenance", "clauses"} & set(compare(now, blank).by_aspect())
    assert not {"provenance", "clauses"} & set(compare(blank, now).by_aspect())
    cell = now.version.cells[key]
    again = altered(now, *key, citations=(*cell.citations, replace(cell.citations[0], kind="printed")))
    assert not compare(now, again).differing, "the same place with the same words is the same clause"


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


def test_the_summary_counts_what_differs_in_words(found):
    told, cells, differing = summary(found), len(found.lines), len(found.differing)
    assert told[0] == f"{cells} cases comparées : {differing} diffèrent, {cells - differing} non."
    assert told[1].startswith("Ce qui diffère, en nombre de cases : qui répond (")
    assert told[2] == f"{len(found.only_a)} services que A nomme et que B ne nomme pas."
    one = replace(found, lines=found.differing[:1], only_a=found.only_a[:1], only_b=())
    assert summary(one)[0] == "1 case comparée : 1 diffère, 0 non."
    assert summary(one)[2:] == ["1 service que A nomme et que B ne nomme pas."]
    two = replace(found, lines=found.differing[:2])
    assert summary(two)[0] == "2 cases comparées : 2 diffèrent, 0 non."


def test_the_text_gives_each_section_its_title_and_each_move_its_number(found):
    lines = list(as_text(found))
    titles = [line for line in lines if line.startswith("== ")]
    sections = list(dict.fromkeys(line.section for line in found.differing))
    assert titles[: len(sections)] == [f"== {SECTIONS.get(one, one)}" for one in sections]
    assert titles[len(sections) :] == [
        "== Services que A nomme et que B ne nomme pas",
        "== Services que B nomme et que A ne nomme pas",
    ]
    who, other, count = found.moves()[0]
    assert f"  {count:4}  A : {who} | B : {other}" in lines
    assert not [line for line in as_text(replace(found, only_a=(), only_b=())) if "ne nomme pas" in line]
    assert all(before == "" for before, title in pairwise(lines) if title.startswith("== "))


def test_a_cell_that_does_not_differ_is_one_line_with_its_help_and_provenance(found, now):
    same = compare(now, now)
    text = list(as_text(same, everything=True))
    (cell,) = [line for line in same.lines if (line.service, line.activity) == ("infrastructure-reseau", "mco")]
    at = text.index(f"{same.services[cell.service]} : {same.activities[cell.activity]}")
    helped = f", avec le concours de : {cell.a.helpers}" if cell.a.helpers else ""
    assert (
        text[at - 1] == "" and text[at + 1] == f"  pareil : {cell.a.answer}{helped} ({PROVENANCES[cell.a.provenance]})"
    )


def test_the_table_says_what_differs_and_leaves_the_other_side_of_a_lone_service_empty(found):
    body = list(rows(found))[1:]
    first = found.differing[0]
    assert body[0][:6] == (
        SECTIONS.get(first.section, first.section),
        first.service,
        found.services[first.service],
        first.activity,
        found.activities[first.activity],
        ", ".join(ASPECTS[one.aspect] for one in first.differences),
    )
    assert body[0][6:] == (
        *(first.a.value, first.a.who, first.a.answer, first.a.helpers, PROVENANCES[first.a.provenance]),
        quoted(first.a.citations),
        *(first.b.value, first.b.who, first.b.answer, first.b.helpers, PROVENANCES[first.b.provenance]),
        quoted(first.b.citations),
    )
    for side_, own, other in (("A", slice(6, 12), slice(12, 18)), ("B", slice(12, 18), slice(6, 12))):
        alone = [row for row in body if row[5] == f"{side_} seul nomme ce service"]
        assert alone and all(row[other] == ("",) * 6 for row in alone)
        assert all(row[own][0] for row in alone if row[3]) and all(row[own] == ("",) * 6 for row in alone if not row[3])


def test_json_says_each_side_of_each_cell(found):
    made = json.loads(as_json(found))
    first, cell = found.differing[0], made["cells"][0]
    assert cell["differences"] == {one.aspect: {"a": one.a, "b": one.b} for one in first.differences}
    assert cell["a"] == {
        "value": first.a.value,
        "parties": list(first.a.parties),
        "who": first.a.who,
        "answer": first.a.answer,
        "contributors": first.a.helpers,
        "provenance": first.a.provenance,
        "clauses": [{"ref": one.ref, "quote": one.quote} for one in first.a.citations],
    }
    assert (cell["section"], cell["service"], cell["activity"]) == (first.section, first.service, first.activity)
    assert made["counts"]["by_aspect"] == found.by_aspect()
    assert made["moves"] == [{"a": who, "b": other, "cells": count} for who, other, count in found.moves()]
    assert made["a"]["title"] == found.a.convention.title and made["a"]["version_title"] == found.a.version.title
    alone = made["only_b"][0]
    assert (alone["section"], alone["service"]) == (found.only_b[0].section, found.only_b[0].service)
    assert [one["activity"] for one in alone["cells"]] == [activity for activity, _ in found.only_b[0].cells]
