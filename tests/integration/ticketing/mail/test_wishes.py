"""What each person wishes of mails holds at the moment of sending: digest, page alone, quiet hours, bursts."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from charters.database import db, writing
from charters.days import PARIS
from charters.people import accounts
from charters.permissions import perimeter
from charters.tables.access import JournalLine, MandateRow
from ticketing.mail import carriers, delivery, inbox, preferences
from ticketing.mail.incoming import store
from ticketing.mail.kinds import DIGEST, NONE, Wish
from ticketing.tables import Notice, Ticket
from ticketing.tickets import desk

MINUTE = timedelta(minutes=1)


@pytest.fixture
def box(monkeypatch: Any) -> list[Any]:
    """The mails that leave, in their order, each with its text."""
    got: list[Any] = []

    class Carrier:
        def send(self, mail: Any, name: str) -> None:
            got.append(email.message_from_bytes(mail.as_bytes(), policy=email.policy.default))

        def close(self) -> None:
            """Nothing is held open."""

    monkeypatch.setattr(carriers, "carrier", lambda _: Carrier())
    return got


def to(box: list[Any], sigle: str) -> list[Any]:
    return [mail for mail in box if f"{sigle}@" in mail["To"]]


def text(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


def page(mail: Any) -> str:
    return " ".join(re.sub(r"<style.*?</style>|<[^>]+>", " ", mail.get_body(("html",)).get_content()).split())


def states(person: Any) -> list[tuple[str, str]]:
    db.session.rollback()
    query = select(Notice.kind, Notice.state).where(Notice.recipient_id == person.account_id).order_by(Notice.id)
    return [tuple(row) for row in db.session.execute(query)]


def version(number: int) -> int:
    db.session.rollback()
    return int(db.session.execute(select(Ticket.version).where(Ticket.number == number)).scalar_one())


def test_a_digest_gathers_the_day_in_one_mail_at_the_person_s_hour(
    people: Any, draft: Any, now: Any, settings: Any, box: list[Any]
) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    preferences.save(agent, Wish({"opened": DIGEST, "answered": DIGEST}, digest_hour=8), now)
    first = desk.open_ticket(cmi, draft(), [], now)
    second = desk.open_ticket(cmi, draft(title="Le scanner est muet"), [], now)
    desk.comment(cmi, first, "Une précision sur l’écran.", now=now + MINUTE)
    delivery.drain(settings, now + MINUTE)
    hour = datetime(2026, 11, 18, 8, 0, tzinfo=PARIS)
    delivery.drain(settings, hour - MINUTE)
    assert to(box, "d1.agent") == []
    assert delivery.drain(settings, hour) == 1
    (mail,) = to(box, "d1.agent")
    assert "Votre résumé du 18/11/2026 : 3 nouvelles sur 2 tickets" in mail["Subject"]
    said = text(mail)
    assert said.index(f"N° {first}") < said.index("Une précision sur l’écran.") < said.index(f"N° {second}")
    assert "/compte/avis" in said and "répondez sur la page de chaque ticket" in " ".join(said.split())
    shown = page(mail)
    assert shown.index(f"n° {first}") < shown.index("Une précision sur l’écran.") < shown.index(f"n° {second}")
    assert "répondez sur la page de chaque ticket" in shown and mail["Reply-To"] is None
    assert mail["Message-ID"] and re.fullmatch(r"<avis-[\d-]+\.[0-9a-f]{16}@localhost>", mail["Message-ID"])
    assert {state for _, state in states(agent)} == {"sent"}
    assert delivery.drain(settings, hour + timedelta(days=1)) == 0


def test_a_digest_holds_only_what_its_reader_may_see_when_it_leaves(
    people: Any, draft: Any, now: Any, settings: Any, box: list[Any]
) -> None:
    """Words masked since are not in it, nor a ticket that became confidential; without mandate, there is no mail."""
    cmi, chef, agent, admin = people("c11.cmi"), people("c11.chef"), people("d1.agent"), people("a.admin")
    for person in (cmi, agent):
        preferences.save(person, Wish({"opened": DIGEST, "answered": DIGEST}), now)
    number = desk.open_ticket(cmi, draft(), [], now)
    hidden = desk.open_ticket(cmi, draft(title="Un ticket caché ensuite"), [], now)
    desk.comment(agent, number, "Une réponse utile.", now=now)
    desk.comment(agent, hidden, "Un mot caché.", now=now)
    delivery.drain(settings, now)
    desk.make_confidential(chef, hidden, version(hidden), True, "", now)
    with writing() as session:
        session.execute(update(MandateRow).where(MandateRow.account_id == agent.account_id).values(ends_on=now.date()))
    box.clear()
    delivery.drain(settings, now + timedelta(days=1))
    (mail,) = to(box, "c11.cmi")
    assert "Une réponse utile." in text(mail)
    assert "caché" not in text(mail) + mail["Subject"]
    assert to(box, "d1.agent") == []
    assert admin


def test_what_a_person_does_not_want_by_mail_is_on_the_page_alone(
    people: Any, draft: Any, now: Any, settings: Any, box: list[Any]
) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    preferences.save(agent, Wish({"opened": NONE}), now)
    preferences.save(cmi, Wish({"receipt": NONE, "question": NONE}), now)
    number = desk.open_ticket(cmi, draft(), [], now)
    desk.take_charge(agent, number, version(number), now)
    desk.hold(agent, number, version(number), "attente-demandeur", "Quel est le numéro de série ?", now)
    delivery.drain(settings, now)
    assert states(agent) == [("opened", "page")] and to(box, "d1.agent") == []
    assert states(cmi) == [("opened", "sent"), ("taken", "sent"), ("question", "sent")], "what is compulsory is sent"
    (shown,) = inbox.listed(perimeter(agent), agent)
    assert (shown.ticket, shown.state, shown.read) == (number, "page", False)


def test_a_question_overtakes_what_waits_for_the_digest(
    people: Any, draft: Any, now: Any, settings: Any, box: list[Any]
) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    preferences.save(cmi, Wish({"answered": DIGEST}), now)
    number = desk.open_ticket(cmi, draft(), [], now)
    desk.comment(agent, number, "Je regarde.", now=now)
    delivery.drain(settings, now)
    desk.take_charge(agent, number, version(number), now)
    desk.hold(agent, number, version(number), "attente-demandeur", "Quelle salle ?", now)
    delivery.drain(settings, now)
    waits = [("answered", "pending"), ("taken", "pending")]
    assert states(cmi) == [("opened", "sent"), *waits, ("question", "sent")]


def test_quiet_hours_keep_mails_until_they_end_but_for_the_receipt(
    people: Any, draft: Any, now: Any, settings: Any, box: list[Any]
) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    for person in (cmi, agent):
        preferences.save(person, Wish(quiet_from=20, quiet_until=7), now)
    night = datetime(2026, 11, 17, 22, 0, tzinfo=PARIS)
    number = desk.open_ticket(cmi, draft(), [], night)
    desk.comment(cmi, number, "Encore ceci.", now=night + MINUTE)
    delivery.drain(settings, night + MINUTE)
    assert len(to(box, "c11.cmi")) == 1 and to(box, "d1.agent") == []
    assert len(to(box, "d1.ref")) == 1, "who has no quiet hours is told: two events that nobody had read"
    delivery.drain(settings, datetime(2026, 11, 18, 6, 59, tzinfo=PARIS))
    assert to(box, "d1.agent") == []
    assert delivery.drain(settings, datetime(2026, 11, 18, 7, 0, tzinfo=PARIS)) == 1
    (mail,) = to(box, "d1.agent")
    assert "2 nouvelles de ce ticket" in text(mail) and "Encore ceci." in text(mail)


def test_a_burst_on_a_ticket_goes_as_one_mail_with_each_event_in_order(
    people: Any, draft: Any, now: Any, settings: Any, box: list[Any]
) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    store.keep(b"Message-ID: <a@x.example>\n\nBonjour", "mail-in", now)  # the pipe is in use: answers are read
    number = desk.open_ticket(cmi, draft(), [], now)
    delivery.drain(settings, now)
    box.clear()
    start = now + timedelta(hours=1)
    for second, word in enumerate(("un", "deux", "trois", "quatre", "cinq")):
        desk.comment(cmi, number, f"Message {word}.", now=start + second * MINUTE / 4)
        delivery.drain(settings, start + second * MINUTE / 4)
    assert len(to(box, "d1.agent")) == 2, "the first ones at once"
    delivery.drain(settings, start + 4 * MINUTE)
    assert len(to(box, "d1.agent")) == 2
    delivery.drain(settings, start + 5 * MINUTE)
    mail = to(box, "d1.agent")[2]
    said = text(mail)
    assert f"+t{number}.a{agent.account_id}." in mail["Reply-To"]
    for part in (said, page(mail)):  # a reply is cut at the line, and holds none of the earlier events
        line, earlier, last = (part.index(words) for words in ("Répondre au-dessus", "3 nouvelles", "Puis la dernière"))
        assert line < earlier < part.index("trois") < part.index("quatre") < last < part.index("cinq")
    assert [said.index(word) for word in ("trois", "quatre", "cinq")] == sorted(
        said.index(word) for word in ("trois", "quatre", "cinq")
    )
    assert "un." not in said.replace("quelqu’un", "")
    assert states(agent)[-3:] == [("answered", "sent")] * 3
    db.session.rollback()
    carried = db.session.scalars(
        select(Notice.sent_as).where(Notice.recipient_id == agent.account_id).order_by(Notice.id.desc()).limit(3)
    ).all()
    assert set(carried) == {mail["Message-ID"]}


def test_each_event_has_its_own_mail_for_who_wishes_so(
    people: Any, draft: Any, now: Any, settings: Any, box: list[Any]
) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    preferences.save(agent, Wish(grouped=False), now)
    number = desk.open_ticket(cmi, draft(), [], now)
    for word in ("un", "deux", "trois"):
        desk.comment(cmi, number, word, now=now)
    delivery.drain(settings, now)
    assert len(to(box, "d1.agent")) == 4 and len(to(box, "d1.ref")) == 1


def test_a_mail_of_several_events_is_the_same_at_each_try(
    people: Any, draft: Any, now: Any, settings: Any, monkeypatch: Any
) -> None:
    """What comes meanwhile waits behind it, so that a mail cut after it was taken comes again word for word."""
    cmi, agent = people("c11.cmi"), people("d1.agent")
    preferences.save(agent, Wish({"opened": NONE}), now)
    number = desk.open_ticket(cmi, draft(), [], now)
    for word in ("Un.", "Deux."):
        desk.comment(cmi, number, word, now=now)
    got: list[tuple[str, str]] = []

    class Cut:
        def send(self, mail: Any, name: str) -> None:
            if "d1.agent@" in mail["To"]:
                got.append((mail["Message-ID"], mail.as_bytes().decode("ascii")))
                if len(got) == 1:
                    raise carriers.Later("Connexion coupée")

        def close(self) -> None:
            """Nothing is held open."""

    monkeypatch.setattr(carriers, "carrier", lambda _: Cut())
    delivery.drain(settings, now)
    desk.comment(cmi, number, "Trois.", now=now + MINUTE / 4)
    delivery.drain(settings, now + MINUTE)
    assert got[0] == got[1] and len({one for one, _ in got}) == len(got) - 1
    assert "Deux." in got[0][1] and "Trois." not in got[0][1]


def test_a_choice_holds_at_once_for_what_waits_and_leaves_its_line_in_the_journal(
    people: Any, draft: Any, now: Any, settings: Any, box: list[Any]
) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    preferences.save(agent, Wish({"opened": DIGEST}), now)
    desk.open_ticket(cmi, draft(), [], now)
    delivery.drain(settings, now)
    assert states(agent) == [("opened", "pending")]
    preferences.save(agent, Wish(), now + MINUTE)
    delivery.drain(settings, now + MINUTE)
    assert states(agent) == [("opened", "sent")]
    lines = db.session.execute(
        select(JournalLine.sigle, JournalLine.subject).where(JournalLine.event == "mail.chosen")
    ).all()
    assert [tuple(line) for line in lines] == [("d1.agent", f"compte {agent.account_id}")] * 2


def test_cha_05_a_suspension_keeps_digests_and_mails_until_it_is_lifted(
    people: Any, draft: Any, now: Any, settings: Any, box: list[Any]
) -> None:
    """Ten minutes without access: nothing leaves, nothing is lost, the other collectivité is told as ever."""
    cmi, agent, referent, admin = people("c11.cmi"), people("d1.agent"), people("d1.ref"), people("a.admin")
    preferences.save(referent, Wish({"opened": DIGEST}, digest_hour=11), now)
    number = desk.open_ticket(cmi, draft(), [], now)
    accounts.suspend_organisation("departement-hautes-pyrenees", "Urgence.", actor=admin, now=now)
    desk.comment(cmi, number, "Pendant la suspension.", now=now)
    for minute in range(10):
        delivery.drain(settings, now + minute * MINUTE)
    assert to(box, "d1.agent") == to(box, "d1.ref") == [] and len(to(box, "c11.cmi")) == 1
    lifted = now + 10 * MINUTE
    accounts.restore_organisation("departement-hautes-pyrenees", actor=admin, now=lifted)
    delivery.drain(settings, lifted)
    assert "Pendant la suspension." in text(to(box, "d1.agent")[0])
    delivery.drain(settings, datetime(2026, 11, 17, 11, 0, tzinfo=PARIS))
    assert {state for _, state in states(referent)} == {"sent"} == {state for _, state in states(agent)}
