"""Test the pages of the first day: lists brought in, invitations, the list on the home page; without JavaScript."""

from __future__ import annotations

import html
import io
import re

import pytest
from harness.http import csrf, post

from charters.database import db, writing
from charters.tables.access import Account, Enrolment, JournalLine, OtpKey
from charters.tables.keys import Letter
from charters.tables.personal import RetiredSigle
from ticketing.arrivals import checklist
from ticketing.obligations import calendar
from ticketing.web.arrivals import people as bringing

IMPORT = "/administration/comptes/import"
INVITE = "/administration/invitations"
PLACES = "/administration/accords/hautes-pyrenees-2015/etablissements"
HEAD = "Nom;Prénom;Société;Mail;Fonction;Sigle;Rôle;Périmètre\n"
PAULE = (
    "Durand;Paule;Collège Desaix;paule@guichet.example;Professeure;p.durand;correspondant informatique;desaix-tarbes\n"
)


def send(client, text, name="gens.csv", address=IMPORT, **more):
    data = {"csrf_token": csrf(client), "file": (io.BytesIO(text.encode()), name), **more}
    return client.post(address, data=data, content_type="multipart/form-data")


def hidden(response):
    page = response.get_data(as_text=True)
    return dict(re.findall(r'name="(state|seen)" value="([^"]*)"', page))


def words(response):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))).split())


def count(app, table):
    with app.app_context():
        return db.session.query(table).count()


def test_a_list_is_sent_read_and_confirmed(app, client_as):
    client, before = client_as("a.admin"), count(app, Account)
    assert "Prendre une liste à remplir" in words(client.get(IMPORT))
    shown = send(client, HEAD + PAULE)
    assert shown.status_code == 200 and "créé" in words(shown) and "p.durand" in words(shown)
    assert count(app, Account) == before  # nothing is written yet
    done = post(client, f"{IMPORT}/confirmer", hidden(shown))
    assert (done.status_code, done.headers["Location"]) == (303, INVITE)
    assert count(app, Account) == before + 1
    again = send(client, HEAD + PAULE)
    assert "Tout y est déjà" in words(again) and "Enregistrer" not in words(again)


def test_a_refused_line_is_shown_first_with_its_column_and_nothing_is_offered(app, client_as):
    client = client_as("a.admin")
    shown = send(client, HEAD + PAULE + "X;Y;Z;pas une adresse;F;x.y;cmi;Collège Desaix Tarbe\n")
    assert shown.status_code == 422 and "Enregistrer la liste" not in words(shown)
    assert words(shown).index("x.y") < words(shown).index("p.durand")
    assert "Périmètre : Aucun accord" in words(shown) and "Collège Desaix, Tarbes" in words(shown)
    before = count(app, Account)
    refused = post(client, f"{IMPORT}/confirmer", hidden(send(client, HEAD + PAULE)) | {"seen": "autre"})
    assert refused.status_code == 422 and count(app, Account) == before


def test_a_list_of_somebody_else_or_a_forged_one_is_not_taken(client_as, app):
    shown = hidden(send(client_as("a.admin"), HEAD + PAULE))
    for state in ("", "n.importe.quoi", shown["state"][:-3] + "xxx"):
        answer = post(client_as("a.admin"), f"{IMPORT}/confirmer", {**shown, "state": state})
        assert answer.status_code == 422 and "renvoyez le fichier" in words(answer)


def test_a_list_whose_sigles_take_minutes_to_check_goes_by_the_command(app, client_as, monkeypatch):
    monkeypatch.setattr(bringing, "NEW_MAX", 0)
    client = client_as("a.admin")
    assert send(client, HEAD + PAULE).status_code == 200  # nobody was ever forgotten: there is nothing to compare
    with app.app_context(), writing() as session:
        session.add(RetiredSigle(print="0" * 64))
    refused = send(client, HEAD + PAULE)
    assert refused.status_code == 422 and "guichet import-people" in words(refused)


@pytest.mark.parametrize("sigle", ["d1.ref", "d1.agent", "a.tech", "a.lecture", "c11.chef", "c11.cmi", "c11.reseau"])
def test_nobody_but_an_administrator_sees_these_pages(client_as, sigle):
    client = client_as(sigle)
    for address in (IMPORT, f"{IMPORT}/modele.csv", INVITE, PLACES):
        assert client.get(address).status_code == 404
    for address in (IMPORT, f"{IMPORT}/confirmer", INVITE, PLACES, f"{PLACES}/fichier"):
        assert post(client, address).status_code == 404


def test_the_model_is_a_list_that_the_page_reads(client_as):
    client = client_as("a.admin")
    model = client.get(f"{IMPORT}/modele.csv")
    assert send(client, model.get_data(as_text=True)).status_code == 200


def ids(app, *sigles):
    with app.app_context():
        return [str(db.session.query(Account.id).filter_by(sigle=one).scalar()) for one in sigles]


@pytest.fixture
def newcomers(client_as):
    """Bring in two people without a key."""
    client = client_as("a.admin")
    second = PAULE.replace("Durand", "Élan").replace("p.durand", "p.elan").replace("paule@", "elan@")
    post(client, f"{IMPORT}/confirmer", hidden(send(client, HEAD + PAULE + second)))
    return client


def test_people_are_invited_by_mail_with_a_link_that_opens_once_and_stands_nowhere(app, newcomers, caplog):
    page = newcomers.get(INVITE)
    assert "p.durand" in words(page) and "jamais invitée" in words(page)
    assert words(newcomers.get(f"{INVITE}?q=elan")).count("p.durand") == 0
    assert newcomers.get(f"{INVITE}?tous=1").get_data(as_text=True).count(" checked") >= 2
    done = post(newcomers, INVITE, {"qui": ids(app, "p.durand", "p.elan"), "way": "mail"})
    assert done.status_code == 303
    with app.app_context():
        from charters.rules import unseal

        letters = db.session.query(Letter).filter_by(kind="invitation").all()
        bodies = [unseal(one.message_id, one.body).decode() for one in letters]
        tokens = [re.search(r"/cle/([\w-]+)", body)[1] for body in bodies]
        lines = db.session.query(JournalLine).filter_by(event="people.invited").all()
        assert {one.subject for one in lines} == {"p.durand", "p.elan"}
        assert not any(token in line.details for token in tokens for line in db.session.query(JournalLine).all())
        assert not any(token in body for token in tokens for body in (one.body for one in letters))
    assert not any(token in caplog.text for token in tokens)
    assert app.test_client().get(f"/cle/{tokens[0]}").status_code == 200
    post(newcomers, INVITE, {"qui": ids(app, "p.durand"), "way": "mail"})
    assert app.test_client().get(f"/cle/{tokens[0]}").status_code == 404
    with app.app_context():
        states = [one.state for one in db.session.query(Letter).filter_by(kind="invitation").order_by(Letter.id)]
        assert states == ["dropped", "pending", "pending"]


def test_only_those_who_wait_and_are_in_reach_are_invited(app, client_as, newcomers):
    keys, before = count(app, OtpKey), count(app, Enrolment)
    has_a_key = ids(app, "c11.cmi", "d1.agent")
    refused = post(newcomers, INVITE, {"qui": [*has_a_key, "999999", "x", "9" * 30], "way": "mail"})
    assert refused.status_code == 422 and (count(app, OtpKey), count(app, Enrolment)) == (keys, before)
    assert post(newcomers, INVITE, {"way": "mail"}).status_code == 422
    many = post(newcomers, INVITE, {"qui": [str(one) for one in range(1, 52)], "way": "paper"})
    assert many.status_code == 422 and "50 personnes au plus" in words(many)


def test_people_are_invited_on_paper_a_page_each(app, newcomers, pdf_libraries):
    from io import BytesIO

    from pypdf import PdfReader

    done = post(newcomers, INVITE, {"qui": ids(app, "p.durand", "p.elan"), "way": "paper"})
    assert done.mimetype == "application/pdf" and done.headers["Cache-Control"] == "no-store"
    pages = [one.extract_text() for one in PdfReader(BytesIO(done.data)).pages]
    assert len(pages) == 2 and "p.durand" in pages[0] and "p.elan" in pages[1]
    assert all("/cle/" in page for page in pages)
    assert count(app, Letter) == 0


def test_the_directory_completes_an_agreement_as_a_file(client_as):
    client = client_as("a.admin")
    line = "0650001N;Collège Nouveau;Collège;Public;Tarbes;065\n"
    head = "Identifiant_de_l_etablissement;Nom_etablissement;Type_etablissement;Statut_public_prive;"
    head += "Nom_commune;Code_departement\n"
    assert "Desaix" in words(client.get(PLACES))
    from matrix.uai import expected_uai

    line = line.replace("0650001N", expected_uai("0650001A"))
    shown = send(client, head + line, "annuaire.csv", PLACES, kinds="college", departements="65")
    assert shown.status_code == 200 and "nouveau" in words(shown)
    file = post(client, f"{PLACES}/fichier", {"state": hidden(shown)["state"], "kinds": "college"})
    assert expected_uai("0650001A") in file.get_data(as_text=True)
    assert file.headers["Content-Disposition"] == 'attachment; filename="etablissements.toml"'
    assert client.get("/administration/accords/aix-en-provence-2017/etablissements").status_code == 404
    assert send(client, "nom;x\n", "a.csv", PLACES).status_code == 422


def test_the_home_of_an_administrator_lists_what_is_lacking_and_leads_there(app, client_as):
    client = client_as("a.admin")
    page = client.get("/")
    assert page.status_code == 200 and "Ce qui reste à faire" in words(page)
    text = page.get_data(as_text=True)
    for href in set(re.findall(r'class="row-title" href="([^"#]+)', text)):
        assert client.get(href).status_code == 200, href
    assert "Aucune sauvegarde n’est connue" in words(page)
    app.config["GUICHET"].data_dir.mkdir(parents=True, exist_ok=True)
    (app.config["GUICHET"].data_dir / checklist.BACKUP).touch()
    assert "La dernière date d’aujourd’hui" in words(client.get("/"))


def test_the_list_goes_when_everything_is_done(client_as, monkeypatch):
    monkeypatch.setattr(
        checklist, "lines", lambda *more: [checklist.Line("Les clés", "Chacun a la sienne.", True, "/", "")]
    )
    monkeypatch.setattr(calendar, "pressing", lambda *more: ())  # what presses on the day of the test stays a page
    answer = client_as("a.admin").get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/chiffres")
