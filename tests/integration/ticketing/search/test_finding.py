"""What a search finds, on both engines: spellings, codes, places, people and files, each by those who may read it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text, update

from charters.database import db, writing
from charters.permissions import perimeter
from charters.tables.access import Account
from ticketing import jobs
from ticketing.files import antivirus, quarantine, receiving
from ticketing.model import Filters
from ticketing.search import hits
from ticketing.tables import Attachment, IndexRequest
from ticketing.tickets import desk, indexing, lists, queries, reindexing


@pytest.fixture
def finds(people: Any, now: Any) -> Any:
    """Return `finds("c11.cmi", "wifi")`: the numbers of the tickets that a person's search finds, newest first."""

    def search(sigle: str, searched: str) -> list[int]:
        own = perimeter(people(sigle))
        return [row.number for row in queries.queue(own, Filters(text=searched), None, now, 50).rows]

    return search


def test_each_spelling_finds_the_tickets_of_the_others(people: Any, draft: Any, now: Any, finds: Any) -> None:
    cmi = people("c11.cmi")

    def opened(title: str, body: str = "Voir sur place.") -> int:
        return desk.open_ticket(cmi, draft(title=title, body=body), [], now)

    sound = opened("Plus de son depuis l’été")
    wireless = [opened("Borne Wi-Fi muette"), opened("Plus de wifi"), opened("Réseau", "Le wi fi ne répond plus.")]
    projector = [opened("Vidéoprojecteur HS"), opened("VP à changer"), opened("Salle 12", "Vidéo-projecteur jauni.")]
    phone = [opened("Rappeler", "Tél : +33 5 62 12 34 56"), opened("Ligne 05.62.12.34.56 coupée")]
    card = [opened("Carte réseau", "MAC AA:BB:CC:00:EE:FF"), opened("Carte aabb.cc00.eeff")]
    tag = desk.open_ticket(cmi, draft(title="Lent", tag="XB-2040", asset="5CG8471XKS"), [], now)
    glued = opened("Limprimante ne répond plus")
    for searched, numbers in {
        "son": [sound],
        "été": [sound],
        "de": [sound, wireless[1]],
        "wifi": wireless,
        "wi fi": wireless,
        "Wi-Fi": wireless,
        "sans fil": wireless,
        "vidéo projecteur": projector,
        "vidéoprojecteurs": projector,
        "projecteur": projector,
        "0562123456": phone,
        "05 62 12 34 56": phone,
        "aa-bb-cc-00-ee-ff": card,
        "AABBCC00EEFF": card,
        "xb2040": [tag],
        "XB 2040": [tag],
        "5cg8471xks": [tag],
        "imprimante": [glued],
        "l’imprimante": [glued],
        "copieur": [glued],
    }.items():
        assert finds("c11.cmi", searched) == sorted(numbers, reverse=True), searched


def test_establishments_are_found_by_name_commune_and_kind_in_ones_perimeter(
    people: Any, draft: Any, now: Any, finds: Any
) -> None:
    ours = desk.open_ticket(people("c11.cmi"), draft(title="Poste lent"), [], now)
    other = desk.open_ticket(people("c12.cmi"), draft(title="Écran", etablissement="victor-hugo-tarbes"), [], now)
    for searched, numbers in {
        "Desaix": [ours],
        "collège Desaix": [ours],
        "desaix tarbes": [ours],
        "Victor Hugo": [other],
        "collège Victor Hugo, Tarbes": [other],
        "Tarbes": [other, ours],
        "tarbes lent": [ours],
        "victor-hugo-tarbes": [other],
        "lourdes": [],
    }.items():
        assert finds("d1.agent", searched) == numbers, searched
    assert finds("c11.cmi", "Victor Hugo") == [] and finds("c11.cmi", "tarbes") == [ours]


def test_people_on_a_ticket_are_found_by_those_who_see_it(people: Any, draft: Any, now: Any, finds: Any) -> None:
    cmi, agent, tech = people("c11.cmi"), people("d1.agent"), people("a.tech")
    number = desk.open_ticket(cmi, draft(), [], now)
    assert finds("c11.cmi", cmi.name) == [number] and finds("c11.cmi", agent.name) == []
    desk.take_charge(agent, number, 1, now)
    for word in agent.name.split():
        assert finds("c11.cmi", word) == [number]
    desk.hand_on(agent, number, 2, "academie", "mauvaise-partie", "À vous.", now)
    desk.take_charge(tech, number, 3, now)
    assert finds("c11.cmi", tech.name) == [number] and finds("c11.cmi", agent.name) == [number]
    assert finds("c12.cmi", cmi.name) == [] and finds("d2.agent", agent.name) == []
    desk.share(cmi, number, 4, people("c11.reseau").account_id, now)
    assert finds("c11.reseau", people("c11.reseau").name) == [number]


def test_files_are_found_by_those_who_may_read_them(people: Any, draft: Any, now: Any, finds: Any, upload: Any) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    number = desk.open_ticket(cmi, draft(), [upload("photo_écran-2.txt")], now)
    for searched in ("photo", "écran 2", "photo_ecran-2.txt", "photoecran"):
        assert finds("c11.cmi", searched) == finds("d1.agent", searched) == [number], searched
    desk.comment(agent, number, "Voir le devis.", uploads=[upload("devis Zinzolin.txt")], now=now)
    assert finds("c11.cmi", "zinzolin") == [number]
    desk.comment(agent, number, "Secret", "internal", [upload("marge Amarante.txt")], now)
    assert finds("d1.agent", "amarante") == finds("d1.ref", "amarante") == [number]
    for other in ("c11.cmi", "c11.chef", "d2.agent", "a.tech"):
        assert finds(other, "amarante") == [], other
    assert finds("d1.agent", "secret") == [], "the words of notes are on the page only"


def test_a_masked_entry_takes_the_names_of_its_files_along(
    people: Any, draft: Any, now: Any, finds: Any, upload: Any
) -> None:
    number = desk.open_ticket(people("c11.cmi"), draft(service="annuaire", activity="mco"), [upload("plan.txt")], now)
    desk.comment(people("a.tech"), number, "Oups", uploads=[upload("fiche Amarante.txt")], now=now)
    assert finds("c11.cmi", "amarante") == [number]
    event = queries.ticket(perimeter(people("c11.cmi")), people("c11.cmi"), number).events[-1]
    desk.mask(people("a.admin"), number, event.id, "Nominatif.", now)
    assert finds("c11.cmi", "amarante") == finds("c11.cmi", "oups") == []
    assert finds("c11.cmi", "plan") == finds("c11.cmi", people("a.tech").name) == [number]


def test_a_file_is_found_once_it_has_left_quarantine(
    people: Any, draft: Any, now: Any, finds: Any, upload: Any, monkeypatch: Any
) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    monkeypatch.setattr(receiving.antivirus, "scan", lambda *_: antivirus.Verdict("none", ""))
    monkeypatch.setattr(desk.transaction.incoming_files, "limits", lambda: receiving.Limits(10**6, 10**7, "clam:1"))
    number = desk.open_ticket(cmi, draft(), [upload("plan Amarante.txt")], now)
    desk.comment(agent, number, "", "internal", [upload("devis Zinzolin.txt")], now)
    assert finds("c11.cmi", "amarante") == finds("d1.agent", "zinzolin") == []
    with writing() as session:
        row = session.execute(select(Attachment.quarantine)).all()
        assert {one.quarantine for one in row} == {receiving.WAITING}
        indexing.again(session, reindexing.store.lock_ticket(session, number))
    assert finds("c11.cmi", "amarante") == []
    monkeypatch.setattr(antivirus, "scan", lambda *_: antivirus.Verdict("clean", ""))
    assert quarantine.rescan(receiving.files_folder(), "clam:1", now, indexing.released) == 2
    assert finds("c11.cmi", "amarante") == finds("d1.agent", "zinzolin") == [number]
    assert finds("c11.cmi", "zinzolin") == []


def test_a_file_with_a_virus_is_never_found(
    people: Any, draft: Any, now: Any, finds: Any, upload: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(receiving.antivirus, "scan", lambda *_: antivirus.Verdict("virus", "Eicar"))
    monkeypatch.setattr(desk.transaction.incoming_files, "limits", lambda: receiving.Limits(10**6, 10**7, "clam:1"))
    number = desk.open_ticket(people("c11.cmi"), draft(), [upload("plan Amarante.txt")], now)
    assert finds("c11.cmi", "amarante") == [] and finds("c11.cmi", "cdi") == [number]


def test_a_confidential_ticket_is_found_by_no_correspondant(people: Any, draft: Any, now: Any, finds: Any) -> None:
    number = desk.open_ticket(people("c11.cmi"), draft(title="Dossier Amarante"), [], now)
    desk.make_confidential(people("c11.chef"), number, 1, True, "", now)
    for searched in ("amarante", "desaix", people("c11.cmi").name):
        assert finds("c11.cmi", searched) == [] and finds("c11.chef", searched) == [number], searched


def test_a_corrected_name_is_found_after_the_job_and_the_ticket_keeps_the_one_it_shows(
    people: Any, draft: Any, now: Any, finds: Any
) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    numbers = [desk.open_ticket(cmi, draft(title=f"Panne {rank}"), [], now) for rank in range(3)]
    desk.take_charge(agent, numbers[0], 1, now)
    desk.comment(agent, numbers[1], "Vu.", now=now)
    with writing() as session:
        session.get_one(Account, agent.account_id).company = "Ailleurs"
    assert jobs.JOBS["index"].run(now) == 0
    with writing() as session:
        session.get_one(Account, agent.account_id).last_name = "Zinzolin"
    assert finds("c11.cmi", "zinzolin") == []
    assert reindexing.reindex(at_most=1) == 1
    assert finds("c11.cmi", "zinzolin") == numbers[:1]
    assert jobs.JOBS["index"].run(now) == 1
    assert finds("c11.cmi", "zinzolin") == finds("c11.cmi", agent.name) == [numbers[1], numbers[0]]
    with writing() as session:
        assert session.execute(select(IndexRequest)).all() == []
    assert jobs.JOBS["index"].run(now) == 0


def test_a_name_corrected_again_during_the_job_begins_again(
    people: Any, draft: Any, now: Any, monkeypatch: Any
) -> None:
    agent = people("d1.agent")
    number = desk.open_ticket(people("c11.cmi"), draft(), [], now)
    desk.take_charge(agent, number, 1, now)
    with writing() as session:
        reindexing.ask(session, agent.account_id)
    real = indexing.again

    def meanwhile(session: Any, row: Any, **others: Any) -> None:
        reindexing.ask(session, agent.account_id)
        real(session, row, **others)

    monkeypatch.setattr(indexing, "again", meanwhile)
    assert reindexing.reindex(at_most=1) == 1
    monkeypatch.undo()
    assert reindexing.reindex() == 1 and reindexing.reindex() == 0


def test_a_search_uses_the_index(people: Any, draft: Any, now: Any, queries_of: Any) -> None:
    """The words are asked of the index, whatever the search, and tickets are read by their numbers."""
    cmi = people("c11.cmi")
    desk.open_ticket(cmi, draft(title="Poste du CDI lent"), [], now)
    sqlite = db.engine.dialect.name == "sqlite"
    for searched in ("poste", "du", "desaix", "05 62 12 34 56", "poste du cdi", cmi.name):
        with queries_of() as seen:
            assert queries.queue(perimeter(cmi), Filters(text=searched), None, now).rows or searched.startswith("05")
        assert len(seen) == (1 if sqlite else 2), "on PostgreSQL an estimate comes first"
    if sqlite:
        statement, used = lists._search_sql(
            hits.sqlite, lists._shape(Filters(), tuple(lists.State), False, False, False)
        )
        plan = db.session.execute(
            text(f"EXPLAIN QUERY PLAN {statement.statement.element}"), dict.fromkeys(used, "1")
        ).all()
        steps = [row.detail for row in plan]
        assert [step for step in steps if step.startswith("SCAN") and step not in ("SCAN u", "SCAN (subquery-1)")] == [
            step for step in steps if step.startswith("SCAN f VIRTUAL TABLE INDEX")
        ], steps
        assert any(step.startswith("SCAN f VIRTUAL TABLE INDEX") for step in steps)


@pytest.mark.parametrize("filters", [{}, {"state": "open"}, {"etablissement": "desaix-tarbes"}], ids=str)
def test_a_walk_and_the_index_give_the_same_pages(
    people: Any, draft: Any, now: Any, monkeypatch: Any, filters: dict[str, str]
) -> None:
    """PostgreSQL walks for words that many tickets have, and asks the index where the walk is not enough."""
    cmi, agent = people("c11.cmi"), people("d1.agent")
    for rank in range(9):
        number = desk.open_ticket(cmi, draft(title="Poste" if rank % 2 else "Écran", body="Lent."), [], now)
        if rank == 5:
            desk.take_charge(agent, number, 1, now)
            desk.resolve(agent, number, 2, "Fait.", now)

    def pages(searched: str) -> list[list[int]]:
        found, cursor = [], None
        while True:
            page = queries.queue(perimeter(agent), Filters(text=searched, **filters), cursor, now, 2)
            found.append([row.number for row in page.rows])
            if page.previous:
                back = queries.queue(perimeter(agent), Filters(text=searched, **filters), page.previous, now, 2)
                assert [row.number for row in back.rows] == found[-2]
            if page.next is None:
                return found
            cursor = page.next

    by_index = {searched: pages(searched) for searched in ("poste", "lent", "écran", "zzzz", "de")}
    assert sum(map(len, by_index["lent"])) == (8 if filters.get("state") == "open" else 9)
    monkeypatch.setattr(hits, "are_many", lambda *_: True)
    for walked in (4_000, 3):
        monkeypatch.setattr(hits, "WALKED_MAX", walked)
        lists._search_sql.cache_clear()
        assert {searched: pages(searched) for searched in by_index} == by_index
    lists._search_sql.cache_clear()


def test_what_is_not_served_is_not_in_the_index_at_all(people: Any, draft: Any, now: Any, upload: Any) -> None:
    number = desk.open_ticket(people("c11.cmi"), draft(), [upload("plan.txt")], now)
    desk.comment(people("d1.agent"), number, "motsecret", "internal", now=now)
    with writing() as session:
        session.execute(update(Attachment).values(visibility="masked"))
        indexing.again(session, reindexing.store.lock_ticket(session, number))
    with db.engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM ticket_search")).one()
    assert not any(word in str(row) for word in ("plan", "motsecret"))
