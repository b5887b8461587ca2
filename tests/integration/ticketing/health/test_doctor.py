"""`guichet doctor` and the page of health find what is wrong, say what to do, and tell no secret."""

from __future__ import annotations

import json
import os
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness.commands import command
from sqlalchemy.exc import OperationalError

from charters.database import writing
from charters.journal import audit
from ticketing import jobs
from ticketing.health import checks, installation, machine
from ticketing.health.findings import Finding, Level, lines
from ticketing.operation import maintenance, paces, schema, silence
from ticketing.tables import JobRun

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


def by_subject(found: Any) -> dict[str, Finding]:
    return {one.subject: one for one in found}


def ran(at: datetime, error: str = "", but: str = "") -> None:
    with writing() as session:
        for name in jobs.JOBS:
            if name != but:
                session.add(JobRun(job=name, tick=at, started_at=at, finished_at=at, error=error))


@pytest.fixture
def in_service(settings: Any) -> Any:
    """The settings of a service behind a relay, on a machine where nothing is wrong."""
    (settings.data_dir / "derniere-sauvegarde").touch()
    os.chmod(settings.database_url.removeprefix("sqlite:///"), 0o600)
    os.chmod(settings.data_dir / "journal-key", 0o600)
    return settings.model_copy(update={"base_url": "https://guichet.example", "trusted_proxies": 1})


def test_nothing_is_wrong_where_nothing_is(app_context: Any, in_service: Any) -> None:
    now = datetime.now(UTC)
    ran(now)
    found = checks.checked(in_service, now, network=False)
    wrong = [one for one in found if one.level is not Level.WELL and not one.subject.startswith("Disque")]
    assert not wrong, wrong


def test_settings_that_one_would_not_want_are_told(app_context: Any, settings: Any) -> None:
    def told(**more: Any) -> str:
        changed = settings.model_copy(update=more)
        return " ; ".join(one.state for one in installation.settings_that_surprise(changed))

    assert "https" in told()
    assert "aucun relais" in told(base_url="https://guichet.example", trusted_proxies=0)
    assert "suffit" in told(pin_required=False) and "démonstration" in told(demo=True)


def test_what_others_can_read_is_told_with_the_command(app_context: Any, settings: Any) -> None:
    os.chmod(settings.data_dir, 0o755)
    (found,) = machine.folders(settings)
    command = f"chmod go= {settings.data_dir.resolve()}"
    assert found.level is Level.LOOK and "GUICHET_DATA_DIR" in found.state and found.command.startswith(command)
    assert any(command in line for line in lines([found]))


def test_security_the_page_of_health_names_no_place_of_the_machine(app: Any, client_as: Any, settings: Any) -> None:
    os.chmod(settings.data_dir, 0o755)
    page = client_as("a.admin").get("/administration/sante").text
    assert "GUICHET_DATA_DIR" in page and str(settings.data_dir.resolve()) not in page


def test_a_full_disk_is_told(app_context: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, level in ((100e9, Level.WELL), (3e9, Level.LOOK), (1e8, Level.BROKEN)):
        usage = type("Usage", (), {"free": int(free), "total": 200_000_000_000})
        monkeypatch.setattr(machine.shutil, "disk_usage", lambda folder, usage=usage: usage)
        assert [one.level for one in machine.disk(settings)] == [level]


def test_a_stopped_service_and_a_restored_copy_are_told(app_context: Any, settings: Any) -> None:
    assert not list(installation.stopped(settings))
    maintenance.stop(settings.data_dir, until=None, words="", now=NOW)
    silence.begin(settings.data_dir, NOW)
    assert next(one.remedy for one in installation.stopped(settings)) == "guichet maintenance off"
    assert len(list(installation.stopped(settings))) == 2


def test_a_clock_that_went_back_is_told(app_context: Any) -> None:
    with writing():
        audit.record("maintenance.begun", now=NOW)
    assert next(installation.clock(NOW)).level is Level.WELL
    assert next(installation.clock(NOW - timedelta(minutes=5))).level is Level.BROKEN


@pytest.mark.postgresql
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_clock_that_is_not_the_database_s_is_told(app_context: Any) -> None:
    assert next(installation.clock(datetime.now(UTC))).level is Level.WELL
    assert next(installation.clock(datetime.now(UTC) - timedelta(minutes=2))).level is Level.BROKEN


def test_jobs_that_never_ran_are_late_or_failed_are_told(app_context: Any) -> None:
    assert next(installation.jobs(NOW)).remedy == "démarrez « guichet scheduler »"
    ran(NOW)
    assert [one.level for one in installation.jobs(NOW)] == [Level.WELL]
    late = list(installation.jobs(NOW + timedelta(hours=3)))
    assert late[0].level is Level.BROKEN and "outbox" in late[0].state and "purge" not in late[0].state
    ran(NOW + timedelta(minutes=1), error="OSError: the name of somebody")
    (failed,) = installation.jobs(NOW + timedelta(minutes=1))
    assert "outbox (OSError)" in failed.state and "somebody" not in failed.state


def test_every_job_has_a_pace() -> None:
    assert {name: job.every for name, job in jobs.JOBS.items()} == paces.PACES


def test_an_old_backup_is_told(app_context: Any, settings: Any) -> None:
    (missing,) = installation.backups(settings, NOW)
    assert missing.level is Level.BROKEN and "guichet backup" in missing.remedy
    mark = settings.data_dir / "derniere-sauvegarde"
    for days, level in ((0, Level.WELL), (5, Level.WELL), (9, Level.BROKEN)):
        mark.touch()
        at = (NOW - timedelta(days=days)).timestamp()
        os.utime(mark, (at, at))
        assert [one.level for one in installation.backups(settings, NOW)] == [level]
    at = (NOW - timedelta(days=3)).timestamp()
    os.utime(mark, (at, at))
    nightly = settings.model_copy(update={"backup_dir": Path("/sauvegarde")})
    assert [one.level for one in installation.backups(nightly, NOW)] == [Level.LOOK]


def test_a_database_that_is_old_or_does_not_answer_is_told(
    app_context: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "current", lambda: "0001_access")
    found = by_subject(checks.checked(settings, NOW, network=False))
    assert found["Base de données"].remedy == "lancez « guichet db upgrade »" and "Horloge" not in found

    def gone() -> str:
        raise OperationalError("SELECT 1", None, Exception("no such host"))

    monkeypatch.setattr(schema, "current", gone)
    found = by_subject(checks.checked(settings, NOW, network=False))
    assert found["Base de données"].level is Level.BROKEN and "Horloge" not in found


def test_a_mail_server_is_asked(app_context: Any, settings: Any) -> None:
    def of(url: str) -> Finding:
        (found,) = machine.mail_server(settings.model_copy(update={"smtp_url": url}))
        return found

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            for said in (b"220 bonjour\r\n", b"HTTP/1.0 400\r\n"):
                with server.accept()[0] as connection:
                    connection.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        assert of(f"smtp://u:secret@127.0.0.1:{port}").level is Level.WELL
        assert of(f"smtp://127.0.0.1:{port}").level is Level.BROKEN
        thread.join()
    gone = of(f"smtp://u:secret@127.0.0.1:{port}")
    assert gone.level is Level.BROKEN and "secret" not in gone.state + gone.remedy


def test_the_public_address_is_asked(live: Any, settings: Any) -> None:
    (found,) = machine.public_address(settings.model_copy(update={"base_url": live.url}), NOW)
    assert found.level is Level.WELL, found
    (found,) = machine.public_address(settings.model_copy(update={"base_url": f"{live.url}/ailleurs"}), NOW)
    assert found.level is Level.LOOK, found
    (found,) = machine.public_address(settings.model_copy(update={"base_url": "http://127.0.0.1:9"}), NOW)
    assert found.level is Level.LOOK, found


def test_the_command_prints_the_worst_first_and_fails_when_something_is_broken(app: Any, settings: Any) -> None:
    said = command(settings)("doctor", "--offline")
    assert said.exit_code == 1 and said.output.startswith("✗ "), said.output
    found = json.loads(command(settings)("doctor", "--offline", "--json").output)
    assert {one["level"] for one in found} <= set(Level) and all(one["subject"] for one in found)
    for secret in (settings.secret_key, *settings.seed_keys):
        assert secret not in said.output


def test_the_page_shows_it_to_administrators_alone(client_as: Any) -> None:
    page = client_as("a.admin").get("/administration/sante")
    assert page.status_code == 200 and "Aucun n’a jamais tourné" in page.text
    assert client_as("d1.ref").get("/administration/sante").status_code == 404
