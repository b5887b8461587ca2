"""A contest from the clause that opens it to its ruling, on both engines: nothing moves but what both sides said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from charters.database import db
from charters.permissions import perimeter
from charters.tables.access import Account
from charters.tables.keys import Letter
from matrix.request_facts import facts_of
from ticketing import errors
from ticketing.in_force import routing
from ticketing.tables import Contest, ContestVoice, Notice, Ticket
from ticketing.tickets import desk, queries
from ticketing.tickets.contesting import precedents, shown

DEPARTEMENT, ACADEMIE = "departement-hautes-pyrenees", "academie-toulouse"
ABOUT = ("hautes-pyrenees-2015", "equipement-bureautique", "mco")


@pytest.fixture
def contested(people: Any, draft: Any, now: Any) -> Any:
    """Return the number of a ticket that the département handed on and that the académie contests by a clause."""
    number = desk.open_ticket(people("c11.cmi"), draft(), [], now)
    desk.hand_on(people("d1.agent"), number, 1, "academie", "mauvaise-partie", "À vous.", now + timedelta(hours=1))
    desk.contest(people("a.tech"), number, 2, "Non.", now + timedelta(hours=2), clause())
    return number


def clause(nth: int = 0) -> str:
    return list(routing.router().conventions["hautes-pyrenees-2015"].clauses)[nth]


def ticket(number: int) -> Any:
    db.session.rollback()
    return db.session.execute(select(Ticket.__table__).where(Ticket.number == number)).one()


def kept() -> Any:
    return db.session.execute(select(Contest.__table__)).one()


def notified(kind: str) -> set[str]:
    rows = db.session.execute(
        select(Account.sigle).join(Notice, Notice.recipient_id == Account.id).where(Notice.kind == kind)
    )
    return set(rows.scalars())


def test_a_clause_opens_a_contest_of_which_the_referents_of_both_sides_are_told(contested, people, now):
    row = kept()
    assert (row.from_organisation, row.to_organisation) == (ACADEMIE, DEPARTEMENT)
    assert (row.state, row.days, row.clause) == ("open", 5, clause())
    assert (row.convention, row.service, row.activity) == ABOUT
    assert row.category == "cdi"
    assert row.term_at == row.asks_at > now + timedelta(days=5)
    assert ticket(contested).holder_organisation == DEPARTEMENT
    assert {"d1.ref", "a.admin", "c11.cmi"} <= notified("contested")
    assert "c12.cmi" not in notified("contested")
    assert [one.number for one in shown.waiting(perimeter(people("d1.ref")))] == [contested]
    assert shown.waiting(perimeter(people("c11.chef"))) == ()


def test_without_a_clause_a_ticket_is_given_back_and_no_more(people, draft, now):
    number = desk.open_ticket(people("c11.cmi"), draft(), [], now)
    desk.hand_on(people("d1.agent"), number, 1, "academie", "mauvaise-partie", "À vous.", now + timedelta(hours=1))
    desk.contest(people("a.tech"), number, 2, "Non.", now + timedelta(hours=2))
    assert db.session.execute(select(Contest.id)).all() == []
    with pytest.raises(errors.StepRefused):
        desk.referee(people("d1.ref"), number, "academie", clause(), "Oui.", now + timedelta(hours=3))


def test_both_sides_naming_the_same_party_rule_it_and_make_a_precedent(contested, people, now):
    later = now + timedelta(hours=4)
    desk.referee(people("d1.ref"), contested, "academie", clause(1), "Le réseau est à l’académie.", later)
    assert kept().state == "open" and ticket(contested).holder_organisation == DEPARTEMENT
    assert precedents.of_cell(*ABOUT) == ()
    with pytest.raises(errors.NotFound):  # an administrator sees a ticket while the académie has it
        desk.referee(people("a.admin"), contested, "academie", clause(2), "D’accord.", later)
    before = routing.router().route(_request(contested))
    desk.referee(people("a.tech"), contested, "academie", clause(2), "D’accord.", later + timedelta(hours=1))
    row = kept()
    assert (row.state, row.ruled_party, row.grounds) == ("ruled", "academie", f"{clause(2)} {clause(1)}")
    assert row.asks_at is None and ticket(contested).holder_organisation == ACADEMIE
    [one] = precedents.of_cell(*ABOUT)
    assert one.to == "à l’Académie de Toulouse" and [cited.ref for cited in one.citations]
    assert len(precedents.of_cell(*ABOUT, category="cdi")) == 1
    assert precedents.of_cell(*ABOUT, category="professeurs") == () == precedents.of_cell(ABOUT[0], ABOUT[1], "install")
    assert routing.router().route(_request(contested)) == before, "a precedent informs: the clause decides"
    assert {"c11.cmi", "d1.ref"} <= notified("ruled")
    with pytest.raises(errors.StepRefused):
        desk.referee(people("d1.ref"), contested, "departement", clause(), "Non.", later + timedelta(hours=2))


def _request(number: int) -> Any:
    row = ticket(number)
    return routing.request_for(row.etablissement, row.service, row.activity, facts_of(row), row.opened_at)


def test_two_sides_that_disagree_move_nothing_and_the_administrators_are_told_without_the_ticket(
    contested, people, now
):
    later = now + timedelta(hours=4)
    desk.referee(people("d1.ref"), contested, "academie", clause(1), "À eux.", later)
    desk.hand_on(people("d1.agent"), contested, ticket(contested).version, "academie", "autre", "Voyez-le.", later)
    desk.referee(people("a.admin"), contested, "departement", clause(2), "À eux.", later + timedelta(hours=1))
    assert kept().state == "unsettled" and ticket(contested).holder_organisation == ACADEMIE
    assert precedents.of_cell(*ABOUT) == ()
    [subject] = db.session.execute(select(Letter.subject).where(Letter.kind == "contest-unsettled")).scalars()
    assert str(contested) not in subject and "Desaix" not in subject
    [open_one] = shown.unsettled(ACADEMIE)
    assert open_one.said["giver"] == "l’Académie de Toulouse" and "Desaix" not in str(open_one.said)
    assert shown.unsettled("academie-bordeaux") == ()
    # What was decided meanwhile may still be said, and both saying it rules it.
    desk.referee(people("d1.ref"), contested, "departement", clause(1), "Soit.", later + timedelta(days=9))
    assert kept().state == "ruled" and ticket(contested).holder_organisation == DEPARTEMENT
    assert len(db.session.execute(select(ContestVoice.contest_id)).all()) == 2


def test_a_term_that_passes_is_said_and_moves_nothing(contested, people, now):
    row = kept()
    assert desk.lapse(row.term_at - timedelta(seconds=1)) == 0
    assert desk.lapse(row.term_at) == 1 and desk.lapse(row.term_at + timedelta(days=1)) == 0
    assert kept().state == "unsettled" and ticket(contested).holder_organisation == DEPARTEMENT
    said = queries.ticket(perimeter(people("d1.ref")), people("d1.ref"), contested).events[-1]
    assert said.kind == "unsettled" and "l’accord n’en fixe aucun" in said.body_html
    assert len(db.session.execute(select(Letter.id).where(Letter.kind == "contest-unsettled")).all()) == 1


def test_a_contest_of_a_ticket_that_ended_before_a_word_is_dropped(contested, people, now):
    later = now + timedelta(hours=5)
    desk.resolve(people("d1.agent"), contested, 3, "Fait.", later)
    assert desk.lapse(kept().term_at) == 0
    assert kept().state == "dropped"
    assert db.session.execute(select(Letter.id).where(Letter.kind == "contest-unsettled")).all() == []


def test_one_contest_waits_at_a_time_and_a_ruling_stands(contested, people, now):
    later = now + timedelta(hours=4)
    desk.hand_on(people("d1.agent"), contested, 3, "academie", "autre", "Si, à vous.", later)
    with pytest.raises(errors.Invalid, match="attend déjà"):
        desk.contest(people("a.tech"), contested, 4, "Non.", later + timedelta(hours=1), clause())
    desk.referee(people("d1.ref"), contested, "academie", clause(1), "À eux.", later)
    desk.referee(people("a.admin"), contested, "academie", clause(1), "Oui.", later + timedelta(hours=1))
    desk.hand_on(people("a.tech"), contested, ticket(contested).version, "departement", "autre", "Non.", later)
    with pytest.raises(errors.Invalid, match="déjà tranché"):
        desk.contest(people("d1.agent"), contested, ticket(contested).version, "Non.", later, clause())


@pytest.mark.parametrize(
    ("party", "named", "words", "field"),
    [("inventee", True, "Oui.", "party"), ("academie", False, "Oui.", "clause"), ("academie", True, " ", "words")],
)
def test_nothing_is_ruled_without_a_party_a_clause_and_a_reason(contested, people, now, party, named, words, field):
    with pytest.raises(errors.Invalid) as refused:
        desk.referee(
            people("d1.ref"), contested, party, clause() if named else "inventee", words, now + timedelta(hours=3)
        )
    assert list(refused.value.errors) == [field]
    assert kept().state == "open"


def test_who_does_not_see_the_ticket_or_does_not_speak_for_a_side_says_nothing(contested, people, now):
    for sigle, fault in (("c12.cmi", errors.NotFound), ("c11.chef", errors.Refused), ("d1.agent", errors.Refused)):
        with pytest.raises(fault):
            desk.referee(people(sigle), contested, "academie", clause(), "Oui.", now + timedelta(hours=3))
    assert kept().state == "open"
