"""A secret that a value carries is not in the text of the value, which a log or an error may write."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from harness.places import ROOT

from charters.entry.reauthentication import Proof
from charters.entry.sessions import Entered
from charters.keys.keys import Shown
from charters.keys.pins import NewPin
from ticketing.operation.limits import Limiter

SECRET = "zq7-Secret-81"
#: The names by which the fields of our values carry a secret.
NAMES = {"pin", "code", "password", "seed", "secret", "secret_key"}
#: All but the demonstration, whose codes are public.
SOURCES = [
    path
    for room in ("charters", "ticketing")
    for path in sorted((ROOT / room).rglob("*.py"))
    if "demo" not in path.relative_to(ROOT).parts
]


@pytest.mark.parametrize(
    "value",
    [
        NewPin(SECRET, SECRET),
        Proof(pin=SECRET, code=SECRET, password=SECRET, answer=SECRET, challenge=SECRET.encode()),
        Shown(uri=f"otpauth://totp/?secret={SECRET}", secret=SECRET),
        Entered(token=SECRET, account_id=1, session_id=2, refused_before=0),
        Limiter(login_tries=10, secret_key=SECRET),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_text_of_a_value_holds_no_secret(value):
    assert SECRET not in repr(value) and SECRET not in str(value) and SECRET not in f"{[value]}"


def hidden(line: ast.AST) -> bool:
    """Whether a decorator or the value of a field says `repr=False`."""
    return any(
        isinstance(node, ast.keyword) and node.arg == "repr" and ast.unparse(node.value) == "False"
        for node in ast.walk(line)
    )


def shown_secrets(path: Path) -> list[str]:
    """The fields of dataclasses in a file that are named as a secret and would be written with the value."""
    return [
        f"{path.name}: {one.name}.{ast.unparse(line.target)}"
        for one in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(one, ast.ClassDef)
        and any("dataclass" in ast.unparse(line) and not hidden(line) for line in one.decorator_list)
        for line in one.body
        if isinstance(line, ast.AnnAssign) and ast.unparse(line.target) in NAMES and not hidden(line)
    ]


def test_no_field_named_as_a_secret_is_in_the_text_of_its_value():
    assert len(SOURCES) > 100
    assert [found for path in SOURCES for found in shown_secrets(path)] == []
