"""`./run soak mail`: a thousand mails, given several times, while what takes them in is killed twenty times.

    --mails N (1000)   --kills N (20)   --seed N (1)

Then the account must be exact: unique mails in = tickets + comments + quarantine + ignored, each counted in its table.
The pace in mails a minute is that of the time between kills, starts left out.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import func, select

ROOT = Path(__file__).resolve().parent.parent
RELAY = "relais.exemple"
#: How often a mail is given: once, or up to five times (MEL-01).
COPIES = (1, 1, 1, 2, 3, 5)
#: What mails are: a new request, an answer to a ticket, from nobody's address, from a program.
MIX = (("new", 5), ("answer", 3), ("stranger", 1), ("robot", 1))
PATIENCE = 1800.0


@dataclass(frozen=True, slots=True)
class Account:
    """What came in, and what became of it; `exact` says whether both agree. `pace` is in mails a minute."""

    unique: int
    given: int
    kills: int
    tickets: int
    comments: int
    quarantined: int
    ignored: int
    unsettled: int
    pace: float

    @property
    def exact(self) -> bool:
        """Whether each unique mail became exactly one thing, each thing being counted in its own table."""
        became = self.tickets + self.comments + self.quarantined + self.ignored
        return self.unsettled == 0 and became == self.unique


def main() -> None:
    asked = _arguments()
    if asked.work:
        _work()
        return
    with tempfile.TemporaryDirectory() as folder:
        found = soak(Path(folder), asked.mails, asked.kills, asked.seed)
    print(json.dumps({"exact": found.exact} | {name: getattr(found, name) for name in found.__slots__}))
    sys.exit(not found.exact)


def soak(folder: Path, mails: int, kills: int, seed: int) -> Account:
    """Give `mails` unique mails to a Maildir in `folder`, kill what takes them in `kills` times, and count."""
    rng = random.Random(seed)
    environ = _environment(folder)
    with _application(environ) as people:
        raws = _mails(people, mails, rng)
        before = _counted()
    given = [raw for raw in raws for _ in range(rng.choice(COPIES))]
    rng.shuffle(given)
    for name in ("new", "cur", "tmp"):
        (folder / "boite" / name).mkdir(parents=True, exist_ok=True)
    for rank, raw in enumerate(given):
        (folder / "boite" / "new" / f"{rank:06d}.soak").write_bytes(raw)
    took = _killed(environ, folder, len(raws), kills, rng)
    with _application(environ, made=True):
        after = _counted()
        states = _states()
    return Account(
        unique=len(raws),
        given=len(given),
        kills=kills,
        tickets=after["tickets"] - before["tickets"],
        comments=after["comments"] - before["comments"],
        quarantined=states["quarantined"],
        ignored=states["ignored"],
        unsettled=states["received"] + states["parsed"],
        pace=round(len(raws) * 60 / max(took, 0.001), 1),
    )


# --- the worker, and its death ----------------------------------------------------------------------------------------


def _killed(environ: dict[str, str], folder: Path, unique: int, kills: int, rng: random.Random) -> float:
    """Let the worker take everything in, killing it at random moments; return the seconds in which it worked."""
    marks = sorted(rng.randrange(1, max(unique, 2)) for _ in range(kills))
    until, worked = time.monotonic() + PATIENCE, 0.0
    while time.monotonic() < until:
        command = [sys.executable, "-m", "bench.mail_soak", "--work"]
        worker = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert worker.stdout is not None
        began = None
        try:
            for line in worker.stdout:
                began = began or time.monotonic()
                settled = int(line)
                if settled >= unique and not marks:
                    return worked + time.monotonic() - began
                if marks and settled >= marks[0]:
                    marks.pop(0)
                    time.sleep(rng.uniform(0.0, 0.2))  # anywhere within what comes next
                    break
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        worked += time.monotonic() - (began or time.monotonic())
    raise AssertionError("the mails were not taken in")


def _work() -> None:
    """Take mails in, as the scheduler does, until killed; print how many rows are settled after each few."""
    from ticketing import jobs
    from ticketing.mail.incoming import fetching, store

    fetching.BATCH = 25  # so that a kill finds mails in every state
    fetching.CLAIM = store.LEASE = timedelta(seconds=0.5)  # the one that was killed was the only one: nobody waits long
    with _application(dict(os.environ), made=True):
        settled = _settled()
        while True:
            # a minute passes for each mail: a person may write only so many an hour
            jobs.run("mail-in", datetime.now(UTC) + timedelta(minutes=settled))
            settled = _settled()
            print(settled, flush=True)


# --- what is given, and what is counted -------------------------------------------------------------------------------


def _environment(folder: Path) -> dict[str, str]:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "GUICHET_DEMO": "1",
        "GUICHET_DATA_DIR": str(folder / "data"),
        "GUICHET_DATABASE_URL": f"sqlite:///{folder / 'data' / 'guichet.db'}",
        "GUICHET_SECRET_KEY": "s" * 40,
        "GUICHET_SEED_KEYS": Fernet.generate_key().decode(),
        "GUICHET_MAILBOX": f"soak={folder / 'boite'}",
        "GUICHET_MAIL_AUTHSERV": RELAY,
        "GUICHET_MAIL_FROM": "guichet@guichet.example",
        "GUICHET_LOG_LEVEL": "ERROR",
    }


class _application:
    """The application of an environment, in its context, with the invented people; gives who may open tickets."""

    def __init__(self, environ: dict[str, str], made: bool = False) -> None:
        self._environ, self._made = environ, made

    def __enter__(self) -> list[Any]:
        from config import read_settings
        from ticketing.app import create_app
        from ticketing.operation import schema

        given = {name: value for name, value in self._environ.items() if name.startswith("GUICHET_")}
        self._context = create_app(read_settings(given)).app_context()
        self._context.push()
        if self._made:
            return []
        from ticketing.demo import cast
        from ticketing.demo.people import PEOPLE

        schema.upgrade()
        cast.enrol(datetime.now(UTC) - timedelta(days=30), people=PEOPLE)
        return _correspondents()

    def __exit__(self, *_: object) -> None:
        from charters.database import db

        db.session.remove()
        db.engine.dispose()
        self._context.pop()


def _correspondents() -> list[Any]:
    from charters.database import reading
    from charters.tables.access import Account, MandateRow

    with reading() as session:
        chosen = select(Account.id, Account.email).join(MandateRow, MandateRow.account_id == Account.id)
        return list(session.execute(chosen.where(MandateRow.role == "cmi").order_by(Account.id).distinct()))


def _mails(people: list[Any], count: int, rng: random.Random) -> list[bytes]:
    """Return unique mails; answers go to tickets that their authors opened before, one each."""
    kinds = [kind for kind, share in MIX for _ in range(share)]
    made: list[bytes] = []
    tickets = [_opened(person, rank) for rank, person in enumerate(people)]
    for number in range(count):
        at = rng.randrange(len(people))
        person, ticket = people[at], tickets[at]
        made.append(_MAKERS[rng.choice(kinds)](number, person, ticket))
    return made


def _opened(person: Any, rank: int) -> tuple[int, int]:
    from charters.entry import sessions
    from ticketing.model import Draft, Facts
    from ticketing.tickets import desk

    now = datetime.now(UTC) - timedelta(hours=2)
    actor = sessions.actor_of(person.id, now=now)
    assert actor.mandate is not None
    draft = Draft(
        title=f"Poste {rank} en panne",
        body="Écran noir.",
        etablissement=actor.mandate.scope_id,
        service="equipement-bureautique",
        activity="mco",
        facts=Facts(user_category="professeurs"),
    )
    return desk.open_ticket(actor, draft, [], now), person.id


def _message(number: int, sender: str, to: str, subject: str, stamp: bool = True) -> EmailMessage:
    message = EmailMessage()
    if stamp:
        message["Authentication-Results"] = f"{RELAY}; dmarc=pass header.from={sender.rpartition('@')[2]}"
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = f"<soak-{number}@exemple.example>"
    message["Date"] = format_datetime(datetime.now(UTC))
    message.set_content(f"Bonjour,\n\nDemande numéro {number} : l’imprimante ne répond plus depuis ce matin.\n")
    return message


def _new(number: int, person: Any, ticket: tuple[int, int]) -> bytes:
    return _message(number, person.email, "guichet@guichet.example", f"Imprimante {number}").as_bytes()


def _answer(number: int, person: Any, ticket: tuple[int, int]) -> bytes:
    from ticketing.mail import signatures
    from ticketing.settings import desk_settings

    given = desk_settings()
    to = signatures.reply_address(given.mail_from, given.mail_key, ticket[0], ticket[1])
    return _message(number, person.email, to, f"Re: Poste, précision {number}").as_bytes()


def _stranger(number: int, person: Any, ticket: tuple[int, int]) -> bytes:
    return _message(number, f"inconnu{number}@ailleurs.example", "guichet@guichet.example", "Bonjour").as_bytes()


def _robot(number: int, person: Any, ticket: tuple[int, int]) -> bytes:
    message = _message(number, person.email, "guichet@guichet.example", f"Absence {number}")
    message["Auto-Submitted"] = "auto-replied"
    return message.as_bytes()


_MAKERS: dict[str, Callable[[int, Any, tuple[int, int]], bytes]] = {
    "new": _new,
    "answer": _answer,
    "stranger": _stranger,
    "robot": _robot,
}


def _counted() -> dict[str, int]:
    """Return how many tickets there are, and how many entries that a mail adds to one."""
    from charters.database import reading
    from ticketing.tables import Ticket, TicketEvent

    with reading() as session:
        return {
            "tickets": session.scalar(select(func.count()).select_from(Ticket)) or 0,
            "comments": session.scalar(select(func.count()).where(TicketEvent.kind == "comment")) or 0,
        }


def _settled() -> int:
    states = _states()
    return sum(states.values()) - states["received"] - states["parsed"]


def _states() -> Counter[str]:
    from charters.database import reading
    from ticketing.mail.incoming.tables import IncomingMail

    with reading() as session:
        rows = session.execute(select(IncomingMail.state, func.count()).group_by(IncomingMail.state)).all()
    return Counter({row.state: row[1] for row in rows})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run soak mail", description=__doc__)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
