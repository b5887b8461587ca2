"""A step on the tickets ticked in a list: each all or nothing, with a line of the report, within the perimeter."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import select

from charters.database import db
from charters.tables.access import JournalLine
from ticketing.model import Draft, Facts
from ticketing.tables import Ticket, TicketEvent
from ticketing.tickets import desk

#: What the pages of the steps that ask for more send.
CHOSEN = {
    "choisi": "1",
    "attribuer-compte": "1",
    "attente-raison": "attente-piece",
    "transmettre-partie": "academie",
    "transmettre-raison": "autre",
    "transmettre-texte": "Non.",
}
OPENED = datetime.now(UTC) - timedelta(days=2)


@pytest.fixture
def opened(app: Any, actor_as: Any) -> Callable[..., int]:
    """Return `opened()`: the number of a ticket of Desaix that the Département holds; with « c21.cmi », D2 does."""

    def make(who: str = "c11.cmi") -> int:
        place = {"c11": "desaix-tarbes", "c21": "les-trois-sources-vallombreuse"}[who.split(".")[0]]
        draft = Draft(
            title="Panne",
            body="Ne marche plus.",
            etablissement=place,
            service="equipement-bureautique" if who == "c11.cmi" else "materiels-pedagogiques",
            activity="mco",
            facts=Facts(user_category="professeurs", acquired_by="departement"),
        )
        with app.app_context():
            return desk.open_ticket(actor_as(who), draft, [], OPENED)

    return make


@pytest.fixture
def stands(app: Any) -> Callable[[int], tuple[str, int | None, int]]:
    """Return `stands(number)`: state, person in charge, number of entries."""

    def read(number: int) -> tuple[str, int | None, int]:
        with app.app_context():
            row = db.session.execute(
                select(Ticket.state, Ticket.assignee_id, Ticket.event_count).where(Ticket.number == number)
            ).one()
            return (row.state, row.assignee_id, row.event_count)

    return read


def go(client: Any, act: str, picked: list[str], words: str = "", **more: str) -> Any:
    return post(client, "/tickets/lot", {"acte": act, "n": picked, "texte": words, **more})


def test_several_tickets_are_taken_and_closed_in_one_go(client_as: Any, opened: Any, stands: Any, cast: Any) -> None:
    client, numbers = client_as("d1.agent"), [opened() for _ in range(3)]
    answer = go(client, "prendre-en-charge", [f"{one}:1" for one in numbers], retour="/tickets?etat=nouveaux")
    assert answer.status_code == 303 and answer.location == "/tickets?etat=nouveaux#fait"
    me = cast["d1.agent"].account_id
    assert [stands(one)[:2] for one in numbers] == [("in_progress", me)] * 3
    go(client, "resoudre", [f"{one}:2" for one in numbers], "Doublons.")
    assert [stands(one)[0] for one in numbers] == ["resolved"] * 3
    go(client, "clore", [f"{one}:3" for one in numbers], "Doublons.")
    assert [stands(one)[0] for one in numbers] == ["closed"] * 3


def test_each_is_all_or_nothing_and_has_its_line(client_as: Any, opened: Any, stands: Any) -> None:
    client, first, second = client_as("d1.agent"), opened(), opened()
    answer = go(client, "resoudre", [f"{first}:1", f"{second}:9", "77777:1"], "Câble changé.")
    said = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 200 and "1 ticket sur 3" in said
    assert "Il a changé depuis que la liste s’est affichée" in said
    assert "n’est pas, ou plus, dans votre périmètre" in said
    assert said.count("Câble changé.") == 1, "the words come back, for those that are left"
    assert stands(first)[0] == "resolved" and stands(second) == ("new", None, 1)
    answer = go(client, "resoudre", [f"{second}:1"], "")
    assert answer.status_code == 409 and stands(second) == ("new", None, 1)


def test_security_a_ticket_out_of_sight_is_neither_changed_nor_told_from_one_that_is_not(
    app: Any, client_as: Any, opened: Any, stands: Any
) -> None:
    foreign = opened("c21.cmi")
    before = stands(foreign)
    client = client_as("d1.agent")
    answers = [
        html.unescape(go(client, act, [f"{one}:1"], "Texte.", **CHOSEN).get_data(as_text=True)).replace(str(one), "N")
        for act in ("prendre-en-charge", "commenter", "resoudre", "clore", "attribuer", "attente", "transmettre")
        for one in (foreign, 99_999)
    ]
    tables = [page.split("<tbody>")[1].split("</tbody>")[0] for page in answers]
    assert tables[0::2] == tables[1::2] and stands(foreign) == before
    with app.app_context():
        subjects = set(db.session.scalars(select(JournalLine.subject)))
    assert {f"/tickets/{foreign}/clore", "/tickets/99999/clore"} <= subjects, "each refusal has its line"


def test_who_works_no_ticket_has_no_box_and_no_way(client_as: Any, opened: Any, stands: Any) -> None:
    number = opened()
    assert 'name="n"' not in client_as("c11.cmi").get("/tickets").get_data(as_text=True)
    assert go(client_as("c11.chef"), "clore", [f"{number}:1"], "Non.").status_code in (403, 404, 409)
    assert go(client_as("a.lecture"), "clore", [f"{number}:1"], "Non.").status_code == 404
    assert stands(number)[0] == "new"


def test_a_form_sent_twice_comments_once(app: Any, client_as: Any, opened: Any) -> None:
    client, number = client_as("d1.agent"), opened()
    for _ in range(2):
        go(client, "commenter", [f"{number}:1"], "Nous passons mardi.", token="jeton")
    with app.app_context():
        found = db.session.scalars(select(TicketEvent.body).where(TicketEvent.ticket_id == number)).all()
    assert found.count("Nous passons mardi.") == 1


@pytest.mark.parametrize("picked", [[], ["x"], ["1"], ["1:x"], [":1"], ["0:0"], ["\x00:1"], ["9" * 30 + ":1"]])
def test_odd_ticks_change_nothing(client_as: Any, opened: Any, picked: list[str]) -> None:
    opened()
    answer = go(client_as("d1.agent"), "clore", picked, "Texte.")
    assert answer.status_code in (303, 409) and answer.status_code < 500
    assert go(client_as("d1.agent"), "masquer", ["1:1"], "Texte.").status_code == 303


def test_several_tickets_are_given_held_and_handed_on(
    client_as: Any, actor_as: Any, app: Any, opened: Any, stands: Any, cast: Any
) -> None:
    client, numbers, other = client_as("d1.agent"), [opened() for _ in range(2)], cast["d1.ref"].account_id
    asked = html.unescape(go(client, "attribuer", [f"{one}:1" for one in numbers]).get_data(as_text=True))
    assert f"2 tickets cochés : n° {numbers[0]}, {numbers[1]}" in asked and f'value="{other}"' in asked
    assert f'value="{cast["d2.agent"].account_id}"' not in asked and stands(numbers[0])[0] == "new"
    given = {"choisi": "1", "attribuer-compte": str(other)}
    assert go(client, "attribuer", [f"{one}:1" for one in numbers], **given).status_code == 303
    assert [stands(one)[:2] for one in numbers] == [("in_progress", other)] * 2
    strange = go(client, "attribuer", [f"{numbers[0]}:2"], choisi="1", **{"attribuer-compte": "99999"})
    assert strange.status_code == 409 and "Choisissez une personne" in html.unescape(strange.get_data(as_text=True))

    asked = html.unescape(
        go(client, "attente", [f"{one}:2" for one in numbers], "Quelle salle ?").get_data(as_text=True)
    )
    assert "Quelle salle ?</textarea>" in asked
    held = {"choisi": "1", "attente-raison": "attente-demandeur", "attente-texte": "Quelle salle ?"}
    answer = go(client, "attente", [f"{numbers[0]}:2", f"{numbers[1]}:7"], **held)
    said = html.unescape(answer.get_data(as_text=True))
    assert "1 ticket sur 2" in said and "Il a changé depuis" in said, "each by itself"
    assert [stands(one)[0] for one in numbers] == ["on_hold", "in_progress"]

    asked = html.unescape(go(client, "transmettre", [f"{one}:9" for one in numbers]).get_data(as_text=True))
    assert 'name="transmettre-partie" value="academie"' in asked
    moved = {"transmettre-partie": "academie", "transmettre-raison": "autre", "transmettre-texte": "C’est à vous."}
    go(client, "transmettre", [f"{numbers[1]}:2"], choisi="1", **moved)
    with app.app_context():
        holder = db.session.scalar(select(Ticket.holder_party).where(Ticket.number == numbers[1]))
    assert holder == "academie"
