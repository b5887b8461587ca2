"""Who wrote a mail that was set aside, said by an administrator; and for which établissement, where that lacks.

Only a mail whose words the administrator is shown is attributed, and only to a person whom that administrator may read.
What our own relay found to be forged is attributed after a warning alone, which the journal keeps.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from charters.database import db, reading
from charters.days import today
from charters.model import Actor
from charters.names import sigles_named
from charters.people import presence
from charters.tables.access import Account
from ticketing.correspondence import attributing, places, taking_in
from ticketing.correspondence.answers import Choice
from ticketing.errors import Invalid, NotFound
from ticketing.mail import authentication
from ticketing.mail.incoming.outcomes import Outcome
from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.model import clean_line
from ticketing.oversight import incoming_mails
from ticketing.oversight.incoming_mails import MailPage
from ticketing.settings import desk_settings

#: What a mail was set aside for -> a person may say who wrote it.
UNPROVEN = frozenset({"unknown-sender", "forged"})
OFFERED = 12


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who may have written a mail. `has_address`: the mail claims this person's address."""

    sigle: str
    name: str
    organisation: str
    has_address: bool


@dataclass(frozen=True, slots=True)
class Authors:
    """What the page offers: the people found by `words`, whether there are more, whether the mail is forged.

    `attributed` names to whom the mail was attributed already; `places` are the établissements to choose from.
    """

    offered: bool
    forged: bool
    words: str
    candidates: tuple[Candidate, ...]
    more: bool
    attributed: str
    places: tuple[Choice, ...]


def of_page(page: MailPage, words: str, organisations: Collection[str] | None, now: datetime) -> Authors:
    """Return what may be said of a mail on its page; `organisations` are those whose people the reader may read."""
    line, said = page.line, page.said
    offered = said is not None and line.state == "quarantined" and line.whole and _unproven(line.kind, page.author)
    attributed = ""
    with reading() as session:
        if page.author is not None:
            among = (Account.id == page.author, *_readable(organisations))
            attributed = session.scalar(select(Account.sigle).where(*among)) or "une personne d’une autre académie"
        found = _candidates(said, words, organisations, now) if offered and said is not None else []
    wanted: tuple[Choice, ...] = ()
    if said is not None and line.kind == places.WANTED and page.account is not None:
        with suppress(
            NotFound
        ):  # its author may not write any more: there is nothing to choose, and all the rest to do
            _, wanted = places.wanting(page.account, line.id, now)
    forged = said is not None and is_forged(said)
    return Authors(offered, forged, words, tuple(found[:OFFERED]), len(found) > OFFERED, attributed, wanted)


def is_forged(said: ParsedMail) -> bool:
    """Whether our own relay found that a mail's sender is not who it says, or the mail names several."""
    senders = set(said.senders)
    given = desk_settings().mail_authserv
    found = authentication.verdict(said.authentication, given, said.senders[0]) if senders else authentication.NONE
    return len(senders) > 1 or found == authentication.FAIL


# Six parameters: the administrator, the mail, its author, whom the administrator may read, the warning, the time.
def attribute(
    actor: Actor, mail_id: int, sigle: str, organisations: Collection[str] | None, warned: bool, now: datetime
) -> Outcome | None:
    """Attribute a mail to a person and take it in; return what became of it. Raises Invalid, NotFound."""
    page = _shown(actor, mail_id, now)
    assert page.said is not None
    if not _unproven(page.line.kind, page.author):
        raise NotFound
    sigle = clean_line(sigle).lower()
    with reading() as session:
        chosen = (Account.sigle == sigle, *_readable(organisations), *_present(now))
        account = session.scalar(select(Account.id).where(*chosen))
    if account is None:
        raise Invalid({"sigle": "Choisissez la personne qui a écrit ce courriel."})
    forged = is_forged(page.said)
    if forged and not warned:
        raise Invalid({"warned": "Confirmez que vous avez vérifié auprès de cette personne qu’elle l’a écrit."})
    attributing.attribute(actor, mail_id, sigle, account, now, forged)
    return taking_in.take_in(mail_id, now)


def place(actor: Actor, mail_id: int, mark: str, now: datetime) -> Outcome | None:
    """Say the établissement of a mail in its author's stead and take it in. Raises Invalid, NotFound."""
    page = _shown(actor, mail_id, now)
    if page.line.kind != places.WANTED or page.account is None:
        raise NotFound
    places.chosen(actor, page.account, mail_id, mark, now)
    return taking_in.take_in(mail_id, now)


def _shown(actor: Actor, mail_id: int, now: datetime) -> MailPage:
    page = incoming_mails.one(actor, mail_id, now)
    if page.said is None or page.line.state != "quarantined" or not page.line.whole:
        raise NotFound
    return page


def _unproven(kind: str, author: int | None) -> bool:
    """Whether a person may say who wrote a mail: nobody was believed to, or what was said so far led nowhere."""
    return kind in UNPROVEN or author is not None


def _candidates(said: ParsedMail, words: str, organisations: Collection[str] | None, now: datetime) -> list[Candidate]:
    """Return who may have written a mail: whose address it claims first, then whom the words name."""
    among = (*_readable(organisations), *_present(now))
    named = sigles_named(words or said.sender_name, *among) if (words or said.sender_name).split() else []
    claimed = func.lower(Account.email).in_(said.senders)
    own = or_(claimed, Account.sigle.in_(named[: OFFERED + 1]))
    query = select(Account.sigle, Account.first_name, Account.last_name, Account.organisation, claimed.label("own"))
    rows = db.session.execute(query.where(*among, own).order_by(claimed.desc(), Account.sigle).limit(OFFERED + 1))
    return [Candidate(row.sigle, f"{row.first_name} {row.last_name}", row.organisation, bool(row.own)) for row in rows]


def _readable(organisations: Collection[str] | None) -> tuple[Any, ...]:
    return () if organisations is None else (Account.organisation.in_(organisations),)


def _present(now: datetime) -> tuple[Any, ...]:
    return (Account.pseudonymised_at.is_(None), presence.in_activity(today(now)))
