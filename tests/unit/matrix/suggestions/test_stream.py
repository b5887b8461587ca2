"""`guichet suggest`: a line in, a line out, whatever the line."""

from __future__ import annotations

import io
import json

import pytest

from matrix.suggestions import shipped
from matrix.suggestions.stream import suggest_stream


def answers(*lines: bytes, limit: int = 3) -> tuple[int, list[dict]]:
    out = io.BytesIO()
    status = suggest_stream(lines, out, shipped(), limit)
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


def test_each_text_is_answered_in_its_order():
    lines = [json.dumps({"id": f"t{n}", "text": text}).encode() for n, text in enumerate(("Pronote", "zzz", "wifi"))]
    status, got = answers(*lines, b"\n")
    assert status == 0 and [one["id"] for one in got] == ["t0", "t1", "t2"]
    assert [len(one["suggestions"]) for one in got] == [3, 0, 3]
    best = got[0]["suggestions"][0]
    assert (best["service"], best["activity"], best["words"]) == ("vie-scolaire-prive", "mco", ["Pronote"])
    assert best["score"] > got[0]["suggestions"][1]["score"]


def test_as_many_as_wished():
    assert len(answers(b'{"id": 1, "text": "Pronote"}', limit=1)[1][0]["suggestions"]) == 1


@pytest.mark.parametrize("line", [b"{", b"[]", b"\xff", b"3", b"[" * 100_000])
def test_a_line_that_is_no_object_is_answered_by_a_sentence(line):
    status, [got] = answers(line)
    assert status == 1 and got["id"] is None and got["error"].endswith(".")


@pytest.mark.parametrize("asked", [{"id": 4}, {"id": 4, "text": None}, {"id": 4, "text": 3}])
def test_an_object_without_text_is_answered_under_its_id(asked):
    status, [got] = answers(json.dumps(asked).encode())
    assert status == 1 and got["id"] == 4 and "text" in got["error"]


def test_a_lone_surrogate_is_answered():
    status, [got] = answers(b'{"id": "\\ud800", "text": "imprimante \\ud800"}')
    assert status == 0 and got["id"] == "\ud800" and got["suggestions"][0]["service"] == "equipement-bureautique"
