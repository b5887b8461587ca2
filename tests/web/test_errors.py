"""Test the table of errors and answers: each error of a use case has its status, on a page that gives the reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from harness.places import ROOT

from charters.errors import GuichetError
from ticketing.amending.approvals import GoldenFailed
from ticketing.errors import Invalid, NotFound, Refused, Stale, StepRefused
from ticketing.figures.statistics import NoFigures
from ticketing.web import errors


def _kinds(root: type[GuichetError] = GuichetError) -> Iterator[type[GuichetError]]:
    for kind in root.__subclasses__():
        yield kind
        yield from _kinds(kind)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (NotFound, 404),
        (NoFigures, 404),
        (Invalid, 422),
        (Refused, 403),
        (StepRefused, 409),
        (Stale, 409),
        (GoldenFailed, 409),
    ],
)
def test_the_answer_of_each_error(kind, code):
    assert errors.answer(kind) == code


def test_every_error_of_the_tree_has_an_answer_with_its_words():
    own = [kind for kind in _kinds() if kind.__module__.split(".")[0] in ("charters", "ticketing")]
    assert own and all(errors.answer(kind) in errors.TEXTS for kind in own)


def test_the_log_names_an_error_that_no_page_caught_without_its_words(app, caplog):
    with app.test_request_context("/compte"):
        app.handle_user_exception(Invalid({"name": "« Madame Zk » n’est pas un nom."}))
        app.handle_user_exception(NotFound("ticket 12"))
    [line] = [one.getMessage() for one in caplog.records if "no page catches" in one.getMessage()]
    assert line == "Invalid that no page catches, at access.account"


def test_an_error_that_no_page_caught_gets_its_answer_and_its_sentence(app):
    raised: dict[str, Exception] = {
        "absent": NotFound("compte 12"),
        "interdit": Refused("Votre mandat ne le permet pas."),
        "trop-tard": StepRefused("Le ticket est fermé."),
        "faute": Invalid({"name": "Donnez un nom."}),
    }

    answers = {}
    with app.test_request_context("/"):
        for name, error in raised.items():
            answer = app.handle_user_exception(error)
            answers[name] = (answer.status_code, answer.get_data(as_text=True))
    assert {name: code for name, (code, _) in answers.items()} == {
        "absent": 404,
        "interdit": 403,
        "trop-tard": 409,
        "faute": 422,
    }
    assert "compte 12" not in answers["absent"][1] and errors.TEXTS[404][1] in answers["absent"][1]
    for name in ("interdit", "trop-tard", "faute"):
        assert str(raised[name]) in answers[name][1]


def test_no_page_maps_an_error_of_a_use_case_to_a_status_by_hand():
    """The table maps errors to statuses; a page catches such an error only to show something of its own."""
    by_hand = [
        f"{path.name}:{handler.lineno}"
        for path in (ROOT / "ticketing/web").rglob("*.py")
        for handler in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(handler, ast.ExceptHandler)
        and handler.type is not None
        and ast.unparse(handler.type).split(".")[-1] in {NotFound.__name__, NoFigures.__name__}
        and [ast.unparse(line) for line in handler.body] == [f"abort({errors.answer(NotFound)})"]
    ]
    assert by_hand == []
