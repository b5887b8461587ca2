"""The dashboard of a perimeter: which periods it offers, what its tiles compare, what its tables and files hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ticketing.figures import dashboards
from ticketing.figures.dashboards import FigureLine, Scope
from ticketing.in_force import plain_words

NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
ACADEMIE, COLLEGE = Scope("acad:t", "academie"), Scope("etab:desaix-tarbes", "etablissement")


def line(period: str, opened: int = 10, **more: object) -> FigureLine:
    whole = FigureLine(period, "total", "", "Total", 1, opened, 7, 3, 2, 6, 2700, 12_000)
    return replace(whole, **more)  # type: ignore[arg-type]


def by_period(*lines: FigureLine) -> dict[str, FigureLine]:
    return {one.period: one for one in lines}


FOUND = by_period(line("2026-09"), line("2026-10", 20), line("2026-11", 5), line("annee-2026", 35), line("tout", 35))


def test_the_present_school_year_is_shown_or_else_the_last_that_has_figures() -> None:
    assert dashboards.default_period(FOUND, NOW) == "annee-2026"
    older = by_period(line("annee-2023"), line("annee-2024"), line("tout"))
    assert dashboards.default_period(older, NOW) == "annee-2024"
    assert dashboards.default_period({}, NOW) == "tout"


def test_periods_are_offered_newest_first_years_and_months_apart() -> None:
    choices = dashboards.choices_of([*FOUND, "annee-2025"])
    assert choices.years == (
        ("annee-2026", "Année scolaire 2026-2027"),
        ("annee-2025", "Année scolaire 2025-2026"),
    )
    assert [month for month, _ in choices.months] == ["2026-11", "2026-10", "2026-09"]


def test_a_past_month_is_compared_with_the_one_before_it() -> None:
    tiles = dashboards.tiles(FOUND, "2026-10", NOW)
    assert [(tile.label, tile.value, tile.note) for tile in tiles] == [
        ("Ouverts", "20", "10 en septembre 2026"),
        ("Résolus", "7", "7 en septembre 2026"),
        ("Encore ouverts à la fin", "3", "3 en septembre 2026"),
        ("Première réponse", "45\u00a0min", "45\u00a0min en septembre 2026"),
        ("Résolution", "3\u00a0h\u00a020", "3\u00a0h\u00a020 en septembre 2026"),
        ("Transmissions", "2", "2 en septembre 2026"),
    ]


@pytest.mark.parametrize(
    ("period", "still"),
    [
        ("2026-11", "Encore ouverts"),
        ("annee-2026", "Encore ouverts"),
        ("tout", "Encore ouverts"),
        ("2026-09", "Encore ouverts à la fin"),
    ],
)
def test_a_period_that_is_not_over_or_is_the_first_is_compared_with_nothing(period: str, still: str) -> None:
    tiles = dashboards.tiles(FOUND, period, NOW)
    assert tiles[2].label == still
    assert [tile.note for tile in tiles] == [
        "",
        "",
        "",
        "médiane, heures ouvrées",
        "médiane, heures ouvrées",
        "d’une partie à une autre",
    ]


def test_what_was_not_measured_the_month_before_is_not_compared() -> None:
    found = by_period(line("2026-09", first_answer=None), line("2026-10"))
    assert dashboards.tiles(found, "2026-10", NOW)[3].note == "médiane, heures ouvrées"


def test_a_month_without_figures_is_passed_over() -> None:
    found = by_period(line("2026-06", 4), line("2026-08", 9), line("2026-10"))
    assert dashboards.tiles(found, "2026-10", NOW)[0].note == "9 en août 2026"


def test_at_most_twenty_four_months_are_drawn_the_last_ones() -> None:
    months = [f"{year}-{month:02d}" for year in (2024, 2025, 2026) for month in range(1, 13)]
    found = by_period(*(line(month) for month in months), line("tout"))
    assert [one.period for one in dashboards.drawn_months(found, "tout")] == months[-24:]
    del found["2026-11"]
    assert "2026-11" not in [one.period for one in dashboards.drawn_months(found, "tout")]
    assert dashboards.drawn_months(by_period(line("tout")), "tout") == []


def test_a_college_has_no_file_by_college() -> None:
    assert dashboards.files_of(COLLEGE) == ("mois", "delais", "transmissions", "parties", "services", "activites")
    assert dashboards.files_of(ACADEMIE) == (
        "mois",
        "delais",
        "transmissions",
        "parties",
        "services",
        "colleges",
        "activites",
    )


def test_sections_follow_the_files_and_leave_out_what_has_no_line() -> None:
    places = [line("tout", label="Desaix", dimension="etablissement")]
    tops = {"etablissement": places, "service": [line("tout", label="Antivirus")], "party": []}
    shown = dashboards.shape(ACADEMIE, "annee-2026", FOUND, tops, NOW)
    assert [one.id for one in shown.sections] == ["mois", "delais", "transmissions", "services", "colleges"]
    assert (shown.period, shown.label) == ("annee-2026", "Année scolaire 2026-2027")
    assert [one.id for one in dashboards.shape(COLLEGE, "tout", FOUND, tops, NOW).sections][3:] == ["services"]
    assert dashboards.shape(ACADEMIE, "tout", by_period(line("tout")), {}, NOW).sections == ()


def test_the_section_of_months_draws_what_flows_and_its_table_is_newest_first() -> None:
    (months, times, moves) = dashboards.shape(ACADEMIE, "annee-2026", FOUND, {}, NOW).sections
    assert (months.title, months.chart.kind, times.chart.kind, moves.chart.kind) == (
        "Ouverts et résolus, mois par mois",
        "columns",
        "lines",
        "columns",
    )
    assert [label for _, label, _ in months.chart.legend] == ["Ouverts", "Résolus"], "what is still open is no flow"
    assert months.table.columns == ("Mois", "Ouverts", "Résolus", "Encore ouverts à la fin")
    assert months.table.rows[0] == ("Novembre 2026", "5", "7", "3")
    assert [row[0] for row in months.table.rows] == ["Novembre 2026", "Octobre 2026", "Septembre 2026"]
    assert [tick.text for tick in months.chart.steps] == ["sept. 26", "oct. 26", "nov. 26"]
    assert months.chart.marks[0].title == "Septembre 2026, Ouverts : 10"
    assert times.chart.lines[0].points[0].title == "Septembre 2026, Première réponse : 45\u00a0min"
    assert times.table.rows[0] == ("Novembre 2026", "45\u00a0min", "3\u00a0h\u00a020")
    assert not months.wide


def test_a_chart_of_many_months_takes_the_whole_width() -> None:
    found = by_period(*(line(f"2026-{month:02d}") for month in range(1, 6)), line("tout"))
    assert all(one.wide for one in dashboards.shape(ACADEMIE, "tout", found, {}, NOW).sections)


def test_a_dimension_shows_its_first_ten_lines_and_says_that_there_are_more() -> None:
    lines = [line("tout", 30 - rank, label=f"Service {rank}", rank=rank) for rank in range(1, 12)]
    (section,) = dashboards.shape(COLLEGE, "tout", by_period(line("tout")), {"service": lines}, NOW).sections
    assert len(section.table.rows) == len(section.chart.rows) == 10
    assert section.note == "Les 10 premiers ; le fichier les donne tous."
    assert section.table.columns == ("Service", *dashboards.MEASURES.values())
    assert section.table.rows[0] == ("Service 1", "29", "7", "3", "2", "45\u00a0min", "3\u00a0h\u00a020")
    assert section.chart.description.startswith("Tickets ouverts. Service 1 : 29 ; ")
    (section,) = dashboards.shape(COLLEGE, "tout", by_period(line("tout")), {"service": lines[:10]}, NOW).sections
    assert section.note == "" and len(section.table.rows) == 10
    (parties,) = dashboards.shape(COLLEGE, "tout", by_period(line("tout")), {"party": lines}, NOW).sections
    assert parties.note.startswith("Qui tenait le ticket à son ouverture. Les 10 premiers")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0, "0\u00a0min"),
        (29, "0\u00a0min"),
        (31, "1\u00a0min"),
        (3569, "59\u00a0min"),
        (3600, "1\u00a0h"),
        (3660, "1\u00a0h\u00a001"),
        (99 * 3600 + 60, "99\u00a0h\u00a001"),
        (100 * 3600 + 60, "100\u00a0h"),
        (1234 * 3600, "1\u202f234\u00a0h"),
    ],
)
def test_working_time_is_told_in_hours_never_in_days(seconds: int | None, words: str) -> None:
    assert dashboards.span(seconds) == dashboards.say("resolution", seconds) == words


def test_a_time_is_drawn_in_hours_and_a_count_as_it_is() -> None:
    assert dashboards.drawn_value("first_answer", 5400) == 1.5 and dashboards.drawn_value("opened", 5400) == 5400
    assert dashboards.drawn_value("first_answer", None) is None and dashboards.say("opened", 1234) == "1\u202f234"


def test_services_and_activities_are_named_in_plain_words_and_what_none_names_by_its_own() -> None:
    kept = {
        ("service", "equipement-bureautique"): "Équipement bureautique",
        ("service", "service-retire"): "Service retiré",
        ("activity", "mco"): "Maintien en condition opérationnelle",
        ("party", "departement"): "Département des Hautes-Pyrénées",
    }
    named = [
        dashboards.plain(line("tout", dimension=dimension, value=value, label=label))
        for (dimension, value), label in kept.items()
    ]
    assert named[0] == plain_words.SERVICES["equipement-bureautique"].label != "Équipement bureautique"
    assert named[1:] == ["Service retiré", "C’est en panne", "Département des Hautes-Pyrénées"]
