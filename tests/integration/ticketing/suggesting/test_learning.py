"""Test what the tickets of an installation teach: counts of many, no name, nothing that was erased; and its use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from charters.database import db, writing
from ticketing import jobs
from ticketing.suggesting import learning
from ticketing.tables import LearnedWords, Ticket
from ticketing.tickets import desk
from ticketing.web import vocabulary

#: A word that no shipped lexicon knows, as a product of the place.
WORD = "zorglubox"
PLACES = ("desaix-tarbes", "victor-hugo-tarbes", "marechal-foch-arreau")


@pytest.fixture
def closed(people: Any, draft: Any, now: Any) -> Any:
    """Return a maker of closed tickets on the ENT, spread over three établissements."""

    def make(title: str, count: int = 6, **columns: Any) -> None:
        for index in range(count):
            number = desk.open_ticket(people("c11.cmi"), draft(title=title, body="Voir le titre."), [], now)
            values = {
                "state": "closed",
                "closed_at": now,
                "service": "ent",
                "etablissement": PLACES[index % len(PLACES)],
                **columns,
            }
            with writing() as session:
                session.execute(update(Ticket).where(Ticket.number == number).values(values))

    return make


def words() -> dict[str, Any]:
    data = db.session.execute(select(LearnedWords.data)).scalar_one_or_none()
    db.session.rollback()
    return data["by_stem"] if data else {}


def offered() -> list[str]:
    found = [one.service.id for one in vocabulary.offers(WORD, learned=learning.counts())]
    db.session.rollback()
    return found


def test_a_word_of_the_place_leads_to_its_subject_the_next_day(closed: Any, now: Any) -> None:
    assert offered() == []
    closed(f"Le {WORD} affiche une page blanche")
    closed("La prise est arrachée", count=18, service="infrastructure-reseau")
    assert jobs.run("learn", now) == 24
    assert words()[WORD] == {"ent": 6}
    assert offered()[:1] == ["ent"]
    assert vocabulary.offers(f"Le {WORD}", learned=learning.counts())[0].words == (WORD,)


def test_few_tickets_one_place_and_names_teach_nothing(closed: Any, people: Any, now: Any) -> None:
    closed("Patatrucmuche en panne", count=4)
    closed("Bidulotron en panne", etablissement=PLACES[0])
    last = people("c11.cmi").name.split()[-1]
    closed(f"{last} attend, Quenotte aussi", on_behalf_of="Claire Quenotte")
    learning.learn(now)
    kept = words()
    assert kept and not {"patatrucmuch", "bidulotron"} & set(kept)
    assert not [stem for stem in kept if last.lower()[:5] in stem or "quenot" in stem]


@pytest.mark.parametrize("columns", [{"confidential": True}, {"state": "resolved"}, {"service": "a-preciser"}])
def test_only_closed_tickets_that_many_may_read_teach(closed: Any, now: Any, columns: dict[str, Any]) -> None:
    closed(f"Le {WORD} est en panne", **columns)
    assert learning.learn(now) == 0 and words() == {}


def test_what_was_erased_or_is_old_is_gone_the_next_night(closed: Any, now: Any) -> None:
    closed(f"Le {WORD} est en panne")
    learning.learn(now)
    assert WORD in words()
    with writing() as session:
        session.execute(update(Ticket).values(pseudonymised_at=now))
    learning.learn(now + timedelta(days=1))
    assert words() == {} and offered() == []
    with writing() as session:
        session.execute(update(Ticket).values(pseudonymised_at=None))
    assert learning.learn(now + timedelta(days=366)) == 0
    learning.learn(now)
    learning.forget_old(now + timedelta(days=29))
    assert WORD in words()
    learning.forget_old(now + timedelta(days=31))
    assert words() == {}
