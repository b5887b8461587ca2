"""The days of a request."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from matrix import load_conventions
from matrix.request_facts import USER_GROUPS
from matrix.requests import RequestError, RequestReader, read_day

ALL = load_conventions()


def test_a_day_is_read_from_text_and_a_day_stays_as_it_is():
    assert read_day("2026-11-20", "acquired_on") == date(2026, 11, 20) == read_day(date(2026, 11, 20), "acquired_on")


@pytest.mark.parametrize(("value", "code"), [(20261120, "wrong_type"), ("hier", "invalid_date"), (None, "wrong_type")])
def test_what_is_no_day_is_refused_with_its_field(value, code):
    with pytest.raises(RequestError) as caught:
        read_day(value, "acquired_on")
    assert (caught.value.code, caught.value.field) == (code, "acquired_on")


@pytest.mark.parametrize("group", USER_GROUPS)
def test_a_group_of_users_is_an_answer_of_the_pages_and_no_id_of_the_contract(group):
    given = {"etablissement": "marechal-foch-arreau", "service": "antivirus", "activity": "mco", "user_category": group}
    paged = RequestReader(ALL, grouped=True).read(given, lambda: datetime(2026, 11, 20))
    assert paged.user_category == group
    with pytest.raises(RequestError) as caught:
        RequestReader(ALL).read(given, lambda: datetime(2026, 11, 20))
    assert caught.value.field == "user_category"


def test_the_groups_hold_lines_of_the_shared_list_each_in_one_group():
    members = [line for group in USER_GROUPS.values() for line in group.members]
    assert set(members) <= set(ALL.user_categories) and len(members) == len(set(members))
    assert not set(USER_GROUPS) & set(ALL.user_categories)
