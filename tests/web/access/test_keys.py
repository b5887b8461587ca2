"""Test the pages of keys: stock, hand-over and receipt, resynchronisation, PIN and password, and who may do what."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from harness.http import csrf, post
from harness.suppliers import AGREED, FIGURE_6, csv, hexed

from charters.database import db
from charters.keys import otp, stock
from charters.tables.access import Account, JournalLine, OtpKey
from charters.tables.keys import StockKey

FILE = csv(f"A-1;{hexed(1)};HOTP", f"A-2;{hexed(2)};TOTP;8;SHA-256")
SEED = bytes.fromhex(hexed(1))
PIN = "73-tournesol"


def bring_in(client, content=FILE, name="lot.csv", **more):
    data = {"csrf_token": csrf(client), "file": (io.BytesIO(content), name), **more}
    return client.post("/administration/cles/stock", data=data, content_type="multipart/form-data")


def page(response):
    return response.get_data(as_text=True)


def key_id(app, sigle, state="active"):
    with app.app_context():
        found = db.session.query(OtpKey.id).join(Account).filter(Account.sigle == sigle, OtpKey.state == state)
        return found.scalar()


def keyless(app, cast, client, sigle):
    assert post(client, f"/administration/cles/{key_id(app, sigle)}/restituer").status_code == 303
    return cast[sigle].account_id


def test_a_supplier_s_file_is_brought_in_by_the_page(client_as):
    client = client_as("a.admin")
    answer = bring_in(client)
    assert answer.status_code == 303
    shown = page(client.get("/administration/cles/stock"))
    assert "A-1" in shown and "A-2" in shown and "2 clés en stock de plus" in shown
    assert hexed(1) not in shown and otp.base32(SEED) not in shown
    assert "A-1" not in page(client.get("/administration/cles/stock?q=A-2")).split("<tbody>")[1]
    assert "Aucune clé ne porte ce numéro" in page(client.get("/administration/cles/stock?q=%25"))


def test_an_encrypted_file_asks_for_its_secret_and_keeps_nothing_of_it(app, client_as):
    client = client_as("a.admin")
    assert "Ce fichier est chiffré" in page(bring_in(client, FIGURE_6, "lot.xml"))
    answer = bring_in(client, FIGURE_6, "lot.xml", secret="0" * 32)
    assert answer.status_code == 422 and "0" * 32 not in page(answer)
    assert bring_in(client, FIGURE_6, "lot.xml", secret=AGREED).status_code == 303
    with app.app_context():
        assert AGREED not in " ".join(line.details for line in db.session.query(JournalLine))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (csv(f"A-1;{hexed(1)}", "A-2;zz", f";{hexed(3)}"), ["Ligne 3", "Ligne 4"]),
        (b"", ["vide"]),
        (b"<a/>", ["PSKC"]),
        (b"\x00\xff" * 50, ["colonnes"]),
        (csv("=cmd|' /C calc'!A0;" + hexed(4)), ["Ligne 2"]),
        (csv("<script>alert(1)</script>;" + hexed(4)), ["Ligne 2"]),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', ["déclaration"]),
    ],
)
def test_every_fault_is_told_and_nothing_is_half_imported(app, client_as, content, words):
    answer = bring_in(client_as("a.admin"), content)
    assert answer.status_code == 422 and all(word in page(answer) for word in words)
    assert "<script>alert" not in page(answer)
    with app.app_context():
        assert db.session.query(StockKey).count() == 0


def test_what_cannot_be_undone_to_a_key_is_folded_and_says_so(app, cast, client_as):
    """« Révoquer », beside « Resynchroniser », is folded: pressed by mistake, it locked its holder out for good."""
    shown = page(client_as("a.admin").get(f"/administration/comptes/{cast['d1.agent'].account_id}"))
    number = key_id(app, "d1.agent")
    folded = re.search(r"<details[^>]*><summary>Mettre la clé.*?</details>", shown, re.DOTALL)[0]
    assert "cela ne se défait pas" in folded and " open" not in folded.split(">")[0]
    for step in ("restituer", "perdue", "revoquer"):
        address = f"/administration/cles/{number}/{step}"
        assert address in folded and shown.count(address) == 1, step
    assert f"/administration/cles/{number}/resynchroniser" in shown.replace(folded, "")


def test_no_file_and_a_huge_one_are_answered_with_a_sentence(client_as):
    client = client_as("a.admin")
    assert "Choisissez le fichier" in page(post(client, "/administration/cles/stock"))
    answer = bring_in(client, b"serial;secret\n" + b"x" * 6_000_000)
    assert answer.status_code in (413, 422)


def test_a_hardware_key_is_handed_over_enrolled_used_and_given_back(app, cast, client_as):
    admin = client_as("a.admin")
    bring_in(admin)
    account = keyless(app, cast, admin, "d1.agent")
    refused = post(admin, f"/administration/comptes/{account}/cles/stock", {"serial": "A-9"})
    told = page(refused)
    assert refused.status_code == 422
    assert "Aucune clé n° A-9 n’est en stock" in told.split('id="f-serial-error"')[1][:600]
    assert 'value="A-9"' in told and '<details class="more" open><summary>Remettre une clé matérielle' in told
    odd = {"serial": "F 1 !", "label": "Bleue"}
    refused = post(admin, f"/administration/comptes/{account}/cles/securite", odd)
    told = page(refused)
    assert refused.status_code == 422 and "lettres, chiffres" in told.split('id="f-fido-serial-error"')[1][:300]
    assert 'value="F 1 !"' in told and 'value="Bleue"' in told, "nothing typed is lost"
    handed = page(post(admin, f"/administration/comptes/{account}/cles/stock", {"serial": " A-1 "}))
    assert "deux codes de suite de la clé n° A-1" in handed
    link = re.search(r'value="http://localhost(/cle/[^"]+)"', handed)[1]
    receipt = page(admin.get(re.search(r'href="(/administration/cles/\d+/recu)"', handed)[1]))
    assert "A-1" in receipt and "Soulérac Nadia" in receipt and "clé à compteur" in receipt
    client = app.test_client()
    form = page(client.get(link))
    assert "A-1" in form and "data:image" not in form and 'name="second"' in form
    token = csrf(client, link)
    shown = client.post(link, data={"csrf_token": token, "etape": "afficher"})
    assert shown.status_code == 422 and "data:image" not in page(shown)
    good = {"csrf_token": token, "etape": "activer", "pin": PIN, "pin_again": PIN}
    wrong = client.post(link, data=good | {"code": otp.code_at(SEED, 0), "second": otp.code_at(SEED, 2)})
    assert wrong.status_code == 422 and "deux codes de suite" in page(wrong)
    right = client.post(link, data=good | {"code": otp.code_at(SEED, 0), "second": otp.code_at(SEED, 1)})
    assert right.status_code == 303
    login = {"sigle": "d1.agent", "pin": PIN, "code": otp.code_at(SEED, 2)}
    assert post(client, "/connexion", login).status_code == 303
    back = post(admin, f"/administration/cles/{key_id(app, 'd1.agent')}/restituer", follow_redirects=True)
    assert "ne se remet à personne d’autre" in page(back)
    assert client.get("/compte").status_code == 303


def test_a_security_key_is_handed_over_by_the_page(app, cast, client_as):
    admin = client_as("a.admin")
    account = keyless(app, cast, admin, "d1.agent")
    handed = page(post(admin, f"/administration/comptes/{account}/cles/securite", {"serial": "F-1", "label": "Bleue"}))
    link = re.search(r'value="http://localhost(/cle/[^"]+)"', handed)[1]
    client = app.test_client()
    shown = page(client.get(link))
    assert 'data-security-key="create"' in shown and "JavaScript est nécessaire" in shown and 'name="pin"' not in shown
    options = client.post(f"{link}/defi", headers={"X-CSRFToken": csrf(client, link)}).get_json()
    assert options["rp"]["id"] == "localhost" and options["authenticatorSelection"]["userVerification"] == "required"
    for answer in ("", "{}", "[]", "null", "x" * 30_000, '{"id": 1}'):
        data = {"csrf_token": csrf(client, link), "etape": "cle", "answer": answer}
        assert client.post(link, data=data).status_code == 422, answer
    assert client.post("/cle/" + "x" * 43 + "/defi", headers={"X-CSRFToken": csrf(client)}).status_code == 404


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", "{", "x" * 30_000, '{"id": "a", "rawId": {}}'])
def test_a_made_up_answer_of_a_key_is_refused_and_never_a_crash(client, cast, answer):
    data = {"sigle": "d1.agent", "answer": answer}
    assert post(client, "/connexion/cle-de-securite", data).status_code == (401 if answer else 422)


ACTS = (
    "comptes/{account}/cles/stock",
    "comptes/{account}/cles/securite",
    "cles/{key}/resynchroniser",
    "cles/{key}/code-pin",
    "comptes/{account}/mot-de-passe",
    "comptes/{account}/mot-de-passe/deverrouiller",
)


def test_the_referent_reads_the_receipt_of_its_people_and_acts_on_nothing(app, cast, client_as):
    client = client_as("d1.ref")
    mine, other = key_id(app, "d1.agent"), key_id(app, "d2.agent")
    assert client.get(f"/administration/cles/{mine}/recu").status_code == 200
    assert client.get(f"/administration/cles/{other}/recu").status_code == 404
    assert client.get("/administration/cles/stock").status_code == 404
    assert client.get(f"/administration/cles/{mine}/resynchroniser").status_code == 404
    for act in ACTS:
        account = cast["d1.agent"].account_id
        assert post(client, "/administration/" + act.format(account=account, key=mine)).status_code == 403, act
        account = cast["d2.agent"].account_id
        assert post(client, "/administration/" + act.format(account=account, key=other)).status_code == 404, act
    for act in ("cles/stock", "cles/stock/1/retirer"):
        assert post(client, f"/administration/{act}").status_code == 404


@pytest.mark.parametrize("sigle", ["a.tech", "a.lecture", "d1.agent", "c11.chef", "c11.cmi", "c11.reseau"])
def test_nobody_else_sees_that_these_pages_exist(app, cast, client_as, sigle):
    client, key, account = client_as(sigle), key_id(app, "c12.cmi"), cast["c12.cmi"].account_id
    for address in ("cles/stock", f"cles/{key}/recu", f"cles/{key}/resynchroniser"):
        assert client.get(f"/administration/{address}").status_code == 404
    for act in (*ACTS, "cles/stock", "cles/stock/1/retirer"):
        assert post(client, "/administration/" + act.format(account=account, key=key)).status_code == 404


def test_another_academie_s_stock_does_not_exist_here(app, client_as):
    with app.app_context():
        stock.import_file(FILE, "lot.csv", academie="academie-poitiers", actor=None, now=datetime.now(UTC))
        other = db.session.query(StockKey.id).first()[0]
    client = client_as("a.admin")
    assert "Le stock est vide" in page(client.get("/administration/cles/stock"))
    assert post(client, f"/administration/cles/stock/{other}/retirer").status_code == 404
    for number in (0, 9999, 2**40):
        assert post(client, f"/administration/cles/stock/{number}/retirer").status_code == 404


def test_a_key_taken_out_of_the_stock_is_no_longer_there(app, client_as):
    client = client_as("a.admin")
    bring_in(client)
    with app.app_context():
        number = db.session.query(StockKey.id).filter_by(serial="A-1").scalar()
    assert post(client, f"/administration/cles/stock/{number}/retirer").status_code == 303
    assert "A-1<" not in page(client.get("/administration/cles/stock"))


def test_the_administrator_resynchronises_and_is_told_what_fails(app, cast, client_as):
    admin, key = client_as("a.admin"), key_id(app, "d1.agent")
    address = f"/administration/cles/{key}/resynchroniser"
    answer = post(admin, address, {"first": "000000", "second": "111111"})
    assert answer.status_code == 422 and "compte comme un échec" in page(answer)
    import base64

    seed = base64.b32decode(cast["d1.agent"].otp_secret)
    step = otp.step_at(datetime.now(UTC)) + 20
    codes = {"first": otp.code_at(seed, step), "second": otp.code_at(seed, step + 1)}
    assert post(admin, address, codes).status_code == 303
    with app.app_context():
        assert db.session.get(OtpKey, key).drift in (20, 21)


def test_a_link_for_a_forgotten_pin_is_shown_once_and_asks_for_the_key(app, cast, client_as):
    admin, key = client_as("a.admin"), key_id(app, "d1.agent")
    shown = page(post(admin, f"/administration/cles/{key}/code-pin"))
    link = re.search(r'value="http://localhost(/code-pin/[^"]+)"', shown)[1]
    client = app.test_client()
    assert "Nadia Soulérac" in page(client.get(link))
    import base64

    seed = base64.b32decode(cast["d1.agent"].otp_secret)
    data = {"csrf_token": csrf(client, link), "pin": PIN, "pin_again": PIN}
    wrong = client.post(link, data=data | {"code": "000000"})
    assert wrong.status_code == 422 and PIN not in page(wrong)
    code = otp.code_at(seed, otp.step_at(datetime.now(UTC)))
    assert client.post(link, data=data | {"code": code}).status_code == 303
    assert client.get(link).status_code == 404
    assert client.get("/code-pin/" + "x" * 43).status_code == 404


def test_one_changes_one_s_own_pin(app, cast, client_as):
    client = client_as("d1.agent")
    assert "Changer mon code PIN" in page(client.get("/compte"))
    import base64

    seed = base64.b32decode(cast["d1.agent"].otp_secret)
    data = {"current": "73-guichet", "code": otp.code_at(seed, otp.step_at(datetime.now(UTC))), "pin": PIN}
    answer = post(client, "/compte/code-pin", data | {"pin_again": "autre"})
    assert answer.status_code == 422 and "pas les mêmes" in page(answer)
    assert post(client, "/compte/code-pin", data | {"pin_again": PIN}).status_code == 303
    assert client.get("/compte").status_code == 200
    assert client.get("/compte/mot-de-passe").status_code == 404  # this person has no password to change


def test_without_an_intranet_nothing_speaks_of_passwords(client, cast, client_as):
    assert client.get("/connexion/mot-de-passe").status_code == 404
    assert post(client, "/connexion/mot-de-passe", {"sigle": "x"}).status_code == 404
    assert "Je n’ai pas de clé" not in page(client.get("/connexion"))
    admin, account = client_as("a.admin"), cast["c11.cmi"].account_id
    assert "Mot de passe sur l’intranet" not in page(admin.get(f"/administration/comptes/{account}"))
    told = post(admin, f"/administration/comptes/{account}/mot-de-passe", follow_redirects=True)
    assert "Aucun intranet n’est réglé" in page(told)


def test_the_password_of_a_person_is_shown_as_it_stands_and_unlocked(app, cast, client_as):
    app.config["GUICHET"] = app.config["GUICHET"].model_copy(update={"intranet": ("10.0.0.0/8",)})
    admin = client_as("a.admin")
    address = f"/administration/comptes/{cast['c11.cmi'].account_id}"
    assert "Cette personne a une clé : elle entre avec elle" in page(admin.get(address))
    outside = f"/administration/comptes/{cast['d1.agent'].account_id}"
    assert "Mot de passe sur l’intranet" not in page(admin.get(outside))
    keyless(app, cast, admin, "c11.cmi")
    assert "sans clé ni mot de passe" in page(admin.get(address))
    with app.app_context():
        row = db.session.get(Account, cast["c11.cmi"].account_id)
        row.password_hash, row.password_locked_at, row.password_failures = "x", datetime.now(UTC), 10
        db.session.commit()
    assert "Déverrouiller le mot de passe" in page(admin.get(address))
    assert post(admin, f"{address}/mot-de-passe/deverrouiller").status_code == 303
    with app.app_context():
        assert db.session.get(Account, cast["c11.cmi"].account_id).password_locked_at is None


def test_keys_to_get_back_are_shown_with_their_reason(client_as):
    shown = page(client_as("a.admin").get("/administration/cles"))
    assert "activité terminée" in shown and "x.fin" in shown and "accès de la collectivité suspendu" in shown


def test_pages_of_keys_take_few_queries(app, client_as, queries_of):
    client = client_as("a.admin")
    bring_in(client, csv(*(f"A-{number};{hexed(number)};HOTP" for number in range(1, 150))))
    receipt = f"/administration/cles/{key_id(app, 'd1.agent')}/recu"
    for address in ("/administration/cles", "/administration/cles/stock", receipt):
        client.get(address)
        with queries_of() as seen:
            assert client.get(address).status_code == 200
        assert len(seen) <= 8, (address, seen)


def test_no_get_changes_anything(app, cast, client_as, client):
    with app.app_context():
        before = db.session.query(JournalLine).count()
    for address in ("/connexion", "/connexion/cle-de-securite", "/connexion/resynchroniser", "/connexion/oubli"):
        assert client.get(address).status_code == 200
    for address in ("/connexion/cle-de-securite/defi", "/administration/cles/1/code-pin"):
        assert client.get(address).status_code in (404, 405)
    with app.app_context():
        assert db.session.query(JournalLine).count() == before


def test_forms_without_their_token_are_refused(client):
    for address in (
        "/connexion/cle-de-securite",
        "/connexion/cle-de-securite/defi",
        "/connexion/mot-de-passe",
        "/connexion/resynchroniser",
        "/connexion/oubli",
        "/code-pin/x",
        "/mot-de-passe/x",
        "/cle/x/defi",
    ):
        assert client.post(address, data={"sigle": "d1.agent"}).status_code == 400, address
