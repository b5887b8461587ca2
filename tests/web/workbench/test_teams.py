"""Teams inside a side: who makes them, who reads them, the filter, and the rules that give new tickets."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import delete, select, update

from charters.database import db, writing
from charters.days import today
from charters.people import accounts
from charters.tables.access import Account, JournalLine, MandateRow, Signature
from ticketing import jobs
from ticketing.errors import Invalid, NotFound, Refused
from ticketing.model import Draft, Facts
from ticketing.tables import Team, TeamMember, Ticket, TicketEvent
from ticketing.tickets import desk
from ticketing.workbench import absences, forgetting, teams

NOW = datetime.now(UTC)


def said(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True)).replace("\xa0", " ")


def made(actor: Any, people: list[int], rule: str = "", name: str = "Nord", **covers: set[str]) -> None:
    chosen = {"people": {str(one) for one in people}, "places": set(), "services": set(), **covers}
    teams.save(actor, 0, {"name": name, "rule": rule}, chosen, NOW - timedelta(minutes=1))


def opened(actor_as: Any, minutes: int = 0) -> int:
    draft = Draft(
        title="Poste en panne",
        body="Rien.",
        etablissement="desaix-tarbes",
        service="equipement-bureautique",
        activity="mco",
        facts=Facts(user_category="professeurs", acquired_by="departement"),
    )
    return desk.open_ticket(actor_as("c11.cmi"), draft, [], datetime.now(UTC) - timedelta(minutes=minutes))


def charge(number: int) -> Any:
    found = db.session.scalar(select(Ticket.assignee_id).where(Ticket.number == number))
    db.session.rollback()
    return found


def test_a_référent_makes_a_team_and_its_people_come_first(
    any_app: Any, client_as: Any, cast: Any, number: int
) -> None:
    ref, agent = client_as("d1.ref"), cast["d1.agent"].account_id
    assert "Nouvelle équipe" in said(ref.get("/equipe")) and ref.get("/equipe/0").status_code == 200
    form = {"nom": "Tarbes", "regle": "turn", "personnes": str(agent), "lieux": "desaix-tarbes"}
    assert post(ref, "/equipe/0", form).status_code == 303
    with any_app.app_context():
        team = db.session.scalars(select(Team)).one()
        number_of, rule = team.id, team.rule
        assert rule == "turn" and team.ruled_at is not None and team.side == "departement-hautes-pyrenees"
        assert "team.saved" in db.session.scalars(select(JournalLine.event))
    page = said(client_as("d1.agent").get("/equipe"))
    assert "Tarbes" in page and "1 établissement, tous les sujets" in page and "Nouvelle équipe" not in page
    assert "0 en charge · Tarbes" in said(ref.get(f"/tickets/{number}?etape=attribuer"))
    again = said(ref.get(f"/equipe/{number_of}"))
    assert 'value="desaix-tarbes" checked' in again or 'checked value="desaix-tarbes"' in again or "checked" in again
    assert post(ref, f"/equipe/{number_of}/retirer", {}).status_code == 303
    with any_app.app_context():
        assert db.session.scalars(select(Team.id)).all() == [] == db.session.scalars(select(TeamMember.team_id)).all()


def test_a_team_without_people_or_name_is_refused_and_what_was_typed_is_kept(app: Any, client_as: Any) -> None:
    refused = post(client_as("d1.ref"), "/equipe/0", {"nom": " ", "regle": "ailleurs", "lieux": "desaix-tarbes"})
    page = said(refused)
    assert refused.status_code == 422
    for told in ("Donnez un nom", "Choisissez une règle", "au moins une personne"):
        assert told in page, told


def test_the_subjects_are_offered_in_plain_words_and_families_open_where_one_is_ticked(client_as: Any) -> None:
    page = said(client_as("d1.ref").get("/equipe/0"))
    assert "Un ordinateur, une imprimante, un vidéoprojecteur" in page and "Internet et réseau" in page
    assert "TBI, VNI" not in page, "the agreement’s own label"
    assert "coché" not in page.replace("Rien de coché", "") and '<details class="picker-group" open>' not in page
    places = ["desaix-tarbes", "victor-hugo-tarbes"]
    kept = {"nom": "", "regle": "", "sujets": "equipement-bureautique", "lieux": places}
    page = said(post(client_as("d1.ref"), "/equipe/0", kept))
    assert page.count('<details class="picker-group" open>') == 2
    assert "(1 coché)" in page and "(2 cochés)" in page


def test_security_no_other_side_reads_or_changes_a_team(any_app: Any, client_as: Any, actor_as: Any, cast: Any) -> None:
    with any_app.app_context():
        made(actor_as("d1.ref"), [cast["d1.agent"].account_id], name="JONQUILLE")
        number = db.session.scalars(select(Team.id)).one()
        db.session.rollback()
        for stranger in ("a.admin", "c11.chef"):
            with pytest.raises(NotFound):
                teams.remove(actor_as(stranger), number, NOW)
        with pytest.raises(Refused):
            teams.remove(actor_as("d1.agent"), number, NOW)
        with pytest.raises(Invalid):  # nobody of another side can be made a member
            made(actor_as("c11.chef"), [cast["d1.agent"].account_id])
    for stranger in ("a.admin", "c11.chef", "d2.agent", "c11.cmi"):
        client = client_as(stranger)
        assert "JONQUILLE" not in said(client.get("/equipe")), stranger
        assert client.get(f"/equipe/{number}").status_code == 404, stranger
        assert post(client, f"/equipe/{number}", {"nom": "x", "personnes": "1"}).status_code in (403, 404), stranger
    with any_app.app_context():
        assert db.session.scalars(select(Team.name)).all() == ["JONQUILLE"]


def test_the_filter_shows_what_the_team_covers_or_has(any_app: Any, client_as: Any, actor_as: Any, cast: Any) -> None:
    with any_app.app_context():
        first, second = opened(actor_as), opened(actor_as)
        made(actor_as("d1.ref"), [cast["d1.agent"].account_id], places={"desaix-tarbes"}, services={"ent"})
    agent, ref = client_as("d1.agent"), client_as("d1.ref")
    row = f'id="t{first}"'
    assert row in said(agent.get("/tickets")) and row not in said(agent.get("/tickets?equipe=1"))
    with any_app.app_context():
        desk.take_charge(actor_as("d1.agent"), first, 1, NOW)
    assert row in said(agent.get("/tickets?equipe=1")), "a member has it in charge"
    assert "Mon équipe" in said(agent.get("/tickets?equipe=1"))
    assert row not in said(ref.get("/tickets?equipe=1")), "who is of no team has none"
    with any_app.app_context():
        made(actor_as("d1.ref"), [cast["d1.agent"].account_id], name="Sud")
    assert f'id="t{second}"' in said(agent.get("/tickets?equipe=1&q=poste")), "a team that covers everything"


def test_no_rule_gives_nothing_and_a_rule_gives_what_comes_after_it(
    any_app: Any, client_as: Any, actor_as: Any, cast: Any
) -> None:
    people = [cast["d1.agent"].account_id, cast["d1.ref"].account_id]
    with any_app.app_context():
        made(actor_as("d1.ref"), people)
        old = opened(actor_as, minutes=30)
        assert jobs.run("give", NOW) == 0, "by hand, unless a référent sets a rule"
        with writing() as session:
            session.execute(update(Team).values(rule="turn", ruled_at=NOW - timedelta(minutes=5)))
        numbers = [opened(actor_as) for _ in range(4)]
        assert jobs.run("give", datetime.now(UTC)) == 4
        given = [charge(one) for one in numbers]
        assert set(given) == set(people) and given[0] == given[2] != given[1] == given[3], "each in turn"
        assert charge(old) is None, "what waited before the rule waits for people"
        assert jobs.run("give", datetime.now(UTC)) == 0
        entry = db.session.scalars(select(TicketEvent).where(TicketEvent.kind == "assigned")).first()
        assert entry is not None and entry.author_name == "Guichet" and "Nord" not in str(entry.data)
        line = db.session.scalars(select(JournalLine).where(JournalLine.event == "ticket.assigned")).first()
        assert line is not None and json.loads(line.details)["rule"] == "à tour de rôle"
    page = said(client_as("c11.cmi").get(f"/tickets/{numbers[0]}"))
    assert "Selon la règle d’attribution de sa partie : à tour de rôle." in page and "Nord" not in page


def test_the_least_loaded_gets_the_next(any_app: Any, actor_as: Any, cast: Any) -> None:
    agent, ref = cast["d1.agent"].account_id, cast["d1.ref"].account_id
    with any_app.app_context():
        for _ in range(2):
            desk.take_charge(actor_as("d1.agent"), opened(actor_as, 30), 1, NOW)
        made(actor_as("d1.ref"), [agent, ref], "load")
        numbers = [opened(actor_as) for _ in range(2)]
        assert jobs.run("give", datetime.now(UTC)) == 2
        assert [charge(one) for one in numbers] == [ref, ref]


def away(agent: Any) -> None:
    day = today(NOW).isoformat()
    absences.say(agent, {"first": day, "last": day}, False, NOW)


def unsigned(agent: Any) -> None:
    with writing() as session:
        session.execute(delete(Signature).where(Signature.account_id == agent.account_id))


def locked(agent: Any) -> None:
    with writing() as session:
        session.execute(update(Account).where(Account.id == agent.account_id).values(locked_at=NOW))


def ended(agent: Any) -> None:
    with writing() as session:
        session.execute(
            update(MandateRow)
            .where(MandateRow.account_id == agent.account_id)
            .values(ends_on=today(NOW) - timedelta(days=1))
        )


def unconfirmed(agent: Any) -> None:
    with writing() as session:
        session.execute(
            update(MandateRow)
            .where(MandateRow.account_id == agent.account_id)
            .values(confirm_by=today(NOW) - timedelta(days=1))
        )


@pytest.mark.parametrize("barred", [away, unsigned, locked, ended, unconfirmed])
@pytest.mark.parametrize("rule", ["turn", "load"])
def test_security_a_rule_gives_to_nobody_who_is_away_or_may_not_work(
    any_app: Any, actor_as: Any, cast: Any, barred: Any, rule: str
) -> None:
    with any_app.app_context():
        agent, ref = actor_as("d1.agent"), cast["d1.ref"].account_id
        made(actor_as("d1.ref"), [agent.account_id], rule)
        number = opened(actor_as)
        barred(agent)
        assert jobs.run("give", datetime.now(UTC)) == 0 and charge(number) is None
        made(actor_as("d1.ref"), [agent.account_id, ref] if barred is away else [ref], rule, name="Tous")
        with writing() as session:
            session.execute(update(Team).values(ruled_at=NOW - timedelta(minutes=5)))
        assert jobs.run("give", datetime.now(UTC)) == 1 and charge(number) == ref


def test_security_a_suspended_side_is_given_nothing_and_no_other_side_s_ticket_is_given(
    any_app: Any, actor_as: Any, cast: Any
) -> None:
    with any_app.app_context():
        made(actor_as("d1.ref"), [cast["d1.agent"].account_id], "turn")
        made(actor_as("c11.chef"), [cast["c11.cmi"].account_id], "turn")
        number = opened(actor_as)
        accounts.suspend_organisation(
            "departement-hautes-pyrenees", reason="Essai.", actor=actor_as("a.admin"), now=datetime.now(UTC)
        )
        assert jobs.run("give", datetime.now(UTC)) == 0 and charge(number) is None


def test_what_a_team_does_not_cover_waits_for_people(any_app: Any, actor_as: Any, cast: Any) -> None:
    with any_app.app_context():
        agent, ref = cast["d1.agent"].account_id, cast["d1.ref"].account_id
        made(actor_as("d1.ref"), [agent], "turn", services={"ent"})
        number = opened(actor_as)
        assert jobs.run("give", datetime.now(UTC)) == 0 and charge(number) is None
        made(actor_as("d1.ref"), [ref], "turn", name="Postes", services={"equipement-bureautique"})
        made(actor_as("d1.ref"), [agent], "turn", name="Le reste")
        number = opened(actor_as)
        assert jobs.run("give", datetime.now(UTC)) >= 1 and charge(number) == ref, "the closest team"


def test_who_is_forgotten_is_of_no_team(any_app: Any, actor_as: Any, cast: Any) -> None:
    with any_app.app_context():
        agent = cast["d1.agent"].account_id
        made(actor_as("d1.ref"), [agent], "turn")
        with writing() as session:
            session.execute(update(Team).values(last_account=agent))
            forgetting.forget_person(session, agent)
        assert db.session.scalars(select(TeamMember.account_id)).all() == []
        assert db.session.scalars(select(Team.last_account)).all() == [None]
