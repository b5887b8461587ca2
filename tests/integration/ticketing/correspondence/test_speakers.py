"""A From is a claim: who is believed, who waits in quarantine without a mail to anybody, and what a mail may do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from charters.database import db, writing
from charters.model import Actor
from charters.people import accounts
from charters.tables.access import Account, OtpKey
from charters.tables.keys import Letter
from ticketing.mail import signatures
from ticketing.settings import desk_settings
from ticketing.tables import MailEntry, Notice, Ticket, TicketEvent
from ticketing.tickets import desk

FAIL = "relais.guichet.example; dmarc=fail header.from=guichet.example"
PASS = "relais.guichet.example; dmarc=pass header.from=guichet.example"


def counted() -> tuple[int, ...]:
    """Return how many tickets, entries and mails to people there are."""
    db.session.rollback()
    return tuple(
        db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in (Ticket, TicketEvent, Notice, Letter, MailEntry)
    )


@pytest.fixture
def number(people: Any, draft: Any, now: Any) -> int:
    return desk.open_ticket(people("c11.cmi"), draft(), [], now)


UNBELIEVED = (
    ("personne", {}, "unknown-sender"),
    ("c11.cmi", {"authentication": ()}, "unknown-sender"),
    (
        "c11.cmi",
        {"authentication": ("ailleurs.example; dmarc=pass header.from=guichet.example",)},
        "unknown-sender",
    ),
    ("c11.cmi", {"authentication": ("ailleurs.example; spf=pass", PASS)}, "unknown-sender"),
    ("c11.cmi", {"authentication": (FAIL,)}, "forged"),
    ("c11.cmi", {"authentication": (FAIL, PASS)}, "forged"),
    ("c11.cmi", {"senders": ("c11.cmi@guichet.example", "a.admin@guichet.example")}, "forged"),
    ("c11.cmi", {"senders": ()}, "unknown-sender"),
    ("x.nosign", {}, "refused"),
    ("x.half", {}, "refused"),
    ("x.fin", {}, "refused"),
    ("x.susp", {}, "refused"),
)


def test_who_is_not_believed_waits_and_nobody_is_written_to(people: Any, mail: Any, take: Any, number: int) -> None:
    notice = db.session.scalars(select(Notice.message_id)).first()
    before = counted()
    for sender, changes, kind in UNBELIEVED:
        for reply in ({}, {"in_reply_to": (notice,)}):
            done = take(mail(sender, **{**reply, **changes}))
            assert (done.state, done.kind) == ("quarantined", kind), (sender, changes)
            assert done.reason.endswith((".", "(VIII).", "1.1).")) and done.ticket is None and counted() == before


def test_the_signed_address_believes_its_own_account_only(
    people: Any, mail: Any, take: Any, signed: Any, number: int, cast: Any
) -> None:
    to = (signed(number, cast["c11.cmi"].account_id),)
    bare = {"came_to": to, "authentication": (), "subject": "RE: sans jeton"}
    assert take(mail(text="Un.", **bare)).kind == "comment"
    # the same address, forwarded or read over a shoulder: another From must be proved by the relay
    assert take(mail("c11.chef", text="Deux.", **bare)).kind == "unknown-sender"
    done = take(mail("c11.chef", text="Trois.", **{**bare, "authentication": (PASS,)}))
    assert (done.kind, done.ticket) == ("comment", number)
    assert done.account == cast["c11.chef"].account_id
    # an address signed for somebody else, or with a letter changed, signs nothing
    assert take(mail(text="Quatre.", **{**bare, "came_to": (to[0].replace("+t", "+t1"),)})).kind == "unknown-sender"
    # what the relay found to be forged stays so
    assert take(mail(text="Cinq.", **{**bare, "authentication": (FAIL,)})).kind == "forged"


def test_security_a_signed_address_proves_nobody_once_its_ticket_has_ended_for_a_month(
    people: Any, mail: Any, take: Any, signed: Any, number: int, cast: Any, now: Any
) -> None:
    bare = {"came_to": (signed(number, cast["c11.cmi"].account_id),), "authentication": (), "subject": "RE: sans jeton"}
    for ended, kind in ((timedelta(days=29), "opened"), (timedelta(days=31), "unknown-sender")):
        with writing() as session:
            session.execute(update(Ticket).where(Ticket.number == number).values(state="closed", closed_at=now - ended))
        assert take(mail(text=f"Encore, {ended.days} jours après.", **bare)).kind == kind
    before = counted()
    # the relay still proves who writes; and nothing of the ticket is said of what waits
    assert take(mail(text="Prouvé.", **{**bare, "authentication": (PASS,)})).kind == "opened"
    done = take(mail(text="Non prouvé.", **bare))
    assert (done.state, done.ticket) == ("quarantined", None) and str(number) not in done.reason.split()
    assert counted()[0] == before[0] + 1
    with writing() as session:
        session.execute(update(Ticket).where(Ticket.number == number).values(closed_at=None, pseudonymised_at=now))
    assert take(mail(text="Effacé.", **bare)).kind == "unknown-sender"


def test_an_address_of_several_accounts_is_nobodys_unless_the_signed_address_says_whose(
    people: Any, mail: Any, take: Any, signed: Any, number: int, cast: Any
) -> None:
    with writing() as session:
        session.execute(update(Account).where(Account.sigle == "c11.chef").values(email=cast["c11.cmi"].email.upper()))
    assert take(mail()).reason == "Plusieurs comptes ont cette adresse : on ne sait pas lequel parle."
    done = take(mail(came_to=(signed(number, cast["c11.chef"].account_id),)))
    assert done.account == cast["c11.chef"].account_id


@pytest.mark.parametrize("locked", ["account", "key"])
def test_who_is_locked_waits(people: Any, mail: Any, take: Any, cast: Any, now: Any, locked: str) -> None:
    with writing() as session:
        who = cast["c11.cmi"].account_id
        table = Account if locked == "account" else OtpKey
        own = Account.id == who if locked == "account" else OtpKey.account_id == who
        session.execute(update(table).where(own).values(locked_at=now))
    assert take(mail()).kind == "refused" and counted()[0] == 0


def test_an_external_person_needs_a_key_in_order(people: Any, mail: Any, take: Any, number: int, cast: Any) -> None:
    notice = db.session.scalars(select(Notice.message_id)).first()
    assert take(mail("d1.agent", in_reply_to=(notice,), text="Vu.")).kind == "comment"
    with writing() as session:
        session.execute(update(OtpKey).where(OtpKey.account_id == cast["d1.agent"].account_id).values(state="lost"))
    done = take(mail("d1.agent", in_reply_to=(notice,), text="Revu."))
    assert done.kind == "refused" and "1.1" in done.reason


def test_what_the_author_does_not_see_is_reached_by_no_mark_and_hinted_by_none(
    people: Any, mail: Any, take: Any, signed: Any, number: int, cast: Any
) -> None:
    marks: tuple[dict[str, Any], ...] = (
        {"came_to": (signed(number, cast["c11.cmi"].account_id),)},
        {"in_reply_to": (db.session.scalars(select(Notice.message_id)).first(),)},
        {"subject": f"RE: {signatures.subject_token(desk_settings().mail_key, number)} Panne"},
    )
    before = counted()
    for sender in ("c12.cmi", "c21.cmi", "d2.agent", "c11.reseau", "a.tech"):
        for mark in marks:
            done = take(mail(sender, **mark))
            assert (done.state, done.kind, done.ticket) == ("quarantined", "refused", None), (sender, mark)
            assert str(number) not in done.reason.split() and counted() == before


def test_a_confidential_ticket_is_out_of_reach_of_the_correspondant(
    people: Any, mail: Any, take: Any, number: int, now: Any
) -> None:
    notice = db.session.scalars(select(Notice.message_id)).first()
    desk.make_confidential(people("c11.chef"), number, 1, True, "", now)
    assert take(mail(in_reply_to=(notice,))).kind == "refused"
    assert take(mail("c11.chef", in_reply_to=(notice,))).kind == "comment"


def test_the_mandate_that_sees_the_ticket_speaks(
    people: Any, mail: Any, take: Any, number: int, cast: Any, now: Any
) -> None:
    with writing():
        accounts.add_mandate(cast["c12.cmi"].account_id, "chef", "desaix-tarbes", now.date(), actor=None, now=now)
    notice = db.session.scalars(select(Notice.message_id)).first()
    assert take(mail("c12.cmi", in_reply_to=(notice,), text="Vu.")).kind == "comment"
    entry = db.session.scalars(select(TicketEvent).order_by(TicketEvent.id.desc())).first()
    assert (entry.author_role, entry.side) == ("chef", "desaix-tarbes")


# --- less than a session ----------------------------------------------------------------------------------------------


def test_a_technician_closes_nothing_by_mail(people: Any, mail: Any, take: Any, number: int, now: Any) -> None:
    from ticketing.errors import Refused

    online = people("d1.agent")
    by_mail = Actor(online.account_id, online.sigle, online.name, True, online.mandate, "mail")
    for act in (
        lambda: desk.take_charge(by_mail, number, 1, now),
        lambda: desk.hand_on(by_mail, number, 1, "academie", "autre", "À vous.", now),
        lambda: desk.comment(by_mail, number, "Entre nous", "internal", now=now),
    ):
        with pytest.raises(Refused, match="courriel"):
            act()
