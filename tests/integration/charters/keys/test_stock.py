"""The stock of keys: files are imported whole or not at all, a key has one holder, a used secret is never reused."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from harness.holder import FORM, NOW, PIN
from harness.suppliers import csv, hexed
from sqlalchemy import func, select

from charters.database import db
from charters.entry import fido, pin_and_code
from charters.errors import Invalid, NotFound, Refused
from charters.journal import audit
from charters.keys import keys, otp, rotation, stock
from charters.keys.pins import NewPin
from charters.keys.supplied_key import Faulty
from charters.people import accounts
from charters.rules import seal, unseal
from charters.tables.access import JournalLine, OtpKey
from charters.tables.keys import StockKey

HERE = "academie-a"
A_1 = bytes.fromhex(hexed(1))
DAY = timedelta(days=1)


def bring_in(*rows, **more):
    return stock.import_file(
        csv(*(rows or (f"A-1;{hexed(1)};HOTP", f"A-2;{hexed(2)};TOTP;8;SHA-256"))),
        "lot.csv",
        **({"academie": HERE, "actor": None, "now": NOW} | more),
    )


def person(sigle="p.durand"):
    from dataclasses import replace

    return accounts.create_account(replace(FORM, sigle=sigle), actor=None, now=NOW)


def hand(account, serial="A-1", **more):
    return stock.hand_over(account, serial, **({"academie": HERE, "actor": None, "now": NOW} | more))


def hotp(counter, seed=A_1):
    return otp.code_at(seed, counter)


def told(call, *args, **more):
    with pytest.raises((Faulty, Refused)) as refused:
        call(*args, **more)
    error = refused.value
    return [str(fault) for fault in error.faults] if isinstance(error, Faulty) else error.sentence


def test_a_file_is_brought_in_and_its_seeds_are_sealed(context):
    assert bring_in() == 2
    assert [(key.serial, key.kind, key.digits, key.algorithm) for key in stock.in_stock(HERE)] == [
        ("A-1", "hotp", 6, "sha1"),
        ("A-2", "totp", 8, "sha256"),
    ]
    assert stock.in_stock("academie-b") == []
    stored = str(db.session.execute(select(StockKey.__table__)).all())
    lines = " ".join(f"{line.subject} {line.details}" for line in db.session.scalars(select(JournalLine)))
    for seed in (hexed(1), A_1.decode("latin-1"), otp.base32(A_1)):
        assert seed not in stored and seed not in lines
    assert '"keys":2' in lines


def test_nothing_is_half_imported_and_every_fault_has_its_line(context):
    bring_in()
    faults = told(bring_in, f"B-1;{hexed(11)}", f"A-1;{hexed(12)}", f"B-2;{hexed(2)}", "B-3;xx")
    assert len(faults) == 1 and faults[0].startswith("Ligne 5")  # the file itself must be corrected first
    faults = told(bring_in, f"B-1;{hexed(11)}", f"A-1;{hexed(12)}", f"B-2;{hexed(2)}")
    assert [fault[:7] for fault in faults] == ["Ligne 3", "Ligne 4"]
    assert "déjà en stock" in faults[0] and "déjà servi" in faults[1]
    assert [key.serial for key in stock.in_stock(HERE)] == ["A-1", "A-2"]


def test_a_hardware_key_lives_its_whole_life(context):
    bring_in(f"A-1;{hexed(1)};HOTP;6;;3")
    key_id, token = hand(person())
    assert stock.in_stock(HERE) == [] and db.session.scalar(select(StockKey.seed)) is None
    with pytest.raises(Refused):
        keys.show_seed(token, now=NOW)  # a burnt-in secret is not shown
    good = {"pin": NewPin(PIN, PIN), "now": NOW}
    wrong = ((3, 5), (4, 3), (1, 2), (500, 501))
    for pair in ((hotp(3), ""), ("", ""), *((hotp(one), hotp(two)) for one, two in wrong)):
        with pytest.raises(Invalid) as invalid:
            keys.enrol(token, code=pair[0], second=pair[1], **good)
        assert "code" in invalid.value.errors
    keys.enrol(token, code=hotp(40), second=hotp(41), **good)
    for counter in (3, 40, 41):
        with pytest.raises(Refused):
            pin_and_code.log_in("p.durand", PIN, hotp(counter), zone="internet", now=NOW)
    assert pin_and_code.log_in("p.durand", PIN, hotp(42), zone="internet", now=NOW)
    keys.return_key(key_id, actor=None, now=NOW)
    key = db.session.get(OtpKey, key_id, populate_existing=True)
    assert (key.state, key.seed, key.returned_on) == ("returned", None, NOW.date())
    # The same secret is refused under any number; the same key with another secret is a new key.
    for serial in ("A-1", "Z-9"):
        assert "déjà servi" in told(bring_in, f"{serial};{hexed(1)};HOTP")[0]
    assert bring_in(f"A-1;{hexed(77)};HOTP") == 1
    assert hand(person("autre"))


def test_one_holder_at_a_time_and_from_one_s_own_stock_alone(context):
    bring_in()
    first, second = person(), person("autre")
    hand(first)
    assert "en stock" in told(hand, second, "A-1")
    assert "déjà une clé" in told(hand, first, "A-2")
    assert "en stock" in told(hand, second, "A-2", academie="academie-b")
    assert [key.serial for key in stock.in_stock(HERE)] == ["A-2"]  # the refusals left it in stock
    accounts.end_account(second, NOW.date() - DAY, actor=None, now=NOW)
    assert "terminée" in told(hand, second, "A-2")
    with pytest.raises(NotFound):
        hand(9999, "A-2")
    assert [key.serial for key in stock.in_stock(HERE)] == ["A-2"]


def test_a_live_number_is_not_imported_again(context):
    bring_in()
    hand(person())
    assert "en service" in told(bring_in, f"A-1;{hexed(99)};HOTP")[0]


def test_a_key_taken_out_of_the_stock_loses_its_secret(context):
    bring_in()
    stocked = stock.in_stock(HERE)[0]
    with pytest.raises(NotFound):
        stock.discard(stocked.id, academie="academie-b", actor=None, now=NOW)
    assert stock.discard(stocked.id, academie=HERE, actor=None, now=NOW) == "A-1"
    with pytest.raises(NotFound):
        stock.discard(stocked.id, academie=HERE, actor=None, now=NOW)
    assert db.session.scalar(select(StockKey.id).where(StockKey.id == stocked.id)) is None
    assert bring_in(f"A-1;{hexed(1)};HOTP") == 1  # removed by mistake; nobody had used its secret


def at_once(app, *acts):
    outcomes, ready = [], threading.Barrier(len(acts))

    def run(act):
        with app.app_context():
            ready.wait()
            try:
                act()
                outcomes.append(True)
            except (Faulty, Refused):
                outcomes.append(False)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    return sorted(outcomes)


def test_two_imports_of_one_file_at_once_bring_it_in_once(any_app, context):
    assert at_once(any_app, bring_in, bring_in) == [False, True]
    assert db.session.scalar(select(func.count()).select_from(StockKey)) == 2
    assert audit.verify().ok


def test_one_key_handed_to_two_people_at_once_has_one_holder(any_app, context):
    bring_in()
    first, second = person(), person("autre")
    assert at_once(any_app, lambda: hand(first), lambda: hand(second)) == [False, True]
    assert db.session.scalar(select(func.count()).select_from(OtpKey).where(OtpKey.serial == "A-1")) == 1


def test_a_seed_moved_to_another_row_does_not_open(context):
    bring_in()
    sealed = dict(db.session.execute(select(StockKey.serial, StockKey.seed)).all())
    assert unseal("A-1", sealed["A-1"]) == A_1
    with pytest.raises(ValueError):
        unseal("A-2", sealed["A-1"])


# --- rotation ---


def test_everything_is_sealed_anew_under_the_newest_key(any_app, context, make, monkeypatch):
    from cryptography.fernet import Fernet

    monkeypatch.setattr(rotation, "BATCH", 3)
    bring_in(*(f"S-{number};{hexed(number)};HOTP" for number in range(1, 8)))
    holder = make()
    old = any_app.config["GUICHET"]
    newest = Fernet.generate_key().decode()
    any_app.config["GUICHET"] = old.model_copy(update={"seed_keys": (newest, *old.seed_keys)})
    done = rotation.rotate(NOW)
    assert (done.renewed, done.already, done.unreadable) == (8, 0, ())
    again = rotation.rotate(NOW)
    assert (again.renewed, again.already) == (0, 8)
    any_app.config["GUICHET"] = old.model_copy(update={"seed_keys": (newest,)})  # the old key may go
    assert holder.enter()
    hand(person("autre"), "S-1")
    lines = select(func.count()).select_from(JournalLine).where(JournalLine.event == "keys.rotated")
    assert db.session.scalar(lines) == 2


def test_a_rotation_stopped_on_its_way_goes_on(any_app, context, monkeypatch):
    from cryptography.fernet import Fernet

    monkeypatch.setattr(rotation, "BATCH", 2)
    bring_in(*(f"S-{number};{hexed(number)};HOTP" for number in range(1, 8)))
    old = any_app.config["GUICHET"]
    newest = Fernet.generate_key().decode()
    any_app.config["GUICHET"] = old.model_copy(update={"seed_keys": (newest, *old.seed_keys)})
    calls, real = [], rotation.resealed

    def failing(sealed):
        calls.append(1)
        if len(calls) > 5:
            raise KeyboardInterrupt
        return real(sealed)

    monkeypatch.setattr(rotation, "resealed", failing)
    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(NOW)
    monkeypatch.setattr(rotation, "resealed", real)
    done = rotation.rotate(NOW)
    assert (done.renewed, done.already) == (3, 4)


def test_a_secret_that_no_key_opens_is_told_by_its_number(any_app, context):
    from cryptography.fernet import Fernet

    bring_in()
    any_app.config["GUICHET"] = any_app.config["GUICHET"].model_copy(
        update={"seed_keys": (Fernet.generate_key().decode(),)}
    )
    assert rotation.rotate(NOW).unreadable == ("A-1", "A-2")


def test_security_keys_are_handed_over_once_too(context):
    account = person()
    key_id, _ = fido.create_security_key(account, serial="F-1", label="Modèle bleu", actor=None, now=NOW)
    key = db.session.get(OtpKey, key_id)
    assert (key.kind, key.hardware, key.seed, key.label) == ("fido2", True, None, "Modèle bleu")
    assert "déjà une clé" in told(fido.create_security_key, account, actor=None, now=NOW)
    with pytest.raises(Refused):
        fido.create_security_key(person("autre"), serial="F-1", actor=None, now=NOW)
    for serial in ("x" * 41, "<b>", "a\x00b"):
        with pytest.raises(Invalid):
            fido.create_security_key(person(f"p{len(serial)}"), serial=serial, actor=None, now=NOW)
    assert keys.LIVE == ("issued", "active") and seal("a", b"b") != seal("a", b"b")
