"""Test that a click of an administrator turns a declaration into an account, a mandate or an end, closed on its day."""

from __future__ import annotations

import base64
import html
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from harness.http import csrf, post

from charters.database import db
from charters.days import today
from charters.errors import NotFound
from charters.keys import otp, returns
from charters.model import Role
from charters.people import accounts, declarations, movements
from charters.tables.access import Account, Declaration, JournalLine, MandateRow
from ticketing import jobs

NOW = datetime.now(UTC)
DAY = today(NOW)
PAGE = "/administration/mouvements"


def text_of(answer):
    return html.unescape(answer.get_data(as_text=True))


def declared(app, actor_as, sigle="c11.chef", **values):
    form = {
        "movement": "arrivee",
        "last_name": "Sauvelade",
        "first_name": "Irène",
        "function": "Gestionnaire réseau",
        "on": DAY.isoformat(),
        "words": "",
    } | values
    with app.app_context():
        return declarations.declare(declarations.DeclarationForm(**form), actor=actor_as(sigle), now=NOW)


def typed(page):
    """Return the fields of the form, as the page fills them in."""
    form = re.search(r'<form class="card".*?</form>', page, re.DOTALL)[0]
    fields = dict(re.findall(r'<input class="input"[^>]*name="(\w+)"[^>]*? value="([^"]*)"', form))
    fields |= dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    fields |= dict(re.findall(r'type="radio"[^>]*name="(\w+)" value="([^"]*)" checked', form))
    fields |= {
        name: (re.findall(r'value="([^"]*)" selected', options) or [""])[0]
        for name, options in re.findall(r'<select[^>]*name="(\w+)".*?>(.*?)</select>', form, re.DOTALL)
    }
    return fields


def mandates(app, sigle):
    with app.app_context():
        rows = db.session.query(MandateRow).join(Account).filter(Account.sigle == sigle).order_by(MandateRow.id)
        return [(row.role, row.scope_id, row.starts_on, row.ends_on) for row in rows]


def handled(app, number):
    with app.app_context():
        return db.session.get(Declaration, number).handled_at is not None


@pytest.mark.parametrize(
    ("first", "last", "sigle"),
    [("Anne", "Lœuillet", "a.loeuillet"), ("Øystein", "Đặng", "o.dang"), ("Sean", "O’Brien", "s.obrien")],
)
def test_a_sigle_is_suggested_in_plain_letters(app, app_context, first, last, sigle):
    assert movements.suggested_sigle(first, last) == sigle


def test_the_person_of_a_declaration_is_found_whatever_the_spelling(app, app_context, actor_as):
    form = accounts.AccountForm("s.obrien", "O’Brien", "Zoë", "Collège", "s@a.example", "CMI", "desaix-tarbes", False)
    accounts.create_account(form, actor=None, now=NOW)
    number = declared(app, actor_as, movement="depart", last_name="O'BRIEN", first_name="Zoe")
    found = movements.candidates(None, declarations.waiting(None, number), now=NOW)
    assert [one.sigle for one in found if one.named] == ["s.obrien"]


def test_an_arrival_is_one_click_and_the_mail(app, any_app, actor_as, client_as):
    number, admin = declared(app, actor_as), client_as("a.admin")
    assert f'href="{PAGE}/{number}"' in text_of(admin.get("/administration/comptes"))
    form = typed(text_of(admin.get(f"{PAGE}/{number}")))
    assert (form["sigle"], form["role"], form["external"], form["account"]) == (
        "i.sauvelade",
        "reseau",
        "non",
        "nouveau",
    )
    missing = post(admin, f"{PAGE}/{number}", form)
    assert missing.status_code == 422 and "Indiquez l’adresse mail." in text_of(missing)
    assert typed(text_of(missing))["sigle"] == "i.sauvelade" and not handled(app, number)
    with app.app_context():
        assert db.session.query(Account).filter_by(sigle="i.sauvelade").count() == 0
    done = post(admin, f"{PAGE}/{number}", form | {"email": "irene@guichet.example"})
    assert done.status_code == 303 and handled(app, number)
    assert mandates(app, "i.sauvelade") == [("reseau", "desaix-tarbes", DAY, None)]
    again = post(admin, f"{PAGE}/{number}", form | {"email": "x@guichet.example", "sigle": "i.sauvelade2"})
    assert again.status_code == 303 and mandates(app, "i.sauvelade2") == []


def test_an_arrival_of_somebody_known_makes_no_second_account(app, actor_as, cast, client_as):
    number = declared(app, actor_as, "d1.ref", last_name="SOULERAC", first_name="nadia", function="Référente")
    admin = client_as("a.admin")
    form = typed(text_of(admin.get(f"{PAGE}/{number}")))
    assert form["account"] == str(cast["d1.agent"].account_id) and form["role"] == "referent"
    assert post(admin, f"{PAGE}/{number}", form).status_code == 303
    assert [line[0] for line in mandates(app, "d1.agent")] == ["technicien-departement", "referent"]


def test_a_departure_ends_what_it_must_and_the_key_is_to_get_back(app, actor_as, cast, client_as):
    number = declared(
        app, actor_as, "c11.chef", movement="depart", last_name="Escalère", first_name="Thomas", function="CMI"
    )
    admin = client_as("a.admin")
    form = typed(text_of(admin.get(f"{PAGE}/{number}")))
    assert form["account"] == str(cast["c11.cmi"].account_id) and form["extent"] == "activite"
    assert post(admin, f"{PAGE}/{number}", form | {"account": str(cast["c12.cmi"].account_id)}).status_code == 422
    assert post(admin, f"{PAGE}/{number}", form | {"account": ""}).status_code == 422
    answer = post(admin, f"{PAGE}/{number}", form, follow_redirects=True)
    assert "reprenez-la" in text_of(answer) and handled(app, number)
    with app.app_context():
        assert db.session.query(Account).filter_by(sigle="c11.cmi").one().ends_on == DAY
        assert db.session.query(Account).filter_by(sigle="c12.cmi").one().ends_on is None


def test_a_departure_may_end_the_mandates_here_only(app, actor_as, cast, client_as):
    with app.app_context():
        accounts.add_mandate(
            cast["c11.cmi"].account_id, "cmi", "victor-hugo-tarbes", DAY - timedelta(30), actor=None, now=NOW
        )
    number = declared(
        app, actor_as, "c11.chef", movement="depart", last_name="Escalère", first_name="Thomas", function="CMI"
    )
    admin = client_as("a.admin")
    form = typed(text_of(admin.get(f"{PAGE}/{number}")))
    assert form["extent"] == "mandat"
    assert post(admin, f"{PAGE}/{number}", form).status_code == 303
    assert [(line[1], line[3]) for line in mandates(app, "c11.cmi")] == [
        ("desaix-tarbes", DAY),
        ("victor-hugo-tarbes", None),
    ]


def test_a_change_gives_the_new_function_and_the_new_mandate(app, any_app, actor_as, cast, client_as):
    number = declared(
        app,
        actor_as,
        "d1.ref",
        movement="changement",
        last_name="Soulérac",
        first_name="Nadia",
        function="Référente adjointe",
        on=(DAY + timedelta(3)).isoformat(),
    )
    admin = client_as("a.admin")
    form = typed(text_of(admin.get(f"{PAGE}/{number}")))
    assert form["role"] == "referent" and form["function"] == "Référente adjointe"
    assert post(admin, f"{PAGE}/{number}", form | {"function": " "}).status_code == 422
    assert post(admin, f"{PAGE}/{number}", form | {"role": "cmi"}).status_code == 422
    assert post(admin, f"{PAGE}/{number}", form).status_code == 303
    assert [(line[0], line[2], line[3]) for line in mandates(app, "d1.agent")][-1] == (
        "referent",
        DAY + timedelta(3),
        None,
    )
    assert mandates(app, "d1.agent")[0][3] == DAY + timedelta(2)
    with app.app_context():
        assert db.session.query(Account).filter_by(sigle="d1.agent").one().function == "Référente adjointe"
        assert db.session.query(JournalLine).filter_by(event="staff.handled").count() == 1


def test_an_administrator_alone_acts_and_role_and_place_go_together(app, actor_as, client_as):
    number, admin = declared(app, actor_as), client_as("a.admin")
    for sigle in ("c11.chef", "d1.ref", "a.tech"):
        client = client_as(sigle)
        assert client.get(f"{PAGE}/{number}").status_code == 404
        assert post(client, f"{PAGE}/{number}", {"account": "nouveau"}).status_code == 404
    form = typed(text_of(admin.get(f"{PAGE}/{number}"))) | {"email": "irene@guichet.example"}
    for role in ("administrateur", "referent", "empereur", ""):
        answer = post(admin, f"{PAGE}/{number}", form | {"role": role})
        assert answer.status_code == 422, role
    with app.app_context():
        assert db.session.query(Account).filter_by(sigle="i.sauvelade").count() == 0
        with pytest.raises(NotFound):
            movements.arrive(
                {"victor-hugo-tarbes"}, number, accounts.AccountForm(), "cmi", actor=actor_as("a.admin"), now=NOW
            )


@pytest.mark.parametrize(
    ("function", "kind", "role"),
    [
        ("Correspondante informatique", "etablissement", Role.CMI),
        ("Gestionnaire RÉSEAU", "etablissement", Role.RESEAU),
        ("Principal adjoint", "etablissement", Role.CHEF),
        ("Référente", "departement", Role.REFERENT),
        ("Technicien", "departement", Role.TECH_DEPARTEMENT),
        ("Infirmière", "etablissement", ""),
    ],
)
def test_the_role_that_a_function_suggests(function, kind, role):
    assert movements.guessed_role(function, kind) == role


def test_a_sigle_that_was_somebody_s_is_never_suggested(app_context, cast):
    assert movements.suggested_sigle("Élodie", "d’Arc-Dupont") == "e.darcdupont"
    assert movements.suggested_sigle("Lætitia", "Bœuf") == "l.boeuf"
    assert movements.suggested_sigle("Øystein", "Đorđević") == "o.dordevic"
    form = accounts.AccountForm("j.petit", "Petit", "Jean", "Société", "j@guichet.example", "Agent", "d1", True)
    accounts.create_account(form, actor=None, now=NOW)
    assert movements.suggested_sigle("Julie", "Petit") == "j.petit2"
    assert movements.suggested_sigle("李", "王") == ""


def test_an_end_of_activity_closes_the_account_by_itself_on_the_day_after(app, cast):
    """Nobody acts on that day: the session ends, the login is refused, the key is listed as to get back."""
    noon = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)
    person = cast["c11.cmi"]

    def log_in(client, now):
        code = otp.code_at(base64.b32decode(person.otp_secret), otp.step_at(now))
        return client.post(
            "/connexion",
            data={
                "csrf_token": csrf(client),
                "sigle": person.sigle,
                "pin": person.pin,
                "code": code,
            },
        ).status_code

    def whys(now):
        return [key.why for key in returns.keys_to_return(None, now=now) if key.sigle == person.sigle]

    with time_machine.travel(noon, tick=False):
        with app.app_context():
            accounts.end_account(person.account_id, "2026-11-25", actor=None, now=noon)
        client = app.test_client()
        assert log_in(client, noon) == 303 and client.get("/compte").status_code == 200
    last = datetime(2026, 11, 25, 22, 59, tzinfo=UTC)  # 23:59 in Paris
    with time_machine.travel(last, tick=False):
        late = app.test_client()
        assert log_in(late, last) == 303 and late.get("/compte").status_code == 200
        with app.app_context():
            assert whys(last) == []
    after = datetime(2026, 11, 25, 23, 1, tzinfo=UTC)  # 0:01 in Paris, two minutes later
    with time_machine.travel(after, tick=False):
        assert late.get("/compte").status_code == 303
        assert log_in(app.test_client(), after) == 401
        with app.app_context():
            assert whys(after) == ["ended"]
            assert jobs.run("expire-mandates", after) >= 1
