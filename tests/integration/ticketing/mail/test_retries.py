"""How notices are claimed, tried again, kept aside and given up, to the minute; how many letters were sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from charters import letters as mails
from charters.database import db, writing
from charters.people import accounts
from charters.tables.access import Account, OrganisationSuspension
from charters.tables.keys import Letter
from ticketing.mail import carriers, delivery, letters
from ticketing.mail.sending import leases, parcels
from ticketing.tables import Notice
from ticketing.tickets import desk

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def notice(person: Any) -> Any:
    db.session.rollback()
    return db.session.execute(select(Notice).where(Notice.recipient_id == person.account_id)).scalar_one()


class Carrier:
    """A carrier that fails as told, and notes until when what it is given is claimed."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure, self.failing, self.claims = failure, "", set()

    def send(self, mail: Any, name: str) -> None:
        db.session.rollback()
        self.claims |= set(db.session.execute(select(Notice.claimed_until)).scalars())
        if self.failure and self.failing in mail["To"]:
            raise self.failure

    def close(self) -> None:
        """Nothing is held open."""


@pytest.fixture
def carrier(monkeypatch: Any) -> Carrier:
    made = Carrier()
    monkeypatch.setattr(carriers, "carrier", lambda _: made)
    return made


def test_a_notice_is_tried_again_from_thirty_seconds_to_a_quarter_of_an_hour(
    people: Any, draft: Any, now: Any, settings: Any, carrier: Carrier
) -> None:
    """Others get through meanwhile; where nothing does, no delay is longer than five minutes."""
    cmi = people("c11.cmi")
    desk.open_ticket(cmi, draft(), [], now)
    carrier.failure, carrier.failing = carriers.Later("x" * 600), "c11.cmi"
    moment = now
    for attempts, seconds in enumerate((30, 60, 120, 240, 300, 300), 1):
        delivery.drain(settings, moment)
        row = notice(cmi)
        assert (row.state, row.attempts, row.next_at) == ("pending", attempts, moment + timedelta(seconds=seconds))
        assert (row.claimed_until, row.last_error) == (None, "x" * 500)
        assert delivery.drain(settings, row.next_at - timedelta(seconds=1)) == 0
        assert notice(cmi).attempts == attempts, "not before its time"
        moment = row.next_at
    with writing() as session:  # somebody else's notice, due a moment before
        session.execute(
            update(Notice)
            .where(Notice.recipient_id == people("d1.agent").account_id)
            .values(state="pending", next_at=moment - MINUTE)
        )
    delivery.drain(settings, moment)
    assert notice(cmi).next_at == moment + 15 * MINUTE
    moment += 15 * MINUTE
    carrier.failure = None
    assert delivery.drain(settings, moment) == 1
    row = notice(cmi)
    assert (row.state, row.attempts, row.sent_at, row.last_error) == ("sent", 8, moment, "")


def test_a_claim_holds_for_five_minutes_and_what_is_being_sent_for_thirty(
    people: Any, draft: Any, now: Any, settings: Any, carrier: Carrier
) -> None:
    cmi = people("c11.cmi")
    desk.open_ticket(cmi, draft(), [], now)
    leases.claim(now, False)
    assert delivery.drain(settings, now + 5 * MINUTE) == 0, "the claim holds to its last instant"
    assert delivery.drain(settings, now + 6 * MINUTE) == 3
    assert carrier.claims - {None} == {now + 11 * MINUTE, now + 36 * MINUTE}


def test_a_refusal_for_ever_counts_as_a_try_and_keeps_its_reason(
    people: Any, draft: Any, now: Any, settings: Any, carrier: Carrier, caplog: Any
) -> None:
    """The log names the notice and the ticket; a letter's names the letter."""
    cmi = people("c11.cmi")
    desk.open_ticket(cmi, draft(), [], now)
    carrier.failure = carriers.Permanent("y" * 600)
    delivery.drain(settings, now)
    row = notice(cmi)
    assert (row.state, row.attempts, row.last_error) == ("failed", 1, "y" * 500)
    logged = {(one.notice, one.ticket) for one in caplog.records if one.getMessage() == "notice failed"}
    assert (row.id, row.ticket_id) in logged and len(logged) == 3
    first, second = waiting(people, now)
    letters.drain(settings, now, lambda letter, moment: letter)
    logged = {one.letter for one in caplog.records if one.getMessage() == "letter failed"}
    assert logged == {kept(first).id, kept(second).id}


def test_what_a_suspension_holds_back_after_its_claim_is_not_counted_as_sent(
    people: Any, draft: Any, now: Any, settings: Any, carrier: Carrier, monkeypatch: Any
) -> None:
    desk.open_ticket(people("c11.cmi"), draft(), [], now)
    made = parcels.made

    def meanwhile(*asked: Any) -> Any:
        accounts.suspend_organisation("departement-hautes-pyrenees", "Urgence.", actor=people("a.admin"), now=now)
        monkeypatch.setattr(parcels, "made", made)
        return made(*asked)

    monkeypatch.setattr(parcels, "made", meanwhile)
    assert delivery.drain(settings, now) == 1
    states = {who: notice(people(who)).state for who in ("c11.cmi", "d1.agent", "d1.ref")}
    assert states == {"c11.cmi": "sent", "d1.agent": "pending", "d1.ref": "pending"}
    assert notice(people("d1.agent")).claimed_until is None


def tried(settings: Any, moment: Any, times: int = 5) -> None:
    """Try what waits a few times, as soon as it is due."""
    for _ in range(times):
        delivery.drain(settings, moment)
        moment += 5 * MINUTE


@pytest.mark.parametrize(("late", "state"), [(timedelta(), "pending"), (timedelta(seconds=1), "failed")])
def test_a_notice_is_given_up_once_it_has_been_tried_for_a_day(
    people: Any, draft: Any, now: Any, settings: Any, carrier: Carrier, caplog: Any, late: timedelta, state: str
) -> None:
    """The log then names the notice, the ticket and the recipient's account: no address, no word of the ticket."""
    cmi = people("c11.cmi")
    desk.open_ticket(cmi, draft(), [], now)
    carrier.failure = carriers.Later("Plus tard")
    tried(settings, now)
    delivery.drain(settings, now + DAY + late)
    row = notice(cmi)
    assert (row.state, row.attempts, row.last_error) == (state, 6, "Plus tard")
    logged = [one for one in caplog.records if one.getMessage() == "notice given up"]
    named = {(one.levelname, one.notice, one.ticket, one.recipient) for one in logged}
    assert (("WARNING", row.id, row.ticket_id, cmi.account_id) in named) is (state == "failed")
    assert len(logged) == (3 if state == "failed" else 0)
    assert "@" not in str([vars(one) for one in logged])


def test_what_waited_a_day_while_the_program_was_stopped_is_not_given_up_at_its_next_failure(
    people: Any, draft: Any, now: Any, settings: Any, carrier: Carrier
) -> None:
    cmi = people("c11.cmi")
    desk.open_ticket(cmi, draft(), [], now)
    carrier.failure = carriers.Later("Plus tard")
    delivery.drain(settings, now)
    tried(settings, now + 3 * DAY, times=4)
    assert (notice(cmi).state, notice(cmi).attempts) == ("pending", 5)
    tried(settings, now + 4 * DAY, times=1)
    assert notice(cmi).state == "failed"


@pytest.mark.parametrize("whole", [False, True], ids=["this one", "the whole server"])
def test_a_letter_given_up_after_a_day_is_in_the_log(
    people: Any, now: Any, settings: Any, carrier: Carrier, caplog: Any, whole: bool
) -> None:
    both = waiting(people, now)
    carrier.failure = carriers.Later("Plus tard", whole=whole)
    for minutes in (0, 5, 10, 15, 20):
        letters.drain(settings, now + minutes * MINUTE, lambda letter, moment: letter)
    letters.drain(settings, now + DAY, lambda letter, moment: letter)
    assert not [one for one in caplog.records if one.getMessage() == "letter given up"]
    letters.drain(settings, now + DAY + 6 * MINUTE, lambda letter, moment: letter)
    logged = {(one.levelname, one.recipient) for one in caplog.records if one.getMessage() == "letter given up"}
    assert logged == {("WARNING", account) for account in both}
    assert {kept(account).state for account in both} == {"failed"}


def test_the_day_begins_with_the_end_of_the_last_suspension_of_ones_own_organisation(
    people: Any, draft: Any, now: Any, settings: Any, carrier: Carrier
) -> None:
    cmi, agent, referent = people("c11.cmi"), people("d1.agent"), people("d1.ref")
    desk.open_ticket(cmi, draft(), [], now)
    with writing() as session:
        session.execute(update(Account).where(Account.id == agent.account_id).values(organisation="parc"))
        session.execute(update(Notice).values(first_tried_at=now, attempts=6))
        for since, until in ((now, now + 3 * DAY), (now - 9 * DAY, now - 8 * DAY)):
            session.add(
                OrganisationSuspension(
                    organisation="parc",
                    reason="Essai.",
                    suspended_at=since,
                    suspended_by="a.admin",
                    lifted_at=until,
                )
            )
    carrier.failure = carriers.Later("Plus tard")
    delivery.drain(settings, now + 4 * DAY)
    assert {who.sigle: notice(who).state for who in (cmi, agent, referent)} == {
        "c11.cmi": "failed",
        "d1.agent": "pending",
        "d1.ref": "failed",
    }
    delivery.drain(settings, now + 4 * DAY + 6 * MINUTE)
    assert notice(agent).state == "failed", "a day to the second"


def test_what_a_suspended_mandate_keeps_aside_is_looked_at_again_in_five_minutes(
    people: Any, draft: Any, now: Any, settings: Any, carrier: Carrier
) -> None:
    shared, admin, d1 = people("d2.agent"), people("a.admin"), "departement-hautes-pyrenees"
    accounts.add_mandate(shared.account_id, "technicien-departement", d1, now.date(), actor=admin, now=now)
    desk.open_ticket(people("c11.cmi"), draft(), [], now)
    accounts.suspend_organisation(d1, "Convention dénoncée.", actor=admin, now=now)
    assert delivery.drain(settings, now) == 1
    row = notice(shared)
    assert (row.state, row.attempts, row.claimed_until, row.next_at) == ("pending", 0, None, now + 5 * MINUTE)


def test_what_is_dropped_or_held_is_not_counted_as_sent(
    people: Any, draft: Any, now: Any, settings: Any, carrier: Carrier
) -> None:
    number = desk.open_ticket(people("c11.cmi"), draft(), [], now)
    desk.make_confidential(people("c11.chef"), number, 1, True, "", now)
    assert delivery.drain(settings, now) == 2
    assert notice(people("c11.cmi")).state == "dropped", "the CMI no longer sees a confidential ticket"


def waiting(people: Any, now: Any) -> tuple[int, int]:
    """Two letters that are due; gives the accounts that they are for, the first first."""
    accounts_ = people("c11.cmi").account_id, people("d1.agent").account_id
    with writing() as session:
        for account in accounts_:
            mails.write(session.get_one(Account, account), "pin-changed", now=now)
    return accounts_


def kept(account: int) -> Any:
    db.session.rollback()
    return db.session.execute(select(Letter).where(Letter.account_id == account)).scalar_one()


def test_the_letters_sent_are_counted_and_those_that_may_not_leave_are_dropped_with_their_reason(
    people: Any, now: Any, settings: Any, carrier: Carrier
) -> None:
    assert letters.drain(settings, now, lambda letter, moment: letter) == 0
    first, second = waiting(people, now)
    assert letters.drain(settings, now, lambda letter, moment: None if "c11" in letter.recipient_email else letter) == 1
    assert (kept(first).state, kept(second).state) == ("dropped", "sent")
    assert kept(first).last_error == "Le destinataire n’a plus ce périmètre, ou n’est plus admis."
    assert letters.drain(settings, now, lambda letter, moment: letter) == 0


@pytest.mark.parametrize(("whole", "tries"), [(True, 1), (False, 2)])
def test_a_server_that_is_down_is_asked_once_for_all_letters_and_a_busy_one_for_each(
    people: Any, now: Any, settings: Any, carrier: Carrier, monkeypatch: Any, whole: bool, tries: int
) -> None:
    asked: list[str] = []

    def send(mail: Any, name: str) -> None:
        asked.append(name)
        raise carriers.Later("Plus tard", whole=whole)

    monkeypatch.setattr(carrier, "send", send)
    both = waiting(people, now)
    assert letters.drain(settings, now, lambda letter, moment: letter) == 0
    assert len(asked) == tries
    for account in both:
        row = kept(account)
        assert (row.state, row.attempts, row.claimed_until, row.last_error) == ("pending", 1, None, "Plus tard")


def test_what_falls_due_while_a_batch_is_sent_is_sent_by_the_same_drain(
    people: Any, draft: Any, now: Any, settings: Any, carrier: Carrier, monkeypatch: Any
) -> None:
    """Each batch is claimed at the time that it is then, not at the time when the drain began."""
    cmi = people("c11.cmi")
    desk.open_ticket(cmi, draft(), [], now)
    with writing() as session:
        session.execute(update(Notice).where(Notice.recipient_id == cmi.account_id).values(next_at=now + MINUTE))
    assert delivery.drain(settings, now) == 2
    monkeypatch.setattr(delivery, "elapsed", lambda begun: 2 * MINUTE)
    assert delivery.drain(settings, now) == 1
    assert notice(cmi).state == "sent" and now + 32 * MINUTE in carrier.claims
