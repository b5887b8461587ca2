"""The journal's chain: any alteration is found at its first bad line, and concurrent writers do not break the chain."""

from __future__ import annotations

import threading

import pytest
from harness.holder import NOW
from sqlalchemy import delete, func, insert, select, update

from charters.database import db, writing
from charters.journal import audit
from charters.tables.access import Account, JournalHead, JournalLine


@pytest.fixture
def ten(context):
    """Write a journal of at least ten lines. Returns the last number."""
    for number in range(10):
        with writing():
            audit.record("account.created", subject=f"essai {number}", details={"é": number}, now=NOW)
    last = db.session.scalar(select(JournalHead.number))
    db.session.rollback()  # outside a request a transaction holds the write lock
    return last


def tamper(statement):
    with writing() as session:
        session.execute(statement)


def test_an_intact_journal_holds(ten):
    found = audit.verify()
    assert found.ok and found.lines == ten >= 10


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("subject", "autre"),
        ("event", "login.accepted"),
        ("sigle", "x"),
        ("zone", "intranet"),
        ("details", "{}"),
        ("at", NOW.replace(year=2020)),
        ("hash", "0" * 64),
        ("previous_hash", "0" * 64),
    ],
)
def test_an_altered_line_is_named(ten, column, value):
    tamper(update(JournalLine).where(JournalLine.number == 5).values({column: value}))
    assert audit.verify().first_bad == 5


def test_a_removed_line_is_named(ten):
    tamper(delete(JournalLine).where(JournalLine.number == 5))
    assert audit.verify().first_bad == 5


def test_a_removed_beginning_is_named(ten):
    tamper(delete(JournalLine).where(JournalLine.number <= 3))
    assert audit.verify().first_bad == 1


def test_a_cut_tail_is_named(ten):
    tamper(delete(JournalLine).where(JournalLine.number > ten - 2))
    assert audit.verify().first_bad == ten - 1


def test_security_a_tail_cut_together_with_its_head_is_found_by_an_anchor_kept_outside(ten):
    kept = db.session.execute(select(JournalLine.number, JournalLine.hash).where(JournalLine.number == ten)).one()
    before = db.session.scalar(select(JournalLine.hash).where(JournalLine.number == ten - 3))
    db.session.rollback()
    anchor = audit.Anchor(kept.number, kept.hash)
    assert audit.verify(anchor).ok and audit.verify(audit.Anchor(ten - 3, before)).ok
    tamper(delete(JournalLine).where(JournalLine.number > ten - 3))
    tamper(update(JournalHead).values(number=ten - 3, hash=before))
    assert audit.verify().ok  # the chain by itself does not show it
    found = audit.verify(anchor)
    assert found.first_bad == ten - 2 and "coupée" in found.reason
    with writing():  # the missing lines are made again, with other words
        for number in range(3):
            audit.record("account.created", subject=f"autre {number}", now=NOW)
    assert audit.verify().ok
    found = audit.verify(anchor)
    assert found.first_bad == ten and "empreinte" in found.reason


def test_an_anchor_before_the_purged_beginning_cannot_be_checked(ten):
    first = db.session.scalar(select(JournalLine.hash).where(JournalLine.number == 3))
    db.session.rollback()
    tamper(delete(JournalLine).where(JournalLine.number <= 3))
    tamper(update(JournalHead).values(base_number=3, base_hash=first))
    with writing():
        audit.record(audit.PURGED, subject="lignes 1 à 3", details={"last": 3, "sha256": first}, now=NOW)
    assert audit.verify(audit.Anchor(3, first)).ok
    assert not audit.verify(audit.Anchor(3, "0" * 64)).ok
    assert "purgée" in audit.verify(audit.Anchor(2, first)).reason


def test_two_lines_exchanged_are_named(ten):
    five, six = (
        dict(row._mapping)
        for row in db.session.execute(
            select(*JournalLine.__table__.c).where(JournalLine.number.in_((5, 6))).order_by(JournalLine.number)
        )
    )
    tamper(delete(JournalLine).where(JournalLine.number.in_((5, 6))))
    tamper(insert(JournalLine).values([five | {"number": 6}, six | {"number": 5}]))
    assert audit.verify().first_bad == 5


def test_a_line_forged_at_the_end_is_named(ten):
    row = dict(db.session.execute(select(*JournalLine.__table__.c).where(JournalLine.number == ten)).one()._mapping)
    row |= {"number": ten + 1, "previous_hash": row["hash"]}
    row["hash"] = audit.chained(row["previous_hash"], row)
    tamper(insert(JournalLine).values(row))
    assert audit.verify().first_bad == ten + 1


def test_a_line_rewritten_with_its_own_hash_betrays_the_next(ten):
    row = dict(db.session.execute(select(*JournalLine.__table__.c).where(JournalLine.number == 5)).one()._mapping)
    row["subject"] = "autre"
    tamper(
        update(JournalLine)
        .where(JournalLine.number == 5)
        .values(subject="autre", hash=audit.chained(row["previous_hash"], row))
    )
    assert audit.verify().first_bad == 6


def test_writers_at_once_make_one_chain(any_app, ten):
    def write(name):
        with any_app.app_context():
            for number in range(5):
                with writing():
                    audit.record("account.changed", subject=f"{name} {number}", now=NOW)
            db.session.remove()

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    found = audit.verify()
    assert found.ok and found.lines == ten + 20


def test_a_line_goes_with_its_transaction(ten):
    with pytest.raises(RuntimeError), writing():
        audit.record("account.changed", subject="jamais", now=NOW)
        raise RuntimeError
    with writing():
        audit.record("account.changed", subject="gardée", now=NOW)
    subjects = list(db.session.scalars(select(JournalLine.subject).where(JournalLine.event == "account.changed")))
    assert subjects == ["gardée"]


def test_a_refusal_is_kept_while_what_was_under_way_is_not(ten):
    db.session.execute(update(JournalHead).values(base_hash="f" * 64))
    audit.refusal(subject="/tickets/1", now=NOW)
    assert audit.verify().ok
    assert (
        db.session.scalar(select(func.count()).select_from(JournalLine).where(JournalLine.event == "access.refused"))
        == 1
    )


@pytest.mark.parametrize("name", ["pin", "OTP", "seed", "Cookie", "token", "password", "body"])
def test_no_secret_enters(context, name):
    with pytest.raises(ValueError):
        audit.record("account.changed", details={name: "x"}, now=NOW)


def test_a_line_cannot_be_split_nor_overflow(context):
    with writing():
        audit.record("account.changed", subject="a\nb\x00c" + "x" * 500, sigle="s\r\n" * 40, now=NOW)
    line = db.session.scalar(select(JournalLine).order_by(JournalLine.number.desc()).limit(1))
    assert line.subject.isprintable() and len(line.subject) == 200 and line.sigle.isprintable()
    assert audit.verify().ok


def test_the_rows_of_a_transaction_are_written_before_the_journals_end_is_locked(context, make, queries_of):
    """In the opposite order, two transactions on one row could wait for each other for ever (PostgreSQL).

    The journal itself ensures the order, even where SQLAlchemy does not flush before a statement.
    """
    account_id = make().account_id
    with queries_of() as seen, writing() as session:
        session.autoflush = False
        session.get_one(Account, account_id).first_name = "Autre"
        audit.record("account.changed", subject="p.durand", now=NOW)
    session.autoflush = True
    changed = next(place for place, query in enumerate(seen) if query.startswith("UPDATE account"))
    locked = next(place for place, query in enumerate(seen) if "FROM journal_head" in query)
    assert changed < locked


def test_a_journal_whose_end_is_gone_does_not_hold(ten):
    tamper(delete(JournalHead))
    found = audit.verify()
    assert not found.ok and (found.lines, found.first_bad) == (0, 0) and found.reason


def test_a_beginning_that_no_line_says_was_purged_is_named(ten):
    first = db.session.scalar(select(JournalLine.hash).where(JournalLine.number == 3))
    db.session.rollback()
    tamper(delete(JournalLine).where(JournalLine.number <= 3))
    tamper(update(JournalHead).values(base_number=3, base_hash=first))
    found = audit.verify()
    assert (found.lines, found.first_bad) == (0, 4) and "sans qu’une ligne le dise" in found.reason


def test_an_anchor_that_cannot_be_checked_counts_no_line_as_right(ten):
    first = db.session.scalar(select(JournalLine.hash).where(JournalLine.number == 3))
    db.session.rollback()
    tamper(delete(JournalLine).where(JournalLine.number <= 3))
    tamper(update(JournalHead).values(base_number=3, base_hash=first))
    with writing():
        audit.record(audit.PURGED, subject="lignes 1 à 3", details={"last": 3, "sha256": first}, now=NOW)
    for anchor, number in ((audit.Anchor(2, first), 2), (audit.Anchor(3, "0" * 64), 3)):
        found = audit.verify(anchor)
        assert (found.lines, found.first_bad) == (0, number)


def test_the_lines_before_the_first_bad_one_are_counted_as_right(ten):
    tamper(update(JournalLine).where(JournalLine.number == 5).values(subject="autre"))
    assert audit.verify().lines == 4
    tamper(delete(JournalLine).where(JournalLine.number == 5))
    assert audit.verify().lines == 4
