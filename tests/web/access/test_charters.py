"""Test the pages of the charters: versions published by the académie, signed by everyone, with a proof of signature."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pypdf
import pytest
from harness.http import csrf, post

from charters.database import db, writing
from charters.entry import sessions
from charters.keys import keys, otp
from charters.people import accounts
from charters.signing import signatures, signing
from charters.tables.access import Account, JournalLine, WebSession
from ticketing.documents import pdf
from ticketing.web import guards

EDIT = "/administration/chartes/usage"
TEXT = "# Charte\n\n## Un article\n\n" + "Un engagement nouveau. " * 20
D1 = "departement-hautes-pyrenees"


def words(answer):
    return answer.get_data(as_text=True)


def publish(client, text=TEXT, address=EDIT, **typed):
    """Preview a new version, then publish it, as the page does."""
    page = words(client.get(address))
    form = {"markdown": text, "base": re.search(r'name="base" value="(\d+)"', page)[1], **typed}
    review = words(post(client, address, form | {"etape": "relire"}))
    mark = re.search(r'name="relu" value="(\w+)"', review)[1]
    return review, post(client, address, form | {"etape": "publier", "relu": mark})


@pytest.fixture
def never_typeset(monkeypatch):
    """Replace the making of PDFs by a text; the fixture collects what was asked for, (html, archive)."""
    asked = []

    def make(key, html, css, resources, archive=None, *, keep=True):
        asked.append((html, archive, keep))
        return b"%PDF-1.7 " + key.encode()

    monkeypatch.setattr(pdf, "make", make)
    return asked


# --- a new version ---


def test_a_new_version_is_read_again_then_published(client_as):
    client = client_as("a.admin")
    page = words(client.get("/administration/chartes"))
    assert "1 personne doit encore la signer" in page and "Version 1" in page  # x.nosign
    review, done = publish(client, changes="Un article nouveau.")
    assert "<h2>Un article</h2>" in review and "<del>" in review and "<ins>" in review
    sentence = re.search(r"\d+ personnes devront signer cette version avant de continuer : \d+ externes\.", review)
    assert sentence and done.status_code == 303
    told = words(client.get(done.headers["Location"]))
    assert sentence[0] in told and "Version 2" in told and "par a.admin" in told
    assert "Version 1" in words(client.get("/chartes/usage/versions/1"))


def test_what_is_published_is_what_was_read_again(client_as):
    client = client_as("a.admin")
    form = {"markdown": TEXT, "base": "1", "etape": "publier"}
    for relu in ("", "x" * 64, signatures.fingerprint(TEXT)):
        answer = post(client, EDIT, form | {"relu": relu})
        assert answer.status_code == 422 and "a changé depuis sa relecture" in words(answer)
    review = words(post(client, EDIT, form | {"etape": "relire"}))
    mark = re.search(r'name="relu" value="(\w+)"', review)[1]
    for moved in ({"markdown": TEXT + "Ajout."}, {"for_staff": "1"}, {"changes": "Rien."}, {"base": "2"}):
        assert post(client, EDIT, form | {"relu": mark} | moved).status_code == 422
    assert usage_version(client) == 1
    assert post(client, EDIT, form | {"relu": mark}).status_code == 303


def usage_version(client):
    with client.application.app_context():
        return signing.charter("usage").version


def test_a_charter_that_stops_everyone_is_published_with_a_fresh_proof_alone(app, client_as, cast):
    client, person = client_as("a.admin"), cast["a.admin"]
    form = {"markdown": TEXT, "base": "1", "etape": "publier"}
    mark = re.search(r'name="relu" value="(\w+)"', words(post(client, EDIT, form | {"etape": "relire"})))[1]
    past = datetime.now(UTC) - timedelta(minutes=11)
    with app.app_context(), writing() as session:
        session.query(WebSession).filter_by(account_id=person.account_id).update({"created_at": past})
    asked = post(client, EDIT, form | {"relu": mark})
    assert asked.status_code == 401 and "Confirmez" in words(asked)
    with app.app_context():
        assert signing.charter("usage").version == 1
    code = otp.code_at(base64.b32decode(person.otp_secret), otp.step_at(datetime.now(UTC)))
    proof = {"preuve": "1", "preuve_pin": person.pin, "preuve_code": code}
    kept = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', words(asked))
    }
    assert kept["markdown"] == TEXT and client.post(EDIT, data=kept | proof).status_code == 303
    with app.app_context():
        assert signing.charter("usage").version == 2


def test_of_two_administrators_the_second_compares_with_the_first(app, client_as):
    client = client_as("a.admin")
    form = {"markdown": TEXT, "base": "1", "etape": "relire"}
    mark = re.search(r'name="relu" value="(\w+)"', words(post(client, EDIT, form)))[1]
    with app.app_context():
        signing.publish_charter("usage", TEXT + "Le premier.", actor=None, now=datetime.now(UTC))
    answer = post(client, EDIT, form | {"etape": "publier", "relu": mark})
    page = words(answer)
    assert answer.status_code == 409 and "La version 2 vient d’être publiée" in page
    assert "Un engagement nouveau." in page
    assert 'name="base" value="2"' in page and "Le premier." in page  # the difference shown is now with that version
    mark = re.search(r'name="relu" value="(\w+)"', page)[1]
    assert post(client, EDIT, form | {"etape": "publier", "base": "2", "relu": mark}).status_code == 303


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"markdown": "court"}, "trop court"),
        ({"markdown": "x" * 100_001}, "100 000 caractères"),
        ({"markdown": "a\n" * 1_100}, "1 000 lignes"),
        ({"markdown": TEXT, "changes": "x" * 600}, "500 caractères"),
    ],
)
def test_a_text_that_cannot_be_a_charter_is_told_at_its_field(client_as, typed, said):
    for step in ("relire", "publier"):
        answer = post(client_as("a.admin"), EDIT, {"base": "1", "etape": step} | typed)
        assert answer.status_code == 422 and said in words(answer)


def test_the_text_in_force_is_not_published_again(app, client_as):
    with app.app_context():
        text = signing.charter("usage").markdown
    _, done = publish(client_as("a.admin"), text)
    assert done.status_code == 422 and "rien à publier" in words(done)


def test_an_administrator_s_text_is_text_in_the_preview_and_the_difference(client_as):
    hostile = "# T\n\n<script>alert(1)</script> <img src=x onerror=alert(1)> " + "mot " * 60
    review, _ = publish(client_as("a.admin"), hostile)
    assert "<script>alert" not in review and "<img src=x" not in review


@pytest.mark.parametrize("sigle", ["d1.ref", "a.tech", "c11.chef", "x.nosign"])
def test_nobody_else_writes_a_charter(client_as, sigle):
    client = client_as(sigle)
    refused = 303 if sigle == "x.nosign" else 404
    for address in ("/administration/chartes", EDIT, "/administration/chartes/cle"):
        assert client.get(address).status_code == refused
    assert post(client, EDIT, {"markdown": TEXT}).status_code == refused
    assert client_as("a.admin").get("/administration/chartes/autre").status_code == 404


# --- CHA-01: nothing before both are signed ---


@pytest.mark.parametrize("signed", [(), ("usage",), ("cle",), ("usage", "cle")])
def test_cha_01_two_by_two_through_the_login(app, client, cast, signed):
    """The login form leads only a person who signed both charters into the program, of the four states of signature."""
    now = datetime.now(UTC)
    form = accounts.AccountForm("p.durand", "Durand", "Paule", "Société", "p@guichet.example", "Agente", D1, True)
    pin = "vélo-97-bleu"
    with app.app_context():
        account = accounts.create_account(form, actor=None, now=now)
        accounts.add_mandate(account, "technicien-departement", D1, now.date() - timedelta(1), actor=None, now=now)
        keys.enrol_directly(account, pin, now=now - timedelta(1), seed=b"12345678901234567890")
        for kind in signed:
            signing.sign_charter(sessions.actor_of(account, now=now), kind, 1, now=now)
    code = otp.code_at(b"12345678901234567890", otp.step_at(now))
    assert post(client, "/connexion", {"sigle": "p.durand", "pin": pin, "code": code}).status_code == 303
    for address in ("/", "/tickets", "/qui-fait-quoi", "/chiffres"):
        stopped = client.get(address).headers.get("Location") == "/chartes"
        assert stopped is (len(signed) < 2), address
    shown = words(client.get("/chartes"))
    assert shown.count("À signer") == 2 - len(signed)


def test_cha_01_a_session_open_while_a_version_is_published_stops_at_once(client_as):
    """External people sign both charters; staff with a key sign the key charter, and the other one if it is decided."""
    admin, out, staff = client_as("a.admin"), client_as("d1.agent"), client_as("c11.cmi")

    def stopped(client):
        return client.get("/qui-fait-quoi").headers.get("Location", "").endswith("/chartes")

    def sign(client, kind, version):
        return post(client, f"/chartes/{kind}", {"version": version, "accepte": "1"}).status_code

    publish(admin)
    assert (stopped(out), stopped(staff), stopped(admin)) == (True, False, False)
    assert sign(out, "usage", 2) == 303 and not stopped(out)
    publish(admin, TEXT + "Pour tous.", for_staff="1")
    assert (stopped(out), stopped(staff), stopped(admin)) == (True, True, True)
    for client in (out, staff, admin):
        assert sign(client, "usage", 3) == 303 and not stopped(client)
    publish(admin, address="/administration/chartes/cle")
    assert (stopped(out), stopped(staff), stopped(admin)) == (True, True, True)
    assert sign(staff, "cle", 1) == 422 and stopped(staff)  # the version signed is not the one in force
    assert sign(staff, "cle", 2) == 303 and not stopped(staff)


#: Endpoints open before the charters are signed: the reader's own pages, charters, a new proof, and public ones.
ENTERING = {
    "signing.charters",
    "signing.charter",
    "signing.sign",
    "signing.decline",
    "signing.version",
    "signing.text",
    "signing.proof",
    "access.account",
    "access.close_session",
    "access.close_other_sessions",
    "academie.prove",
    "confirming.confirm",
    "confirming.challenge",
    "home.session",
    "personal_data.own",
    "personal_data.take_own",
}


@pytest.mark.parametrize("sigle", ["x.nosign", "x.half"])
def test_cha_01_every_route_verb_and_download_is_closed_until_both_are_signed(world, sigle):
    """Every rule except the charters and the reader's own pages is closed. The API and incoming mail come later."""
    client = world.client(sigle)
    token = csrf(client, "/chartes/usage")
    opened, entering = [], set()
    for rule in world.app.url_map.iter_rules():
        guard = guards.guard_of(world.app, rule.endpoint)
        if guard == "public":
            continue
        if guard == "entering":
            entering.add(rule.endpoint)
            continue
        address = re.sub(r"<(?:([^:>]*):)?([a-z_]+)>", lambda found: _value(world, *found.groups()), rule.rule)
        for method in sorted(rule.methods):
            answer = client.open(address, method=method, data={"csrf_token": token})
            if (answer.status_code, answer.headers.get("Location")) != (303, "/chartes"):
                opened.append((method, address, answer.status_code))
            answer.close()
    assert opened == []
    others = {
        name for name in entering - ENTERING if not name.startswith(("own_secrets.", "operation.", "corrections."))
    }
    assert others == set(), "these are reached before the charters are signed: is that wanted?"


def _value(world, converter, name):
    ticket = next(one for one in world.made["tickets"] if one["files"])
    known = {"number": ticket["number"], "uuid": ticket["files"][0], "file": ticket["files"][0], "slug": "commenter"}
    if name in known:
        return str(known[name])
    choices = re.fullmatch(r"any\((.*)\)", converter or "")
    return choices[1].split(",")[0].strip() if choices else "1"


# --- reading, signing, refusing ---


def test_the_button_to_sign_stands_after_the_text(client_as):
    page = words(client_as("x.nosign").get("/chartes/usage"))
    assert page.index("data-reading") < page.index("4. Votre signature")
    assert page.index("4. Votre signature") < page.index("Fin du texte") < page.index("Signer la charte")
    assert "disabled" not in page.split('id="signer"')[1].split("</form>")[0]  # only JavaScript disables the button


def test_refusing_to_sign_closes_the_session_and_is_journalled(app, client_as):
    client = client_as("x.nosign")
    token = client.get_cookie("guichet").value
    done = post(client, "/chartes/usage/refus")
    assert done.headers["Location"] == "/connexion"
    client.set_cookie("guichet", token)
    assert client.get("/chartes").headers["Location"].startswith("/connexion")
    with app.app_context():
        assert db.session.query(JournalLine).filter_by(event="charter.declined", sigle="x.nosign").count() == 1
    signed = client_as("d1.agent")
    assert post(signed, "/chartes/usage/refus").status_code == 404 and signed.get("/chartes").status_code == 200


def test_who_signs_anew_sees_what_changed(client_as):
    publish(client_as("a.admin"), changes="L’article 2 est plus court.")
    page = words(client_as("d1.agent").get("/chartes/usage"))
    assert "L’article 2 est plus court." in page and "depuis la version 1, que vous avez signée" in page
    changed = page.split("que vous avez signée")[1].split("</details>")[0]
    assert "<del>" in changed and "## " not in changed and "**" not in changed  # signers do not know Markdown
    assert "que vous avez signée" not in words(client_as("x.nosign").get("/chartes/usage"))


def test_a_former_version_is_read_and_not_signed(client_as):
    publish(client_as("a.admin"))
    client = client_as("x.nosign")
    page = words(client.get("/chartes/usage/versions/1"))
    assert "n’est plus en vigueur" in page and "Signer la charte" not in page
    for address in ("/chartes/usage/versions/9", "/chartes/usage/versions/0", "/chartes/autre/versions/1"):
        assert client.get(address).status_code == 404


# --- the proof ---


def test_the_proof_is_a_pdf_a_that_holds_the_text_and_says_it_all(app, client_as, pdf_libraries):
    pdf.forget()
    client = client_as("d1.agent")
    answer = client.get("/chartes/usage/versions/1/preuve.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="preuve-usage-v1-d1.agent.pdf"'
    reader = pypdf.PdfReader(io.BytesIO(answer.data))
    with app.app_context():
        text = signing.charter("usage")
        account = db.session.query(Account).filter_by(sigle="d1.agent").one()
        given = signing.signed_by(account.id, "usage", 1).evidence
        wanted = [account.last_name, account.first_name, account.email, account.function, account.company]
    said = "".join("".join(page.extract_text() for page in reader.pages).split())
    wanted += ["d1.agent", "version 1", text.sha256, "depuis internet", f"{given.signed_at:%Y-%m-%d à %H:%M:%S} UTC"]
    assert [word for word in wanted if "".join(word.split()) not in said] == []
    metadata = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert 'pdfaid:part="3"' in metadata and 'pdfaid:conformance="U"' in metadata
    (attached,), (proof,) = reader.attachments["charte-usage-v1.md"], reader.attachments["preuve.json"]
    assert signatures.fingerprint(attached.decode()) == text.sha256 == json.loads(proof)["charte"]["sha256"]
    assert signatures.fingerprint(proof.decode()) in said
    assert len(pdf._kept) == 0  # the proof is about a person, so it is not cached


def test_the_proof_is_read_by_the_three_and_by_nobody_else(app, client_as, cast, never_typeset):
    with app.app_context():
        number = signing.signed_by(cast["d1.agent"].account_id, "usage", 1).evidence.id
        own = signing.signed_by(cast["c11.cmi"].account_id, "cle", 1).evidence.id
    address = f"/administration/signatures/{number}/preuve.pdf"
    assert client_as("d1.agent").get("/chartes/usage/versions/1/preuve.pdf").status_code == 200
    for sigle in ("d1.ref", "a.admin"):
        assert client_as(sigle).get(address).status_code == 200
    html, archive, keep = never_typeset[-1]
    assert len(never_typeset) == 3 and never_typeset[0] == never_typeset[1] == never_typeset[2]
    assert "d1.agent" in html and not keep and b"d1.agent" in archive.files[0].body
    for sigle in ("d1.agent", "d2.agent", "a.tech", "a.lecture", "c11.chef", "c11.cmi", "c21.cmi"):
        assert client_as(sigle).get(address).status_code == 404, sigle
    referent = client_as("d1.ref")
    assert referent.get(f"/administration/signatures/{own}/preuve.pdf").status_code == 404  # it belongs to a collège
    for wrong in (0, 9999, 2**40):
        assert client_as("a.admin").get(f"/administration/signatures/{wrong}/preuve.pdf").status_code == 404
    nobody = client_as("x.half")
    assert nobody.get("/chartes/cle/versions/1/preuve.pdf").status_code == 404  # never signed, hence no proof
    assert app.test_client().get(address).status_code == 303


def test_a_proof_that_cannot_be_made_is_told(client_as, monkeypatch):
    client = client_as("d1.agent")
    for raised, said in ((pdf.Unavailable, "bibliothèques"), (pdf.Busy, "Redemandez-le")):
        monkeypatch.setattr(pdf, "make", lambda *args, raised=raised, **options: (_ for _ in ()).throw(raised))
        answer = client.get("/chartes/usage/versions/1/preuve.pdf")
        assert answer.status_code == 503 and said in words(answer)


# --- the register ---


def test_the_register_says_what_is_missing(client_as):
    page = words(client_as("a.admin").get("/administration/signatures?etat=manque"))
    listed = page.split("Par personne")[1]
    assert ">x.nosign<" in listed and ">x.half<" in listed and ">d1.agent<" not in listed
    page = words(client_as("a.admin").get("/administration/signatures?etat=manque&charte=usage"))
    listed = page.split("Par personne")[1]
    assert ">x.nosign<" in listed and ">x.half<" not in listed
    for odd in ("etat=x&charte=y", "rattachement=nulle-part", "q=%25", "apres=zzz", "etat=a-jour&q=d1"):
        assert client_as("a.admin").get(f"/administration/signatures?{odd}").status_code == 200


def test_a_referent_reads_the_register_of_its_own_people(client_as):
    page = words(client_as("d1.ref").get("/administration/signatures"))
    assert ">d1.agent<" in page and ">x.half<" in page
    for sigle in ("d2.agent", "c11.cmi", "a.admin", "x.susp"):
        assert f">{sigle}<" not in page
    page = words(client_as("d1.ref").get("/administration/signatures?rattachement=departement-d2"))
    assert ">d2.agent<" not in page
    for sigle in ("d1.agent", "a.tech", "a.lecture", "c11.chef"):
        client = client_as(sigle)
        assert client.get("/administration/signatures").status_code == 404
        assert post(client, "/administration/signatures/export").status_code == 404


def test_the_register_is_exported_without_a_formula_and_the_journal_says_by_whom(app, client_as, cast):
    with app.app_context(), writing() as session:
        account = session.get_one(Account, cast["x.half"].account_id)
        account.last_name, account.company = "=1+1", "\t@SUM(A1)"
    answer = post(client_as("d1.ref"), "/administration/signatures/export", {"etat": "manque"})
    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(words(answer).removeprefix("\ufeff")), delimiter=";"))
    assert {row["sigle"] for row in rows} == {"x.nosign", "x.half"}
    half = {row["charte"]: row for row in rows if row["sigle"] == "x.half"}
    assert (half[signatures.TITLES["cle"]]["état"], half[signatures.TITLES["usage"]]["état"]) == ("à signer", "signée")
    assert half[signatures.TITLES["usage"]]["nom"] == "'=1+1" and half[signatures.TITLES["usage"]]["société"][0] == "'"
    with app.app_context():
        line = db.session.query(JournalLine).filter_by(event="charter.exported").one()
        assert line.sigle == "d1.ref" and json.loads(line.details)["people"] == 2


def test_an_export_of_people_asks_for_a_fresh_proof(app, client_as, cast):
    client = client_as("d1.ref")
    token = csrf(client)
    past = datetime.now(UTC) - timedelta(minutes=20)
    with app.app_context(), writing() as session:
        session.query(WebSession).filter_by(account_id=cast["d1.ref"].account_id).update({"created_at": past})
    answer = client.post("/administration/signatures/export", data={"csrf_token": token})
    assert answer.status_code == 401 and "Confirmez" in words(answer)
