"""When a notice goes to a person: at once, in the digest of the day, after quiet hours, after a burst, or never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from charters.days import PARIS
from ticketing.mail import kinds
from ticketing.mail.kinds import BY_ID, DIGEST, NONE, RECEIPT, Wish, kind_of
from ticketing.mail.timing import BURST, next_clock, plan, quiet_end
from ticketing.steps import NOTICES

ANSWERED, QUESTION, RESOLVED = BY_ID["answered"], BY_ID["question"], BY_ID["resolved"]


def paris(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=PARIS, fold=fold).astimezone(UTC)  # type: ignore[arg-type, misc]


def test_every_notice_has_one_kind_and_its_requester_s_opening_is_a_receipt() -> None:
    for notice in NOTICES:
        assert [one.id for one in kinds.KINDS if notice in one.notices] == [kind_of(notice, own=False).id], notice
    assert kind_of("opened", own=True) is kind_of("specified", own=True) is RECEIPT
    assert kind_of("opened", own=False) is BY_ID["opened"]
    assert kind_of("closed", own=True) is BY_ID["closed"]


def test_what_is_compulsory_says_by_which_clause_and_cannot_be_switched_off() -> None:
    compulsory = [one for one in kinds.KINDS if one.compulsory]
    assert {one.id for one in compulsory} == {"receipt", "question"}
    assert all("charte" in one.clause for one in compulsory)
    off = Wish({one.id: NONE for one in kinds.KINDS})
    assert {one.id for one in kinds.KINDS if off.way(one) == "now"} == {"receipt", "question"}
    assert all(clause for _, clause in kinds.LETTERS)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (paris(2026, 11, 17, 19, 59), None),
        (paris(2026, 11, 17, 20, 0), paris(2026, 11, 18, 7, 0)),
        (paris(2026, 11, 17, 23, 59), paris(2026, 11, 18, 7, 0)),
        (paris(2026, 11, 18, 0, 0), paris(2026, 11, 18, 7, 0)),
        (paris(2026, 11, 18, 6, 59), paris(2026, 11, 18, 7, 0)),
        (paris(2026, 11, 18, 7, 0), None),
        (paris(2026, 3, 28, 22, 0), paris(2026, 3, 29, 7, 0)),  # the night is an hour shorter
        (paris(2026, 10, 24, 22, 0), paris(2026, 10, 25, 7, 0)),  # and an hour longer
    ],
)
def test_quiet_hours_go_over_midnight_and_over_changes_of_the_clock(now: datetime, end: datetime | None) -> None:
    assert quiet_end(Wish(quiet_from=20, quiet_until=7), now) == end


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (paris(2026, 11, 17, 11, 59), None),
        (paris(2026, 11, 17, 12, 0), paris(2026, 11, 17, 14, 0)),
        (paris(2026, 11, 17, 14, 0), None),
    ],
)
def test_quiet_hours_may_be_in_the_day(now: datetime, end: datetime | None) -> None:
    assert quiet_end(Wish(quiet_from=12, quiet_until=14), now) == end


def test_quiet_hours_that_end_at_an_hour_that_is_skipped_end_at_the_next_and_at_the_first_of_two() -> None:
    wish = Wish(quiet_from=22, quiet_until=2)
    assert quiet_end(wish, paris(2026, 3, 28, 23, 0)) == paris(2026, 3, 29, 3, 0)
    assert quiet_end(wish, paris(2026, 10, 24, 23, 0)) == paris(2026, 10, 25, 2, 0)
    assert quiet_end(wish, paris(2026, 10, 25, 2, 30, fold=1)) is None


@pytest.mark.parametrize("ends", [(None, 7), (20, None), (None, None), (7, 7)])
def test_without_both_ends_no_hour_is_quiet(ends: tuple[int | None, int | None]) -> None:
    assert quiet_end(Wish(quiet_from=ends[0], quiet_until=ends[1]), paris(2026, 11, 17, 7, 30)) is None


def test_the_digest_goes_at_the_person_s_hour_of_paris_strictly_after_the_event() -> None:
    assert next_clock(paris(2026, 11, 17, 6, 59), 7) == paris(2026, 11, 17, 7, 0)
    assert next_clock(paris(2026, 11, 17, 7, 0), 7) == paris(2026, 11, 18, 7, 0)
    assert next_clock(paris(2026, 3, 28, 8, 0), 7) - paris(2026, 3, 28, 8, 0) == timedelta(hours=22)
    assert next_clock(paris(2026, 12, 31, 8, 0), 7) == paris(2027, 1, 1, 7, 0)
    assert next_clock(paris(2026, 11, 17, 23, 30), 23) == paris(2026, 11, 18, 23, 0)


def test_a_kind_goes_as_it_is_wished_and_what_is_compulsory_at_once() -> None:
    now = paris(2026, 11, 17, 10, 0)
    wish = Wish({"answered": DIGEST, "resolved": NONE, "question": NONE}, digest_hour=8)
    digest = plan(ANSWERED, wish, now, now, None)
    assert (digest.way, digest.at) == ("digest", paris(2026, 11, 18, 8, 0))
    assert plan(RESOLVED, wish, now, now, None).way == "page"
    assert plan(QUESTION, wish, now, now, None).way == "send"
    assert plan(BY_ID["closed"], wish, now, now, None).way == "send"


def test_in_quiet_hours_only_the_receipt_goes_and_a_question_waits_for_their_end() -> None:
    night = paris(2026, 11, 17, 22, 0)
    wish = Wish(quiet_from=20, quiet_until=7)
    assert plan(RECEIPT, wish, night, night, None).way == "send"
    for kind in (QUESTION, ANSWERED, RESOLVED):
        waits = plan(kind, wish, night, night, None)
        assert (waits.way, waits.at) == ("later", paris(2026, 11, 18, 7, 0))


def test_what_follows_a_burst_waits_unless_it_asks_something_or_its_reader_wants_each() -> None:
    now = paris(2026, 11, 17, 10, 0)
    last = now - timedelta(minutes=1)
    waits = plan(ANSWERED, Wish(), now, now, last)
    assert (waits.way, waits.at) == ("later", last + BURST)
    assert plan(QUESTION, Wish(), now, now, last).way == "send"
    assert plan(ANSWERED, Wish(grouped=False), now, now, last).way == "send"
    assert plan(ANSWERED, Wish(), now, now, now - BURST).way == "send"
