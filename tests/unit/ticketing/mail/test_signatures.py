"""The signed address and the token of a subject: read back as written, and nothing else is taken for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.mail.signatures import (
    Reply,
    key,
    read_reply_address,
    read_subject_token,
    reply_address,
    subject_token,
)

KEY, OTHER = key("a secret of the application"), key("another secret")
NUMBERS = st.integers(1, 10**12 - 1)


@given(NUMBERS, NUMBERS)
def test_an_address_is_read_back_whatever_its_case(ticket: int, account: int) -> None:
    address = reply_address("desk@guichet.example", KEY, ticket, account)
    assert address.startswith("desk+") and address.endswith("@guichet.example")
    for seen in (address, address.upper(), f"Guichet <{address}>"):
        assert read_reply_address(seen, KEY) == Reply(ticket, account)
    assert read_reply_address(address, OTHER) is None


def test_an_address_says_nothing_about_another_ticket_or_another_person() -> None:
    address = reply_address("desk@guichet.example", KEY, 12, 34)
    for changed in (address.replace("t12.", "t13."), address.replace("a34.", "a35."), address.replace("+t12", "")):
        assert changed != address and read_reply_address(changed, KEY) is None


@given(NUMBERS)
def test_a_token_is_read_back_wherever_it_stands_in_a_subject(ticket: int) -> None:
    token = subject_token(KEY, ticket)
    for subject in (token, f"RE: TR: [GLPI #12] {token.lower()} Imprimante", f"AW: {token} x"):
        assert read_subject_token(subject, KEY) == ticket
    assert read_subject_token(token, OTHER) is None


@pytest.mark.parametrize(
    "subject", ["[GLPI #1234] Panne", "[GU-12]", "[GU-12-aaaaaaaa]", "[Guichet n° 12]", "[Ticket#12]", "", "GU-12"]
)
def test_the_marks_of_other_tools_are_not_ours(subject: str) -> None:
    assert read_subject_token(subject, KEY) is None


def test_a_false_token_before_a_right_one_does_not_hide_it() -> None:
    assert read_subject_token(f"[GU-99-aaaaaaaa] {subject_token(KEY, 12)}", KEY) == 12
