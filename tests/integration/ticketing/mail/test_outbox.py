"""Notices are written with the ticket, to the right people, in the right words; sent in order, retried, given up."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from harness import smtp as smtp_server
from sqlalchemy import delete, select, update

from charters import letters as mails
from charters.database import db, writing
from charters.people import accounts
from charters.permissions import perimeter
from charters.signing import signing
from charters.tables.access import Account, MandateRow
from charters.tables.keys import Letter
from ticketing.mail import carriers, delivery, letters, rendering
from ticketing.mail.sending import leases
from ticketing.model import Caller
from ticketing.oversight import consultation, reading_reports
from ticketing.settings import desk_settings
from ticketing.tables import Notice, NoticeWords, Ticket, TicketScope
from ticketing.tickets import desk, queries


def notices(kind: str | None = None) -> list[Any]:
    db.session.rollback()
    query = select(*Notice.__table__.c).order_by(Notice.id)
    return [row for row in db.session.execute(query) if kind in (None, row.kind)]


def text_of(row: Any) -> str:
    """The plain text of the mail that this notice is now."""
    data = db.session.scalar(select(NoticeWords.data).where(NoticeWords.event_id == row.event_id))
    return rendering.notice(row, data, desk_settings()).text


def plain(mail: Any) -> str:
    """The plain text part of a message."""
    return str(mail.get_body(("plain",)).get_content())


def told(people: Any, kind: str) -> set[str]:
    names = dict(db.session.execute(select(Account.id, Account.sigle)).all())
    return {names[row.recipient_id] for row in notices(kind)}


def version(number: int) -> int:
    db.session.rollback()
    return int(db.session.execute(select(Ticket.version).where(Ticket.number == number)).scalar_one())


def test_a_caller_without_account_is_told_through_the_correspondant(people: Any, draft: Any, now: Any) -> None:
    agent = people("d1.agent")
    number = desk.open_ticket(agent, draft(caller=Caller("Ginette Balandreau", "05 62 00 00 11")), [], now)
    asked = {"c11.cmi", "c11.chef"}
    assert told(people, "opened") == asked | {"d1.ref"}  # who took the call knows of it
    names = dict(db.session.execute(select(Account.id, Account.sigle)).all())
    assert {names[row.recipient_id] for row in notices("opened") if row.reader == "requester"} == asked
    desk.take_charge(agent, number, version(number), now)
    assert told(people, "taken") == asked
    desk.hold(agent, number, version(number), "attente-demandeur", "Laquelle ?", now)
    assert told(people, "question") == asked


class Server:
    """A mail server that answers each address with a code: address -> code."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.answers: dict[str, str] = {}
        self.data = "250 OK"
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.data.startswith("250"):
            self.got.append(
                (envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default))
            )
        return self.data


@pytest.fixture
def smtp() -> Iterator[Any]:
    with smtp_server.serving(Server()) as handler:
        yield handler


@pytest.fixture
def mailing(settings: Any, smtp: Any) -> Any:
    return settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{smtp.port}"})


def test_who_is_told_of_what(people: Any, draft: Any, now: Any) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    number = desk.open_ticket(cmi, draft(), [], now)
    d1 = {"d1.agent", "d1.ref"}
    assert told(people, "opened") == {"c11.cmi"} | d1  # x.fin has left; x.nosign and x.half have no access yet
    desk.comment(cmi, number, "Précision.", now=now)
    assert told(people, "answered") == d1
    desk.take_charge(agent, number, version(number), now)
    assert told(people, "taken") == {"c11.cmi"}
    desk.comment(cmi, number, "Encore.", now=now)
    assert len(notices("answered")) == len(d1) + 1  # the person in charge alone
    desk.comment(agent, number, "Motsecret", visibility="internal", now=now)
    assert len(notices("answered")) == len(d1) + 1
    desk.hold(agent, number, version(number), "attente-demandeur", "Lequel ?", now)
    assert told(people, "question") == {"c11.cmi"}
    desk.comment(cmi, number, "Le 4.", now=now)
    desk.hand_on(agent, number, version(number), "academie", "piece-ou-garantie", "Une pièce.", now)
    assert told(people, "handed_on") == {"c11.cmi", "a.tech"}
    tech = people("a.tech")
    desk.take_charge(tech, number, version(number), now)
    desk.resolve(tech, number, version(number), "Pièce posée.", now)
    assert told(people, "resolved") == {"c11.cmi"}
    desk.reopen(cmi, number, version(number), "Non.", now)
    assert told(people, "reopened") == {"a.tech"}
    desk.resolve(tech, number, version(number), "Cette fois oui.", now)
    desk.confirm(cmi, number, version(number), now)
    assert told(people, "closed") == {"a.tech"}
    assert not [row for row in notices() if "Motsecret" in text_of(row)]
    assert "> Lequel ?" in text_of(notices("question")[0])


def test_a_notice_says_who_why_and_what_is_expected(people: Any, draft: Any, now: Any) -> None:
    cmi = people("c11.cmi")
    number = desk.open_ticket(cmi, draft(), [], now)
    view = queries.ticket(perimeter(cmi), cmi, number)
    for row in notices("opened"):
        text = text_of(row).replace("\xa0", " ").replace("\n", " ")
        assert "Qui s’en occupe : Département des Hautes-Pyrénées." in text
        assert f"Pourquoi : {view.decision.why}".replace("\xa0", " ") in text and "(article II.2)" in text
        assert f"« {view.decision.citations[0].quote} »" in text
        assert "Ce qui est attendu de vous : " in text and f"/tickets/{number}" in text
        assert "> Écran noir depuis ce matin." in text  # who answers by mail reads what was asked
    assert [row.kind for row in queries.notices(perimeter(cmi), cmi)] == ["opened"]
    other = people("c12.cmi")
    assert queries.notices(perimeter(other), other) == ()


def test_without_a_server_messages_land_in_a_folder(people: Any, draft: Any, now: Any, settings: Any) -> None:
    desk.open_ticket(people("c11.cmi"), draft(title="Écran\r\nBcc: x@y.z"), [], now)
    count = len(notices())
    assert delivery.drain(settings, now) == count
    assert delivery.drain(settings, now) == 0
    found = sorted((settings.data_dir / "courriels").iterdir())
    assert len(found) == count
    mail = email.message_from_bytes(found[0].read_bytes(), policy=email.policy.default)
    assert mail["Subject"].endswith("Écran Bcc: x@y.z") and mail["Bcc"] is None
    assert mail["Auto-Submitted"] == "auto-generated" and mail["References"] == mail["In-Reply-To"]
    assert "Qui s’en occupe" in plain(mail)
    assert len({row.message_id for row in notices()}) == count


def test_over_smtp_in_order(people: Any, draft: Any, now: Any, smtp: Any, mailing: Any) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    number = desk.open_ticket(cmi, draft(), [], now)
    desk.take_charge(agent, number, 1, now)
    desk.comment(agent, number, "Un.", now=now)
    desk.resolve(agent, number, version(number), "Deux.", now)
    assert delivery.drain(mailing, now) == len(notices()) - 1  # two events that ask nothing are one mail
    mine = [mail for to, mail in smtp.got if to == ["c11.cmi@guichet.example"]]
    assert ["est ouvert" in plain(mail) for mail in mine] == [True, False, False]
    assert "Pris en charge" in plain(mine[1]) and "> Un." in plain(mine[1]) and "> Deux." in plain(mine[2])
    assert {mail["References"] for mail in mine} == {mine[0]["References"]}
    assert {row.state for row in notices()} == {"sent"}


def test_a_wrong_address_fails_alone_and_a_busy_server_is_tried_again(
    people: Any, draft: Any, now: Any, smtp: Any, mailing: Any
) -> None:
    cmi = people("c11.cmi")
    number = desk.open_ticket(cmi, draft(), [], now)
    smtp.answers = {"d1.agent@guichet.example": "550 Inconnu", "d1.ref@guichet.example": "451 Plus tard"}
    sent = delivery.drain(mailing, now)
    states = {row.recipient_email.split("@")[0]: row for row in notices()}
    assert states["d1.agent"].state == "failed" and "550" in states["d1.agent"].last_error
    assert states["d1.ref"].state == "pending" and states["d1.ref"].next_at == now + timedelta(seconds=30)
    assert sent == len(states) - 2
    desk.comment(cmi, number, "Suite.", now=now)
    delivery.drain(mailing, now)
    waiting = [row.kind for row in notices() if row.recipient_email.startswith("d1.ref") and row.state == "pending"]
    assert waiting == ["opened", "answered"]  # the second message waits for the first
    smtp.answers = {}
    assert delivery.drain(mailing, now + timedelta(minutes=1)) == 2
    order = [mail["Message-ID"] for to, mail in smtp.got if to == ["d1.ref@guichet.example"]]
    assert order == [row.message_id for row in notices() if row.recipient_email.startswith("d1.ref")]


def test_a_server_that_is_down_loses_nothing(
    people: Any, draft: Any, now: Any, settings: Any, smtp: Any, mailing: Any
) -> None:
    desk.open_ticket(people("c11.cmi"), draft(), [], now)
    down = settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:1"})
    moment = now
    while moment < now + timedelta(hours=2):
        assert delivery.drain(down, moment) == 0
        moment += timedelta(minutes=1)
    assert {row.state for row in notices()} == {"pending"}
    assert max(row.next_at for row in notices()) <= moment + timedelta(minutes=5)
    assert delivery.drain(mailing, moment + timedelta(minutes=5)) == len(notices())
    desk.open_ticket(people("c11.cmi"), draft(), [], now)
    for hours in range(26):
        delivery.drain(down, now + timedelta(hours=hours))
    assert {row.state for row in notices()} == {"sent", "failed"}


def test_who_no_longer_sees_the_ticket_gets_nothing(people: Any, draft: Any, now: Any, settings: Any) -> None:
    cmi, agent, chef = people("c11.cmi"), people("d1.agent"), people("c11.chef")
    number = desk.open_ticket(cmi, draft(), [], now)
    with writing() as session:
        session.execute(
            update(MandateRow)
            .where(MandateRow.account_id == agent.account_id)
            .values(ends_on=now.date() - timedelta(days=1))
        )
    desk.make_confidential(chef, number, 1, True, "", now)
    delivery.drain(settings, now)
    states = {row.recipient_id: row.state for row in notices("opened")}
    assert states[agent.account_id] == "dropped" and states[cmi.account_id] == "dropped"
    assert states[people("d1.ref").account_id] == "sent"


def test_whoever_has_a_charter_to_sign_gets_no_mail_until_it_is_signed(
    people: Any, draft: Any, now: Any, settings: Any
) -> None:
    cmi, agent, half = people("c11.cmi"), people("d1.agent"), people("x.half")
    desk.open_ticket(cmi, draft(), [], now)
    assert half.account_id not in {row.recipient_id for row in notices()}
    new = "# Charte\n\n" + "Une nouvelle version du texte à signer. " * 10
    version_ = signing.publish_charter("usage", new, actor=None, now=now)
    delivery.drain(settings, now)
    states = {row.recipient_id: row.state for row in notices("opened")}
    assert states == {
        cmi.account_id: "sent",
        agent.account_id: "pending",
        people("d1.ref").account_id: "pending",
    }  # the usage charter is for people outside the Éducation nationale
    signing.sign_charter(agent, "usage", version_, now=now)
    delivery.drain(settings, now)
    states = {row.recipient_id: row.state for row in notices("opened")}
    assert states[agent.account_id] == "sent" and states[people("d1.ref").account_id] == "pending"


def test_words_that_are_masked_are_no_longer_read_in_the_mails_already_sent(
    people: Any, draft: Any, now: Any, settings: Any
) -> None:
    cmi, tech, admin = people("c11.cmi"), people("a.tech"), people("a.admin")
    number = desk.open_ticket(cmi, draft(), [], now)
    desk.hand_on(people("d1.agent"), number, version(number), "academie", "autre", "Pour avis.", now)
    desk.take_charge(tech, number, version(number), now)
    desk.comment(tech, number, "Des mots qui blessent.", now=now)
    delivery.drain(settings, now)
    event = notices("answered")[0].event_id
    desk.mask(admin, number, event, "Propos déplacés.", now)
    row = notices("answered")[0]
    assert row.state == "sent" and text_of(row) == "Le texte de ce message a été masqué.\n"
    assert not any("blessent" in str(tuple(shown)) for shown in queries.notices(perimeter(cmi), cmi))
    assert "blessent" not in str(db.session.execute(select(NoticeWords.data)).all())


def test_what_is_for_a_suspended_collectivite_is_kept_aside(
    people: Any, draft: Any, now: Any, settings: Any, smtp: Any, mailing: Any
) -> None:
    cmi, agent, leaver, admin = people("c11.cmi"), people("d1.agent"), people("d1.ref"), people("a.admin")
    desk.open_ticket(cmi, draft(), [], now)
    d1 = "departement-hautes-pyrenees"
    accounts.suspend_organisation(d1, "Convention dénoncée.", actor=admin, now=now)
    delivery.drain(settings, now)
    states = {row.recipient_id: row.state for row in notices("opened")}
    assert states[cmi.account_id] == "sent"  # the other notices are not affected
    assert states[agent.account_id] == states[leaver.account_id] == "pending"
    later = now + timedelta(days=5)
    assert delivery.drain(settings, later) == 0  # it waits for as long as the suspension lasts
    with writing() as session:
        session.execute(update(MandateRow).where(MandateRow.account_id == leaver.account_id).values(ends_on=now.date()))
    accounts.restore_organisation(d1, actor=admin, now=later)
    delivery.drain(settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:1"}), later)
    states = {row.recipient_id: row.state for row in notices("opened")}
    assert states[agent.account_id] == "pending"  # not lost: its day has only begun
    delivery.drain(mailing, later + timedelta(minutes=5))
    states = {row.recipient_id: row.state for row in notices("opened")}
    assert states[agent.account_id] == "sent" and states[leaver.account_id] == "dropped"
    assert [to for to, _ in smtp.got].count(["d1.agent@guichet.example"]) == 1


def test_a_suspension_holds_back_what_was_already_claimed(
    people: Any, draft: Any, now: Any, settings: Any, monkeypatch: Any
) -> None:
    desk.open_ticket(people("c11.cmi"), draft(), [], now)
    claim, done = leases.claim, []

    def claim_then_suspend(*arguments: Any) -> Any:
        batch = claim(*arguments)
        if not done:
            done.append(
                accounts.suspend_organisation(
                    "departement-hautes-pyrenees", "Urgence.", actor=people("a.admin"), now=now
                )
            )
        return batch

    monkeypatch.setattr(leases, "claim", claim_then_suspend)
    delivery.drain(settings, now)
    states = {row.recipient_id: (row.state, row.claimed_until) for row in notices("opened")}
    assert states[people("d1.agent").account_id] == ("pending", None)
    assert states[people("c11.cmi").account_id][0] == "sent"


def test_masked_words_are_in_no_part_of_a_mail_already_claimed(people: Any, draft: Any, now: Any) -> None:
    """Words masked between the last check and the writing of the message are in neither part."""
    from ticketing.mail import composing
    from ticketing.model import Facts

    cmi, tech, admin = people("c11.cmi"), people("a.tech"), people("a.admin")
    number = desk.open_ticket(cmi, draft(facts=Facts(user_category="equipe-gestion")), [], now)
    desk.comment(tech, number, "Motinconvenant", now=now)
    [claimed] = notices("answered")
    before = composing.message(claimed, "guichet@localhost")
    assert [("Motinconvenant" in part.get_content()) for part in before.iter_parts()] == [True, True]
    desk.mask(admin, number, claimed.event_id, "Déplacé.", now)
    mail = composing.message(claimed, "guichet@localhost")
    assert not [part for part in mail.iter_parts() if "Motinconvenant" in part.get_content()]
    assert "Motinconvenant" not in mail.as_string() and "a été masqué" in plain(mail)


def test_masked_words_are_not_sent(people: Any, draft: Any, now: Any, settings: Any) -> None:
    cmi, tech, admin = people("c11.cmi"), people("a.tech"), people("a.admin")
    from ticketing.model import Facts

    number = desk.open_ticket(cmi, draft(facts=Facts(user_category="equipe-gestion")), [], now)
    desk.comment(tech, number, "Motinconvenant", now=now)
    event = queries.ticket(perimeter(cmi), cmi, number).events[-1]
    desk.mask(admin, number, event.id, "Déplacé.", now)
    delivery.drain(settings, now)
    assert not [row for row in notices() if "Motinconvenant" in text_of(row)]
    assert {row.state for row in notices("answered")} == {"dropped"}


def test_two_drains_at_once_send_each_message_once(
    app: Any, people: Any, draft: Any, now: Any, smtp: Any, mailing: Any
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    for _ in range(3):
        desk.open_ticket(people("c11.cmi"), draft(), [], now)
    wanted = sorted(row.message_id for row in notices())
    db.session.remove()

    def drain(_: int) -> int:
        with app.app_context():
            return delivery.drain(mailing, now)

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(drain, range(3))) == len(wanted)
    assert sorted(mail["Message-ID"] for _, mail in smtp.got) == wanted


@pytest.mark.parametrize("address", ["élodie@guichet.example", "a@[guichet.example"])
def test_an_address_that_no_header_takes_stops_no_other_mail(
    people: Any, draft: Any, now: Any, settings: Any, smtp: Any, mailing: Any, address: str
) -> None:
    """Defect: such an address stopped the job at each beat, and the messages behind it were never sent."""
    cmi = people("c11.cmi")
    with writing() as session:
        session.execute(update(Account).where(Account.id == cmi.account_id).values(email=address))
    desk.open_ticket(cmi, draft(), [], now)
    for who in (cmi, people("d1.agent")):
        with writing() as session:
            mails.write(session.get_one(Account, who.account_id), "pin-changed", now=now)
    for carried in (settings, mailing):
        with writing() as session:
            session.execute(update(Notice).values(state="pending", claimed_until=None, attempts=0))
            session.execute(update(Letter).values(state="pending", claimed_until=None))
        delivery.drain(carried, now)
        states = {row.recipient_id: row.state for row in notices("opened")}
        assert states.pop(cmi.account_id) == "failed" and set(states.values()) == {"sent"}
    letters.drain(mailing, now, reading_reports.as_it_leaves)
    states = dict(db.session.execute(select(Letter.account_id, Letter.state)).all())
    assert states == {cmi.account_id: "failed", people("d1.agent").account_id: "sent"}


def test_what_is_for_a_mandate_on_a_suspended_collectivite_is_kept_aside_wherever_its_holder_is_attached(
    people: Any, draft: Any, now: Any, settings: Any, smtp: Any, mailing: Any
) -> None:
    shared, admin, d1 = people("d2.agent"), people("a.admin"), "departement-hautes-pyrenees"
    accounts.add_mandate(shared.account_id, "technicien-departement", d1, now.date(), actor=admin, now=now)
    desk.open_ticket(people("c11.cmi"), draft(), [], now)
    accounts.suspend_organisation(d1, "Convention dénoncée.", actor=admin, now=now)

    def state(moment: Any, address: str = "250 OK") -> str:
        smtp.answers["d2.agent@guichet.example"] = address
        delivery.drain(mailing, moment)
        return {row.recipient_id: row.state for row in notices("opened")}[shared.account_id]

    later = now + timedelta(days=5)
    assert state(now) == state(later) == "pending"  # it waits for as long as the suspension lasts
    accounts.restore_organisation(d1, actor=admin, now=later)
    later += timedelta(minutes=6)
    assert state(later, "451 later") == "pending"  # its day has only begun
    assert state(later + timedelta(minutes=6)) == "sent"


@pytest.mark.parametrize("removed", ["nothing", "mandate", "access", "access of the mandate", "charter"])
def test_per_07_the_weekly_report_is_not_sent_to_whom_its_perimeter_was_taken_from_meanwhile(
    people: Any, draft: Any, now: Any, settings: Any, removed: str
) -> None:
    referent, admin = people("d1.ref"), people("a.admin")
    number = desk.open_ticket(people("c11.cmi"), draft(), [], now)
    consultation.ask(admin, str(number), "reglage", "Essai", now)
    assert consultation.consult(admin, number, "la page", now)
    delivery.drain(settings, now)
    reading_reports.report(now + timedelta(days=7))
    if removed == "mandate":
        with writing() as session:
            session.execute(
                update(MandateRow)
                .where(MandateRow.account_id == referent.account_id)
                .values(ends_on=now.date() + timedelta(days=7))
            )
    elif removed.startswith("access"):
        if removed != "access":  # the person is now attached elsewhere
            with writing() as session:
                session.execute(update(Account).where(Account.id == referent.account_id).values(organisation="parc"))
        accounts.suspend_organisation("departement-hautes-pyrenees", "Urgence.", actor=admin, now=now)
    elif removed == "charter":
        signing.publish_charter("usage", "# Charte\n\n" + "Une nouvelle version. " * 20, actor=None, now=now)
    letters.drain(settings, now + timedelta(days=8), reading_reports.as_it_leaves)  # the mail server was down
    files = (settings.data_dir / "courriels").glob("lettre-*.eml")
    left = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]
    told = [mail["To"] for mail in left if mail["Subject"].startswith("[Guichet] Consultations de la semaine")]
    assert len([to for to in told if "d1.ref@" in to]) == (removed == "nothing")
    assert len([to for to in told if "c11.chef@" in to]) == 1


def test_per_07_the_weekly_report_says_what_is_visible_when_it_leaves(
    people: Any, draft: Any, now: Any, settings: Any
) -> None:
    """Defect: a report that waited told of a ticket that had left the perimeter; one of two is still seen."""
    referent, admin = people("d1.ref"), people("a.admin")
    kept, gone = (desk.open_ticket(people("c11.cmi"), draft(), [], now) for _ in range(2))
    for number, reason in ((kept, "reglage"), (gone, "statistiques")):
        consultation.ask(admin, str(number), reason, "Essai", now)
        assert consultation.consult(admin, number, "la page", now)
    reading_reports.report(now + timedelta(days=7))
    for key in (perimeter(referent).key, perimeter(people("c11.chef")).key):
        with writing() as session:
            session.execute(delete(TicketScope).where(TicketScope.ticket_id == gone, TicketScope.key == key))
    letters.drain(settings, now + timedelta(days=8), reading_reports.as_it_leaves)
    files = (settings.data_dir / "courriels").glob("lettre-*.eml")
    left = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]
    reports = [" ".join(plain(mail).split()) for mail in left if "Consultations de la semaine" in mail["Subject"]]
    assert len(reports) == 2  # the référent's and the chef's
    assert all("1 ticket de votre" in text and "Réglage : 1" in text for text in reports)
    assert not any("Statistiques" in text for text in reports)


def test_per_07_a_chef_whose_tickets_all_left_the_perimeter_gets_no_report(
    people: Any, draft: Any, now: Any, settings: Any
) -> None:
    admin = people("a.admin")
    number = desk.open_ticket(people("c11.cmi"), draft(), [], now)
    consultation.ask(admin, str(number), "reglage", "Essai", now)
    assert consultation.consult(admin, number, "la page", now)
    reading_reports.report(now + timedelta(days=7))
    with writing() as session:
        session.execute(delete(TicketScope).where(TicketScope.ticket_id == number))
    letters.drain(settings, now + timedelta(days=8), reading_reports.as_it_leaves)
    reports = {row.account_id: row.state for row in db.session.scalars(select(Letter).where(Letter.kind == "readings"))}
    assert reports == {people("d1.ref").account_id: "sent", people("c11.chef").account_id: "dropped"}
    (mail,) = (settings.data_dir / "courriels").glob("lettre-*.eml")
    assert "Aucun administrateur" in plain(email.message_from_bytes(mail.read_bytes(), policy=email.policy.default))


def test_the_notices_of_a_network_manager_are_sent(people: Any, draft: Any, now: Any, settings: Any) -> None:
    """A gestionnaire réseau sees a ticket by the account that opened it, a case that no other role has."""
    manager = people("c11.reseau")
    desk.open_ticket(manager, draft(), [], now)
    delivery.drain(settings, now)
    states = {row.recipient_id: row.state for row in notices("opened")}
    assert states[manager.account_id] == "sent"


def test_whose_access_or_mandate_ends_today_is_still_told_today(
    people: Any, draft: Any, now: Any, settings: Any
) -> None:
    cmi, agent, referent = people("c11.cmi"), people("d1.agent"), people("d1.ref")
    with writing() as session:
        mandate = update(MandateRow).where(MandateRow.account_id == agent.account_id)
        session.execute(mandate.values(ends_on=now.date()))
        session.execute(update(Account).where(Account.id == referent.account_id).values(ends_on=now.date()))
    desk.open_ticket(cmi, draft(), [], now)
    assert told(people, "opened") == {"c11.cmi", "d1.agent", "d1.ref"}
    delivery.drain(settings, now)
    assert {row.state for row in notices("opened")} == {"sent"}
    tomorrow = now + timedelta(days=1)
    desk.open_ticket(cmi, draft(), [], tomorrow)
    assert {row.recipient_id for row in notices() if row.created_at == tomorrow} == {cmi.account_id}


class Carrier:
    """A carrier that answers every message with the given error, and counts the messages."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure, self.asked, self.closed = failure, 0, 0

    def send(self, mail: Any, name: str) -> None:
        self.asked += 1
        if self.failure:
            raise self.failure

    def close(self) -> None:
        self.closed += 1


def test_a_server_that_is_down_is_asked_once_a_drain(
    people: Any, draft: Any, now: Any, settings: Any, monkeypatch: Any
) -> None:
    desk.open_ticket(people("c11.cmi"), draft(), [], now)
    carrier = Carrier(carriers.Later("Serveur de courriel injoignable", whole=True))
    monkeypatch.setattr(carriers, "carrier", lambda _: carrier)
    assert delivery.drain(settings, now) == 0
    assert len(notices()) > 1 and carrier.asked == 1
    assert {(row.state, row.attempts, row.claimed_until) for row in notices()} == {("pending", 1, None)}
    assert {row.next_at for row in notices()} == {now + timedelta(seconds=30)}


@pytest.mark.parametrize("failure", [None, carriers.Later("Plus tard", whole=True), RuntimeError("panne")])
@pytest.mark.parametrize("what", ["notices", "letters"])
def test_a_drain_closes_its_carrier_whatever_happens(
    people: Any, draft: Any, now: Any, settings: Any, monkeypatch: Any, what: str, failure: Exception | None
) -> None:
    desk.open_ticket(people("c11.cmi"), draft(), [], now)
    with writing() as session:
        mails.write(session.get_one(Account, people("c11.cmi").account_id), "pin-changed", now=now)
    carrier = Carrier(failure)
    monkeypatch.setattr(carriers, "carrier", lambda _: carrier)
    with pytest.raises(RuntimeError) if isinstance(failure, RuntimeError) else nullcontext():
        if what == "notices":
            delivery.drain(settings, now)
        else:
            letters.drain(settings, now, reading_reports.as_it_leaves)
    assert carrier.asked >= 1 and carrier.closed == 1


@pytest.mark.parametrize("ahead", [timedelta(minutes=5, seconds=1), timedelta(minutes=20)])
@pytest.mark.parametrize("what", ["notices", "letters"])
def test_a_claimed_mail_is_sent_once_although_another_scheduler_s_clock_is_ahead(
    people: Any, draft: Any, now: Any, settings: Any, monkeypatch: Any, what: str, ahead: timedelta
) -> None:
    """Another scheduler took over what was claimed: five minutes ahead, or because the batch lasted too long."""
    for kind in ("pin-changed", "password-changed", "cloned"):
        with writing() as session:
            mails.write(session.get_one(Account, people("c11.cmi").account_id), kind, now=now)
    desk.open_ticket(people("c11.cmi"), draft(), [], now)
    got: list[str] = []

    def drain(at: Any) -> int:
        if what == "notices":
            return delivery.drain(settings, at)
        return letters.drain(settings, at, reading_reports.as_it_leaves)

    class Slow(Carrier):
        def send(self, mail: Any, name: str) -> None:
            got.append(mail["Message-ID"])
            if len(got) == 1:  # the other runs while this mail is being handed over
                drain(now + ahead)

    monkeypatch.setattr(carriers, "carrier", lambda _: Slow())
    drain(now)
    assert len(got) == len(set(got)) > 1
    assert drain(now + timedelta(hours=1)) == 0 and len(got) == len(set(got))


def test_an_event_that_nobody_is_told_of_leaves_no_words(people: Any, draft: Any, now: Any) -> None:
    """Defect: PostgreSQL did not say how many notices were written, so words without a notice were never purged."""
    agent = people("d1.agent")
    number = desk.open_ticket(people("c11.cmi"), draft(), [], now)
    desk.take_charge(agent, number, version(number), now)
    with writing() as session:
        session.execute(update(Account).where(Account.id != agent.account_id).values(locked_at=now))
    desk.comment(agent, number, "Mot que personne ne reçoit.", now=now)
    assert notices("answered") == []
    said = set(db.session.scalars(select(NoticeWords.event_id)))
    assert said == {row.event_id for row in notices()}
