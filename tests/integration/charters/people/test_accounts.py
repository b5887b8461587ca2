"""Accounts, mandates and keys on both engines."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from harness.holder import FORM, NOW, PIN
from sqlalchemy import func, inspect, select

from charters.database import Base, db, writing
from charters.entry import sessions
from charters.errors import Invalid, NotFound, Refused
from charters.keys import keys, otp
from charters.keys.pins import NewPin
from charters.people import accounts, directory
from charters.signing import register
from charters.tables.access import Account, JournalLine, MandateRow, OtpKey

WANTED = ("last_name", "first_name", "company", "email", "function")


def create(**changes):
    return accounts.create_account(replace(FORM, **changes), actor=None, now=NOW)


@pytest.mark.parametrize("field", [*WANTED, "sigle", "organisation"])
@pytest.mark.parametrize("blank", ["", "   ", "\u00a0", " \u00a0\t\u202f ", "\u200b", "\x00"])
def test_cha_01_nobody_is_created_without_each_of_the_five(context, field, blank):
    with pytest.raises(Invalid) as invalid:
        create(**{field: blank})
    assert list(invalid.value.errors) == [field]
    assert db.session.scalar(select(func.count()).select_from(Account)) == 0


def test_every_fault_is_told_at_once(context):
    with pytest.raises(Invalid) as invalid:
        accounts.create_account(accounts.AccountForm(), actor=None, now=NOW)
    assert set(invalid.value.errors) == {*WANTED, "sigle", "organisation", "external"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "sans-arobase"),
        ("email", "a@b"),
        ("email", "a b@c.fr"),
        ("email", "a@b.fr, c@d.fr"),
        ("email", "a@b..fr"),
        ("email", "élodie@b.fr"),
        ("email", "a@é.fr"),
        ("email", "a@[b.fr"),
        ("email", "a:@b.fr;"),
        ("sigle", "a"),
        ("sigle", "é.durand"),
        ("sigle", ".durand"),
        ("sigle", "a" * 33),
        ("sigle", "p durand"),
        ("last_name", "x" * 81),
        ("last_name", "—"),
        ("ends_on", "hier"),
        ("ends_on", "2026-02-30"),
        ("ends_on", "2026-11-11"),
        ("external", None),
    ],
)
def test_a_bad_value_has_its_sentence_at_its_field(context, field, value):
    with pytest.raises(Invalid) as invalid:
        create(**{field: value})
    assert list(invalid.value.errors) == [field] and invalid.value.errors[field].endswith(".")


def test_a_sigle_is_never_given_twice_even_after_a_departure(context):
    first = create()
    accounts.end_account(first, date(2026, 1, 1), actor=None, now=NOW)
    for sigle in ("p.durand", "P.DURAND", " p.durand "):
        with pytest.raises(Invalid) as invalid:
            create(sigle=sigle, last_name="Autre")
        assert list(invalid.value.errors) == ["sigle"]


def test_a_sigle_asked_twice_at_once_is_given_once(any_app, context):
    outcomes = []

    def attempt():
        with any_app.app_context():
            try:
                outcomes.append(create())
            except Invalid as invalid:
                outcomes.append(invalid.errors["sigle"])
            finally:
                db.session.remove()

    threads = [threading.Thread(target=attempt) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(isinstance(outcome, int) for outcome in outcomes) == [False, False, True]


def test_mandates_hold_by_their_days_inclusive(context):
    account = create()
    accounts.add_mandate(account, "cmi", "c11", "2026-11-10", "2026-11-12", actor=None, now=NOW)
    accounts.add_mandate(account, "chef", "c12", "2026-11-13", actor=None, now=NOW)

    def role(day):
        mandate = sessions.actor_of(account, now=NOW.replace(day=day)).mandate
        return mandate and mandate.role.value

    assert [role(day) for day in (9, 10, 12, 13, 28)] == [None, "cmi", "cmi", "chef", "chef"]


def test_a_mandate_ended_yesterday_is_over_at_once(context):
    account = create()
    mandate = accounts.add_mandate(account, "cmi", "c11", "2026-11-10", actor=None, now=NOW)
    accounts.end_mandate(mandate, "2026-11-11", actor=None, now=NOW)
    assert sessions.actor_of(account, now=NOW).mandate is None
    with pytest.raises(NotFound):
        accounts.end_mandate(999, "2026-11-11", actor=None, now=NOW)


def test_an_ended_mandate_is_not_given_back_by_an_act_that_the_journal_calls_an_end(context):
    """Its end is not postponed either: an act that gives access is journalled as such and limited to the activity."""
    account = create(ends_on="2026-12-31")
    over = accounts.add_mandate(account, "administrateur", "a", "2026-11-01", "2026-11-05", actor=None, now=NOW)
    running = accounts.add_mandate(account, "cmi", "c11", "2026-11-10", actor=None, now=NOW)
    for mandate, day in ((over, "2099-01-01"), (over, "2026-11-12"), (running, "2027-01-01")):
        with pytest.raises(Invalid) as invalid:
            accounts.end_mandate(mandate, day, actor=None, now=NOW)
        assert "finit déjà" in invalid.value.errors["ends_on"]
    accounts.end_mandate(running, "2026-12-01", actor=None, now=NOW)
    accounts.end_mandate(running, "2026-11-30", actor=None, now=NOW)
    ends = dict(db.session.execute(select(MandateRow.id, MandateRow.ends_on)).all())
    assert (ends[over], ends[running]) == (date(2026, 11, 5), date(2026, 11, 30))


def test_an_activity_that_is_over_begins_again_by_an_act_of_its_own_and_without_its_mandates(context):
    account = create()
    mandate = accounts.add_mandate(account, "cmi", "c11", "2026-11-10", actor=None, now=NOW)
    with pytest.raises(Refused, match="en activité"):
        accounts.resume_account(account, actor=None, now=NOW)
    accounts.end_account(account, "2026-11-11", actor=None, now=NOW)
    with pytest.raises(Invalid) as invalid:
        accounts.end_account(account, "2099-01-01", actor=None, now=NOW)
    assert "déjà terminée" in invalid.value.errors["ends_on"]
    accounts.end_account(account, "2026-11-10", actor=None, now=NOW)  # an earlier end may be corrected
    accounts.resume_account(account, actor=None, now=NOW)
    assert db.session.get(Account, account).ends_on is None and sessions.actor_of(account, now=NOW).mandate is None
    assert db.session.get(MandateRow, mandate).ends_on == date(2026, 11, 10)
    line = db.session.scalars(select(JournalLine).order_by(JournalLine.number.desc()).limit(1)).one()
    assert (line.event, line.details) == ("account.resumed", '{"from":"2026-11-10"}')
    with pytest.raises(NotFound):
        accounts.resume_account(999, actor=None, now=NOW)


def test_who_was_forgotten_does_not_come_back(context):
    account = create()
    accounts.end_account(account, "2026-11-11", actor=None, now=NOW)
    with writing():
        db.session.get(Account, account).pseudonymised_at = NOW
    with pytest.raises(Refused, match="effacées"):
        accounts.resume_account(account, actor=None, now=NOW)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (("roi", "c11", "2026-11-10"), "role"),
        (("cmi", " ", "2026-11-10"), "scope_id"),
        (("cmi", "c11", ""), "starts_on"),
        (("cmi", "c11", "demain"), "starts_on"),
        (("cmi", "c11", "2026-11-10", "2026-11-09"), "ends_on"),
    ],
)
def test_a_bad_mandate_has_its_sentence(context, values, field):
    with pytest.raises(Invalid) as invalid:
        accounts.add_mandate(create(), *values, actor=None, now=NOW)
    assert field in invalid.value.errors


def test_one_mandate_does_not_overlap_itself(context):
    account = create()
    accounts.add_mandate(account, "cmi", "c11", "2026-11-10", "2026-12-31", actor=None, now=NOW)
    for start, end in (("2026-11-01", "2026-11-10"), ("2026-12-31", None), ("2026-01-01", None)):
        with pytest.raises(Invalid):
            accounts.add_mandate(account, "cmi", "c11", start, end, actor=None, now=NOW)
    assert accounts.add_mandate(account, "cmi", "c11", "2027-01-01", actor=None, now=NOW)
    assert accounts.add_mandate(account, "cmi", "c12", "2026-11-10", actor=None, now=NOW)


def test_a_mandate_does_not_outlive_the_activity(context):
    account = create(ends_on="2026-12-31")
    accounts.add_mandate(account, "cmi", "c11", "2026-11-10", actor=None, now=NOW)
    assert sessions.actor_of(account, now=NOW).mandate.ends_on == date(2026, 12, 31)
    with pytest.raises(Invalid):
        accounts.add_mandate(account, "cmi", "c12", "2027-01-01", actor=None, now=NOW)


def test_a_returned_key_is_wiped_opens_nothing_and_another_is_issued(holder):
    entered = holder.enter()
    keys.return_key(holder.key_id, actor=None, now=NOW)
    key = db.session.get(OtpKey, holder.key_id, populate_existing=True)
    assert (key.state, key.seed, key.returned_on) == ("returned", None, NOW.date())
    assert holder.login(entered) is None
    holder.refused(NOW + timedelta(minutes=1))
    with pytest.raises(Refused):
        keys.revoke_key(holder.key_id, actor=None, now=NOW)
    assert keys.create_key(holder.account_id, actor=None, now=NOW)


def test_one_live_key_a_person(holder):
    with pytest.raises(Refused):
        keys.create_key(holder.account_id, actor=None, now=NOW)


def test_nobody_who_left_gets_a_key(context):
    account = create()
    accounts.end_account(account, "2026-11-11", actor=None, now=NOW)
    with pytest.raises(Refused):
        keys.create_key(account, actor=None, now=NOW)


def test_a_link_dies_used_late_replaced_or_guessed_at(context):
    account = create()
    key, first = keys.create_key(account, actor=None, now=NOW)
    assert keys.activation(first, now=NOW + timedelta(days=6)).sigle == "p.durand"
    second = keys.new_link(key, actor=None, now=NOW)
    dead = [(first, NOW), (second, NOW + timedelta(days=7)), ("x", NOW)]
    for token, at in dead:
        with pytest.raises(NotFound):
            keys.activation(token, now=at)
    keys.show_seed(second, now=NOW)
    for _ in range(10):
        with pytest.raises(Invalid):
            keys.enrol(second, pin=NewPin(PIN, PIN), code="000000", now=NOW)
    with pytest.raises(NotFound):
        keys.activation(second, now=NOW)


def test_each_showing_makes_another_seed_and_none_is_kept_in_clear(context):
    _, token = keys.create_key(create(), actor=None, now=NOW)
    one, two = keys.show_seed(token, now=NOW), keys.show_seed(token, now=NOW)
    assert one.secret != two.secret
    assert two.secret not in str(db.session.execute(select(OtpKey.__table__)).all())


def test_a_seed_moved_to_another_row_does_not_open(make):
    from charters.rules import unseal

    one, two = make("x.un"), make("x.deux")
    sealed = db.session.get(OtpKey, one.key_id).seed
    with pytest.raises(ValueError):
        unseal(db.session.get(OtpKey, two.key_id).serial, sealed)


def test_the_current_code_is_for_the_demonstration(any_app, holder):
    with pytest.raises(Refused):
        keys.current_code("p.durand", NOW)
    any_app.config["GUICHET"] = any_app.config["GUICHET"].model_copy(update={"demo": True})
    assert keys.current_code("p.durand", NOW) == holder.code()
    holder.enter()
    assert keys.current_code("p.durand", NOW) == holder.code(NOW + timedelta(seconds=otp.PERIOD))
    with pytest.raises(NotFound):
        keys.current_code("nobody", NOW)


def test_people_are_listed_a_page_at_a_time_within_the_organisations(context, queries_of):
    for number in range(30):
        create(sigle=f"p{number:02}", organisation="d1" if number % 3 else "d2", last_name=f"Nom_{number}%")
    first = directory.people(None, now=NOW)
    second = directory.people(None, after=first.next_after, now=NOW)
    assert [len(first.lines), len(second.lines)] == [25, 5]
    assert (first.previous_before, second.next_after) == (None, None)
    back = directory.people(None, before=second.previous_before, now=NOW)
    assert back.lines == first.lines
    assert len(directory.people(("d2",), now=NOW).lines) == 10
    assert directory.people((), now=NOW).lines == ()
    assert len(directory.people(None, words="nom_7%", now=NOW).lines) == 1
    assert directory.people(None, words="nom%7", now=NOW).lines == ()
    with queries_of() as seen:
        directory.people(None, now=NOW)
    assert len(seen) == 1


@pytest.mark.parametrize("words", ["loeuillet", "LŒUILLET", "lœu ann", "o'brien", "O’BRIEN"])
def test_people_are_found_whatever_the_spelling(context, words):
    create(sigle="a.loeuillet", last_name="Lœuillet-O’Brien", first_name="Anne")
    create(sigle="b.autre", last_name="Autre")
    assert [line.sigle for line in directory.people(None, words=words, now=NOW).lines] == ["a.loeuillet"]
    lines = register.page(None, register.Wanted(words=words), now=NOW).lines
    assert [line.sigle for line in lines] == ["a.loeuillet"]


def test_a_person_outside_is_unknown(context):
    account = create(organisation="d1")
    assert directory.person(("d1",), account, now=NOW).sigle == "p.durand"
    for organisations in ((), ("d2",)):
        with pytest.raises(NotFound):
            directory.person(organisations, account, now=NOW)


def test_the_migration_makes_what_the_tables_say(context):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    ours = {
        "account",
        "mandate",
        "otp_key",
        "enrolment",
        "charter_text",
        "signature",
        "web_session",
        "organisation_suspension",
        "journal_line",
        "journal_head",
    }
    with db.engine.connect() as connection:
        assert ours <= set(inspect(connection).get_table_names())
        migration = MigrationContext.configure(
            connection,
            opts={
                "include_object": lambda thing, name, kind, *_: kind != "table" or name in ours,
                "compare_type": True,
            },
        )
        assert compare_metadata(migration, Base.metadata) == []


@pytest.mark.parametrize("use", ["show", "enrol"])
def test_a_link_used_while_another_use_was_waited_for_opens_nothing(make, monkeypatch, use):
    person = make(sigle="p.lent")
    seed = db.session.get(OtpKey, person.key_id).seed
    stale = keys.Activation(
        person.key_id, person.account_id, "p.lent", "Lent", "G-1", NOW + timedelta(days=1), True, "totp", False, 6, ""
    )
    monkeypatch.setattr(keys, "activation", lambda token, now: stale)  # as read before the first use was committed
    with pytest.raises(NotFound):
        if use == "show":
            keys.show_seed("link", now=NOW)
        else:
            keys.enrol("link", pin=NewPin("48-tournesol", "48-tournesol"), code=person.code(), now=NOW)
    db.session.rollback()
    assert db.session.get(OtpKey, person.key_id, populate_existing=True).seed == seed
