"""Login other than by PIN and code, on both engines: intranet password, resynchronisation by two codes, change of PIN,
forgotten PIN, network zone of a session, letters, keys to be returned."""

from __future__ import annotations

import base64
import re
import threading
from datetime import timedelta

import pytest
from harness.holder import NOW, PIN, SEED
from sqlalchemy import func, select, update

from charters import letters
from charters.database import db, writing
from charters.entry import fido, passwords, renewal, resync, sessions
from charters.entry.pin_and_code import REFUSAL
from charters.errors import Invalid, NotFound, Refused
from charters.journal import audit
from charters.keys import keys, otp, pins, returns
from charters.keys.pins import NewPin
from charters.people import accounts
from charters.tables.access import Account, JournalLine, MandateRow, OtpKey, WebSession
from charters.tables.keys import Letter, ResetRequest
from ticketing.mail import letters as posting
from ticketing.oversight import reading_reports

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
GOOD, OTHER = "quatre vélos dans la cour", "trois pommes et un tableau"
NEW_PIN = "73-tournesol"


def plain(mail):
    """Return the plain text part of a message."""
    return str(mail.get_body(("plain",)).get_content())


def events(name):
    return db.session.scalar(select(func.count()).select_from(JournalLine).where(JournalLine.event == name))


def journal():
    rows = db.session.scalars(select(JournalLine).order_by(JournalLine.number))
    return " ".join(f"{row.subject} {row.details}" for row in rows)


def mails(app, now=NOW):
    """Send the due letters to the folder of mails, and return them as read there."""
    import email
    from email import policy

    posting.drain(app.config["GUICHET"], now, reading_reports.as_it_leaves)
    folder = app.config["GUICHET"].data_dir / "courriels"
    files = sorted(folder.glob("lettre-*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def refusal(call, *args, **more):
    with pytest.raises(Refused) as refused:
        call(*args, **more)
    return refused.value.sentence


def errors(call, *args, **more):
    with pytest.raises(Invalid) as invalid:
        call(*args, **more)
    return invalid.value.errors


@pytest.fixture
def intranet(any_app, context):
    any_app.config["GUICHET"] = any_app.config["GUICHET"].model_copy(update={"intranet": ("10.0.0.0/8",)})


@pytest.fixture
def staff(intranet, make):
    """A member of staff of the Éducation nationale without a key and with a password."""
    person = make("c.durand", role="cmi", scope="college-1", external=False)
    keys.return_key(person.key_id, actor=None, now=NOW - DAY)
    token = passwords.password_link(person.account_id, actor=None, now=NOW - DAY)
    passwords.set_password(token, password=GOOD, again=GOOD, zone="intranet", now=NOW - DAY)
    return person


def enter(sigle="c.durand", password=GOOD, zone="intranet", now=NOW):
    return passwords.log_in_with_password(sigle, password, zone=zone, now=now)


# --- passwords ---


def test_a_password_opens_on_the_intranet_alone(staff):
    entered = enter()
    assert sessions.login_of(entered.token, zone="intranet", now=NOW).actor.sigle == "c.durand"
    assert refusal(enter, zone="internet") == passwords.FROM_INTERNET
    assert refusal(enter, "personne", zone="internet") == passwords.FROM_INTERNET
    assert refusal(enter, password="x") == refusal(enter, "personne") == passwords.REFUSAL


def test_from_the_internet_nothing_is_counted_against_the_person(staff):
    for _ in range(12):
        refusal(enter, password="x", zone="internet")
    assert enter()


def test_who_holds_a_key_uses_it_and_an_external_never_has_a_password(intranet, staff, make):
    outside = make("d.externe")
    with pytest.raises(Refused):
        passwords.password_link(outside.account_id, actor=None, now=NOW)
    account = db.session.get(Account, outside.account_id)
    account.password_hash = db.session.get(Account, staff.account_id).password_hash
    db.session.commit()
    assert refusal(enter, "d.externe") == passwords.REFUSAL  # even with a password in the database
    keys.enrol_directly(staff.account_id, PIN, now=NOW, seed=b"x" * 20)
    assert refusal(enter) == passwords.REFUSAL
    with pytest.raises(Refused):
        passwords.password_link(staff.account_id, actor=None, now=NOW)


def test_aut_06_a_password_delays_from_the_fifth_failure_and_locks_at_the_tenth(staff):
    for _ in range(4):
        refusal(enter, password="x")
    assert enter().refused_before == 4
    for _ in range(5):
        refusal(enter, password="x")
    refusal(enter, now=NOW + 4 * SECOND)  # the right password, too soon
    assert enter(now=NOW + 6 * SECOND)
    at = NOW + MINUTE
    for _ in range(10):
        refusal(enter, password="x", now=at)
        at += 5 * MINUTE
    refusal(enter, now=at + DAY)
    assert events("password.locked") == 1
    passwords.unlock_password(staff.account_id, actor=None, now=at)
    assert enter(now=at) and events("password.unlocked") == 1


def test_failures_of_passwords_at_once_are_all_counted(any_app, staff):
    def attempt():
        with any_app.app_context():
            refusal(enter, password="x")
            db.session.remove()

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert db.session.get(Account, staff.account_id, populate_existing=True).password_failures == 4


@pytest.mark.parametrize(
    "password",
    [
        "",
        "court",
        "onze-signes",
        "motdepasse2026",
        "azertyuiop123",
        "aaaaaaaaaaaaaaaa",
        "c.durand c.durand",
        "x" * 129,
        "Guichet-2026-academie",
        "abcd\x00efghijklm",
        "soleil!!!!!!!!",
    ],
)
def test_a_password_easily_guessed_is_refused(password):
    assert passwords.fault(password, "c.durand")


@pytest.mark.parametrize("password", [GOOD, OTHER, "x7!" * 42 + "ab", "Cheval-Pile-Agrafe"])
def test_a_long_password_is_taken(password):
    assert passwords.fault(password, "c.durand") is None


def test_a_password_is_changed_by_who_gives_the_present_one(any_app, staff):
    kept, other = enter(), enter()
    login = sessions.login_of(kept.token, zone="intranet", now=NOW)
    change = {"password": OTHER, "again": OTHER, "session_id": login.session_id, "now": NOW}
    assert "current" in errors(passwords.change_password, login.actor, current="x", **change)
    assert db.session.get(Account, staff.account_id, populate_existing=True).password_failures == 1
    assert "password" in errors(passwords.change_password, login.actor, current=GOOD, **change | {"password": "court"})
    assert "password_again" in errors(passwords.change_password, login.actor, current=GOOD, **change | {"again": "y"})
    assert "password" in errors(
        passwords.change_password, login.actor, current=GOOD, **change | {"password": GOOD, "again": GOOD}
    )
    token = passwords.change_password(login.actor, current=GOOD, **change)
    assert sessions.login_of(token, zone="intranet", now=NOW)
    assert sessions.login_of(kept.token, zone="intranet", now=NOW) is None, "the session has a new token"
    assert sessions.login_of(other.token, zone="intranet", now=NOW) is None
    refusal(enter)
    assert enter(password=OTHER)
    assert any("Votre mot de passe a changé" in mail["Subject"] for mail in mails(any_app))
    assert GOOD not in journal() and OTHER not in journal()


def test_a_link_serves_once_within_seven_days_on_the_intranet(staff):
    first = passwords.password_link(staff.account_id, actor=None, now=NOW)
    second = passwords.password_link(staff.account_id, actor=None, now=NOW)
    choice = {"password": OTHER, "again": OTHER, "zone": "intranet", "now": NOW}
    for token, changes in ((first, {}), ("x" * 43, {}), (second, {"now": NOW + 8 * DAY})):
        with pytest.raises(NotFound):
            passwords.set_password(token, **choice | changes)
    assert "intranet" in refusal(passwords.set_password, second, **choice | {"zone": "internet"})
    passwords.set_password(second, **choice)
    with pytest.raises(NotFound):
        passwords.set_password(second, **choice)
    assert enter(password=OTHER)


# --- zone ---


@pytest.mark.parametrize(("opened", "shown"), [("intranet", "internet"), ("internet", "intranet")])
def test_cha_03_a_session_shown_from_another_zone_is_dead_for_good(holder, opened, shown):
    entered = sessions.open_session(holder.account_id, zone=opened, now=NOW)
    assert holder.login(entered, zone=opened)
    assert holder.login(entered, zone=shown) is None
    assert holder.login(entered, zone=shown) is None
    assert holder.login(entered, zone=opened) is None
    rows = db.session.scalars(select(JournalLine).where(JournalLine.event == "session.crossed")).all()
    assert [(row.sigle, row.zone, row.details) for row in rows] == [("p.durand", shown, f'{{"opened":"{opened}"}}')]


# --- resynchronising ---


@pytest.fixture
def hotp(make):
    """A holder of a HOTP key that has shown 5 codes."""
    person = make("h.durand")
    key = db.session.get(OtpKey, person.key_id)
    key.kind, key.last_step = "hotp", 4
    db.session.commit()
    return person


def code(counter):
    return otp.code_at(SEED, counter)


def again(first, second, sigle="h.durand", pin=PIN, now=NOW):
    resync.resynchronise(sigle, pin, first, second, zone="internet", now=now)


def test_aut_05_hotp_skip_9_skip_15_resynchronised_old_refused(hotp):
    assert hotp.enter(code=code(5 + 9))  # skip 9: ok
    hotp.refused(code=code(15 + 15))  # skip 15: refused
    again(code(31), code(32))
    for old in (14, 30, 31, 32):
        hotp.refused(code=code(old))
    assert hotp.enter(code=code(33))
    assert events("key.resynchronised") == 1


@pytest.mark.parametrize(("first", "second"), [(20, 22), (21, 20), (20, 20), (3, 4), (4, 5), (300, 301), (105, 106)])
def test_aut_05_what_is_no_pair_of_coming_codes_is_a_counted_failure(hotp, first, second):
    assert refusal(again, code(first), code(second)) == REFUSAL
    assert db.session.get(OtpKey, hotp.key_id, populate_existing=True).failures == 1


def test_the_hundredth_pair_still_resynchronises(hotp):
    again(code(104), code(105))


def test_resynchronising_tells_nothing_and_opens_nothing(hotp, make):
    other = make("x.autre")
    accounts.end_account(other.account_id, NOW.date() - DAY, actor=None, now=NOW)
    sentences = {
        refusal(again, code(20), code(21), pin="faux"),
        refusal(again, code(20), code(29)),
        refusal(again, code(20), code(21), sigle="personne"),
        refusal(again, code(20), code(21), sigle="x.autre"),
        refusal(again, "", "", sigle=""),
    }
    assert sentences == {REFUSAL}
    again(code(20), code(21))
    assert db.session.scalar(select(func.count()).select_from(WebSession)) == 0


def test_guessing_pairs_locks_the_key_as_guessing_codes_does(hotp):
    at = NOW
    for _ in range(10):
        refusal(again, "000000", "000001", now=at)
        at += 5 * MINUTE
    assert events("key.locked") == 1
    refusal(again, code(20), code(21), now=at + DAY)
    with pytest.raises(Refused):
        resync.resynchronise_for(hotp.key_id, code(20), code(21), actor=None, now=at + DAY)


def test_the_administrator_resynchronises_with_the_holder_on_the_phone(hotp):
    for pair in ((20, 22), (300, 301)):
        assert "first" in errors(
            resync.resynchronise_for, hotp.key_id, code(pair[0]), code(pair[1]), actor=None, now=NOW
        )
    assert db.session.get(OtpKey, hotp.key_id, populate_existing=True).failures == 2
    resync.resynchronise_for(hotp.key_id, code(50), code(51), actor=None, now=NOW)
    hotp.refused(code=code(51))
    assert hotp.enter(code=code(52))


@pytest.mark.parametrize("drift", [-97, -10, -2, 2, 10, 98])
def test_a_totp_key_whose_clock_drifts_is_learnt_anew(holder, drift):
    step = otp.step_at(NOW) + drift
    holder.refused(code=code(step))
    resync.resynchronise("p.durand", PIN, code(step), code(step + 1), zone="internet", now=NOW + MINUTE)
    holder.refused(NOW + MINUTE, code=code(step + 1))
    later = NOW + timedelta(minutes=3)
    key = db.session.get(OtpKey, holder.key_id, populate_existing=True)
    assert holder.enter(later, code=code(otp.step_at(later) + key.drift))
    holder.refused(later, code=code(otp.step_at(later) + key.drift + 5))


@pytest.mark.parametrize("a_week", [-20, 20])
def test_a_clock_that_drifts_is_followed_from_login_to_login(holder, a_week):
    for week in range(8):
        at = NOW + timedelta(weeks=week)
        assert holder.enter(at, code=code(otp.step_at(at + timedelta(seconds=a_week * week))))


@pytest.mark.parametrize("drift", [-150, 150])
def test_a_clock_too_far_is_not_followed(holder, drift):
    step = otp.step_at(NOW) + drift
    assert (
        refusal(resync.resynchronise, "p.durand", PIN, code(step), code(step + 1), zone="internet", now=NOW) == REFUSAL
    )


def test_a_code_used_at_a_login_does_not_resynchronise(holder):
    holder.enter()
    step = otp.step_at(NOW)
    refusal(resync.resynchronise, "p.durand", PIN, code(step), code(step + 1), zone="internet", now=NOW)


# --- the PIN ---


def test_a_pin_is_changed_by_who_proves_to_be_its_holder(any_app, holder):
    kept, other = holder.enter(), sessions.open_session(holder.account_id, zone="internet", now=NOW)
    login = holder.login(kept)
    at = NOW + MINUTE
    change = {"new": NewPin(NEW_PIN, NEW_PIN), "session_id": login.session_id, "now": at}
    assert "current" in errors(renewal.change_pin, login.actor, pin="faux", code=holder.code(at), **change)
    assert "current" in errors(renewal.change_pin, login.actor, pin=PIN, code="000000", **change)
    assert db.session.get(OtpKey, holder.key_id, populate_existing=True).failures == 2  # committed, whatever follows
    easy = change | {"new": NewPin("123456", NEW_PIN)}
    assert "pin" in errors(renewal.change_pin, login.actor, pin=PIN, code=holder.code(at), **easy)
    assert "pin" in errors(
        renewal.change_pin, login.actor, pin=PIN, code=holder.code(at), **change | {"new": NewPin(PIN, PIN)}
    )
    token = renewal.change_pin(login.actor, pin=PIN, code=holder.code(at), **change)
    assert sessions.login_of(token, zone="internet", now=at), "the session has a new token"
    assert holder.login(kept, at) is None and holder.login(other, at) is None
    at += MINUTE
    holder.refused(at)
    assert holder.enter(at, pin=NEW_PIN)
    assert any("Votre code PIN a changé" in mail["Subject"] for mail in mails(any_app, at))
    assert NEW_PIN not in journal()


@pytest.mark.parametrize("door", ["login", "proof", "resynchronisation"])
def test_the_former_pin_opens_nothing_were_it_judged_before_the_change(holder, monkeypatch, door):
    """A person who knows a PIN loses access when it changes, even by a login that was under way at that moment."""
    while_judged(monkeypatch, pin_hash=pins.hashed(NEW_PIN))
    step = otp.step_at(NOW)
    if door == "login":
        holder.refused()
    elif door == "proof":
        refusal(renewal.prove, holder.account_id, pin=PIN, code=code(step), zone="internet", now=NOW)
    else:
        refusal(resync.resynchronise, holder.sigle, PIN, code(step), code(step + 1), zone="internet", now=NOW)
    assert db.session.scalar(select(func.count()).select_from(WebSession)) == 0
    key = db.session.get(OtpKey, holder.key_id, populate_existing=True)
    assert (key.failures, key.last_step) == (1, None)


def test_the_former_password_opens_nothing_were_it_judged_before_the_change(staff, monkeypatch):
    while_judged(monkeypatch, password_hash=pins.hashed(OTHER))
    assert refusal(enter) == passwords.REFUSAL
    assert db.session.get(Account, staff.account_id, populate_existing=True).password_failures == 1
    assert enter(password=OTHER)


@pytest.mark.parametrize("out", ["suspended", "ended"])
def test_who_may_not_come_in_activates_no_key_with_a_link_from_before(any_app, make, out):
    """While a collectivité is suspended, its people's activation links do not work, like their links to a new PIN."""
    person = make("p.neuve")
    keys.revoke_key(person.key_id, actor=None, now=NOW - DAY)
    _, token = keys.create_key(person.account_id, actor=None, now=NOW - DAY)
    secret = keys.show_seed(token, now=NOW).secret
    if out == "suspended":
        accounts.suspend_organisation("departement-d1", "Charte non respectée.", actor=None, now=NOW)
    else:
        accounts.end_account(person.account_id, (NOW - DAY).date(), actor=None, now=NOW)
    seed = base64.b32decode(secret)
    chosen = {"pin": NewPin(NEW_PIN, NEW_PIN), "code": otp.code_at(seed, otp.step_at(NOW)), "now": NOW}
    for use in (
        lambda: keys.activation(token, now=NOW),
        lambda: keys.show_seed(token, now=NOW),
        lambda: keys.enrol(token, **chosen),
        lambda: fido.registration_options(token, b"x" * 32, now=NOW),
    ):
        with pytest.raises(NotFound):
            use()
    db.session.rollback()
    states = set(db.session.scalars(select(OtpKey.state).where(OtpKey.account_id == person.account_id)))
    assert states == {"revoked", "issued"}
    if out == "suspended":
        accounts.restore_organisation("departement-d1", actor=None, now=NOW)
        keys.enrol(token, **chosen)


def test_a_session_opened_by_password_ends_when_a_key_is_activated(staff):
    """« Who needs what »: a person with a key logs in only with it, so sessions opened by a password end."""
    entered = enter()
    assert sessions.login_of(entered.token, zone="intranet", now=NOW)
    _, token = keys.create_key(staff.account_id, actor=None, now=NOW)
    seed = base64.b32decode(keys.show_seed(token, now=NOW).secret)
    assert sessions.login_of(entered.token, zone="intranet", now=NOW), "handed over, and not yet in service"
    keys.enrol(token, pin=NewPin(NEW_PIN, NEW_PIN), code=otp.code_at(seed, otp.step_at(NOW)), now=NOW)
    assert sessions.login_of(entered.token, zone="intranet", now=NOW) is None
    assert refusal(enter) == passwords.REFUSAL


def while_judged(monkeypatch, **changed):
    """Make the owner choose another PIN or password while the former one is being compared."""
    judge = pins.right

    def slowly(typed, kept):
        verdict = judge(typed, kept)
        with writing() as session:
            session.execute(update(Account).values(**changed))
        return verdict

    monkeypatch.setattr(pins, "right", slowly)


def test_a_pin_of_64_characters_is_accepted(holder):
    long_one = "é" * 30 + "ab" * 17
    login = holder.login(holder.enter())
    at = NOW + MINUTE
    renewal.change_pin(login.actor, pin=PIN, code=holder.code(at), new=NewPin(long_one, long_one), now=at)
    assert holder.enter(at + MINUTE, pin=long_one)


def asked(sigle="p.durand", now=NOW):
    renewal.ask_reset(sigle, zone="internet", now=now)
    return renewal.answer_resets(now)


def link_of(mail):
    return re.search(r"/(?:code-pin|mot-de-passe)/([\w-]{20,})", plain(mail))[1]


def test_a_forgotten_pin_is_chosen_anew_with_the_link_and_the_key(any_app, holder):
    session = holder.enter()
    assert asked() == 1
    [mail] = mails(any_app)
    assert mail["To"].addresses[0].addr_spec == "p.durand@guichet.example"
    token, at = link_of(mail), NOW + MINUTE
    choice = {"pin": NewPin(NEW_PIN, NEW_PIN), "zone": "internet", "now": at}
    assert "code" in errors(renewal.renew_pin, token, code="000000", **choice)
    assert "pin" in errors(
        renewal.renew_pin, token, code=holder.code(at), **choice | {"pin": NewPin("111111", NEW_PIN)}
    )
    assert db.session.get(OtpKey, holder.key_id, populate_existing=True).failures == 1
    renewal.renew_pin(token, code=holder.code(at), **choice)
    with pytest.raises(NotFound):
        renewal.renew_pin(token, code=holder.code(at + MINUTE), **choice)
    assert holder.login(session, at) is None  # the person who took over the account is logged out
    assert holder.enter(at + MINUTE, pin=NEW_PIN)
    assert token not in str(db.session.execute(select(Letter.__table__)).all()) + journal()


def test_a_link_is_no_way_to_guess_codes(holder):
    token = renewal.pin_link(holder.key_id, actor=None, now=NOW)
    at = NOW
    for _ in range(10):
        errors(renewal.renew_pin, token, pin=NewPin(NEW_PIN, NEW_PIN), code="000000", zone="internet", now=at)
        at += 5 * MINUTE
    told = errors(renewal.renew_pin, token, pin=NewPin(NEW_PIN, NEW_PIN), code=holder.code(at), zone="internet", now=at)
    assert "verrouillée" in told["code"]
    holder.refused(at)


def test_who_may_not_come_in_gets_no_link(any_app, make):
    ended, suspended = make("x.fin"), make("x.susp", organisation="departement-d3")
    accounts.end_account(ended.account_id, NOW.date() - DAY, actor=None, now=NOW)
    accounts.suspend_organisation("departement-d3", "essai", actor=None, now=NOW)
    for sigle in ("x.fin", "x.susp", "personne", "", "pas un sigle", "é" * 60, "\x00"):
        assert asked(sigle) == 0
    assert mails(any_app) == []
    assert db.session.scalar(select(func.count()).select_from(ResetRequest)) == 0
    token = renewal.pin_link(suspended.key_id, actor=None, now=NOW)
    with pytest.raises(NotFound):
        renewal.renew_pin(token, pin=NewPin(NEW_PIN, NEW_PIN), code=code(1), zone="internet", now=NOW)


def test_nobody_s_mailbox_is_flooded(any_app, holder):
    assert sum(asked(now=NOW + number * MINUTE) for number in range(10)) == 3
    assert asked(now=NOW + 2 * DAY) == 1


def test_a_mail_says_what_fits_the_person(any_app, staff, make):
    without = make("x.sans")
    keys.return_key(without.key_id, actor=None, now=NOW)
    key, _ = fido.create_security_key(without.account_id, actor=None, now=NOW)
    asked("x.sans")
    row = db.session.get(OtpKey, key)
    row.state = "active"
    db.session.commit()
    asked("x.sans", NOW + MINUTE)
    asked("c.durand")
    asked_for = [mail for mail in mails(any_app, NOW + MINUTE) if "Votre demande" in mail["Subject"]]
    bodies = [" ".join(plain(mail).split()) for mail in asked_for]  # its lines are wrapped
    assert "pas de clé activée" in bodies[0] and "son propre code" in bodies[1] and "/mot-de-passe/" in bodies[2]
    passwords.set_password(
        re.search(r"/mot-de-passe/([\w-]+)", bodies[2])[1], password=OTHER, again=OTHER, zone="intranet", now=NOW
    )
    assert enter(password=OTHER)


# --- letters ---


def test_aut_02_the_holder_is_warned_by_mail_of_a_code_used_again(any_app, holder):
    used = holder.code()
    holder.enter(code=used)
    holder.refused(NOW + SECOND, code=used)
    holder.refused(NOW + 2 * SECOND, code=used)  # one mail only: nobody is flooded
    warned = [mail for mail in mails(any_app, NOW + MINUTE) if "présenté deux fois" in mail["Subject"]]
    assert len(warned) == 1 and warned[0]["To"].addresses[0].addr_spec == "p.durand@guichet.example"
    assert used not in plain(warned[0]) and "/compte" in plain(warned[0])


def test_who_has_no_pin_right_warns_nobody(any_app, holder):
    used = holder.code()
    holder.enter(code=used)
    holder.refused(NOW + SECOND, code=used, pin="faux")
    assert mails(any_app) == []


def test_the_holder_is_told_of_a_lock(any_app, holder):
    at = NOW
    for _ in range(10):
        holder.refused(at, code="000000")
        at += 5 * MINUTE
    assert [mail["Subject"] for mail in mails(any_app, at)] == ["[Guichet] Votre accès est verrouillé"]


def test_a_letter_s_body_is_sealed_while_it_waits_and_wiped_once_sent(any_app, holder):
    asked()
    waiting = db.session.scalar(select(Letter))
    assert "code-pin" not in waiting.body and waiting.state == "pending"
    mails(any_app)
    db.session.rollback()
    left = db.session.scalar(select(Letter).execution_options(populate_existing=True))
    assert (left.state, left.body) == ("sent", "")
    assert posting.drain(any_app.config["GUICHET"], NOW + DAY, reading_reports.as_it_leaves) == 0


def test_a_letter_that_cannot_leave_waits_then_fails(any_app, holder, monkeypatch):
    from ticketing.mail import carriers

    class Down:
        def send(self, mail, name):
            raise carriers.Later("injoignable", whole=True)

        def close(self):
            pass

    asked()
    monkeypatch.setattr(carriers, "carrier", lambda settings: Down())
    at = NOW
    while at < NOW + 4 * DAY:
        posting.drain(any_app.config["GUICHET"], at, reading_reports.as_it_leaves)
        at += timedelta(hours=1)
    row = db.session.scalar(select(Letter).execution_options(populate_existing=True))
    assert row.state == "failed" and row.body == "" and row.attempts > 20


def test_two_drains_at_once_send_each_letter_once(any_app, holder):
    asked()
    assert len(letters.claim(NOW)) == 1 and letters.claim(NOW) == []


# --- keys to be returned ---


def test_keys_to_get_back_are_listed_with_their_reason_and_their_keeper_reminded(any_app, make):
    make("d1.ref", role="referent", email="d1.ref@guichet.example")
    ended, idle = make("x.fin"), make("x.sans-mandat", role=None)
    make("d1.agent")
    make("x.neuf", role=None)  # waits for the first mandate: no key to return
    accounts.end_account(ended.account_id, NOW.date() - DAY, actor=None, now=NOW)
    mandate = accounts.add_mandate(
        idle.account_id, "technicien-departement", "departement-d1", NOW.date() - 9 * DAY, actor=None, now=NOW
    )
    accounts.end_mandate(mandate, NOW.date() - DAY, actor=None, now=NOW)
    found = {key.sigle: key.why for key in returns.keys_to_return(None, now=NOW)}
    assert found == {"x.fin": "ended", "x.sans-mandat": "mandate"}
    assert returns.keys_to_return(("departement-d2",), now=NOW) == []
    assert returns.remind(NOW) == 1
    [mail] = mails(any_app)
    assert mail["To"].addresses[0].addr_spec == "d1.ref@guichet.example"
    assert "x.fin" in plain(mail) and "x.sans-mandat" in plain(mail)
    assert "d1.agent" not in plain(mail)
    assert returns.remind(NOW + 6 * DAY) == 0
    assert returns.remind(NOW + 7 * DAY) == 1
    keys.return_key(ended.key_id, actor=None, now=NOW)
    keys.return_key(idle.key_id, actor=None, now=NOW)
    assert returns.remind(NOW + 30 * DAY) == 0


@pytest.mark.parametrize("keeps", [True, False])
def test_per_07_a_list_of_keys_goes_to_who_still_collects_them_when_it_leaves(any_app, make, keeps):
    keeper = make("d1.ref", role="referent", email="d1.ref@guichet.example")
    ended = make("x.fin")
    accounts.end_account(ended.account_id, NOW.date() - DAY, actor=None, now=NOW)
    assert returns.remind(NOW) == 1
    if not keeps:
        db.session.query(MandateRow).filter_by(account_id=keeper.account_id).update({"role": "technicien-departement"})
        db.session.commit()
    assert len(mails(any_app)) == keeps


def test_the_keys_of_a_suspended_collectivite_are_to_get_back(make):
    make("x.susp", organisation="departement-d3")
    accounts.suspend_organisation("departement-d3", "VIII", actor=None, now=NOW)
    assert [key.why for key in returns.keys_to_return(None, now=NOW)] == ["suspended"]
    accounts.restore_organisation("departement-d3", actor=None, now=NOW)
    assert returns.keys_to_return(None, now=NOW) == []


def test_two_schedulers_remind_once(make):
    make("d1.ref", role="referent")
    ended = make("x.fin")
    accounts.end_account(ended.account_id, NOW.date() - DAY, actor=None, now=NOW)
    from charters.keys import returns

    due = returns.keys_to_return(None, now=NOW)
    assert returns._remind("departement-d1", due, lambda organisation: (), NOW) == 1
    assert returns._remind("departement-d1", due, lambda organisation: (), NOW) == 0
    assert events("key.reminded") == 1 and audit.verify().ok


def test_where_nobody_collects_keys_any_more_the_administrators_are_reminded(make):
    """The référent left too: the letter about the keys of the collectivité goes to the académie that administers it."""
    admin, referent = make("a.admin", role="administrateur", scope="academie-a"), make("d1.ref", role="referent")
    for holder in (referent, make("x.fin")):
        accounts.end_account(holder.account_id, NOW.date() - DAY, actor=None, now=NOW)
    assert returns.remind(NOW) == 0
    db.session.rollback()
    with writing() as session:
        session.execute(update(OtpKey).values(reminded_on=None))
    assert returns.remind(NOW, {"departement-d1": ("academie-a",)}.__getitem__) == 1
    db.session.rollback()
    assert db.session.scalars(select(Letter.account_id)).all() == [admin.account_id]


def test_the_key_of_a_disabled_account_or_of_a_lapsed_mandate_is_to_hand_back(make):
    disabled, lapsed, there = make("x.un"), make("x.deux"), make("x.trois")
    with writing() as session:
        session.execute(update(Account).where(Account.id == disabled.account_id).values(locked_at=NOW))
        mine = MandateRow.account_id == lapsed.account_id
        session.execute(update(MandateRow).where(mine).values(lapses_on=NOW.date() - DAY))
    found = {key.account_id: key.why for key in returns.keys_to_return(None, now=NOW)}
    assert found == {disabled.account_id: "disabled", lapsed.account_id: "mandate"}
    assert there.account_id not in found
