"""A JSON column is read as `json.loads` reads it, and no function of the application is a coroutine."""

from __future__ import annotations

import ast
import json

import pytest
from harness.places import ROOT

from charters.database import read_json


@pytest.mark.parametrize("value", [{}, [], None, 0, "é", {"a": [1, {"b": None}]}, " ", 1.5, {"clé": "« mot »"}])
def test_what_was_written_is_read_from_text_and_bytes_whatever_its_spaces(value):
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1), json.dumps(value) + " "):
        assert read_json(text) == json.loads(text) == read_json(text.encode()) == value


@pytest.mark.parametrize("text", ["", "{", '{"a": 1} x', "{}{}", "rien"])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(json.JSONDecodeError):
        read_json(text)


def test_no_function_is_a_coroutine_since_flask_does_not_ask():
    found = [
        f"{path.relative_to(ROOT)}:{one.name}"
        for package in ("charters", "ticketing", "matrix")
        for path in sorted((ROOT / package).rglob("*.py"))
        for one in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(one, ast.AsyncFunctionDef)
    ]
    assert found == []
