"""Incoming mails as the administrators of an académie see them: lists by state, one mail, and what they do with it.

Who sees what. A row is shown to the administrators of the académie that it concerns, one that concerns none to all of
them: somebody has to look at it (`taking_in.academies`). Until a mail is judged nobody knows whom it concerns, so its
words are shown to nobody. Once it is applied its words are the ticket's, which has a page, and rules of its own. Words
are shown of what was set aside; where such a mail is about a ticket, only to those who see this ticket, since an answer
quotes it: in the perimeter, or by a consultation with its reason (annexe 6, 3). Each reading leaves a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.orm import Session

from charters.database import reading, writing, written_at
from charters.journal import audit
from charters.model import Actor
from charters.permissions import perimeter
from ticketing.correspondence import clearing, replaying, taking_in
from ticketing.errors import Invalid, NotFound
from ticketing.mail.incoming import reading as parsing
from ticketing.mail.incoming import store
from ticketing.mail.incoming.outcomes import Outcome
from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.mail.incoming.tables import IncomingMail
from ticketing.model import clean_line
from ticketing.oversight import consultation
from ticketing.tables import TicketScope

PAGE = 50
REASON_MAX = 300
AT_ONCE = 50
STATES = {
    "quarantined": "Mis à part",
    "waiting": "En attente",
    "applied": "Traités",
    "ignored": "Sans suite",
}
#: What a mail was, as `Outcome.kind` says it -> the words of the page.
KINDS = {
    "opened": "ouvre un ticket",
    "comment": "commentaire",
    "answer": "réponse à une question",
    "confirmed": "résolution confirmée",
    "reopened": "ticket rouvert",
    "bounce": "avis de non-distribution",
    "complaint": "plainte pour courriel indésirable",
    "automatic": "réponse automatique",
    "calendar": "réponse à une invitation",
    "duplicate": "déjà reçu",
    "exchange": "échange avec un autre outil",
    "unknown-sender": "expéditeur inconnu",
    "forged": "expéditeur non vérifié",
    "place-wanted": "établissement à préciser",
    "pupils": "données d’élèves ?",
    "place-said": "établissement précisé",
    "refused": "refusé",
    "unreadable": "illisible",
}
_MAIL: Any = IncomingMail.__table__
_EVENTS = {
    "mail.read": "Courriel mis à part lu",
    "mail.downloaded": "Courriel mis à part téléchargé",
    "mail.ignored": "Courriel mis à part classé sans suite",
}
for _event, _label in _EVENTS.items():
    audit.label(_event, _label)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLine:
    """A mail in a list. `subject` and `claimed` are empty where its words are not shown, which `shown` says."""

    id: int
    box: str
    received_at: datetime
    size: int
    whole: bool
    state: str
    kind: str
    reason: str
    ticket: int | None
    subject: str
    claimed: str
    shown: bool
    attempts: int
    done_at: datetime | None

    @property
    def kind_label(self) -> str:
        """Return the kind in French."""
        return KINDS.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPage:
    """One mail: its line, what it says if its words are shown, and whether a consultation would show them.

    `account` is whom the program believed to have written it, `author` to whom somebody attributed it, or None.
    `kills`: each process that read the mail ended, so that no page reads it either.
    """

    line: MailLine
    said: ParsedMail | None
    needs_reason: bool
    account: int | None = None
    author: int | None = None
    kills: bool = False


def counts(actor: Actor) -> dict[str, int]:
    """Return how many mails of each state of `STATES` the actor sees in the lists."""
    with reading() as session:
        rows = session.execute(select(_MAIL.c.state, func.count()).where(_mine(actor)).group_by(_MAIL.c.state)).all()
    found = dict.fromkeys(STATES, 0)
    for state, count in rows:
        found["waiting" if state in store.WAITING else state] += count
    return found


def listed(actor: Actor, wanted: Mapping[str, str], before: int | None = None) -> tuple[MailLine, ...]:
    """Return the latest mails that the actor sees, numbered under `before`; one more than a page says there are more.

    `wanted` filters: `etat` (a key of `STATES`), `genre` (a key of `KINDS`), `boite` (a name).
    """
    query = select(_MAIL).where(_mine(actor)).order_by(_MAIL.c.id.desc()).limit(PAGE + 1)
    state = wanted.get("etat", "")
    if state in STATES:
        query = query.where(_MAIL.c.state.in_(store.WAITING) if state == "waiting" else _MAIL.c.state == state)
    if wanted.get("genre", "") in KINDS:
        query = query.where(_MAIL.c.kind == wanted["genre"])
    if wanted.get("boite"):
        query = query.where(_MAIL.c.box == wanted["boite"])
    if before is not None:
        query = query.where(_MAIL.c.id < before)
    with reading() as session:
        rows = session.execute(query).all()
        seen = _seen(session, actor, {row.ticket_id for row in rows if row.ticket_id is not None})
    return tuple(_line(row, _readable(row, seen)) for row in rows)


def one(actor: Actor, mail_id: int, now: datetime) -> MailPage:
    """Return one mail, and leave a line in the journal if its words are shown. Raises NotFound."""
    row, shown = found(actor, mail_id, now, "mail.read")
    raw = store.raw_of(mail_id) if shown else None
    needs_reason = not shown and row.state in ("quarantined", "ignored")
    said = None if raw is None or _kills(row) else parsing.read(raw)
    line = _line(row, shown)
    return MailPage(
        line=line,
        said=said,
        needs_reason=needs_reason,
        account=row.account_id,
        author=row.author_id if shown else None,
        kills=shown and raw is not None and _kills(row),
    )


def download(actor: Actor, mail_id: int, now: datetime) -> bytes:
    """Return a mail's bytes as they came, and leave a line in the journal. Raises NotFound if they are not shown."""
    _, shown = found(actor, mail_id, now, "mail.downloaded")
    raw = store.raw_of(mail_id) if shown else None
    if raw is None:
        raise NotFound
    return raw


def replay(actor: Actor, mail_id: int, now: datetime) -> Outcome | None:
    """Take in a mail again; one that ends its process is left to the scheduler's (None). Raises NotFound."""
    with reading() as session:
        row = session.execute(select(_MAIL).where(_MAIL.c.id == mail_id, _mine(actor))).one_or_none()
    if row is None:
        raise NotFound
    return replaying.replay(mail_id, now, actor, later=_kills(row))


def clear(actor: Actor, mail_id: int, now: datetime) -> Outcome | None:
    """Say for its author that a mail which seems to carry pupils' data may leave, and take it in. Raises NotFound."""
    clearing.leave(actor, mail_id, now, _mine(actor))
    return taking_in.take_in(mail_id, now)


def replay_all(actor: Actor, kind: str, now: datetime) -> int:
    """Take in again the mails in quarantine of a kind, the oldest first, `AT_ONCE` at most; return how many left it."""
    with reading() as session:
        among = (_mine(actor), _MAIL.c.state == "quarantined", _MAIL.c.whole, _MAIL.c.kind == kind)
        chosen = select(_MAIL.c.id).where(*among, _MAIL.c.attempts <= store.TRIES)
        ids = list(session.scalars(chosen.order_by(_MAIL.c.id).limit(AT_ONCE)))
    outcomes = [replaying.replay(one, now, actor) for one in ids]
    return sum(outcome is not None and outcome.state != "quarantined" for outcome in outcomes)


def ignore(actor: Actor, mail_id: int, reason: str, now: datetime) -> None:
    """Let a mail in quarantine be, with its reason. Raises Invalid, NotFound."""
    words = clean_line(reason)
    if not words:
        raise Invalid({"reason": "Dites pourquoi ce courriel reste sans suite : c’est ce qu’on en saura plus tard."})
    if len(words) > REASON_MAX:
        raise Invalid({"reason": f"Ce motif dépasse {REASON_MAX} caractères : abrégez-le."})
    with writing() as session:
        now = written_at(now)
        seen = session.scalar(select(_MAIL.c.id).where(_MAIL.c.id == mail_id, _mine(actor)))
        if seen is None or not store.ignore(session, mail_id, words, now):
            raise NotFound
        audit.record("mail.ignored", actor=actor, subject=f"courriel {mail_id}", details={"motif": words}, now=now)


def found(actor: Actor, mail_id: int, now: datetime, event: str = "") -> tuple[Any, bool]:
    """Return a mail's row and whether its words are shown, which the journal then says (`event`). Raises NotFound."""
    with reading() as session:
        row = session.execute(select(_MAIL).where(_MAIL.c.id == mail_id, _mine(actor))).one_or_none()
        if row is None:
            raise NotFound
        shown = _readable(row, _seen(session, actor, {row.ticket_id} - {None}))
    if not shown and row.ticket_id is not None and row.state in ("quarantined", "ignored"):
        shown = consultation.consult(actor, row.ticket_id, f"courriel {mail_id}", now) is not None
    if shown and event:
        with writing():
            details = {"kind": row.kind}
            audit.record(event, actor=actor, subject=f"courriel {mail_id}", details=details, now=written_at(now))
    return row, shown


def _mine(actor: Actor) -> Any:
    """Return the SQL condition that a mail concerns the actor's académie, or none."""
    assert actor.mandate is not None
    kept = cast(_MAIL.c.academies, Text)
    return or_(kept == "[]", kept.contains(f'"{actor.mandate.scope_id}"', autoescape=True))


def _seen(session: Session, actor: Actor, tickets: set[int]) -> set[int]:
    """Return which of these tickets are in the actor's perimeter."""
    key = perimeter(actor).key
    if not tickets or key is None:
        return set()
    chosen = select(TicketScope.ticket_id).where(TicketScope.key == key, TicketScope.ticket_id.in_(tickets))
    return set(session.scalars(chosen))


def _kills(row: Any) -> bool:
    """Whether each process that took a mail in ended before it could say anything of it (`taking_in.take_in`)."""
    return bool(row.attempts > store.TRIES)


def _readable(row: Any, seen: set[int]) -> bool:
    return row.state in ("quarantined", "ignored") and (row.ticket_id is None or row.ticket_id in seen)


def _line(row: Any, shown: bool) -> MailLine:
    return MailLine(
        id=row.id,
        box=row.box,
        received_at=row.received_at,
        size=row.size,
        whole=row.whole,
        state=row.state,
        kind=row.kind,
        reason=row.reason,
        ticket=row.ticket_id,
        subject=row.subject if shown else "",
        claimed=row.claimed if shown else "",
        shown=shown,
        attempts=row.attempts,
        done_at=row.done_at,
    )
