"""Where the trouble is and how urgent is corrected after the opening: by whom, what follows, what does not move."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from harness.http import post
from sqlalchemy import select

from charters.database import db
from charters.permissions import perimeter
from charters.tables.access import Account
from ticketing.figures import histories
from ticketing.model import Filters
from ticketing.personal_data.erasing import Pseudonyms, data_of
from ticketing.tables import Notice, NoticeWords, Ticket, TicketEvent
from ticketing.tickets import queries


def row(app: Any, number: int) -> Any:
    with app.app_context():
        return db.session.execute(select(Ticket.__table__).where(Ticket.number == number)).one()


def entry(app: Any, number: int) -> Any:
    with app.app_context():
        query = select(TicketEvent.__table__).where(TicketEvent.ticket_id == number, TicketEvent.kind == "adjusted")
        return db.session.execute(query).one_or_none()


def adjust(app: Any, client: Any, number: int, **fields: str) -> Any:
    values = {f"urgence-{name}": value for name, value in fields.items()}
    return post(client, f"/tickets/{number}/urgence", {"version": str(row(app, number).version), **values})


def told(app: Any) -> set[str]:
    with app.app_context():
        query = select(Account.sigle).join(Notice, Notice.recipient_id == Account.id).where(Notice.kind == "adjusted")
        return set(db.session.scalars(query))


def order(app: Any, actor_as: Any, sigle: str, wanted: set[int]) -> list[int]:
    with app.app_context():
        found = queries.queue(perimeter(actor_as(sigle)), Filters(), None, datetime.now(UTC), 100)
        return [one.number for one in found.rows if one.number in wanted]


def shown(client: Any, number: int) -> str:
    page = client.get(f"/tickets/{number}?etape=urgence").get_data(as_text=True)
    return " ".join(page.replace("\u00a0", " ").replace("\u202f", " ").split())


def test_the_author_says_that_it_is_more_urgent_and_the_queue_follows(
    app: Any, client_as: Any, actor_as: Any, opened: Any
) -> None:
    first, second = opened(), opened()
    assert order(app, actor_as, "d1.agent", {first, second}) == [first, second]
    author = client_as("c11.cmi")
    page = shown(author, second)
    assert 'name="urgence-salle"' in page and 'name="urgence-gene"' in page and 'name="urgence-travail"' in page
    assert "Ce qui a été promis à l’ouverture ne change pas" in page
    promised = row(app, second).engagements
    done = adjust(app, author, second, salle="Aile B, zorglub", gene="1", travail="1", texte="Le couloir est noir.")
    assert done.status_code == 303
    after = row(app, second)
    assert (after.room, after.impact, after.urgency, after.engagements) == ("Aile B, zorglub", 1, 1, promised)
    assert order(app, actor_as, "d1.agent", {first, second}) == [second, first]
    page = shown(client_as("d1.agent"), second)
    assert "Priorité critique" in page
    assert "Salle ou lieu : non précisé → Aile B, zorglub." in page and "Le couloir est noir." in page
    assert "Qui est gêné : non précisé → Tout l’établissement." in page
    with app.app_context():
        words = db.session.scalars(select(NoticeWords.data).where(NoticeWords.ticket_id == second)).all()[-1]["words"]
        found = queries.queue(perimeter(actor_as("c11.cmi")), Filters(text="zorglub"), None, datetime.now(UTC), 5)
        story = histories.stories(db.session, [second])[second]
    assert "d1.agent" in told(app) and "c11.cmi" not in told(app)
    assert words.startswith("Le couloir est noir.") and "Peut-on travailler : non précisé → Non" in words
    assert [one.number for one in found.rows] == [second], "the new room is found"
    assert story.urgency == 0, "figures keep the priority of the opening"


def test_who_holds_it_corrects_it_once_taken_and_its_author_no_longer(app: Any, client_as: Any, opened: Any) -> None:
    number = opened()
    author, agent = client_as("c11.cmi"), client_as("d1.agent")
    post(agent, f"/tickets/{number}/prendre-en-charge", {"version": str(row(app, number).version)})
    assert "Corriger le lieu ou l’urgence" not in shown(author, number)
    late = adjust(app, author, number, gene="1", texte="Urgent !")
    assert late.status_code == 409 and "en commentaire" in late.text and "Urgent !" in late.text
    assert row(app, number).impact is None and entry(app, number) is None
    assert adjust(app, agent, number, gene="3", travail="3").status_code == 303
    assert (row(app, number).impact, row(app, number).urgency, row(app, number).room) == (3, 3, "")
    assert "c11.cmi" in told(app), "who asked reads that it was ranked lower"
    same = adjust(app, agent, number, gene="3", travail="3", texte="Encore")
    assert same.status_code == 422 and "Rien n’a changé" in same.text and "Encore" in same.text
    wrong = adjust(app, agent, number, gene="7", salle="x" * 61)
    assert wrong.status_code == 422 and "Choisissez l’une des réponses" in wrong.text and "dépasse 60" in wrong.text


def test_security_nobody_else_corrects_it(app: Any, client_as: Any, opened: Any) -> None:
    number = opened()
    for sigle, status in {"c12.cmi": 404, "d2.agent": 404, "c11.reseau": 404, "c11.chef": 403, "a.admin": 404}.items():
        assert adjust(app, client_as(sigle), number, gene="1").status_code == status, sigle
    assert row(app, number).impact is None


def test_the_rooms_go_with_personal_data_and_what_figures_need_stays(app: Any, client_as: Any, opened: Any) -> None:
    number = opened()
    adjust(app, client_as("c11.cmi"), number, salle="Chez Mme Zorglub", gene="2", travail="2")
    data = entry(app, number).data
    assert data["rooms"] == ["", "Chez Mme Zorglub"]
    kept = data_of("adjusted", data, Pseudonyms())
    assert "Zorglub" not in str(kept) and kept["priority"] == [0, 3]
    assert kept["changes"] == {"impact": [None, 2], "urgency": [None, 2]}
