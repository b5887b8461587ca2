"""Write all data held on a person into one file: JSON that a program reads, and a page that anybody can read.

The file shows no more of a ticket's words than the ticket's page would. A person gets what the active mandate sees; an
administrator gets what the académie's tickets hold, and each ticket that another organisation holds counts as read, for
the reason given (annexe 6, 3). Of every other ticket the file says only that the person had a part in it. Secrets are
in no file.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from sqlalchemy import select

from charters.database import reading, writing, written_at
from charters.journal import audit
from charters.model import Actor, Perimeter
from charters.people import forgetting
from charters.tables.access import Account
from ticketing.errors import Invalid, NotFound
from ticketing.model import clean_line
from ticketing.oversight import consultation
from ticketing.oversight.consultation import REASONS, Grant
from ticketing.personal_data.one_table import ExportSection
from ticketing.personal_data.reach import DataSubject, ExportReach
from ticketing.personal_data.sections import SECTIONS, parts
from ticketing.tickets.store import TICKET

audit.label("personal.exported", "Données d’une personne exportées")

#: How many lines of a table the page shows; the JSON has all of them.
SHOWN = 200
MEMORY = 5_000_000

#: Makes the page that people read, from the person and a list of (section, its first rows, number of rows).
PageMaker = Callable[[DataSubject, list[tuple[ExportSection, list[dict[str, Any]], int]]], str]


@dataclass(frozen=True, slots=True)
class ExportForm:
    """Says why an administrator takes a person's data: one of the charter's four reasons (a code), and a precision."""

    reason: str
    precision: str


# --- the file -------------------------------------------------------------------------------------------------------


def own(actor: Actor, perimeter: Perimeter | None, page: PageMaker, now: datetime) -> IO[bytes]:
    """Return the data held on the actor as a ZIP, with a journal line. `perimeter` None: without any ticket's words."""
    subject = _subject(actor.account_id)
    with writing():
        now = written_at(now)
        audit.record("personal.exported", actor=actor, subject=f"compte {subject.id}", now=now, details={"self": True})
    return _written(subject, ExportReach(perimeter), page)


def of(actor: Actor, account_id: int, form: ExportForm, page: PageMaker, now: datetime) -> IO[bytes]:
    """Return the data held on a person of the académie, for an administrator; the caller checked that the person is.

    The tickets that the académie does not hold count as read, for this reason. Raises Invalid, NotFound.
    """
    precision = _checked(form)
    if actor.mandate is None:
        raise Invalid({})
    subject, academie = _subject(account_id), actor.mandate.scope_id
    outside = _not_held(subject, academie)
    grant = Grant(0, form.reason, precision, now, Perimeter(None, None), "")
    details = {"motif": grant.reason_label, "precision": precision}
    with writing():
        now = written_at(now)
        audit.record("personal.exported", actor=actor, subject=f"compte {subject.id}", now=now, details=details)
        if outside:
            read = {"lu": "export des données d’une personne", "lignes": len(outside)}
            consulted = consultation.Consulted("export", f"tickets du compte {subject.id}", read)
            consultation.note(actor, grant, outside, consulted, now)
    return _written(subject, ExportReach(academie=academie), page)


def _checked(form: ExportForm) -> str:
    """Return the precision as it is stored. Raises Invalid, by field."""
    precision = clean_line(form.precision)
    faults = {} if form.reason in REASONS else {"reason": "Choisissez l’un des quatre motifs de la charte."}
    if len(precision) > consultation.WORDS_MAX:
        faults["words"] = f"Cette précision dépasse {consultation.WORDS_MAX} caractères : abrégez-la."
    if faults:
        raise Invalid(faults)
    return precision


def _not_held(subject: DataSubject, academie: str) -> list[tuple[Any, ...]]:
    """Return the person's tickets of an académie that another organisation holds: (number, établissement)."""
    query = select(TICKET.c.number, TICKET.c.etablissement).where(
        TICKET.c.number.in_(parts(subject)),
        TICKET.c.academie == academie,
        TICKET.c.holder_organisation != academie,
    )
    with reading() as session:
        return [tuple(row) for row in session.execute(query)]


def _subject(account_id: int) -> DataSubject:
    with reading() as session:
        account = session.get(Account, account_id)
        if account is None:
            raise NotFound(str(account_id))
        return DataSubject(
            account.id,
            account.sigle,
            account.first_name,
            account.last_name,
            not forgetting.names_shared(session, account),
        )


def _written(subject: DataSubject, reach: ExportReach, page: PageMaker) -> IO[bytes]:
    """Return the archive, in memory while it is small and then on disk; it is removed when it is closed."""
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


def _json(
    section: ExportSection, subject: DataSubject, reach: ExportReach, out: io.TextIOWrapper
) -> tuple[list[dict[str, Any]], int]:
    """Write a section's rows one by one; return the first of them, and how many there are."""
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
