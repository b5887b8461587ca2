"""Test interruptions (annexe 6, 3.1) and the maintenance of Guichet itself: CHA-07."""

from __future__ import annotations

import base64
import html
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
import time_machine
from harness import cast as people
from harness.apps import build_app
from harness.commands import command
from harness.http import post

from charters.database import db, writing
from charters.entry import sessions
from charters.keys import otp
from charters.tables.access import Account, JournalLine, MandateRow, WebSession
from charters.tables.keys import Letter
from ticketing import jobs
from ticketing.errors import NotFound, Refused
from ticketing.hours import setting, shapes
from ticketing.interruptions import announcing, banners, drafting, exams
from ticketing.interruptions.tables import Interruption
from ticketing.model import Draft
from ticketing.operation import maintenance
from ticketing.tables import Notice
from ticketing.tickets import desk
from ticketing.web import guards

PAGE = "/administration/interruptions"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Paris
TYPED = {
    "title": "Accès à internet",
    "words": "Enregistrez votre travail avant.",
    "starts_on": "2026-11-28",
    "starts_time": "09:00",
    "ends_on": "2026-11-28",
    "ends_time": "12:00",
    "services": "raccordement-internet",
    "party": "",
    "notice": "72",
}


def text_of(answer):
    return html.unescape(answer.get_data(as_text=True))


@pytest.fixture
def at(app, cast):
    """Return a function: `at(moment, sigle)` gives a client of that person, at that moment."""
    with app.app_context(), writing() as session:
        session.query(MandateRow).update({"starts_on": date(2026, 1, 5)})
    travels = []

    def travel(moment, sigle):
        while travels:
            travels.pop().stop()
        travels.append(time_machine.travel(moment, tick=False))
        travels[-1].start()
        banners.forget()
        return people.log_in(app.test_client(), cast[sigle])

    yield travel
    while travels:
        travels.pop().stop()


def told(app, kind="interruption"):
    with app.app_context():
        rows = db.session.query(Account.sigle).join(Letter, Letter.account_id == Account.id)
        return sorted(row.sigle for row in rows.filter(Letter.kind == kind))


def events(app, name):
    with app.app_context():
        return [json.loads(line.details).get("annonce") for line in db.session.query(JournalLine).filter_by(event=name)]


def announced(client, **changes):
    return post(client, f"{PAGE}/nouvelle", TYPED | {"etape": "confirmer", "places": PLACES} | changes)


PLACES = ["desaix-tarbes", "victor-hugo-tarbes"]


@pytest.fixture
def guichet(app, settings):
    return command(settings)


def test_what_it_touches_and_falls_upon_is_shown_before_anything_is_announced(app, at, actor_as):
    admin = at(NOW, "a.admin")
    with app.app_context():
        exams.add_exam("Brevet blanc", "2026-11-26", "", actor=actor_as("a.admin"), now=NOW)
        week = {f"{day}_1": "08:00" for day in shapes.DAYS[:5]} | {f"{day}_2": "17:30" for day in shapes.DAYS[:5]}
        setting.set_hours(
            actor_as("a.admin"), {"since": "2026-11-24", "territory": "metropole", "zone": "", **week}, NOW
        )
    seen = post(
        admin,
        f"{PAGE}/nouvelle",
        TYPED
        | {
            "starts_on": "2026-11-26",
            "ends_on": "2026-11-26",
            "etape": "voir",
        },
    )
    page = text_of(seen)
    assert seen.status_code == 200 and "Brevet blanc" in page and "temps scolaire (zone C)" in page
    assert "Elle prend sur les heures d’ouverture : 3\u00a0h de l’Académie de Toulouse." in page
    assert 'value="desaix-tarbes" checked' in page and "Département des Hautes-Pyrénées" in page
    with app.app_context():
        assert db.session.query(Interruption).count() == 0, "nothing is written before it is confirmed"
    quiet = text_of(post(admin, f"{PAGE}/nouvelle", TYPED | {"etape": "voir"}))
    assert "Rien à signaler" in quiet
    # Only what the party holds itself is counted, nothing of another party's.
    held = text_of(
        post(
            admin,
            f"{PAGE}/nouvelle",
            TYPED
            | {
                "services": [],
                "party": "academie",
                "etape": "voir",
                "starts_on": "2026-11-28",
            },
        )
    )
    hints = re.findall(r'id="f-place-\d+-hint">([^<]*)', held)
    assert hints and all("Département" not in hint.split(" ; et")[0] for hint in hints)
    assert announced(admin).status_code == 303
    clash = text_of(post(admin, f"{PAGE}/nouvelle", TYPED | {"etape": "voir", "title": "Autre"}))
    assert "«\u00a0Accès à internet\u00a0»" in clash


def test_people_concerned_are_told_at_the_notice_period_and_read_it_on_their_pages(app, any_app, at):
    """CHA-07, first part: mail and banner at the notice period, for the people concerned and for nobody else."""
    admin = at(NOW, "a.admin")
    assert announced(admin).status_code == 303
    before = datetime(2026, 11, 25, 7, 59, tzinfo=UTC)  # a minute before the notice period of three days begins
    at(before, "a.admin")
    with app.app_context():
        assert jobs.run("interruptions", before) == 0
    assert "Interruption annoncée" not in text_of(at(before, "c11.cmi").get("/"))
    reached = before + timedelta(minutes=1)
    at(reached, "a.admin")
    with app.app_context():
        assert jobs.run("interruptions", reached) > 0 and jobs.run("interruptions", reached) == 0
    assert {"c11.cmi", "c11.chef", "c11.reseau", "c12.cmi", "d1.agent", "d1.ref", "a.admin"} <= set(told(app))
    assert not {"c21.cmi", "d2.agent", "x.fin", "x.susp"} & set(told(app)) and len(set(told(app))) == len(told(app))
    for sigle, shown in (("c11.cmi", True), ("d1.agent", True), ("c21.cmi", False), ("d2.agent", False)):
        client = at(reached, sigle)
        page = text_of(client.get("/", follow_redirects=True))
        assert ("Interruption annoncée : Accès à internet" in page) is shown, sigle
    assert "Enregistrez votre travail avant." in text_of(at(reached, "c11.cmi").get("/tickets"))


def test_announced_and_real_times_are_kept_and_one_without_a_word_is_flagged(app, any_app, at):
    admin = at(NOW, "a.admin")
    announced(admin)
    begins = datetime(2026, 11, 28, 8, 12, tzinfo=UTC)
    admin = at(begins, "a.admin")
    number = re.search(r"/interruptions/(\d+)/commencer", text_of(admin.get(PAGE)))[1]
    assert post(admin, f"{PAGE}/{number}/terminer", follow_redirects=True).status_code == 200
    assert post(admin, f"{PAGE}/{number}/commencer").status_code == 303
    assert "En cours : Accès à internet" in text_of(at(begins, "c11.cmi").get("/tickets"))
    admin = at(begins + timedelta(hours=1), "a.admin")
    assert post(admin, f"{PAGE}/{number}/terminer").status_code == 303
    assert "Accès à internet" not in text_of(at(begins + timedelta(hours=1), "c11.cmi").get("/tickets"))
    with app.app_context():
        row = db.session.get(Interruption, int(number))
        assert (row.starts_at, row.started_at) == (datetime(2026, 11, 28, 8, tzinfo=UTC), begins)
        assert (row.ends_at, row.ended_at) == (datetime(2026, 11, 28, 11, tzinfo=UTC), begins + timedelta(hours=1))
    assert len(events(app, "interruption.started")) == 1 and events(app, "interruption.unannounced") == []
    late = {"nature": "en-cours", "title": "Coupure du NAS"}
    admin = at(begins + timedelta(hours=2), "a.admin")
    assert announced(admin, **late, ends_on="2026-11-28", ends_time="23:00").status_code == 303
    assert events(app, "interruption.unannounced") == ["non annoncée"]
    assert "non annoncée" in text_of(admin.get(PAGE)) and "c11.cmi" in told(app)


def test_one_that_begins_without_a_word_wants_a_proof_as_any_that_begins(app, at, cast, settings):
    """An interruption of Guichet stops it for everyone: an old session may not begin one without a fresh proof."""
    admin = at(NOW, "a.admin")
    with app.app_context(), writing() as session:
        session.query(WebSession).update({"created_at": NOW - timedelta(minutes=12), "proved_at": None})
    late = {"nature": "en-cours", "title": "Guichet", "whole": "1", "ends_on": "2026-11-24", "ends_time": "23:00"}
    asked = announced(admin, **late)
    assert asked.status_code == 401 and "Confirmez que c’est bien vous" in text_of(asked)
    assert events(app, "interruption.unannounced") == [] and maintenance.stopped(settings.data_dir) is None
    person = cast["a.admin"]
    code = otp.code_at(base64.b32decode(person.otp_secret), otp.step_at(NOW) + 1)
    proved = announced(admin, **late, preuve="1", preuve_pin=person.pin, preuve_code=code)
    assert proved.status_code == 303 and maintenance.stopped(settings.data_dir) is not None


def test_one_that_runs_is_reported_with_the_very_fields_of_its_form(app, at):
    """An interruption that already runs needs no notice period, and the form without one is accepted."""
    admin = at(NOW, "a.admin")
    page = admin.get(f"{PAGE}/nouvelle?en-cours=1").get_data(as_text=True)
    fields = set(re.findall(r'name="([a-z_]+)"', page.split("<main")[1]))
    assert "title" in fields and "notice" not in fields and "starts_on" not in fields
    late = TYPED | {"nature": "en-cours", "ends_on": "2026-11-24", "ends_time": "23:00"}
    typed = {name: value for name, value in late.items() if name in fields}
    seen = post(admin, f"{PAGE}/nouvelle", typed | {"etape": "voir"})
    assert seen.status_code == 200 and "Signaler maintenant" in text_of(seen)
    sent = post(admin, f"{PAGE}/nouvelle", typed | {"etape": "confirmer", "places": PLACES})
    assert sent.status_code == 303, text_of(sent)
    assert events(app, "interruption.unannounced") == ["non annoncée"]


def test_every_fault_at_its_field_and_nothing_typed_lost(app, at):
    admin = at(NOW, "a.admin")
    for wrong, field in (
        ({"title": " "}, "title"),
        ({"starts_on": "2026-11-20"}, "starts_on"),
        ({"ends_time": "08:00"}, "ends_on"),
        ({"ends_on": "2027-11-28"}, "ends_on"),
        ({"starts_time": "midi"}, "starts_time"),
        ({"services": []}, "services"),
        ({"services": "rien"}, "services"),
        ({"party": "region"}, "party"),
        ({"notice": "1"}, "notice"),
        ({"words": "x" * 2001}, "words"),
    ):
        answer = post(admin, f"{PAGE}/nouvelle", TYPED | {"etape": "voir"} | wrong)
        assert answer.status_code == 422 and f'href="#f-{field}"' in text_of(answer), wrong
        assert "2026-11-28" in text_of(answer)
    assert announced(admin, places=[]).status_code == 422
    for sigle in ("d1.ref", "c11.chef", "a.tech"):
        client = at(NOW, sigle)
        assert client.get(PAGE).status_code == 404 and announced(client).status_code == 404


SPRING, AUTUMN = datetime(2027, 3, 20, 9, 0, tzinfo=UTC), datetime(2027, 10, 25, 9, 0, tzinfo=UTC)


def test_an_hour_that_does_not_exist_is_refused(app, at):
    admin = at(SPRING, "a.admin")
    for name in ("starts", "ends"):
        typed = TYPED | {
            "starts_on": "2027-03-28",
            "ends_on": "2027-03-28",
            "starts_time": "01:00",
            "ends_time": "03:30",
        }
        answer = post(admin, f"{PAGE}/nouvelle", typed | {"etape": "voir", f"{name}_time": "02:30"})
        assert answer.status_code == 422 and f'href="#f-{name}_time"' in text_of(answer)
        assert "Cette heure n’existe pas ce jour-là" in text_of(answer) and 'value="02:30"' in text_of(answer)


@pytest.mark.parametrize(("turn", "instant"), [("1", "2027-10-31T00:30"), ("2", "2027-10-31T01:30")])
def test_an_hour_that_comes_twice_is_asked(app, at, turn, instant):
    admin = at(AUTUMN, "a.admin")
    typed = TYPED | {"starts_on": "2027-10-31", "starts_time": "02:30", "ends_on": "2027-10-31", "ends_time": "08:00"}
    answer = post(admin, f"{PAGE}/nouvelle", typed | {"etape": "voir"})
    assert answer.status_code == 422 and 'id="f-starts_turn"' in text_of(answer)
    assert "Cette heure a lieu deux fois" in text_of(answer)
    assert post(admin, f"{PAGE}/nouvelle", typed | {"etape": "voir", "starts_turn": "3"}).status_code == 422
    assert announced(admin, **typed | {"starts_turn": turn}).status_code == 303
    with app.app_context():
        (starts,) = db.session.query(Interruption.starts_at).one()
    assert starts.astimezone(UTC) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


def test_lengths_are_counted_in_real_hours(app, at):
    admin = at(AUTUMN, "a.admin")
    night = TYPED | {"starts_on": "2027-10-31", "ends_on": "2027-10-31", "etape": "voir"}
    twice = {"starts_time": "02:40", "starts_turn": "1", "ends_time": "02:20", "ends_turn": "2"}
    assert post(admin, f"{PAGE}/nouvelle", night | twice).status_code == 200  # forty minutes
    back = {"starts_time": "02:20", "starts_turn": "2", "ends_time": "02:40", "ends_turn": "1"}
    answer = post(admin, f"{PAGE}/nouvelle", night | back)
    assert answer.status_code == 422 and "La fin doit venir après le début." in text_of(answer)
    month = {"starts_on": "2027-10-30", "starts_time": "09:00", "ends_on": "2027-11-30", "ends_time": "09:00"}
    assert post(admin, f"{PAGE}/nouvelle", TYPED | month | {"etape": "voir"}).status_code == 422  # and an hour
    assert post(admin, f"{PAGE}/nouvelle", TYPED | month | {"ends_time": "08:00", "etape": "voir"}).status_code == 200


def test_another_académie_s_interruptions_are_not_one_s_own(app, at, actor_as):
    announced(at(NOW, "a.admin"))
    with app.app_context():
        actor = actor_as("a.admin")
        other = replace(actor, mandate=replace(actor.mandate, scope_id="academie-poitiers"))
        number = db.session.query(Interruption.id).scalar()
        folder = app.config["GUICHET"].data_dir
        for use_case in (
            partial(announcing.start, data_dir=folder),
            partial(announcing.end, data_dir=folder),
            announcing.cancel,
        ):
            with pytest.raises(NotFound):
                use_case(number, actor=other, now=NOW)
            with pytest.raises(Refused):
                use_case(number, actor=actor_as("d1.ref"), now=NOW)
        assert banners.of_academie(other) == []
        db.session.query(Interruption).update({"academie": "academie-poitiers", "title": "canari-titre"})
        db.session.commit()
    answer = announced(at(NOW, "a.admin"), etape="voir")
    assert "annoncée par une autre académie" in text_of(answer) and "canari-titre" not in text_of(answer)


def test_an_interruption_that_was_told_is_taken_back_in_the_same_way(app, at):
    admin = at(NOW, "a.admin")
    announced(admin, notice="168")
    with app.app_context():
        jobs.run("interruptions", NOW)
    first = told(app)
    number = re.search(r"/interruptions/(\d+)/annuler", text_of(admin.get(PAGE)))[1]
    assert post(admin, f"{PAGE}/{number}/annuler").status_code == 303
    assert told(app) == sorted(first * 2) and first
    assert "Accès à internet" not in text_of(at(NOW, "c11.cmi").get("/tickets"))


def test_cha_07_guichet_itself_is_interrupted_announced_then_without_a_word(app, settings, at, actor_as, guichet):
    """An announced maintenance gives mail and banner, then 503 with Retry-After on every process; mails wait meanwhile.

    They leave after it. A second maintenance, without an announcement, is « non annoncée » in the journal. Mails that
    come in during it wait for the issue that builds the mail gateway.
    """
    admin = at(NOW, "a.admin")
    assert announced(admin, whole="1", services=[], title="Mise à jour de Guichet", places=[]).status_code == 303
    begins = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)
    at(begins - timedelta(hours=72), "a.admin")
    with app.app_context():
        assert jobs.run("interruptions", begins - timedelta(hours=72)) > 0
    assert {"c11.cmi", "c21.cmi", "d2.agent"} <= set(told(app)), "everybody is concerned"
    assert "Mise à jour de Guichet" in text_of(at(begins - timedelta(hours=1), "c21.cmi").get("/tickets"))

    client = at(begins, "c11.cmi")
    other = build_app(settings)  # a second process on the same data folder
    done = guichet("maintenance", "on", "--minutes", "30", "--words", "Mise à jour en cours.")
    assert done.exit_code == 0 and "comme annoncé" in done.output
    for each in (app, other):
        browser = each.test_client()
        for address in ("/", "/connexion", "/tickets", "/readyz", "/rien", "/static"):
            for method in ("get", "head", "post"):
                answer = getattr(browser, method)(address)
                assert answer.status_code == 503 and answer.headers["Retry-After"] == "1800", (address, method)
                assert answer.headers["Content-Security-Policy"]
        assert browser.get("/healthz").status_code == 200
        assert browser.get("/static/app.css").status_code in (200, 404)
    page = text_of(client.get("/tickets"))
    assert "Mise à jour en cours." in page and re.search("Retour prévu le .*9.h.30", page)

    # A notice written meanwhile (by a job or a command) waits.
    with app.app_context():
        draft = Draft(
            title="Écran noir",
            body="Depuis ce matin.",
            etablissement="desaix-tarbes",
            service="inventaire",
            activity="mco",
        )
        desk.open_ticket(sessions.actor_of(people_id(app, "c11.cmi"), now=begins), draft, [], begins)
        assert jobs.run("outbox", begins) == 0
        pending = db.session.query(Notice).filter_by(state="pending").count()
        assert pending and db.session.query(Letter).filter_by(state="pending").count()
    assert guichet("outbox-drain").exit_code == 1
    assert guichet("maintenance", "off").exit_code == 0
    assert client.get("/tickets").status_code == 200 and other.test_client().get("/connexion").status_code == 200
    with app.app_context():
        assert jobs.run("outbox", begins) > 0
        assert db.session.query(Notice).filter_by(state="pending").count() == 0
        assert db.session.query(Letter).filter_by(state="pending").count() == 0
        row = db.session.query(Interruption).one()
        assert (row.started_at, row.ended_at) == (begins, begins) and row.announced_at == NOW
    assert events(app, "interruption.unannounced") == []

    # The second maintenance begins without an announcement.
    at(begins + timedelta(days=2), "a.admin")
    assert "sans annonce" in guichet("maintenance", "on").output
    assert app.test_client().get("/").headers["Retry-After"] == "600"
    assert guichet("maintenance", "off").exit_code == 0
    assert events(app, "interruption.unannounced") == ["non annoncée"]
    assert "non annoncée" in text_of(at(begins + timedelta(days=2), "a.admin").get(PAGE))


def people_id(app, sigle):
    return db.session.query(Account.id).filter_by(sigle=sigle).scalar()


def test_the_file_alone_decides_and_a_spoilt_one_stops_too(app, settings, at):
    folder = settings.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    browser = app.test_client()
    for spoilt in ("", "{", "[]", '{"until": 3}', "\udcff"):
        (folder / maintenance.NAME).write_bytes(spoilt.encode("utf-8", "surrogateescape"))
        answer = browser.get("/connexion")
        assert answer.status_code == 503 and answer.headers["Retry-After"] == "600"
    assert maintenance.resume(folder) and not maintenance.resume(folder)
    assert browser.get("/connexion").status_code == 200
    maintenance.stop(folder, until=NOW + timedelta(days=3), words="", now=NOW)
    assert maintenance.stopped(folder).retry_after(NOW) == 6 * 3600
    maintenance.stop(folder, until=NOW, words="", now=NOW)
    assert maintenance.stopped(folder).retry_after(NOW + timedelta(hours=1)) == 600
    maintenance.resume(folder)


def test_the_pages_are_accessible_and_narrow(live, cast, browser_page, axe):
    """The form with the effects, the list, and a correspondant's banner pass axe and fit at 320 px."""
    now = datetime.now(UTC)
    day = (now + timedelta(days=1)).date().isoformat()
    with live.app.app_context():
        form = drafting.Form("Accès à internet", "", day, "09:00", day, "12:00", services=("raccordement-internet",))
        announcing.announce(form, actor=people.actor(cast["a.admin"]), now=now)

    def enter(sigle):
        with live.app.app_context():
            cookie = {"name": guards.cookie_name(), "value": people.new_session(cast[sigle]), "url": live.url}
        browser_page.context.add_cookies([cookie])

    enter("a.admin")
    browser_page.goto(live.url + PAGE)
    axe(browser_page, "interruptions")
    browser_page.goto(live.url + PAGE + "/nouvelle")
    browser_page.get_by_label("Ce qui s’interrompt").fill("Baie de brassage")
    for label, value in (("Jour de début", day), ("Jour de la fin prévue", day)):
        browser_page.get_by_label(label).fill(value)
    for name, value in (("starts_time", "10:00"), ("ends_time", "11:00")):
        browser_page.locator(f"#f-{name}").fill(value)
    browser_page.get_by_label("Ce que tient").select_option("departement")
    browser_page.get_by_role("button", name="Voir ce qu’elle touche").click()
    browser_page.get_by_role("heading", name="Ce que l’interruption gêne").wait_for()
    axe(browser_page, "interruptions-apercu")
    browser_page.set_viewport_size({"width": 320, "height": 700})
    axe(browser_page, "interruptions-apercu-320")
    enter("c11.cmi")
    browser_page.goto(live.url + "/")
    browser_page.get_by_text("Interruption annoncée : Accès à internet").wait_for()
    axe(browser_page, "interruptions-bandeau-320")
