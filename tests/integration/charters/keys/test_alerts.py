"""Administrators are told of locks within five minutes: once a lock, one letter for all, of their own people only."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from harness.holder import FORM, NOW
from sqlalchemy import select, update

from charters import letters as posted
from charters.database import db, writing
from charters.entry import attempts
from charters.keys import alerts, keys
from charters.people import accounts, directory
from charters.rules import unseal
from charters.tables.access import Account, MandateRow, OtpKey
from charters.tables.keys import Letter
from ticketing import jobs
from ticketing.oversight import reading_reports

MINUTE = timedelta(minutes=1)


@pytest.fixture
def admin(context: Any) -> int:
    return _administrator("a.un", "academie-a")


def _administrator(sigle: str, academie: str) -> int:
    before = NOW - timedelta(days=30)
    form = replace(FORM, sigle=sigle, email=f"{sigle}@a.example", organisation=academie, external=False)
    made = accounts.create_account(form, actor=None, now=before)
    accounts.add_mandate(made, "administrateur", academie, before.date(), actor=None, now=before)
    return made


@pytest.fixture
def lock(make: Any) -> Any:
    """`lock("x.un", at)` locks the key of this new person by ten failures, and gives its serial number."""

    def locked(sigle: str, at: Any = NOW, organisation: str = "departement-d1") -> str:
        holder = make(sigle=sigle, email=f"{sigle}@d1.example", organisation=organisation)
        fail(holder.account_id, at)
        return db.session.scalar(select(OtpKey.serial).where(OtpKey.id == holder.key_id))

    return locked


def fail(account_id: int, at: Any) -> None:
    with writing():
        account = db.session.get_one(Account, account_id)
        key = attempts.locked_key(account)
        for _ in range(attempts.LOCK_AT):
            attempts.count_failure(account, key, zone="internet", now=at)


def everybody(academie: str) -> None:
    return None


def told(account_id: int) -> list[str]:
    db.session.rollback()
    query = select(Letter).where(Letter.account_id == account_id, Letter.kind == alerts.KIND).order_by(Letter.id)
    return [unseal(one.message_id, one.body).decode() for one in db.session.scalars(query)]


def test_a_lock_is_told_at_once_and_once(admin: int, lock: Any) -> None:
    serial = lock("x.un")
    assert alerts.tell(everybody, NOW) == 1
    [text] = told(admin)
    assert f"- x.un, clé n° {serial} : dix échecs de suite" in text and "/administration/cles" in text
    for minutes in range(1, 30):
        assert alerts.tell(everybody, NOW + minutes * MINUTE) == 0
    assert len(told(admin)) == 1


def test_two_hundred_locks_in_five_minutes_give_two_letters_that_tell_them_all(
    admin: int, make: Any, monkeypatch: Any
) -> None:
    """The first at once, the second less than five minutes after the second lock; never a letter a lock."""
    people = [make(sigle=f"x.{number}").account_id for number in range(12)]
    for number, account in enumerate(people):
        at = NOW + number * timedelta(seconds=25)
        fail(account, at)
        alerts.tell(everybody, at)
    for seconds in range(275, 600, 20):
        alerts.tell(everybody, NOW + timedelta(seconds=seconds))
    db.session.rollback()
    letters = db.session.scalars(select(Letter).where(Letter.kind == alerts.KIND).order_by(Letter.id)).all()
    assert len(letters) == 2
    assert letters[1].created_at - (NOW + timedelta(seconds=25)) < timedelta(minutes=5)
    first, second = told(admin)
    assert first.count("dix échecs") == 1 and second.count("dix échecs") == 11


def test_a_letter_names_twenty_locks_and_counts_the_others(admin: int, context: Any, make: Any) -> None:
    people = [make(sigle=f"x.{number}").key_id for number in range(23)]
    with writing() as session:
        session.execute(update(OtpKey).where(OtpKey.id.in_(people)).values(locked_at=NOW))
    assert alerts.tell(everybody, NOW) == 1
    [text] = told(admin)
    assert text.count("dix échecs") == alerts.NAMED and "et 3 autres" in text


def test_a_lock_that_comes_again_after_an_unlocking_is_told_again(admin: int, lock: Any, make: Any) -> None:
    holder = make(sigle="x.deux")
    fail(holder.account_id, NOW)
    alerts.tell(everybody, NOW)
    keys.unlock_key(holder.key_id, actor=None, now=NOW + MINUTE)
    fail(holder.account_id, NOW + 10 * MINUTE)
    assert alerts.tell(everybody, NOW + 10 * MINUTE) == 1
    assert len(told(admin)) == 2


def test_a_locked_password_and_a_copied_key_are_told_for_what_they_are(admin: int, make: Any) -> None:
    password, copied = make(sigle="x.passe"), make(sigle="x.copie")
    with writing() as session:
        account = session.get_one(Account, password.account_id)
        for _ in range(attempts.LOCK_AT):
            attempts.count_password_failure(account, zone="intranet", now=NOW)
        mine = OtpKey.id == copied.key_id
        session.execute(update(OtpKey).where(mine).values(locked_at=NOW, cloned_at=NOW, kind="fido2"))
    alerts.tell(everybody, NOW)
    [text] = told(admin)
    assert "- x.passe, mot de passe : dix échecs" in text
    assert "- x.copie, clé n° " in text and "il en existe peut-être une copie" in text
    shown = directory.keys_to_follow(None, now=NOW)
    assert [(line.sigle, line.why, line.locked_at) for line in shown] == [
        ("x.copie", "cloned", NOW),
        ("x.passe", "locked", NOW),
    ]
    keys.unlock_key(copied.key_id, actor=None, now=NOW)
    assert [line.sigle for line in directory.keys_to_follow(None, now=NOW)] == ["x.passe"]


def test_security_an_administrator_is_told_of_the_people_of_the_own_académie_only(admin: int, lock: Any) -> None:
    other = _administrator("b.un", "academie-b")
    mine, theirs = lock("x.un"), lock("x.deux", organisation="departement-d2")
    covered = {"academie-a": {"departement-d1"}, "academie-b": {"departement-d2"}}
    assert alerts.tell(covered.__getitem__, NOW) == 2
    [first], [second] = told(admin), told(other)
    assert mine in first and theirs not in first and "x.deux" not in first
    assert theirs in second and mine not in second and "x.un" not in second


def test_per_07_who_administers_another_académie_by_now_is_not_sent_the_letter_of_the_first(
    admin: int, lock: Any
) -> None:
    lock("x.un")
    alerts.tell(everybody, NOW)
    (waiting,) = [letter for letter in posted.claim(NOW) if letter.account_id == admin]
    assert reading_reports.as_it_leaves(waiting, NOW) == waiting
    with writing() as session:
        session.execute(update(MandateRow).where(MandateRow.account_id == admin).values(scope_id="academie-b"))
    assert reading_reports.as_it_leaves(waiting, NOW) is None


def test_security_who_administers_no_more_is_told_nothing(admin: int, lock: Any) -> None:
    """Neither a lock after the end, nor the letter that was written before it and waits."""
    lock("x.un")
    alerts.tell(everybody, NOW)
    (waiting,) = [letter for letter in posted.claim(NOW) if letter.account_id == admin]
    assert reading_reports.as_it_leaves(waiting, NOW)
    accounts.end_account(admin, (NOW - timedelta(days=1)).date(), actor=None, now=NOW)
    assert not reading_reports.as_it_leaves(waiting, NOW)
    lock("x.deux", NOW + 10 * MINUTE)
    assert alerts.tell(everybody, NOW + 10 * MINUTE) == 0
    replaced = _administrator("a.deux", "academie-a")
    assert alerts.tell(everybody, NOW + 11 * MINUTE) == 1, "the lock waits for an administrator"
    assert len(told(replaced)) == 1


def test_two_schedulers_tell_a_lock_once(admin: int, lock: Any, monkeypatch: Any) -> None:
    lock("x.un")
    untold = alerts._untold()
    db.session.rollback()
    assert alerts.tell(everybody, NOW) == 1
    monkeypatch.setattr(alerts, "_untold", lambda: untold)
    monkeypatch.setattr(alerts, "_told_lately", lambda people, now: False)
    assert alerts.tell(everybody, NOW) == 0
    assert len(told(admin)) == 1


def test_the_scheduler_s_outbox_tells_a_lock_and_sends_it(app: Any, cast: Any, settings: Any) -> None:
    """In one turn of twenty seconds, so well within five minutes, and by `guichet outbox-drain` too."""
    with app.app_context():
        fail(cast["c11.cmi"].account_id, NOW)
        assert jobs.JOBS["outbox"].every <= timedelta(seconds=20)
        jobs.run("outbox", NOW)
        db.session.rollback()
        letter = db.session.scalars(select(Letter).where(Letter.kind == alerts.KIND)).one()
        assert (letter.state, letter.recipient_email) == ("sent", cast["a.admin"].email)
        mails = [path.read_text("utf-8") for path in (settings.data_dir / "courriels").glob("lettre-*.eml")]
        assert any("=?utf-8?q?" in text.lower() or "verrouill" in text for text in mails)
