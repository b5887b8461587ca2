"""The changes of `./run mutants`: each gives a program that can be parsed and that differs from the original."""

from __future__ import annotations

import ast

import pytest
from harness.places import ROOT
from mutants.changes import applied, changes


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("kept = a <= b", "kept = (a < b)"),
        ("kept = a in b", "kept = (a not in b)"),
        ("kept = a and b", "kept = ((a) or (b))"),
        ("kept = not a", "kept = (a)"),
        ("kept = a + 1", "kept = (a - 1)"),
        ("kept = a + 1", "kept = a + 2"),
        ("kept = True", "kept = False"),
        ("if é == 1:\n    a = 2", "if (not (é == 1)):\n    a = 2"),
        ("def one():\n    return 1", "def one():\n    return None"),
        ("if a:\n    raise ValueError(1)", "if a:\n    pass"),
        ("carrier.close()", "pass"),
        ("Actor(a, b, c)", "Actor(b, a, c)"),
    ],
)
def test_each_kind_of_change_is_made_in_its_place(before, after):
    assert after in [applied(before, change) for change in changes(before)]


@pytest.mark.parametrize(
    "text", ["a: int = b", "def one(a: 'int | None') -> bool: ...", "a = f'{b!r:>{c}}'", "'a' + b"]
)
def test_annotations_and_texts_are_left_alone(text):
    assert changes(text) == []


@pytest.mark.parametrize("name", ["matrix/terms.py", "ticketing/tickets/deadlines.py", "ticketing/mail/outbox.py"])
def test_a_change_of_a_true_module_is_another_program_that_can_be_read(name):
    text = (ROOT / name).read_text("utf-8")
    found = changes(text)
    assert len(found) > 20
    whole = ast.dump(ast.parse(text))
    for change in found:
        assert ast.dump(ast.parse(applied(text, change))) != whole, change
