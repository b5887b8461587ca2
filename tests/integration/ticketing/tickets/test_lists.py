"""Queues: order, filters, keyset pages in both directions, constant queries, plans that are index ranges."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from charters.database import db, writing
from charters.permissions import held, perimeter
from ticketing.following import seen
from ticketing.model import Filters
from ticketing.search import index as search_index
from ticketing.search.index import Found
from ticketing.tables import TicketEvent
from ticketing.tickets import deadlines, desk, indexing, lists, queries, store

ACTIVITIES = ("mco", "assistance", "installation")


@pytest.fixture
def many(people: Any, draft: Any, now: Any) -> list[int]:
    """Open thirty tickets of several services, ages and states."""
    cmi, agent = people("c11.cmi"), people("d1.agent")
    numbers = []
    for index in range(30):
        moment = now + timedelta(hours=(index * 7) % 30)
        activity, service = (
            ("mco", "equipement-bureautique") if index % 3 else ("installation", "materiels-pedagogiques")
        )
        number = desk.open_ticket(cmi, draft(title=f"Panne {index}", activity=activity, service=service), [], moment)
        numbers.append(number)
        if index % 5 == 0 and queries.ticket(perimeter(cmi), cmi, number).holder_party == "departement":
            desk.take_charge(agent, number, 1, moment)
            if index % 10 == 0:
                desk.resolve(agent, number, 2, "Fait.", moment)
    return numbers


def walk(own: Any, filters: Filters, now: Any, size: int) -> tuple[list[Any], list[str]]:
    """Return all rows by the next cursors, then go back by the previous ones, which must give the same pages."""
    pages, cursor = [], None
    while True:
        page = queries.queue(own, filters, cursor, now, size)
        pages.append(page)
        if page.next is None:
            break
        cursor = page.next
    assert pages[0].previous is None
    back = [pages[-1]]
    while back[-1].previous is not None:
        back.append(queries.queue(own, filters, back[-1].previous, now, size))
    assert [page.rows for page in reversed(back)] == [page.rows for page in pages]
    return [row for page in pages for row in page.rows], [page.next or "" for page in pages]


LISTS = (
    Filters(),
    Filters(state="all"),
    Filters(state="new"),
    Filters(state="in_progress"),
    Filters(state="resolved"),
    Filters(sort="newest"),
    Filters(service="materiels-pedagogiques"),
    Filters(etablissement="desaix-tarbes"),
    Filters(state="all", service="equipement-bureautique", etablissement="desaix-tarbes"),
    Filters(state="all", etablissement="desaix-tarbes", sort="newest"),
    Filters(sort="oldest"),
    Filters(state="all", sort="oldest"),
    Filters(state="all", service="equipement-bureautique", sort="oldest"),
    Filters(text="panne"),
    Filters(text="panne", state="open", service="equipement-bureautique"),
    Filters(state="closed"),
)


def test_pages_cover_the_list_once_in_order(people: Any, many: list[int], now: Any) -> None:
    for filters in LISTS:
        check_pages(perimeter(people("d1.agent")), filters, now)


def check_pages(own: Any, filters: Filters, now: Any) -> None:
    whole = {
        row.number: row
        for row in queries.queue(own, Filters(state="all"), None, now, 100).rows
        if (filters.service in (None, row.service))
        and (
            filters.state in (None, "all")
            or row.state == filters.state
            or (filters.state == "open" and row.state.is_open)
        )
        and (filters.state is not None or filters.text or row.state.is_open)
    }
    rows, _ = walk(own, filters, now, 4)
    assert [row.number for row in rows] == list(dict.fromkeys(row.number for row in rows))
    assert {row.number for row in rows} == whole.keys()
    by_promise = filters.sort == "due" and filters.state in (None, "new", "in_progress") and not filters.text
    key = (
        (lambda row: (deadlines.rank(row.due_at, row.opened_at), row.number))
        if by_promise
        else (lambda row: row.number if filters.sort == "oldest" else -row.number)
    )
    assert [row.number for row in rows] == [row.number for row in sorted(rows, key=key)]


def test_what_holds_up_a_class_comes_first_and_says_so(people: Any, draft: Any, now: Any) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    numbers = [
        desk.open_ticket(cmi, draft(impact=impact, urgency=urgency), [], now + timedelta(minutes=minute))
        for minute, (impact, urgency) in enumerate([(3, 3), (None, None), (2, 2), (2, 1), (1, 1)])
    ]
    rows = queries.queue(perimeter(agent), Filters(), None, now).rows
    assert [row.number for row in rows] == [numbers[place] for place in (4, 3, 1, 2, 0)]
    assert [row.urgent for row in rows] == ["Priorité critique", "Priorité haute", "", "", ""]
    desk.take_charge(agent, numbers[0], 1, now)
    assert queries.queue(perimeter(agent), Filters(), None, now).rows[-1].number == numbers[0]


def test_mine_and_unknown_filters(people: Any, many: list[int], now: Any) -> None:
    agent = people("d1.agent")
    own = perimeter(agent)
    mine = queries.queue(own, Filters(mine=agent.account_id), None, now, 100).rows
    assert mine and {row.assignee_name for row in mine} == {agent.name}
    for filters in (
        Filters(state="x"),
        Filters(service="x"),
        Filters(etablissement="'; --"),
        Filters(text="les"),
        Filters(mine=0),
        Filters(text="zzzz"),
        Filters(text='" OR 1 * ) AND NEAR( ^ :'),
        Filters(text="\x00 ' \\ & | !"),
    ):
        assert queries.queue(own, filters, None, now).rows == ()


def test_a_cursor_that_is_none_gives_the_first_page(people: Any, many: list[int], now: Any) -> None:
    own = perimeter(people("d1.agent"))
    first = queries.queue(own, Filters(), None, now).rows
    for cursor in ("x", "é", "====", "W10", "WzAsMV0", "A" * 500, "WzAsIjEiLDJd", "bnVsbA", "\x00"):
        assert queries.queue(own, Filters(), cursor, now).rows == first, cursor


def test_search_finds_inflexions_and_accents(people: Any, draft: Any, now: Any) -> None:
    cmi = people("c11.cmi")
    number = desk.open_ticket(
        cmi, draft(title="L’écran du vidéoprojecteur", body="Écrans cassés, œuvre du gel"), [], now
    )
    for query in ("ecrans", "écran casse", "ÉCRAN", "oeuvre", "l'écran", "gel vidéoprojecteurs"):
        found = queries.queue(perimeter(cmi), Filters(text=query), None, now).rows
        assert [row.number for row in found] == [number], query
    desk.comment(cmi, number, "Référence XB-2040", now=now)
    assert queries.queue(perimeter(cmi), Filters(text="xb 2040"), None, now).rows
    assert queries.queue(perimeter(cmi), Filters(text=f"#{number}"), None, now).rows[0].number == number


@pytest.fixture
def delayed(people: Any, draft: Any, now: Any) -> list[int]:
    """Open forty tickets of an agreement that sets a delay on the network (72 hours), at random instants and steps."""
    rng, numbers = random.Random(20), []
    agent, cmi = people("d2.agent"), people("c21.cmi")
    for index in range(40):
        service = rng.choice(["infrastructure-reseau", "materiels-pedagogiques"])
        moment = now - timedelta(seconds=rng.randrange(9 * 86_400))
        asked = draft(title=f"Réseau {index}", service=service, etablissement=cmi.mandate.scope_id)
        numbers.append(desk.open_ticket(cmi, asked, [], moment))
        step = rng.randrange(4)
        if step:
            desk.take_charge(agent, numbers[-1], 1, moment)
        if step == 2:
            desk.hold(agent, numbers[-1], 2, "attente-piece", "", moment)
        elif step == 3:
            desk.resolve(agent, numbers[-1], 2, "Fait.", moment)
    return numbers


def test_every_place_says_late_of_the_same_tickets(people: Any, delayed: list[int], now: Any) -> None:
    """Row, page, filter, count, order: one rule, on tickets with and without a delay, in every state."""
    for sigle in ("d2.agent", "c21.cmi"):
        actor = people(sigle)
        own = perimeter(actor)
        for moment in (now, now + timedelta(hours=31), now + timedelta(days=9)):
            whole = queries.queue(own, Filters(state="all"), None, moment, 100).rows
            said = {row.number for row in whole if row.late}
            pages = {number for number in delayed if queries.ticket(own, actor, number, moment).late}
            listed = queries.queue(own, Filters(late=True), None, moment, 100).rows
            first = queries.queue(own, Filters(), None, moment, 100).rows[: len(said)]
            due = {row.number for row in whole if row.state.is_open and row.due_at and row.due_at < moment}
            assert said == pages == {row.number for row in listed} == {row.number for row in first} == due
            assert queries.counts(own, moment)["late"] == len(said)
            assert 0 < len(said) < len(whole)
            walked, _ = walk(own, Filters(late=True), moment, 3)
            assert [row.number for row in walked] == [row.number for row in listed]


def test_the_late_tickets_are_filtered_and_searched_as_the_others(people: Any, delayed: list[int], now: Any) -> None:
    own = perimeter(people("d2.agent"))
    late = {row.number for row in queries.queue(own, Filters(late=True), None, now, 100).rows}
    taken = queries.queue(own, Filters(late=True, mine=people("d2.agent").account_id), None, now, 100).rows
    assert {row.number for row in taken} == {row.number for row in taken if row.assignee_name} < late
    assert queries.queue(own, Filters(late=True, service="materiels-pedagogiques"), None, now).rows == ()
    found = queries.queue(own, Filters(late=True, text="réseau"), None, now, 100).rows
    assert {row.number for row in found} == late
    assert queries.queue(own, Filters(late=True, state="resolved"), None, now).rows == ()
    exact = queries.queue(own, Filters(late=True, text=str(min(set(delayed) - late))), None, now).rows
    assert min(set(delayed) - late) not in {row.number for row in exact}


def test_nothing_is_promised_where_no_text_sets_a_delay(people: Any, many: list[int], now: Any) -> None:
    own = perimeter(people("d1.agent"))
    for moment in (now, now + timedelta(days=900)):
        rows = queries.queue(own, Filters(state="all"), None, moment, 100).rows
        assert {(row.due_at, row.late) for row in rows} == {(None, False)}
        assert queries.counts(own, moment)["late"] == 0
    opened = [row.opened_at for row in queries.queue(own, Filters(), None, now, 100).rows]
    assert opened == sorted(opened), "the oldest first"


def test_the_delay_is_that_of_the_text_with_its_clause(people: Any, draft: Any, now: Any) -> None:
    cmi, agent = people("c21.cmi"), people("d2.agent")
    asked = draft(service="infrastructure-reseau", etablissement=cmi.mandate.scope_id)
    number = desk.open_ticket(cmi, asked, [], now)
    view = queries.ticket(perimeter(cmi), cmi, number, now)
    delay = view.decision.delay
    assert view.due_at == delay.by == now + timedelta(hours=72)
    assert (delay.hours, delay.citations[0].ref) == (72, "2") and "72 heures" in delay.citations[0].quote
    fields = {"service": "materiels-pedagogiques", "activity": "mco"}
    desk.correct_facts(agent, number, 1, fields, "Ce n’était pas le réseau.", now + timedelta(hours=1))
    view = queries.ticket(perimeter(cmi), cmi, number, now)
    assert (view.due_at, view.decision.delay) == (None, None), "the text sets no delay on this"
    fields = {"service": "infrastructure-reseau", "activity": "mco"}
    desk.correct_facts(agent, number, 2, fields, "Si.", now + timedelta(hours=2))
    assert queries.ticket(perimeter(cmi), cmi, number, now).due_at == now + timedelta(hours=72), "from the opening"


def test_choices_are_read_again_only_when_they_have_changed(people: Any, draft: Any, now: Any, queries_of: Any) -> None:
    """An académie's filters hold six hundred établissements: a stamp of the key tells whether they are the same."""
    cmi, agent, other = people("c11.cmi"), people("d1.agent"), people("c12.cmi")
    number = desk.open_ticket(cmi, draft(), [], now)
    own, elsewhere = perimeter(agent), perimeter(other)
    first, empty = queries.facets(own), queries.facets(elsewhere)
    assert [choice.count for choice in first.services] == [1] and empty.services == ()
    desk.take_charge(agent, number, 1, now)
    desk.comment(agent, number, "Vu.", now=now)
    with queries_of() as seen:
        assert queries.facets(own) is first and queries.facets(own) is first, "a step changes states, not choices"
    assert len(seen) == 2, "one query each, which gives nothing but the stamp"
    with pytest.raises(ZeroDivisionError), writing():
        desk.open_ticket(cmi, draft(title="Défait"), [], now)
        assert [choice.count for choice in queries.facets(own).services] == [2]
        _ = 1 / 0
    assert [choice.count for choice in queries.facets(own).services] == [1], "what was rolled back is not kept"
    desk.open_ticket(other, draft(etablissement="victor-hugo-tarbes", title="Autre collège"), [], now)
    assert [choice.count for choice in queries.facets(own).services] == [2]
    assert len(queries.facets(own).etablissements) == 2
    assert [choice.count for choice in queries.facets(elsewhere).services] == [1]


def test_queries_are_few_and_constant(people: Any, many: list[int], now: Any, queries_of: Any) -> None:
    agent = people("d1.agent")
    own = perimeter(agent)
    for size in (2, 25):
        with queries_of() as seen:
            queries.queue(own, Filters(), None, now, size)
            queries.counts(own, now)
            queries.facets(own)
        assert len(seen) == 3
    with queries_of() as seen:
        queries.ticket(own, agent, many[1])
    assert len(seen) <= 4
    for index in range(6):
        desk.comment(agent, many[1], f"Mot {index}", now=now)
    with queries_of() as again:
        queries.ticket(own, agent, many[1])
    assert len(again) == len(seen)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(state="closed"),
        Filters(service="annuaire"),
        Filters(etablissement="desaix-tarbes"),
        Filters(mine=1),
        Filters(state="all"),
        Filters(late=True),
    ],
    ids=str,
)
def test_a_queue_is_index_ranges(app_context: Any, filters: Filters) -> None:
    """No part of a queue scans a table, whatever the filter (by SQLite's plan)."""
    states = lists._states(filters)
    by_promise = all(state.is_open for state in states)
    statement, used = lists._queue_sql(lists._shape(filters, states, by_promise, False, False))
    plan = db.session.execute(text(f"EXPLAIN QUERY PLAN {statement.statement.element}"), dict.fromkeys(used, 1)).all()
    steps = [row.detail for row in plan]
    assert not [
        step
        for step in steps
        if step.startswith("SCAN")
        and "SCAN m" not in step
        and "SCAN u" not in step
        and "SCAN p" not in step
        and "(subquery" not in step
    ], steps


def test_what_waits_on_ones_side_is_apart_from_what_it_follows(people: Any, draft: Any, now: Any) -> None:
    cmi, agent, desk_tech = people("c11.cmi"), people("d1.agent"), people("a.tech")
    ours = desk.open_ticket(cmi, draft(service="infrastructure-reseau", activity="mco"), [], now)
    followed = desk.open_ticket(cmi, draft(service="logiciels-hors-catalogue", activity="installation"), [], now)
    handed = desk.open_ticket(cmi, draft(service="infrastructure-reseau", activity="mco"), [], now)
    desk.hand_on(agent, handed, 1, "academie", "mauvaise-partie", "C’est l’annuaire.", now)

    def numbers(actor: Any, own: Any) -> set[int]:
        return {row.number for row in queries.queue(own(actor), Filters(), None, now).rows}

    assert numbers(agent, held) == {ours}
    assert numbers(agent, perimeter) == {ours, followed, handed}
    assert numbers(desk_tech, held) == {handed}
    assert queries.counts(held(agent))["open"] == 1


def test_a_ticket_of_more_words_than_an_index_holds_is_still_commented_on(people: Any, draft: Any, now: Any) -> None:
    """Defect: PostgreSQL holds a megabyte of words for a ticket, and beyond it every step with words failed."""
    cmi = people("c11.cmi")
    number = desk.open_ticket(cmi, draft(), [], now)
    for part in range(4):
        with writing() as session:
            search_index.add(session, number, Found({f"{part}x{rank:06}".ljust(40, "z") for rank in range(9_000)}))
    desk.comment(cmi, number, "Toujours en panne.", now=now)
    desk.hand_on(people("d1.agent"), number, 2, "academie", "autre", "Pour avis.", now)
    event = queries.ticket(perimeter(cmi), cmi, number).events[1].id
    desk.mask(people("a.admin"), number, event, "Propos.", now)
    with writing() as session:  # many long comments, indexed again after one of them is masked
        for part in range(3):
            body = " ".join(f"{part}y{rank:06}".ljust(40, "z") for rank in range(9_000))
            session.add(TicketEvent(ticket_id=number, at=now, kind="comment", body=body, data={}))
        session.flush()
        indexing.again(session, session.execute(select(store.TICKET).filter_by(number=number)).one())
    found = queries.queue(perimeter(people("a.tech")), Filters(text="cdi"), None, now).rows
    assert [row.number for row in found] == [number]


def test_a_number_typed_alone_shows_its_ticket_first_and_once(people: Any, draft: Any, now: Any) -> None:
    cmi = people("c11.cmi")
    own = perimeter(cmi)
    wanted = desk.open_ticket(cmi, draft(), [], now)
    typed = f"{wanted:06}"
    desk.comment(cmi, wanted, f"Étiquette {typed}", now=now)  # so that the search for words finds it too
    others = [desk.open_ticket(cmi, draft(title=f"Zinzolin {typed}"), [], now) for _ in range(3)]
    found = queries.queue(own, Filters(text=typed), None, now)
    assert [row.number for row in found.rows] == [wanted, *reversed(others)]
    assert [row.number for row in queries.queue(own, Filters(text=f"Zinzolin {typed}"), None, now).rows] == others[::-1]


def test_a_number_typed_alone_is_not_shown_again_on_later_pages(people: Any, draft: Any, now: Any) -> None:
    cmi = people("c11.cmi")
    own = perimeter(cmi)
    wanted = desk.open_ticket(cmi, draft(), [], now)
    typed = f"{wanted:06}"
    others = [desk.open_ticket(cmi, draft(title=f"Poste {typed}"), [], now) for _ in range(5)][::-1]
    first = queries.queue(own, Filters(text=typed), None, now, 2)
    second = queries.queue(own, Filters(text=typed), first.next, now, 2)
    third = queries.queue(own, Filters(text=typed), second.next, now, 2)
    assert [row.number for row in first.rows] == [wanted, *others[:2]]
    assert [row.number for row in second.rows] == others[2:4]
    assert [row.number for row in third.rows] == others[4:]
    # Whatever state is asked for, a ticket in another one is not found by its number.
    assert wanted not in [row.number for row in queries.queue(own, Filters(text=typed, state="closed"), None, now).rows]


def test_what_can_be_done_now_comes_before_what_waits(people: Any, draft: Any, now: Any) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    numbers = [desk.open_ticket(cmi, draft(title=f"Panne {i}"), [], now - timedelta(days=9 - i)) for i in range(3)]
    desk.take_charge(agent, numbers[0], 1, now)
    desk.hold(agent, numbers[0], 2, "attente-piece", "Commandée.", now)
    own = perimeter(agent)
    assert [row.number for row in queries.queue(own, Filters(), None, now).rows] == [*numbers[1:], numbers[0]]
    rows, _ = walk(own, Filters(), now, 1)
    assert [row.number for row in rows] == [*numbers[1:], numbers[0]]
    desk.resume(agent, numbers[0], 3, now)
    assert [row.number for row in queries.queue(own, Filters(), None, now).rows] == numbers


def test_what_a_reader_has_not_read_is_told_by_its_last_entry(people: Any, draft: Any, now: Any) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    number = desk.open_ticket(cmi, draft(), [], now)

    def news(actor: Any, **given: Any) -> str:
        filters = Filters(reader=actor.account_id, state="all", **given)
        [row] = queries.queue(perimeter(actor), filters, None, now).rows
        return row.news

    def read(actor: Any) -> None:
        shown = queries.ticket(perimeter(actor), actor, number, now)
        seen.mark(perimeter(actor), actor, number, shown.events[-1].id, now)

    assert news(agent) == "opened" == news(agent, text="démarre") and news(cmi) == "", "one's own entry is no news"
    read(agent)
    assert news(agent) == ""
    desk.comment(cmi, number, "Toujours rien.", now=now)
    assert news(agent) == "comment"
    read(agent)
    desk.comment(agent, number, "Interne.", visibility="internal", now=now)
    assert news(cmi) == "", "a note of another side is no news, and not told"
    desk.comment(agent, number, "On passe mardi.", now=now)
    assert news(cmi) == "comment" and news(agent) == ""
    assert queries.queue(perimeter(cmi), Filters(), None, now).rows[0].news == "", "nobody asked"


@pytest.mark.parametrize(
    "filters",
    [
        Filters(etablissement="desaix-tarbes", state="all"),
        Filters(service="annuaire", state="all"),
        Filters(mine=1, state="all"),
        Filters(state="open", sort="newest"),
        Filters(etablissement="desaix-tarbes", state="in_progress", sort="oldest"),
    ],
    ids=str,
)
def test_a_list_by_number_walks_no_more_than_its_states(app_context: Any, filters: Filters) -> None:
    """The open tickets are sorted: in the order of the key, a list of one collège walked the whole perimeter."""
    for after in (False, True):
        shape = lists._shape(filters, lists._states(filters), False, False, after)
        statement, used = lists._queue_sql(shape)
        values = dict.fromkeys(used, 1)
        plan = db.session.execute(text(f"EXPLAIN QUERY PLAN {statement.statement.element}"), values).all()
        assert not [row.detail for row in plan if "PRIMARY KEY (key=?" in row.detail], plan
