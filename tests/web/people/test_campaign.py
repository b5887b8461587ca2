"""Test the October campaign over time: opened, answered, reminded, read-only after its term, closed; and its list."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from harness import cast as people
from harness.http import post

from charters.campaign import campaigns
from charters.database import db, writing
from charters.entry import sessions
from charters.people import accounts
from charters.tables.access import Account, Declaration, JournalLine, MandateRow, WebSession
from charters.tables.keys import Letter
from ticketing import jobs
from ticketing.errors import NotFound, Refused
from ticketing.model import Draft
from ticketing.tables import Notice
from ticketing.tickets import desk, pages
from ticketing.web import guards
from ticketing.web.tickets import steps

ACADEMIE = "academie-toulouse"
OPENING = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
TERM, CLOSES = date(2026, 10, 31), date(2026, 11, 30)
DATES = {"term_on": TERM.isoformat(), "closes_on": CLOSES.isoformat()}


def text_of(answer):
    return html.unescape(answer.get_data(as_text=True))


@pytest.fixture
def at(app, cast):
    """Return a function: `at(day, sigle)` gives a client of that person at noon that day; mandates began before."""
    with app.app_context(), writing() as session:
        session.query(MandateRow).update({"starts_on": date(2026, 1, 5)})
    travels = []

    def travel(moment, sigle):
        if isinstance(moment, date) and not isinstance(moment, datetime):
            moment = datetime(moment.year, moment.month, moment.day, 11, 0, tzinfo=UTC)
        while travels:
            travels.pop().stop()
        travels.append(time_machine.travel(moment, tick=False))
        travels[-1].start()
        return people.log_in(app.test_client(), cast[sigle])

    yield travel
    while travels:
        travels.pop().stop()


def night(app, day):
    """Run what the scheduler does in the night that begins that day."""
    with app.app_context():
        return jobs.run("campaign", datetime(day.year, day.month, day.day, 11, 0, tzinfo=UTC))


def mandate(app, sigle):
    with app.app_context():
        row = db.session.query(MandateRow).join(Account).filter(Account.sigle == sigle).order_by(MandateRow.id).first()
        return row.id, row.confirm_by, row.lapses_on, row.ends_on


def letters(app, sigle):
    with app.app_context():
        rows = db.session.query(Letter).join(Account).filter(Account.sigle == sigle, Letter.kind == "campaign")
        return [row.subject for row in rows.order_by(Letter.id)]


def events(app, name):
    with app.app_context():
        return db.session.query(JournalLine).filter_by(event=name).count()


def test_a_campaign_from_its_opening_to_its_end(app, any_app, at):
    admin = at(OPENING, "a.admin")
    assert post(admin, "/administration/campagne", DATES).status_code == 303
    assert post(admin, "/administration/campagne", DATES, follow_redirects=True).status_code == 200
    assert events(app, "campaign.opened") == 1, "once a year"
    assert letters(app, "c11.chef") == ["[Guichet] Qui est en poste dans votre établissement (octobre 2026)"]
    assert mandate(app, "c11.cmi")[1:3] == (TERM, CLOSES) == mandate(app, "c12.cmi")[1:3]
    # A weekly reminder goes to those who have not answered.
    for day, count in ((date(2026, 10, 7), 1), (date(2026, 10, 8), 2), (date(2026, 10, 9), 2), (date(2026, 10, 15), 3)):
        night(app, day)
        assert len(letters(app, "c11.chef")) == count, day
    # The chef confirms a correspondant and says that the other has left.
    chef = at(date(2026, 10, 20), "c11.chef")
    assert "Qui est en poste dans votre collège ?" in text_of(chef.get("/"))
    cmi, reseau = mandate(app, "c11.cmi")[0], mandate(app, "c11.reseau")[0]
    half = post(chef, "/campagne", {f"line-{cmi}": "oui"})
    assert half.status_code == 422 and "Dites si Farida Quérault est toujours en poste." in text_of(half)
    assert f'name="line-{cmi}" value="oui" checked' in text_of(half)
    assert post(chef, "/campagne", {f"line-{cmi}": "oui", f"line-{reseau}": "non"}).status_code == 303
    assert "Qui est en poste dans votre collège ?" not in text_of(chef.get("/"))
    assert mandate(app, "c11.cmi")[1:] == (None, None, None) and mandate(app, "c11.reseau")[1] == TERM
    with app.app_context():
        assert [(row.movement, row.last_name) for row in db.session.query(Declaration)] == [("depart", "Quérault")]
    night(app, date(2026, 10, 29))
    assert len(letters(app, "c11.chef")) == 3, "who has answered is left in peace"
    # The last day of the term counts whole; on the next day, mandates that were not confirmed are read-only.
    assert at(TERM, "c12.cmi").get("/tickets/nouveau").status_code == 200
    late = at(TERM + timedelta(1), "c12.cmi")
    assert late.get("/tickets").status_code == 200 and late.get("/tickets/nouveau").status_code == 404
    assert "Ce mandat ne permet plus que de lire" in text_of(late.get("/tickets"))
    assert at(TERM + timedelta(1), "c11.cmi").get("/tickets/nouveau").status_code == 200
    night(app, TERM + timedelta(1))
    night(app, TERM + timedelta(2))
    assert letters(app, "c12.cmi") == ["[Guichet] Votre mandat n’est pas confirmé"], "told once"
    # After the closing day the campaign is over, even before the scheduler has run.
    assert at(CLOSES, "c12.cmi").get("/tickets").status_code == 200
    over = at(CLOSES + timedelta(1), "c12.cmi")
    assert over.get("/tickets").status_code == 404
    night(app, CLOSES + timedelta(1))
    night(app, CLOSES + timedelta(2))
    assert mandate(app, "c12.cmi")[1:] == (None, None, CLOSES) == mandate(app, "c11.reseau")[1:]
    assert mandate(app, "c11.cmi")[1:] == (None, None, None)
    assert events(app, "campaign.closed") == 1
    assert over.get("/tickets").status_code == 404
    closed = at(CLOSES + timedelta(1), "c11.chef")
    assert post(closed, "/campagne", {f"line-{cmi}": "oui", f"line-{reseau}": "oui"}).status_code == 404


def test_read_only_holds_on_every_path(app, at, cast):
    """A person who is read-only reads the own tickets and writes nothing on them, through the page or the desk."""
    at(TERM, "a.admin")
    with app.app_context():
        campaigns.open_campaign(
            ACADEMIE, {"desaix-tarbes"}, term_on=TERM, closes_on=CLOSES, actor=None, now=datetime.now(UTC)
        )
    person = cast["c11.cmi"]
    draft = Draft(
        title="Écran noir",
        body="Depuis ce matin.",
        etablissement="desaix-tarbes",
        service="inventaire",
        activity="mco",
    )
    at(TERM, "c11.cmi")
    with app.app_context():
        now = datetime.now(UTC)
        number = desk.open_ticket(sessions.actor_of(person.account_id, now=now), draft, [], now)
    late = at(TERM + timedelta(1), "c11.cmi")
    page = late.get(f"/tickets/{number}")
    assert page.status_code == 200 and "Écran noir" in text_of(page)
    with app.app_context():
        now = datetime.now(UTC)
        actor = sessions.actor_of(person.account_id, now=now)
        assert actor.mandate.read_only
        with pytest.raises((Refused, NotFound)):
            desk.open_ticket(actor, draft, [], now)
        with pytest.raises(Refused):
            desk.comment(actor, number, "Toujours noir.", "public", [], now)
    for slug in steps.STEPS:
        post(late, f"/tickets/{number}/{slug}", {"body": "x", "words": "x", "solution": "x", "version": "1"})
    assert text_of(late.get(f"/tickets/{number}")).count('class="event ') == text_of(page).count('class="event ')


def test_nothing_reaches_whom_the_campaign_has_closed_were_the_scheduler_late(app, at, cast):
    """From midnight of the closing day no mail leaves and no ticket is shared, even if the night's job is late."""
    at(OPENING, "a.admin")
    with app.app_context():
        campaigns.open_campaign(
            ACADEMIE, {"desaix-tarbes"}, term_on=TERM, closes_on=CLOSES, actor=None, now=datetime.now(UTC)
        )
    cmi, reseau = cast["c11.cmi"].account_id, cast["c11.reseau"].account_id
    draft = Draft(
        title="Écran noir",
        body="Depuis ce matin.",
        etablissement="desaix-tarbes",
        service="inventaire",
        activity="mco",
    )

    def receipts():
        """Return, for the tickets that c11.cmi opened, whether the mail left after a run of the outbox."""
        with app.app_context():
            now = datetime.now(UTC)
            jobs.run("outbox", now)
            db.session.rollback()
            shared = reseau in dict(pages.network_managers("desaix-tarbes", now))
            mine = db.session.query(Notice).filter_by(recipient_id=cmi, kind="opened").order_by(Notice.id)
            return [row.state for row in mine], shared

    at(TERM, "c11.cmi")
    for day in (TERM, CLOSES):
        at(day, "c11.cmi")
        with app.app_context():
            now = datetime.now(UTC)
            whole = replace(sessions.actor_of(cmi, now=now).mandate, read_only=False)
            desk.open_ticket(replace(sessions.actor_of(cmi, now=now), mandate=whole), draft, [], now)
        if day == TERM:
            assert receipts() == (["sent"], True)
    at(CLOSES + timedelta(1), "a.admin")
    assert receipts() == (["sent", "dropped"], False)


def test_a_late_answer_restores_at_once_and_a_correction_takes_back(app, at):
    with app.app_context():
        campaigns.open_campaign(
            ACADEMIE, {"desaix-tarbes", "victor-hugo-tarbes"}, term_on=TERM, closes_on=CLOSES, actor=None, now=OPENING
        )
    chef, cmi, reseau = at(date(2026, 11, 12), "c11.chef"), mandate(app, "c11.cmi")[0], mandate(app, "c11.reseau")[0]
    assert at(date(2026, 11, 12), "c11.cmi").get("/tickets/nouveau").status_code == 404
    post(chef, "/campagne", {f"line-{cmi}": "non", f"line-{reseau}": "oui"})
    assert at(date(2026, 11, 12), "c11.cmi").get("/tickets/nouveau").status_code == 404
    post(chef, "/campagne", {f"line-{cmi}": "oui", f"line-{reseau}": "oui"})
    assert at(date(2026, 11, 12), "c11.cmi").get("/tickets/nouveau").status_code == 200
    with app.app_context():
        assert db.session.query(Declaration).filter(Declaration.handled_at.is_(None)).count() == 0
    assert events(app, "staff.withdrawn") == 1


def test_it_opens_by_itself_in_october_only_once_and_only_where_guichet_is_used(app, at):
    at(date(2026, 9, 30), "a.admin")
    assert night(app, date(2026, 9, 30)) == 0
    assert night(app, date(2026, 10, 1)) == 1 and night(app, date(2026, 10, 2)) == 0
    with app.app_context():
        view = campaigns.latest(ACADEMIE)
        assert view.by_itself and (view.term_on, view.closes_on) == (TERM, date(2026, 11, 30))
        assert campaigns.latest("academie-poitiers") is None, "nobody there ever had a mandate"
    night(app, date(2026, 12, 1))
    assert night(app, date(2027, 10, 1)) == 1, "and again next year"


def test_the_list_is_the_departement_s_own_by_year_and_no_spreadsheet_computes_it(app, at, cast):
    with app.app_context(), writing() as session:
        session.query(Account).filter_by(sigle="c11.cmi").one().function = '=HYPERLINK("x")'
    with app.app_context():
        campaigns.open_campaign(
            ACADEMIE,
            {"desaix-tarbes", "victor-hugo-tarbes", "les-trois-sources-vallombreuse"},
            term_on=TERM,
            closes_on=CLOSES,
            actor=None,
            now=OPENING,
        )
    referent = at(date(2026, 10, 20), "d1.ref")
    page = text_of(referent.get("/correspondants"))
    assert "Thomas Escalère" in page and "non confirmé" in page
    # The column says « confirmé », since « personne en poste » can be read as a person who is in post.
    assert "sans titulaire" in page and "personne en poste" not in page
    assert "Maëlle Trévignon" not in page, "a collège of another département"
    file = referent.get("/correspondants.csv?annee=2026")
    rows = file.get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert file.status_code == 200 and rows[0].startswith("Collège;Commune;Rôle;Nom")
    assert any("'=HYPERLINK" in row for row in rows) and not any(";=" in row or row.startswith("=") for row in rows)
    assert "Trévignon" not in file.get_data(as_text=True) and events(app, "roster.exported") == 1
    with app.app_context(), writing() as session:
        session.query(WebSession).update({"created_at": datetime.now(UTC) - timedelta(minutes=11)})
    assert referent.get("/correspondants.csv?annee=2026").status_code == 401, "an export of people asks for a proof"
    chef = at(date(2026, 10, 21), "c11.chef")
    cmi, reseau = mandate(app, "c11.cmi")[0], mandate(app, "c11.reseau")[0]
    post(chef, "/campagne", {f"line-{cmi}": "oui", f"line-{reseau}": "non"})
    night(app, CLOSES + timedelta(1))
    with app.app_context():
        accounts.end_account(cast["c11.cmi"].account_id, "2027-01-10", actor=None, now=datetime(2027, 1, 9, tzinfo=UTC))
    later = at(date(2027, 10, 4), "d1.ref")
    night(app, date(2027, 10, 4))
    page = text_of(later.get("/correspondants?annee=2026"))
    assert "Thomas Escalère" in page and "Farida Quérault" not in page, "the list as it was then"
    assert "Thomas Escalère" not in text_of(later.get("/correspondants"))
    assert later.get("/correspondants?annee=2025").status_code == 404
    for sigle in ("c11.chef", "c11.cmi", "d1.agent", "a.tech", "a.lecture"):
        assert at(date(2027, 10, 4), sigle).get("/correspondants.csv").status_code in (303, 404)


def test_dates_are_settable_and_a_collège_may_answer_on_paper(app, at):
    admin = at(OPENING, "a.admin")
    for wrong, field in (
        ({"term_on": "", "closes_on": "2026-11-30"}, "term_on"),
        ({"term_on": "2026-09-30", "closes_on": "2026-11-30"}, "term_on"),
        ({"term_on": "2026-10-31", "closes_on": "2026-10-31"}, "closes_on"),
        ({"term_on": "2026-10-31", "closes_on": "2028-10-31"}, "closes_on"),
        ({"term_on": "demain", "closes_on": "2026-10-31"}, "term_on"),
    ):
        answer = post(admin, "/administration/campagne", wrong)
        assert answer.status_code == 422 and f'id="f-{field}-error"' in text_of(answer), wrong
    post(admin, "/administration/campagne", DATES)
    post(admin, "/administration/campagne/dates", {"term_on": "2026-11-10", "closes_on": "2026-12-15"})
    assert mandate(app, "c12.cmi")[1:3] == (date(2026, 11, 10), date(2026, 12, 15))
    page = text_of(admin.get("/administration/campagne"))
    assert "Aucun chef d’établissement n’a de compte" in page
    number = mandate(app, "c12.cmi")[0]
    assert post(admin, "/administration/campagne/victor-hugo-tarbes", {f"line-{number}": "oui"}).status_code == 303
    assert mandate(app, "c12.cmi")[1:] == (None, None, None)
    assert re.search(r"1 sur \d+", text_of(admin.get("/administration/campagne")))
    assert admin.get("/administration/campagne/nulle-part").status_code == 404


def test_nobody_answers_for_another_collège_nor_opens_for_another_académie(app, at, actor_as):
    with app.app_context():
        number = campaigns.open_campaign(
            ACADEMIE, {"desaix-tarbes", "victor-hugo-tarbes"}, term_on=TERM, closes_on=CLOSES, actor=None, now=OPENING
        )
        for sigle in ("c11.chef", "c11.cmi", "d1.ref", "a.tech"):
            with pytest.raises(NotFound):
                campaigns.answer(number, "victor-hugo-tarbes", {}, actor=actor_as(sigle), now=OPENING)
        for sigle in ("c11.chef", "d1.ref", "a.tech", "a.admin"):
            with pytest.raises(Refused):
                campaigns.open_campaign(
                    "academie-poitiers", {"x"}, term_on=TERM, closes_on=CLOSES, actor=actor_as(sigle), now=OPENING
                )
    for sigle, page in (
        ("c11.chef", "/administration/campagne"),
        ("d1.ref", "/administration/campagne"),
        ("c11.cmi", "/campagne"),
        ("a.tech", "/campagne"),
    ):
        client = at(OPENING, sigle)
        assert client.get(page).status_code == 404 and post(client, page, DATES).status_code == 404


def test_the_pages_are_accessible_and_narrow(live, cast, browser_page, axe):
    now = datetime.now(UTC)
    with live.app.app_context():
        campaigns.open_campaign(
            ACADEMIE,
            {"desaix-tarbes", "victor-hugo-tarbes"},
            term_on=now.date() + timedelta(5),
            closes_on=now.date() + timedelta(30),
            actor=None,
            now=now,
        )
    for sigle in ("a.admin", "c11.chef", "d1.ref"):
        browser_page.set_viewport_size({"width": 1280, "height": 900})
        with live.app.app_context():
            cookie = {"name": guards.cookie_name(), "value": people.new_session(cast[sigle]), "url": live.url}
        browser_page.context.add_cookies([cookie])
        browser_page.goto(live.url + "/campagne")  # each is redirected to the own page
        browser_page.get_by_text("Thomas Escalère").first.wait_for()
        axe(browser_page, f"campagne-{sigle}")
        browser_page.set_viewport_size({"width": 320, "height": 700})
        axe(browser_page, f"campagne-{sigle}-320")


def test_what_opens_by_itself_in_october_is_not_promised_after_it(at):
    """After October the page no longer promises that the campaign « s’ouvre d’elle-même le 1er octobre »."""
    for day, promised in (
        (date(2026, 9, 20), True),
        (date(2026, 10, 5), True),
        (date(2026, 11, 26), False),
        (date(2027, 2, 1), False),
    ):
        page = text_of(at(day, "a.admin").get("/administration/campagne"))
        assert "Ouvrir la campagne" in page and ("s’ouvre d’elle-même le 1" in page) is promised, day
