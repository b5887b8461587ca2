"""Tickets with a history, written as rows, for tests of what reads histories and not of what writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update

from charters.database import writing
from ticketing.tables import DecisionRow, Ticket, TicketEvent

A, D1, D2 = "academie-toulouse", "departement-hautes-pyrenees", "departement-arbizonne"
NAMES = {A: "Académie de Toulouse", D1: "Département des Hautes-Pyrénées", D2: "Département d’Arbizonne"}
PLACES = {
    "desaix-tarbes": ("Collège Desaix", "Tarbes"),
    "victor-hugo-tarbes": ("Collège Victor Hugo", "Tarbes"),
    "les-trois-sources-vallombreuse": ("Collège Les Trois Sources", "Vallombreuse"),
}
SERVICES = {"inventaire": "Service d'inventaire", "antivirus": "Antivirus"}
ACTIVITIES = {"mco": "Maintien en condition opérationnelle", "conseil": "Conseil / expertise"}
AUTHORS = {"desaix-tarbes": 11, "victor-hugo-tarbes": 12, "les-trois-sources-vallombreuse": 13, D1: 21, D2: 22, A: 31}


@dataclass
class Life:
    """A ticket and its history; every call adds an entry, in a separate transaction."""

    number: int
    etablissement: str
    holder: str
    service: str
    activity: str

    def add(self, kind: str, at: datetime, side: str | None, public: bool = True, **data: Any) -> Life:
        with writing() as session:
            self._event(session, kind, at, side, public, data)
        return self

    def hand_on(self, at: datetime, to: str) -> Life:
        giver, self.holder = self.holder, to
        with writing() as session:
            self._event(session, "handed_on", at, giver, True, {"organisation": to, "name": name_of(to)})
            session.execute(
                update(Ticket)
                .where(Ticket.number == self.number)
                .values(holder_organisation=to, holder_name=name_of(to), involved=[giver, to])
            )
        return self

    def correct(self, at: datetime, service: str) -> Life:
        self.service = service
        with writing() as session:
            self._event(
                session,
                "decision",
                at,
                self.holder,
                True,
                {
                    "organisation": self.holder,
                    "name": name_of(self.holder),
                },
            )
            self._decision(session, at)
            session.execute(
                update(Ticket)
                .where(Ticket.number == self.number)
                .values(service=service, service_label=SERVICES[service])
            )
        return self

    def _event(
        self, session: Any, kind: str, at: datetime, side: str | None, public: bool, data: dict[str, Any]
    ) -> None:
        session.execute(
            insert(TicketEvent).values(
                ticket_id=self.number,
                at=at,
                kind=kind,
                visibility="public" if public else "internal",
                side=side or "",
                author_id=AUTHORS[side] if side else None,
                data=data,
            )
        )

    def _decision(self, session: Any, at: datetime) -> None:
        request = {"service": self.service, "activity": self.activity}
        session.execute(
            insert(DecisionRow).values(
                ticket_id=self.number,
                at=at,
                status="routed",
                party="departement",
                data={"request": request, "view": {}},
            )
        )


def name_of(organisation: str) -> str:
    return NAMES.get(organisation) or ", ".join(PLACES[organisation])


def open_ticket(
    at: datetime,
    etablissement: str = "desaix-tarbes",
    holder: str = D1,
    service: str = "inventaire",
    activity: str = "mco",
    academie: str = A,
    involved: tuple[str, ...] = (),
) -> Life:
    """A ticket opened by its collège's correspondant."""
    name, commune = PLACES[etablissement]
    with writing() as session:
        number = session.execute(
            insert(Ticket)
            .values(
                state="new",
                title="Essai",
                body="Essai",
                academie=academie,
                etablissement=etablissement,
                etablissement_name=name,
                etablissement_commune=commune,
                service=service,
                service_label=SERVICES[service],
                activity=activity,
                activity_label=ACTIVITIES[activity],
                holder_party="departement",
                holder_role="CL",
                holder_organisation=holder,
                holder_name=name_of(holder),
                involved=[holder, *involved],
                opened_by_name="Essai",
                opened_at=at,
                due_at=at,
                updated_at=at,
            )
            .returning(Ticket.number)
        ).scalar_one()
        life = Life(number, etablissement, holder, service, activity)
        life._event(session, "opened", at, etablissement, True, {"organisation": holder, "name": name_of(holder)})
        life._decision(session, at)
    return life
