"""The journal is signed by a key outside the database: what somebody with the database alone can do is found."""

from __future__ import annotations

import os
import shutil
import stat
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.holder import NOW
from sqlalchemy import delete, select, update

from charters.database import db, writing
from charters.errors import Refused
from charters.journal import audit, keeping, keyring, retention, witness
from charters.tables.access import Account, JournalHead, JournalLine
from charters.tables.keys import Letter
from ticketing import jobs
from ticketing.oversight import verification

LINE, HEAD = JournalLine.__table__, JournalHead.__table__


def say(count: int = 1, word: str = "essai") -> None:
    for number in range(count):
        with writing():
            audit.record("account.created", subject=f"{word} {number}", now=NOW)


def head() -> Any:
    db.session.rollback()
    found = db.session.execute(select(HEAD)).one()
    db.session.rollback()
    return found


def tamper(*statements: Any) -> None:
    with writing() as session:
        for statement in statements:
            session.execute(statement)


@pytest.fixture
def ten(context: Any) -> int:
    say(10)
    return int(head().number)


def rewrite_from(number: int, event: str = "account.created") -> None:
    """Rewrite the chain from a line on, as who has the database alone can: without the key."""
    with writing() as session:
        previous = session.scalar(select(LINE.c.previous_hash).where(LINE.c.number == number))
        for row in session.execute(select(LINE).where(LINE.c.number >= number).order_by(LINE.c.number)).all():
            line = dict(row._mapping) | {"previous_hash": previous}
            if row.number == number:
                line["subject"] = "récrite"
            line["hash"] = previous = audit._hash(previous, line)
            session.execute(update(LINE).where(LINE.c.number == row.number).values(**line))
        session.execute(update(HEAD).values(hash=previous))


def test_security_a_chain_rewritten_with_the_database_alone_is_found(ten: int) -> None:
    """It would hold by itself if it were not signed: every hash and the head agree."""
    rewrite_from(ten - 4)
    found = audit.verify()
    assert found.first_bad == ten - 4 and "n’est pas signée" in found.reason


def test_security_what_the_head_says_of_the_key_does_not_make_it_hold(ten: int) -> None:
    """Nor a head that names no key, or another: the file says which lines are signed."""
    rewrite_from(ten - 4)
    for key in ("", "0" * 16):
        tamper(update(HEAD).values(key=key))
        assert audit.verify().first_bad == ten - 4


def test_security_lines_of_before_the_key_are_pinned_by_its_file(context: Any, settings: Any) -> None:
    keyring.file().unlink()
    tamper(update(HEAD).values(key=""), delete(LINE), update(HEAD).values(number=0, hash=audit.GENESIS))
    _unsigned(5)
    say(3)  # the key begins here
    assert audit.verify().ok and keyring.ring().keys[0].first == 6
    with writing() as session:  # the unsigned lines are rewritten, and the signed ones left
        previous = audit.GENESIS
        for row in session.execute(select(LINE).where(LINE.c.number <= 5).order_by(LINE.c.number)).all():
            line = dict(row._mapping) | {"previous_hash": previous, "subject": "récrite"}
            line["hash"] = previous = audit._hash(previous, line)
            session.execute(update(LINE).where(LINE.c.number == row.number).values(**line))
        session.execute(update(LINE).where(LINE.c.number == 6).values(previous_hash=previous))
    assert audit.verify().first_bad == 6


def _unsigned(count: int) -> None:
    """Lines as the program wrote them before it had a key."""
    with writing() as session:
        previous = audit.GENESIS
        for number in range(1, count + 1):
            line = {"number": number, "at": NOW, "event": "account.created", "sigle": "", "zone": "", "details": "{}"}
            line |= {"subject": f"avant {number}", "previous_hash": previous}
            line["hash"] = previous = audit._hash(previous, line)
            session.execute(LINE.insert().values(line))
        session.execute(update(HEAD).values(number=count, hash=previous, key=""))


def test_the_key_is_made_with_the_first_line_and_closed_to_others(context: Any) -> None:
    keyring.file().unlink()
    tamper(delete(LINE), update(HEAD).values(number=0, hash=audit.GENESIS, key=""))
    say()
    path = keyring.file()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    [key] = keyring.ring().keys
    assert (key.first, key.before, len(key.secret)) == (1, audit.GENESIS, 32)
    assert head().key == key.print and key.secret.hex() not in str(head())
    assert audit.verify().ok


def test_a_new_key_signs_what_follows_and_the_old_one_still_checks_what_came_before(ten: int) -> None:
    first = keeping.rotate(NOW)
    say(3)
    assert first == ten + 1 and audit.verify().ok
    old, new = keyring.ring().keys
    assert new.first == ten + 1 and new.before and head().key == new.print != old.print
    keyring._write([new])
    assert audit.verify().first_bad == 1, "without the old key, its lines cannot be checked"


def test_another_process_signs_by_the_new_key_at_once(ten: int, any_app: Any, settings: Any) -> None:
    from harness.apps import build_app

    other = build_app(settings)
    with other.app_context():
        say(1, "autre")
        db.session.remove()
    keeping.rotate(NOW)
    with other.app_context():
        say(1, "autre")
        db.session.remove()
        db.engine.dispose()
    assert audit.verify().ok


def test_nothing_is_written_while_the_key_is_missing(ten: int) -> None:
    kept = keyring.file().with_name("kept")
    keyring.file().rename(kept)
    assert not keeping.signable()
    with pytest.raises(keyring.KeyMissing):
        say()
    found = audit.verify()
    assert not found.ok and "n’a pas la clé du journal" in found.reason
    with pytest.raises(Refused):
        keeping.rotate(NOW)
    kept.rename(keyring.file())
    say()
    assert audit.verify().ok and head().number == ten + 1


@pytest.mark.parametrize(
    "written", ["rien", "0 " + "0" * 64 + " " + "1" * 64, "5 " + "0" * 64 + " -\n2 " + "0" * 64 + " -"]
)
def test_a_file_that_is_no_key_is_refused(ten: int, written: str) -> None:
    keyring.file().write_text(written)
    assert not keeping.signable()
    with pytest.raises(keyring.KeyMissing):
        audit.verify()
    with pytest.raises(keyring.KeyMissing):
        say()


def test_a_lost_key_is_accepted_as_lost(ten: int) -> None:
    """The lines that it signed keep their order, and can no longer be checked word by word; the next ones are."""
    keyring.file().unlink()
    assert keeping.accept("clé perdue", NOW) == ten
    say(3)
    assert audit.verify().ok and keeping.signable()
    tamper(delete(LINE).where(LINE.c.number == 4))
    assert audit.verify().first_bad == 4
    assert db.session.scalar(select(LINE.c.event).where(LINE.c.number == ten + 1)) == "journal.accepted"


def test_a_database_restored_from_before_the_key_began_goes_on_once_it_is_accepted(context: Any) -> None:
    keyring.file().unlink()
    tamper(delete(LINE), update(HEAD).values(number=0, hash=audit.GENESIS, key=""))
    _unsigned(5)
    keyring._write([keyring.Key(9, "1" * 64, b"k" * 32)])
    assert not keeping.signable() and "coupée" in audit.verify().reason
    keeping.accept("sauvegarde du 3", NOW)
    say(2)
    assert audit.verify().ok
    assert list(keyring.file().parent.glob("journal-key.*.old")), "the later key may be of use again"


# --- a tail cut together with its head --------------------------------------------------------------------------------


def cut(ten: int, lines: int = 3) -> None:
    before = db.session.scalar(select(LINE.c.hash).where(LINE.c.number == ten - lines))
    tamper(delete(LINE).where(LINE.c.number > ten - lines), update(HEAD).values(number=ten - lines, hash=before))


def test_security_a_tail_cut_with_its_head_is_found_by_the_end_that_the_scheduler_saw(ten: int) -> None:
    assert jobs.run("journal-witness", NOW) == 1
    assert jobs.run("journal-witness", NOW) == 0
    assert stat.S_IMODE(witness.file().stat().st_mode) == 0o600
    cut(ten)
    assert audit.verify().ok, "the chain by itself does not show it"
    found = verification.verify()
    assert found.first_bad == ten - 2 and "coupée, son bout avec elle" in found.reason
    say(5, "autre")  # written again with other words, by the program itself
    found = verification.verify()
    assert found.first_bad == ten and "empreinte" in found.reason


def test_the_ends_seen_are_one_a_day_and_the_last(ten: int) -> None:
    for day in range(450):
        for hour in (9, 17):
            say()
            jobs.run("journal-witness", datetime(2026, 1, 1, hour, tzinfo=UTC) + timedelta(days=day))
        if day == 20:
            break
    ends = witness.ends()
    assert len(ends) == 21 and ends[-1].number == head().number
    for number in range(witness.KEPT + 5):
        witness.note(number, "a" * 64, datetime(2030, 1, 1, tzinfo=UTC) + timedelta(days=number))
    assert len(witness.ends()) == witness.KEPT
    assert verification.verify().ok is False


def test_security_an_act_without_its_line_is_found(app: Any, actor_as: Any, cast: Any) -> None:
    """Where neither the scheduler nor a letter saw the end: the tables themselves say that a line is missing."""
    from ticketing.model import Draft, Facts
    from ticketing.tickets import desk

    with app.app_context():
        asked = Draft(
            title="Poste en panne",
            body="Rien.",
            etablissement="desaix-tarbes",
            service="equipement-bureautique",
            activity="mco",
            facts=Facts(user_category="cdi", acquired_by="departement"),
        )
        number = desk.open_ticket(actor_as("c11.cmi"), asked, [], datetime.now(UTC))
        assert verification.verify().ok
        cut(int(head().number), 1)
        found = verification.verify()
        assert audit.verify().ok and f"ticket {number}" in found.reason


def test_an_act_whose_line_was_purged_is_not_missed(app: Any, actor_as: Any, cast: Any) -> None:
    """Its line may have gone before one that is older by a second: lines stand in the order of their commits."""
    from ticketing.model import Draft, Facts
    from ticketing.tickets import desk

    asked = Draft(
        title="Poste en panne",
        body="Rien.",
        etablissement="desaix-tarbes",
        service="equipement-bureautique",
        activity="mco",
        facts=Facts(user_category="cdi", acquired_by="departement"),
    )
    now = datetime.now(UTC)
    with app.app_context():
        desk.open_ticket(actor_as("c11.cmi"), asked, [], now + timedelta(seconds=5))
        desk.open_ticket(actor_as("c11.cmi"), asked, [], now + timedelta(seconds=3))
        last = int(head().number) - 1
        with writing() as session:
            gone = session.scalar(select(LINE.c.hash).where(LINE.c.number == last))
            session.execute(delete(LINE).where(LINE.c.number <= last))
            session.execute(update(HEAD).values(base_number=last, base_hash=gone))
            audit.record(audit.PURGED, details={"last": last, "sha256": gone}, now=now)
        assert verification.verify().ok


# --- the letter outside -----------------------------------------------------------------------------------------------


def test_the_anchor_goes_each_day_to_the_address_of_the_settings(ten: int, any_app: Any) -> None:
    assert retention.tell_head(NOW) == 0
    any_app.config["GUICHET"] = any_app.config["GUICHET"].model_copy(
        update={"journal_anchor_to": "ssi@ailleurs.example"}
    )
    assert jobs.run("journal-head", NOW) == 1
    letter = db.session.execute(select(Letter.__table__)).one()
    assert (letter.account_id, letter.recipient_email, letter.kind) == (None, "ssi@ailleurs.example", "journal-head")
    from charters.rules import unseal

    text = unseal(letter.message_id, letter.body).decode()
    end = db.session.execute(select(LINE.c.number, LINE.c.hash).where(LINE.c.number == ten)).one()
    assert f"--since {end.number} --print {end.hash}" in text
    assert text.startswith("Bonjour,")
    assert db.session.scalar(select(Account.id).limit(1)) is None


def test_the_key_goes_with_a_copy_of_the_data_folder(ten: int, tmp_path: Any) -> None:
    """As after a restoration: the copy's file checks the copy's journal, whatever its modes were."""
    copy = tmp_path / "ailleurs" / "journal-key"
    copy.parent.mkdir()
    shutil.copyfile(keyring.file(), copy)
    os.chmod(copy, 0o600)
    keyring.hand_in(db.engine, copy)
    assert audit.verify().ok


def test_every_act_of_the_reference_data_has_its_line(app: Any, seeded_data: Any) -> None:
    with app.app_context():
        assert verification.verify().ok
