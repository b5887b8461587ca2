"""What is held on a person, whole, as a file: JSON that a program reads, and a page that anybody does.

The words of a ticket go no further than the page of that ticket would show them: to oneself, what the active mandate
sees; to an administrator, what the académie's tickets hold, each one that it does not hold being a reading with its
reason (annexe 6, 3). Of the others it is said that one had a part in them. Secrets are in no file.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import IO, Any

from sqlalchemy import select

from charters.database import reading, writing
from charters.journal import audit
from charters.model import Actor, Perimeter
from charters.people import forgetting
from charters.tables.access import Account
from ticketing.errors import Invalid, NotFound
from ticketing.model import clean_line
from ticketing.oversight import consultation
from ticketing.oversight.consultation import REASONS, Grant
from ticketing.personal_data.sections import SECTIONS, Reach, Section, Subject, parts
from ticketing.tickets.store import TICKET

audit.label("personal.exported", "Données d’une personne exportées")

#: How many lines of a table the page shows; the JSON has them all.
SHOWN = 200
MEMORY = 5_000_000

#: Makes the page to read, of the person and of (section, its first rows, how many there are).
Page = Callable[[Subject, list[tuple[Section, list[dict[str, Any]], int]]], str]

# --- the file -------------------------------------------------------------------------------------------------------


def own(actor: Actor, perimeter: Perimeter | None, page: Page, now: datetime) -> IO[bytes]:
    """What is held on oneself, as a ZIP; journalled. `perimeter` None: no words of any ticket."""
    subject = _subject(actor.account_id)
    with writing():
        audit.record("personal.exported", actor=actor, subject=f"compte {subject.id}", now=now, details={"self": True})
    return _written(subject, Reach(perimeter), page)


def of(actor: Actor, account_id: int, reason: str, words: str, page: Page, now: datetime) -> IO[bytes]:
    """What is held on a person, for an administrator of the académie, who has checked that the person is one of its.

    The tickets that the académie does not hold count as read, for this reason. Raises Invalid, NotFound.
    """
    words = clean_line(words)
    faults = {} if reason in REASONS else {"reason": "Choisissez l’un des quatre motifs de la charte."}
    if len(words) > consultation.WORDS_MAX:
        faults["words"] = f"Cette précision dépasse {consultation.WORDS_MAX} caractères : abrégez-la."
    if faults or actor.mandate is None:
        raise Invalid(faults)
    subject, academie = _subject(account_id), actor.mandate.scope_id
    with reading() as session:
        outside = [
            tuple(row)
            for row in session.execute(
                select(TICKET.c.number, TICKET.c.etablissement).where(
                    TICKET.c.number.in_(parts(subject)),
                    TICKET.c.academie == academie,
                    TICKET.c.holder_organisation != academie,
                )
            )
        ]
    grant = Grant(0, reason, words, now, Perimeter(None, None), "")
    with writing():
        audit.record(
            "personal.exported",
            actor=actor,
            subject=f"compte {subject.id}",
            now=now,
            details={
                "motif": grant.reason_label,
                "precision": words,
            },
        )
        if outside:
            consultation.note(
                actor,
                grant,
                outside,
                consultation.Consulted(
                    "export",
                    f"tickets du compte {subject.id}",
                    {"lu": "export des données d’une personne", "lignes": len(outside)},
                ),
                now,
            )
    return _written(subject, Reach(academie=academie), page)


def _subject(account_id: int) -> Subject:
    with reading() as session:
        account = session.get(Account, account_id)
        if account is None:
            raise NotFound(str(account_id))
        return Subject(
            account.id,
            account.sigle,
            account.first_name,
            account.last_name,
            not forgetting.names_shared(session, account),
        )


def _written(subject: Subject, reach: Reach, page: Page) -> IO[bytes]:
    """The archive, in memory while it is small, on disk past that; it is removed when it is closed."""
    file = tempfile.SpooledTemporaryFile(max_size=MEMORY)  # noqa: SIM115 - the answer closes it
    shown = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for section in SECTIONS:
            with archive.open(f"json/{section.name}.json", "w") as raw:
                first, count = _json(section, subject, reach, io.TextIOWrapper(raw, "utf-8", write_through=True))
            if count:
                shown.append((section, first, count))
        archive.writestr("a-lire.html", page(subject, shown))
        archive.writestr("page.css", _CSS)
    file.seek(0)
    return file


def _json(section: Section, subject: Subject, reach: Reach, out: io.TextIOWrapper) -> tuple[list[dict[str, Any]], int]:
    """Write a section's rows one by one; gives the first of them, and how many there are."""
    made = section.query(subject, reach)
    first: list[dict[str, Any]] = []
    count = 0
    out.write("[")
    with reading() as session:
        for query in made if isinstance(made, Iterator) else (made,):
            for row in session.execute(query.execution_options(yield_per=500)):
                values = dict(row._mapping)
                said = {key: _said(value) for key, value in values.items()}
                out.write(("," if count else "") + "\n" + json.dumps(said, ensure_ascii=False))
                count += 1
                if len(first) < SHOWN:
                    first.append(values)
    out.write("\n]\n")
    out.detach()
    return first, count


def _said(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


_CSS = """\
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1c2530; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #7b828b; }
dl { border-left: 3px solid #17566b; padding-left: 1rem; margin: 1rem 0; }
dt { font-weight: 600; } dd { margin: 0 0 .3rem; white-space: pre-wrap; overflow-wrap: anywhere; }
"""
