"""The structured message: its schema, its canonical form, its signature, and what is refused of it."""

from __future__ import annotations

import contextlib
import json
from time import monotonic

import jsonschema
import pytest
from harness.places import ROOT
from hypothesis import given
from hypothesis import strategies as st

from ticketing.exchange.protocol import wire
from ticketing.exchange.protocol.wire import Unreadable

KEY = b"k" * 43
WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
HEAD = {
    "version": 1,
    "id": "0" * 32,
    "sender": "departement-x",
    "recipient": "academie-y",
    "sent_at": "2026-11-17T09:00:00+00:00",
}
UPDATE = HEAD | {
    "type": "update",
    "ticket": {"sender": "4567", "recipient": "12"},
    "party": "Département X",
    "sequence": 3,
    "nature": "text",
    "state": "in_progress",
    "at": "2026-11-17T09:00:00Z",
    "text": "Écran changé.",
}
LINE = {
    "ticket": {"sender": "4567", "recipient": "12"},
    "state": "closed",
    "sent": 3,
    "sent_digest": "a" * 64,
    "received": 2,
    "received_digest": "b" * 64,
}
MESSAGES = {
    "update": UPDATE,
    "request": HEAD | {"type": "request", "ticket": {"sender": "4567", "recipient": None}, "missing": [2, 5]},
    "reconciliation": HEAD | {"type": "reconciliation", "tickets": [LINE]},
    "trial": HEAD | {"type": "trial"},
}
FILE = ROOT / "docs" / "echange.schema.json"


def written(message: dict) -> str:
    return wire.written(wire.signed(message, KEY))


def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(FILE.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_published_schema_is_that_of_the_program():
    assert json.loads(FILE.read_text("utf-8")) == wire.schema()


@pytest.mark.parametrize("name", MESSAGES)
def test_each_message_is_read_and_follows_the_schema(name):
    text = written(MESSAGES[name])
    found, message = wire.read(text)
    assert message.type == name and wire.is_signed(found, KEY)
    validator().validate(json.loads(text))


@pytest.mark.parametrize(
    "change",
    [
        {"state": "ouvert"},
        {"sequence": 0},
        {"sequence": "3"},
        {"sequence": True},
        {"ticket": {"sender": "../../12"}},
        {"version": 2},
        {"type": "delete"},
        {"id": "x"},
        {"text": "x" * 40_001},
        {"sender": "Département"},
        {"sent_at": "hier"},
        {"missing": [], "type": "request"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_schema_and_program_refuse_the_same(change):
    text = written(UPDATE | change)
    with pytest.raises(Unreadable):
        wire.read(text)
    with pytest.raises(jsonschema.ValidationError):
        validator().validate(json.loads(text))


@given(WORDS, WORDS)
def test_the_signature_holds_whatever_the_blanks_and_the_order_of_keys_and_for_no_other_words(words, others):
    message = wire.signed(UPDATE | {"text": words, "unknown": {"b": [1, None], "a": others}}, KEY)
    again = json.dumps(dict(reversed(message.items())), indent=3)
    found, _ = wire.read(again)
    assert wire.is_signed(found, KEY)
    assert not wire.is_signed(found, KEY + b"k")
    assert wire.is_signed(found | {"text": others}, KEY) is (words == others)
    assert not wire.is_signed({**found, "more": 1}, KEY)


@pytest.mark.parametrize("signature", [None, 3, "", "hmac-sha256=", "hmac-sha256=é", "hmac-sha256=" + "0" * 64])
def test_a_signature_that_is_none_is_refused(signature):
    assert not wire.is_signed(UPDATE | {"signature": signature}, KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        "[" * 100_000,
        '{"a":' * 2000 + "1" + "}" * 2000,
        '{"version": 1, "version": 1}',
        '{"version": 1.0}',
        '{"version": NaN}',
        " " * (wire.LONGEST + 1),
        b"\xff\xfe",
        written(UPDATE).replace('"text"', '"text": "autre", "text"'),
        json.dumps(UPDATE | {"text": "\ud800", "signature": "hmac-sha256=" + "0" * 64}),
    ],
    ids=lambda text: repr(text[:20]),
)
def test_what_is_no_message_is_said_to_be_none(text):
    with pytest.raises(Unreadable):
        wire.read(text)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(content):
    with contextlib.suppress(Unreadable):
        wire.read(content)


def test_a_fenced_message_is_found_in_a_text_and_only_between_its_fences():
    message = wire.signed(UPDATE, KEY)
    text = f"Bonjour,\r\n\r\n{wire.fence(message)}-- \nSignature".replace("\n", "\r\n")
    fenced = wire.fenced(text)
    assert fenced is not None and wire.is_signed(wire.read(fenced)[0], KEY)
    assert wire.fenced("```json\n{}\n```") is None
    assert wire.fenced("> " + wire.fence(message).replace("\n", "\n> ")) is None, "quoted, so not said"


def test_a_digest_tells_streams_apart_and_not_the_order_in_which_they_were_kept():
    stream = [(1, "a", "new"), (2, "b", "closed")]
    assert wire.digest(stream) == wire.digest(stream[::-1])
    others = ([(1, "a", "new")], [(1, "a", "new"), (2, "b", "new")], [(1, "a", "new"), (2, "c", "closed")], [])
    assert len({wire.digest(one) for one in (stream, *others)}) == 5


def test_security_a_text_of_nothing_but_openings_is_read_in_no_time():
    began = monotonic()
    assert wire.fenced("```json guichet-echange\n" * 40_000) is None
    assert wire.fenced("```json guichet-echange\n" + "```x\n" * 200_000) is None
    assert monotonic() - began < 1
