"""Prepare the demonstration: schema, cast, tickets and figures. What exists already is left as it is."""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from charters.database import db, writing
from config import Settings
from ticketing.demo import articles, bench, bonds, cast, changes, contests, engagements, following, presets, stories
from ticketing.demo.people import NEIGHBOURS, PEOPLE, Invented
from ticketing.figures import nightly
from ticketing.mail import delivery
from ticketing.operation import schema
from ticketing.tables import Notice

TICKETS = 400

#: The accounts to try first, and what for.
_SHOWN = {
    "c11.cmi": "ouvre un ticket et le suit",
    "d1.agent": "reçoit ce qui revient au Département",
    "a.tech": "tient le guichet de l’académie",
    "a.admin": "administre, lit les chiffres",
    "c11.chef": "voit tout son collège",
    "c11.reseau": "gère les comptes du réseau pédagogique",
}


def prepare(settings: Settings, now: datetime, *, reset: bool, say: Callable[[str], None]) -> None:
    """Prepare the demonstration's database and folder until it can be served, and print who can log in."""
    done = settings.data_dir / "demo-ready"
    if reset or not done.exists():  # this is the first start, or the last one was interrupted
        _clear(settings)
    schema.upgrade()
    if not done.exists():
        say("Préparation : personnes et tickets inventés (une minute environ, une fois)…")
        _fill(settings, now)
        done.touch()
    _tell(settings, say)


def _clear(settings: Settings) -> None:
    (settings.data_dir / "demo-ready").unlink(missing_ok=True)
    schema.downgrade("base")
    for folder in ("files", "courriels"):
        shutil.rmtree(settings.data_dir / folder, ignore_errors=True)


def _fill(settings: Settings, now: datetime) -> None:
    if db.engine.dialect.name == "sqlite":  # no real data is at risk: speed before durability
        with db.engine.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            raw.execute("PRAGMA synchronous = OFF")
    cast.enrol(now, people=PEOPLE + NEIGHBOURS)
    show = sys.stderr.isatty()
    rng = random.Random(65)  # noqa: S311 (stories, not secrets)
    stories.play(TICKETS, now, rng, lambda acts: _progress(acts) if show else None)
    if show:
        print(file=sys.stderr)
    changes.play(now)
    engagements.play(now)
    following.play(now)
    contests.play(now)
    bonds.play(now)
    articles.play(now)
    presets.play(now)
    bench.play(now)
    _told(now)
    delivery.drain(settings, now)
    nightly.write_nightly(now)


def _told(now: datetime) -> None:
    """Mark the mails of the months played as sent on their day, and those of more than three days ago as read."""
    with writing() as session:
        session.execute(
            update(Notice)
            .where(Notice.state == "pending", Notice.created_at < now - timedelta(hours=1))
            .values(state="sent", way="now", attempts=1, sent_at=Notice.created_at)
        )
        session.execute(
            update(Notice)
            .where(Notice.created_at < now - timedelta(days=3), Notice.read_at.is_(None))
            .values(read_at=Notice.created_at)
        )


def _progress(acts: int) -> None:
    if acts % 50 == 0:
        print(f"\r  {acts} actes joués…", end="", file=sys.stderr, flush=True)


def _tell(settings: Settings, say: Callable[[str], None]) -> None:
    people: dict[str, Invented] = {person.sigle: person for person in PEOPLE}
    say("")
    say(f"Guichet, démonstration : {settings.base_url}")
    say(f"Code PIN de tous : {cast.PIN}")
    say("Le code de la clé : .venv/bin/guichet otp SIGLE   (chaque code sert une fois)")
    for sigle, what in _SHOWN.items():
        person = people[sigle]
        say(f"  {sigle:<12} {person.first_name} {person.last_name}, {person.company} : {what}")
    say(f"  aussi : {', '.join(sigle for sigle in people if sigle not in _SHOWN)}")
    say("Ctrl-C arrête tout ; les données restent. ./run demo --reset recommence.")
    say("")
