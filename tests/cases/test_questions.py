"""Check the questions of reference: for each agreement, facts and the answer that its text commands (`README.md`)."""

import tomllib
from functools import lru_cache
from pathlib import Path

import pytest

from matrix import Recorded, Request, Router, load_conventions
from matrix.files import SHIPPED

FILES = sorted(Path(__file__).parent.glob("*.toml"))
#: The agreements that ship, and an invented one for what they do not use (a métropole, two départements…).
CONVENTIONS = load_conventions(SHIPPED, Path(__file__).parent / "accords")
OPTIONAL = {"why", "etablissement", "opened_at", "facts", "recorded"}
WANTED = {"what", "service", "activity", "status", "party"}
EXPECTED = {
    "via": lambda decision: decision.via or "",
    "contributors": lambda decision: set(decision.contributors),
    "missing": lambda decision: list(decision.missing),
    "candidates": lambda decision: set(decision.candidates),
    "warnings": lambda decision: [warning.code for warning in decision.warnings],
    "version": lambda decision: decision.version or "",
    "cites_only": lambda decision: {citation.ref for citation in decision.citations},
}
#: Columns of which a decision must contain the given values among others.
AMONG = {
    "cites": lambda decision: {citation.ref for citation in decision.citations},
    "cites_as_default": lambda decision: {one.ref for one in decision.citations if one.kind == "default"},
    "quotes": lambda decision: {citation.quote for citation in decision.citations},
}


def questions():
    """Yield each question, completed with the values at the head of its file."""
    for path in FILES:
        file = tomllib.loads(path.read_text(encoding="utf-8"))
        for number, question in enumerate(file.pop("question"), 1):
            yield pytest.param({**file, **question}, id=f"{path.stem}-{number}")


@lru_cache
def router(recorded):
    return Router(CONVENTIONS, recorded)


def answer(question):
    recorded = tuple(
        Recorded(one["kind"], question["convention"], one["on"], one.get("subject", ""))
        for one in question.get("recorded", [])
    )
    request = Request(
        etablissement=question["etablissement"],
        service=question["service"],
        activity=question["activity"],
        opened_at=question["opened_at"],
        **question.get("facts", {}),
    )
    return router(recorded).route(request)


@pytest.mark.parametrize("question", list(questions()))
def test_the_answer_is_the_one_that_the_text_commands(question):
    decision = answer(question)
    assert (decision.convention, decision.status, decision.party) == (
        question["convention"],
        question["status"],
        question["party"],
    )
    for key, value in EXPECTED.items():
        if key in question:
            found = value(decision)
            assert found == type(found)(question[key]), key
    for key, value in AMONG.items():
        assert set(question.get(key, ())) <= value(decision), key
    if "cites_only" in question and "cites_as_default" in question:
        assert {citation.kind for citation in decision.citations} == {"default"}
    if decision.status == "routed":
        assert decision.missing == decision.candidates == ()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_word_of_a_file_is_read_and_no_question_stands_twice(path):
    file = tomllib.loads(path.read_text(encoding="utf-8"))
    assert path.stem == file["convention"]
    asked = [(one["what"], str(one.get("recorded"))) for one in file["question"]]
    assert len(asked) == len(set(asked)), [one for one in asked if asked.count(one) > 1]
    for question in file["question"]:
        assert question.keys() >= WANTED, question["what"]
        assert question.keys() <= WANTED | OPTIONAL | EXPECTED.keys() | AMONG.keys(), question["what"]
        assert question["what"].endswith(" ?") and question["what"][0].isupper()


def test_every_agreement_has_its_questions():
    assert [path.stem for path in FILES] == sorted(CONVENTIONS.ids)
    assert sum(1 for _ in questions()) >= 180


def test_every_combination_of_the_table_has_an_answer_that_cites():
    asking = router(())
    opened = tomllib.loads((Path(__file__).parent / "hautes-pyrenees-2015.toml").read_text(encoding="utf-8"))[
        "opened_at"
    ]
    for place in CONVENTIONS.etablissements:
        for service in CONVENTIONS.services:
            for activity in CONVENTIONS.activities:
                asked = Request(etablissement=place, service=service, activity=activity, opened_at=opened)
                decision = asking.route(asked)
                assert decision.citations and all(citation.quote for citation in decision.citations)
                assert bool(decision.missing) == bool(decision.candidates) == (decision.status == "needs_info")
