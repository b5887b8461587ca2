"""Acts on the key of the journal: a new key, and a journal accepted as it stands after a restoration or a loss."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from charters.database import db, reading, writing
from charters.errors import Refused
from charters.journal import audit, keyring, witness
from charters.tables.access import JournalHead

audit.label("journal.key", "Clé du journal changée")
audit.label("journal.accepted", "Journal accepté tel qu’il est")


def signable() -> bool:
    """Whether this machine can sign the next line of the journal."""
    with reading() as session:
        head = session.execute(select(JournalHead.number, JournalHead.key)).one()
    return keyring.can_sign(head.number, head.key)


def rotate(now: datetime) -> int:
    """Sign the journal by a new key from its next line on, which says so. Returns the number of that line.

    The earlier keys stay in the file, since the earlier lines are checked by them. Raises Refused where this machine
    cannot sign the journal, or cannot read the file.
    """
    with writing():
        head = _locked()
        if not keyring.can_sign(head.number, head.key):
            raise Refused(_LOST)
        made = keyring.begin(head.number + 1, head.hash)
        audit.record("journal.key", sigle="guichet", subject=f"empreinte {made.print}", now=now)
        return int(head.number) + 1


_LOST = (
    "Cette machine n’a pas la clé du journal : remettez le fichier de la clé, ou acceptez le journal tel qu’il est "
    "(guichet audit accept)."
)


def accept(found: str, now: datetime) -> int:
    """Go on from the journal as it stands, after a restoration or the loss of its key. Returns its last line.

    What was wrong (`found`) is written on the next line. A lost key stays marked as lost: the order of its lines is
    still checked, their words no longer. The ends seen before are forgotten.
    """
    with writing() as session:
        head = _locked()
        if not keyring.can_sign(head.number, head.key):
            if head.key and not _known(head.key):
                keyring.give_up(head.base_number + 1, head.base_hash)
            session.execute(update(JournalHead).values(key=""))
            keyring.begin(head.number + 1, head.hash)
        details = {"last": head.number, "found": found[:500]}
        audit.record("journal.accepted", sigle="guichet", subject=f"ligne {head.number}", now=now, details=details)
        last = int(head.number)
    witness.forget()
    return last


def note_end(now: datetime) -> int:
    """Keep the journal's end beside the database, for the scheduler. Returns whether it moved, as a number."""
    with reading() as session:
        head = session.execute(select(JournalHead.number, JournalHead.hash)).one()
    return int(witness.note(head.number, head.hash, now))


def _known(mark: str) -> bool:
    try:
        return keyring.ring().knows(mark)
    except keyring.KeyMissing:
        return False


def _locked() -> Any:
    columns = JournalHead.__table__.c
    return db.session.execute(select(*columns).where(columns.id == 1).with_for_update()).one()
