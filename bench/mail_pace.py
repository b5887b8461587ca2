"""`./run soak sending`: how many mails leave in a minute, and what pages cost meanwhile.

    --mails N (400)   --per-minute N (100000)

Pages are asked for beside nothing, then while the job that sends drains its queue through a real SMTP server of this
machine, which takes each mail at once. One line of JSON: mails a minute, and the pages' medians and 95th percentiles.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import statistics
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bench import servers
from bench.client import Client
from bench.mail_soak import ROOT, _application, _environment

#: Pages of the person who asks, in turn; how long they are asked for beside nothing.
PAGES = ("/", "/tickets", "/tickets/{}")
ALONE = 15.0
PAUSE = 0.05


class _Sink:
    """An SMTP server that takes every mail, counts them, and notes when the first and the last came."""

    def __init__(self) -> None:
        self.taken, self.first, self.last = 0, 0.0, 0.0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken, self.last = self.taken + 1, time.monotonic()
        self.first = self.first or self.last
        return "250 ok"


def main() -> None:
    asked = _arguments()
    if asked.work:
        _work()
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), asked.mails, asked.per_minute)))


def measure(folder: Path, mails: int, per_minute: int) -> dict[str, object]:
    """Open tickets until `mails` notices wait, then send them while pages are asked for; return the figures."""
    from aiosmtpd.controller import Controller

    sink, port, smtp = _Sink(), servers.free_port(), servers.free_port()
    environ = _environment(folder) | servers.served(port, folder / "server.log")
    pace = str(per_minute)
    environ |= {"GUICHET_MAIL_PER_MINUTE": pace, "GUICHET_MAIL_DOMAIN_PER_MINUTE": pace}
    seed, ticket = _prepared(environ, mails)
    environ["GUICHET_SMTP_URL"] = f"smtp://127.0.0.1:{smtp}"
    controller = Controller(sink, hostname="127.0.0.1", port=smtp)
    controller.start()
    try:
        with servers.running(servers.guichet("serve"), environ, port, "/healthz"):
            client = Client(port)
            client.log_in("c11.cmi", "73-guichet", seed)
            alone = _pages(client, ticket, lambda since: time.monotonic() - since < ALONE)
            command = servers.python("-m", "bench.mail_pace", "--work")
            sender = subprocess.Popen(command, env=environ, cwd=ROOT)
            beside = _pages(client, ticket, lambda _: sender.poll() is None)
    finally:
        controller.stop()
    return {
        "sent": sink.taken,
        "mails_a_minute": round((sink.taken - 1) * 60 / max(sink.last - sink.first, 0.001), 1),
        "alone_ms": _figures(alone),
        "beside_ms": _figures(beside),
        "times": round(statistics.median(beside) / statistics.median(alone), 2),
        "load": os.getloadavg(),
    }


def _prepared(environ: dict[str, str], mails: int) -> tuple[bytes, int]:
    """Make the people and tickets until enough notices wait; return the key of the person and a ticket's number."""
    from config import read_settings
    from ticketing.app import create_app
    from ticketing.operation import schema

    given = {name: value for name, value in environ.items() if name.startswith("GUICHET_")}
    with create_app(read_settings(given)).app_context():
        from charters.database import db
        from charters.entry import sessions
        from ticketing.demo import cast
        from ticketing.demo.people import PEOPLE
        from ticketing.model import Draft, Facts
        from ticketing.tables import Notice
        from ticketing.tickets import desk

        schema.upgrade()
        people = {one.sigle: one for one in cast.enrol(datetime.now(UTC) - timedelta(days=30), people=PEOPLE)}
        actor, number = sessions.actor_of(people["c11.cmi"].account_id, now=datetime.now(UTC)), 0
        while (db.session.scalar(select(func.count()).select_from(Notice)) or 0) < mails:
            draft = Draft(
                title=f"Poste {number} en panne",
                body="Écran noir.",
                etablissement="desaix-tarbes",
                service="equipement-bureautique",
                activity="mco",
                facts=Facts(user_category="professeurs"),
            )
            number = desk.open_ticket(actor, draft, [], datetime.now(UTC))
        db.session.remove()
        db.engine.dispose()
        secret = people["c11.cmi"].otp_secret
        return base64.b32decode(secret + "=" * (-len(secret) % 8)), number


def _pages(client: Client, ticket: int, more: Any) -> list[float]:
    took, since, rank = [], time.monotonic(), 0
    while more(since):
        begun = time.perf_counter()
        answer = client.get(PAGES[rank % len(PAGES)].format(ticket))
        took.append((time.perf_counter() - begun) * 1000)
        assert answer.status == 200, answer.status
        rank += 1
        time.sleep(PAUSE)
    return took


def _figures(took: list[float]) -> dict[str, float]:
    ordered = sorted(took)
    return {"p50": round(statistics.median(ordered), 1), "p95": round(ordered[int(len(ordered) * 0.95)], 1)}


def _work() -> None:
    """Send until nothing waits, as the scheduler does; a minute passes at once where bursts are grouped."""
    from charters.database import db
    from ticketing import jobs
    from ticketing.tables import Notice

    with _application(dict(os.environ), made=True):
        ahead = timedelta(0)
        while db.session.scalar(select(func.count()).where(Notice.state == "pending")):
            db.session.rollback()
            if not jobs.run("outbox", datetime.now(UTC) + ahead):
                ahead += timedelta(minutes=1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run soak sending", description=__doc__)
    parser.add_argument("--mails", type=int, default=400)
    parser.add_argument("--per-minute", type=int, default=100_000)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
