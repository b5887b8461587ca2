"""A ticket's whole life through the desk, on both engines."""

from __future__ import annotations

from typing import Any

from charters.permissions import perimeter
from ticketing import desk, queries
from ticketing.model import Filters


def seen(actor: Any, number: int) -> Any:
    return queries.ticket(perimeter(actor), actor, number)


def test_life_of_a_ticket(people: Any, draft: Any, now: Any) -> None:
    cmi, agent = people("c11.cmi"), people("d1.agent")
    number = desk.open_ticket(cmi, draft(), [], now)
    view = seen(agent, number)
    assert view.holder_party == "departement"
    print(view)
    page = queries.queue(perimeter(agent), Filters(), None, now)
    assert [row.number for row in page.rows] == [number]
