"""A history is folded into the facts that were worked out by hand."""

from datetime import UTC, datetime

import pytest

from ticketing.figures.folding import Folded, HistoryEntry, fold, median

CMI, AGENT, TECH = 1, 2, 3
ETAB, D1, A = "desaix-tarbes", "departement-hautes-pyrenees", "academie-toulouse"
SIDE = {CMI: ETAB, AGENT: D1, TECH: A}


def at(month: int, day: int, hour: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def happens(
    kind: str,
    when: datetime,
    author: int | None,
    holder: str = D1,
    *,
    public: bool = True,
    service: str = "inventaire",
    activity: str = "mco",
) -> HistoryEntry:
    side = SIDE[author] if author is not None else None
    return HistoryEntry(kind, when, author, side, public, holder, service, activity)


def hours(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds()) // 3600


def folded(*history: HistoryEntry) -> dict[str, list[tuple[str, str, int, int | None]]]:
    found: dict[str, list[tuple[str, str, int, int | None]]] = {}
    for fact in fold(history, hours):
        found.setdefault(fact.kind, []).append((fact.month, fact.holder, fact.amount, fact.seconds))
    return found


def test_a_plain_life() -> None:
    found = folded(
        happens("opened", at(3, 2), CMI),
        happens("taken", at(3, 2, 12), AGENT),
        happens("comment", at(3, 2, 13), AGENT),
        happens("resolved", at(4, 2), AGENT),
        happens("closed", at(4, 12), None),
    )
    assert found == {
        "opened": [("2026-03", D1, 1, None)],
        "answered": [("2026-03", D1, 1, 2)],
        "resolved": [("2026-04", D1, 1, 31 * 24)],
        "stock": [("2026-03", D1, 1, None), ("2026-04", D1, -1, None)],
    }


def test_what_opens_and_ends_in_a_month_never_stood_in_the_stock() -> None:
    assert "stock" not in folded(happens("opened", at(3, 2), CMI), happens("resolved", at(3, 30), AGENT))


def test_a_hand_on_moves_the_stock_and_counts_for_who_lets_go() -> None:
    found = folded(
        happens("opened", at(3, 2), CMI, A),
        happens("handed_on", at(5, 4), TECH, D1),
        happens("contested", at(5, 5), AGENT, A),
        happens("handed_on", at(5, 6), TECH, D1),
    )
    assert found["handed_on"] == [("2026-05", A, 1, None), ("2026-05", D1, 1, None), ("2026-05", A, 1, None)]
    assert found["stock"] == [("2026-03", A, 1, None), ("2026-05", A, -1, None), ("2026-05", D1, 1, None)]
    assert "answered" not in found


@pytest.mark.parametrize(("ended", "again"), [("resolved", "reopened"), ("duplicate", "restored")])
def test_a_resolution_undone_stays_in_its_month(ended: str, again: str) -> None:
    history = [happens("opened", at(3, 2), CMI), happens(ended, at(3, 9), AGENT)]
    before = fold(history, hours)
    history += [happens(again, at(4, 1), CMI), happens("resolved", at(4, 2), AGENT)]
    after = fold(history, hours)
    assert [fact for fact in after if fact.month == "2026-03"] == [fact for fact in before if fact.month == "2026-03"]
    assert [fact.month for fact in after if fact.kind == "resolved"] == ["2026-03", "2026-04"]


def test_correcting_the_facts_changes_nothing_of_the_past() -> None:
    opened = happens("opened", at(3, 2), CMI, service="inventaire")
    corrected = happens("decision", at(4, 2), AGENT, service="supervision")
    facts = fold([opened, corrected], hours)
    assert Folded("opened", "2026-03", D1, "inventaire", "mco") in facts
    assert Folded("stock", "2026-04", D1, "inventaire", "mco", -1) in facts
    assert Folded("stock", "2026-04", D1, "supervision", "mco", 1) in facts


@pytest.mark.parametrize(
    "said",
    [
        happens("comment", at(3, 3), CMI),
        happens("note", at(3, 3), AGENT, public=False),
        happens("comment", at(3, 3), TECH),
        happens("closed", at(3, 3), None),
    ],
)
def test_what_is_no_answer(said: HistoryEntry) -> None:
    assert "answered" not in folded(happens("opened", at(3, 2), CMI), said)


def test_at_the_college_its_opener_does_not_answer_himself() -> None:
    opened = happens("opened", at(3, 2), CMI, ETAB)
    assert "answered" not in folded(opened, happens("comment", at(3, 3), CMI, ETAB))
    assert folded(opened, happens("taken", at(3, 3), CMI, ETAB))["answered"] == [("2026-03", ETAB, 1, 24)]


def test_only_the_first_answer_counts() -> None:
    found = folded(
        happens("opened", at(3, 2), CMI), happens("comment", at(3, 3), AGENT), happens("question", at(3, 4), AGENT)
    )
    assert found["answered"] == [("2026-03", D1, 1, 24)]


def test_medians_are_exact() -> None:
    assert median([]) is None
    assert median([7]) == 7
    assert median([1, 3, 100]) == 3
    assert median([1, 4]) == 3  # 2.5, rounded half up
    assert median([1, 2, 4, 9]) == 3


def test_no_history_no_fact() -> None:
    assert fold([], hours) == []
