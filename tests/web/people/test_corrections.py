"""Name, mail, company and function are corrected (RGPD, article 16): by whom, what is told to whom, what stays."""

from __future__ import annotations

import dataclasses
import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from harness.http import post
from sqlalchemy import select

from charters.database import db, writing
from charters.journal import audit
from charters.people import accounts, corrections, forgetting
from charters.rules import unseal
from charters.tables.access import Account, JournalLine, Signature
from charters.tables.keys import Letter
from charters.tables.personal import Correction
from ticketing.web.access import corrections as web_corrections

NOW = datetime.now(UTC)
FIELDS = ("last_name", "first_name", "company", "email", "function")


def text(answer):
    return html.unescape(answer.get_data(as_text=True))


def informations(app, sigle):
    with app.app_context():
        account = db.session.scalar(select(Account).where(Account.sigle == sigle))
        return {name: getattr(account, name) for name in FIELDS}


def signed(app, account_id):
    """Return the evidence of the charters that a person signed, every column."""
    with app.app_context():
        rows = db.session.execute(select(*Signature.__table__.c).where(Signature.account_id == account_id))
        return [tuple(row) for row in rows]


def written(app, account_id):
    """Return (kind, address, body) of the letters of a person, in order."""
    with app.app_context():
        rows = db.session.scalars(select(Letter).where(Letter.account_id == account_id).order_by(Letter.id)).all()
        return [
            (row.kind, row.recipient_email, unseal(row.message_id, row.body).decode() if row.body else "")
            for row in rows
        ]


def journal(app, event):
    with app.app_context():
        return list(db.session.scalars(select(JournalLine).where(JournalLine.event == event)))


def page_of(cast, sigle):
    return f"/administration/comptes/{cast[sigle].account_id}/correction"


def test_everything_that_is_asked_of_a_person_can_be_corrected(cast, client_as):
    named = {item.name for item in dataclasses.fields(corrections.Identity)}
    assert named == set(accounts.WANTED) == set(web_corrections.FIELDS)
    for sigle, page in (("a.admin", page_of(cast, "d1.agent")), ("c11.cmi", "/compte/correction")):
        shown = text(client_as(sigle).get(page))
        assert {name for name in named if f'name="{name}"' in shown} == named, page


def test_the_academie_corrects_and_the_evidence_stays(app, cast, client_as):
    before, evidence = informations(app, "d1.agent"), signed(app, cast["d1.agent"].account_id)
    assert evidence
    admin = client_as("a.admin")
    shown = text(admin.get(page_of(cast, "d1.agent")))
    assert all(f'value="{value}"' in shown for value in before.values())
    wanted = before | {"last_name": "  Lœuillet ", "company": "Agence du numérique", "function": "Chargée de réseau"}
    assert post(admin, page_of(cast, "d1.agent"), wanted).status_code == 303
    after = informations(app, "d1.agent")
    assert after == before | {"last_name": "Lœuillet", "company": wanted["company"], "function": wanted["function"]}
    assert signed(app, cast["d1.agent"].account_id) == evidence, "what was signed names who signed it, then"
    assert "Lœuillet" in text(client_as("d1.agent").get("/compte"))
    [line] = journal(app, "account.changed")
    assert (line.sigle, line.subject, line.details) == (
        "a.admin",
        "d1.agent",
        '{"fields":"company, function, last_name"}',
    )
    everything = " ".join(one.details for one in journal(app, "account.changed"))
    assert not [value for value in (*before.values(), *after.values()) if value in everything]


def test_a_change_of_mail_is_confirmed_at_the_new_address_and_told_to_the_old(app, cast, client_as, client):
    person, before = cast["d1.agent"], informations(app, "d1.agent")
    admin = client_as("a.admin")
    answer = post(admin, page_of(cast, "d1.agent"), before | {"email": "nouvelle@exemple.fr"})
    assert answer.status_code == 303 and informations(app, "d1.agent") == before, "until it is confirmed, the old one"
    (confirm, to, body), (asked, old, told) = written(app, person.account_id)[-2:]
    assert (confirm, to) == ("email-confirm", "nouvelle@exemple.fr")
    assert (asked, old) == ("email-asked", before["email"]) and "nouvelle@exemple.fr" not in told
    address = re.search(r"/adresse/[\w-]+", body)[0]
    assert client.get(address).status_code == 200 and informations(app, "d1.agent") == before, "a GET changes nothing"
    assert client.get(address + "x").status_code == 404
    assert post(client, address).status_code == 303
    assert informations(app, "d1.agent") == before | {"email": "nouvelle@exemple.fr"}
    assert written(app, person.account_id)[-1][:2] == ("email-changed", before["email"])
    assert post(client, address).status_code == 404, "a link serves once"
    [line] = journal(app, "account.email_confirmed")
    assert (line.subject, line.details) == ("d1.agent", "{}")
    assert len(journal(app, "account.email_asked")) == 1
    with app.app_context():
        assert audit.verify().ok


def test_an_address_that_nobody_confirms_lapses_and_can_be_given_up(app, cast, client_as, client):
    before, admin = informations(app, "d1.agent"), client_as("a.admin")
    post(admin, page_of(cast, "d1.agent"), before | {"email": "une@exemple.fr"})
    first = re.search(r"/adresse/[\w-]+", written(app, cast["d1.agent"].account_id)[-2][2])[0]
    post(admin, page_of(cast, "d1.agent"), before | {"email": "deux@exemple.fr"})
    second = re.search(r"/adresse/[\w-]+", written(app, cast["d1.agent"].account_id)[-2][2])[0]
    assert client.get(first).status_code == 404, "the second takes its place"
    token = second.rsplit("/", 1)[1]
    with app.app_context():
        assert corrections.opened(token, NOW).email == "deux@exemple.fr"
        with pytest.raises(corrections.NotFound):
            corrections.confirm(token, zone="internet", now=NOW + timedelta(days=8))
    assert "deux@exemple.fr" in text(admin.get(page_of(cast, "d1.agent")))
    assert post(admin, f"{page_of(cast, 'd1.agent')}/adresse").status_code == 303
    assert client.get(second).status_code == 404 and informations(app, "d1.agent") == before
    assert len(journal(app, "account.email_cancelled")) == 1
    assert post(admin, f"{page_of(cast, 'd1.agent')}/adresse").status_code == 404


def test_the_purge_drops_addresses_past_their_time(app, cast, client_as):
    before = informations(app, "d1.agent")
    post(client_as("a.admin"), page_of(cast, "d1.agent"), before | {"email": "une@exemple.fr"})
    with app.app_context():
        for later, left in ((timedelta(days=1), 1), (timedelta(days=8), 0)):
            with writing() as session:
                corrections.tidy(session, NOW + later)
            assert db.session.query(Correction).count() == left


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"email": "sans-arobase"}, "email", "Cette adresse mail n’est pas valable"),
        ({"email": "élise@exemple.fr"}, "email", "sans accent"),
        ({"last_name": " \u00a0 "}, "last_name", "Indiquez le nom."),
        ({"function": "x" * 121}, "function", "Ne dépassez pas 120 caractères."),
        ({}, "", "Rien ne change"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(app, cast, client_as, typed, field, sentence):
    before = informations(app, "d1.agent")
    answer = post(client_as("a.admin"), page_of(cast, "d1.agent"), before | typed)
    assert answer.status_code == 422 and sentence in text(answer)
    assert informations(app, "d1.agent") == before


def test_an_address_has_one_person_and_a_homonym_is_asked_about(app, cast, client_as):
    before, other, admin = informations(app, "d1.agent"), informations(app, "d1.ref"), client_as("a.admin")
    taken = post(admin, page_of(cast, "d1.agent"), before | {"email": other["email"].upper()})
    assert taken.status_code == 422 and "déjà celle du compte d1.ref" in text(taken)
    same = before | {"last_name": other["last_name"].upper(), "first_name": other["first_name"]}
    asked = post(admin, page_of(cast, "d1.agent"), same)
    assert asked.status_code == 422 and "Ce nom est déjà celui de d1.ref" in text(asked)
    assert informations(app, "d1.agent") == before
    assert post(admin, page_of(cast, "d1.agent"), same | {"homonym": "oui"}).status_code == 303
    assert informations(app, "d1.agent")["last_name"] == other["last_name"].upper()


def test_security_a_correction_tells_nobody_which_addresses_people_elsewhere_have(app, cast, actor_as):
    """Two académies: the answer is the same for an address of the other's people as for nobody's."""
    with app.app_context():
        own = db.session.get_one(Account, cast["d1.agent"].account_id)
        other = db.session.get_one(Account, cast["c21.cmi"].account_id)
        reach, taken, nobody = {own.organisation}, other.email, "personne@exemple.fr"
        assert other.organisation not in reach
        named = dataclasses.replace(identity_of(own), last_name=other.last_name, first_name=other.first_name)
        told = []
        for mail in (nobody, taken, taken.upper()):
            typed = dataclasses.replace(named, email=mail)
            told.append(
                corrections.correct(
                    own.id,
                    typed,
                    homonym=False,
                    organisations=reach,
                    actor=actor_as("a.admin"),
                    now=NOW,
                )
            )
        assert told == [True, True, True]
        link = re.search(r"/adresse/([\w-]+)", written(app, own.id)[-2][2])[1]
        with pytest.raises(corrections.Refused):
            corrections.confirm(link, zone="internet", now=NOW)


def identity_of(account):
    return corrections.Identity(**{name: getattr(account, name) for name in FIELDS})


def test_an_address_that_became_somebody_else_s_is_not_confirmed(app, cast, client_as, client):
    before, admin = informations(app, "d1.agent"), client_as("a.admin")
    post(admin, page_of(cast, "d1.agent"), before | {"email": "commune@exemple.fr"})
    address = re.search(r"/adresse/[\w-]+", written(app, cast["d1.agent"].account_id)[-2][2])[0]
    with app.app_context(), writing() as session:
        session.get_one(Account, cast["d1.ref"].account_id).email = "Commune@exemple.fr"
    refused = post(client, address)
    assert refused.status_code == 409 and "devenue celle d’un autre compte" in text(refused)
    assert informations(app, "d1.agent") == before


def test_the_person_asks_and_the_academie_answers(app, cast, client_as):
    before, own = informations(app, "c11.cmi"), client_as("c11.cmi")
    assert "Demander une correction" in text(own.get("/compte"))
    wanted = before | {"last_name": "Ðặng", "email": "autre@exemple.fr", "words": "Je me suis mariée."}
    assert post(own, "/compte/correction", wanted).status_code == 303
    assert informations(app, "c11.cmi") == before, "asked, not done"
    assert "Vous avez demandé une correction" in text(own.get("/compte/correction"))
    admin = client_as("a.admin")
    assert page_of(cast, "c11.cmi") in text(admin.get("/administration/comptes"))
    shown = text(admin.get(page_of(cast, "c11.cmi")))
    assert "Je me suis mariée." in shown and 'value="Ðặng"' in shown and 'value="autre@exemple.fr"' in shown
    assert page_of(cast, "c11.cmi") in text(admin.get(page_of(cast, "c11.cmi").removesuffix("/correction")))
    done = {name: wanted[name] for name in FIELDS}
    assert post(admin, page_of(cast, "c11.cmi"), done).status_code == 303
    assert informations(app, "c11.cmi") == before | {"last_name": "Ðặng"}
    assert "Je me suis mariée." not in text(admin.get(page_of(cast, "c11.cmi")))
    [line] = journal(app, "account.correction_asked")
    assert (line.sigle, line.details) == ("c11.cmi", '{"fields":"email, last_name"}')


def test_a_refusal_is_told_with_its_reason(app, cast, client_as):
    before, own, admin = informations(app, "c11.cmi"), client_as("c11.cmi"), client_as("a.admin")
    post(own, "/compte/correction", before | {"function": "Recteur"})
    page = page_of(cast, "c11.cmi")
    assert post(admin, f"{page}/refuser", {"words": " "}).status_code == 422
    assert post(admin, f"{page}/refuser", {"words": "Ce n’est pas votre fonction."}).status_code == 303
    kind, _, body = written(app, cast["c11.cmi"].account_id)[-1]
    assert kind == "correction-refused" and "Ce n’est pas votre fonction." in body
    assert informations(app, "c11.cmi") == before and len(journal(app, "account.correction_refused")) == 1
    assert post(admin, f"{page}/refuser", {"words": "Encore."}).status_code == 404


def test_nothing_asked_is_said(app, cast, client_as):
    before, own = informations(app, "c11.cmi"), client_as("c11.cmi")
    assert post(own, "/compte/correction", before).status_code == 422
    assert post(own, "/compte/correction", before | {"email": "pas une adresse"}).status_code == 422
    assert post(own, "/compte/correction", before | {"words": "Mon nom est faux sur un reçu."}).status_code == 303


@pytest.mark.parametrize(("sigle", "act"), [("d1.ref", 403), ("c11.chef", 404), ("c11.cmi", 404), ("a.tech", 404)])
def test_only_who_administers_the_person_corrects(app, cast, client_as, sigle, act):
    before, client = informations(app, "d1.agent"), client_as(sigle)
    assert client.get(page_of(cast, "d1.agent")).status_code == 404
    for address, sent in (("", before | {"last_name": "Autre"}), ("/refuser", {"words": "Non."}), ("/adresse", {})):
        assert post(client, page_of(cast, "d1.agent") + address, sent).status_code == act, address
    assert informations(app, "d1.agent") == before


def test_a_forgotten_person_is_not_corrected(app, cast, client_as, actor_as):
    with app.app_context(), writing() as session:
        account = session.get_one(Account, cast["x.fin"].account_id)
        forgetting.forget(session, account, NOW)
    answer = post(
        client_as("a.admin"),
        page_of(cast, "x.fin"),
        dict.fromkeys(FIELDS, "Quelqu’un") | {"email": "a@exemple.fr"},
    )
    assert answer.status_code == 422 and "sont effacées" in text(answer)
