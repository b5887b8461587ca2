"""Test the figures for Prometheus: requests by endpoint and no more of them, what waits, the rules that ship."""

from __future__ import annotations

import re
import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness.places import ROOT
from sqlalchemy import text

from charters.database import db, writing
from ticketing.metrics import counting, exposing
from ticketing.tables import JobRun


def said(app: Any, folder: Path) -> dict[str, float]:
    """Return the samples as Prometheus would read them, by name and labels."""
    from prometheus_client import generate_latest

    lines = generate_latest(exposing.registry(app, folder)).decode().splitlines()
    return {key: float(value) for key, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))}


@pytest.fixture
def folder(app: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    found: Path = settings.data_dir / "mesures"
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    counting.begin(found)
    from prometheus_client import values

    monkeypatch.setattr(values, "ValueClass", values.MultiProcessValue())  # a process keeps its files open otherwise
    counting.install(app)
    return found


def test_requests_are_counted_by_endpoint_and_nothing_of_them_is_kept(
    app: Any, client_as: Any, client: Any, folder: Path
) -> None:
    client.get("/healthz")
    client.get("/nowhere/secret-address")
    client_as("c11.cmi").get("/tickets?q=secret-word")
    found = said(app, folder)
    assert found['guichet_requests_total{endpoint="operation.healthz",status="2xx"}'] == 1
    assert found['guichet_requests_total{endpoint="none",status="4xx"}'] == 1
    assert any(key.startswith("guichet_request_seconds_bucket") for key in found)
    assert not [key for key in found if "secret" in key or "c11" in key]


def test_counts_that_begin_after_the_figures_are_served_are_read_too(
    app: Any, client: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = exposing.registry(app, settings.data_dir / "mesures")
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    counting.begin(settings.data_dir / "mesures")
    from prometheus_client import generate_latest, values

    monkeypatch.setattr(values, "ValueClass", values.MultiProcessValue())
    counting.install(app)
    client.get("/healthz")
    assert b"guichet_requests_total{" in generate_latest(served)


def test_jobs_mails_backup_and_disk_are_told_and_a_base_that_fails_is_too(app: Any, folder: Path) -> None:
    now = datetime.now(UTC)
    with app.app_context(), writing() as session:
        session.add(JobRun(job="outbox", tick=now - timedelta(hours=1), started_at=now - timedelta(hours=1), error="x"))
    found = said(app, folder)
    assert found["guichet_up"] == 1
    assert found['guichet_job_age_seconds{job="outbox"}'] >= 3600
    assert found['guichet_job_failed{job="outbox"}'] == 1
    assert found['guichet_mails{state="out"}'] == found['guichet_mails{state="failed"}'] == 0
    assert found["guichet_disk_free_bytes"] > 0 and "guichet_backup_age_days" not in found
    with app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = '0001_access'"))
        db.session.commit()
    behind = said(app, folder)
    assert behind["guichet_up"] == 0 and not [key for key in behind if key.startswith("guichet_job")]


def test_the_figures_answer_on_their_own_address_until_told_to_stop(app: Any, folder: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    stopped = threading.Event()
    serving = threading.Thread(target=exposing.serve, args=(app, f"127.0.0.1:{port}", folder, stopped))
    serving.start()
    try:
        for _ in range(600):
            try:
                page = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60).read().decode()
                break
            except OSError:
                stopped.wait(0.1)
        assert "guichet_up 1.0" in page
    finally:
        stopped.set()
        serving.join(60)
    assert not serving.is_alive()


def test_every_figure_that_the_rules_name_exists(app: Any, folder: Path, client: Any, settings: Any) -> None:
    client.get("/healthz")
    (settings.data_dir / "derniere-sauvegarde").touch()
    now = datetime.now(UTC)
    with app.app_context(), writing() as session:
        session.add(JobRun(job="outbox", tick=now, started_at=now, error=""))
    names = {key.partition("{")[0] for key in said(app, folder)}
    rules = (ROOT / "deploy/prometheus/guichet.rules.yml").read_text("utf-8")
    for expression in re.findall(r"expr: (.+)", rules):
        for name in re.findall(r"guichet_[a-z_]+", expression):
            assert name in names, name
