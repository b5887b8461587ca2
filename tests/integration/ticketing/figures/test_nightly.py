"""Figures from a small history whose results were worked out by hand, on both engines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from harness.histories import D1, D2, A, at, lived, open_ticket
from sqlalchemy import select, update

from charters.database import db, reading, writing
from ticketing.figures import histories, nightly, publishing
from ticketing.figures.tables import Figure, FigureFact, FigureFactScope, FigureRun
from ticketing.tables import Ticket

NOW = datetime(2026, 5, 20, 8, tzinfo=UTC)
ACADEMIE, DEPARTEMENT, COLLEGE = f"academie:{A}", f"org:{D1}", "etab:desaix-tarbes"
HOUR = 3600


def figure(scope: str, period: str, dimension: str = "total", value: str = "") -> dict[str, Any] | None:
    with reading() as session:
        row = session.execute(
            select(
                Figure.opened,
                Figure.resolved,
                Figure.open_end,
                Figure.handed_on,
                Figure.answered,
                Figure.first_answer,
                Figure.resolution,
            ).where(
                Figure.scope == scope, Figure.period == period, Figure.dimension == dimension, Figure.value == value
            )
        ).one_or_none()
    return dict(row._mapping) if row else None


def everything() -> list[tuple[Any, ...]]:
    columns = Figure.__table__.c
    with reading() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(*columns))]


@pytest.fixture
def made(any_app: Any) -> Any:
    with any_app.app_context():
        lived()
        nightly.write_nightly(NOW)
        yield any_app


def test_march_of_the_academie(made: Any) -> None:
    assert figure(ACADEMIE, "2026-03") == {
        "opened": 3,
        "resolved": 1,
        "open_end": 2,
        "handed_on": 0,
        "answered": 3,
        # 1 h, then 9:00 to 11:00, then 9:00 to 12:00: the median is 2 h.
        "first_answer": 2 * HOUR,
        "resolution": 8 * HOUR,
    }


def test_april_and_may_of_the_academie(made: Any) -> None:
    april, may = figure(ACADEMIE, "2026-04"), figure(ACADEMIE, "2026-05")
    assert april == {
        "opened": 1,
        "resolved": 0,
        "open_end": 3,
        "handed_on": 1,
        "answered": 0,
        "first_answer": None,
        "resolution": None,
    }
    assert may is not None and (may["opened"], may["resolved"], may["open_end"]) == (0, 1, 2)
    # Monday 9 March 9:00 to Monday 4 May 9:00: 40 weekdays, less Easter Monday (6 April) and 1 May.
    assert may["resolution"] == 38 * 8 * HOUR


def test_the_school_year_is_no_sum_of_medians(made: Any) -> None:
    year = figure(ACADEMIE, "annee-2025")
    assert year == figure(ACADEMIE, "tout")
    assert year == {
        "opened": 4,
        "resolved": 2,
        "open_end": 2,
        "handed_on": 1,
        "answered": 3,
        "first_answer": 2 * HOUR,
        "resolution": (8 + 38 * 8) * HOUR // 2,
    }


def test_a_collegiate_scope_has_its_own_only(made: Any) -> None:
    college = figure(COLLEGE, "tout")
    assert college is not None and (college["opened"], college["resolved"], college["open_end"]) == (3, 1, 2)
    assert figure(COLLEGE, "tout", "etablissement", "desaix-tarbes") is None


def test_a_departement_has_what_it_holds_or_held(made: Any) -> None:
    department = figure(DEPARTEMENT, "tout")
    assert department is not None and (department["opened"], department["open_end"]) == (3, 1)
    assert figure(f"org:{D2}", "tout") is None
    assert figure(f"org:{A}", "tout") is None


def test_parties_are_those_of_the_moment(made: Any) -> None:
    opened_with_a = figure(ACADEMIE, "2026-03", "party", A)
    assert opened_with_a is not None and (opened_with_a["opened"], opened_with_a["open_end"]) == (1, 1)
    handed = figure(ACADEMIE, "2026-04", "party", A)
    assert handed is not None and (handed["handed_on"], handed["open_end"]) == (1, 0)
    received = figure(ACADEMIE, "2026-04", "party", D1)
    assert received is not None and (received["opened"], received["open_end"]) == (0, 2)
    own = figure(ACADEMIE, "2026-04", "party", histories.OWN)
    assert own is not None and (own["opened"], own["open_end"]) == (1, 1)


def test_a_corrected_service_leaves_the_past_where_it_was(made: Any) -> None:
    march = figure(ACADEMIE, "2026-03", "service", "inventaire")
    assert march is not None and (march["opened"], march["open_end"]) == (2, 1)
    april = figure(ACADEMIE, "2026-04", "service", "inventaire")
    assert april is not None and april["open_end"] == 1  # the ticket opened in April
    assert figure(ACADEMIE, "2026-04", "service", "antivirus")["open_end"] == 2  # type: ignore[index]


@pytest.mark.parametrize("dimension", ["party", "service", "etablissement", "activity"])
def test_every_dimension_adds_up_to_the_total(made: Any, dimension: str) -> None:
    with reading() as session:
        rows = session.execute(select(Figure).where(Figure.scope == ACADEMIE)).scalars().all()
        sums: dict[str, list[int]] = {}
        for row in rows:
            if row.dimension == dimension:
                line = sums.setdefault(row.period, [0, 0, 0, 0, 0])
                for place, name in enumerate(("opened", "resolved", "open_end", "handed_on", "answered")):
                    line[place] += getattr(row, name)
        totals = {
            row.period: [row.opened, row.resolved, row.open_end, row.handed_on, row.answered]
            for row in rows
            if row.dimension == "total"
        }
    assert sums == totals


def test_again_changes_nothing(made: Any) -> None:
    before = everything()
    assert nightly.write_nightly(NOW).lines == 0
    assert nightly.write_nightly(NOW, everything=True).lines == 0
    assert everything() == before


def test_a_retired_service_and_a_renamed_team_change_no_past_figure(made: Any) -> None:
    before = [row for row in everything() if row[1] in ("2026-03", "2026-04")]
    with writing() as session:
        session.execute(
            update(Ticket).values(service_label="Retiré", etablissement_name="Renommé", holder_name="Autre équipe")
        )
    nightly.write_nightly(NOW, everything=True)
    assert [row for row in everything() if row[1] in ("2026-03", "2026-04")] == before


def test_a_new_name_shows_from_its_month_on(made: Any) -> None:
    life = open_ticket(at(5, 11))
    life.add("handed_on", at(5, 12), D1, organisation=D1, name="Département rebaptisé")
    nightly.write_nightly(NOW)
    with reading() as session:
        names = dict(
            session.execute(
                select(Figure.period, Figure.label).where(
                    Figure.scope == ACADEMIE, Figure.dimension == "party", Figure.value == D1
                )
            ).all()
        )
    assert names["2026-03"] == "Département des Hautes-Pyrénées"
    assert names["2026-05"] == "Département rebaptisé"


def test_a_purged_ticket_keeps_its_figures(made: Any) -> None:
    before = everything()
    with writing() as session:
        session.execute(update(Ticket).values(title="effacé", body="", opened_by_name="", opened_by=None))
    nightly.write_nightly(NOW, everything=True)
    assert everything() == before


def test_what_moves_is_folded_alone(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histories, "OVERLAP", 0)
    life = open_ticket(at(5, 18))
    assert nightly.write_nightly(NOW).tickets == 1
    assert figure(ACADEMIE, "2026-05")["opened"] == 1  # type: ignore[index]
    life.add("taken", at(5, 19), D1)
    assert nightly.write_nightly(NOW).tickets == 1
    assert nightly.write_nightly(NOW).tickets == 0


def test_a_month_without_events_still_has_its_stock(made: Any) -> None:
    nightly.write_nightly(datetime(2026, 9, 2, tzinfo=UTC))
    assert [figure(ACADEMIE, month)["open_end"] for month in ("2026-06", "2026-08", "2026-09")] == [2, 2, 2]  # type: ignore[index]
    assert figure(ACADEMIE, "annee-2026")["open_end"] == 2  # type: ignore[index]
    assert figure(ACADEMIE, "annee-2026", "service", "antivirus")["open_end"] == 1  # type: ignore[index]


def test_one_run_at_a_time_and_a_dead_one_gives_way(made: Any) -> None:
    with writing() as session:
        session.execute(update(FigureRun).values(running_until=NOW + nightly.CLAIM))
    with pytest.raises(nightly.Busy):
        nightly.write_nightly(NOW)
    assert nightly.write_nightly(NOW + nightly.CLAIM * 2).lines == 0
    with reading() as session:
        assert session.scalar(select(FigureRun.running_until)) is None


def test_a_run_that_fails_publishes_nothing_and_is_taken_up_again(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything()
    open_ticket(at(5, 18))
    write = publishing._write

    def fails(*_: Any) -> None:
        write(*_)
        raise RuntimeError("cut")

    monkeypatch.setattr(publishing, "_write", fails)
    with pytest.raises(RuntimeError):
        nightly.write_nightly(NOW)
    assert everything() == before
    monkeypatch.undo()
    nightly.write_nightly(NOW)
    assert figure(ACADEMIE, "2026-05")["opened"] == 1  # type: ignore[index]


def test_without_a_ticket_there_is_nothing(any_app: Any) -> None:
    with any_app.app_context():
        assert nightly.write_nightly(NOW) == nightly.Written(0, 0)
        assert everything() == []
        with reading() as session:
            assert (
                session.scalar(select(FigureFact.id)) is None and session.scalar(select(FigureFactScope.scope)) is None
            )
        db.session.remove()
