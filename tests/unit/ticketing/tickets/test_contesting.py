"""Who referees a contest, until when, what rules it, and what that makes of the ticket."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from charters.model import Role
from matrix import load_conventions
from matrix.working_time import Closure, Hours, WorkingCalendar
from ticketing.model import Holder, Kind, State
from ticketing.tickets.changing.standing import Standing
from ticketing.tickets.contesting import rules
from ticketing.tickets.contesting.rules import Dispute, Voice

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)  # a Wednesday
A = Holder("academie", "EN", "academie-toulouse", "Académie de Toulouse")
D = Holder("departement", "CL", "departement-hautes-pyrenees", "Département des Hautes-Pyrénées")
R = Holder("region", "CL", "region-occitanie", "Région Occitanie")
SIDES = (D.organisation, A.organisation)
HELD = Standing(
    state=State.IN_PROGRESS,
    holder=A,
    activity="mco",
    opened_at=NOW,
    due_at=None,
    desk=A,
    returns_to=D,
    assignee_id=4,
    assignee_name="Ana",
)


def voice(side: str, party: str) -> Voice:
    return Voice(side, party, "a-clause")


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ((), (Dispute.OPEN, "")),
        (((SIDES[0], "academie"),), (Dispute.OPEN, "")),
        (((SIDES[1], "academie"),), (Dispute.OPEN, "")),
        (((SIDES[0], "academie"), (SIDES[1], "academie")), (Dispute.RULED, "academie")),
        (((SIDES[1], "region"), (SIDES[0], "region")), (Dispute.RULED, "region")),
        (((SIDES[0], "academie"), (SIDES[1], "departement")), (Dispute.UNSETTLED, "")),
        (((SIDES[0], "academie"), ("another-side", "academie")), (Dispute.OPEN, "")),
    ],
)
def test_both_sides_alone_rule_a_contest_by_naming_the_same_party(said, wanted):
    assert rules.verdict(SIDES, [voice(*one) for one in said]) == wanted


@pytest.mark.parametrize("role", [*Role, None])
@pytest.mark.parametrize("side", [*SIDES, "another-side", None])
def test_a_side_speaks_by_who_answers_for_it(role, side):
    answers = role in (Role.CHEF, Role.REFERENT, Role.ADMINISTRATEUR, Role.TECH_ACADEMIE)
    assert rules.may_say(role, side, SIDES) is (side in SIDES and answers)


def calendar(*closures: Closure) -> WorkingCalendar:
    week = tuple(((8 * 60, 16 * 60),) if day < 5 else () for day in range(7))
    return WorkingCalendar([Hours(date(2026, 1, 1), week, closures=closures)])


def test_the_term_is_the_later_of_both_sides_in_their_own_working_days():
    plain = calendar()
    closed = calendar(Closure(date(2026, 11, 20), date(2026, 11, 24), "inventaire"))
    opens = datetime.combine(date(2026, 11, 25), time(7), UTC)  # 8 h in Paris, five working days on
    assert rules.term([plain, plain], NOW, 5) == opens
    assert rules.term([plain, closed], NOW, 5) == rules.term([closed, plain], NOW, 5)
    assert rules.term([plain, closed], NOW, 5) == datetime.combine(date(2026, 11, 30), time(7), UTC)


def test_a_side_without_hours_works_from_monday_to_friday_but_for_public_holidays():
    assert rules.term([None, None], NOW, 3).date() == date(2026, 11, 23)
    before_christmas = datetime(2026, 12, 24, 9, 0, tzinfo=UTC)
    assert rules.term([None], before_christmas, 1).date() == date(2026, 12, 28)


def test_what_both_sides_ruled_moves_an_open_ticket_and_cannot_be_given_back():
    outcome = rules.ruled(HELD, "La clause le dit.", R, SIDES, NOW)
    assert (outcome.standing.holder, outcome.standing.state, outcome.standing.assignee_id) == (R, State.NEW, None)
    assert outcome.standing.returns_to is None and outcome.standing.hand_ons == HELD.hand_ons + 1
    assert outcome.entry.kind is Kind.RULED and outcome.notice == "ruled"
    assert outcome.entry.data["organisation"] == outcome.standing.holder.organisation
    assert "reason_label" not in outcome.entry.data


@pytest.mark.parametrize("state", State)
def test_what_both_sides_ruled_leaves_a_ticket_that_is_there_already_or_has_ended(state):
    standing = replace(HELD, state=state)
    assert rules.ruled(standing, "Oui.", A, SIDES, NOW).standing is standing
    moved = rules.ruled(standing, "Oui.", D, SIDES, NOW).standing
    assert (moved is standing) is (state in (State.RESOLVED, State.CLOSED))


@pytest.mark.parametrize("said", [A, None])
def test_a_word_of_one_side_and_a_term_that_passed_move_nothing(said):
    outcome = rules.unsettled(HELD, "Non.", said, SIDES)
    assert outcome.standing is HELD and outcome.notice == "unsettled"
    assert rules.refereed(HELD, "Oui.", D, SIDES).standing is HELD
    assert "organisation" not in outcome.entry.data, "an entry with an organisation is read as a passage"


def test_the_group_of_users_is_kept_only_where_the_cell_asks_for_it():
    convention = load_conventions()["hautes-pyrenees-2015"]
    version = convention.version_on(NOW.date())
    asks = {
        key: any(test.fact == "user_category" for case in cell.cases for test in case.tests)
        for key, cell in version.cells.items()
    }
    assert set(asks.values()) == {True, False}
    for (service, activity), wanted in asks.items():
        assert rules.decides_category(convention, service, activity, NOW.date()) is wanted
    assert not rules.decides_category(convention, "equipement-bureautique", "mco", date(1990, 1, 1))
