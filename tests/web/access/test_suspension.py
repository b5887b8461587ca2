"""Test CHA-05: the académie suspends a département's access (VIII), then lifts the suspension ten minutes later."""

from __future__ import annotations

import base64
import html
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from harness import cast as people
from harness.apps import build_app
from harness.http import csrf, post

from charters.database import db, writing
from charters.entry import links, sessions
from charters.keys import otp
from charters.people import accounts
from charters.tables.access import Account, JournalLine, WebSession
from ticketing import jobs
from ticketing.model import Draft, Facts
from ticketing.tables import Notice, Ticket, TicketEvent
from ticketing.tickets import desk
from ticketing.web import guards

D1, D2 = "departement-hautes-pyrenees", "departement-arbizonne"
PAGE = "/administration/collectivites"
NOW = datetime.now(UTC).replace(microsecond=0)


def enter(app, person, now):
    """Log in by the form, with the code of the time `now`."""
    client = app.test_client()
    code = otp.code_at(base64.b32decode(person.otp_secret), otp.step_at(now))
    answer = client.post(
        "/connexion",
        data={
            "csrf_token": csrf(client),
            "sigle": person.sigle,
            "pin": person.pin,
            "code": code,
        },
    )
    return client, answer


def alive(client):
    return client.get("/compte").status_code == 200


def opened(place, who):
    """Return a ticket of that collège, held by its département."""
    draft = Draft(
        title=f"Baie de {place}",
        body="Un voyant rouge.",
        etablissement=place,
        service="infrastructure-reseau",
        activity="mco",
        facts=Facts(),
    )
    return desk.open_ticket(people.actor(who), draft, [], NOW)


def states(sigle):
    rows = (
        db.session.query(Notice.state)
        .join(Account, Account.id == Notice.recipient_id)
        .filter(Account.sigle == sigle)
        .order_by(Notice.id)
    )
    return [row.state for row in rows]


def counts():
    return tuple(db.session.query(table).count() for table in (Ticket, TicketEvent))


@pytest.fixture
def five(app, cast):
    """Return five people of the département at work, on two processes."""
    with app.app_context(), writing():
        made = []
        for number in range(3):
            form = accounts.AccountForm(
                f"d1.renfort{number}",
                "Renfort",
                f"Numéro {number}",
                "Département",
                f"d1.renfort{number}@guichet.example",
                "Technicien",
                D1,
                True,
            )
            made.append(accounts.create_account(form, actor=None, now=NOW))
            accounts.add_mandate(made[-1], "technicien-departement", D1, NOW.date() - timedelta(1), actor=None, now=NOW)
        made += [cast["d1.ref"].account_id, cast["d1.agent"].account_id]
    return made


def test_cha_05_a_suspended_departement_is_out_at_once_and_comes_back_without_its_old_sessions(
    app,
    settings,
    cast,
    client_as,
    five,
):
    """Suspend five people at work, with an export under way and three mails waiting; lift it after ten minutes.

    Sessions are dead at their next request (within 60 s) on every process, and logins are refused like any other. Mails
    to its people are kept aside and sent after the lift; the export is not delivered. D2 is not affected, nothing is
    lost, and the old cookies stay dead.

    Incoming mails of the département wait for the issue that builds the mail gateway, and scheduled reports for theirs.
    Exports are made during the request: none is ever under way unattended.
    """
    other = build_app(settings)
    admin, other_departement = client_as("a.admin"), client_as("d2.agent")
    workers = []
    for rank, account in enumerate(five):
        process = other if rank % 2 else app
        client = process.test_client()
        with process.app_context():
            entered = sessions.open_session(account, zone="internet", now=datetime.now(UTC))
            client.set_cookie(guards.cookie_name(), entered.token)
        workers.append(client)
    assert all(alive(client) for client in workers)
    referent = client_as("d1.ref")
    with app.app_context():
        number, *_ = [opened("desaix-tarbes", cast["c11.cmi"]) for _ in range(3)]
        opened("les-trois-sources-vallombreuse", cast["c21.cmi"])
        assert states("d1.agent") == ["pending"] * 3 and states("d2.agent") == ["pending"]
        before = counts()
        jobs.run("facts", NOW)
        token = links.make(cast["d1.agent"].account_id, "pin", now=NOW)
        db.session.commit()

    export = "/chiffres/services.csv?periode=tout"
    assert referent.get(export).status_code == 200

    answer = post(admin, f"{PAGE}/suspendre", {"organisation": D1, "reason": "Charte non respectée."})
    assert answer.status_code == 303
    assert not any(alive(client) for client in [*workers, referent])
    # No process delivers the export, nor does any other page that was open.
    for address in (export, "/tickets", "/correspondants.csv", "/session"):
        answer = referent.get(address)
        assert answer.status_code == 303 and answer.headers["Location"].startswith("/connexion")
    answer = post(workers[-1], f"/tickets/{number}/commenter", {"commenter-texte": "Un mot de trop."})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/connexion")
    with app.app_context():
        assert not db.session.query(TicketEvent).filter(TicketEvent.body.contains("Un mot de trop.")).count()
    # Nobody logs in by any method, and the refusal is the usual one.
    minute = datetime.now(UTC)
    refused = enter(app, cast["d1.agent"], minute)[1]
    stranger = app.test_client()
    wrong = stranger.post(
        "/connexion",
        data={
            "csrf_token": csrf(stranger),
            "sigle": "personne",
            "pin": "faux",
            "code": "000000",
        },
    )
    assert refused.status_code == wrong.status_code == 401
    assert sentence(refused) == sentence(wrong)
    assert app.test_client().get(f"/code-pin/{token}").status_code == 404
    with app.app_context():
        assert jobs.run("outbox", minute) >= 1
        assert states("d1.agent") == ["pending"] * 3, "kept aside"
        assert states("d2.agent") == ["sent"] and states("c11.cmi") == ["sent"] * 3
    # D2 works on: the same session, the same ticket, its own mail.
    assert alive(other_departement) and other_departement.get("/tickets").status_code == 200

    later = minute + timedelta(minutes=10)
    with time_machine.travel(later, tick=False):
        admin = client_as("a.admin")
        assert post(admin, f"{PAGE}/retablir", {"organisation": D1}).status_code == 303
        assert not any(alive(client) for client in [*workers, referent]), "old cookies stay dead"
        client, answer = enter(app, cast["d1.agent"], later)
        assert answer.status_code == 303 and client.get("/tickets").status_code == 200
        with app.app_context():
            assert jobs.run("outbox", later) >= 3
            assert states("d1.agent") == ["sent"] * 3, "each once, after"
            assert counts() == before, "nothing was lost nor made"
            assert (
                db.session.query(WebSession)
                .filter(WebSession.account_id.in_(five), WebSession.closed_at.is_(None))
                .count()
                == 1
            )
            for event in ("organisation.suspended", "organisation.restored"):
                assert db.session.query(JournalLine).filter_by(event=event, subject=D1).count() == 1
    with other.app_context():
        db.engine.dispose()


def test_a_mandate_on_a_suspended_departement_shows_nothing_to_whom_is_attached_elsewhere(app, cast, client_as):
    """A suspension closes the département's access for everyone: for mandates on it as well as for its own people.

    A provider's technician works for two départements and belongs to one of them.
    """
    admin, account = client_as("a.admin"), cast["d2.agent"].account_id
    with app.app_context():
        mandate = accounts.add_mandate(
            account, "technicien-departement", D1, NOW.date() - timedelta(1), actor=None, now=NOW
        )
        number = opened("desaix-tarbes", cast["c11.cmi"])
    client = client_as("d2.agent")

    def at_work():
        """Whether the ticket is visible, after activating the mandate where that is possible."""
        taken = post(client, "/mandat", {"mandate": str(mandate)}).status_code == 303
        return taken, client.get(f"/tickets/{number}").status_code == 200

    def explained():
        asked = post(admin, "/administration/visibilite", {"sigle": "d2.agent", "number": str(number)})
        return re.search(rf'id="mandat-{mandate}".*?class="tag[^>]*>(?:<[^>]*>)*([^<]*)<', words(asked), re.S)[1]

    assert at_work() == (True, True) and explained() == "voit le ticket"
    assert post(admin, f"{PAGE}/suspendre", {"organisation": D1, "reason": "Charte non respectée."}).status_code == 303
    assert client.get(f"/tickets/{number}").status_code == 404, "the active mandate is another at once"
    assert at_work() == (False, False) and alive(client) and explained() == "accès suspendu"
    with app.app_context():
        actor = sessions.actor_of(account, now=datetime.now(UTC))
        assert actor.mandate.scope_id != D1
        jobs.run("outbox", NOW)
        assert states("d2.agent") == ["pending"], "the mail of that mandate is kept aside"
    assert post(admin, f"{PAGE}/retablir", {"organisation": D1}).status_code == 303
    assert at_work() == (True, True)
    with app.app_context():
        jobs.run("outbox", NOW + timedelta(minutes=10))
        assert states("d2.agent") == ["sent"]


def words(answer):
    return html.unescape(answer.get_data(as_text=True))


def sentence(answer):
    return html.unescape(answer.get_data(as_text=True)).split('class="alert-title"')[1].split("</div>")[0]


def test_a_login_at_the_very_moment_of_the_suspension_opens_nothing_that_lasts(app, cast, client_as):
    """A session opened by a login during the suspension has the former generation: it is dead, even if written last."""
    person = cast["d1.agent"]
    with app.app_context():
        before = db.session.get(Account, person.account_id).generation
    assert post(client_as("a.admin"), f"{PAGE}/suspendre", {"organisation": D1, "reason": "x"}).status_code == 303
    client = people.log_in(app.test_client(), person)  # a row, as if the login's own transaction had come last
    with app.app_context(), writing() as session:
        session.query(WebSession).filter_by(account_id=person.account_id, closed_at=None).update({"generation": before})
    assert not alive(client)
    assert post(client_as("a.admin"), f"{PAGE}/retablir", {"organisation": D1}).status_code == 303
    assert not alive(client)


@pytest.mark.parametrize("sigle", ["d1.ref", "c11.chef", "a.tech", "d2.agent"])
def test_nobody_else_suspends_nor_lifts(client_as, sigle):
    client = client_as(sigle)
    for step in ("suspendre", "retablir"):
        assert post(client, f"{PAGE}/{step}", {"organisation": D2, "reason": "x"}).status_code == 404
    assert client.get(PAGE).status_code == 404
