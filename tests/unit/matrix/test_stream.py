"""The contract of `guichet route`: a line of answer for each line of request, in order, also for errors."""

import io
import json
import os
import threading
import time
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix import load_conventions
from matrix.commands import route_stream, routed

CONVENTIONS = load_conventions()
GOOD = {
    "id": "x1",
    "etablissement": "desaix-tarbes",
    "service": "annuaire",
    "activity": "mco",
    "opened_at": "2026-11-20T09:30",
}


def now():
    return datetime(2026, 11, 22)


def answers(*lines):
    feed = b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    out = io.BytesIO()
    code = route_stream(io.BytesIO(feed), out, CONVENTIONS, now)
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_answer_has_every_field_of_the_contract():
    code, [answer] = answers(GOOD)
    assert code == 0
    assert list(answer) == [
        "id",
        "status",
        "party",
        "convention",
        "version",
        "contributors",
        "missing",
        "candidates",
        "via",
        "warnings",
        "citations",
    ]
    assert answer["convention"] == "hautes-pyrenees-2015" and answer["version"] == "2015-09-01"
    assert {"document", "ref", "kind", "quote"} <= answer["citations"][0].keys()


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"etablissement": "hogwarts"}, "unknown_etablissement", "etablissement"),
        ({"etablissement": None}, "missing_field", "etablissement"),
        ({"service": "infrastructure"}, "unknown_service", "service"),
        ({"service": ["annuaire"]}, "wrong_type", "service"),
        ({"activity": "MCO"}, "unknown_activity", "activity"),
        ({"user_category": "proviseur"}, "unknown_user_category", "user_category"),
        ({"user_category": {}}, "wrong_type", "user_category"),
        ({"acquired_by": "etat"}, "unknown_acquired_by", "acquired_by"),
        ({"acquired_by": "canope"}, "unknown_acquired_by", "acquired_by"),
        ({"acquired_on": "2016-02-30"}, "invalid_date", "acquired_on"),
        ({"acquired_on": 2016}, "wrong_type", "acquired_on"),
        ({"inventoried": "true"}, "wrong_type", "inventoried"),
        ({"inventoried": 1}, "wrong_type", "inventoried"),
        ({"opened_at": "hier"}, "invalid_date", "opened_at"),
        ({"opened_at": "0001-01-01T00:00+14:00"}, "invalid_date", "opened_at"),
        ({"opened_at": True}, "wrong_type", "opened_at"),
        ({"colour": "blue"}, "unknown_key", "colour"),
        ({"id": {"a": 1}}, "wrong_type", "id"),
    ],
)
def test_what_cannot_be_routed_says_why_and_the_others_go_on(change, code, field):
    status, [first, bad, last] = answers(GOOD, GOOD | change, GOOD | {"id": 7})
    assert status == 1
    assert first["status"] == last["status"] == "routed" and last["id"] == 7
    assert (bad["error"]["code"], bad["error"]["field"]) == (code, field)
    assert bad["error"]["message"]


@pytest.mark.parametrize(
    "line", [b"", b"{", b"null", b"[]", b'"x"', b"12", b"\xff\xfe", b"[" * 100_000, b'{"id": NaN}', b'{"id": 1}']
)
def test_a_line_that_is_no_request_is_refused_in_its_place(line):
    status, [bad, good] = answers(line, GOOD)
    assert status == 1 and bad["error"]["code"] and good["status"] == "routed"


def test_null_and_absent_mean_the_same():
    nothing = dict.fromkeys(
        [
            "user_category",
            "acquired_by",
            "acquired_on",
            "inventoried",
            "in_referentiel",
            "experimentation",
            "under_warranty",
        ]
    )
    request = GOOD | {"service": "equipement-bureautique"}
    _, [bare, nulls] = answers(request, request | nothing)
    assert bare == nulls and bare["status"] == "needs_info"


def test_an_absent_opening_is_now():
    request = {key: value for key, value in GOOD.items() if key != "opened_at"}
    assert routed(json.dumps(request), CONVENTIONS, lambda: datetime(2010, 1, 1))["status"] == "out_of_scope"
    assert routed(json.dumps(request), CONVENTIONS, now)["status"] == "routed"


@pytest.mark.parametrize(
    ("opened", "status"),
    [
        ("2015-08-31T22:00:00Z", "routed"),  # already the 1st of September in Paris
        ("2015-08-31T21:59:59Z", "out_of_scope"),
        ("2015-09-01", "routed"),  # a date without time is midnight
        ("2015-08-31T23:59", "out_of_scope"),
        ("2015-09-01T01:00+05:00", "out_of_scope"),
    ],
)
def test_times_are_of_paris(opened, status):
    assert answers(GOOD | {"opened_at": opened})[1][0]["status"] == status


def test_an_id_comes_back_as_it_was():
    odd = ["", 'é\u2028"\\', "\ud800", "x" * 1000]
    _, found = answers(*({**GOOD, "id": name} for name in odd), {key: v for key, v in GOOD.items() if key != "id"})
    assert [answer["id"] for answer in found] == [*odd, None]


FACTS = st.fixed_dictionaries(
    {
        "etablissement": st.sampled_from(sorted(CONVENTIONS.etablissements)),
        "service": st.sampled_from(sorted(CONVENTIONS.services)),
        "activity": st.sampled_from(sorted(CONVENTIONS.activities)),
        "opened_at": st.datetimes().map(datetime.isoformat),
    },
    optional={
        "user_category": st.sampled_from(CONVENTIONS.user_categories) | st.none(),
        "acquired_by": st.sampled_from(["departement", "college", "academie", "commune", "region"]) | st.none(),
        "acquired_on": st.dates().map(lambda day: day.isoformat()) | st.none(),
        "inventoried": st.booleans() | st.none(),
        "under_warranty": st.booleans() | st.none(),
    },
)


@given(FACTS)
def test_there_is_always_one_answer_that_cites_and_asking_again_settles_nothing_else(facts):
    _, [answer] = answers(facts)
    assert answer["citations"] and answer["party"]
    assert (answer["status"] == "needs_info") == bool(answer["missing"]) == bool(answer["candidates"])
    assert answer["party"] not in answer["contributors"]
    assert all(facts.get(fact) is None for fact in answer["missing"])


@given(st.binary(max_size=300).filter(lambda line: b"\n" not in line and b"\r" not in line))
def test_no_line_breaks_the_stream(line):
    status, [bad, good] = answers(line, GOOD)
    assert status == 1 and "error" in bad and good["status"] == "routed"


def test_what_has_come_is_answered_before_more_is_waited_for():
    """A program that sends one line at a time and waits for its answer gets it at once."""
    reading, writing = os.pipe()
    out = io.BytesIO()

    def ask():
        with os.fdopen(writing, "wb", buffering=0) as asking:
            for size in range(1, 4):
                line = json.dumps(GOOD | {"id": size}).encode() + b"\n"
                asking.write(line[:20])
                asking.write(line[20:])
                deadline = time.monotonic() + 120
                while out.getvalue().count(b"\n") < size:
                    assert time.monotonic() < deadline
                    time.sleep(0.001)

    asker = threading.Thread(target=ask)
    asker.start()
    with os.fdopen(reading, "rb") as lines:
        assert route_stream(lines, out, CONVENTIONS, now) == 0
    asker.join()
    assert [json.loads(line)["id"] for line in out.getvalue().splitlines()] == [1, 2, 3]


def test_a_last_line_without_end_and_lines_of_any_length_are_answered():
    long = json.dumps(GOOD | {"id": "x" * 200_000}).encode()
    out = io.BytesIO()
    assert route_stream(io.BytesIO(long + b"\r\n" + long), out, CONVENTIONS, now) == 0
    assert [len(json.loads(line)["id"]) for line in out.getvalue().splitlines()] == [200_000, 200_000]
