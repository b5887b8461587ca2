"""Logins, delays, locks and sessions, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
import time
from datetime import date, timedelta

import pytest
from harness.holder import NOW, PIN
from sqlalchemy import func, select

from charters.database import db
from charters.entry import sessions
from charters.errors import Invalid, NotFound, Refused
from charters.journal import audit
from charters.keys import keys
from charters.people import accounts
from charters.signing import signing
from charters.tables.access import JournalLine, OtpKey, WebSession

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def events(name):
    return db.session.scalar(select(func.count()).select_from(JournalLine).where(JournalLine.event == name))


def test_sigle_pin_and_code_open_a_session(holder):
    login = holder.login(holder.enter())
    assert login.actor.sigle == "p.durand" and login.actor.mandate.scope_id == "departement-d1"
    assert login.unsigned == ("usage", "cle")
    assert login.expires_at == NOW + 30 * MINUTE


def test_the_token_itself_is_kept_nowhere(holder):
    entered = holder.enter()
    assert entered.token not in str(db.session.execute(select(WebSession.__table__)).all())


@pytest.mark.parametrize("typed", ["P.Durand", "  p.durand "])
def test_a_sigle_is_read_without_its_case(holder, typed):
    assert holder.enter(sigle=typed).account_id == holder.account_id


def test_aut_02_a_code_enters_once(holder):
    code = holder.code()
    holder.enter(code=code)
    for later in (1, 29, 59, 89):
        assert holder.refused(NOW + later * SECOND, code=code) == refusal()
    assert events("login.replayed") >= 1


def refusal():
    from charters.entry.pin_and_code import REFUSAL

    return REFUSAL


def test_every_refusal_says_the_same(make):
    known, ended, locked = make(), make("x.fin"), make("x.lock")
    suspended = make("x.susp", organisation="departement-d3")
    without = accounts.create_account(
        accounts.AccountForm("x.cle", "A", "B", "C", "a@b.fr", "D", "e", False), actor=None, now=NOW
    )
    accounts.end_account(ended.account_id, NOW.date() - timedelta(days=1), actor=None, now=NOW)
    accounts.suspend_organisation("departement-d3", "essai", actor=None, now=NOW)
    for number in range(10):
        locked.refused(NOW - timedelta(days=1) + number * timedelta(hours=1), code="000000")
    sentences = {
        known.refused(pin="wrong"),
        known.refused(code="000000"),
        known.refused(sigle="nobody"),
        known.refused(sigle=""),
        ended.refused(),
        locked.refused(),
        suspended.refused(),
        known.refused(sigle="x.cle"),
        known.refused(pin="", code=""),
        known.refused(sigle="\x00" * 40, pin="\x00", code="\x00"),
        known.refused(pin="x" * 100_000),
    }
    assert without and sentences == {refusal()}


def test_aut_06_nine_failures_then_success_reset_the_count(holder):
    at = NOW
    for _ in range(9):
        holder.refused(at, code="000000")
        at += 5 * MINUTE
    assert holder.enter(at).refused_before == 9
    key = db.session.get(OtpKey, holder.key_id, populate_existing=True)
    assert (key.failures, key.next_try_at, key.locked_at) == (0, None, None)


def test_aut_06_the_tenth_failure_locks_and_the_right_code_no_longer_enters(holder):
    at = NOW
    for _ in range(10):
        holder.refused(at, pin="wrong")
        at += 5 * MINUTE
    holder.refused(at + timedelta(days=30))
    assert events("key.locked") == 1
    keys.unlock_key(holder.key_id, actor=None, now=at)
    assert events("key.unlocked") == 1
    assert holder.enter(at + MINUTE).account_id == holder.account_id


def test_aut_06_the_delay_begins_with_the_fifth_failure_and_doubles(holder):
    for _ in range(4):
        holder.refused(code="000000")
    assert holder.enter(NOW).refused_before == 4  # no delay yet
    at = NOW + MINUTE
    for _ in range(5):
        holder.refused(at, code="000000")
    holder.refused(at + 4 * SECOND)  # the right code, too soon: neither checked nor counted
    key = db.session.get(OtpKey, holder.key_id, populate_existing=True)
    assert key.failures == 5 and events("login.delayed") == 1
    holder.refused(at + 5 * SECOND, code="000000")
    holder.refused(at + 14 * SECOND)
    assert holder.enter(at + 15 * SECOND)


def test_a_right_code_with_a_wrong_pin_is_a_failure_and_is_not_used_up(holder):
    holder.refused(pin="wrong")
    assert holder.enter()


def test_two_at_once_with_one_code_only_one_enters(any_app, holder):
    outcomes, ready = [], threading.Barrier(4)

    def attempt():
        with any_app.app_context():
            ready.wait()
            try:
                outcomes.append(bool(holder.enter().token))
            except Refused:
                outcomes.append(False)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, False, False, True]
    db.session.rollback()
    assert db.session.get(OtpKey, holder.key_id, populate_existing=True).failures == 3
    assert audit.verify().ok


def test_failures_at_once_are_all_counted(any_app, holder):
    def attempt():
        with any_app.app_context():
            holder.refused(code="000000")
            db.session.remove()

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert db.session.get(OtpKey, holder.key_id, populate_existing=True).failures == 4


def test_a_session_dies_idle_and_of_old_age(holder):
    entered = holder.enter()
    assert holder.login(entered, NOW + 29 * MINUTE)
    assert holder.login(entered, NOW + 30 * MINUTE) is None
    at = NOW
    while at < NOW + timedelta(hours=11, minutes=45):
        at += 15 * MINUTE
        login = holder.login(entered, at)
        sessions.touch(login, now=at)
    assert login.expires_at == NOW + timedelta(hours=12)
    assert holder.login(entered, NOW + timedelta(hours=12)) is None


def test_an_administrator_has_fifteen_minutes(make):
    admin = make("a.admin", role="administrateur", scope="academie-a", external=False)
    entered = admin.enter()
    assert admin.login(entered, NOW + 14 * MINUTE).expires_at == NOW + 29 * MINUTE
    assert admin.login(entered, NOW + 15 * MINUTE) is None


def test_a_session_is_written_once_a_minute_at_most(holder, queries_of):
    entered = holder.enter()
    login = holder.login(entered, NOW + 59 * SECOND)
    with queries_of() as seen:
        sessions.touch(login, now=NOW + 59 * SECOND)
    assert not seen
    sessions.touch(login, now=NOW + 60 * SECOND)
    assert holder.login(entered, NOW + 60 * SECOND).seen_at == NOW + 60 * SECOND


def test_a_session_is_read_in_one_query_whatever_the_mandates(holder, queries_of):
    for number in range(5):
        accounts.add_mandate(holder.account_id, "cmi", f"college-{number}", NOW.date(), actor=None, now=NOW)
    entered = holder.enter()
    with queries_of() as seen:
        login = holder.login(entered)
    assert len(seen) == 1 and len(login.mandates) == 6


def test_a_session_of_the_intranet_is_dead_on_the_internet(holder):
    entered = sessions.open_session(holder.account_id, zone="intranet", now=NOW)
    assert holder.login(entered, zone="intranet")
    assert holder.login(entered, zone="internet") is None


def test_logging_out_closes_it(holder):
    entered = holder.enter()
    sessions.log_out(holder.login(entered), now=NOW)
    assert holder.login(entered) is None


@pytest.mark.parametrize("token", ["", "x", "é", "\x00", "' or 1=1 --"])
def test_a_token_of_nobody_opens_nothing(context, token):
    assert sessions.login_of(token, zone="internet", now=NOW) is None


def test_the_end_of_activity_closes_by_itself(holder):
    entered = holder.enter()
    accounts.end_account(holder.account_id, date(2026, 11, 12), actor=None, now=NOW)
    assert holder.login(entered, NOW + MINUTE)
    evening = NOW.replace(hour=22, minute=50)  # 23 h 50 in Paris
    late = sessions.open_session(holder.account_id, zone="internet", now=evening)
    assert holder.login(late, evening)
    assert holder.login(late, evening + 15 * MINUTE) is None  # the 13th in Paris
    holder.refused(NOW + timedelta(days=1))


def test_cha_05_suspension_ends_sessions_and_lifting_it_revives_none(make):
    mine, other = make(), make("d2.agent", organisation="departement-d2")
    before, elsewhere = mine.enter(), other.enter()
    assert accounts.suspend_organisation("departement-d1", "VIII", actor=None, now=NOW) == 1
    assert mine.login(before) is None and other.login(elsewhere)
    mine.refused(NOW + MINUTE)
    accounts.restore_organisation("departement-d1", actor=None, now=NOW + 10 * MINUTE)
    assert mine.login(before, NOW + 10 * MINUTE) is None
    assert mine.login(mine.enter(NOW + 11 * MINUTE), NOW + 11 * MINUTE)


def test_suspending_twice_or_nobody_is_refused(holder):
    accounts.suspend_organisation("departement-d1", "VIII", actor=None, now=NOW)
    with pytest.raises(Refused):
        accounts.suspend_organisation("departement-d1", "VIII", actor=None, now=NOW)
    with pytest.raises(Invalid):
        accounts.suspend_organisation("nulle-part", "VIII", actor=None, now=NOW)
    with pytest.raises(Invalid):
        accounts.suspend_organisation("departement-d1", " \u00a0 ", actor=None, now=NOW)
    with pytest.raises(NotFound):
        accounts.restore_organisation("departement-d2", actor=None, now=NOW)


def test_the_pin_can_be_set_off_by_configuration(any_app, holder):
    any_app.config["GUICHET"] = any_app.config["GUICHET"].model_copy(update={"pin_required": False})
    assert holder.enter(pin="")


def test_signing_lets_in_and_is_proved(holder):
    entered = holder.enter()
    actor = holder.login(entered).actor
    for kind in ("usage", "cle"):
        signing.sign_charter(actor, kind, 1, now=NOW)
        signing.sign_charter(actor, kind, 1, now=NOW + MINUTE)  # signing twice changes nothing
    assert holder.login(entered).unsigned == ()
    proofs = signing.signatures_of(holder.account_id)
    assert {(p.kind, p.version, p.sha256, p.signed_at) for p in proofs} == {
        (kind, 1, signing.charter(kind).sha256, NOW) for kind in ("usage", "cle")
    }


def test_the_journal_of_logins_holds_no_secret(holder):
    entered = holder.enter()
    holder.refused(pin="my secret pin", code="424242")
    lines = " ".join(f"{line.subject} {line.details}" for line in db.session.scalars(select(JournalLine)))
    for secret in (PIN, "my secret pin", "424242", entered.token, holder.code()):
        assert secret not in lines


@pytest.mark.usefixtures("real_hashes")
def test_aut_09_a_refusal_costs_the_same_whoever_is_named(make):
    known, ended = make(), make("x.fin")
    accounts.end_account(ended.account_id, NOW.date() - timedelta(days=1), actor=None, now=NOW)
    spent: dict[str, list[float]] = {"p.durand": [], "nobody": [], "x.fin": [], "": []}
    known.refused(NOW, code="000000")
    for hour in range(1, 8):
        for sigle, times in spent.items():
            before = time.process_time()
            known.refused(NOW + timedelta(hours=hour), sigle=sigle, code="000000")
            times.append(time.process_time() - before)
    medians = [sorted(times)[3] for times in spent.values()]
    assert max(medians) < 1.5 * min(medians)  # without a hash for unknown sigles, it would be 4
