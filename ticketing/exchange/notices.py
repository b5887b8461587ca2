"""Take in a mail of a tool that exchanges nothing structured: a notice, an answer, an acknowledgement of its own.

It becomes a comment of its organisation on the ticket that it is about, never a new ticket. A notice that repeats the
whole history adds only what is new in it, and tells by what it repeats of ours which of our messages arrived.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from ticketing.errors import StepRefused
from ticketing.exchange import comments, composing, outgoing
from ticketing.exchange.outgoing import LINK, MESSAGE, PROFILE
from ticketing.exchange.protocol.kinds import KINDS, Entry, Kind
from ticketing.exchange.shown import learn_number
from ticketing.exchange.structured import Taken
from ticketing.files.receiving import Received
from ticketing.mail import signatures
from ticketing.mail.incoming.parsed import ParsedMail

#: Answers that a program makes to any mail: they say nothing of the ticket but perhaps its number there.
_ANSWERS = frozenset({"auto-replied", "out-of-office", "null-return-path"})


def ticket_of(session: Session, profile: Row[Any], mail: ParsedMail) -> Row[Any] | None:
    """Return the link of the ticket that a mail is about, locked."""
    number = number_of(session, profile, mail)
    return outgoing.link_of(session, profile.id, number) if number is not None else None


def number_of(session: Session, profile: Row[Any], mail: ParsedMail) -> int | None:
    """Return the number of the ticket that a mail is about: by our token, the tool's number, or what it answers."""
    number = signatures.read_subject_token(mail.subject, composing.token_key(profile.id))
    if number is None:
        theirs = KINDS[profile.kind].number(mail.subject, _ids(mail))
        query = select(LINK.c.ticket_id).where(LINK.c.profile_id == profile.id, LINK.c.their_number == theirs)
        number = session.scalar(query.limit(1)) if theirs else None
    return number if number is not None else _answered(session, profile, mail)


def _ids(mail: ParsedMail) -> tuple[str, ...]:
    return (*mail.in_reply_to, *mail.references, mail.message_id)


def _answered(session: Session, profile: Row[Any], mail: ParsedMail) -> int | None:
    """Return the ticket of the message of ours that a mail answers, by its Message-ID."""
    start = f"<echange-{profile.id}-"
    for one in (*mail.in_reply_to, *mail.references):
        if not one.startswith(start):
            continue
        name = one[len(start) :].partition("@")[0]
        found = session.scalar(
            select(MESSAGE.c.ticket_id).where(
                MESSAGE.c.profile_id == profile.id, MESSAGE.c.direction == "out", MESSAGE.c.mark == name
            )
        )
        if found is not None:
            return int(found)
    return None


def take(
    session: Session, profile: Row[Any], link: Row[Any], mail: ParsedMail, now: datetime, files: Sequence[Received]
) -> Taken:
    """Act on a mail of the tool about a ticket, in the current transaction; `files` came with it."""
    kind = KINDS[profile.kind]
    session.execute(update(PROFILE).where(PROFILE.c.id == profile.id).values(heard_at=now))
    learn_number(session, link, kind.number(mail.subject, _ids(mail)), now)
    if mail.automatic in _ANSWERS:
        return Taken("ignored", "Réponse automatique de l’autre outil : seul son numéro est retenu.", link.ticket_id)
    whole = f"{mail.text}\n{mail.folded}" if kind.entry else mail.text
    entries = kind.entries(whole)
    _note(session, link, mail, kind.state_of(whole), len(entries), now)
    _confirm(session, link, entries)
    return _add(session, profile, link, _fresh(session, profile, link, kind, mail, entries), now, files)


def _note(session: Session, link: Row[Any], mail: ParsedMail, state: str, entries: int, now: datetime) -> None:
    """Note that the tool wrote of the ticket, and its state there, unless the notice is older than one read already.

    A history only grows, so a notice with fewer entries is older; with as many, its date tells.
    """
    values: dict[str, Any] = {"heard_at": now, "announced": max(entries, link.announced)}
    at = mail.sent_at or now
    newer = entries > link.announced or (
        entries == link.announced and (link.their_state_at is None or at >= link.their_state_at)
    )
    if state and newer:
        values |= {"their_state": state, "their_state_at": min(at, now)}
        if state != link.their_state:
            values["moved_at"] = now
    session.execute(update(LINK).where(LINK.c.id == link.id).values(**values))


def _confirm(session: Session, link: Row[Any], entries: Sequence[Entry]) -> None:
    """Note which of our messages the other tool repeats, so has."""
    orders = sorted({order for entry in entries for number, order in entry.own if number == link.ticket_id})
    if orders:
        session.execute(
            update(MESSAGE)
            .where(
                MESSAGE.c.link_id == link.id,
                MESSAGE.c.direction == "out",
                MESSAGE.c.sequence.in_(orders),
                MESSAGE.c.state.in_(("sent", "failed")),
            )
            .values(state="confirmed")
        )


def _fresh(
    session: Session, profile: Row[Any], link: Row[Any], kind: Kind, mail: ParsedMail, entries: Sequence[Entry]
) -> list[tuple[str, str]]:
    """Return what is new in a notice, as (mark, words): neither known already, nor our own words come back."""
    found: dict[str, str] = {}
    several = kind.entry is not None and len(entries) + bool(kind.entry.search(mail.text)) > 1
    for entry in entries:
        if entry.own or not entry.words:
            continue
        # A notice that lists entries marks each; a lone text is told from the same text of another day by its mail.
        told_by = "" if several else mail.message_id
        found[sha256(f"{link.id}\0{entry.mark}\0{told_by}".encode()).hexdigest()] = entry.words
    known = select(MESSAGE.c.mark).where(
        MESSAGE.c.profile_id == profile.id, MESSAGE.c.direction == "in", MESSAGE.c.mark.in_(sorted(found))
    )
    gone = set(session.scalars(known))
    return [(mark, words) for mark, words in found.items() if mark not in gone]


def _add(
    session: Session,
    profile: Row[Any],
    link: Row[Any],
    fresh: Sequence[tuple[str, str]],
    now: datetime,
    files: Sequence[Received],
) -> Taken:
    """Add the new entries of a notice to the ticket, in their order; the files go with the first."""
    event, sequence = None, link.their_sequence
    for mark, words in fresh:
        try:
            event = comments.add(session, profile, link.ticket_id, comments.Said(words, files=files), now)
        except StepRefused as why:
            return Taken("quarantined", str(why), link.ticket_id, event)
        files, sequence = (), sequence + 1
        session.execute(
            insert(MESSAGE).values(
                profile_id=profile.id,
                link_id=link.id,
                ticket_id=link.ticket_id,
                direction="in",
                kind="mail",
                mark=mark,
                sequence=sequence,
                event_id=event,
                state="applied",
                next_at=now,
                at=now,
                done_at=now,
            )
        )
        session.execute(update(LINK).where(LINK.c.id == link.id).values(their_sequence=sequence, moved_at=now))
    if event is None:
        return Taken("ignored", "Cet avis de l’autre outil n’apprend rien de nouveau.", link.ticket_id)
    return Taken("applied", "Avis de l’autre outil ajouté au ticket.", link.ticket_id, event)
