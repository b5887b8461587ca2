"""Hold how typed numbers are read: whole, in ASCII digits. « ² » is a digit to `str.isdigit`, and none to `int`.

A number judged by its first digits and then read whole is not the one that was judged.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(one for room in ("matrix", "charters", "ticketing") for one in (ROOT / room).rglob("*.py"))


def calls(tree: ast.AST, name: str) -> set[str]:
    """Return what a method is asked of, as source: `text` of `text.isdigit()`."""
    return {
        ast.unparse(one.func.value)
        for one in ast.walk(tree)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == name
    }


def read_by(tree: ast.AST) -> list[tuple[str, bool]]:
    """Return what `int` reads, as source without what cuts it, and whether it is cut."""
    asked = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and ast.unparse(one.func) == "int" and one.args]
    read = [one.args[0] for one in asked]
    return [(ast.unparse(one).partition("[")[0], isinstance(one, ast.Subscript)) for one in read]


def faults(source: str) -> list[str]:
    """Return the functions that give `int` what `isdigit` alone judged, or read more than they judged."""
    found = []
    for one in ast.walk(ast.parse(source)) if "isdigit" in source else ():
        if isinstance(one, ast.FunctionDef):
            judged, plain = ({name.partition("[")[0] for name in calls(one, how)} for how in ("isdigit", "isascii"))
            read = read_by(one)
            cut, whole = ({name for name, short in read if short is how} for how in (True, False))
            if judged & (cut | whole) - plain or judged & cut & whole:
                found.append(one.name)
    return found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f(a):\n    return int(a) if a.isdigit() else 0", ["f"]),
        ("def f(a):\n    return int(a[:4]) if a[:4].isdigit() else 0", ["f"]),
        ("def f(a):\n    return int(a) if a.isascii() and a.isdigit() else 0", []),
        ("def f(a):\n    return int(a) if a.isascii() and a.isdigit() and int(a[:4]) < 9 else 0", ["f"]),
        ("def f(a, b):\n    return int(b) if a.isdigit() else 0", []),
    ],
)
def test_the_reading_sees_what_it_is_to_see(source: str, found: list[str]) -> None:
    assert faults(source) == found


def test_no_number_is_read_on_the_word_of_isdigit_alone() -> None:
    found = {str(one.relative_to(ROOT)): names for one in FILES if (names := faults(one.read_text("utf-8")))}
    assert found == {}
