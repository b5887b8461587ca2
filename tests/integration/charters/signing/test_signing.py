"""Versions of charters: concurrent publication, signatures by the people concerned, the register, the evidence."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from harness.holder import FORM, NOW

from charters.database import db, writing
from charters.entry import sessions
from charters.errors import Invalid, NotFound, Refused
from charters.journal import audit
from charters.people import accounts
from charters.people.forgetting import forget
from charters.signing import register, signatures, signing
from charters.signing.register import Wanted
from charters.tables.access import Account, CharterText, JournalLine, Signature

TEXT = "# Charte\n\n" + "Un texte nouveau, à lire et à signer. " * 10


def publish(kind="usage", text=TEXT, **options):
    return signing.publish_charter(kind, text, actor=None, now=NOW, **options)


def actor(holder):
    return sessions.actor_of(holder.account_id, now=NOW)


def sign_all(holder, now=NOW):
    for kind in signatures.KINDS:
        signing.sign_charter(actor(holder), kind, signing.charter(kind).version, now=now)


def unsigned(holder):
    entered = sessions.open_session(holder.account_id, zone="internet", now=NOW)
    return sessions.login_of(entered.token, zone="internet", now=NOW).unsigned


def lines(organisations=None, **wanted):
    return {line.sigle: line for line in register.page(organisations, Wanted(**wanted), now=NOW).lines}


def test_a_new_version_is_another_row_and_the_former_one_stays_as_it_was(context):
    before = signing.charter("usage")
    assert publish(changes="L’article 2  change.\x00") == 2
    now = signing.charter("usage")
    assert (now.version, now.markdown, now.changes) == (2, TEXT.strip() + "\n", "L’article 2 change.")
    assert signing.charter("usage", 1) == before
    assert [item.version for item in signing.versions("usage")] == [2, 1]
    with pytest.raises(NotFound):
        signing.charter("usage", 3)


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("court", ""),
        ("x" * 100_001, ""),
        ("ligne\n" * 1_001, ""),
        (TEXT, "x" * 501),
    ],
)
def test_what_cannot_be_a_charter_is_refused(context, text, changes):
    with pytest.raises(Invalid):
        publish(text=text, changes=changes)
    assert signing.charter("usage").version == 1


def test_publishing_the_text_in_force_again_would_make_everyone_sign_for_nothing(context):
    with pytest.raises(Invalid):
        publish(text=signing.charter("usage").markdown.replace("\n", "\r\n"))
    assert publish(text=signing.charter("usage").markdown, for_staff=True) == 2


def test_of_two_administrators_the_second_is_told_of_the_first(context):
    publish(base=1)
    with pytest.raises(Refused, match="version 2"):
        publish(text=TEXT + "Autre.", base=1)
    assert signing.charter("usage").version == 2


def test_two_administrators_at_once_publish_one_version(context):
    outcomes, start = [], threading.Barrier(2)

    def publishing(rank):
        with context.app_context():
            start.wait()
            try:
                outcomes.append(publish(text=f"{TEXT} {rank}", base=1))
            except Refused as refused:
                outcomes.append(refused.sentence)

    threads = [threading.Thread(target=publishing, args=(rank,)) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(2) == 1 and sum("version 2" in str(one) for one in outcomes) == 1
    assert db.session.query(CharterText).filter_by(kind="usage").count() == 2


def test_who_a_version_concerns(make):
    out = make("p.durand")
    staff = make("e.nat", external=False, organisation="desaix-tarbes")
    bare = accounts.create_account(
        replace(FORM, sigle="s.cle", external=False, organisation="desaix-tarbes"), actor=None, now=NOW
    )
    gone = make("x.fin")
    accounts.end_account(gone.account_id, NOW.date() - timedelta(days=1), actor=None, now=NOW)
    assert signing.concerned("usage", False, now=NOW) == signing.Concerned(1, 0)
    assert signing.concerned("usage", True, now=NOW) == signing.Concerned(1, 2)
    assert signing.concerned("cle", True, now=NOW) == signing.Concerned(1, 1)
    for holder in (out, staff):
        sign_all(holder)
    assert unsigned(out) == unsigned(staff) == ()
    publish()
    assert unsigned(out) == ("usage",) and unsigned(staff) == ()
    publish(text=TEXT + "3", for_staff=True)
    assert unsigned(out) == unsigned(staff) == ("usage",)
    assert lines(state="manque", kind="usage").keys() == {"p.durand", "e.nat", "s.cle"}
    publish(text=TEXT + "4")  # compulsory for staff until a version changes it
    assert unsigned(staff) == ("usage",)
    publish(text=TEXT + "5", for_staff=False)
    assert unsigned(staff) == ()
    publish("cle", for_staff=True)
    assert unsigned(staff) == ("cle",) and not signing.charter("cle").for_staff
    assert lines(state="manque", kind="cle").keys() == {"p.durand", "e.nat"}
    assert bare in {line.account_id for line in lines(state="a-jour").values()}


def test_the_mail_s_gate_is_the_page_s(make):
    """The outbox's rule in SQL and the session's rule in Python agree for everyone, version after version."""
    from sqlalchemy import false, select

    people = [make("p.durand"), make("e.nat", external=False), make("x.half")]
    sign_all(people[0])
    for holder in people[1:]:
        signing.sign_charter(actor(holder), "cle", 1, now=NOW)
    for for_staff in (None, True, False):
        for holder in people:
            found = db.session.scalar(
                select(Account.id).where(Account.id == holder.account_id, signing.unsigned(false()))
            )
            assert (found is not None) == bool(unsigned(holder)), (holder.sigle, for_staff)
        publish(text=f"{TEXT}{for_staff}", for_staff=for_staff)


def test_the_evidence_says_who_the_signer_was_then(make):
    holder = make()
    sign_all(holder)
    with writing() as session:
        session.get_one(Account, holder.account_id).function = "Autre fonction"
    signed = signing.signed_by(holder.account_id, "usage", 1)
    signer = signed.evidence.signer
    assert (signer.last_name, signer.function) == (FORM.last_name, FORM.function)
    proof = signatures.proof(signed.evidence)
    said = json.loads(proof)
    assert said["charte"]["sha256"] == signatures.fingerprint(signed.charter.markdown)
    assert said["signature"] == {
        "instant_utc": NOW.isoformat(timespec="microseconds"),
        "sigle": holder.sigle,
        "zone": "internet",
    }
    assert said["signataire"]["adresse_mail"] == FORM.email
    line = db.session.query(JournalLine).filter_by(event="charter.signed", subject="usage 1").one()
    assert json.loads(line.details)["proof"] == signatures.fingerprint(proof)


def test_a_signature_is_read_by_its_own_side(make):
    ours, theirs = make("p.durand", organisation="d1"), make("q.dupont", organisation="d2")
    for holder in (ours, theirs):
        sign_all(holder)
    number = signing.signed_by(ours.account_id, "cle", 1).evidence.id
    assert signing.signed(("d1",), number).account_id == ours.account_id
    assert signing.signed(None, number).account_id == ours.account_id
    for organisations in (("d2",), ()):
        with pytest.raises(NotFound):
            signing.signed(organisations, number)
    with pytest.raises(NotFound):
        signing.signed_by(theirs.account_id, "cle", 2)


def test_the_register_says_what_is_missing_by_person_and_by_collectivite(make):
    full, half = make("p.durand", organisation="d1"), make("q.dupont", organisation="d1")
    none, gone = make("r.petit", organisation="d2"), make("x.fin", organisation="d2")
    sign_all(full)
    signing.sign_charter(actor(half), "usage", 1, now=NOW)
    sign_all(gone)
    accounts.end_account(gone.account_id, NOW.date() - timedelta(days=1), actor=None, now=NOW)
    assert [(t.organisation, t.people, t.complete, t.missing) for t in register.totals(None, now=NOW)] == [
        ("d1", 2, 1, (0, 1)),
        ("d2", 1, 0, (1, 1)),
    ]
    assert lines().keys() == {"p.durand", "q.dupont", "r.petit", "x.fin"}
    assert lines(state="manque").keys() == {"q.dupont", "r.petit"}
    assert lines(state="manque", kind="usage").keys() == {"r.petit"} == lines(words="r.p").keys()
    assert lines(state="a-jour").keys() == {"p.durand"} and lines(organisation="d2").keys() == {"r.petit", "x.fin"}
    assert lines(("d2",)).keys() == {"r.petit", "x.fin"} and lines(("d2",), organisation="d1") == {}
    assert register.missing(("d1",), "cle", now=NOW) == 1 and register.missing(None, "cle", now=NOW) == 2
    publish("cle")
    status = lines()["p.durand"].statuses[1]
    assert (status.signed.version, status.latest, status.missing) == (1, 2, True)
    assert [status.missing for status in lines()["x.fin"].statuses] == [False, False]
    taken = register.exported(("d1",), Wanted(state="manque"), actor=actor(none), now=NOW)
    assert [line.sigle for line in taken] == ["p.durand", "q.dupont"]
    assert json.loads(db.session.query(JournalLine).filter_by(event="charter.exported").one().details)["people"] == 2


def test_the_register_turns_its_pages(make):
    for rank in range(26):
        accounts.create_account(replace(FORM, sigle=f"p{rank:02}"), actor=None, now=NOW)
    first = register.page(None, Wanted(), now=NOW)
    rest = register.page(None, Wanted(), after=first.next_after, now=NOW)
    assert len(first.lines) == 25 and len(rest.lines) == 1 and rest.next_after is None


def test_who_is_forgotten_leaves_a_signature_and_no_name(make):
    holder = make()
    sign_all(holder)
    publish(base=1)
    with writing() as session:
        session.query(CharterText).filter_by(version=2).update({"published_by": holder.sigle})
        account = session.get_one(Account, holder.account_id)
        account.ends_on = NOW.date() - timedelta(days=400)
        forget(session, account, NOW)
    proof = signatures.proof(signing.signed_by(holder.account_id, "usage", 1).evidence)
    assert holder.sigle not in proof and FORM.last_name not in proof and FORM.email not in proof
    assert signing.charter("usage").published_by == f"#{holder.account_id}"
    assert db.session.query(Signature).count() == 2 and lines() == {}


def test_a_refusal_to_sign_is_journalled_and_changes_nothing(holder):
    signing.decline_charter(actor(holder), "usage", now=NOW)
    assert audit.label("charter.declined") == "Charte refusée"
    assert db.session.query(JournalLine).filter_by(event="charter.declined", sigle=holder.sigle).count() == 1
    assert unsigned(holder) == ("usage", "cle")
    with pytest.raises(NotFound):
        signing.decline_charter(actor(holder), "autre", now=NOW)
