"""The scenarios: requests to Guichet, who makes them, and the expected answers. A wrong answer stops the bench."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine, text

from bench import people as people_module
from bench import story
from bench.client import Answer, Client, WrongAnswer, csrf, form_token
from bench.generate import Made
from bench.measure import Send

CLIENTS = 4
DEEP = 100  # pages
_NEXT = re.compile(r'rel="next" href="(/tickets[^"]*)"')


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario. `sender(rank)` gives the request that a client repeats. `target`: in multiples of the floor."""

    name: str
    label: str
    target: float | None
    sender: Callable[[int], Send]
    few: bool = False  # it writes: fewer requests are enough


@dataclass(slots=True)
class World:
    """The logged-in clients, and the tickets that they request."""

    made: Made
    port: int
    engine: Engine
    clients: dict[tuple[str, int], Client] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    created: int = 0

    def client(self, sigle: str, window: int = 0) -> Client:
        """A browser in which this person is logged in; another `window` shares cookies but has its own connection."""
        if (sigle, window) not in self.clients:
            client = Client(self.port)
            if window:
                client.cookies = dict(self.client(sigle).cookies)
            else:
                client.log_in(sigle, people_module.PIN, people_module.key_of(sigle, self.made.seed))
            self.clients[sigle, window] = client
        return self.clients[sigle, window]

    def numbers(self, sql: str, **values: object) -> list[int]:
        with self.engine.connect() as connection:
            return [row[0] for row in connection.execute(text(sql), values)]

    def csrf(self, sigle: str) -> str:
        if sigle not in self.tokens:
            page = self.client(sigle).get("/tickets/nouveau")
            form_token(page)
            self.tokens[sigle] = csrf(page)
        return self.tokens[sigle]


def all_of(world: World) -> list[Scenario]:
    """Every scenario. Technicians are the académie's, with the largest perimeter; correspondants have one collège."""
    technicians = [f"a.tech{rank}" for rank in range(1, CLIENTS + 1)]
    correspondants = [f"c{rank}.cmi" for rank in range(1, CLIENTS + 1)]
    administrators = ["a.admin"] * CLIENTS
    referents = [f"d{rank}.ref" for rank in range(1, CLIENTS + 1)]
    key = f"org:{people_module.ACADEMIE}"
    # The académie's files are listed in the index of its key: these are the tickets that its technicians see.
    long = world.numbers(
        "SELECT t.number FROM ticket_scope s JOIN ticket t ON t.number = s.ticket_id "
        "WHERE s.key = :key AND t.event_count = :count ORDER BY t.number DESC LIMIT 40",
        key=key,
        count=story.LONG,
    )
    some = world.numbers(
        "SELECT ticket_id FROM ticket_scope WHERE key = :key AND ticket_id % 37 = 0 ORDER BY ticket_id LIMIT 40",
        key=key,
    )
    if len(long) < 5 or len(some) < 5:
        raise WrongAnswer("too few tickets for the scenarios")
    # Counters and facets are read with a list; the deep page is the same list, DEEP pages further.
    everything, deep = "/tickets?etat=tous", _follow(world.client(technicians[0]), "/tickets?etat=tous", DEEP)
    queue_end = _follow(world.client(technicians[0]), "/tickets", DEEP)
    decision = "/tickets/nouveau/decision?service=equipement-bureautique&activity=mco&user_category=professeurs"
    prefilled = "/tickets/nouveau?service=equipement-bureautique&activity=mco&user_category=professeurs"

    def page(sigles: list[str], path: Callable[[int], str], *wanted: str, rows: int = 0) -> Callable[[int], Send]:
        windows = [sigles[:rank].count(sigle) for rank, sigle in enumerate(sigles)]
        return lambda client: _get(world.client(sigles[client], windows[client]), path, wanted, rows)

    return [
        Scenario(
            "queue", "queue, first page, technician", 4, page(technicians, lambda _: "/tickets", "Ouverts", rows=25)
        ),
        Scenario(
            "queue-admin", "the same, administrator", 4, page(administrators, lambda _: "/tickets", "Ouverts", rows=25)
        ),
        Scenario(
            "queue-cmi",
            "a collège's list, correspondant",
            4,
            page(correspondants, lambda _: "/tickets?etat=tous", "Tous", rows=20),
        ),
        Scenario("all", "all states, first page, technician", 4, page(technicians, lambda _: everything, rows=25)),
        Scenario("all-deep", f"the same, {DEEP} pages further", None, page(technicians, lambda _: deep, rows=25)),
        Scenario("queue-deep", "queue, deep page", None, page(technicians, lambda _: queue_end, rows=1)),
        Scenario(
            "ticket",
            "a ticket with 10 entries and 2 files",
            4,
            page(technicians, lambda rank: f"/tickets/{long[rank % len(long)]}", "photo-2.jpg"),
        ),
        Scenario(
            "form",
            "opening form with its decision",
            4,
            page(correspondants, lambda _: prefilled, 'name="token"', "Département"),
        ),
        Scenario(
            "decision", "the decision alone (fragment)", 1.5, page(correspondants, lambda _: decision, "Département")
        ),
        Scenario(
            "create",
            "create a ticket (the POST, as the page's script sends it)",
            4,
            lambda client: _create(world, correspondants[client]),
            few=True,
        ),
        Scenario(
            "create-parts",
            "the same as multipart (with a file, or without script)",
            4,
            lambda client: _create(world, correspondants[client], multipart=True),
            few=True,
        ),
        Scenario(
            "search",
            "search, word in 1 % of tickets",
            6,
            page(technicians, lambda _: f"/tickets?q={story.RARE}", story.RARE, rows=5),
        ),
        Scenario(
            "number",
            "search by number",
            6,
            page(technicians, lambda rank: f"/tickets?q={some[rank % len(some)]}", rows=1),
        ),
        Scenario("figures", "figures, administrator", 4, page(administrators, lambda _: "/chiffres", "<svg", "<table")),
        Scenario("figures-ref", "figures, référent", 4, page(referents, lambda _: "/chiffres", "<svg", "<table")),
        Scenario("home", "home, correspondant", 4, page(correspondants, lambda _: "/", "Bonjour")),
    ]


def _get(client: Client, path: Callable[[int], str], wanted: tuple[str, ...], rows: int) -> Send:
    def send(rank: int) -> Answer:
        asked = path(rank)
        answer = client.get(asked)
        if answer.status != 200:
            raise WrongAnswer(f"{asked}: {answer.status} {answer.location}")
        for piece in wanted:
            if piece.encode() not in answer.body:
                raise WrongAnswer(f"{asked}: « {piece} » is not there")
        if rows and answer.body.count(b'href="/tickets/') < rows:
            raise WrongAnswer(f"{asked}: fewer than {rows} tickets")
        return answer

    return send


def _create(world: World, sigle: str, *, multipart: bool = False) -> Send:
    client, token = world.client(sigle), world.csrf(sigle)
    cookies = dict(client.cookies)

    def send(rank: int) -> Answer:
        client.cookies = dict(cookies)  # as after the next page has shown its message
        answer = client.post(
            "/tickets/nouveau",
            {
                "csrf_token": token,
                "token": secrets.token_urlsafe(18),
                "title": f"Poste n° {rank} qui ne démarre plus",
                "body": "Il ne s’allume plus depuis ce matin ; le câble et la prise ont été vérifiés.",
                "asset": "",
                "tag": "",
                "on_behalf_of": "",
                "service": "equipement-bureautique",
                "activity": "mco",
                "user_category": "professeurs",
                "etape": "envoyer",
            },
            multipart=multipart,
        )
        if answer.status != 303 or not re.search(r"/tickets/\d+", answer.location):
            raise WrongAnswer(f"a ticket is not opened: {answer.status} {answer.location}")
        world.created += 1
        return answer

    return send


def _follow(client: Client, path: str, pages: int) -> str:
    """The address reached after so many « next » links, or the last one that exists."""
    for _ in range(pages):
        found = _NEXT.search(client.get(path).text)
        if not found:
            break
        after = html.unescape(found[1])
        if not _NEXT.search(client.get(after).text):
            break
        path = after
    return path
