"""Tickets with a history, written as rows, for tests of what reads histories and not of what writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
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
#: The state that an entry of a kind leads to.
STATES = {
    "taken": "in_progress",
    "question": "on_hold",
    "held": "on_hold",
    "resumed": "in_progress",
    "resolved": "resolved",
    "confirmed": "closed",
    "closed": "closed",
    "reopened": "in_progress",
}
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
        given = {"to": STATES[kind]} if kind in STATES else {}
        with writing() as session:
            self._event(session, kind, at, side, public, given | data)
        return self

    def hand_on(self, at: datetime, to: str, kind: str = "handed_on", reason: str = "mauvaise-partie") -> Life:
        giver, self.holder = self.holder, to
        with writing() as session:
            self._event(session, kind, at, giver, True, held_by(to) | {"to": "new", "reason": reason})
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
                held_by(self.holder),
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


def held_by(organisation: str) -> dict[str, str]:
    """What an entry says of who has the ticket from then on."""
    return {"organisation": organisation, "name": name_of(organisation), "role": "CL"}


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
        life._event(session, "opened", at, etablissement, True, held_by(holder))
        life._decision(session, at)
    return life


def at(month: int, day: int, hour: int = 8, minute: int = 0) -> datetime:
    """Return an instant in UTC; Paris is one hour ahead until 29 March 2026, and two from then on."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def lived() -> None:
    """Write four tickets: three of Desaix, one of Victor Hugo."""
    # Monday 2 March 9:00 in Paris, answered an hour later, resolved Tuesday 9:00: 1 h, then 8 h of working time.
    one = open_ticket(at(3, 2))
    one.add("taken", at(3, 2, 9), D1).add("resolved", at(3, 3), D1).add("confirmed", at(3, 4), "desaix-tarbes")
    # Opened with the académie, handed on to the département in April, still open.
    two = open_ticket(at(3, 5), holder=A, service="antivirus")
    two.add("comment", at(3, 5, 10), A).hand_on(at(4, 7), D1)
    # Opened in March, its service corrected in April, resolved in May (Monday 4 May).
    three = open_ticket(at(3, 9), "victor-hugo-tarbes")
    three.add("comment", at(3, 9, 11), D1).correct(at(4, 1), "antivirus").add("resolved", at(5, 4, 7), D1)
    # Held by the collège itself, open since April.
    open_ticket(at(4, 20), holder="desaix-tarbes", activity="conseil")
