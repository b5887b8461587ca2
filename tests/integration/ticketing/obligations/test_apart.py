"""Test what each établissement owes for itself: it states and sees its own; the other sides see which did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from charters.model import Actor, Mandate, Role
from ticketing.errors import Invalid, NotFound, Refused
from ticketing.obligations import calendar, stating

NOW = datetime(2018, 7, 3, 10, 0, tzinfo=UTC)
BDR, ACAR, LYCEE = "bouches-du-rhone-2017", "acar-2021", "0130053M"
SARRAUTE, COUTAREL = "0131266F", "0132318Z"
DONE = {"kind": "done", "on": "2018-07-02", "words": "Bilan envoyé le 2 juillet"}


@pytest.fixture
def of(actor_as: Callable[[str], Actor], app: Any) -> Callable[[Role, str], Actor]:
    """Return a function that gives an actor of a role and a scope of another agreement."""
    with app.app_context():
        known = actor_as("a.admin")
    assert known.mandate is not None
    mandate: Mandate = known.mandate
    return lambda role, scope: replace(known, mandate=replace(mandate, role=role, scope_id=scope))


def line(actor: Actor, convention: str, year: int, name: str) -> Any:
    found = calendar.calendars(actor, year, NOW)
    return next(
        one for each in found if each.id == convention for one in each.lines if one.occurrence.obligation.id == name
    )


def test_each_college_states_its_own_report_and_sees_no_other(app: Any, of: Any) -> None:
    chef, other = of(Role.CHEF, SARRAUTE), of(Role.CHEF, COUTAREL)
    admin, referent = (
        of(Role.ADMINISTRATEUR, "academie-aix-marseille"),
        of(Role.REFERENT, "departement-bouches-du-rhone"),
    )
    with app.app_context():
        stating.state(chef, (BDR, "bilan-annuel", "2017"), DONE, NOW)
        own = line(chef, BDR, 2017, "bilan-annuel")
        assert own.state == "done" and [one.id for one in own.members] == [SARRAUTE]
        assert [one.words for one in own.done] == ["Bilan envoyé le 2 juillet"]
        seen = line(other, BDR, 2017, "bilan-annuel")
        assert seen.state == "soon" and [one.id for one in seen.members] == [COUTAREL] and seen.done == ()
        for side in (admin, referent):
            whole = line(side, BDR, 2017, "bilan-annuel")
            assert len(whole.members) == 38 and [one.id for one in whole.members if one.done] == [SARRAUTE]
            assert whole.state == "soon" and not whole.own and whole.done == ()


def test_no_party_states_it_for_the_colleges(app: Any, of: Any) -> None:
    with app.app_context():
        for role, scope in (
            (Role.ADMINISTRATEUR, "academie-aix-marseille"),
            (Role.REFERENT, "departement-bouches-du-rhone"),
        ):
            with pytest.raises(Refused):
                stating.state(of(role, scope), (BDR, "bilan-annuel", "2017"), DONE, NOW)
        with pytest.raises(NotFound):
            stating.state(of(Role.CHEF, "desaix-tarbes"), (BDR, "bilan-annuel", "2017"), DONE, NOW)
        with pytest.raises(Refused):
            stating.state(of(Role.CHEF, SARRAUTE), (BDR, "comite-pilotage", "2018-T1"), DONE, NOW)


def test_the_day_of_a_committee_gives_its_convocation_a_day(app: Any, of: Any) -> None:
    admin = of(Role.ADMINISTRATEUR, "academie-aix-marseille")
    with app.app_context():
        stating.state(admin, (BDR, "comite-pilotage", "2018-T3"), {"kind": "planned", "on": "2018-09-20"}, NOW)
        found = [
            one.occurrence.due
            for each in calendar.calendars(admin, 2017, NOW)
            if each.id == BDR
            for one in each.lines
            if one.occurrence.obligation.id == "convocation-comite-pilotage"
        ]
    assert [str(one) for one in found] == ["None", "None", "None", "None", "2018-09-05"]


@pytest.mark.parametrize(
    ("users", "said"), [("850", "705 €"), ("300", "ne tombent dans aucune ligne"), ("299", "345 €")]
)
def test_the_contribution_of_an_etablissement_is_a_line_by_the_scale(app: Any, of: Any, users: str, said: str) -> None:
    chef, admin = of(Role.CHEF, LYCEE), of(Role.ADMINISTRATEUR, "academie-aix-marseille")
    with app.app_context():
        assert line(admin, ACAR, 2020, "contribution").members[0].fee is None
        about = (ACAR, "contribution", "2021-civile")
        stating.state(chef, about, {"kind": "users", "number": users}, NOW)
        for side in (chef, admin):
            (member,) = line(side, ACAR, 2020, "contribution").members
            assert said in member.fee.said and not member.done


@pytest.mark.parametrize("users", ["000000001999999999999", "0" * 20 + "850", "²00", "100001", "0"])
def test_a_number_of_users_that_is_none_is_refused_whatever_its_length(app: Any, of: Any, users: str) -> None:
    with app.app_context(), pytest.raises(Invalid) as refused:
        about = (ACAR, "contribution", "2021-civile")
        stating.state(of(Role.CHEF, LYCEE), about, {"kind": "users", "number": users}, NOW)
    assert set(refused.value.errors) == {"number"}
