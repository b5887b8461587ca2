"""The author's words apart from history and signature: samples of what people send, no line lost, time linear."""

from __future__ import annotations

import time
import tomllib
from collections import Counter
from typing import Any

import pytest
from harness.places import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.mail.incoming import quote_marks, quoting

SAMPLES: list[Any] = []
for part in sorted((ROOT / "tests" / "cases" / "mail_quotes").glob("*.toml")):
    for one in tomllib.loads(part.read_text("utf-8"))["sample"]:
        SAMPLES.append(pytest.param(one, id=f"{part.stem}: {one['name']}"))


def lines(text: str) -> list[str]:
    return [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_author_s_words_are_shown_and_the_rest_is_folded(sample: dict[str, Any]) -> None:
    got = quoting.split(sample["text"], subject=sample.get("subject", ""))
    want = sample["own"].strip("\n")
    assert got.own == want
    rest = Counter(lines(sample["text"])) - Counter(lines(want)) + Counter(sample.get("both", []))
    assert Counter(lines(got.folded)) == rest


def test_there_are_samples_enough_and_none_twice() -> None:
    names = [one.id for one in SAMPLES]
    assert len(names) >= 80 and len(set(names)) == len(names)
    texts = [one.values[0]["text"] for one in SAMPLES]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_the_ends_of_lines_change_nothing(sample: dict[str, Any], end: str) -> None:
    subject = sample.get("subject", "")
    text = sample["text"].replace("\n", end)
    assert quoting.split(text, subject=subject) == quoting.split(sample["text"], subject=subject)


PIECES = st.sampled_from(
    [
        "",
        "Bonjour,",
        "> cité",
        ">",
        "> > deux fois",
        "Cordialement,",
        "Cordialement",
        "-- ",
        "--",
        "Claire Dumas",
        "05 62 00 00 00",
        "PS : encore",
        "PS :",
        "Le 12/11/2026 à 10:14, Guichet a écrit :",
        "Le 12 nov. 2026 à 10:14, X <",
        "x@y.example> a écrit :",
        "________________________________",
        "-----Message d'origine-----",
        "---------- Forwarded message ---------",
        "Début du message réexpédié :",
        "De : x@y.example",
        "Envoyé : lundi 10:14",
        "À : z",
        "Objet : panne",
        "répondre au-dessus de cette ligne",
        "Ce message est confidentiel et destiné à ses destinataires.",
        "Si vous avez reçu ce message par erreur",
        "Envoyé de mon iPhone",
        "[EXTERNE]",
        "voir ci-dessous",
        "Est-ce que cela marche ?",
        "   ",
        " ",
    ]
)
SUBJECTS = st.sampled_from(["", "RE: panne", "[GU-12-k7f2m9qd] TR : panne", "panne", "Fwd: RE: x"])


@settings(deadline=None, max_examples=200)
@given(st.lists(st.one_of(PIECES, PIECES, st.text(max_size=12)), max_size=25), SUBJECTS)
def test_no_line_is_ever_lost_or_made_up(pieces: list[str], subject: str) -> None:
    text = "\n".join(pieces)
    got = quoting.split(text, subject=subject)
    there, kept = Counter(lines(text)), Counter(lines(got.own)) + Counter(lines(got.folded))
    assert not there - kept, "a line is lost"
    assert set(kept) <= set(there), "a line is made up"
    twice = kept - there
    assert all(quote_marks.quoted(line) for line in twice), "only quoted lines above answers stand on both sides"
    if any(map(str.strip, pieces)) and not subject.startswith("RE"):
        assert got.own.strip(), "what is not an answer shows something"


def test_what_is_longer_than_what_is_read_follows_the_last_line_read() -> None:
    body = "\n".join(f"ligne {number}" for number in range(quoting.LINES_READ + 500))
    assert quoting.split(body).own == body
    history = "Oui.\n\nLe 12/11/2026 à 10:14, Guichet a écrit :\n\n" + body
    got = quoting.split(history, subject="RE: x")
    assert got.own == "Oui." and got.folded.endswith("ligne 4499")


#: Each is repeated up to a million characters, the worst for one of the rules.
ADVERSE = [
    *("a", "\n", ">\n", " ", " \n", "\t", "\u00a0", "*", "-", "_", "[", "e\u0301", "--\n", "\n\n>\n\n\n\n"),
    *("Le 12 nov ", "Le 12 nov\n", "Le 12 nov a écrit ", "a écrit : ", "am 12 schrieb ", "2026-11-12 10:14 <"),
    *("De : a\n", "De : a@b\nEnvoyé : 10:14\nx\n", "__________\n", "ce message confidentiel ", "ce message\n\n"),
    *("cordialement\n", "je vous prie ", "répond au-dessus ", "envoyé de ", "ps : x\n\n", "> " + "x" * 60 + "\nfoo\n"),
]


@pytest.mark.parametrize("unit", ADVERSE, ids=repr)
def test_a_million_characters_take_less_than_a_second(unit: str) -> None:
    text = (unit * (1_000_000 // len(unit) + 1))[:1_000_000]
    begun = time.process_time()
    quoting.split(text, subject="RE: panne")
    quoting.split("Bonjour", subject=text)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    "subject",
    ["RE: x", "Re : x", "RE : x", "AW: x", "[GU-12-k7f2m9qd] Re: x", "Ré: x", "RÉP : x", "Re[2]: x", "RE: TR: x"],
)
def test_an_answer_that_only_quotes_says_nothing(subject: str) -> None:
    text = "De : x@y.example\nEnvoyé : lundi 16 novembre 2026 08:31\nÀ : z\nObjet : x\n\nBonjour"
    assert quoting.split(text, subject=subject).own == ""


@pytest.mark.parametrize(
    "subject", ["Réf : x", "TR: x", "TR : RE : x", "Fwd: x", "FW: x", "WG: x", "[GU-1-k7f2m9qd] TR : x", "x"]
)
def test_what_is_handed_on_is_shown(subject: str) -> None:
    text = "De : x@y.example\nEnvoyé : lundi 16 novembre 2026 08:31\nÀ : z\nObjet : x\n\nBonjour"
    assert quoting.split(text, subject=subject).own == text
