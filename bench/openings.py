"""Correspondants who open tickets without a pause, for the soaks: what was said to them, and what is there after."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, text

from bench import generate, scenarios, servers
from bench.client import Client, WrongAnswer

WRITERS = 8
#: How long a form is sent again without an answer, in seconds, before the soak gives up.
PATIENCE = 600.0
_OPENED = re.compile(r"/tickets/(\d+)")


@dataclass(slots=True)
class Writer:
    """A correspondant who opens tickets one after the other, and insists on each until its number is said."""

    rank: int
    client: Client
    csrf: str
    pause: float
    acknowledged: dict[str, int] = field(default_factory=dict)
    sent: int = 0
    again: int = 0
    wrong: str = ""

    def work(self, ended: threading.Event) -> None:
        """Open tickets until `ended`; the last one is insisted on too."""
        try:
            while not ended.is_set():
                title = f"Essai {self.rank}-{self.sent:05d}"
                self.sent += 1
                self.acknowledged[title] = self._opened(title)
                ended.wait(self.pause)
        except WrongAnswer as error:
            self.wrong = str(error)

    def _opened(self, title: str) -> int:
        values = {
            "csrf_token": self.csrf,
            "token": secrets.token_urlsafe(18),
            "title": title,
            "body": "Il ne s’allume plus depuis ce matin.",
            "service": "equipement-bureautique",
            "activity": "mco",
            "user_category": "professeurs",
            "etape": "envoyer",
        }
        cookies = dict(self.client.cookies)
        until, first = time.monotonic() + PATIENCE, True
        while time.monotonic() < until:
            self.again += not first
            first = False
            self.client.cookies = dict(cookies)
            try:
                answer = self.client.post("/tickets/nouveau", values)
            except OSError:
                self.client.close()
                time.sleep(0.1)
                continue
            found = _OPENED.search(answer.location)
            if answer.status == 303 and found:
                return int(found[1])
            if answer.status != 503:
                raise WrongAnswer(f"{title}: {answer.status} {answer.location}")
            time.sleep(0.1)
        raise WrongAnswer(f"{title}: no answer in {PATIENCE:.0f} seconds")


@contextmanager
def opening(made: generate.Made, port: int, rate: float) -> Iterator[list[Writer]]:
    """Open `rate` tickets a second while the block lasts, by eight people; the last of each is insisted on.

    Raises WrongAnswer for an answer that is neither a ticket nor a refusal to wait for.
    """
    engine = create_engine(made.database_url)
    world = scenarios.World(made, port, engine)
    names = [(rank, f"c{rank}.cmi") for rank in range(1, WRITERS + 1)]
    # A fifth of the pace is left for the answer itself.
    writers = [Writer(rank, world.client(name), world.csrf(name), WRITERS / rate * 0.8) for rank, name in names]
    engine.dispose()
    ended = threading.Event()
    threads = [threading.Thread(target=one.work, args=(ended,), daemon=True) for one in writers]
    for thread in threads:
        thread.start()
    try:
        yield writers
    finally:
        ended.set()
        for thread in threads:
            thread.join(PATIENCE)
    wrong = [one.wrong for one in writers if one.wrong]
    if wrong:
        raise WrongAnswer("; ".join(wrong))


@dataclass(frozen=True, slots=True)
class Compared:
    """`lost`: acknowledged and not there; `doubled`: a form that opened two; `misnumbered`: under another number."""

    lost: int
    doubled: int
    misnumbered: int


def compared(said: Mapping[str, int], database_url: str) -> Compared:
    """Compare the tickets that were acknowledged (title: number) with those of a database."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        asked = text("SELECT title, number FROM ticket WHERE title LIKE 'Essai %'")
        rows = [(str(title), int(number)) for title, number in connection.execute(asked)]
    engine.dispose()
    there, numbers = Counter(title for title, _ in rows), dict(rows)
    return Compared(
        lost=sum(title not in there for title in said),
        doubled=sum(count > 1 for count in there.values()),
        misnumbered=sum(numbers.get(title, number) != number for title, number in said.items()),
    )


def acknowledged(writers: Iterable[Writer]) -> dict[str, int]:
    """Return the tickets that were said to be open so far: title -> number."""
    return {title: number for one in writers for title, number in one.acknowledged.copy().items()}


def journal(made: generate.Made) -> str:
    """Return « whole », or what the check of the journal's chain and of its ends found."""
    from charters.database import db
    from charters.journal import audit, witness
    from ticketing.app import create_app

    with create_app(made.settings()).app_context():
        found = audit.verify(seen=witness.ends())
        db.session.remove()
        db.engine.dispose()
    return "whole" if found.ok else found.reason


def started(environ: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    """Start the server in a group of its own, as an operator's unit does, and wait for its first page."""
    with Path(environ["BENCH_LOG"]).open("ab") as log:
        process = subprocess.Popen(
            servers.guichet("serve"),
            env={**os.environ, **environ},
            cwd=servers.ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    servers.wait(process, port, "/connexion")
    return process
