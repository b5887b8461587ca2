"""Files in quarantine: a virus was found in them, or the antivirus has not answered yet. They are served to nobody.

A job asks the antivirus again about waiting files, which leave quarantine once clean. A file with a virus stays until
an administrator destroys it; its line on the ticket remains. An administrator sees neither the file's name nor the
ticket's words, which may be outside their assignment, but its kind, size, sender, and what was found.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, literal_column, select, update
from sqlalchemy.orm import Session

from charters import private_files
from charters.database import reading, writing, written_at
from charters.journal import audit
from charters.model import Actor
from ticketing.errors import NotFound
from ticketing.files import antivirus
from ticketing.files.receiving import VIRUS, WAITING, files_folder, place
from ticketing.tables import Attachment, Ticket, TicketEvent

GONE = "gone"
BATCH = 20
UNANSWERED_MAX = 3
LISTED_MAX = 200

#: What the partial index of files in quarantine holds: no engine concludes it from a value that is bound.
_INDEXED = Attachment.quarantine != literal_column("''")
#: What is told of a file that leaves quarantine: the session of its transaction, its uuid.
Released = Callable[[Session, str], None]

_EVENTS = {
    "file.quarantined": "Fichier mis en quarantaine",
    "file.released": "Fichier sorti de quarantaine",
    "file.destroyed": "Fichier en quarantaine détruit",
}
for _event, _label in _EVENTS.items():
    audit.label(_event, _label)


@dataclass(frozen=True, slots=True)
class Held:
    """A file in quarantine, as an administrator sees it. `kind`: « virus » or « waiting »."""

    uuid: str
    at: datetime
    extension: str
    size: int
    kind: str
    finding: str
    sha256: str
    number: int
    etablissement: str
    sender: str


def listed(academie: str) -> tuple[Held, ...]:
    """Return the files in quarantine in an académie, the latest first."""
    with reading() as session:
        rows = session.execute(
            select(
                Attachment.uuid,
                Attachment.at,
                Attachment.name,
                Attachment.size,
                Attachment.quarantine,
                Attachment.finding,
                Attachment.sha256,
                Ticket.number,
                Ticket.etablissement_name,
                TicketEvent.author_name,
            )
            .join(Ticket, Ticket.number == Attachment.ticket_id)
            .join(TicketEvent, TicketEvent.id == Attachment.event_id)
            .where(_INDEXED, Attachment.quarantine.in_((VIRUS, WAITING)), Ticket.academie == academie)
            .order_by(Attachment.at.desc(), Attachment.uuid)
            .limit(LISTED_MAX)
        ).all()
    return tuple(
        Held(
            row.uuid,
            row.at,
            row.name.rpartition(".")[2].upper(),
            row.size,
            row.quarantine,
            row.finding,
            row.sha256,
            row.number,
            row.etablissement_name,
            row.author_name,
        )
        for row in rows
    )


def destroy(actor: Actor, academie: str, uuid: str, now: datetime) -> None:
    """Destroy a file in quarantine; the ticket keeps its name and says what happened to it. Raises NotFound."""
    with writing() as session:
        row = session.execute(
            select(Attachment.path, Attachment.sha256, Attachment.finding, Ticket.number)
            .join(Ticket, Ticket.number == Attachment.ticket_id)
            .where(
                Attachment.uuid == uuid,
                Attachment.quarantine.in_((VIRUS, WAITING)),
                Ticket.academie == academie,
            )
        ).one_or_none()
        if row is None:
            raise NotFound
        now = written_at(now)
        session.execute(update(Attachment).where(Attachment.uuid == uuid).values(quarantine=GONE))
        audit.record(
            "file.destroyed",
            actor=actor,
            subject=f"ticket {row.number}",
            now=now,
            details={
                "found": row.finding,
                "sha256": row.sha256,
            },
        )
    (files_folder() / row.path).unlink(missing_ok=True)


def rescan(folder: Path, clamav: str, now: datetime, released: Released | None = None) -> int:
    """Ask the antivirus again about the waiting files, and return how many were settled.

    It stops at the third file without an answer, because the others would hardly get one, and the job soon runs again.
    The order is random: a file about which the antivirus never answers must not hold back the others. `released` is
    called with each file that leaves quarantine, in the transaction that lets it out.
    """
    with reading() as session:
        waiting = session.execute(
            select(Attachment.uuid, Attachment.path, Attachment.ticket_id, Attachment.sha256)
            .where(_INDEXED, Attachment.quarantine == WAITING)
            .order_by(func.random())
            .limit(BATCH)
        ).all()
    settled = unanswered = 0
    for row in waiting:
        verdict = antivirus.scan(folder / row.path, clamav)
        if verdict.found == "none":
            unanswered += 1
            if unanswered == UNANSWERED_MAX:
                break
            continue
        if verdict.found == "virus":
            _settle(row, VIRUS, verdict.name, row.path, now)
        else:
            path = place(row.uuid, "")
            _beside(folder / row.path, folder / path)  # a row never names a file that is not there
            if not _settle(row, "", "", path, now, released):
                (folder / path).unlink(missing_ok=True)
            (folder / row.path).unlink(missing_ok=True)
        settled += 1
    return settled


def _settle(waiting: Any, kind: str, finding: str, path: str, now: datetime, released: Released | None = None) -> bool:
    """Write a verdict and the file's new place; return False if the file was destroyed meanwhile.

    `waiting` is the file's row (uuid, ticket_id, sha256); `kind` is VIRUS, or empty for a clean file, of which
    `released` is told.
    """
    with writing() as session:
        done = session.execute(
            update(Attachment)
            .where(Attachment.uuid == waiting.uuid, Attachment.quarantine == WAITING)
            .values(quarantine=kind, finding=finding, path=path)
            .returning(Attachment.uuid)
        ).first()
        if done is not None:
            audit.record(
                "file.quarantined" if kind else "file.released",
                sigle="guichet",
                subject=f"ticket {waiting.ticket_id}",
                now=now,
                details={"why": kind, "found": finding, "sha256": waiting.sha256},
            )
            if released is not None:
                released(session, waiting.uuid)
        return done is not None


def _beside(old: Path, new: Path) -> None:
    private_files.folder(new.parent)
    new.unlink(missing_ok=True)
    try:
        os.link(old, new)
    except OSError:  # this file system has no hard links
        with open(old, "rb") as source, open(new, "xb", opener=private_files.opener) as target:
            shutil.copyfileobj(source, target)
    os.utime(new)  # a new time: the daily sweep removes old files that no row names yet
