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
    shape: bool = False  # one of the shapes that `--shapes` adds


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

    def word(self, sql: str, **values: object) -> str:
        with self.engine.connect() as connection:
            return str(connection.execute(text(sql), values).scalar_one())

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
            "queue", "queue, first page, technician", 3, page(technicians, lambda _: "/tickets", "Ouverts", rows=25)
        ),
        Scenario(
            "queue-admin", "the same, administrator", 3, page(administrators, lambda _: "/tickets", "Ouverts", rows=25)
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
            3,
            page(technicians, lambda rank: f"/tickets/{long[rank % len(long)]}", "photo-2.jpg"),
        ),
        Scenario(
            "form",
            "opening form with its decision",
            2,
            page(correspondants, lambda _: prefilled, 'name="token"', "Département"),
        ),
        Scenario(
            "decision", "the decision alone (fragment)", 1.3, page(correspondants, lambda _: decision, "Département")
        ),
        Scenario(
            "create",
            "create a ticket (the POST, as the page's script sends it)",
            3.3,
            lambda client: _create(world, correspondants[client]),
            few=True,
        ),
        Scenario(
            "create-parts",
            "the same as multipart (with a file, or without script)",
            3.6,
            lambda client: _create(world, correspondants[client], multipart=True),
            few=True,
        ),
        Scenario(
            "search",
            "search, word in 1 % of tickets",
            5,
            page(technicians, lambda _: f"/tickets?q={story.RARE}", story.RARE, rows=5),
        ),
        Scenario(
            "number",
            "search by number",
            5,
            page(technicians, lambda rank: f"/tickets?q={some[rank % len(some)]}", rows=1),
        ),
        Scenario("figures", "figures, administrator", 3, page(administrators, lambda _: "/chiffres", "<svg", "<table")),
        Scenario("figures-ref", "figures, référent", 3, page(referents, lambda _: "/chiffres", "<svg", "<table")),
        Scenario("home", "home, correspondant", 3, page(correspondants, lambda _: "/", "Bonjour")),
        *_shapes(world, technicians, administrators, key),
    ]


def _shapes(world: World, technicians: list[str], administrators: list[str], key: str) -> list[Scenario]:
    """The shapes of a list, of a search and of an administrator's pages, each with its own way through the indexes."""
    place = world.word(
        "SELECT etablissement FROM ticket_scope WHERE key = :key GROUP BY etablissement ORDER BY count(*) DESC, "
        "etablissement LIMIT 1",
        key=key,
    )
    lists = {
        "list-college": ("one collège, all states", f"college={place}&etat=tous"),
        "list-service": ("one subject, closed", "service=equipement-bureautique&etat=clos"),
        "list-hold": ("on hold", "etat=en-attente"),
        "list-newest": ("open, the newest first", "tri=recents"),
        "list-mine": ("the reader's own, all states", "miens=1&etat=tous"),
        "list-waits": ("waiting for the requester", "attend=demandeur"),
        "list-no-period": ("a period that matches nothing", "depuis=2015-01-01&avant=2015-01-02&etat=tous"),
    }
    searches = {
        "search-often": ("a word in a fifth of tickets", "q=poste"),
        "search-two": ("two words", f"q=poste+{story.RARE}"),
        "search-college": ("a word, with a collège", f"q=poste&college={place}"),
        "search-state": ("a word, with a state", f"q={story.RARE}&etat=clos"),
        "search-none": ("nothing found", "q=introuvable"),
    }
    pages = {
        "who-does-what": "/qui-fait-quoi",
        "articles": "/articles",
        "notices": "/avis",
        "administration": "/administration",
        "people": "/administration/comptes",
        "journal": "/administration/journal",
        "quarantine": "/administration/fichiers",
        "personal-data": "/administration/donnees",
    }

    def asked(sigle: str, address: str) -> Callable[[int], Send]:
        return lambda client: _get(world.client(sigle, client), lambda _: address, (), 0)

    return [
        *(
            Scenario(name, f"list: {label}", 4, asked(technicians[0], f"/tickets?{words}"), shape=True)
            for name, (label, words) in lists.items()
        ),
        *(
            Scenario(name, f"search: {label}", 5, asked(technicians[0], f"/tickets?{words}"), shape=True)
            for name, (label, words) in searches.items()
        ),
        *(
            Scenario(name, f"page: {address}", None, asked(administrators[0], address), shape=True)
            for name, address in pages.items()
        ),
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
