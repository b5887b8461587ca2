"""Ask of which établissement a mail is, where its author opens tickets in several; the answer has it taken in again.

No ticket is opened meanwhile: one without an établissement would be in nobody's perimeter, and one on a guess in that
of the wrong people. The mail waits in sight of the administrators, its author is asked once by a letter, and answers by
its number or words, or on the page that it links to.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from charters import letters
from charters.database import reading, writing, written_at
from charters.journal import audit
from charters.model import Actor
from charters.tables.access import Account
from charters.tables.keys import Letter
from ticketing.correspondence import answers, judging, speakers
from ticketing.correspondence.answers import Choice
from ticketing.correspondence.speakers import Speaker, Unheard
from ticketing.errors import Invalid, NotFound
from ticketing.in_force import routing
from ticketing.mail.incoming import store
from ticketing.mail.incoming.outcomes import Outcome, Received
from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.mail.incoming.tables import IncomingMail

WANTED = "place-wanted"
#: The kind of the letter that asks, whose subject names the mail.
LETTER = "mail-place"
#: How many questions one person is sent within an hour: what answers each of them by itself makes no more.
PER_HOUR = 5
_NUMBER = re.compile(r"n°\s?(\d{1,12})\b")
_MAIL: Any = IncomingMail.__table__

audit.label("mail.placed", "Établissement d’un courriel précisé")


def asked(received: Received, judged: Outcome, subject: str, now: datetime) -> Outcome:
    """Ask the author of a mail for its établissement if that is what it lacks, once; return the outcome as it is."""
    if judged.kind != WANTED or judged.account is None:
        return judged
    with reading():
        heard = speakers.vouched_for(judged.account, now)
    if isinstance(heard, Unheard):
        return judged
    with writing() as session:
        account = session.get_one(Account, judged.account)
        recent = (Letter.account_id == account.id, Letter.kind == LETTER, Letter.created_at > now - timedelta(hours=1))
        if (session.scalar(select(func.count()).where(*recent)) or 0) >= PER_HOUR:
            return judged
        values = {"number": received.id, "title": subject[:150], "choices": choices(heard)}
        letters.write_once(account, LETTER, [str(received.id)], now=written_at(now), values=values)
    return judged


def choices(heard: Speaker) -> tuple[Choice, ...]:
    """Return the établissements in which a person opens tickets, numbered."""
    known = routing.router().conventions.etablissements
    named = [
        (place, f"{known[place].name} ({known[place].commune})" if place in known else place)
        for place in judging.places_of(judging.opening(heard))
    ]
    return tuple(Choice(str(n), name, {"place": place}) for n, (place, name) in enumerate(named, 1))


def take(mail: ParsedMail, now: datetime) -> Outcome | None:
    """Take the answer to the question of an établissement; None for any other mail, and for one that names none."""
    with reading() as session:
        answered = [*mail.in_reply_to, *mail.references[-5:]]
        letter = session.execute(
            select(Letter.account_id, Letter.subject).where(Letter.message_id.in_(answered), Letter.kind == LETTER)
        ).first()
        found = _NUMBER.search(letter.subject) if letter is not None else None
        heard = speakers.speaker(mail, now) if found is not None else None
        if letter is None or found is None or not isinstance(heard, Speaker) or heard.account != letter.account_id:
            return None
        offered = choices(heard)
    chosen = answers.read(mail.text, offered)
    places = [str(one.sets["place"]) for one in chosen] or judging.named_in(
        mail.text[:2_000], [str(one.sets["place"]) for one in offered]
    )
    if len(places) != 1 or not say(heard.actors[0], int(found[1]), places[0], now):
        return None
    told = f"Il dit l’établissement du courriel n° {found[1]}, qui est traité dans la minute."
    return Outcome("applied", "place-said", told, account=heard.account)


def wanting(account: int, mail_id: int, now: datetime) -> tuple[Any, tuple[Choice, ...]]:
    """Return a mail of this person that waits for its établissement, and the choices. Raises NotFound."""
    with reading() as session:
        row = session.execute(select(_MAIL).where(*_waits(account), _MAIL.c.id == mail_id)).one_or_none()
        heard = speakers.vouched_for(account, now)
    if row is None or isinstance(heard, Unheard):
        raise NotFound
    return row, choices(heard)


def chosen(actor: Actor, account: int, mail_id: int, mark: str, now: datetime) -> None:
    """Keep the établissement chosen on a page for a mail of this account. Raises NotFound, Invalid."""
    _, offered = wanting(account, mail_id, now)
    place = next((str(one.sets["place"]) for one in offered if one.mark == mark), "")
    if not place:
        raise Invalid({"place": "Choisissez l’établissement."})
    if not say(actor, mail_id, place, now, account):
        raise NotFound


def say(actor: Actor, mail_id: int, place: str, now: datetime, account: int = 0) -> bool:
    """Keep the établissement of a mail of this account (the actor's own: 0), to be taken in again; return whether.

    Said again after a crash, it changes nothing and is true.
    """
    owner = account or actor.account_id
    with writing() as session:
        now = written_at(now)
        copies = or_(_MAIL.c.id == mail_id, _MAIL.c.twin_of == mail_id)
        ids = list(session.scalars(select(_MAIL.c.id).where(*_waits(owner), copies).with_for_update()))
        for one in ids:
            store.say_of(session, one, place=place)
            store.again(session, one, now)
        if ids:
            audit.record("mail.placed", actor=actor, subject=f"courriel {mail_id}", details={"to": place}, now=now)
            return True
        return session.scalar(select(_MAIL.c.id).where(_MAIL.c.id == mail_id, _MAIL.c.place == place)) is not None


def _waits(account: int) -> tuple[Any, ...]:
    return (_MAIL.c.account_id == account, _MAIL.c.state == "quarantined", _MAIL.c.kind == WANTED, _MAIL.c.whole)
