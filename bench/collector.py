"""Play stories through the desk's own code, with its writes collected in memory instead of a database.

Gate, lifecycle, matrix, words, notices and journal are the desk's own code, so a generated ticket has the rows that the
desk would have written (a test compares the two). Only `store`, `writing` and the look-ups of people are replaced, in
this process, while the block `collecting` lasts.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from unittest import mock
from uuid import UUID

from bench.people import Person
from bench.story import Act, Story
from charters.journal import audit
from charters.model import Actor, Role
from matrix import Conventions, Request, Router
from matrix.request_facts import FACTS
from ticketing.in_force import routing
from ticketing.mail import outbox, wording
from ticketing.model import Draft, Facts, State
from ticketing.search import index
from ticketing.search.index import FileName, Found
from ticketing.settings import DeskSettings
from ticketing.tables import Ticket
from ticketing.tickets import desk, incoming_files, lifecycle, opening, queries, transaction
from ticketing.tickets.lifecycle import Author
from ticketing.tickets.store import Placed
from ticketing.views import DecisionView

#: Step of a story -> reason given, where the desk requires a reason.
CLOSE_AFTER = 10  # days, as for the scheduler
_HAND_ON_REASON = "mauvaise-partie"


@dataclass(slots=True)
class Rows:
    """The data of some tickets: table name -> rows, the words of each ticket, and increments of counters."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    words: list[tuple[int, Found, list[str]]] = field(default_factory=list)
    counts: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    journal: list[dict[str, Any]] = field(default_factory=list)


class _Row:
    """A ticket's row in memory, with the attributes that the desk reads."""

    __slots__ = ("_mapping",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._mapping = values

    def __getattr__(self, name: str) -> Any:
        # A column that nothing has written yet is empty, as in the database.
        return self._mapping.get(name) if name in Ticket.__table__.c else self._mapping[name]


class _Session:
    """Stands for the session in which the desk could write without `store` or `outbox`; it drops such writes."""

    def execute(self, statement: Any, values: Any = None) -> None:
        raise AssertionError("the desk writes something that the collector does not know")


class Collector:
    """Replaces `ticketing.tickets.store` and `ticketing.search.index`, for one ticket at a time."""

    def __init__(
        self, conventions: Conventions, people: Iterable[Person], arrived: datetime, notices_from: datetime
    ) -> None:
        self.rows = Rows()
        self.session: Any = _Session()
        self.router = Router(conventions)
        self.people = {person.account_id: person for person in people}
        self.actors = {person.account_id: person.actor(arrived) for person in people}
        self.at: dict[tuple[str, Role], list[Actor]] = defaultdict(list)
        for person in people:
            self.at[person.scope, person.role].append(self.actors[person.account_id])
        self.places = list(conventions.etablissements)
        self.notices_from = notices_from
        self.now = arrived
        self._number = self._event = self._decision = 0
        self._ticket: dict[str, Any] = {}
        self._current_decision: dict[str, Any] = {}
        self._found = Found()
        self._routed: dict[tuple[Any, ...], routing.Routed] = {}
        self._packed: dict[int, dict[str, Any]] = {}

    # --- what the desk calls ---

    def add_ticket(self, session: Any, values: Mapping[str, Any]) -> int:
        self._number += 1
        self._ticket = {**values, "number": self._number}
        return self._number

    def lock_ticket(self, session: Any, number: int) -> Any:  # a _Row here, where the store returns a row of SQLAlchemy
        return _Row(dict(self._ticket))

    def change_ticket(self, session: Any, before: Any, values: Mapping[str, Any], *, bump: bool) -> bool:
        self._ticket |= values
        self._ticket["version"] += bump
        return True

    def add_event(self, session: Any, values: Mapping[str, Any]) -> int:
        self._event += 1
        self.rows.tables["ticket_event"].append({"mask_reason": "", **values, "id": self._event})
        return self._event

    def add_decision(self, session: Any, values: Mapping[str, Any]) -> int:
        self._decision += 1
        self.rows.tables["decision"].append({**values, "id": self._decision})
        self._ticket["decision_id"] = self._decision
        self._current_decision = values["data"]
        return self._decision

    def add_files(self, *arguments: Any) -> None:
        """Do nothing: `_files` adds rows of files at the end, and no file is on the disk."""

    def write(self, session: Any, number: int, found: Found, keys: Iterable[str], *, new: bool) -> None:
        self._found = found

    def add(self, session: Any, number: int, found: Found) -> None:
        self._found.words |= found.words
        self._found.own |= found.own

    def decision_of(self, row: Any) -> Mapping[str, Any]:
        return self._current_decision

    def record(
        self,
        event: str,
        *,
        actor: Actor | None = None,
        subject: str = "",
        details: Any = None,
        now: datetime,
        sigle: str = "",
        zone: str = "",
    ) -> None:
        self.rows.journal.append(
            {
                "at": now,
                "event": event,
                "sigle": actor.sigle if actor else sigle,
                "zone": actor.zone if actor else zone,
                "subject": subject,
                "details": json.dumps(details or {}, sort_keys=True, separators=(",", ":"), default=str),
            }
        )

    def set_decision(self, session: Any, number: int, decision: int | None) -> None:
        """Do nothing: `add_decision` has recorded the decision."""

    def write_notices(self, session: Any, happening: wording.Happening, settings: DeskSettings, now: datetime) -> int:
        """Collect the notices that the outbox's statement would write, as if sent a minute later. Returns 0."""
        if now < self.notices_from:
            return 0
        told, said = outbox.recipients_of(happening), wording.said(happening, settings.mail_texts)
        concerned = {told.requester, told.assignee}
        if told.scope:
            concerned |= {actor.account_id for role in told.roles for actor in self.at[told.scope, Role(role)]}
        sent, data = now + timedelta(minutes=1), said.pop("data")
        told_anybody = False
        for account in sorted(concerned - {None, told.excluded}):  # type: ignore[type-var]
            assert account is not None
            person = self.people[account]
            told_anybody = True
            self.rows.tables["notice"].append(
                {
                    "ticket_id": said["number"],
                    "event_id": said["event"],
                    "kind": said["kind"],
                    "recipient_id": account,
                    "recipient_name": person.name,
                    "recipient_email": person.email,
                    "subject": said["subject"],
                    "reader": outbox.REQUESTER if account == told.requester else outbox.OTHER,
                    "body": "",
                    "message_id": f"{said['mark']}{account}.{_drawn(said['event'], account)}{said['host']}",
                    "thread_id": said["thread"],
                    "next_at": now,
                    "created_at": now,
                    "state": "sent",
                    "attempts": 1,
                    "sent_at": sent,
                    "claimed_until": sent,
                }
            )
        if told_anybody:
            row = {"event_id": said["event"], "ticket_id": said["number"], "data": data}
            self.rows.tables["notice_words"].append(row)
        return 0

    def route(self, router: Router, request: Request) -> routing.Routed:
        """The decision on a request, cached by its facts whatever the time, since only one version is in force."""
        told = (getattr(request, name) for name in FACTS)
        key = (request.etablissement, request.service, request.activity, *told)
        known = self._routed.get(key)
        if known is None:
            known = self._routed[key] = _route(router, request)
        return replace(known, request=request)

    def pack(self, routed: routing.Routed) -> dict[str, Any]:
        """The values of a decision's row, computed once for each view."""
        known = self._packed.get(id(routed.view))
        if known is None:
            known = self._packed[id(routed.view)] = _pack(routed)
        return {**known, "request": _pack(replace(routed, view=_NO_VIEW))["request"]}

    # --- what the generator calls ---

    def play(self, story: Story, rng: random.Random) -> None:
        """Play one ticket, from its opening to the end of its story."""
        place = self.places[story.place]
        opener = self._opener(place, story.situation.service, rng)
        facts = Facts(**story.facts)  # type: ignore[arg-type]
        draft = Draft(
            title=story.title,
            body=story.body,
            etablissement=place,
            service=story.situation.service,
            activity=story.situation.activity,
            facts=facts,
            tag=story.tag,
        )
        number = desk.open_ticket(opener, draft, [], story.opened_at)
        if rng.random() < 0.005:
            desk.make_confidential(self.at[place, Role.CHEF][0], number, 1, True, "", story.opened_at)
        for act in story.acts:
            try:
                self._act(act, number, opener, rng)
            except (desk.StepRefused, desk.Refused, desk.Invalid, desk.NotFound):
                continue  # the act does not fit this ticket: the story continues without it
        self._finish(rng)

    def _opener(self, place: str, service: str, rng: random.Random) -> Actor:
        allowed = self.router.conventions.opens(Role.RESEAU.value, place)
        reseau = rng.random() < 0.15 and (allowed is None or service in allowed)
        return self.at[place, Role.RESEAU if reseau else Role.CMI][0]

    def _act(self, act: Act, number: int, opener: Actor, rng: random.Random) -> None:
        now, version = act.at, self._ticket["version"]
        if act.side == "program":
            self._expire(now)
            return
        actor = opener if act.side == "requester" else self._worker(rng)
        if act.side == "requester" and act.step in ("confirm", "reopen"):  # the correspondant's part
            actor = self.at[self._ticket["etablissement"], Role.CMI][0]
        match act.step:
            case "take_charge":
                desk.take_charge(actor, number, version, now)
            case "comment":
                desk.comment(actor, number, act.words, now=now)
            case "note":
                desk.comment(actor, number, act.words, "internal", now=now)
            case "ask":
                desk.hold(actor, number, version, "attente-demandeur", act.words, now)
            case "hold":
                desk.hold(actor, number, version, act.detail, act.words, now)
            case "resume":
                desk.resume(actor, number, version, now)
            case "resolve":
                desk.resolve(actor, number, version, act.words, now)
            case "confirm":
                desk.confirm(actor, number, version, now)
            case "reopen":
                desk.reopen(actor, number, version, act.words, now)
            case "hand_on":
                others = [
                    body.party
                    for body in routing.parties(self.router.conventions, self._ticket["etablissement"])
                    if body.organisation != self._ticket["holder_organisation"] and body.party != "region"
                ]
                desk.hand_on(actor, number, version, rng.choice(others), _HAND_ON_REASON, act.words, now)
            case "contest":
                desk.contest(actor, number, version, act.words, now)
            case "correct":
                given = {name: self._ticket[name] for name in FACTS} | {"user_category": act.detail}
                desk.correct_facts(actor, number, version, given, act.words, now)

    def _expire(self, now: datetime) -> None:
        """Close resolved tickets, as `desk.close_resolved` does for the scheduler."""
        if self._ticket["state"] != State.RESOLVED:
            return
        row = self.lock_ticket(None, self._number)
        standing, program = queries.standing_of(row, transaction.desk_of(row)), Author(None, transaction.PROGRAM, False)
        act = transaction.Act(self.session, None, program, now)
        step = transaction.Underway(act, row, standing, self._current_decision)
        text = f"Clos de lui-même : résolu depuis {CLOSE_AFTER} jours sans nouvelle du demandeur."
        transaction.write(step, lifecycle.close(step.standing, step.author, text, now))

    def _worker(self, rng: random.Random) -> Actor:
        """The person who works on the ticket now: the person in charge, or someone of the holder's side."""
        if self._ticket["assignee_id"] is not None:
            return self.actors[self._ticket["assignee_id"]]
        return rng.choice(self._workers(self._ticket))

    def _workers(self, ticket: Mapping[str, Any]) -> list[Actor]:
        holder = ticket["holder_organisation"]
        if holder == ticket["etablissement"]:
            return self.at[holder, Role.CHEF if ticket["confidential"] else Role.CMI]
        if holder == ticket["academie"]:
            return self.at[holder, Role.TECH_ACADEMIE]
        return self.at[holder, Role.TECH_DEPARTEMENT]

    def _finish(self, rng: random.Random) -> None:
        ticket = self._ticket
        self._files(rng)
        placed = Placed.of(ticket)
        columns = placed.columns()
        for key in sorted(placed.keys):
            self.rows.tables["ticket_scope"].append({"key": key, "ticket_id": ticket["number"], **columns})
        self.rows.counts.update(placed.counted())
        self.rows.tables["ticket"].append(ticket)
        self.rows.words.append((ticket["number"], self._found, ticket["scope_keys"]))

    def _files(self, rng: random.Random) -> None:
        """Add rows of photos to one ticket in two, and to those that have ten entries."""
        count = 2 if self._ticket["event_count"] == 10 else rng.choice((0, 0, 1, 3))
        opening = next(event for event in reversed(self.rows.tables["ticket_event"]) if event["kind"] == "opened")
        for rank in range(1, count + 1):
            name, size = str(UUID(int=rng.getrandbits(128), version=4)), rng.randint(40_000, 900_000)
            self.rows.tables["attachment"].append(
                {
                    "uuid": name,
                    "ticket_id": self._number,
                    "event_id": opening["id"],
                    "name": f"photo-{rank}.jpg",
                    "size": size,
                    "sha256": f"{rng.getrandbits(256):064x}",
                    "content_type": "image/jpeg",
                    "path": f"{name[:2]}/{name}",
                    "visibility": "public",
                    "side": opening["side"],
                    "at": opening["at"],
                }
            )
            self._ticket["file_bytes"] += size
            index.add_files(self._found, [FileName(f"photo-{rank}.jpg")])


_route, _pack = routing.route, routing.packed
_NO_VIEW = DecisionView(status="", party="", party_name="", party_role="", why="")


@contextmanager
def collecting(collector: Collector) -> Iterator[None]:
    """Make the desk write into `collector` while the block lasts. Needs an application context (for the settings)."""
    replaced: tuple[AbstractContextManager[Any], ...] = (
        mock.patch.multiple(
            transaction,
            store=collector,
            index=collector,
            writing=lambda: nullcontext(collector.session),
            decision_of=collector.decision_of,
        ),
        mock.patch.object(incoming_files, "receiving_files", lambda uploads: nullcontext([])),
        mock.patch.multiple(opening, store=collector, index=collector, writing=lambda: nullcontext(collector.session)),
        mock.patch.object(audit, "record", collector.record),
        mock.patch.object(outbox, "write", collector.write_notices),
        mock.patch.multiple(routing, route=collector.route, packed=collector.pack, router=lambda: collector.router),
    )
    with ExitStack() as stack:
        for one in replaced:
            stack.enter_context(one)
        yield


def _drawn(event: int, account: int) -> str:
    """Return what a Message-ID holds that nobody guesses; here it is the same at each run."""
    return sha256(f"{event}-{account}".encode()).hexdigest()[:16]
