"""Test the pages of people: the académie administers, a référent reads its own people, anyone else gets 404."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from harness.http import post

from charters.database import db, writing
from charters.entry import sessions
from charters.tables.access import Account, OtpKey

GOOD = {
    "sigle": "p.durand",
    "last_name": "Durand",
    "first_name": "Paule",
    "company": "Département des Hautes-Pyrénées",
    "email": "p.durand@guichet.example",
    "function": "Technicienne",
    "organisation": "departement-hautes-pyrenees",
    "external": "oui",
    "ends_on": "",
}
D1 = "departement-hautes-pyrenees"


def key_of(app, sigle):
    with app.app_context():
        found = db.session.query(OtpKey.id).join(Account)
        return found.filter(Account.sigle == sigle, OtpKey.state == "active").scalar()


@pytest.mark.parametrize("sigle", ["a.tech", "a.lecture", "d1.agent", "c11.chef", "c11.cmi", "c11.reseau", "c21.cmi"])
def test_nobody_else_sees_that_these_pages_exist(client_as, cast, sigle):
    client = client_as(sigle)
    other = cast["c12.cmi"].account_id
    for address in ("comptes", "comptes/nouveau", f"comptes/{other}", "collectivites", "comptes?q=a"):
        assert client.get(f"/administration/{address}").status_code == 404
    for address in (
        "comptes",
        f"comptes/{other}/fin",
        f"comptes/{other}/reprise",
        f"comptes/{other}/cles",
        f"comptes/{other}/mandats",
        "cles/1/deverrouiller",
        "cles/1/revoquer",
        "mandats/1/fin",
        "collectivites/suspendre",
    ):
        assert post(client, f"/administration/{address}").status_code == 404


def test_a_referent_reads_its_own_people_and_no_other(client_as, cast):
    client = client_as("d1.ref")
    page = client.get("/administration/comptes").get_data(as_text=True)
    assert ">d1.agent<" in page and ">x.half<" in page
    for sigle in ("d2.agent", "c11.cmi", "a.admin", "x.susp"):
        assert f">{sigle}<" not in page
    shown = client.get(f"/administration/comptes/{cast['d1.agent'].account_id}").get_data(as_text=True)
    assert "Charte de bon usage" in shown and "N° G-" in shown
    assert "<form" not in shown.split('id="informations"')[1].split("</main>")[0]  # the page has no form
    assert client.get(f"/administration/comptes/{cast['d2.agent'].account_id}").status_code == 404
    assert client.get("/administration/comptes/nouveau").status_code == 404


def test_aut_06_unlocking_is_the_academies(app, client_as, cast):
    key = key_of(app, "d1.agent")
    with app.app_context(), writing():
        row = db.session.get(OtpKey, key)
        row.locked_at, row.failures = datetime.now(UTC), 10
    referent, admin = client_as("d1.ref"), client_as("a.admin")
    assert post(referent, f"/administration/cles/{key}/deverrouiller").status_code == 403
    assert post(referent, f"/administration/cles/{key_of(app, 'd2.agent')}/deverrouiller").status_code == 404
    assert "clé verrouillée" in admin.get("/administration/comptes?q=d1.agent").get_data(as_text=True)
    assert post(admin, f"/administration/cles/{key}/deverrouiller").status_code == 303
    with app.app_context():
        assert db.session.get(OtpKey, key).locked_at is None


def test_the_referent_is_refused_every_act_by_name(app, client_as, cast):
    client, agent = client_as("d1.ref"), cast["d1.agent"].account_id
    key = key_of(app, "d1.agent")
    for address in (
        f"comptes/{agent}/fin",
        f"comptes/{agent}/reprise",
        f"comptes/{agent}/cles",
        f"comptes/{agent}/mandats",
        f"cles/{key}/revoquer",
        f"cles/{key}/lien",
        f"comptes/{agent}/sessions/1/fermer",
    ):
        assert post(client, f"/administration/{address}").status_code == 403, address


def test_an_account_is_created_then_gets_mandate_key_and_end(app, client_as):
    client = client_as("a.admin")
    answer = post(client, "/administration/comptes", GOOD)
    assert answer.status_code == 303
    page = answer.headers["Location"]
    mandate = {"role": "technicien-departement", "scope_id": D1, "starts_on": "2026-01-05"}
    given = post(client, f"{page}/mandats", mandate)
    assert given.status_code == 303
    linked = post(client, f"{page}/cles")
    link = re.search(r'value="http://localhost(/cle/[^"]+)"', linked.get_data(as_text=True))[1]
    assert linked.headers["Cache-Control"] == "no-store"
    assert "Paule Durand" in app.test_client().get(link).get_data(as_text=True)
    shown = client.get(page).get_data(as_text=True)
    assert link not in shown and "à activer" in shown and "5 janvier 2026" in shown.replace("\u00a0", " ")
    assert post(client, f"{page}/fin", {"ends_on": "2026-01-31"}).status_code == 303
    assert "Activité terminée" in client.get(page).get_data(as_text=True)


@pytest.mark.parametrize("field", [name for name in GOOD if name != "ends_on"])
@pytest.mark.parametrize("value", ["", "   ", "\u00a0", "<script>alert(1)</script>" * 30, "\x00"])
def test_cha_01_a_form_that_lacks_one_thing_creates_nobody_and_loses_nothing(app, client_as, field, value):
    answer = post(client_as("a.admin"), "/administration/comptes", GOOD | {field: value})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and 'role="alert"' in page and "<script>alert" not in page
    kept = "Paule" if field != "first_name" else "Durand"
    assert f'value="{kept}"' in page
    with app.app_context():
        assert db.session.query(Account).filter_by(sigle="p.durand").count() == 0


def test_an_empty_form_is_answered_with_a_sentence_a_field(client_as):
    page = post(client_as("a.admin"), "/administration/comptes").get_data(as_text=True)
    assert "8 corrections sont nécessaires" in page


def test_a_mandate_is_given_on_what_its_role_bears_on(client_as, cast):
    client, address = client_as("a.admin"), f"/administration/comptes/{cast['c12.cmi'].account_id}/mandats"
    base = {"starts_on": "2026-01-05"}
    for wrong in (
        {"role": "cmi", "scope_id": D1},
        {"role": "referent", "scope_id": "desaix-tarbes"},
        {"role": "lecteur", "scope_id": "academie-inconnue"},
        {"role": "roi", "scope_id": D1},
        {},
    ):
        assert post(client, address, base | wrong).status_code == 422, wrong
    assert post(client, address, base | {"role": "cmi", "scope_id": "desaix-tarbes"}).status_code == 303


def test_nobody_ends_the_own_activity_by_mistake(client_as, cast):
    client = client_as("a.admin")
    answer = post(client, f"/administration/comptes/{cast['a.admin'].account_id}/fin", {"ends_on": "2026-01-01"})
    assert answer.status_code == 422
    assert client.get("/administration/comptes").status_code == 200


def test_cha_05_a_suspended_collectivite_is_out_at_once_and_its_old_cookies_stay_dead(app, client_as):
    admin, agent, other = client_as("a.admin"), client_as("d1.agent"), client_as("d2.agent")
    assert agent.get("/compte").status_code == 200
    done = post(admin, "/administration/collectivites/suspendre", {"organisation": D1, "reason": "Article VIII"})
    assert done.status_code == 303
    assert agent.get("/compte").status_code == 303 and other.get("/compte").status_code == 200
    assert "suspendu" in admin.get("/administration/collectivites").get_data(as_text=True)
    assert post(admin, "/administration/collectivites/retablir", {"organisation": D1}).status_code == 303
    assert agent.get("/compte").status_code == 303
    assert client_as("d1.agent").get("/compte").status_code == 200


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"organisation": D1},
        {"reason": "x"},
        {"organisation": "nulle-part", "reason": "x"},
        {"organisation": "academie-toulouse", "reason": "x"},
        {"organisation": D1, "reason": "\u00a0"},
    ],
)
def test_a_suspension_wants_a_collectivite_and_a_reason(client_as, data):
    client = client_as("a.admin")
    assert post(client, "/administration/collectivites/suspendre", data).status_code == 422
    assert client.get("/compte").status_code == 200


def test_bad_addresses_are_not_found_and_never_a_crash(client_as):
    client = client_as("a.admin")
    for address in ("comptes/999999", "comptes/0", "comptes/99999999999999999999", "comptes/abc"):
        assert client.get(f"/administration/{address}").status_code == 404
    for address in (
        "comptes/999999/fin",
        "comptes/999999/reprise",
        "mandats/999999/fin",
        "cles/999999/lien",
        "cles/99999999999999999999/lien",
    ):
        assert post(client, f"/administration/{address}").status_code == 404
    assert post(client, "/administration/cles/999999/manger", nowhere=True).status_code == 404
    for query in ("?q=%00", "?q=%25%25", "?apres=%FF", "?avant=zzz", "?q=" + "a " * 300, "?apres=&avant=a"):
        assert client.get(f"/administration/comptes{query}").status_code == 200, query


def test_a_session_is_closed_by_an_administrator(client_as, cast):
    admin, agent = client_as("a.admin"), client_as("d1.agent")
    page = f"/administration/comptes/{cast['d1.agent'].account_id}"
    number = re.search(r"/sessions/(\d+)/fermer", admin.get(page).get_data(as_text=True))[1]
    assert post(admin, f"{page}/sessions/{number}/fermer").status_code == 303
    assert agent.get("/compte").status_code == 303


def test_an_ended_mandate_shows_nothing_any_more(app, client_as, cast):
    with app.app_context():
        mandate = sessions.actor_of(cast["a.lecture"].account_id, now=datetime.now(UTC)).mandate.id
    reader = client_as("a.lecture")
    yesterday = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
    post(client_as("a.admin"), f"/administration/mandats/{mandate}/fin", {"ends_on": yesterday})
    assert reader.get("/chiffres").status_code == 404
    assert "aucun mandat en cours" in reader.get("/compte").get_data(as_text=True)


def test_pages_of_people_take_few_queries_whatever_their_number(client_as, cast, queries_of):
    client = client_as("a.admin")
    page = f"/administration/comptes/{cast['d1.agent'].account_id}"
    for address in ("/administration/comptes", page, "/administration/collectivites"):
        client.get(address)
        with queries_of() as seen:
            assert client.get(address).status_code == 200
        assert len(seen) <= 8, (address, seen)


def test_keys_that_ask_for_something_are_listed(app, client_as):
    page = client_as("a.admin").get("/administration/cles").get_data(as_text=True)
    assert "x.fin" in page and "à reprendre" in page and "c11.cmi" not in page
    for sigle in ("d1.ref", "c11.chef"):
        assert client_as(sigle).get("/administration/cles").status_code == 404


def test_who_comes_back_is_taken_back_with_the_same_sigle_and_no_mandate(app, cast, client_as):
    client, page = client_as("a.admin"), f"/administration/comptes/{cast['x.fin'].account_id}"
    shown = client.get(page).get_data(as_text=True)
    assert "Reprendre l’activité" in shown and "Enregistrer la fin d’activité" not in shown
    assert post(client, f"{page}/reprise").status_code == 303
    shown = client.get(page).get_data(as_text=True)
    assert "L’activité reprend" in shown and "Enregistrer la fin d’activité" in shown
    post(client, f"{page}/reprise")
    assert "Cette personne est en activité." in client.get(page).get_data(as_text=True)
    assert "Reprendre l’activité" not in client_as("d1.ref").get(page).get_data(as_text=True)
