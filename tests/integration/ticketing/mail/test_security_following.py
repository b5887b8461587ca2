"""Nothing that waits is sent to an address once it is a person's old one, or to one that was withdrawn."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from charters import letters
from charters.database import db, writing
from charters.people import corrections
from charters.rules import unseal
from charters.tables.access import Account
from charters.tables.keys import Letter
from ticketing.mail.sending import leases
from ticketing.tables import Notice
from ticketing.tickets import desk

NEW = "nouvelle@exemple.fr"


def identity(account_id: int, **changed: str) -> corrections.Identity:
    db.session.rollback()
    account = db.session.get_one(Account, account_id)
    now = {name: getattr(account, name) for name in ("last_name", "first_name", "company", "email", "function")}
    return corrections.Identity(**{**now, **changed})


def correct(people: Any, account_id: int, now: Any, **changed: str) -> None:
    typed = identity(account_id, **changed)
    corrections.correct(account_id, typed, homonym=False, organisations=None, actor=people("a.admin"), now=now)


def kinds(account_id: int) -> list[tuple[str, str, str]]:
    db.session.rollback()
    query = select(Letter.kind, Letter.recipient_email, Letter.state).where(Letter.account_id == account_id)
    return [(row[0], row[1], row[2]) for row in db.session.execute(query.order_by(Letter.id))]


def link(account_id: int) -> str:
    query = select(Letter).where(Letter.account_id == account_id, Letter.kind == "email-confirm")
    letter = db.session.scalars(query.order_by(Letter.id.desc())).first()
    assert letter is not None
    found = re.search(r"/adresse/([\w-]+)", unseal(letter.message_id, letter.body).decode())
    assert found is not None
    return found[1]


def test_security_what_waits_follows_a_person_to_the_new_address(people: Any, draft: Any, now: Any) -> None:
    """Letters and notices written before the change, claimed or not; only the two that tell of the change stay."""
    cmi = people("c11.cmi")
    old = identity(cmi.account_id).email
    with writing() as session:
        letters.write(session.get_one(Account, cmi.account_id), "pin-changed", now=now)
    desk.open_ticket(cmi, draft(), [], now)
    correct(people, cmi.account_id, now, email=NEW)
    claimed, held = letters.claim(now), leases.claim(now, False)
    corrections.confirm(link(cmi.account_id), zone="internet", now=now)
    assert kinds(cmi.account_id) == [
        ("pin-changed", NEW, "pending"),
        ("email-confirm", NEW, "pending"),
        ("email-asked", old, "pending"),
        ("email-changed", old, "pending"),
    ]
    own = [row for row in held if row.recipient_id == cmi.account_id]
    assert own and all(row.recipient_email == old for row in own), "read before the change"
    assert not any(leases.take(row, now, row.message_id) for row in own)
    stale = {one.kind: letters.take(one, now) for one in claimed if one.account_id == cmi.account_id}
    assert stale == {"pin-changed": False, "email-confirm": True, "email-asked": True}
    later = now + leases.CLAIM + timedelta(seconds=1)
    again = [row.recipient_email for row in leases.claim(later, False) if row.recipient_id == cmi.account_id]
    assert again == [NEW] * len(own), "and claimed again with the new one"


def test_security_a_corrected_name_is_that_of_the_notices_that_wait(people: Any, draft: Any, now: Any) -> None:
    cmi = people("c11.cmi")
    desk.open_ticket(cmi, draft(), [], now)
    correct(people, cmi.account_id, now, last_name="Ðặng", first_name="Anne")
    names = db.session.scalars(select(Notice.recipient_name).where(Notice.recipient_id == cmi.account_id))
    assert set(names) == {"Anne Ðặng"}


def test_security_the_link_to_a_withdrawn_address_is_not_sent(people: Any, now: Any) -> None:
    """The first address was a typing error, somebody else's: corrected before the letter has left, or given up."""
    cmi = people("c11.cmi")
    old = identity(cmi.account_id).email
    correct(people, cmi.account_id, now, email="faute@exemple.fr")
    correct(people, cmi.account_id, now, email=NEW)
    confirm = [row for row in kinds(cmi.account_id) if row[0] == "email-confirm"]
    assert confirm == [("email-confirm", "faute@exemple.fr", "dropped"), ("email-confirm", NEW, "pending")]
    corrections.cancel_mail(cmi.account_id, actor=people("a.admin"), now=now)
    assert {row[2] for row in kinds(cmi.account_id) if row[0] == "email-confirm"} == {"dropped"}
    assert {(row[1], row[2]) for row in kinds(cmi.account_id) if row[0] == "email-asked"} == {(old, "pending")}
