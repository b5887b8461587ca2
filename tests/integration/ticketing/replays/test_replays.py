"""A replay counts as if each ticket were routed by itself, within reach, and writes nothing, on both engines."""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness.apps import build_app, settings_for
from harness.histories import D1, D2, A, open_ticket
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from charters.database import db, reading, sealed, writing
from matrix import Request
from matrix.changes import CellChange, amended
from matrix.comparison.replay import change_of
from matrix.comparison.substitution import cuts, of_agreement, of_version
from matrix.files import SHIPPED
from ticketing.amending import amendments
from ticketing.commands import replay
from ticketing.errors import Invalid
from ticketing.figures import nightly
from ticketing.in_force import routing
from ticketing.replays import reports, run, selection
from ticketing.replays.selection import ReplayPeriod, ReplayReach
from ticketing.tables import Ticket, TicketScope

HP, TABLETS = "hautes-pyrenees-2015", "bouches-du-rhone-2017"
EFFECT = date(2027, 9, 1)
NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
PERIOD = ReplayPeriod(date(2025, 9, 1), date(2026, 11, 16))
CHANGES = (
    CellChange(service="antivirus", activity="mco", value="EN"),
    CellChange(service="equipement-bureautique", activity="mco", value="CL"),
    CellChange(service="inventaire", activity="conseil", value="CL"),
)


@pytest.fixture
def opened(any_app: Any) -> Iterator[Any]:
    with any_app.app_context():
        yield any_app


def random_tickets(
    convention: str, count: int, services: list[str], first: datetime = datetime(2025, 8, 25, tzinfo=UTC)
) -> list[dict[str, Any]]:
    """Return tickets of 460 days, of all hours, with all facts."""
    conventions, rng = routing.router().conventions, random.Random(65)
    places = list(conventions[convention].etablissements)
    days = [date(2015, 9, 1) + timedelta(days=shift) for shift in (-900, -1, 0, 1, 900)]
    rows = []
    for number in range(1, count + 1):
        place = rng.choice(places)
        at = first + timedelta(minutes=rng.randrange(460 * 1440))
        rows.append(
            {
                "number": number,
                "state": "new",
                "title": "Titre caché",
                "body": "Corps caché",
                "academie": A,
                "etablissement": place,
                "etablissement_name": place,
                "etablissement_commune": "Tarbes",
                "service": rng.choice(services),
                "service_label": "Service",
                "activity": rng.choice(list(conventions.activities)),
                "activity_label": "Activité",
                "user_category": rng.choice([None, *conventions.user_categories]),
                "acquired_by": rng.choice([None, "departement", "college"]),
                "acquired_on": rng.choice([None, *days]),
                "inventoried": rng.choice([None, True, False]),
                "in_referentiel": rng.choice([None, True, False]),
                "experimentation": rng.choice([None, True, False]),
                "under_warranty": rng.choice([None, True, False]),
                "holder_party": "departement",
                "holder_role": "CL",
                "holder_organisation": D1,
                "holder_name": "D1",
                "opened_by_name": "Essai",
                "opened_at": at,
                "due_at": at,
                "updated_at": at,
            }
        )
    return rows


def written(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    with writing() as session:
        session.execute(insert(Ticket), rows)
    return rows


def by_hand(trial: Any, rows: list[dict[str, Any]], period: ReplayPeriod) -> dict[tuple[str, ...], int]:
    """Return (party, status, change) before and after, with each ticket routed by itself on its own facts."""
    counted: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        if period.first <= row["opened_at"] < period.end:
            asked = Request(**{name: row[name] for name in Request.__dataclass_fields__})
            before, after = trial.before.route(asked), trial.after.route(asked)
            counted[
                row["service"],
                before.party,
                before.status,
                after.party,
                after.status,
                change_of(before, after),
                *(warning.code for warning in after.warnings),
            ] += 1
    return dict(counted)


def in_groups(trial: Any, reach: ReplayReach, period: ReplayPeriod) -> dict[tuple[str, ...], int]:
    counted: Counter[tuple[str, ...]] = Counter()
    with sealed() as connection:
        for group in selection.groups(connection, reach, period, cuts(trial), trial.after.conventions.calendar):
            before, after = trial.before.route(group.request), trial.after.route(group.request)
            counted[
                group.request.service,
                before.party,
                before.status,
                after.party,
                after.status,
                change_of(before, after),
                *(warning.code for warning in after.warnings),
            ] += group.count
    return dict(counted)


def tried(*changes: CellChange) -> Any:
    conventions = routing.router().conventions
    changed = amended(conventions[HP], EFFECT, changes, "Essai")
    return of_version(
        conventions.with_conventions(changed if one.id == HP else one for one in conventions),
        routing.router().recorded,
        HP,
        EFFECT,
    )


def test_groups_are_routed_as_each_of_their_tickets_would_be(opened: Any) -> None:
    services = ["antivirus", "equipement-bureautique", "inventaire", "restauration-prive", "materiels-pedagogiques"]
    rows = written(random_tickets(HP, 3000, services))
    trial = tried(*CHANGES)
    expected = by_hand(trial, rows, PERIOD)
    assert in_groups(trial, ReplayReach(trial.places), PERIOD) == expected
    assert sum(expected.values()) < 3000  # some tickets are outside the period


def test_school_time_is_told_apart_to_the_hour(opened: Any) -> None:
    conventions = routing.router().conventions
    tablets = conventions[TABLETS]
    assert tablets.school_time is not None
    starts = tablets.starts
    first = datetime(starts.year, starts.month, starts.day, tzinfo=UTC) - timedelta(days=20)
    rows = written(random_tickets(TABLETS, 2000, [*sorted(tablets.school_time.services), "antivirus"], first))
    period = ReplayPeriod(starts - timedelta(days=10), starts + timedelta(days=400))
    trial = of_agreement(conventions, (), tablets, period.since)
    expected = by_hand(trial, rows, period)
    assert any("school-time" in key for key in expected) and any("school-time" not in key for key in expected)
    assert in_groups(trial, ReplayReach(trial.places), period) == expected


def test_many_etablissements_are_chosen_as_few_are(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    written(random_tickets(HP, 600, ["antivirus"]))
    trial = tried(*CHANGES)
    some = ReplayReach(trial.places[:7])
    expected = in_groups(trial, some, PERIOD)
    monkeypatch.setattr(selection, "FEW", 0)
    monkeypatch.setattr(selection, "BATCH", 7)
    assert in_groups(trial, some, PERIOD) == expected
    assert 0 < sum(expected.values()) < sum(in_groups(trial, ReplayReach(trial.places), PERIOD).values())


def test_both_ends_of_the_period_are_in_it_by_the_clock_of_paris(opened: Any) -> None:
    rows = random_tickets(HP, 4, ["antivirus"])
    first, last = date(2026, 7, 1), date(2026, 7, 2)
    for row, at in zip(
        rows,
        (
            datetime(2026, 6, 30, 21, 59, 59, tzinfo=UTC),
            datetime(2026, 6, 30, 22, 0, tzinfo=UTC),
            datetime(2026, 7, 2, 21, 59, 59, tzinfo=UTC),
            datetime(2026, 7, 2, 22, 0, tzinfo=UTC),
        ),
        strict=True,
    ):
        row["opened_at"] = at
    written(rows)
    trial = tried(*CHANGES)
    assert sum(in_groups(trial, ReplayReach(trial.places), ReplayPeriod(first, last)).values()) == 2


def test_another_academie_and_other_places_are_out_of_reach(opened: Any) -> None:
    rows = random_tickets(HP, 60, ["antivirus"])
    for row in rows[:20]:
        row["academie"] = "academie-ailleurs"
    for row in rows[20:30]:
        row["etablissement"] = "les-trois-sources-vallombreuse"
    written(rows)
    trial = tried(*CHANGES)
    whole = ReplayPeriod(date(2020, 1, 1), date(2028, 1, 1))
    assert sum(in_groups(trial, ReplayReach(trial.places, academie=A), whole).values()) == 30
    assert sum(in_groups(trial, ReplayReach(()), whole).values()) == 0


@pytest.fixture
def small(opened: Any) -> tuple[int, ...]:
    """Open three tickets of Desaix on the antivirus (D1 sees two) and one of Arbizonne, with their figures."""
    lives = [
        open_ticket(NOW - timedelta(days=days), service="antivirus", holder=holder)
        for days, holder in ((40, D1), (30, D1), (20, A))
    ]
    open_ticket(NOW - timedelta(days=10), "les-trois-sources-vallombreuse", holder=D2, service="antivirus")
    for life in lives:
        life.add("resolved", NOW - timedelta(days=5), life.holder)
    with writing() as session:
        session.execute(
            insert(TicketScope),
            [
                {
                    "key": f"org:{life.holder}",
                    "ticket_id": life.number,
                    "state": 3,
                    "rank": 1,
                    "etablissement": life.etablissement,
                    "service": life.service,
                }
                for life in lives
            ],
        )
    nightly.write_nightly(NOW)
    return tuple(life.number for life in lives)


def test_working_time_is_the_mean_of_the_figures(small: tuple[int, ...]) -> None:
    trial = tried(*CHANGES)
    with sealed() as connection:
        ((seconds, count),) = selection.times(connection, ReplayReach(trial.places), {("antivirus", "mco")}).values()
        assert selection.times(connection, ReplayReach(trial.places), ()) == {}
        assert selection.times(connection, ReplayReach(("victor-hugo-tarbes",)), {("antivirus", "mco")}) == {}
    known = db.session.execute(
        text("SELECT sum(seconds), count(*) FROM fact WHERE kind = 'resolved' AND etablissement = 'desaix-tarbes'")
    ).one()
    assert (seconds, count) == tuple(known) and count == 3


def test_only_the_tickets_of_the_perimeter_are_listed_and_page_by_page(small: tuple[int, ...]) -> None:
    subject = run.ReplaySubject(1, routing.router().conventions[HP], "Essai", EFFECT, tried(*CHANGES))
    numbers = lambda reach, **more: [one.row.number for one in run.page(subject, reach, PERIOD, **more).tickets]  # noqa: E731
    whole = ReplayReach(subject.trial.places)
    assert numbers(whole) == sorted(small, reverse=True)
    assert numbers(ReplayReach(whole.places, key=f"org:{D1}")) == [small[1], small[0]]
    assert numbers(ReplayReach(whole.places, key="org:nobody")) == []
    first = run.page(subject, whole, PERIOD, size=2)
    assert first.older == small[1] and numbers(whole, before=first.older, size=2) == [small[0]]
    assert run.page(subject, whole, PERIOD, before=first.older, size=2).older is None


def test_a_kept_decision_that_differs_is_told(small: tuple[int, ...]) -> None:
    with writing() as session:
        session.execute(text("UPDATE ticket SET decision_id = (SELECT id FROM decision WHERE ticket_id = number)"))
        session.execute(text("UPDATE decision SET party = 'college' WHERE ticket_id = :one"), {"one": small[0]})
    subject = run.ReplaySubject(1, routing.router().conventions[HP], "Essai", EFFECT, tried(*CHANGES))
    page = run.page(subject, ReplayReach(subject.trial.places), PERIOD)
    told = {one.row.number: one.kept_differs for one in page.tickets}
    assert told == {small[0]: True, small[1]: False, small[2]: False}


# --- nothing is written ---


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ticket SET title = 'x'",
        "INSERT INTO fact_label VALUES ('x', 'x', 'x', 'x')",
        "DELETE FROM ticket",
        "CREATE TABLE x (y int)",
        "DROP TABLE notice",
    ],
)
def test_a_write_is_refused_on_the_connection_of_a_replay(small: tuple[int, ...], statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"), sealed() as connection:
        connection.execute(text(statement))
    assert db.session.scalar(text("SELECT count(*) FROM ticket WHERE title = 'Essai'")) == 4


def test_the_next_connection_may_write_again(small: tuple[int, ...]) -> None:
    with sealed() as connection:
        assert connection.scalar(text("SELECT count(*) FROM ticket")) == 4
    with writing() as session:
        session.execute(text("UPDATE ticket SET title = 'encore'"))
    assert db.session.scalar(text("SELECT count(*) FROM ticket WHERE title = 'encore'")) == 4


def test_a_replay_is_one_snapshot(small: tuple[int, ...]) -> None:
    with sealed() as connection:
        before = connection.scalar(text("SELECT count(*) FROM ticket"))
        open_ticket(NOW)
        assert connection.scalar(text("SELECT count(*) FROM ticket")) == before


NOBODY = 65534


@pytest.mark.parametrize("folder_too", [False, True])
def test_a_file_that_may_only_be_read_will_do(tmp_path: Path, app: Any, folder_too: bool) -> None:
    with app.app_context():
        open_ticket(NOW - timedelta(days=40), service="antivirus")
        db.session.remove()
        db.engine.dispose()
    place = Path(tempfile.mkdtemp(prefix="guichet-lecture-"))  # the user « nobody » may not enter pytest's own folders
    copy = place / "guichet.db"
    try:
        shutil.copyfile(tmp_path / "guichet.db", copy)
        written_folder = copied_agreement(place)
        copy.chmod(0o444)
        place.chmod(0o555 if folder_too else 0o777)
        other = build_app(settings_for(tmp_path, f"sqlite:///{copy}"))
        with other.app_context():
            with reading():
                subject = run.of_folder(written_folder, PERIOD.since)
            db.session.remove()
            db.engine.dispose()
            with as_nobody():
                with pytest.raises(PermissionError), copy.open("r+b"):
                    pass
                found = run.run(subject, ReplayReach(subject.trial.places), PERIOD)
            assert (found.tickets, found.moved) == (1, 1)
    finally:
        place.chmod(0o700)
        shutil.rmtree(place)


class as_nobody:
    """Run the block as a user who may not write, because root may write anywhere."""

    def __enter__(self) -> None:
        self._root = os.geteuid() == 0
        if self._root:
            os.seteuid(NOBODY)

    def __exit__(self, *error: object) -> None:
        if self._root:
            os.seteuid(0)


def copied_agreement(place: Path) -> Path:
    """Return a copy of the agreement's files in which the antivirus is given to the académie."""
    folder = place / HP
    shutil.copytree(SHIPPED / HP, folder)
    cells = (folder / "cells.toml").read_text(encoding="utf-8")
    old = 'services = ["antivirus"]\nactivities = ["mco"]\nvalue = "CL"'
    assert old in cells
    (folder / "cells.toml").write_text(cells.replace(old, old.replace('"CL"', '"EN"')), encoding="utf-8")
    return folder


@pytest.mark.postgresql
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_role_that_may_only_read_will_do(app: Any, settings: Any, tmp_path: Path) -> None:
    with app.app_context():
        open_ticket(NOW - timedelta(days=40), service="antivirus")
        with writing() as session:
            session.execute(text("DROP ROLE IF EXISTS lecteur_seul"))
            session.execute(text("CREATE ROLE lecteur_seul LOGIN"))
            session.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO lecteur_seul"))
    other = build_app(settings_for(tmp_path, settings.database_url.replace("guichet@", "lecteur_seul@")))
    try:
        with other.app_context():
            with pytest.raises(DBAPIError, match="permission denied"), writing() as session:
                session.execute(text("UPDATE ticket SET title = 'x'"))
            told = replay.told(str(copied_agreement(tmp_path)), "2025-09-01", "2026-11-16", "json", NOW)
            assert json.loads(told)["moved"] == 1
            db.session.remove()
            db.engine.dispose()
    finally:
        with app.app_context(), writing() as session:
            session.execute(text("DROP OWNED BY lecteur_seul"))
            session.execute(text("DROP ROLE lecteur_seul"))


# --- the command ---


def draft_of(actor: Any, *changes: CellChange, title: str = "Antivirus à l’académie") -> int:
    return amendments.start(actor, HP, "avenant", amendments.DraftHeader(title, EFFECT), NOW, changes or CHANGES[:1])


def test_the_command_replays_a_draft_the_same_way_each_time(any_app: Any, actor_as: Callable[[str], Any]) -> None:
    with any_app.app_context():
        open_ticket(NOW - timedelta(days=40), service="antivirus")
        number = str(draft_of(actor_as("a.admin")))
        told = {
            form: [replay.told(number, "2025-09-01", "2026-11-16", form, NOW) for _ in range(2)]
            for form in ("text", "json", "csv")
        }
    assert all(first == second for first, second in told.values())
    found = json.loads(told["json"][0])
    assert (found["tickets"], found["moved"]) == (1, 1)
    assert {"before": "departement", "after": "academie", "tickets": 1, "seconds": 0} in found["flows"]
    assert found["shifts"][0]["before"]["citations"] and found["shifts"][0]["after"]["citations"][0]["quote"] == "EN"
    words = told["text"][0]
    assert "comme s’il avait pris effet avant la période" in words
    assert "Département des Hautes-Pyrénées -> Académie de Toulouse : 1" in words
    assert told["csv"][0].count("\r\n") == 2 and "Essai" not in "".join(words for words, _ in told.values())


@pytest.mark.parametrize(
    ("draft", "since", "until", "field", "words"),
    [
        ("999", "2026-01-01", "2026-02-01", "DRAFT", "numéro 999"),
        ("9" * 40, "2026-01-01", "2026-02-01", "DRAFT", "aucun projet"),
        ("/nulle/part", "2026-01-01", "2026-02-01", "DRAFT", "dossier d’un accord"),
        ("1", "hier", "2026-02-01", "--since", "premier jour"),
        ("1", "2026-01-01", "2026-02-30", "--until", "dernier jour"),
        ("1", "2026-02-02", "2026-02-01", "--until", "finit avant"),
        ("1", "2027-02-02", "2027-03-01", "--since", "après aujourd’hui"),
        ("1", "2001-01-01", "2026-01-01", "--until", "dix ans"),
    ],
)
def test_what_cannot_be_replayed_is_told_at_its_place(
    app_context: Any, draft: str, since: str, until: str, field: str, words: str
) -> None:
    with pytest.raises(replay.Refusal) as refusal:
        replay.told(draft, since, until, "text", NOW)
    assert refusal.value.field == field and words in str(refusal.value)


def test_files_with_faults_are_told_with_their_lines(app_context: Any, tmp_path: Path) -> None:
    folder = copied_agreement(tmp_path)
    (folder / "cells.toml").write_text('[[cell]]\nservices = ["antivirus"]\nactivities = ["rien"]\nvalue = "EN"\n')
    with pytest.raises(replay.Refusal, match=r"cells\.toml:\d"):
        replay.told(str(folder), "2026-01-01", "2026-02-01", "text", NOW)


def test_a_cell_of_the_file_never_becomes_a_formula(any_app: Any, actor_as: Callable[[str], Any]) -> None:
    with any_app.app_context():
        open_ticket(NOW - timedelta(days=40), service="antivirus")
        hostile = CellChange(service="antivirus", activity="mco", value="EN", quote="=HYPERLINK(1)", ref="VII")
        subject = run.of_draft(draft_of(actor_as("a.admin"), hostile))
        found = run.run(subject, ReplayReach(subject.trial.places), PERIOD)
        told = reports.as_csv(found, subject.trial)
    assert "HYPERLINK" in told and ';"=' not in told and ";=" not in told


def test_an_empty_draft_changes_nothing(any_app: Any, actor_as: Callable[[str], Any]) -> None:
    with any_app.app_context():
        open_ticket(NOW - timedelta(days=40), service="antivirus")
        number = amendments.start(
            actor_as("a.admin"), HP, "avenant", amendments.DraftHeader("Rien encore", EFFECT), NOW
        )
        subject = run.of_draft(number)
        found = run.run(subject, ReplayReach(subject.trial.places), PERIOD)
    assert (found.tickets, found.changed, found.outcomes) == (1, 0, ())


def test_the_usual_period_is_the_year_until_yesterday() -> None:
    assert run.usual(date(2026, 11, 17)) == ReplayPeriod(date(2025, 11, 17), date(2026, 11, 16))
    with pytest.raises(Invalid) as fault:
        run.period("", "", date(2026, 11, 17))
    assert set(fault.value.errors) == {"depuis", "jusqua"}
    assert run.period("01/09/2026", "2026-09-30", date(2026, 11, 17)).since == date(2026, 9, 1)
