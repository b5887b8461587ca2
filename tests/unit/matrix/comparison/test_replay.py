"""Replay without a database: what changes and for whom, the classes that routers distinguish, stable results."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from matrix import Conventions, Recorded, Request, Router, load_conventions
from matrix.changes import CellChange, amended
from matrix.comparison.replay import Group, Pairs, Replay, change_of, moving_cells, outcomes, paris_day, summed
from matrix.comparison.substitution import Trial, cuts, of_agreement, of_version, version_tried

HP = "hautes-pyrenees-2015"
EFFECT = date(2027, 9, 1)
NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
SINCE = date(2026, 1, 1)


@pytest.fixture(scope="module")
def conventions() -> Conventions:
    return load_conventions()


def tried(conventions: Conventions, *changes: CellChange, recorded: tuple[Recorded, ...] = ()) -> Trial:
    changed = amended(conventions[HP], EFFECT, changes, "Essai")
    return of_version(
        conventions.with_conventions(changed if one.id == HP else one for one in conventions), recorded, HP, EFFECT
    )


def asked(
    etablissement: str = "desaix-tarbes", service: str = "antivirus", activity: str = "mco", **facts: Any
) -> Request:
    return Request(etablissement=etablissement, service=service, activity=activity, **({"opened_at": NOW} | facts))


def replayed(trial: Trial, groups: list[Group], times: dict[tuple[str, str], tuple[int, int]] | None = None) -> Replay:
    return summed(trial, outcomes(trial, groups), times or {})


TO_ACADEMIE = CellChange(service="antivirus", activity="mco", value="EN")


def test_who_gains_who_loses_and_by_which_clause(conventions: Conventions) -> None:
    trial = tried(conventions, TO_ACADEMIE)
    found = replayed(
        trial,
        [
            Group(asked(), 3),
            Group(asked("victor-hugo-tarbes"), 2),
            Group(asked(service="inventaire"), 5),
        ],
        {("antivirus", "mco"): (7200, 4)},
    )
    assert (found.tickets, found.groups, found.changed, found.moved) == (10, 3, 5, 5)
    flows = {(one.before, one.after): (one.tickets, one.seconds) for one in found.flows}
    assert flows["departement", "academie"] == (5, 1800 * 3 + 1800 * 2)
    assert sum(tickets for tickets, _ in flows.values()) == 10
    (shift,) = found.shifts
    assert (shift.before.party, shift.after.party, shift.tickets, shift.places) == ("departement", "academie", 5, 2)
    assert {one.kind for one in shift.before.citations} == {"derived"}
    assert [(one.kind, one.quote) for one in shift.after.citations] == [("printed", "EN")]
    assert [(one.etablissement, one.moved, one.tickets) for one in found.places] == [
        ("desaix-tarbes", 3, 8),
        ("victor-hugo-tarbes", 2, 2),
    ]
    assert found.seconds == 9000 and found.unmeasured == 0


def test_a_version_of_tomorrow_is_tried_on_the_tickets_of_yesterday(conventions: Conventions) -> None:
    trial = tried(conventions, TO_ACADEMIE)
    long_ago = asked(opened_at=datetime(2016, 1, 5, 9, tzinfo=UTC))
    assert [one.after.party for one in outcomes(trial, [Group(long_ago, 1)])] == ["academie"]
    before_all = asked(opened_at=datetime(2015, 1, 5, 9, tzinfo=UTC))
    (one,) = outcomes(trial, [Group(before_all, 1)])
    assert one.before.status == one.after.status == "out_of_scope" and not one.change


def test_the_version_alone_is_no_change(conventions: Conventions) -> None:
    trial = tried(conventions, TO_ACADEMIE)
    for service in conventions.services:
        before, after, change = Pairs(trial)(asked(service=service, activity="conseil"))
        assert not change and before.citations == after.citations


def test_a_changed_status_and_a_changed_clause_are_told_apart(conventions: Conventions) -> None:
    trial = tried(
        conventions,
        CellChange(service="inventaire", activity="conseil", value="EN"),
        CellChange(service="antivirus", activity="mco", value="CL"),
    )
    found = replayed(trial, [Group(asked(service="inventaire", activity="conseil"), 2), Group(asked(), 1)])
    assert [(one.change, one.tickets) for one in found.shifts] == [("status", 2), ("words", 1)]
    assert [(one.before, one.after, one.tickets) for one in found.statuses] == [("to_qualify", "routed", 2)]
    assert found.moved == 0 and found.seconds == 0


def test_cells_without_tickets_are_told_and_those_the_draft_changes_among_them(conventions: Conventions) -> None:
    trial = tried(conventions, TO_ACADEMIE, CellChange(service="inventaire", activity="conseil", value="EN"))
    found = replayed(trial, [Group(asked(), 4)])
    touched = [(one.service, one.activity, one.tickets) for one in found.cells if one.tickets]
    assert touched == [("antivirus", "mco", 4)]
    changed = {(one.service, one.activity): one.tickets for one in found.cells if one.changes}
    assert changed == {("antivirus", "mco"): 4, ("inventaire", "conseil"): 0}
    assert len(found.unexercised) == len(found.cells) - 1


def test_times_that_nobody_knows_are_not_invented(conventions: Conventions) -> None:
    found = replayed(tried(conventions, TO_ACADEMIE), [Group(asked(), 4)])
    assert (found.seconds, found.unmeasured) == (0, 4)
    assert moving_cells(found.outcomes) == {("antivirus", "mco")}


def test_the_order_of_the_groups_changes_nothing(conventions: Conventions) -> None:
    trial = tried(conventions, TO_ACADEMIE, CellChange(service="equipement-bureautique", activity="mco", value="Etab"))
    groups = [Group(one, rank + 1) for rank, one in enumerate(mixed(conventions, 400))]
    first = replayed(trial, groups, {("antivirus", "mco"): (1000, 3)})
    random.Random(1).shuffle(groups)
    assert (
        replayed(
            tried(conventions, TO_ACADEMIE, CellChange(service="equipement-bureautique", activity="mco", value="Etab")),
            groups,
            {("antivirus", "mco"): (1000, 3)},
        )
        == first
    )


def mixed(conventions: Conventions, count: int) -> Iterator[Request]:
    rng = random.Random(65)
    days = [date(2015, 9, 1) + timedelta(days=shift) for shift in (-2000, -1, 0, 1, 900, 4000)]
    for _ in range(count):
        yield asked(
            rng.choice(list(conventions.etablissements)),
            rng.choice(list(conventions.services)),
            rng.choice(list(conventions.activities)),
            opened_at=NOW - timedelta(minutes=rng.randrange(15 * 365 * 1440)),
            user_category=rng.choice([None, *conventions.user_categories]),
            acquired_by=rng.choice([None, "departement", "college", "academie"]),
            acquired_on=rng.choice([None, *days]),
            **{
                name: rng.choice([None, True, False])
                for name in ("inventoried", "in_referentiel", "experimentation", "under_warranty")
            },
        )


def test_what_is_answered_once_for_many_is_what_each_would_be_answered(conventions: Conventions) -> None:
    """Établissements, days of purchase and facts of one class get the answer that each router gives directly."""
    cite = next(one.id for one in conventions[HP].etablissements.values() if one.cite_scolaire)
    recorded = (
        Recorded("transferred", HP, date(2024, 1, 1), cite),
        Recorded("replaced", HP, date(2025, 1, 1), "magret"),
    )
    trial = tried(conventions, TO_ACADEMIE, recorded=recorded)
    pair, known = Pairs(trial), cuts(trial)
    for one in [*mixed(conventions, 3000), *(replace(each, etablissement=cite) for each in mixed(conventions, 600))]:
        classed = replace(
            one,
            **{
                fact: None
                for fact in (
                    "user_category",
                    "acquired_by",
                    "acquired_on",
                    "inventoried",
                    "in_referentiel",
                    "experimentation",
                    "under_warranty",
                )
                if fact not in known.facts
            },
        )
        if classed.acquired_on is not None:
            later = [day for day in known.bought if classed.acquired_on <= day]
            classed = replace(classed, acquired_on=later[0] if later else known.bought[-1] + timedelta(days=1))
        if one.etablissement not in trial.places:
            continue
        before, after, change = pair(classed)
        mine, its = trial.before.route(one), trial.after.route(one)
        assert not change_of(mine, before) and not change_of(its, after), one
        assert change == change_of(mine, its)


def test_classes_come_from_the_rules(conventions: Conventions) -> None:
    known = cuts(tried(conventions, TO_ACADEMIE, recorded=(Recorded("end", HP, date(2026, 5, 4)),)))
    assert known.bought == (date(2015, 9, 1),)  # II.2, own funds
    assert date(2026, 5, 4) in known.days and conventions[HP].starts in known.days
    assert "in_referentiel" not in known.facts and not known.timed  # deux-sèvres and bouches-du-rhône ask for these
    tablets = conventions["bouches-du-rhone-2017"]
    assert tablets.school_time is not None
    trial = of_agreement(conventions, (), tablets, SINCE)
    assert {service for service, _ in cuts(trial).timed} == tablets.school_time.services


def test_an_agreement_from_files_is_tried_in_the_place_of_its_namesake(conventions: Conventions) -> None:
    version = conventions[HP].versions[-1]
    cell = replace(amended(conventions[HP], EFFECT, [TO_ACADEMIE]).versions[-1].cells["antivirus", "mco"], line=7)
    cells = {**version.cells, ("antivirus", "mco"): cell}
    written = replace(conventions[HP], versions=(replace(version, cells=cells),))
    trial = of_agreement(conventions, (), written, SINCE)
    assert trial.changed == {("antivirus", "mco")}
    assert replayed(trial, [Group(asked(), 1)]).moved == 1


def test_a_new_agreement_is_taken_to_begin_with_the_period(conventions: Conventions) -> None:
    base = conventions[HP]
    new = replace(
        base,
        id="essai-2030",
        versions=(replace(base.versions[-1], on=date(2030, 9, 1)),),
        terms=replace(base.terms, starts=date(2030, 9, 1)),
    )
    alone = conventions.with_conventions(one for one in conventions if one.id != HP)
    trial = of_agreement(alone, (), new, SINCE)
    assert trial.changed is None
    (one,) = outcomes(trial, [Group(asked(), 1)])
    assert (one.before.status, one.after.status, one.after.party) == ("out_of_scope", "routed", "departement")


def test_a_day_on_which_no_version_takes_effect_is_refused(conventions: Conventions) -> None:
    with pytest.raises(KeyError):
        of_version(conventions, (), HP, EFFECT)
    with pytest.raises(KeyError):
        of_version(conventions, (), HP, conventions[HP].versions[0].on)  # the first version follows none


def test_a_router_is_asked_once_for_alike_groups(conventions: Conventions, monkeypatch: pytest.MonkeyPatch) -> None:
    trial, seen = tried(conventions, TO_ACADEMIE), []
    route = Router.route
    monkeypatch.setattr(Router, "route", lambda self, request: seen.append(request) or route(self, request))
    places = [one.id for one in conventions[HP].etablissements.values() if not one.cite_scolaire]
    outcomes(trial, [Group(asked(place), 1) for place in places])
    assert len(seen) == 2 and len(places) > 10


def test_a_version_is_tried_against_the_one_that_applied_the_day_before(conventions: Conventions) -> None:
    """Of three versions a day apart, each is compared with its neighbour."""
    first = conventions[HP].versions[0]
    second, third = (replace(first, on=EFFECT + timedelta(days=shift), title=str(shift)) for shift in (0, 1))
    convention = replace(conventions[HP], versions=(first, second, third))
    assert version_tried(convention, EFFECT) == (first, second)
    assert version_tried(convention, EFFECT + timedelta(days=1)) == (second, third)


def test_an_agreement_that_begins_later_is_taken_to_begin_with_the_period(conventions: Conventions) -> None:
    base = conventions[HP]

    def starts(day: date, since: date) -> date:
        tried_ = replace(base, terms=replace(base.terms, starts=day))
        return of_agreement(conventions, (), tried_, since).after.conventions[HP].starts

    assert starts(date(2030, 1, 1), SINCE) == SINCE
    assert starts(date(2030, 1, 1), date(2010, 1, 1)) == base.starts
    assert starts(date(2014, 1, 1), SINCE) == date(2014, 1, 1)


def test_days_with_a_zone_are_those_of_paris() -> None:
    assert paris_day(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == date(2027, 1, 1)
    assert paris_day(datetime(2026, 12, 31, 23, 30)) == date(2026, 12, 31)


def test_the_day_after_the_last_one_begins_a_class(conventions: Conventions) -> None:
    ending = replace(conventions[HP], terms=replace(conventions[HP].terms, ends=date(2029, 8, 31)))
    with_end = conventions.with_conventions(ending if one.id == HP else one for one in conventions)
    assert date(2029, 9, 1) in cuts(tried(with_end, TO_ACADEMIE)).days


def test_shifts_come_by_what_changes_then_by_tickets_and_places_by_what_moves(conventions: Conventions) -> None:
    trial = tried(
        conventions,
        TO_ACADEMIE,
        CellChange(service="antivirus", activity="assistance", value="EN"),
        CellChange(service="inventaire", activity="conseil", value="EN"),
    )
    groups = [
        Group(asked(service="inventaire", activity="conseil"), 9),
        Group(asked(), 1),
        Group(asked("victor-hugo-tarbes"), 3),
    ]
    found = replayed(trial, groups)
    assert [(one.change, one.tickets) for one in found.shifts] == [("party", 4), ("status", 9)]
    assert [(one.etablissement, one.moved, one.changed) for one in found.places] == [
        ("victor-hugo-tarbes", 3, 3),
        ("desaix-tarbes", 1, 10),
    ]


def test_tickets_outside_the_agreement_s_days_and_places_use_no_cell(conventions: Conventions) -> None:
    trial = tried(conventions, TO_ACADEMIE)
    groups = [
        Group(asked(), 2),
        Group(asked(opened_at=datetime(2010, 1, 5, 9, tzinfo=UTC)), 4),
        Group(asked("college-lezay"), 8),
    ]
    (cell,) = [one for one in replayed(trial, groups).cells if (one.service, one.activity) == ("antivirus", "mco")]
    assert (cell.tickets, cell.changes) == (2, True)
