"""Changes to cells: the cells that they make, refusals, and the round trip through JSON."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix import load_conventions
from matrix.changes import CellChange, amended, cell_of, check, filled, packed, unpacked
from matrix.model import FACTS, Case, Citation, Contributor, Test
from matrix.values import ValueFault

CONVENTIONS = load_conventions()
HP = CONVENTIONS["hautes-pyrenees-2015"]
START = HP.versions[0].on

texts = st.text(max_size=20)
citations = st.builds(
    Citation, texts, texts, st.sampled_from(["printed", "derived", "default"]), texts, st.none() | texts
)
tests = st.one_of(
    st.builds(Test, st.sampled_from(FACTS), texts | st.booleans(), st.sampled_from(["is", "administrative", "role"])),
    st.builds(Test, st.just("acquired_on"), st.dates(), st.sampled_from(["after", "until"])),
)
contributors = st.builds(
    Contributor, texts, st.lists(tests, max_size=2).map(tuple), st.lists(citations, max_size=2).map(tuple)
)
cases = st.builds(
    Case,
    st.lists(tests, max_size=3).map(tuple),
    st.sampled_from(["routed", "to_qualify", "conflict"]),
    st.none() | texts,
    st.lists(citations, max_size=2).map(tuple),
    st.lists(contributors, max_size=2).map(tuple),
    st.none() | texts,
    st.lists(texts, max_size=2).map(tuple),
)
changes = st.builds(
    CellChange,
    service=texts,
    activity=texts,
    value=texts,
    ref=texts,
    quote=texts,
    contributors=st.lists(texts, max_size=2).map(tuple),
    candidates=st.lists(texts, max_size=2).map(tuple),
    cases=st.lists(cases, max_size=3).map(tuple),
    origin=texts,
)


@given(changes)
def test_a_change_goes_through_json_unchanged(change: CellChange) -> None:
    assert unpacked(json.loads(json.dumps(packed(change)))) == change


def test_every_case_of_every_agreement_goes_through_json() -> None:
    for convention in CONVENTIONS:
        for cell in convention.versions[-1].cells.values():
            change = CellChange(service=cell.service, activity=cell.activity, value="selon", cases=cell.cases)
            assert unpacked(json.loads(json.dumps(packed(change)))).cases == cell.cases


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"service": 1, "activity": "mco", "value": "EN"},
        {"service": "a", "activity": "b", "value": None},
        {"service": "a", "activity": "b", "value": "EN", "cases": [{}]},
        {"service": "a", "activity": "b", "value": "EN", "cases": [3]},
        {
            "service": "a",
            "activity": "b",
            "value": "selon",
            "cases": [
                {
                    "tests": [{"fact": "age", "wanted": True, "kind": "is"}],
                    "status": "routed",
                    "party": "college",
                    "citations": [],
                    "contributors": [],
                    "via": None,
                    "candidates": [],
                }
            ],
        },
        {
            "service": "a",
            "activity": "b",
            "value": "selon",
            "cases": [
                {
                    "tests": [],
                    "status": "perdu",
                    "party": None,
                    "citations": [],
                    "contributors": [],
                    "via": None,
                    "candidates": [],
                }
            ],
        },
    ],
)
def test_json_that_is_no_change_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueFault):
        unpacked(data)


def packed_case(**more: object) -> dict[str, object]:
    """A change as JSON with one case, whose fields `more` replaces."""
    case: dict[str, object] = {"tests": [], "status": "routed", "party": "college", "citations": []}
    case |= {"contributors": [], "via": None, "candidates": []}
    return {"service": "a", "activity": "b", "value": "selon", "cases": [case | more]}


def quoted(kind: str) -> dict[str, object]:
    return {"document": "a", "ref": "I", "kind": kind, "quote": "mots", "reading": None}


def test_a_case_of_known_questions_and_citations_is_taken() -> None:
    tests = [{"fact": "inventoried", "wanted": True, "kind": "is"}]
    (case,) = unpacked(packed_case(tests=tests, citations=[quoted("derived")])).cases
    assert case.tests == (Test("inventoried", True, "is"),)
    assert case.citations == (Citation("a", "I", "derived", "mots"),)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"tests": [{"fact": "inventoried", "wanted": True, "kind": "near"}]}, "condition inconnue : 'near'"),
        ({"tests": [{"fact": "inventoried", "wanted": 3, "kind": "is"}]}, "condition inconnue : 'is'"),
        ({"citations": [quoted("painted")]}, "provenance inconnue : 'painted'"),
    ],
)
def test_a_case_with_an_unknown_question_or_citation_is_refused(more: dict[str, object], words: str) -> None:
    with pytest.raises(ValueFault) as caught:
        unpacked(packed_case(**more))
    assert words in f"{caught.value} {caught.value.__cause__}"


def test_a_change_may_assume_a_known_fact_and_no_other() -> None:
    given = packed_case() | {"assume": [["inventoried", True]]}
    assert unpacked(given).assume == (("inventoried", True),)
    for assumed in (["age", True], ["inventoried", 3]):
        with pytest.raises(ValueFault) as caught:
            unpacked(given | {"assume": [assumed]})
        assert f"fait supposé inconnu : {assumed[0]!r}" in f"{caught.value} {caught.value.__cause__}"


def change(value: str, **more: object) -> CellChange:
    return CellChange(service="inventaire", activity="conseil", value=value, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        change("Nous"),
        change("EN (9)"),
        change("selon"),
        change("conflit"),
        change("EN", contributors=("mairie",)),
        change("conflit", candidates=("academie", "mairie")),
        CellChange(service="rien", activity="mco", value="EN"),
        CellChange(service="inventaire", activity="rien", value="EN"),
        change("selon", cases=(Case((), "routed", "mairie", ()),)),
    ],
)
def test_a_change_from_outside_is_judged(wrong: CellChange) -> None:
    with pytest.raises(ValueFault):
        check(HP, CONVENTIONS.services, CONVENTIONS.activities, wrong)


def test_an_agreement_without_categories_cannot_ask_for_the_user() -> None:
    aix = CONVENTIONS["aix-en-provence-2017"]
    asks = CellChange(
        service="classes-mobiles",
        activity="mco",
        value="selon",
        cases=(Case((Test("user_category", True, "administrative"),), "routed", "academie", ()),),
    )
    with pytest.raises(ValueFault):
        check(aix, CONVENTIONS.services, CONVENTIONS.activities, asks)
    check(HP, CONVENTIONS.services, CONVENTIONS.activities, asks)


def test_a_fill_holds_from_its_version_and_an_amendment_from_its_day() -> None:
    one = filled(HP, START, [change("EN")])
    assert one.versions[0].cells["inventaire", "conseil"].provenance == "printed"
    assert cell_of(HP, change("EN")).citations[0].ref == HP.table_ref
    two = amended(one, date(2027, 9, 1), [change("CL")], "Avenant")
    assert [version.cells["inventaire", "conseil"].value for version in two.versions] == ["EN", "CL"]
    with pytest.raises(KeyError):
        filled(HP, date(2016, 1, 1), [])
    for day in (date(2014, 1, 1), START):
        with pytest.raises(ValueFault):
            amended(HP, day, [])
