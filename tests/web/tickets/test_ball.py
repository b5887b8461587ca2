"""A ticket's page shows who had it and for how long, each party in its own hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from charters.database import writing
from charters.days import today
from ticketing import model
from ticketing.hours import shapes
from ticketing.in_force import routing
from ticketing.tables import PartyHours
from ticketing.tickets import desk

D1 = "departement-hautes-pyrenees"


def text(response) -> str:
    return " ".join(response.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ").split())


def opened(app, actor_as, ago: timedelta) -> int:
    facts = model.Facts(user_category="professeurs")
    about = {"etablissement": "desaix-tarbes", "service": "equipement-bureautique", "activity": "mco"}
    with app.app_context():
        draft = model.Draft(title="Écran noir", body="Depuis ce matin.", facts=facts, **about)
        return desk.open_ticket(actor_as("c11.cmi"), draft, [], datetime.now(UTC) - ago)


def set_hours(app, week) -> None:
    """Set the hours of D1 from the first day of last year, as if it had said so then."""
    with app.app_context():
        with writing() as session:
            hours = shapes.Hours(today(datetime.now(UTC)).replace(month=1, day=1), week)
            session.add(PartyHours(organisation=D1, set_at=datetime.now(UTC), set_by=1, **shapes.packed(hours)))
        routing.forget()


def test_the_bar_counts_each_party_in_its_own_hours(app, client_as, actor_as):
    number = opened(app, actor_as, timedelta(hours=3))
    shown = text(client_as("c11.cmi").get(f"/tickets/{number}"))
    assert "Qui l’a eu, et combien de temps" in shown
    assert "ses horaires ne sont pas connus" in shown
    set_hours(app, ((),) * 7)  # D1 is never open: three hours of the clock are none of its own
    shown = text(client_as("c11.cmi").get(f"/tickets/{number}"))
    assert "0 min</strong> de ses heures" in shown


def test_waiting_on_the_requester_counts_for_nobody(app, client_as, actor_as):
    number = opened(app, actor_as, timedelta(hours=3))
    asked = datetime.now(UTC) - timedelta(hours=2)
    with app.app_context():
        agent = actor_as("d1.agent")
        desk.take_charge(agent, number, 1, asked)
        desk.hold(agent, number, 2, "attente-demandeur", "Quelle salle ?", asked)
    shown = text(client_as("d1.agent").get(f"/tickets/{number}"))
    assert "jusqu’à maintenant : ne compte pour personne" in shown
    assert '<rect class="ball-nobody"' in shown
