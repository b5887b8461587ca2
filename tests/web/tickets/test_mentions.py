"""People named in a text: who is told, who is offered, and what nobody learns by naming somebody."""

from __future__ import annotations

import html
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import select, update

from charters.database import db, writing
from charters.permissions import perimeter
from charters.tables.access import Account, JournalLine
from ticketing.mail import inbox
from ticketing.mail.sending import visibility
from ticketing.tables import Notice, NoticeWords, TicketEvent
from ticketing.tickets.changing import mentions


def write(client: Any, number: int, text: str, visibility: str = "public") -> str:
    form = {"commenter-texte": text, "commenter-visibilite": visibility, "version": "1", "vu": "0"}
    answer = post(client, f"/tickets/{number}/commenter", form)
    assert answer.status_code == 303
    return html.unescape(client.get(answer.location).get_data(as_text=True))


def told(kind: str) -> set[int]:
    return set(db.session.scalars(select(Notice.recipient_id).where(Notice.kind == kind)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@n.soulerac, regarde", ("n.soulerac",)),
        ("vu avec @N.Soulerac.", ("n.soulerac",)),
        ("(@c11.cmi) et @c11.cmi", ("c11.cmi",)),
        ("écrire à p.durand@college.example ou a.b@c.fr", ()),
        ("@ seul, @@deux, @-x", ()),
        ("l’@a.tech", ("a.tech",)),
        (" ".join(f"@p{one}x" for one in range(20)), tuple(f"p{one}x" for one in range(10))),
    ],
)
def test_what_names_somebody(text: str, found: tuple[str, ...]) -> None:
    assert mentions.written(text) == found


def test_a_colleague_named_in_a_note_is_told_without_its_words(
    any_app: Any, client_as: Any, cast: Any, opened: Any
) -> None:
    number = opened()
    page = write(client_as("d1.agent"), number, "Vois la baie, @d1.ref : code JONQUILLE.", "internal")
    assert "Personne n’a été prévenu" not in page
    with any_app.app_context():
        assert told("noted") == {cast["d1.ref"].account_id} and told("mentioned") == set()
        notice = db.session.scalars(select(Notice).where(Notice.kind == "noted")).one()
        kept = db.session.scalars(select(NoticeWords.data).where(NoticeWords.event_id == notice.event_id)).one()
        assert kept["words"] == "" and kept["by"] and "JONQUILLE" not in str(kept)
        line = db.session.scalars(select(JournalLine).where(JournalLine.event == "ticket.note")).all()[-1]
        assert "d1.ref" in str(line.details) and "JONQUILLE" not in str(line.details)
    assert "Vous nomme dans une note interne" in html.unescape(client_as("d1.ref").get("/avis").get_data(as_text=True))


def test_security_a_note_tells_nobody_of_another_side_and_does_not_say_whether_a_sigle_exists(
    any_app: Any, client_as: Any, opened: Any
) -> None:
    number = opened()
    client = client_as("d1.agent")
    answers = []
    for sigle in ("c11.cmi", "d2.agent", "c12.cmi", "x.nosign", "personne.du-tout"):
        page = write(client, number, f"Note pour @{sigle}.", "internal")
        said = f"Personne n’a été prévenu pour @{sigle} : aucune personne de ce sigle ne lit ce texte."
        assert said in page, sigle
        answers.append(page.count("Personne n’a été prévenu"))
    assert answers == [1] * 5
    with any_app.app_context():
        assert told("noted") == set()


def test_a_comment_tells_who_sees_the_ticket_once_and_nobody_else(
    any_app: Any, client_as: Any, cast: Any, opened: Any
) -> None:
    number = opened()
    page = write(client_as("d1.agent"), number, "@c11.cmi, @c11.chef, @c12.cmi et @d1.agent.")
    assert "prévenu pour @c12.cmi :" in page, "one's own sigle is no mistake"
    with any_app.app_context():
        assert told("mentioned") == {cast["c11.chef"].account_id}
        event = db.session.scalars(select(Notice.event_id).where(Notice.kind == "mentioned")).one()
        recipients = list(db.session.scalars(select(Notice.recipient_id).where(Notice.event_id == event)))
        assert sorted(recipients) == sorted({cast["c11.cmi"].account_id, cast["c11.chef"].account_id})
        assert len(list(db.session.scalars(select(NoticeWords.event_id).where(NoticeWords.event_id == event)))) == 1


def test_security_a_notice_of_a_note_is_neither_sent_nor_shown_to_another_side(
    any_app: Any, client_as: Any, actor_as: Any, cast: Any, opened: Any
) -> None:
    """The recipient changed sides between the note and the mail: the ticket is still seen, the note is not."""
    number = opened()
    write(client_as("d1.agent"), number, "Note pour @d1.ref.", "internal")
    with any_app.app_context():
        now = datetime.now(UTC)
        row = db.session.execute(select(Notice.__table__).where(Notice.kind == "noted")).one()
        reader = actor_as("d1.ref")
        assert visibility.seen(row, False, now) == "yes"
        assert [one.ticket for one in inbox.listed(perimeter(reader), reader)][:1] == [number]
        before = inbox.unread(perimeter(reader), reader)
        db.session.rollback()
        with writing() as session:  # the note is now another side's
            session.execute(update(TicketEvent).where(TicketEvent.id == row.event_id).values(side="desaix-tarbes"))
        assert visibility.seen(SimpleNamespace(**row._asdict()), False, now) == ""  # type: ignore[arg-type]
        assert all("note interne" not in one.what for one in inbox.listed(perimeter(reader), reader))
        assert inbox.unread(perimeter(reader), reader) == before - 1


def test_only_those_who_see_the_ticket_are_offered(any_app: Any, client_as: Any, cast: Any, opened: Any) -> None:
    number = opened()
    of = {
        sigle: {one[0]: one[2] for one in client_as(sigle).get(f"/tickets/{number}/personnes.json").json["people"]}
        for sigle in ("d1.agent", "c11.cmi")
    }
    assert of["d1.agent"]["d1.ref"] is True and of["d1.agent"]["c11.cmi"] is False, "who asked took part"
    assert "d1.agent" not in of["d1.agent"] and "c11.chef" not in of["d1.agent"], "no sigle of the other side at large"
    assert of["c11.cmi"]["c11.chef"] is True and "d1.ref" not in of["c11.cmi"]
    for strangers in of.values():
        assert not {"c12.cmi", "d2.agent", "x.nosign", "x.fin", "x.susp", "a.lecture"} & set(strangers)
    for stranger in ("d2.agent", "c12.cmi"):
        assert client_as(stranger).get(f"/tickets/{number}/personnes.json").status_code == 404
    with any_app.app_context(), writing() as session:
        session.execute(
            update(Account).where(Account.id == cast["d1.ref"].account_id).values(locked_at=datetime.now(UTC))
        )
    again = client_as("d1.agent").get(f"/tickets/{number}/personnes.json").json["people"]
    assert "d1.ref" not in {one[0] for one in again}
