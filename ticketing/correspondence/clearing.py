"""Hold a mail that seems to carry pupils' data until its author, or the académie, has said that it may leave.

Nothing is made of it meanwhile, so that nobody beyond its author's side reads a word of it (annexe 6, 2.4). It waits
whole, in sight of the administrators of the académie, who hold the desk; its author is told by a letter whose link
leads to the page where this is said. A mail of which nobody else would read anything is not held.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from charters import letters
from charters.database import reading, writing, written_at
from charters.journal import audit
from charters.model import Actor
from charters.tables.access import Account
from matrix.wording import enumeration
from ticketing import pupils
from ticketing.correspondence.judging import Judged
from ticketing.errors import NotFound
from ticketing.files import leaving_words
from ticketing.mail.incoming import store
from ticketing.mail.incoming.outcomes import Outcome, Received
from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.mail.incoming.tables import IncomingMail
from ticketing.model import Upload

#: The kind of such a mail, and of the letter that tells its author.
PUPILS, LETTER = "pupils", "mail-pupils"
WITHHELD = "Son auteur a choisi de ne pas l’envoyer."
_MAIL: Any = IncomingMail.__table__

audit.label("mail.cleared", "Courriel qui semble porter des données d’élèves : envoyé")
audit.label("mail.withheld", "Courriel qui semble porter des données d’élèves : retenu")


def asked(mail: ParsedMail, received: Received, judged: Judged, now: datetime) -> Outcome | None:
    """Return the outcome of a mail that is held, having told its author once; None for one that may leave."""
    if received.cleared or not _others_read(judged):
        return None
    found = pupils.found((mail.subject, mail.text, *leaving_words.texts(_files(mail))))
    if found is None:
        return None
    account, signs = judged.actor.account_id, enumeration(found.signs)
    with writing() as session:
        values = {"number": received.id, "title": mail.subject[:150], "signs": signs}
        owner = session.get_one(Account, account)
        letters.write_once(owner, LETTER, [str(received.id)], now=written_at(now), values=values)
    reason = f"Il semble contenir {signs}\u00a0: il attend l’accord de son auteur, ou celui de l’académie."
    return Outcome("quarantined", PUPILS, reason, account=account)


def _others_read(judged: Judged) -> bool:
    """Whether another side than the author's would read what the mail makes; a new ticket goes to the desk."""
    row, mandate = judged.row, judged.actor.mandate
    if row is None or mandate is None:
        return True
    return bool({row.etablissement, row.holder_organisation, *row.involved} - {mandate.scope_id})


def _files(mail: ParsedMail) -> list[Upload]:
    return [
        Upload(one.filename or "fichier", io.BytesIO(one.content), one.content_type, len(one.content))
        for one in mail.attachments
    ]


def wanting(account: int, mail_id: int) -> Any:
    """Return a mail of this person that waits for the word that it may leave. Raises NotFound."""
    with reading() as session:
        row = session.execute(select(_MAIL).where(*_waits(), _MAIL.c.account_id == account, _MAIL.c.id == mail_id))
        found = row.one_or_none()
    if found is None:
        raise NotFound
    return found


def leave(actor: Actor, mail_id: int, now: datetime, *conditions: Any) -> None:
    """Let a held mail, and its other copies, be taken in: who may say so is for the caller. Raises NotFound."""
    with writing() as session:
        now = written_at(now)
        for one in _held(session, mail_id, conditions):
            store.say_of(session, one, cleared=True)
            store.again(session, one, now)
        audit.record("mail.cleared", actor=actor, subject=f"courriel {mail_id}", now=now)


def withhold(actor: Actor, mail_id: int, now: datetime) -> None:
    """Let a held mail of one's own be, for good: nothing is made of it. Raises NotFound."""
    with writing() as session:
        now = written_at(now)
        for one in _held(session, mail_id, (_MAIL.c.account_id == actor.account_id,)):
            store.ignore(session, one, WITHHELD, now)
        audit.record("mail.withheld", actor=actor, subject=f"courriel {mail_id}", now=now)


def own(actor: Actor) -> Any:
    """Return the condition that a mail is this person's own, for `leave`."""
    return _MAIL.c.account_id == actor.account_id


def _held(session: Any, mail_id: int, conditions: tuple[Any, ...]) -> list[int]:
    copies = or_(_MAIL.c.id == mail_id, _MAIL.c.twin_of == mail_id)
    ids = list(session.scalars(select(_MAIL.c.id).where(*_waits(), copies, *conditions).with_for_update()))
    if not ids:
        raise NotFound
    return ids


def _waits() -> tuple[Any, ...]:
    return (_MAIL.c.state == "quarantined", _MAIL.c.kind == PUPILS, _MAIL.c.whole)
