"""Presets: written by hand or from a ticket, offered as one tap inside their perimeter, opened by themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import select, update

from charters.database import db, writing
from charters.model import Role
from charters.people import accounts
from charters.tables.access import Account, JournalLine, MandateRow
from charters.tables.keys import Letter
from ticketing.in_force import routing
from ticketing.presets import repeating
from ticketing.presets.tables import TicketPreset
from ticketing.tables import Ticket, TicketEvent

HOME = "/tickets/modeles"
GOOD = {
    "name": "Toner du CDI",
    "title": "L’imprimante du CDI n’a plus de toner",
    "service": "equipement-bureautique",
    "activity": "mco",
    "user_category": "cdi",
    "asset": "Imprimante du CDI",
    "room": "CDI",
}
DUE = datetime(2031, 3, 1, 9, tzinfo=UTC)


def text(response: Any) -> str:
    return " ".join(response.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ").split())


def saved(app: Any, name: str = GOOD["name"]) -> TicketPreset:
    with app.app_context():
        return db.session.scalars(select(TicketPreset).where(TicketPreset.name == name)).one()


def test_a_preset_is_written_offered_and_opens_a_filled_form(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    assert post(client, f"{HOME}/nouveau", GOOD).status_code == 303
    assert post(client, f"{HOME}/nouveau", GOOD).status_code == 303, "the same form twice makes one preset"
    preset = saved(app)
    assert preset.side == "desaix-tarbes" and preset.next_on is None
    offered = client.get("/tickets/nouveau")
    assert GOOD["name"] in text(offered) and f"modele={preset.id}" in offered.text
    page = text(client.get(f"/tickets/nouveau?modele={preset.id}"))
    assert GOOD["title"] in page and 'value="equipement-bureautique" checked' in page and 'value="CDI"' in page
    assert "Votre ticket ira à" in page and GOOD["name"] not in page, "one tap, then the decision with its clause"
    assert GOOD["name"] in text(client.get(HOME))


def test_who_writes_presets_and_who_reads_them(app: Any, client_as: Any) -> None:
    post(client_as("c11.cmi"), f"{HOME}/nouveau", GOOD)
    party = {**GOOD, "name": "Modèle de la collectivité", "user_category": "", "room": ""}
    assert post(client_as("d1.ref"), f"{HOME}/nouveau", party).status_code == 303
    own, theirs = saved(app).id, saved(app, party["name"]).id
    for sigle in ("c11.chef", "d1.agent", "c11.reseau", "a.tech", "a.lecture"):
        assert client_as(sigle).get(HOME).status_code == 404
    here, next_door, far = client_as("c11.cmi"), client_as("c12.cmi"), client_as("c21.cmi")
    assert party["name"] in text(here.get("/tickets/nouveau")) and party["name"] in text(
        next_door.get("/tickets/nouveau")
    )
    assert party["name"] not in text(far.get("/tickets/nouveau")), "another Département’s collège"
    assert GOOD["name"] not in text(next_door.get("/tickets/nouveau"))
    assert next_door.get(f"/tickets/nouveau?modele={own}").status_code == 404
    assert far.get(f"/tickets/nouveau?modele={theirs}").status_code == 404
    assert (
        next_door.get(f"{HOME}/{own}/modifier").status_code == here.get(f"{HOME}/{theirs}/modifier").status_code == 404
    )
    assert post(next_door, f"{HOME}/{own}/modifier", GOOD).status_code == 404
    assert post(next_door, f"{HOME}/{own}/retirer", {}).status_code == 404
    call = text(client_as("d1.agent").get("/tickets/appel/desaix-tarbes"))
    assert party["name"] in call and GOOD["name"] not in call, "who takes a call has the own side’s alone"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "x"}, "Donnez un nom"),
        ({"title": ""}, "Écrivez la phrase"),
        ({"service": "inconnu"}, "Choisissez le sujet"),
        ({"activity": ""}, "Dites de quoi il s’agit"),
        ({"user_category": "roi"}, "Choisissez dans la liste"),
        ({"room": "x" * 200}, "C’est trop long"),
        ({"body": "L’élève au numéro 1234567890A"}, "un numéro INE"),
        ({"rhythm": "toujours"}, "Choisissez dans la liste"),
        ({"rhythm": "month", "on": "2019-01-01"}, "Donnez un jour à venir"),
        ({"rhythm": "month", "on": "demain"}, "Donnez un jour à venir"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_lost(
    app: Any, client_as: Any, change: dict[str, str], sentence: str
) -> None:
    answer = post(client_as("c11.cmi"), f"{HOME}/nouveau", GOOD | change)
    assert answer.status_code == 422 and sentence in text(answer)
    assert GOOD["asset"] in text(answer)
    with app.app_context():
        assert db.session.scalars(select(TicketPreset).where(TicketPreset.name == GOOD["name"])).first() is None


def test_a_preset_is_begun_from_a_ticket_changed_and_withdrawn(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    about = {name: GOOD[name] for name in ("title", "service", "activity", "user_category", "asset", "room")}
    post(client, "/tickets/nouveau", {**about, "body": "Appelez Jean Dupont.", "token": "jeton-modele-1"})
    with app.app_context():
        number = db.session.scalars(select(Ticket.number)).one()
    assert f"{HOME}/nouveau?ticket={number}" in client.get(f"/tickets/{number}").text
    begun = text(client.get(f"{HOME}/nouveau?ticket={number}"))
    assert GOOD["title"] in begun and "Appelez Jean Dupont." in begun and 'value="Imprimante du CDI"' in begun
    elsewhere = text(client_as("d1.ref").get(f"{HOME}/nouveau?ticket={number}"))
    assert GOOD["title"].split(" du ")[0] in elsewhere and 'value="Imprimante du CDI"' not in elsewhere
    assert client_as("c12.cmi").get(f"{HOME}/nouveau?ticket={number}").status_code == 404
    post(client, f"{HOME}/nouveau", GOOD)
    preset = saved(app).id
    assert 'value="Toner du CDI"' in client.get(f"{HOME}/{preset}/modifier").text
    shown = {"changed": saved(app).changed_at.isoformat()}
    assert shown["changed"] in client.get(f"{HOME}/{preset}/modifier").text
    assert post(client, f"{HOME}/{preset}/modifier", GOOD | shown | {"name": "Toner"}).status_code == 303
    assert saved(app, "Toner").id == preset
    stale = post(client, f"{HOME}/{preset}/modifier", GOOD | shown | {"name": "Encre"})
    assert stale.status_code == 409 and "Ce modèle a changé depuis" in text(stale) and "Encre" in text(stale)
    now = {"changed": saved(app, "Toner").changed_at.isoformat()}
    assert now["changed"] in text(stale), "sent once more, it is saved"
    assert post(client, f"{HOME}/{preset}/modifier", GOOD | now | {"name": "Encre"}).status_code == 303
    assert post(client, f"{HOME}/{preset}/retirer", {}).status_code == 303
    assert client.get(f"/tickets/nouveau?modele={preset}").status_code == 404


def due(app: Any, client: Any, **change: str) -> int:
    """Save a preset that repeats each month and make it due; return its id."""
    post(client, f"{HOME}/nouveau", GOOD | {"rhythm": "month"} | change)
    preset = saved(app).id
    with app.app_context(), writing() as session:
        day = {"starts_on": date(2031, 1, 31), "next_on": DUE.date()}
        session.execute(update(TicketPreset).where(TicketPreset.id == preset).values(**day))
    return preset


def test_a_preset_opens_its_ticket_once_in_the_name_of_its_author(any_app: Any, client_as: Any) -> None:
    preset = due(any_app, client_as("c11.cmi"))
    with any_app.app_context():
        assert repeating.open_due(DUE - timedelta(days=1)) == 0
        assert repeating.open_due(DUE) == 1
        assert repeating.open_due(DUE) == 0
        ticket = db.session.scalars(select(Ticket)).one()
        assert (ticket.title, ticket.holder_party, ticket.room) == (GOOD["title"], "departement", "CDI")
        author = db.session.get_one(Account, ticket.opened_by)
        assert author.sigle == "c11.cmi"
        row = db.session.get_one(TicketPreset, preset)
        assert (row.next_on, row.rhythm) == (date(2031, 3, 31), "month")
        with writing() as session:  # killed between the ticket and its day: the same day again
            session.execute(update(TicketPreset).values(next_on=DUE.date()))
        assert repeating.open_due(DUE) == 1
        assert len(db.session.scalars(select(Ticket)).all()) == 1
        assert db.session.scalars(select(TicketEvent.kind)).all() == ["opened"]


def test_a_preset_whose_author_is_gone_stops_and_people_are_told(app: Any, client_as: Any, actor_as: Any) -> None:
    preset = due(app, client_as("c11.cmi"))
    with app.app_context():
        account = db.session.scalars(select(Account.id).where(Account.sigle == "c11.cmi")).one()
        accounts.end_account(account, DUE.date() - timedelta(days=2), actor=actor_as("a.admin"), now=DUE)
        assert repeating.open_due(DUE) == 0
        row = db.session.get_one(TicketPreset, preset)
        assert (row.next_on, row.rhythm, row.title) == (None, "", GOOD["title"]), "the preset itself stays"
        assert db.session.scalars(select(Ticket)).all() == []
        assert repeating.open_due(DUE) == 0


def test_a_preset_opens_its_ticket_though_it_has_the_id_of_one_that_was_withdrawn(app: Any, client_as: Any) -> None:
    client = client_as("c11.cmi")
    for count in (1, 2):
        preset = due(app, client)
        with app.app_context():
            assert repeating.open_due(DUE) == 1
            assert len(db.session.scalars(select(Ticket.number)).all()) == count
        post(client, f"{HOME}/{preset}/retirer", {})


def test_a_preset_stops_once_its_author_writes_presets_no_more(app: Any, client_as: Any) -> None:
    due(app, client_as("c11.cmi"))
    with app.app_context():
        account = db.session.scalars(select(Account.id).where(Account.sigle == "c11.cmi")).one()
        with writing() as session:
            network = update(MandateRow).where(MandateRow.account_id == account)
            session.execute(network.values(role=Role.RESEAU.value))
        assert repeating.open_due(DUE) == 0 and db.session.scalars(select(Ticket.number)).all() == []
        assert "preset.stopped" in db.session.scalars(select(JournalLine.event)).all()


def test_security_a_preset_that_is_not_offered_is_not_read_by_its_id(app: Any, client_as: Any) -> None:
    with app.app_context():
        conventions = routing.router().conventions
        allowed = conventions.opens(Role.RESEAU.value, "desaix-tarbes")
        service = min(conventions.named("desaix-tarbes") - allowed)
    post(client_as("c11.cmi"), f"{HOME}/nouveau", GOOD | {"service": service, "user_category": ""})
    preset, network = saved(app).id, client_as("c11.reseau")
    assert GOOD["name"] not in text(network.get("/tickets/nouveau"))
    assert network.get(f"/tickets/nouveau?modele={preset}").status_code == 404


def test_a_preset_that_cannot_be_opened_any_more_tells_its_author(app: Any, client_as: Any) -> None:
    due(app, client_as("c11.cmi"))
    with app.app_context():
        with writing() as session:
            session.execute(update(TicketPreset).values(service="disparu"))
        assert repeating.open_due(DUE) == 0
        told = (
            select(Account.sigle).join(Letter, Letter.account_id == Account.id).where(Letter.kind == repeating.LETTER)
        )
        assert "c11.cmi" in db.session.scalars(told).all()


def test_only_who_opens_tickets_has_presets_that_open_by_themselves(client_as: Any) -> None:
    client = client_as("d1.ref")
    assert "S’ouvre de lui-même" not in text(client.get(f"{HOME}/nouveau"))
    assert post(client, f"{HOME}/nouveau", GOOD | {"rhythm": "month"}).status_code == 422


def test_presets_cost_the_opening_page_one_query_and_a_filled_form_none(client_as: Any, queries_of: Any) -> None:
    client = client_as("c11.cmi")
    post(client, f"{HOME}/nouveau", GOOD)
    for address, most in (("/tickets/nouveau", 1), ("/tickets/nouveau?service=ent&activity=mco", 0)):
        client.get(address)
        with queries_of() as seen:
            client.get(address)
        assert len([one for one in seen if "ticket_preset" in one]) == most
