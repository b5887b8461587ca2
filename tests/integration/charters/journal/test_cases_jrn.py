"""JRN-01: each event leaves exactly one complete line, in UTC, without a secret; the purge over fourteen months."""

from __future__ import annotations

import ast
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from harness.http import post
from harness.journalled import every_label
from harness.places import ROOT
from sqlalchemy import select

from charters.database import db, reading, writing
from charters.entry import pin_and_code, renewal, sessions
from charters.errors import Refused
from charters.journal import audit, retention
from charters.keys import keys, otp
from charters.keys.pins import NewPin
from charters.people import accounts, legal_holds
from charters.permissions import perimeter
from charters.rules import unseal
from charters.signing import signing
from charters.tables.access import Account, JournalLine, MandateRow
from charters.tables.keys import Letter
from ticketing import jobs
from ticketing.demo import cast as demo_cast
from ticketing.demo.people import D1
from ticketing.model import Draft, Facts
from ticketing.oversight import consultation, journal, reading_reports, why_visible
from ticketing.tickets import desk, queries

#: A Tuesday, 10 h in Paris, long after the cast was created.
NOW = datetime(2027, 2, 2, 9, 0, 10, tzinfo=UTC)
BODY, NOTE = "canari-corps-2f7c", "canari-note-5d1e"
PIN, OTHER_PIN, WRONG = "48-grenouille", "59-libellule", "907351"
CHARTER = "# Charte\n\n" + "Un texte assez long pour être signé. " * 10


# --- each event -------------------------------------------------------------------------------------------------------


class Acts:
    """Acts in order, each with the events that it must journal: one line of each, and no other line."""

    def __init__(self):
        self.clock = NOW
        self.actors = {}
        self.secrets = set()

    def who(self, sigle):
        return self.actors.setdefault(sigle, demo_cast.actor(sigle))

    def version(self, sigle, number):
        actor = self.who(sigle)
        return queries.ticket(perimeter(actor), actor, number).version

    def ticket(self):
        self.number = desk.open_ticket(
            self.who("c11.cmi"),
            Draft(
                title="Poste en panne",
                body=BODY,
                etablissement="desaix-tarbes",
                service="equipement-bureautique",
                activity="mco",
                facts=Facts(user_category="cdi", acquired_by="departement"),
            ),
            [],
            self.clock,
        )

    def step(self, sigle, act, *rest):
        act(self.who(sigle), self.number, self.version(sigle, self.number), *rest, self.clock)

    def account(self):
        form = accounts.AccountForm("jrn.essai", "Essai", "Jeanne", "Société", "j@e.example", "Agent", D1, True)
        self.made = accounts.create_account(form, actor=self.who("a.admin"), now=self.clock)

    def key(self):
        self.key_id, self.token = keys.create_key(self.made, actor=self.who("a.admin"), now=self.clock)

    def link(self):
        self.token = keys.new_link(self.key_id, actor=self.who("a.admin"), now=self.clock)

    def enrol(self):
        self.seed = keys.show_seed(self.token, now=self.clock).secret
        self.secrets |= {self.token, self.seed}
        keys.enrol(self.token, pin=NewPin(PIN, PIN), code=self.code(), zone="internet", now=self.clock)

    def code(self):
        import base64

        seed = base64.b32decode(self.seed + "=" * (-len(self.seed) % 8))
        code = otp.code_at(seed, otp.step_at(self.clock))
        self.secrets.add(code)
        return code

    def log_in(self, code=None, pin=PIN):
        entered = pin_and_code.log_in("jrn.essai", pin, code or self.code(), zone="internet", now=self.clock)
        self.secrets.add(entered.token)
        self.login = sessions.login_of(entered.token, zone="internet", now=self.clock)

    def refused(self, **typed):
        with pytest.raises(Refused):
            self.log_in(**typed)

    def mandate(self):
        self.mandate_id = accounts.add_mandate(
            self.made, "technicien-departement", D1, self.clock.date(), actor=self.who("a.admin"), now=self.clock
        )


def acts(do):
    """The acts as (events, act, time that passes before the act)."""
    admin, cmi, agent, chef = (
        lambda sigle=sigle: do.who(sigle) for sigle in ("a.admin", "c11.cmi", "d1.agent", "c11.chef")
    )
    soon, late = timedelta(seconds=60), timedelta(minutes=40)
    reseau = do.who("c11.reseau").account_id
    yield ["account.created"], do.account, soon
    yield ["mandate.created"], do.mandate, soon
    yield ["key.created"], do.key, soon
    yield ["key.link"], do.link, soon
    yield ["key.enrolled"], do.enrol, soon
    yield ["login.accepted"], do.log_in, soon
    yield ["login.replayed"], lambda: do.refused(code=next(iter(do.secrets & {do.code()}))), timedelta()
    yield ["login.refused"], lambda: do.refused(code=WRONG), soon
    yield ["mandate.chosen"], lambda: sessions.choose_mandate(do.login, do.mandate_id, now=do.clock), soon
    yield ["login.closed"], lambda: sessions.log_out(do.login, now=do.clock), soon
    yield (
        ["pin.changed", "identity.proved"],
        lambda: renewal.change_pin(
            sessions.actor_of(do.made, now=do.clock),
            pin=PIN,
            code=do.code(),
            new=NewPin(OTHER_PIN, OTHER_PIN),
            now=do.clock,
        ),
        soon,
    )
    yield ["ticket.opened"], do.ticket, soon
    yield ["ticket.comment"], lambda: desk.comment(cmi(), do.number, BODY, now=do.clock), soon
    yield ["ticket.note"], lambda: desk.comment(agent(), do.number, NOTE, "internal", now=do.clock), soon
    yield ["ticket.taken"], lambda: do.step("d1.agent", desk.take_charge), soon
    yield ["ticket.question"], lambda: do.step("d1.agent", desk.hold, "attente-demandeur", BODY), soon
    yield ["ticket.resumed"], lambda: do.step("d1.agent", desk.resume), soon
    yield ["ticket.held"], lambda: do.step("d1.agent", desk.hold, "attente-fournisseur", ""), soon
    yield ["ticket.resumed"], lambda: do.step("d1.agent", desk.resume), soon
    yield ["ticket.resolved"], lambda: do.step("d1.agent", desk.resolve, BODY), soon
    yield ["ticket.reopened"], lambda: do.step("c11.cmi", desk.reopen, BODY), soon
    yield (
        ["ticket.decision"],
        lambda: desk.correct_facts(
            cmi(),
            do.number,
            do.version("c11.cmi", do.number),
            {"user_category": "cdi", "acquired_by": "departement", "inventoried": True},
            BODY,
            do.clock,
        ),
        soon,
    )
    yield ["ticket.shared"], lambda: do.step("c11.cmi", desk.share, reseau), soon
    yield ["ticket.confidential"], lambda: do.step("c11.chef", desk.make_confidential, True, BODY), soon
    yield ["ticket.handed_on"], lambda: do.step("d1.agent", desk.hand_on, "academie", "autre", BODY), soon
    yield ["ticket.contested"], lambda: do.step("a.tech", desk.contest, BODY), soon
    yield (
        ["ticket.consultation"],
        lambda: consultation.ask(admin(), str(do.number), "recherche", "Essai", do.clock),
        soon,
    )
    yield ["ticket.read_with_reason"], lambda: consultation.consult(admin(), do.number, "la page", do.clock), soon
    yield ["access.explained"], lambda: why_visible.explain(admin(), None, "c11.cmi", str(do.number), do.clock), soon
    yield ["hold.set"], lambda: legal_holds.put(ticket=do.number, reason="Essai", actor=admin(), now=do.clock), soon
    yield (
        ["hold.lifted"],
        lambda: legal_holds.lift(legal_holds.of(admin())[0].id, "Fini", actor=admin(), now=do.clock),
        soon,
    )
    yield ["charter.published"], lambda: signing.publish_charter("cle", CHARTER, actor=admin(), now=do.clock), soon
    yield ["charter.signed"], lambda: signing.sign_charter(chef(), "cle", 2, now=do.clock), soon
    yield (
        ["organisation.suspended"],
        lambda: accounts.suspend_organisation(D1, "Essai", actor=admin(), now=do.clock),
        soon,
    )
    yield ["organisation.restored"], lambda: accounts.restore_organisation(D1, actor=admin(), now=do.clock), soon
    yield ["journal.exported"], lambda: journal.export(admin(), journal.Wanted(), "csv", do.clock), soon
    yield ["journal.head"], lambda: retention.tell_head(do.clock), soon
    yield ["readings.reported"], lambda: reading_reports.report(do.clock + timedelta(days=7)), soon
    yield from [(["login.refused"], lambda: do.refused(code=WRONG), late)] * 9
    yield ["login.refused", "key.locked"], lambda: do.refused(code=WRONG), late
    yield ["key.unlocked"], lambda: keys.unlock_key(do.key_id, actor=admin(), now=do.clock), soon
    yield ["pin.link"], lambda: do.secrets.add(renewal.pin_link(do.key_id, actor=admin(), now=do.clock)), soon
    yield ["key.returned"], lambda: keys.return_key(do.key_id, actor=admin(), now=do.clock), soon
    yield (
        ["mandate.ended"],
        lambda: accounts.end_mandate(do.mandate_id, do.clock.date(), actor=admin(), now=do.clock),
        soon,
    )
    yield ["account.ended"], lambda: accounts.end_account(do.made, do.clock.date(), actor=admin(), now=do.clock), soon


def lines_after(number):
    with reading() as session:
        return list(
            session.execute(
                select(*JournalLine.__table__.c).where(JournalLine.number > number).order_by(JournalLine.number)
            )
        )


def test_jrn_01_each_act_leaves_one_complete_utc_line_of_its_event_and_no_secret(app, cast):
    """JRN-01. Events of agreements, campaigns, files… are asserted in the tests of those features.

    `harness/journalled.py` fails a whole run in which some event is never journalled.
    """
    with app.app_context():
        do = Acts()
        last = lines_after(0)[-1].number
        for expected, act, wait in acts(do):
            do.clock += wait
            act()
            db.session.rollback()
            new = lines_after(last)
            assert Counter(line.event for line in new) == Counter(expected), expected
            for line in new:
                complete(line, do.clock)
            last = new[-1].number
        assert audit.verify().ok
        text = "\n".join(f"{line.sigle} {line.subject} {line.details}" for line in lines_after(0))
        do.secrets |= {PIN, OTHER_PIN, BODY, NOTE, WRONG, CHARTER[20:60]}
        assert len(do.secrets) > 12 and not [secret for secret in do.secrets if secret in text]


def complete(line, clock):
    """Assert that every column of a line has a valid value and that the details are JSON."""
    assert line.at.utcoffset() == timedelta() and line.at <= clock + timedelta(days=7)
    assert line.event in audit.LABELS and line.sigle and line.subject
    assert line.zone == "internet" or line.sigle == "guichet"
    assert isinstance(json.loads(line.details), dict) and len(line.hash) == 64


def test_jrn_01_pages_leave_one_line_of_a_refusal_and_none_of_a_page_that_is_read(app, client_as):
    client = client_as("c11.cmi")
    with app.app_context():
        last = lines_after(0)[-1].number
    assert client.get("/tickets").status_code == 200
    assert client.get("/administration/journal").status_code == 404
    assert post(client, "/tickets/9999/commenter", {"texte": BODY}).status_code == 404
    with app.app_context():
        new = lines_after(last)
        assert [(line.event, line.sigle, line.subject) for line in new] == [
            ("access.refused", "c11.cmi", "/administration/journal"),
            ("access.refused", "c11.cmi", "/tickets/9999/commenter"),
        ]
        assert BODY not in str(new)


def recorded_in(path):
    """The events that a module records: literals, and the fixed starts of composed names."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Attribute | ast.Name)):
            continue
        name = ast.unparse(node.func)
        if name not in ("audit.record", "audit.refusal", "record", "refusal"):
            continue
        first = node.args[0]
        for part in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value
            elif isinstance(part, ast.JoinedStr):
                yield str(getattr(part.values[0], "value", "")) + "*"


def test_jrn_01_every_event_that_is_recorded_has_its_label():
    every_label()
    events = {
        event
        for package in ("charters", "ticketing")
        for path in (ROOT / package).rglob("*.py")
        for event in recorded_in(path)
        if "." in event
    }
    whole = {event for event in events if not event.endswith("*")}
    assert len(whole) > 50 and whole - set(audit.LABELS) == set()
    beginnings = {event[:-1] for event in events - whole}
    assert all(any(label.startswith(begin) for label in audit.LABELS) for begin in beginnings)


# --- fourteen months --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [365, 183])
def test_jrn_01_fourteen_months_under_the_purge(app_context, days):
    """With lines each day and a purge each night, no line older than 365 days stays and none younger than 183 goes."""
    start = datetime(2026, 1, 5, 3, 25, tzinfo=UTC)
    nights = [start + timedelta(days=night) for night in range(426)]
    written = {f"jour {night}": at - timedelta(hours=12) for night, at in enumerate(nights)}
    with writing():  # lines of later days are young for earlier nights, so none of them may go
        audit.record("account.created", sigle="guichet", subject="premier", now=start - timedelta(minutes=1))
        for subject, at in written.items():
            audit.record("login.closed", sigle="jrn", subject=subject, now=at)
    for night, now in enumerate(nights):
        if night % 60 and not days - 3 <= night <= days + 25 and night % 7:
            continue  # every night around the first one that purges, then one night in seven
        retention.purge(now, days)
        with reading() as session:
            kept = dict(
                session.execute(
                    select(JournalLine.subject, JournalLine.at).where(JournalLine.event == "login.closed")
                ).all()
            )
        assert not [at for at in kept.values() if at <= now - timedelta(days=days)]
        assert not [day for day, at in written.items() if at > now - timedelta(days=183) and day not in kept]
        assert kept.items() <= written.items()
    assert len(kept) < days + 9 < len(written) and audit.verify().ok
    with reading() as session:
        told = session.scalar(select(JournalLine).where(JournalLine.event == audit.PURGED).limit(1))
    assert told is not None and jobs.JOBS["purge"].every == timedelta(days=1)


# --- letters about the journal ----------------------------------------------------------------------------------------


def test_the_head_and_the_readings_are_told_by_letter_to_both_sides(app_context, cast):
    """The journal's end goes to administrators and référents; readings to référents, and to chefs of collèges read."""
    do = Acts()
    do.ticket()
    consultation.ask(do.who("a.admin"), str(do.number), "reglage", "Essai", do.clock)
    consultation.consult(do.who("a.admin"), do.number, "la page", do.clock)
    end = retention.end()
    retention.tell_head(do.clock)
    sent = told()
    assert set(sent) == {"a.admin", "d1.ref"} and all(end.hash in body for body in sent.values())
    with writing() as session:
        session.query(Letter).delete()
    reading_reports.report(do.clock + timedelta(days=7))
    sent = told()
    assert set(sent) == {"d1.ref", "c11.chef"}
    assert all("Réglage : 1" in body and BODY not in body and "/consultations" in body for body in sent.values())
    with writing() as session:  # nobody read in the next week: the référent gets a letter, the chef does not
        session.query(Letter).delete()
    reading_reports.report(do.clock + timedelta(days=14))
    assert set(told()) == {"d1.ref"}
    with writing() as session:
        session.query(Letter).delete()
        session.query(MandateRow).filter_by(scope_id=D1).update({"ends_on": do.clock.date() - timedelta(days=1)})
    reading_reports.report(do.clock + timedelta(days=14))
    assert told() == {}


def told():
    """The unsealed bodies of letters, by recipient."""
    with reading() as session:
        rows = session.execute(
            select(Account.sigle, Letter.message_id, Letter.body).join(Account, Account.id == Letter.account_id)
        ).all()
    return {row.sigle: unseal(row.message_id, row.body).decode() for row in rows}
