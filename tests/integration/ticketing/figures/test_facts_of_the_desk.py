"""Figures are made from what the desk really writes: opening, hand-on, contest, correction, resolution."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from charters.database import reading
from ticketing.figures import nightly
from ticketing.figures.tables import FigureFact, FigureFactScope
from ticketing.model import Draft, Facts
from ticketing.tickets import desk

A, D1, ETAB = "academie-toulouse", "departement-hautes-pyrenees", "desaix-tarbes"


def test_a_life_at_the_desk(app: Any, actor_as: Callable[[str], Any]) -> None:
    start = datetime(2026, 11, 3, 9, tzinfo=UTC)

    def at(hours: int) -> datetime:
        return start + timedelta(hours=hours)

    with app.app_context():
        cmi, agent, tech = actor_as("c11.cmi"), actor_as("d1.agent"), actor_as("a.tech")
        number = desk.open_ticket(
            cmi,
            Draft(
                title="Poste en panne",
                body="Il ne démarre plus.",
                etablissement=ETAB,
                service="equipement-bureautique",
                activity="mco",
                facts=Facts(user_category="professeurs", acquired_by="departement"),
            ),
            [],
            at(0),
        )
        version = 1
        desk.hand_on(agent, number, version, "academie", "mauvaise-partie", "Poste administratif.", at(1))
        desk.contest(tech, number, version + 1, "C’est un poste de professeur.", at(2))
        desk.take_charge(agent, number, version + 2, at(3))
        desk.correct_facts(
            agent, number, version + 3, {"service": "antivirus", "activity": "assistance"}, "C’est l’antivirus.", at(4)
        )
        nightly.write_nightly(at(5))
        with reading() as session:
            rows = session.execute(
                select(FigureFact.kind, FigureFact.party, FigureFact.service, FigureFact.amount).order_by(FigureFact.id)
            ).all()
            scopes = set(session.scalars(select(FigureFactScope.scope)))
    kinds = [(row.kind, row.party) for row in rows]
    assert kinds[:1] == [("opened", D1)]
    assert [party for kind, party in kinds if kind == "handed_on"][:2] == [D1, A]
    assert [party for kind, party in kinds if kind == "answered"] == [D1]
    assert rows[0].service == "equipement-bureautique"
    stock = [row for row in rows if row.kind == "stock"]
    assert [(row.service, row.amount) for row in stock] == [("antivirus", 1)]
    assert {f"academie:{A}", f"etab:{ETAB}", f"org:{D1}"} <= scopes
