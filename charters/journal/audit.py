"""The journal: append-only lines, one for each event, each chained to the line before by a keyed hash (HMAC-SHA256).

`record` joins the current transaction. The line is chained just before the commit, so that writers wait for each other
as briefly as possible and always lock the end of the journal last. The key is outside the database (`keyring`); lines
from before there was one have a plain SHA-256. `verify` names the first bad line. No code, PIN, seed, cookie or request
body enters a line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy import event as events
from sqlalchemy.orm import Session

from charters.database import db, reading, writing, written_at
from charters.journal import keyring
from charters.journal.keyring import Key, Keyring
from charters.model import Actor
from charters.statements import Fixed
from charters.tables.access import JournalHead, JournalLine

GENESIS = "0" * 64
#: The event by which the journal says that its beginning was taken away (`retention`).
PURGED = "journal.purged"

#: French labels of the events; other rooms add theirs with `label`.
LABELS: dict[str, str] = {
    "login.accepted": "Connexion",
    "login.refused": "Connexion refusée",
    "login.replayed": "OTP déjà utilisé",
    "login.delayed": "Connexion refusée : délai après plusieurs échecs",
    "login.closed": "Déconnexion",
    "session.closed": "Session fermée",
    "session.crossed": "Session fermée : son cookie est venu d’une autre zone",
    "password.locked": "Mot de passe verrouillé après dix échecs",
    "key.created": "Clé remise",
    "key.link": "Lien d’activation de clé émis",
    "key.enrolled": "Clé activée par son titulaire",
    "key.locked": "Clé verrouillée après dix échecs",
    "key.unlocked": "Clé déverrouillée",
    "key.returned": "Clé restituée",
    "key.revoked": "Clé révoquée",
    "account.created": "Compte créé",
    "account.changed": "Compte modifié",
    "account.ended": "Fin d’activité enregistrée",
    "account.resumed": "Reprise d’activité enregistrée",
    "mandate.created": "Mandat confié",
    "mandate.ended": "Fin de mandat",
    "mandate.chosen": "Changement de mandat actif",
    "charter.published": "Charte publiée",
    "charter.signed": "Charte signée",
    "charter.declined": "Charte refusée",
    "charter.exported": "Registre des signatures exporté",
    "organisation.suspended": "Accès d’une collectivité suspendu",
    "organisation.restored": "Accès d’une collectivité rétabli",
    "access.refused": "Accès refusé",
}

_SECRETS = frozenset({"otp", "pin", "seed", "secret", "cookie", "token", "password", "body", "csrf_token"})
_PENDING = "guichet_journal"


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of `verify`: how many lines are right, and the number of the first bad line (None: all are right)."""

    lines: int
    first_bad: int | None = None
    reason: str = ""

    @property
    def ok(self) -> bool:
        return self.first_bad is None


def label(event: str, text: str | None = None) -> str:
    """The French label of an event; with `text`, the event is declared under that label."""
    if text is not None:
        LABELS[event] = text
    return LABELS.get(event, event)


# Seven parameters: a line of the journal has these columns, and most calls name only a few.
def record(
    event: str,
    *,
    actor: Actor | None = None,
    subject: str = "",
    details: Mapping[str, Any] | None = None,
    now: datetime,
    sigle: str = "",
    zone: str = "",
) -> None:
    """Add a line to the current transaction; it is written on commit and lost on rollback.

    `sigle` and `zone` are for events without an actor. `details` holds JSON values; a key that names a secret raises
    ValueError.
    """
    details = details or {}
    if _SECRETS & {key.lower() for key in details}:
        raise ValueError("the journal keeps no secret and no body")
    line = {
        "at": now.astimezone(UTC),
        "event": _plain(event, 48),
        "sigle": _plain(actor.sigle if actor else sigle, 32),
        "zone": actor.zone if actor else zone,
        "subject": _plain(subject, 200),
        "details": _canonical(details),
    }
    if not db.session().in_transaction():
        db.session.begin()  # so that a rollback also drops the line, even if nothing else was done
    db.session.info.setdefault(_PENDING, []).append(line)


def refusal(
    event: str = "access.refused",
    *,
    actor: Actor | None = None,
    subject: str = "",
    details: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Journal a refused attempt: the current transaction is rolled back, and the line is committed by itself."""
    with writing():
        now = written_at(now)
        record(event, actor=actor, subject=subject, details=details, now=now)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A line's number and print, kept outside the base (the daily letter gives them)."""

    number: int
    hash: str


def verify(anchor: Anchor | None = None, seen: Iterable[Anchor] = ()) -> Verification:
    """Check the whole chain. Reports the first line altered, missing, moved or added, and a cut end.

    A chain written anew does not hold, since its lines are not signed by the key. A tail cut together with its head
    holds by itself: the `anchor` that somebody kept, and the ends that were `seen` and are not purged since, must be in
    the chain with their hashes. Raises KeyMissing where the key's file cannot be read.
    """
    keys = keyring.ring()
    with reading() as session:
        head = session.execute(select(*_HEAD_COLUMNS)).one_or_none()
        if head is None:
            return Verification(0, 0, "le bout du journal manque")
        if not _beginning_is_told(session, head.base_number, head.base_hash):
            return Verification(0, head.base_number + 1, "début retiré sans qu’une ligne le dise")
        if anchor is not None and anchor.number < head.base_number:
            return Verification(0, anchor.number, "purgée : prenez une empreinte plus récente")
        kept = [*seen, *([anchor] if anchor else ())]
        wanted = {one.number: one.hash for one in kept if one.number >= head.base_number}
        number, previous, count = head.base_number, head.base_hash, 0
        if wanted.get(number, previous) != previous:
            return Verification(0, number, _NOT_THE_PRINT)
        columns = JournalLine.__table__.c
        for row in session.execute(select(*columns).order_by(columns.number).execution_options(yield_per=1000)):
            fault = _fault(row, number, previous, keys)
            if fault:
                if not keys.knows(head.key):
                    fault = f"{fault} (cette machine n’a pas la clé du journal, d’empreinte {head.key})"
                return Verification(count, min(row.number, number + 1), fault)
            if wanted.get(row.number, row.hash) != row.hash:
                return Verification(count, row.number, _NOT_THE_PRINT)
            number, previous, count = row.number, row.hash, count + 1
    return _end(head, keys, wanted, Verification(count), (number, previous))


def _fault(row: Any, number: int, previous: str, keys: Keyring) -> str:
    """What is wrong with a line that should follow the line `number`, whose hash is `previous`; empty if nothing."""
    key = keys.of(row.number)
    if row.number != number + 1:
        return "ligne manquante ou ajoutée"
    if row.previous_hash != previous or (key is not None and key.first == row.number and key.before != previous):
        return "ne suit pas la ligne précédente"
    line = dict(row._mapping)
    if key is not None and key.secret is None:  # nobody can check the words any more, only the order
        return ""
    if row.hash == _hash(previous, line, key):
        return ""
    if key is not None and row.hash == _hash(previous, line):
        return "n’est pas signée : écrite par qui n’a pas la clé du journal"
    return "contenu modifié, ou signé d’une autre clé" if key is not None else "contenu modifié"


def _end(
    head: Any, keys: Keyring, wanted: Mapping[int, str], found: Verification, last: tuple[int, str]
) -> Verification:
    """What `verify` finds, once every line holds up to the `last` (number and hash)."""
    number, count = last[0], found.lines
    if number < head.number:
        return Verification(count, number + 1, "fin du journal coupée")
    if last != (head.number, head.hash):
        return Verification(count, number, "ne correspond pas au bout du journal")
    if any(number < one for one in wanted) or (keys.keys and number < keys.keys[-1].first - 1):
        return Verification(count, number + 1, "fin du journal coupée, son bout avec elle")
    if not keys.knows(head.key):
        return Verification(count, number, f"signée d’une clé que cette machine n’a pas (empreinte {head.key})")
    return found


_NOT_THE_PRINT = "n’a pas l’empreinte gardée : le journal a été récrit jusqu’à elle"


def _beginning_is_told(session: Session, number: int, mark: str) -> bool:
    """Whether the last line about a purge and the head give the same beginning of the chain."""
    if number == 0:
        return mark == GENESIS
    told = session.scalar(
        select(JournalLine.details).where(JournalLine.event == PURGED).order_by(JournalLine.number.desc()).limit(1)
    )
    said = json.loads(told or "{}")
    return (said.get("last"), said.get("sha256")) == (number, mark)


def chained(previous: str, line: Mapping[str, Any]) -> str:
    """The hash of a line with its number, as it stands in the chain: under the key that signs it, if there is one."""
    return _hash(previous, line, keyring.ring().of(line["number"]))


def _hash(previous: str, line: Mapping[str, Any], key: Key | None = None) -> str:
    names = ("number", "event", "sigle", "zone", "subject", "details")
    content = {name: line[name] for name in names} | {"at": line["at"].isoformat(timespec="microseconds")}
    signed = (previous + _canonical(content)).encode()
    return key.sign(signed) if key is not None else hashlib.sha256(signed).hexdigest()


def _canonical(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)


def _plain(text: str, size: int) -> str:
    """The text as one printable line, without line breaks that split a log or characters that a database refuses."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)[:size]


_TABLE: Any = JournalHead.__table__
_HEAD_COLUMNS = tuple(_TABLE.c[name] for name in ("number", "hash", "base_number", "base_hash", "key"))
_HEAD = Fixed(select(_TABLE.c.number, _TABLE.c.hash, _TABLE.c.key).where(_TABLE.c.id == 1).with_for_update())
_ADD_LINES = Fixed(insert(cast(Table, JournalLine.__table__)))
_MOVE_HEAD = Fixed(
    update(_TABLE)
    .where(_TABLE.c.id == 1)
    .values(number=bindparam("to_number"), hash=bindparam("to_hash"), key=bindparam("to_key"))
)


@events.listens_for(db.session, "before_commit")
def _chain(session: Session) -> None:
    lines = session.info.pop(_PENDING, None)
    if not lines:
        return
    if session.in_nested_transaction():  # a savepoint is not a commit: wait for the real commit
        session.info[_PENDING] = lines
        return
    session.flush()
    head = _HEAD.run(session=session).one()
    number, previous = head.number, head.hash
    key = keyring.for_line(number + 1, previous, head.key)
    for line in lines:
        number += 1
        line |= {"number": number, "previous_hash": previous}
        line["hash"] = previous = _hash(previous, line, key)
    _ADD_LINES.run(lines, session)
    _MOVE_HEAD.run({"to_number": number, "to_hash": previous, "to_key": key.print}, session)


@events.listens_for(db.session, "after_soft_rollback")
def _forget(session: Session, previous_transaction: Any) -> None:
    if not previous_transaction.nested:
        session.info.pop(_PENDING, None)
