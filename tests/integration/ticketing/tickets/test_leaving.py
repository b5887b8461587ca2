"""What hangs on a person who leaves is let go: every way to end × everything that may hang on a person.

`ENDS` are the ways, each an act of the program or a day that comes. A way that is missing here is found by the test
that reads the code for what ends a mandate, an activity or an access.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from charters import letters
from charters.campaign import campaigns, rounds
from charters.database import db, writing
from charters.entry import links
from charters.keys import returns
from charters.model import Role
from charters.people import accounts, leaving, movements
from charters.people.declarations import DeclarationForm, declarations_to_handle, declare
from charters.tables.access import Account, MandateRow, OtpKey
from charters.tables.keys import Letter, PersonalLink
from matrix.changes import CellChange
from ticketing import jobs
from ticketing.amending import amendments, approvals
from ticketing.mail import delivery
from ticketing.model import Facts
from ticketing.personal_data import traces
from ticketing.tables import Notice, Ticket, TicketEvent
from ticketing.tickets import desk
from ticketing.tickets import leaving as leaving_tickets

#: A Tuesday, at 10 h in Paris; the acts take place on it, and what a day brings comes the day after, at dawn.
NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
TODAY, YESTERDAY = date(2026, 11, 17), "2026-11-16"
DAWN = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
D1, C11, ACADEMIE = "departement-hautes-pyrenees", "desaix-tarbes", "academie-toulouse"


class Desk:
    """The cast at work on tickets of Desaix: one in each person's charge, one shared, and what else hangs on people."""

    settings: Any
    folder: Any

    def __init__(self, people: Any, draft: Any) -> None:
        self.people, self.draft = people, draft
        self.admin = people("a.admin")

    def row(self, number: int) -> Any:
        db.session.rollback()
        return db.session.execute(select(Ticket.__table__).where(Ticket.number == number)).one()

    def entries(self, number: int) -> list[Any]:
        db.session.rollback()
        query = select(TicketEvent.__table__).where(TicketEvent.ticket_id == number).order_by(TicketEvent.id)
        return list(db.session.execute(query))

    def taken(self, sigle: str = "d1.agent", **changes: Any) -> int:
        """A ticket of Desaix in this person's charge."""
        number = desk.open_ticket(self.people("c11.cmi"), self.draft(**changes), [], NOW)
        worker = self.people(sigle)
        desk.take_charge(worker, number, 1, NOW)
        return number

    def shared(self, sigle: str = "c11.reseau") -> int:
        """A ticket of Desaix shared with this person."""
        number = desk.open_ticket(self.people("c11.cmi"), self.draft(), [], NOW)
        desk.share(self.people("c11.cmi"), number, 1, self.people(sigle).account_id, NOW)
        return number

    def mandate(self, sigle: str) -> int:
        db.session.rollback()
        mine = MandateRow.account_id == self.people(sigle).account_id
        return int(db.session.scalars(select(MandateRow.id).where(mine)).one())

    def notices(self, kind: str, state: str = "pending") -> set[str]:
        db.session.rollback()
        query = select(Account.sigle).join(Notice, Notice.recipient_id == Account.id)
        return set(db.session.scalars(query.where(Notice.kind == kind, Notice.state == state)))


@pytest.fixture
def at(app: Any, actor_as: Any, draft: Any, settings: Any, tmp_path: Any) -> Iterator[Desk]:
    """The desk on SQLite: the ways to end differ, not the engines (`at_both` tries the statements on both)."""
    with app.app_context():
        yield _desk(actor_as, draft, settings, tmp_path)


@pytest.fixture
def at_both(people: Any, draft: Any, settings: Any, tmp_path: Any) -> Desk:
    return _desk(people, draft, settings, tmp_path)


def _desk(people: Any, draft: Any, settings: Any, folder: Any) -> Desk:
    made = Desk(people, draft)
    made.settings, made.folder = settings, folder
    return made


# --- the ways to end --------------------------------------------------------------------------------------------------


def _person(at: Desk, sigle: str) -> int:
    return int(at.people(sigle).account_id)


def the_activity_ends(at: Desk, sigle: str) -> datetime:
    accounts.end_account(_person(at, sigle), YESTERDAY, actor=at.admin, now=NOW)
    return NOW


def the_activity_ends_by_its_day(at: Desk, sigle: str) -> datetime:
    accounts.end_account(_person(at, sigle), TODAY, actor=at.admin, now=NOW)
    return _dawn()


def the_mandate_ends(at: Desk, sigle: str) -> datetime:
    accounts.end_mandate(at.mandate(sigle), YESTERDAY, actor=at.admin, now=NOW)
    return NOW


def the_mandate_ends_by_its_day(at: Desk, sigle: str) -> datetime:
    accounts.end_mandate(at.mandate(sigle), TODAY, actor=at.admin, now=NOW)
    return _dawn()


def _declared(at: Desk, sigle: str, movement: str) -> int:
    db.session.rollback()
    account = db.session.get_one(Account, _person(at, sigle))
    chief = "c11.chef" if account.organisation == C11 else "d1.ref"
    form = DeclarationForm(movement, account.last_name, account.first_name, account.function, YESTERDAY)
    declare(form, actor=at.people(chief), now=NOW)
    return declarations_to_handle(None)[-1].id


def a_departure_is_carried_out(at: Desk, sigle: str) -> datetime:
    declared = _declared(at, sigle, "depart")
    movements.depart(None, declared, _person(at, sigle), whole=True, actor=at.admin, now=NOW)
    return NOW


def a_departure_from_here_alone_is_carried_out(at: Desk, sigle: str) -> datetime:
    declared = _declared(at, sigle, "depart")
    movements.depart(None, declared, _person(at, sigle), whole=False, actor=at.admin, now=NOW)
    return NOW


def a_change_of_role_is_carried_out(at: Desk, sigle: str) -> datetime:
    """To a role that works none of what the former one did: reader of figures, or chef for a collège's people."""
    declared = _declared(at, sigle, "changement")
    movements.change(None, declared, _person(at, sigle), "Chargé de mission", "lecteur", actor=at.admin, now=NOW)
    return NOW


def the_mandate_goes_to_another_perimeter(at: Desk, sigle: str) -> datetime:
    accounts.end_mandate(at.mandate(sigle), YESTERDAY, actor=at.admin, now=NOW)
    role = Role.RESEAU if sigle == "c11.reseau" else Role.TECH_DEPARTEMENT
    scope = "victor-hugo-tarbes" if sigle == "c11.reseau" else "departement-arbizonne"
    accounts.add_mandate(_person(at, sigle), role, scope, TODAY, actor=at.admin, now=NOW)
    return NOW


def the_person_is_forgotten(at: Desk, sigle: str) -> datetime:
    """Even where nothing let go before: the activity's end is written as no act of the program would."""
    with writing() as session:
        session.execute(update(Account).where(Account.id == _person(at, sigle)).values(ends_on=date(2025, 10, 1)))
    assert traces.forget(_person(at, sigle), at.folder, NOW)
    return NOW


def the_account_is_disabled(at: Desk, sigle: str) -> datetime:
    """No page does it: a person with the database does, and the sweep finds it."""
    with writing() as session:
        session.execute(update(Account).where(Account.id == _person(at, sigle)).values(locked_at=NOW))
    jobs.run("let-go", NOW)
    return NOW


def nobody_called(at: Desk, sigle: str) -> datetime:
    """An end that no act told of, as an import or a correction in the database leaves it."""
    with writing() as session:
        session.execute(update(MandateRow).where(MandateRow.id == at.mandate(sigle)).values(ends_on=date(2026, 11, 1)))
    jobs.run("let-go", NOW)
    return NOW


def _dawn() -> datetime:
    jobs.run("expire-mandates", DAWN)
    jobs.run("let-go", DAWN)
    return DAWN


ENDS = [
    the_activity_ends,
    the_activity_ends_by_its_day,
    the_mandate_ends,
    the_mandate_ends_by_its_day,
    a_departure_is_carried_out,
    a_departure_from_here_alone_is_carried_out,
    a_change_of_role_is_carried_out,
    the_mandate_goes_to_another_perimeter,
    the_person_is_forgotten,
    the_account_is_disabled,
    nobody_called,
]
every_end = pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)


# --- everything that hangs --------------------------------------------------------------------------------------------


@every_end
def test_what_hangs_on_a_technician_is_let_go(at: Desk, end: Any) -> None:
    """A ticket in charge, a key, an activation link, a letter and a notice that wait."""
    number, account = at.taken(), _person(at, "d1.agent")
    with writing() as session:
        links.make(account, "pin", now=NOW)
        letters.write(session.get_one(Account, account), "pin-changed", now=NOW)
    moment = end(at, "d1.agent")
    row = at.row(number)
    assert (row.state, row.assignee_id, row.assignee_name) == ("new", None, None)
    assert row.holder_organisation == D1, "it stays with its party"
    [entry] = [entry for entry in at.entries(number) if entry.kind == "released"]
    assert (entry.author_name, entry.visibility) == ("Guichet", "public")
    assert set(entry.data) == {"from", "to", "previous"}, "neither why, nor whose account"
    assert "d1.ref" in at.notices("released") and "d1.agent" not in at.notices("released")
    db.session.rollback()
    listed = {key.account_id for key in returns.keys_to_return(None, now=moment)}
    if end is the_person_is_forgotten:
        states = set(db.session.scalars(select(OtpKey.state).where(OtpKey.account_id == account)))
        assert "active" not in states
    elif end not in (a_change_of_role_is_carried_out, the_mandate_goes_to_another_perimeter):
        assert account in listed, "the key is to hand back"
    gone = db.session.scalar(select(Account.ends_on).where(Account.id == account))
    if (gone is not None and gone < moment.date()) or end is the_account_is_disabled:
        ends = set(db.session.scalars(select(PersonalLink.expires_at).where(PersonalLink.account_id == account)))
        assert all(instant <= moment for instant in ends), "it opens nothing, even for an activity that resumes"
        assert not set(db.session.scalars(select(Letter.state).where(Letter.account_id == account))) & {"pending"}
    assert jobs.run("let-go", moment) == 0, "nothing is let go of twice"
    assert len(at.entries(number)) == 3


@every_end
def test_what_was_shared_with_a_network_manager_lapses(at: Desk, end: Any) -> None:
    number, opened = at.shared(), _opened_by_the_network_manager(at)
    account = _person(at, "c11.reseau")
    end(at, "c11.reseau")
    row = at.row(number)
    assert (row.shared_with, row.persons) == ([], [])
    assert f"person:{account}@{C11}" not in row.scope_keys
    last = at.entries(number)[-1]
    assert (last.kind, last.data["shared"], last.data["lapsed"], last.author_id) == ("shared", False, True, None)
    assert at.row(opened).persons == [account], "who opened a ticket sees it again in post, as before"


def _opened_by_the_network_manager(at: Desk) -> int:
    asked = at.draft(service="materiels-pedagogiques", facts=Facts(user_category="cdi", acquired_by="departement"))
    return int(desk.open_ticket(at.people("c11.reseau"), asked, [], NOW))


@every_end
def test_who_opened_a_ticket_and_left_is_replaced_for_what_is_asked(at: Desk, end: Any) -> None:
    """The question reaches the chef (and a correspondant in post), whether it was asked before or after the end."""
    agent = at.people("d1.agent")
    before, after = at.taken(), at.taken()
    desk.hold(agent, before, 2, "attente-demandeur", "De quel poste s’agit-il ?", NOW)
    moment = end(at, "c11.cmi")
    desk.hold(agent, after, 2, "attente-demandeur", "De quel poste s’agit-il ?", moment)
    delivery.drain(at.settings, moment)
    db.session.rollback()
    asked = select(Notice.ticket_id, Notice.state).join(Account, Account.id == Notice.recipient_id)
    to_chef = db.session.execute(asked.where(Notice.kind == "question", Account.sigle == "c11.chef")).all()
    earlier = [] if end is the_person_is_forgotten else [(before, "sent")]  # a year later nothing waits any more
    assert sorted(to_chef) == [*earlier, (after, "sent")]
    to_other = db.session.execute(asked.where(Notice.kind == "question", Account.sigle != "c11.chef")).all()
    assert [row for row in to_other if row.state == "sent"] == []


@every_end
def test_what_waits_for_the_departed_at_the_collège_goes_to_its_chef(at: Desk, end: Any) -> None:
    """The collège's only correspondant leaves: nobody works there any more, and its chef is told."""
    number = at.taken("c11.cmi", service="logiciels-hors-catalogue")
    assert at.row(number).holder_organisation == C11
    end(at, "c11.cmi")
    assert at.row(number).assignee_id is None
    assert at.notices("released") == {"c11.chef"}


@every_end
def test_the_approvals_that_waited_for_the_departed_are_told_to_the_administrators(at: Desk, end: Any) -> None:
    header = amendments.DraftHeader("Conseil sur l’inventaire", date(2027, 9, 1), False)
    change = CellChange(service="inventaire", activity="conseil", value="CL")
    number = amendments.start(at.admin, "hautes-pyrenees-2015", "annexe", header, NOW, [change])
    approvals.submit(at.admin, number, approvals.standing(at.admin, number).content, NOW)
    jobs.run("let-go", end(at, "d1.ref"))
    db.session.rollback()
    told = select(Account.sigle).join(Letter, Letter.account_id == Account.id).where(Letter.kind == "nobody-answers")
    assert db.session.scalars(told).all() == ["a.admin"]


@every_end
def test_the_campaign_that_waited_for_the_departed_is_told_to_the_administrators(at: Desk, end: Any) -> None:
    days = {"term_on": date(2026, 11, 30), "closes_on": date(2026, 12, 20)}
    campaigns.open_campaign(ACADEMIE, [C11], **days, actor=None, now=OCTOBER)
    jobs.run("let-go", end(at, "c11.chef"))
    db.session.rollback()
    told = select(Account.sigle).join(Letter, Letter.account_id == Account.id).where(Letter.kind == "nobody-answers")
    assert db.session.scalars(told).all() == ["a.admin"]


# --- what a campaign ends ---------------------------------------------------------------------------------------------

TERM, CLOSES = date(2026, 10, 31), date(2026, 11, 30)


def _campaign(at: Desk) -> int:
    return campaigns.open_campaign(ACADEMIE, [C11], term_on=TERM, closes_on=CLOSES, actor=None, now=OCTOBER)


def _held_by_the_collège(at: Desk) -> int:
    number = at.taken("c11.cmi", service="logiciels-hors-catalogue")
    assert at.row(number).holder_organisation == C11
    return number


@pytest.mark.parametrize("caught_by", ["the campaign", "the sweep"])
def test_a_mandate_that_nobody_confirmed_works_no_more_after_the_term(at: Desk, caught_by: str) -> None:
    number = _held_by_the_collège(at)
    _campaign(at)
    after = datetime(2026, 11, 1, 5, 0, tzinfo=UTC)
    if caught_by == "the campaign":
        rounds.run([], after)
    else:
        jobs.run("let-go", after)
    assert at.row(number).assignee_id is None
    shared = at.shared()
    rounds.run([], datetime(2026, 12, 1, 5, 0, tzinfo=UTC))
    assert at.row(shared).shared_with == [], "the share lapses with the mandate, after the closing day"


def test_a_mandate_not_confirmed_still_reads_what_was_shared(at: Desk) -> None:
    shared = at.shared()
    _campaign(at)
    jobs.run("let-go", datetime(2026, 11, 20, 5, 0, tzinfo=UTC))
    assert len(at.row(shared).shared_with) == 1


def test_who_is_no_longer_in_post_by_the_chef_s_late_answer_works_no_more(at: Desk) -> None:
    number, campaign = _held_by_the_collège(at), _campaign(at)
    gone = {at.mandate("c11.cmi"): False, at.mandate("c11.reseau"): True}
    campaigns.answer(campaign, C11, gone, actor=at.people("c11.chef"), now=NOW)
    assert at.row(number).assignee_id is None


def test_a_late_answer_that_confirms_a_mandate_gives_back_what_the_term_took(at: Desk) -> None:
    number, campaign = _held_by_the_collège(at), _campaign(at)
    after = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
    jobs.run("let-go", after)
    assert at.row(number).assignee_id is None
    kept = {at.mandate("c11.cmi"): True, at.mandate("c11.reseau"): True}
    campaigns.answer(campaign, C11, kept, actor=at.people("c11.chef"), now=after)
    assert at.row(number).assignee_id == _person(at, "c11.cmi")


# --- suspensions ------------------------------------------------------------------------------------------------------


def _suspend(at: Desk, organisation: str = D1, now: datetime = NOW) -> None:
    accounts.suspend_organisation(organisation, "Convention dénoncée.", actor=at.admin, now=now)


def _lift(at: Desk, organisation: str = D1, now: datetime = DAWN) -> None:
    accounts.restore_organisation(organisation, actor=at.admin, now=now)


def test_a_suspension_takes_tickets_in_charge_and_gives_them_back_when_it_is_lifted(at_both: Desk) -> None:
    at = at_both
    number, waiting, done = at.taken(), at.taken(), at.taken()
    agent = at.people("d1.agent")
    desk.hold(agent, waiting, 2, "attente-piece", "Une alimentation est commandée.", NOW)
    desk.resolve(agent, done, 2, "Le câble était débranché.", NOW)
    due = at.row(waiting).due_at
    _suspend(at)
    assert [at.row(one).assignee_id for one in (number, waiting, done)] == [None] * 3
    assert [at.row(one).state for one in (number, waiting, done)] == ["new", "on_hold", "resolved"]
    assert (at.row(waiting).hold_reason, at.row(waiting).due_at) == ("attente-piece", due), "it still waits"
    assert at.notices("released") == {"d1.ref", "d1.agent"}, "kept aside until the suspension is lifted"
    _lift(at)
    assert {at.row(one).assignee_id for one in (number, waiting, done)} == {agent.account_id}
    assert [at.row(one).state for one in (number, waiting, done)] == ["in_progress", "on_hold", "resolved"]
    assert at.entries(number)[-1].data["person"] == agent.name
    assert at.notices("released") == set(), "nobody has to take them any more"


def test_a_suspension_leaves_shares_letters_and_what_was_opened_alone(at: Desk) -> None:
    """Nobody of the collectivité reads anything meanwhile, so nothing of it stands in anybody's way."""
    number = at.shared()
    with writing() as session:
        letters.write(session.get_one(Account, _person(at, "c11.reseau")), "pin-changed", now=NOW)
    _suspend(at, C11)
    jobs.run("let-go", NOW)
    assert [account for account, _ in at.row(number).shared_with] == [_person(at, "c11.reseau")]
    assert set(db.session.scalars(select(Letter.state))) == {"pending"}
    _lift(at, C11)
    assert len(at.entries(number)) == 2, "the opening and the share"


def test_what_somebody_did_during_a_suspension_stands(at: Desk) -> None:
    """A ticket handed on meanwhile, one that another person took, and one whose person left, are not given back."""
    handed, taken, left = at.taken(), at.taken(), at.taken("d1.ref")
    other = _person(at, "d2.agent")
    accounts.add_mandate(other, "technicien-departement", D1, TODAY, actor=at.admin, now=NOW)
    _suspend_people_of_d1(at)
    helper = _under(at, "d2.agent", D1)
    desk.take_charge(helper, taken, at.row(taken).version, NOW)
    desk.hand_on(helper, handed, at.row(handed).version, "academie", "autre", "À vous.", NOW)
    accounts.end_account(_person(at, "d1.ref"), YESTERDAY, actor=at.admin, now=NOW)
    _lift(at, "parc")
    assert at.row(handed).assignee_id is None and at.row(handed).holder_organisation == ACADEMIE
    assert at.row(taken).assignee_id == other
    assert at.row(left).assignee_id is None


def _suspend_people_of_d1(at: Desk) -> None:
    """Suspend an organisation to which the people of the département are attached, and not its mandates."""
    with writing() as session:
        session.execute(update(Account).where(Account.organisation == D1).values(organisation="parc"))
    _suspend(at, "parc")


def _under(at: Desk, sigle: str, scope: str) -> Any:
    """The person, under the mandate on this scope."""
    from dataclasses import replace

    from charters.model import Mandate

    actor = at.people(sigle)
    db.session.rollback()
    row = db.session.scalars(
        select(MandateRow).where(MandateRow.account_id == actor.account_id, MandateRow.scope_id == scope)
    ).one()
    return replace(actor, mandate=Mandate(row.id, Role(row.role), row.scope_id, row.starts_on, row.ends_on))


# --- the finding of what to let go ------------------------------------------------------------------------------------


def test_the_query_of_the_sweep_agrees_with_the_gate(at: Desk) -> None:
    """For each person of the cast, each holder, each kind of ticket: what SQL finds is what the gate refuses."""
    number = at.shared()
    with writing() as session:
        session.execute(
            update(MandateRow).where(MandateRow.id == at.mandate("d2.agent")).values(confirm_by=date(2026, 11, 1))
        )
    people = [sigle for sigle in ALL if not sigle.startswith("x.")] + ["x.fin", "x.susp"]
    seen = set()
    for sigle in people:
        account = _person(at, sigle)
        for holder in (D1, C11, ACADEMIE, "departement-arbizonne", "departement-lavasson"):
            for confidential in (False, True):
                for on_accounts in (False, True):
                    changed = update(Ticket).where(Ticket.number == number)
                    db.session.execute(
                        changed.values(
                            assignee_id=account,
                            holder_organisation=holder,
                            confidential=confidential,
                            account_service=on_accounts,
                        )
                    )
                    row = db.session.execute(select(Ticket.__table__)).one()
                    found = db.session.execute(select(Ticket.number).where(~leaving_tickets._works(TODAY))).first()
                    allowed = leaving_tickets._may_work(row, account, TODAY)
                    assert (found is None) is allowed, (sigle, holder, confidential, on_accounts)
                    seen.add((sigle, allowed))
    db.session.rollback()
    assert {sigle for sigle, allowed in seen if allowed} == {
        "a.tech", "d1.ref", "d1.agent", "c11.cmi", "c11.chef", "c11.reseau", "x.nosign", "x.half"
    } & set(people)  # fmt: skip


ALL = (
    "a.admin",
    "a.tech",
    "a.lecture",
    "d1.ref",
    "d1.agent",
    "d2.agent",
    "c11.chef",
    "c11.cmi",
    "c11.reseau",
    "c12.cmi",
)


def test_both_engines_find_what_to_let_go_of(at_both: Desk) -> None:
    at = at_both
    taken, shared = at.taken(), at.shared()
    agent, network = _person(at, "d1.agent"), _person(at, "c11.reseau")
    with writing() as session:
        session.execute(update(Account).where(Account.id.in_((agent, network))).values(ends_on=date(2026, 11, 16)))
        links.make(agent, "pin", now=NOW)
        letters.write(session.get_one(Account, agent), "pin-changed", now=NOW)
    assert jobs.run("let-go", NOW) == 4
    assert at.row(taken).assignee_id is None and at.row(shared).shared_with == []
    assert jobs.run("let-go", NOW) == 0


def test_what_becomes_confidential_leaves_its_correspondant(at: Desk) -> None:
    number = at.taken("c11.cmi", service="logiciels-hors-catalogue")
    desk.make_confidential(at.people("c11.chef"), number, at.row(number).version, True, "", NOW)
    jobs.run("let-go", NOW)
    assert at.row(number).assignee_id is None
    assert at.notices("released") == {"c11.chef"}


def test_one_act_lets_go_of_a_hundred_tickets_and_the_sweep_of_the_rest(at: Desk, monkeypatch: Any) -> None:
    monkeypatch.setattr(leaving, "AT_MOST", 2)
    numbers = [at.taken() for _ in range(5)]
    accounts.end_account(_person(at, "d1.agent"), YESTERDAY, actor=at.admin, now=NOW)
    assert [at.row(one).assignee_id is None for one in numbers] == [True, True, False, False, False]
    assert jobs.run("let-go", NOW) == 3
    assert all(at.row(one).assignee_id is None for one in numbers)


def test_a_person_with_another_mandate_that_works_the_ticket_keeps_it(at: Desk) -> None:
    number = at.taken("d1.agent")
    accounts.add_mandate(_person(at, "d1.agent"), Role.REFERENT, D1, TODAY, actor=at.admin, now=NOW)
    db.session.rollback()
    mine = (MandateRow.account_id == _person(at, "d1.agent"), MandateRow.role == "technicien-departement")
    first = db.session.scalars(select(MandateRow.id).where(*mine)).one()
    db.session.rollback()
    accounts.end_mandate(first, YESTERDAY, actor=at.admin, now=NOW)
    jobs.run("let-go", NOW)
    assert at.row(number).assignee_id == _person(at, "d1.agent")


#: What ends an activity, a mandate or an access, as code writes it.
_ENDING = re.compile(
    r"\.(ends_on|lapses_on|confirm_by) = |values\([^)]*\b(ends_on|lapses_on)=|OrganisationSuspension\(\n"
)


def test_every_module_that_ends_something_lets_go() -> None:
    """So that a new way to end cannot be written without the door that lets go, or a reason here."""
    from harness.places import ROOT

    found = {
        path.relative_to(ROOT).as_posix()
        for room in ("charters", "ticketing")
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts and "demo" not in path.parts and _ENDING.search(path.read_text("utf-8"))
    }
    assert found == {
        "charters/people/accounts.py",
        "charters/people/forgetting.py",
        "charters/campaign/campaigns.py",
        "charters/campaign/rounds.py",
    }
    for name in found:
        assert "leaving.let_go(" in (ROOT / name).read_text("utf-8"), name
