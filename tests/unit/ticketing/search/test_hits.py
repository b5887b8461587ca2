"""PostgreSQL's choice between its index and a walk over the newest tickets, by its own estimates."""

from __future__ import annotations

from typing import Any

import pytest

from ticketing.search import hits


@pytest.mark.parametrize(
    ("matching", "perimeter", "walks"),
    [
        (0, 0, False),
        (999, 1_000, False),  # so few are read at once
        (1_000, 1_000, True),
        (40_000, 100_000, True),
        (1_400, 100_000, True),  # 56 of 4,000, for a page of 26
        (1_200, 100_000, False),
        (10_000, 1_000_000, False),
    ],
)
def test_a_walk_is_made_where_it_soon_fills_the_page(
    monkeypatch: Any, matching: int, perimeter: int, walks: bool
) -> None:
    plan = [{"Plan": {"Plans": [{"Plan Rows": matching}, {"Plan Rows": perimeter}]}}]

    class Session:
        def execute(self, *_: Any) -> Session:
            return self

        def scalar_one(self) -> Any:
            return plan

    monkeypatch.setattr(hits.db, "session", Session())
    assert hits.are_many("'wposte'", "org:x", 26) is walks
