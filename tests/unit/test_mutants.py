"""The changes of `./run mutants`: each gives a program that can be parsed and that differs from the original."""

from __future__ import annotations

import ast
import gc

import pytest
from harness.places import ROOT
from mutants.changes import applied, changes, what_runs
from mutants.equivalent import equivalents
from mutants.forks import Covering
from mutants.swapping import swap, swappable


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


@pytest.mark.parametrize("text", ["min(a, b)", "query.where(a, b)", "or_(a, b)", "Actor(*a, b)", "one(a)"])
def test_arguments_whose_order_says_nothing_stay_in_their_order(text):
    assert [change.after for change in changes(f"kept = {text}")] == []


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


BEFORE = """
LIMIT = 3

def small(number):
    return number < LIMIT

class Held:
    size = 2

    def wide(self, ways=[lambda: 1 + 1]):
        return [one() > self.size for one in ways]
"""


@pytest.fixture
def module(tmp_path):
    """A module of the text BEFORE: where it stands, and its names."""
    path = str(tmp_path / "one.py")
    names = {"__name__": "one"}
    exec(compile(BEFORE, path, "exec"), names)
    return path, names


def test_a_function_gets_the_changed_code_where_it_is(module):
    path, names = module
    small, held = names["small"], names["Held"]()
    assert not small(3) and held.wide() == [False]
    after = BEFORE.replace("number < LIMIT", "(number <= LIMIT)").replace("one() >", "one() >=")
    assert swappable(path, BEFORE, after)
    swap(path, BEFORE, after)
    assert small(3) and held.wide() == [True], "who held the function before sees the change"


@pytest.mark.parametrize(
    ("old", "new"), [("LIMIT = 3", "LIMIT = 4"), ("size = 2", "size = 3"), ("1 + 1]", "1 + 1, 2]")]
)
def test_what_runs_at_import_is_not_swapped(module, old, new):
    path, _ = module
    assert not swappable(path, BEFORE, BEFORE.replace(old, new))


def test_a_function_put_aside_from_garbage_collection_is_found(module):
    """`conftest.py` puts aside what was imported by the end of the collection: every change ran in its own process."""
    gc.freeze()
    assert swappable(module[0], BEFORE, BEFORE.replace("number < LIMIT", "(number <= LIMIT)"))


def test_the_same_text_changes_nothing(module):
    assert not swappable(module[0], BEFORE, BEFORE)


def test_a_module_that_was_not_imported_has_nothing_to_swap(module):
    after = BEFORE.replace("number < LIMIT", "(number <= LIMIT)")
    assert not swappable(module[0] + "x", BEFORE, after)


def test_each_change_listed_as_equivalent_can_be_made_and_says_why():
    """One that can no longer be made is taken off the list: the text has changed, and must be read again."""
    listed = equivalents()
    assert len({(one.module, one.place) for one in listed}) == len(listed)
    for one in listed:
        places = [change.place for change in changes((ROOT / one.module).read_text("utf-8"))]
        assert places.count(one.place) == 1, one
        assert len(one.reason.split()) > 3 and one.reason.endswith("."), one


def test_words_that_nothing_runs_change_nothing_and_lines_that_move_do():
    before = 'def one():\n    """Say."""\n    return 1  # so\n'
    assert what_runs(before) == what_runs(before.replace("Say", "Said").replace("# so", "# and"))
    assert what_runs(before) != what_runs("\n" + before)
    assert what_runs(before) != what_runs(before.replace("1", "2"))


# --- which tests are measured again -----------------------------------------------------------------------------------

PRINTS = {"matrix/a.py": "1", "matrix/b.py": "1", "tests/unit/test_a.py": "1", "tests/unit/test_b.py": "1"}
A, B, AGAIN = "tests/unit/test_a.py::one", "tests/unit/test_b.py::two", "tests/unit/test_b.py::more"
KNOWN = Covering([A, B], {"matrix/a.py": {"3": [0], "4": [0, 1]}, "matrix/b.py": {"7": [1]}}, {}, [0.1, 0.2], PRINTS)


@pytest.mark.parametrize(
    ("names", "changed", "stale"),
    [
        ([A, B], {}, []),
        ([A, B, AGAIN], {"tests/unit/test_b.py": "2"}, [B, AGAIN]),
        ([A, B], {"matrix/b.py": "2"}, [B]),
        ([A, B], {"matrix/a.py": "2"}, [A, B]),
        ([A, B], {"matrix/new.py": "1"}, []),
        ([A, B, "tests/unit/test_new.py::x"], {"tests/unit/test_new.py": "1"}, ["tests/unit/test_new.py::x"]),
        ([A, B], {"tests/harness/new.py": "1"}, []),
        ([A, B], {"tests/unit/conftest.py": "1"}, [A, B]),
        ([A, B], {"tests/mutants/forks.py": "2"}, []),
    ],
)
def test_only_the_tests_that_a_change_may_touch_are_measured_again(names, changed, stale):
    assert KNOWN.stale(names, {**PRINTS, **changed}) == stale


def test_a_changed_fixture_that_tests_share_measures_them_all_again():
    shared = {**PRINTS, "tests/harness/old.py": "1"}
    known = Covering(KNOWN.names, KNOWN.lines, {}, KNOWN.seconds, shared)
    assert known.stale([A, B], {**shared, "tests/harness/old.py": "2"}) == [A, B]
    assert known.stale([A, B], {name: mark for name, mark in shared.items() if "harness" not in name}) == [A, B]


def test_what_was_measured_again_takes_the_place_of_what_was_known():
    measured = Covering([B, AGAIN], {"matrix/b.py": {"7": [1], "8": [0]}}, {"matrix/b.py": [1]}, [0.5, 0.6], PRINTS)
    found = KNOWN.renewed([AGAIN, A, B], measured)
    assert found.names == [AGAIN, A, B] and found.seconds == [0.6, 0.1, 0.5]
    assert found.lines == {"matrix/a.py": {"3": [1], "4": [1]}, "matrix/b.py": {"7": [0], "8": [2]}}
    assert (found.early, found.prints) == ({"matrix/b.py": [1]}, PRINTS)


def test_a_line_that_nobody_is_known_to_run_any_more_has_all_measured_again():
    """The test that ran it first is gone, and hid that others use its answer."""
    assert KNOWN.renewed([B], Covering([], {}, {}, [], PRINTS)) is None
    moved = Covering([], {}, {}, [], {**PRINTS, "matrix/a.py": "2"})
    assert KNOWN.renewed([B], moved).lines == {"matrix/a.py": {"4": [0]}, "matrix/b.py": {"7": [0]}}, "its text changed"
