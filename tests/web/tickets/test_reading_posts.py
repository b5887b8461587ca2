"""Test that a refused form only reads: its answer does not wait for the write lock while another connection writes."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager

import pytest
from harness.http import csrf

from charters.database import db


@contextmanager
def lock_held(app):
    """Hold the write lock on another connection."""
    with app.app_context():
        file = db.engine.url.database
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def give_up_soon(app, monkeypatch):
    """Make new connections wait a twentieth of a second for a lock, instead of ten seconds."""
    monkeypatch.setattr("charters.database.BUSY_TIMEOUT_MS", 50)
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    ("sigle", "address", "fields"),
    [
        ("a.admin", "/administration/comptes", {"last_name": "Untel"}),
        ("a.admin", "/administration/consultation", {"ticket_number": "abc"}),
        ("c11.cmi", "/tickets/nouveau", {"title": ""}),
    ],
)
def test_a_refused_form_answers_while_another_connection_writes(app, client_as, monkeypatch, sigle, address, fields):
    client = client_as(sigle)
    token = csrf(client)
    give_up_soon(app, monkeypatch)  # an answer that waits for the lock fails, however fast the machine is
    with lock_held(app):
        answer = client.post(address, data={"csrf_token": token, **fields})
    assert answer.status_code == 422


def test_what_writes_does_wait_for_the_lock(app, client_as, monkeypatch):
    """The control: the lock is real, so a use case that writes does wait for it."""
    client = client_as("a.admin")
    token = csrf(client)
    give_up_soon(app, monkeypatch)
    with lock_held(app):
        assert client.post("/deconnexion", data={"csrf_token": token}).status_code == 503
    assert client.post("/deconnexion", data={"csrf_token": token}).status_code == 303
