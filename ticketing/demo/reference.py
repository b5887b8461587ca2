"""Create the reference data: the cast, and tickets with a canary in every field that not everybody may read.

A canary is twelve random characters: if a test finds it where its field must not be read, it identifies the leaking
field.
"""

from __future__ import annotations

import io
import random
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from charters.database import db, writing
from charters.model import Actor
from charters.permissions import perimeter
from config import Settings
from ticketing.demo import articles, bench, cast, presets
from ticketing.demo.people import PEOPLE
from ticketing.following import labels
from ticketing.model import Draft, Facts, Upload
from ticketing.operation import schema
from ticketing.tables import Attachment, MailEntry, TicketEvent
from ticketing.tickets import desk, queries

#: The numbers of the invented mails begin above those that a box ever gives.
MAILS = 2**40
#: What canaries are drawn from: letters and digits that nobody takes for one another.
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Plan:
    """A ticket of the reference data: its purpose, who opens it, its subject, and what happens to it."""

    key: str
    opener: str
    service: str
    worker: str = ""  # the person who writes on the ticket for its holder
    hand_on_to: str = ""
    confidential: bool = False
    share_with: str = ""


#: Each collège has one ticket held by each party; C11 also has tickets that one role sees and another does not.
PLANS = (
    Plan("c11-departement", "c11.cmi", "infrastructure-reseau", "d1.agent"),
    Plan("c11-academie", "c11.cmi", "gestion-financiere", "a.tech"),
    Plan("c11-college", "c11.cmi", "logiciels-hors-catalogue"),
    Plan("c12-departement", "c12.cmi", "infrastructure-reseau", "d1.agent"),
    Plan("c12-academie", "c12.cmi", "gestion-financiere", "a.tech"),
    Plan("c12-college", "c12.cmi", "logiciels-hors-catalogue"),
    Plan("c21-departement", "c21.cmi", "infrastructure-reseau", "d2.agent"),
    Plan("c21-academie", "c21.cmi", "gestion-financiere", "a.tech"),
    Plan("c21-college", "c21.cmi", "logiciels-hors-catalogue"),
    Plan("reseau-departement", "c11.reseau", "materiels-pedagogiques", "d1.agent"),
    Plan("reseau-comptes", "c11.reseau", "acces-reseau-pedagogique"),
    Plan("c11-handed-on", "c11.cmi", "raccordement-internet", "d1.agent", hand_on_to="academie"),
    Plan("c11-confidential", "c11.cmi", "infrastructure-reseau", "d1.agent", confidential=True),
    Plan("c11-shared", "c11.cmi", "infrastructure-reseau", "d1.ref", share_with="c11.reseau"),
)


@dataclass(frozen=True, slots=True)
class Canary:
    """The place of a canary: its ticket, its field, and the only side that may read it (empty: all who see it)."""

    value: str
    ticket: int
    field: str
    side: str = ""


@dataclass(slots=True)
class _Seeding:
    rng: random.Random
    now: datetime
    actors: dict[str, Actor]
    canaries: list[Canary] = field(default_factory=list)

    def canary(self) -> str:
        """Draw a canary: twelve random characters."""
        return "".join(self.rng.choices(LETTERS, k=12))


def seed(settings: Settings, seed: int, now: datetime) -> dict[str, Any]:
    """Create all reference data in an up-to-date database; return accounts, tickets and canaries as plain values.

    Raises Invalid if the cast is already there, because its sigles can never be used again.
    """
    schema.upgrade()
    rng = random.Random(seed)  # noqa: S311 (the same seed must give the same data)
    people = cast.enrol(now, rng)
    actors = {person.sigle: cast.actor(person.sigle) for person in PEOPLE}
    seeding = _Seeding(rng, now - timedelta(days=1), actors)
    tickets = [_ticket(seeding, plan) for plan in PLANS]
    return {
        "seed": seed,
        "base_url": settings.base_url,
        "accounts": [asdict(person) for person in people],
        "tickets": tickets,
        "articles": articles.seed(actors, seeding.canary, tickets[0]["number"], seeding.now),
        "presets": presets.seed(actors, seeding.canary, seeding.now),
        "questions": bench.seed(actors, seeding.canary, seeding.now),
        "teams": bench.seed_teams(actors, seeding.canary, seeding.now),
        "canaries": [asdict(canary) for canary in seeding.canaries],
    }


def _ticket(seeding: _Seeding, plan: Plan) -> dict[str, Any]:
    """Open the ticket with a canary in each field; each side that can write adds a comment, a note and a file."""
    actor = seeding.actors[plan.opener]
    assert actor.mandate is not None
    marks = {name: seeding.canary() for name in ("subject", "body", "requester", "tag", "asset", "room")}
    file = {"file name": seeding.canary(), "file content": seeding.canary()}
    number = desk.open_ticket(
        actor,
        Draft(
            title=f"Demande {marks['subject']}",
            body=f"Ce qui se passe : {marks['body']}",
            etablissement=actor.mandate.scope_id,
            service=plan.service,
            activity="installation" if plan.service == "logiciels-hors-catalogue" else "mco",
            facts=Facts(acquired_by="departement"),
            on_behalf_of=f"Madame {marks['requester']}",
            tag=marks["tag"],
            asset=f"Poste {marks['asset']}",
            room=f"Salle {marks['room']}",
        ),
        [_upload(file)],
        seeding.now,
    )
    seeding.canaries += [Canary(value, number, name) for name, value in (marks | file).items()]
    for sigle in filter(None, (plan.opener, plan.worker)):
        _write(seeding, number, sigle)
    if plan.hand_on_to:
        words = seeding.canary()
        worker, version = seeding.actors[plan.worker], _version(seeding, plan.worker, number)
        desk.hand_on(worker, number, version, plan.hand_on_to, "autre", f"Transmis : {words}", seeding.now)
        seeding.canaries.append(Canary(words, number, "hand-on"))
        _write(seeding, number, "a.tech")
    if plan.share_with:
        guest = seeding.actors[plan.share_with].account_id
        desk.share(actor, number, _version(seeding, plan.opener, number), guest, seeding.now)
    if plan.confidential:
        chef = seeding.actors["c11.chef"]
        desk.make_confidential(chef, number, _version(seeding, "c11.chef", number), True, "", seeding.now)
    files = db.session.scalars(select(Attachment.uuid).where(Attachment.ticket_id == number)).all()
    return asdict(plan) | {"number": number, "files": list(files)}


def _write(seeding: _Seeding, number: int, sigle: str) -> None:
    """Write a public comment, and an internal note with a file, as one person."""
    actor = seeding.actors[sigle]
    side = perimeter(actor).side or ""
    public, internal = seeding.canary(), seeding.canary()
    file = {"file name": seeding.canary(), "file content": seeding.canary()}
    desk.comment(actor, number, f"Réponse : {public}", "public", [], seeding.now)
    desk.comment(actor, number, f"Entre nous : {internal}", "internal", [_upload(file)], seeding.now)
    history = seeding.canary()
    _came_by_mail(seeding, number, actor, history)
    seeding.canaries += [Canary(public, number, "comment"), Canary(history, number, "mail's history")]
    seeding.canaries.append(Canary(internal, number, "note", side))
    word = seeding.canary()
    labels.put(actor, number, word, seeding.now)
    seeding.canaries.append(Canary(word, number, "label", side))
    seeding.canaries += [Canary(value, number, f"note's {name}", side) for name, value in file.items()]


def _came_by_mail(seeding: _Seeding, number: int, actor: Actor, history: str) -> None:
    """Leave a history below the latest public comment of a person, as if it had come by mail."""
    with writing() as session:
        event = session.scalars(
            select(TicketEvent)
            .where(
                TicketEvent.ticket_id == number,
                TicketEvent.author_id == actor.account_id,
                TicketEvent.kind == "comment",
            )
            .order_by(TicketEvent.id.desc())
        ).first()
        assert event is not None
        event.data = {**event.data, "mail": True}
        row = {"mail_id": MAILS + event.id, "ticket_id": number, "event_id": event.id, "account_id": actor.account_id}
        prints = dict.fromkeys(("message", "words", "subject"), "")
        session.execute(
            insert(MailEntry).values(
                **row, **prints, box="reference", kind="comment", folded=f"> {history}", at=seeding.now
            )
        )


def _upload(marks: dict[str, str]) -> Upload:
    content = f"Relevé : {marks['file content']}\n".encode()
    return Upload(f"releve-{marks['file name']}.txt", io.BytesIO(content))


def _version(seeding: _Seeding, sigle: str, number: int) -> int:
    actor = seeding.actors[sigle]
    return queries.ticket(perimeter(actor), actor, number).version
