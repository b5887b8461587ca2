"""Programs never open, never reopen and are never answered; two robots end; a report of nobody stops nobody's mails."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from charters.database import db, writing
from charters.people import accounts
from charters.tables.access import Account, JournalLine
from ticketing.correspondence import replaying, taking_in
from ticketing.mail.incoming import store
from ticketing.mail.incoming.parsed import Attached, CalendarAnswer, Complaint, Undelivered
from ticketing.model import State
from ticketing.tables import Notice, Ticket, TicketEvent
from ticketing.tickets import desk

FORGED = "relais.guichet.example; dmarc=fail header.from=poste.example"  # what the relay found
PROGRAMS = ["auto-replied", "auto-generated", "out-of-office", "bulk", "null-return-path", "no-reply", "autre"]


def notices() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Notice)) or 0


@pytest.fixture
def number(people: Any, draft: Any, now: Any) -> int:
    return desk.open_ticket(people("c11.cmi"), draft(), [], now)


@pytest.fixture
def notice(number: int) -> Any:
    return db.session.scalars(select(Notice).where(Notice.ticket_id == number).order_by(Notice.id)).first()


def test_mel_03_a_program_opens_comments_and_reopens_nothing(
    people: Any, mail: Any, take: Any, number: int, notice: Any, now: Any
) -> None:
    desk.take_charge(people("d1.agent"), number, 1, now)
    desk.resolve(people("d1.agent"), number, 2, "Fait.", now)
    before = notices()
    answers: tuple[dict[str, Any], ...] = ({}, {"in_reply_to": (notice.message_id,)}, {"text": "confirmer"})
    for why in PROGRAMS:
        for changes in answers:
            done = take(mail(automatic=why, **{"in_reply_to": (notice.message_id,), **changes}))
            assert (done.state, done.kind) == ("ignored", "automatic") and done.reason
        assert take(mail(automatic=why)).kind == "automatic"
    done = take(mail(return_path=""))
    assert (done.state, done.kind) == ("ignored", "automatic")
    assert notices() == before and db.session.scalar(select(func.count()).select_from(Ticket)) == 1
    assert db.session.scalar(select(Ticket.state)) == State.RESOLVED


def test_mel_03_a_list_comments_and_opens_nothing(
    people: Any, mail: Any, take: Any, number: int, notice: Any, now: Any
) -> None:
    desk.take_charge(people("d1.agent"), number, 1, now)
    desk.resolve(people("d1.agent"), number, 2, "Fait.", now)
    done = take(mail(automatic="list"))
    assert (done.state, done.kind) == ("quarantined", "refused") and "liste" in done.reason
    assert take(mail(automatic="list", in_reply_to=(notice.message_id,), text="Vu.")).kind == "comment"
    assert db.session.scalars(select(Notice).where(Notice.kind == "added")).all() == []


def test_mel_03_our_own_mail_returned_is_ignored(people: Any, mail: Any, take: Any, number: int, notice: Any) -> None:
    for changes in (
        {"message_id": notice.message_id},
        {"senders": ("desk@guichet.example",)},
        {"senders": ("desk+t1.a2.xxxx@guichet.example",)},
    ):
        done = take(mail(**changes))
        assert (done.state, done.kind) == ("ignored", "automatic") and "guichet" in done.reason


def test_mel_03_two_robots_for_an_hour(people: Any, mail: Any, take: Any, now: Any) -> None:
    """A person's program answers each of our mails as a person would: one ticket, and few mails to it."""
    sent = {one.id for one in db.session.scalars(select(Notice))}
    take(mail())
    for minute in range(60):
        db.session.rollback()
        query = select(Notice).where(Notice.recipient_email == "c11.cmi@guichet.example").order_by(Notice.id)
        new = [one for one in db.session.scalars(query) if one.id not in sent]
        for one in new:
            sent.add(one.id)
            take(
                mail(text="Je suis absent.", in_reply_to=(one.message_id,), subject=f"RE: {one.subject}"),
                at=now + timedelta(minutes=minute),
            )
    mine = select(func.count()).select_from(Notice).where(Notice.recipient_email == "c11.cmi@guichet.example")
    assert (db.session.scalar(mine) or 0) <= 2
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1


def test_a_mail_that_went_round_in_circles_waits(people: Any, mail: Any, take: Any) -> None:
    assert take(mail(hops=26)).state == "quarantined" and take(mail(hops=25)).state == "applied"


def test_too_many_in_an_hour_wait_for_a_person(people: Any, mail: Any, take: Any, notice: Any, now: Any) -> None:
    for turn in range(20):
        assert take(mail(text=f"Mot {turn}.", in_reply_to=(notice.message_id,))).state == "applied"
    done = take(mail(text="Mot de trop.", in_reply_to=(notice.message_id,)))
    assert (done.state, done.kind) == ("quarantined", "refused") and "en une heure" in done.reason
    assert take(mail("c11.chef", text="Et moi ?", in_reply_to=(notice.message_id,))).state == "quarantined"
    later = now + timedelta(hours=1, minutes=1)
    assert take(mail(text="Plus tard.", in_reply_to=(notice.message_id,)), at=later).state == "applied"


def test_an_encrypted_mail_waits(people: Any, mail: Any, take: Any) -> None:
    assert take(mail(protected="encrypted", text="")).kind == "unreadable"


# --- reports and calendars --------------------------------------------------------------------------------------------


def sent(notice: Any, now: Any) -> None:
    with writing() as session:
        session.execute(update(Notice).where(Notice.id == notice.id).values(state="sent", sent_at=now))


def test_a_bounce_marks_the_mail_that_it_names_and_makes_no_entry(
    people: Any, mail: Any, take: Any, notice: Any, now: Any
) -> None:
    sent(notice, now)
    report = Undelivered(address=notice.recipient_email, permanent=True, diagnostic="550", message_id=notice.message_id)
    done = take(mail("mailer-daemon", undelivered=(report,), return_path="", automatic="null-return-path"))
    assert (done.state, done.kind, done.ticket) == ("applied", "bounce", notice.ticket_id)
    db.session.rollback()
    assert db.session.get(Notice, notice.id).state == "bounced"
    assert db.session.scalar(select(func.count()).select_from(TicketEvent)) == 1


@pytest.mark.parametrize("forged", ["unknown", "other-address", "nothing", "a-person", "found-forged", "no-code"])
def test_a_forged_bounce_stops_nobodys_mails(
    people: Any, mail: Any, take: Any, notice: Any, now: Any, forged: str
) -> None:
    sent(notice, now)
    report = {
        "unknown": Undelivered(address=notice.recipient_email, permanent=True, message_id="<ticket-1-99-3@localhost>"),
        "other-address": Undelivered(address="a.admin@guichet.example", permanent=True, message_id=notice.message_id),
        "nothing": Undelivered(address=notice.recipient_email, permanent=True),
    }.get(forged) or Undelivered(address=notice.recipient_email, permanent=True, message_id=notice.message_id)
    came: dict[str, Any] = {"undelivered": (report,), "return_path": "", "senders": ("mailer-daemon@poste.example",)}
    if forged == "a-person":
        came |= {"return_path": None, "senders": ("c11.chef@guichet.example",)}
    elif forged == "found-forged":
        came |= {"authentication": (FORGED,)}
    elif forged == "no-code":  # a mail that left before the codes
        plain = re.sub(r"\.[0-9a-f]{16}@", "@", notice.message_id)
        assert plain != notice.message_id
        with writing() as session:
            session.execute(update(Notice).where(Notice.id == notice.id).values(message_id=plain))
        came |= {"undelivered": (replace(report, message_id=plain),)}
    done = take(mail(**came))
    assert (done.state, done.kind) == ("ignored", "bounce")
    db.session.rollback()
    assert db.session.get(Notice, notice.id).state == "sent"


def test_a_report_that_names_no_mail_counts_for_none_even_at_a_signed_address(
    people: Any, mail: Any, take: Any, notice: Any, now: Any, signed: Any
) -> None:
    """A signed address goes wherever its mail is forwarded."""
    sent(notice, now)
    to = (signed(notice.ticket_id, notice.recipient_id),)
    report = Undelivered(address=notice.recipient_email, permanent=True, diagnostic="550 5.1.1")
    done = take(mail("mailer-daemon", undelivered=(report,), came_to=to, return_path=""))
    assert (done.state, done.kind) == ("ignored", "bounce")


def test_a_complaint_is_noted(people: Any, mail: Any, take: Any, notice: Any, now: Any) -> None:
    sent(notice, now)
    complaint = Complaint(address=notice.recipient_email, message_id=notice.message_id)
    assert take(mail("abus", complaints=(complaint,))).kind == "complaint"


def test_the_answer_to_a_visit_is_a_comment(people: Any, mail: Any, take: Any, number: int, notice: Any) -> None:
    answer = (CalendarAnswer(uid="x", answer="accepted"),)
    reply = {"in_reply_to": (notice.message_id,), "automatic": "auto-generated", "text": ""}
    done = take(mail(calendar=answer, **reply))
    assert (done.state, done.kind, done.ticket) == ("applied", "calendar", number)
    entry = db.session.scalars(select(TicketEvent).order_by(TicketEvent.id.desc())).first()
    assert entry.body == "Thomas Escalère a accepté la visite."
    assert take(mail(calendar=answer, text="")).kind == "calendar"  # of no ticket: ignored
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1


# --- suspension -------------------------------------------------------------------------------------------------------


def test_cha_05_mails_of_a_suspended_collectivite_wait_and_are_applied_after(
    people: Any, mail: Any, take: Any, number: int, notice: Any, now: Any
) -> None:
    d1 = "departement-hautes-pyrenees"
    sent_mails = [mail("d1.agent", in_reply_to=(notice.message_id,), text=f"Mot {n}.") for n in range(3)]
    other = mail(in_reply_to=(notice.message_id,), text="Le collège écrit toujours.")
    accounts.suspend_organisation(d1, "Mesure conservatoire.", actor=None, now=now)
    for index, one in enumerate(sent_mails):
        done = take(one, id=700 + index)
        assert (done.state, done.kind) == ("quarantined", "refused") and "VIII" in done.reason
    assert take(other).kind == "comment"
    later = now + timedelta(minutes=10)
    accounts.restore_organisation(d1, actor=None, now=later)
    for index, one in enumerate(sent_mails):
        assert take(one, id=700 + index, at=later).kind == "comment"
    bodies = db.session.scalars(select(TicketEvent.body).where(TicketEvent.kind == "comment")).all()
    assert sorted(bodies) == ["Le collège écrit toujours.", "Mot 0.", "Mot 1.", "Mot 2."]


@pytest.mark.parametrize("held", ["attached to it", "mandate on it alone"])
def test_cha_05_a_lifted_suspension_takes_in_the_mails_that_it_kept_aside_and_no_other(
    people: Any, number: int, notice: Any, now: Any, held: str
) -> None:
    d1 = "departement-hautes-pyrenees"
    if held != "attached to it":
        with writing() as session:
            agent = Account.id == people("d1.agent").account_id
            session.execute(update(Account).where(agent).values(organisation="parc"))

    def keep(sender: str, words: str) -> int:
        raw = (
            f"Authentication-Results: relais.guichet.example; dmarc=pass header.from=guichet.example\r\n"
            f"From: {sender}@guichet.example\r\nTo: desk@guichet.example\r\nSubject: RE: Panne\r\n"
            f"Message-ID: <{words}@poste.example>\r\nIn-Reply-To: {notice.message_id}\r\n\r\n{words}\r\n"
        )
        return store.keep(raw.encode(), "desk", now).id

    accounts.suspend_organisation(d1, "Mesure conservatoire.", actor=None, now=now)
    kept, stranger = [keep("d1.agent", f"Mot{n}") for n in range(3)], keep("inconnu", "Mot9")
    assert taking_in.take_in_waiting(now) == 4 and replaying.release(now) == 0
    assert {store.outcome_of(one).state for one in (*kept, stranger)} == {"quarantined"}
    later = now + timedelta(minutes=10)
    accounts.restore_organisation(d1, actor=None, now=later)
    assert replaying.release(later) == 3 and taking_in.take_in_waiting(later) == 3
    assert [store.outcome_of(one).kind for one in kept] == ["comment"] * 3
    assert store.outcome_of(stranger).state == "quarantined"
    assert replaying.release(later) == 0
    db.session.rollback()
    bodies = db.session.scalars(select(TicketEvent.body).where(TicketEvent.kind == "comment").order_by(TicketEvent.id))
    assert bodies.all() == ["Mot0", "Mot1", "Mot2"]
    lines = select(func.count()).select_from(JournalLine).where(JournalLine.event == "mail.replayed")
    assert db.session.scalar(lines) == 3


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_quota_keeps_the_words(people: Any, mail: Any, take: Any, notice: Any, monkeypatch: Any) -> None:
    from ticketing.files.receiving import Limits
    from ticketing.tickets import incoming_files

    monkeypatch.setattr(incoming_files, "limits", lambda: Limits(per_file=50, per_ticket=60))
    files = tuple(
        Attached(filename=f"f{n}.txt", content_type="text/plain", content=f"{n}".encode() * size)
        for n, size in ((1, 40), (2, 40), (3, 51), (4, 15))
    )
    done = take(mail(attachments=files, in_reply_to=(notice.message_id,), text="Voici."))
    assert done.kind == "comment"
    entry = db.session.scalars(select(TicketEvent).order_by(TicketEvent.id.desc())).first()
    assert entry.body.startswith("Voici.") and "f3.txt" in entry.body and "dépasseraient" in entry.body
    assert db.session.scalar(select(Ticket.file_bytes)) == 55
