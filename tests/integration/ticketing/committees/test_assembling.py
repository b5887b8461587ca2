"""The pack of a small set of tickets, whose every figure is worked out by hand, on both engines."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from harness.histories import D1, D2, NAMES, A, at, lived, open_ticket
from sqlalchemy import update

from charters.database import db, writing
from ticketing.commands import cli, committees
from ticketing.committees import assembling, files
from ticketing.committees.assembling import NotReady, Wanted
from ticketing.committees.content import HIDDEN, Pack, PackTable, packed, unpacked
from ticketing.committees.matters import Remark
from ticketing.errors import NotFound
from ticketing.figures import nightly
from ticketing.figures.facts.tables import FactMonth
from ticketing.tables import DecisionRow, Ticket

NOW = datetime(2026, 5, 20, 8, tzinfo=UTC)
AGREEMENT = "hautes-pyrenees-2015"
YEAR = "annee-2025"
WHOLE = Wanted(AGREEMENT, A, YEAR, everything=True)
OPENERS = {"desaix-tarbes": 11, "victor-hugo-tarbes": 12}


def under_the_agreement() -> None:
    """Have the agreement decide all tickets, each opened by its collège's correspondant."""
    with writing() as session:
        session.execute(update(DecisionRow).values(convention=AGREEMENT))
        session.execute(update(Ticket).values(convention=AGREEMENT))
        for place, account in OPENERS.items():
            session.execute(update(Ticket).where(Ticket.etablissement == place).values(opened_by=account))


@pytest.fixture
def made(any_app: Any) -> Any:
    with any_app.app_context():
        lived()
        under_the_agreement()
        nightly.write_nightly(NOW)
        yield any_app
        db.session.remove()


def rows(pack: Pack, name: str) -> dict[Any, tuple[Any, ...]]:
    table: PackTable = pack.table(name)
    return {row[0]: row[1:] for row in table.rows}


def test_every_measure_of_the_year_is_what_the_tickets_say(made: Any) -> None:
    found = {name: row[1] for name, row in rows(assembling.make(WHOLE, ()), "essentiel").items()}
    assert found == {
        "Tickets ouverts": 4,
        "Tickets résolus": 2,
        "Tickets en cours": 2,  # the second and the fourth, on Sunday 17 May
        # 1 h for the first, 9:00 to 11:00 for the second, 9:00 to 12:00 for the third: 6 h over three.
        "Première réponse": 2.0,
        # Eight weeks from 9 March 9:00 to 4 May 9:00 are 40 days, less Easter Monday and 1 May: 38 × 8 = 304 h.
        # The first took 8 h: (304 + 8) / 2.
        "Résolution": 156.0,
        "Réponses promises tenues": None,
        "Résolutions promises tenues": None,
        "Bien orientés du premier coup": 1.0,
        "Passages entre parties": 1,
        "Allers et retours": 0,
        # 5 March 9:00 to 7 April 10:00: four weeks (160 h), 2 April, 3 April, not Easter Monday, and an hour.
        "Temps perdu en de mauvaises mains": 177.0,
        "Contestations": 0,
        "Contestations fondées": None,
        "Tickets rouverts": 0,
    }
    assert {row[2] for row in rows(assembling.make(WHOLE, ()), "essentiel").values()} <= {0, None}


def test_the_parties_months_and_places_add_up_to_the_year(made: Any) -> None:
    pack = assembling.make(WHOLE, ())
    opened = {name: row[0] for name, row in rows(pack, "parties").items()}
    assert opened == {
        "Département des Hautes-Pyrénées": 2,
        "Académie de Toulouse": 1,
        "L’établissement lui-même": 1,
    }
    months = rows(pack, "mois")
    assert next(iter(months)) == "Septembre 2025" and months["Mars 2026"][0] == 3 and months["Avril 2026"][0] == 1
    assert sum(row[0] for row in months.values()) == 4
    assert {name: row[0] for name, row in rows(pack, "etablissements").items()} == {
        "Collège Desaix, Tarbes": 3,
        "Collège Victor Hugo, Tarbes": 1,
    }


def test_a_pack_for_the_committee_hides_what_two_people_did(made: Any) -> None:
    pack = assembling.make(Wanted(AGREEMENT, A, YEAR), ())
    for name in ("parties", "services", "etablissements"):
        assert {cell for row in pack.table(name).rows for cell in row[1:]} == {HIDDEN}
    assert not pack.table("propositions").rows


def test_security_the_sources_count_no_fact_of_another_academie(made: Any) -> None:
    before = rows(assembling.make(WHOLE, ()), "sources")
    number = open_ticket(NOW - timedelta(days=40), "les-trois-sources-vallombreuse", holder=D2).number
    with writing() as session:
        session.execute(update(Ticket).where(Ticket.number == number).values(academie="academie-ailleurs"))
    nightly.write_nightly(NOW, everything=True)
    after = rows(assembling.make(WHOLE, ()), "sources")
    assert {month: row[0] for month, row in after.items()} == {month: row[0] for month, row in before.items()}
    assert sum(row[0] for row in after.values()) and after["Avril 2026"][1] != before["Avril 2026"][1]


def test_a_party_reads_its_own_figures_and_the_totals_that_do_not_tell_of_a_few(made: Any) -> None:
    pack = assembling.make(Wanted(AGREEMENT, A, YEAR, D1), ())
    assert pack.side_name == "Département des Hautes-Pyrénées"
    assert [row[0] for row in pack.table("parties").rows] == ["Département des Hautes-Pyrénées"]
    opened = rows(pack, "essentiel")["Tickets ouverts"]
    assert opened[1] == 2 and opened[3] == HIDDEN  # 4 - 2 = 2 tickets of two people
    months = rows(pack, "mois")
    assert months["Mars 2026"][0] == HIDDEN and months["Février 2026"][0] == 0
    assert not pack.table("etablissements").rows and not pack.table("sources").rows
    said = repr(pack)
    assert "Victor Hugo" not in said and "Académie de Toulouse'" not in repr(pack.table("parties"))


def test_a_party_or_an_academie_that_is_not_of_the_agreement_has_no_pack(made: Any) -> None:
    for wanted in (
        Wanted(AGREEMENT, A, YEAR, D2),
        Wanted(AGREEMENT, A, YEAR, "region-midi-pyrenees"),
        Wanted(AGREEMENT, "academie-de-l-inconnu", YEAR),
        Wanted("accord-inconnu", A, YEAR),
    ):
        with pytest.raises(NotFound):
            assembling.make(wanted, ())


def test_the_same_data_give_the_same_bytes_and_another_ticket_another_digest(made: Any) -> None:
    first = assembling.make(WHOLE, ())
    nightly.write_nightly(NOW, everything=True)
    again = assembling.make(WHOLE, ())
    assert first == again and first.digest == again.digest
    for write in (files.xlsx, files.ods, files.archive):
        assert write(first) == write(unpacked(packed(again)))
    open_ticket(at(5, 12))
    under_the_agreement()
    nightly.write_nightly(NOW, everything=True)
    assert assembling.make(WHOLE, ()).digest != first.digest


def test_the_cut_off_is_the_end_of_the_year_or_the_day_of_the_facts(made: Any) -> None:
    assert assembling.make(WHOLE, ()).cut_off == date(2026, 5, 20)
    assert assembling.cut_off(YEAR, datetime(2026, 11, 1, tzinfo=UTC)) == date(2026, 8, 31)


def test_a_month_whose_facts_are_being_made_again_delays_the_pack(made: Any) -> None:
    with writing() as session:
        session.execute(update(FactMonth).where(FactMonth.month == "2026-03").values(digest=""))
    with pytest.raises(NotReady):
        assembling.make(WHOLE, ())


def test_the_composition_is_that_of_article_iv_and_a_meeting_gives_the_day_of_its_convocation(made: Any) -> None:
    pack = assembling.make(WHOLE, ())
    seats = pack.table("composition").rows
    assert len(seats) == 8 and {row[4] for row in seats} == {"article IV"}
    assert sum(row[2] for row in seats if row[3] == "le collège") == 10
    assert pack.table("reunions").rows[0][4] is None  # this text gives no notice


def test_what_a_party_says_is_dated_and_what_it_contests_is_listed(made: Any) -> None:
    said = [
        Remark(NAMES[D1], "Mois par mois", True, "Avril a été saisi en mai.", "Un référent", date(2026, 5, 1)),
        Remark(NAMES[A], "", False, "Rien à redire.", "Une administratrice", date(2026, 5, 2)),
    ]
    pack = assembling.make(WHOLE, said)
    assert [row[0] for row in pack.table("observations").rows] == [one.party for one in said]
    assert [row[1] for row in pack.table("chiffres-contestes").rows] == ["Département des Hautes-Pyrénées"]


def test_a_blank_cell_is_proposed_to_the_party_that_finishes_its_tickets_with_its_replay(any_app: Any) -> None:
    """Five people ask on a blank cell; the desk keeps each ticket a day (8 h) before the département resolves it."""
    with any_app.app_context():
        for rank in range(5):
            opened = at(3, 2) + timedelta(days=7 * rank)
            opened = opened if rank < 4 else opened - timedelta(hours=1)  # 9:00 in Paris, in summer too
            life = open_ticket(opened, holder=A, activity="conseil")
            life.hand_on(opened + timedelta(days=1), D1, reason="autre-partie")
            life.add("resolved", opened + timedelta(days=2), D1)
        with writing() as session:
            session.execute(update(DecisionRow).values(convention=AGREEMENT, status="to_qualify"))
            session.execute(update(Ticket).values(convention=AGREEMENT, opened_by=100 + Ticket.number))
        nightly.write_nightly(NOW)
        steps: list[str] = []
        pack = assembling.make(Wanted(AGREEMENT, A, YEAR), (), steps.append)
        (row,) = pack.table("propositions").rows
        assert row[2:4] == ("case blanche", "Département des Hautes-Pyrénées")
        assert row[4:7] == (40.0, 5, 5)  # five times 8 h of the desk
        assert row[7] == "5 des 5 tickets finis l’ont été par cette partie"
        assert [one[2:] for one in pack.table("rejeux").rows] == [
            ("Académie de Toulouse", "Département des Hautes-Pyrénées", 5)
        ]
        assert any("Rejeu" in one for one in steps)
        db.session.remove()


def test_a_year_is_read_as_people_write_it() -> None:
    assert assembling.year("2025-2026") == assembling.year("2025/2026") == assembling.year("2025-26") == YEAR
    for text in ("2025", "2025-2027", "", "25-26", "deux-mille"):
        with pytest.raises(ValueError):
            assembling.year(text)


def test_the_command_writes_the_same_files_each_time_or_says_why_not(
    made: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    @contextmanager
    def here(**_: Any) -> Any:
        yield made, None

    monkeypatch.setattr(committees, "application", here)

    def run(*more: str) -> Result:
        return CliRunner().invoke(cli.main, ["committee-pack", *more])

    for folder in ("one", "two"):
        told = run(AGREEMENT, "--year", "2025-2026", "--to", str(tmp_path / folder), "--no-pdf")
        assert told.exit_code == 0, told.output
        assert "18 fichiers" in told.output
    first, second = (
        {path.relative_to(tmp_path / folder): path.read_bytes() for path in (tmp_path / folder).rglob("*.*")}
        for folder in ("one", "two")
    )
    assert first == second and len(first) == 18
    for wrong, said in (
        ((AGREEMENT, "--year", "2025", "--to", str(tmp_path)), "année scolaire"),
        (("inconnu", "--year", "2025-2026", "--to", str(tmp_path)), "aucun accord"),
        ((AGREEMENT, "--year", "2025-2026", "--to", str(tmp_path), "--party", "inconnue"), "cette partie"),
        ((AGREEMENT, "--year", "2025-2026", "--to", str(tmp_path), "--meeting", "demain"), "donnez un jour"),
    ):
        told = run(*wrong)
        assert told.exit_code == 2 and said in told.output
