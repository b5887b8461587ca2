"""Play fourteen months of a support desk: the use cases themselves open, work and close every ticket.

Each ticket is a story: a generator that does its next act at its instant and yields the instant of the following act. A
clock resumes the stories in order, so that numbers, journal and history are those of a real desk.
"""

from __future__ import annotations

import contextlib
import heapq
import random
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from charters.database import db
from charters.model import Actor
from charters.permissions import perimeter
from matrix.days import public_holidays
from ticketing.demo import cast, situations
from ticketing.demo.people import ACADEMIE, D1, D2, NEIGHBOURS
from ticketing.demo.situations import Situation
from ticketing.model import Draft, Facts, HandOnReason, Kind, State
from ticketing.tickets import deadlines, desk, queries
from ticketing.views import TicketView

MONTHS = 14

#: A story yields the instant of its next act, and is sent that instant when it has come.
Story = Generator[datetime, datetime, None]

#: How busy each month is, from January to December: September (rentrée) is highest, the summer lowest.
_BUSY = (1.2, 0.8, 1.1, 0.8, 0.9, 0.9, 0.15, 0.1, 1.9, 1.2, 1.2, 0.8)

#: The people who open tickets, and their share of all tickets.
_OPENERS = {"c11.cmi": 20, "c11.reseau": 4, "c12.cmi": 17, "c21.cmi": 14} | {person.sigle: 6 for person in NEIGHBOURS}
_FORGOTTEN = timedelta(days=9)  # no older ticket is left without an answer
#: The people who work for each organisation; those of an établissement are found by its id.
_WORKERS = {ACADEMIE: ("a.tech",), D1: ("d1.agent", "d1.agent", "d1.ref"), D2: ("d2.agent",)}


@dataclass(frozen=True, slots=True)
class _Crew:
    """The actors by sigle, the correspondant of each collège, and the instant when the play ends."""

    by_sigle: dict[str, Actor]
    correspondants: dict[str, Actor]
    until: datetime

    def worker(self, rng: random.Random, organisation: str) -> Actor | None:
        """Return somebody who works for that organisation, or None if nobody there has access."""
        if organisation in _WORKERS:
            return self.by_sigle[rng.choice(_WORKERS[organisation])]
        return self.correspondants.get(organisation)


def play(count: int, now: datetime, rng: random.Random, each: Callable[[int], None] = lambda acts: None) -> int:
    """Play `count` tickets over the last MONTHS months, up to `now`; return how many. `each(acts)` reports progress."""
    crew = _crew(now)
    hours = openings(count, now, rng)
    stories = [_story(rng, crew, opened_at) for opened_at in hours]
    stories += [_closing(night) for night in _nights(hours[0], now)]
    waiting = [(next(story), order, story) for order, story in enumerate(stories)]
    heapq.heapify(waiting)
    acts = 0
    while waiting:
        when, order, story = heapq.heappop(waiting)
        if when >= now:
            break
        with contextlib.suppress(StopIteration):
            heapq.heappush(waiting, (story.send(when), order, story))
        db.session.remove()
        acts += 1
        each(acts)
    return len(hours)


def openings(count: int, now: datetime, rng: random.Random) -> list[datetime]:
    """Return when the tickets are opened, in order: in working hours, more in September and hardly any in summer."""
    days = [now.date() - timedelta(days=back) for back in range(1, MONTHS * 30 + 6)]
    working = [day for day in days if day.weekday() < 5 and day not in public_holidays(day.year)]
    weights = [_BUSY[day.month - 1] * (2.2 if (now.date() - day).days < 21 else 1.0) for day in working]
    return sorted(_hour(day, rng) for day in rng.choices(working, weights, k=count))


def _hour(day: date, rng: random.Random) -> datetime:
    minutes = int(rng.triangular(7 * 60 + 50, 17 * 60 + 40, 10 * 60))
    clock = time(minutes // 60, minutes % 60, rng.randrange(60))
    return datetime.combine(day, clock, deadlines.PARIS).astimezone(UTC)


def _nights(first: datetime, now: datetime) -> Iterator[datetime]:
    night = first.replace(hour=22, minute=0, second=0)
    while night < now:
        yield night
        night += timedelta(days=1)


def _closing(night: datetime) -> Story:
    """Close each night what has been resolved for ten days, as the scheduler does."""
    now = yield night
    desk.close_resolved(now, 10)


def _crew(until: datetime) -> _Crew:
    sigles = [*_OPENERS, "c11.chef", *{sigle for sigles in _WORKERS.values() for sigle in sigles}]
    actors = {sigle: cast.actor(sigle) for sigle in sigles}
    correspondants = {
        actor.mandate.scope_id: actor for actor in actors.values() if actor.mandate and actor.role == "cmi"
    }
    return _Crew(actors, correspondants, until)


# --- one ticket -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Scene:
    """A ticket in the play: its random generator, who opened it, its subject, the words drawn for it."""

    rng: random.Random
    crew: _Crew
    situation: Situation
    opener: Actor
    words: dict[str, str]
    number: int = 0

    def seen(self, actor: Actor) -> TicketView:
        """Return the ticket as this person sees it."""
        return _seen(actor, self.number)

    def version(self, actor: Actor) -> int:
        """Return the ticket's present version as this person sees it."""
        return self.seen(actor).version

    def later(self, now: datetime, hours: float) -> datetime:
        """Return an instant some working hours after `now` (see `_later`)."""
        return _later(self.rng, now, hours)

    def solution(self) -> str:
        """Return the sentence that resolves the ticket."""
        return self.rng.choice(self.situation.solutions).format(**self.words)


def _story(rng: random.Random, crew: _Crew, opened_at: datetime) -> Story:
    opener = crew.by_sigle[rng.choices(list(_OPENERS), list(_OPENERS.values()))[0]]
    situation = rng.choices(situations.SITUATIONS, [one.weight for one in situations.SITUATIONS])[0]
    now = yield opened_at
    scene = _Scene(rng, crew, situation, opener, _words(rng))
    try:
        scene.number = desk.open_ticket(opener, _draft(scene), [], now)
    except desk.Invalid:  # the service is outside the gestionnaire réseau's duties: the correspondant opens the ticket
        scene.opener = crew.by_sigle["c11.cmi"]
        scene.number = desk.open_ticket(scene.opener, _draft(scene), [], now)
    yield from _life(scene, now)


def _life(scene: _Scene, now: datetime) -> Story:
    """Play all that happens to a ticket once it is open."""
    rng = scene.rng
    ticket = scene.seen(scene.opener)
    if ticket.needs_info and rng.random() < 0.7:
        now = yield scene.later(now, 3)
        _complete_facts(scene, now)
    if rng.random() < 0.04 and ticket.state is State.NEW and scene.opener.sigle.startswith("c11"):
        now = yield scene.later(now, 1)
        chef = scene.crew.by_sigle["c11.chef"]
        desk.make_confidential(chef, scene.number, scene.version(chef), True, "", now)
        scene.opener = chef  # only the chef goes on with this ticket for the collège
    found = yield from _settled(scene, now)
    if found is None:
        return
    worker, now = found
    if scene.crew.until - now < _FORGOTTEN and rng.random() < 0.15:
        return  # nobody has answered so far: these tickets still wait
    now = yield from _worked(scene, worker, now)
    if scene.seen(scene.opener).state is State.RESOLVED:
        yield from _ended(scene, worker, now)


def _settled(scene: _Scene, now: datetime) -> Generator[datetime, datetime, tuple[Actor, datetime] | None]:
    """Hand the ticket on until somebody keeps it; return who and when, or None if nobody there has access."""
    while True:
        ticket = scene.seen(scene.opener)
        worker = scene.crew.worker(scene.rng, ticket.holder_organisation)
        if worker is None:
            return None
        if ticket.confidential and ticket.holder_organisation == ticket.etablissement:
            worker = scene.opener  # the chef works on it, because nobody else of the collège sees it any longer
        now = yield scene.later(now, 4)
        passed_on = yield from _handed_on(scene, worker, now)
        if not passed_on:
            return worker, now
        now = passed_on


def _ended(scene: _Scene, worker: Actor, now: datetime) -> Story:
    """Play the end of a resolved ticket: it may be reopened, then it is confirmed or left to the nightly closing."""
    rng, opener = scene.rng, scene.opener
    now = yield scene.later(now, 6)
    if scene.seen(opener).state is not State.RESOLVED:
        return
    if rng.random() < 0.06 and "reopen" in scene.seen(opener).steps:
        desk.reopen(opener, scene.number, scene.version(opener), rng.choice(situations.REOPENED), now)
        now = yield scene.later(now, 8)
        solution = scene.solution()
        desk.resolve(worker, scene.number, scene.version(worker), solution, now)
        now = yield scene.later(now, 5)
    if rng.random() < 0.6 and "confirm" in scene.seen(opener).steps:
        if rng.random() < 0.4:
            desk.comment(opener, scene.number, rng.choice(situations.THANKS), "public", [], now)
        desk.confirm(opener, scene.number, scene.version(opener), now)


def _handed_on(scene: _Scene, worker: Actor, now: datetime) -> Generator[datetime, datetime, datetime | None]:
    """Hand the ticket on to another party for a reason that its facts give; return when, or None if it stays.

    The desk sends on site what the text settles for nobody; a machine turns out to belong to somebody else; an
    administrative machine out of warranty needs a part from the département (II.2).
    """
    rng, situation = scene.rng, scene.situation
    ticket = scene.seen(worker)
    moved = any(event.kind in (Kind.HANDED_ON, Kind.DECISION) for event in ticket.events)
    if "hand_on" not in ticket.steps or moved:
        return None
    if ticket.holder_party == "academie" and ticket.decision.status != "routed":
        if situation.activity == "assistance" or rng.random() > (0.7 if situation.needs_visit else 0.35):
            return None
        reason, said = HandOnReason.VISIT, situations.ON_SITE
    elif ticket.decision.status == "routed" and ticket.facts.user_category and rng.random() < 0.25:
        administrative = ticket.holder_party == "academie"
        if not administrative or rng.random() < 0.6:
            _found_otherwise(rng, worker, ticket, administrative, now)
            later: datetime = yield scene.later(now, 2)
            return later
        reason, said = HandOnReason.PART, situations.PARTS
    else:
        return None
    desk.hand_on(worker, scene.number, ticket.version, "departement", reason.value, rng.choice(said), now)
    later = yield scene.later(now, 2)
    return later


def _found_otherwise(
    rng: random.Random, worker: Actor, ticket: TicketView, administrative: bool, now: datetime
) -> None:
    """Correct the owner of the machine, which the form had wrong: the ticket gets a new decision."""
    category = "professeurs" if administrative else "equipe-gestion"
    given = {name: getattr(ticket.facts, name) for name in Facts.__dataclass_fields__} | {"user_category": category}
    words = rng.choice(situations.OF_A_TEACHER if administrative else situations.OF_THE_OFFICE)
    fields = {"service": ticket.service, "activity": ticket.activity, "facts": given}
    with contextlib.suppress(desk.Invalid):  # the form already said so
        desk.correct_facts(worker, ticket.number, ticket.version, fields, words, now)


def _worked(scene: _Scene, worker: Actor, now: datetime) -> Generator[datetime, datetime, datetime]:
    """Take the ticket in charge, comment on it, perhaps put it on hold, and resolve it; return when it was resolved."""
    rng = scene.rng
    if "take_charge" not in scene.seen(worker).steps:
        return now
    desk.take_charge(worker, scene.number, scene.version(worker), now)
    if rng.random() < 0.5:
        desk.comment(worker, scene.number, rng.choice(situations.ANSWERS), "public", [], now + timedelta(minutes=2))
        now += timedelta(minutes=2)
    if scene.situation.notes and rng.random() < 0.6:
        now = yield scene.later(now, 2)
        desk.comment(worker, scene.number, rng.choice(scene.situation.notes), "internal", [], now)
    now = yield from _waited(scene, worker, now)
    now = yield scene.later(now, 6)
    solution = scene.solution()
    if "resolve" in scene.seen(worker).steps:
        desk.resolve(worker, scene.number, scene.version(worker), solution, now)
    return now


def _waited(scene: _Scene, worker: Actor, now: datetime) -> Generator[datetime, datetime, datetime]:
    """Put the ticket on hold for an answer, a visit or a part, or not at all; return when work goes on."""
    rng, situation = scene.rng, scene.situation
    if situation.questions and worker is not scene.opener and rng.random() < 0.5:
        question, answer = rng.choice(situation.questions)
        now = yield scene.later(now, 2)
        desk.hold(worker, scene.number, scene.version(worker), "attente-demandeur", question, now)
        now = yield scene.later(now, 7)
        desk.comment(scene.opener, scene.number, answer.format(**scene.words), "public", [], now)
    elif rng.random() < (0.35 if situation.needs_visit else 0.12):
        reason = "attente-intervention" if situation.needs_visit else rng.choice(["attente-fournisseur", "autre"])
        now = yield scene.later(now, 3)
        desk.hold(worker, scene.number, scene.version(worker), reason, situations.ON_HOLD[reason], now)
        now = yield scene.later(now, 24)
        desk.resume(worker, scene.number, scene.version(worker), now)
    return now


def _complete_facts(scene: _Scene, now: datetime) -> None:
    """Complete the facts that the decision lacked, as the correspondant."""
    rng, opener = scene.rng, scene.opener
    ticket = scene.seen(opener)
    if "correct_facts" not in ticket.steps:
        return
    known: dict[str, Any] = {
        "user_category": rng.choice(["professeurs", "equipe-gestion", "vie-scolaire"]),
        "acquired_by": rng.choice(["college", "departement"]),
        "inventoried": rng.random() < 0.6,
        "acquired_on": date(2022, 10, 3),
    }
    given = {name: getattr(ticket.facts, name) for name in Facts.__dataclass_fields__}
    given |= {name: known[name] for name in ticket.decision.missing if name in known}
    fields = {"service": ticket.service, "activity": ticket.activity, "facts": given}
    desk.correct_facts(opener, scene.number, ticket.version, fields, "Renseignement retrouvé sur la facture.", now)


def _draft(scene: _Scene) -> Draft:
    rng, situation, opener, words = scene.rng, scene.situation, scene.opener, scene.words
    assert opener.mandate is not None
    title, body = rng.choice(situation.texts)
    unknown = rng.random() < 0.12  # the form was sent without the fact that it asked for
    drawn: dict[str, Any] = {name: None if unknown else rng.choice(values) for name, values in situation.facts.items()}
    if isinstance(drawn.get("acquired_on"), str):
        drawn["acquired_on"] = date.fromisoformat(drawn["acquired_on"])
    tagged = situation.tags and rng.random() < 0.6
    return Draft(
        title=title.format(**words),
        body=body.format(**words),
        etablissement=opener.mandate.scope_id,
        service=situation.service,
        activity=situation.activity,
        facts=Facts(**drawn),
        tag=f"{rng.randrange(2014, 2025)}-{rng.randrange(1000):04d}" if tagged else "",
    )


def _words(rng: random.Random) -> dict[str, str]:
    return {
        "salle": rng.choice(situations.ROOMS),
        "n": str(rng.randrange(2, 18)),
        "etage": rng.choice(["rez-de-chaussée", "premier étage", "deuxième étage"]),
        "logiciel": rng.choice(situations.PROGRAMS),
    }


def _seen(actor: Actor, number: int) -> TicketView:
    return queries.ticket(perimeter(actor), actor, number)


def _later(rng: random.Random, now: datetime, hours: float) -> datetime:
    """Return an instant some working hours from now: mostly fewer than `hours`, sometimes many more."""
    amount = timedelta(hours=min(rng.lognormvariate(0.5, 0.9) * hours, hours * 10))
    return deadlines.add_working(now, amount) + timedelta(seconds=rng.randrange(60))
