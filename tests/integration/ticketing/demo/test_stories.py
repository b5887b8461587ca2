"""The demonstration's stories can be played, whatever is drawn at random."""

import random
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from ticketing.demo import situations, stories
from ticketing.model import Kind
from ticketing.tickets.pages import ticket as page_of


class FirstLow(random.Random):
    """A generator whose next draw is low once `low` is set, so that a story takes the rare turn that it draws first."""

    low = False

    def random(self):
        if self.low:
            self.low = False
            return 0.01
        return super().random()

    def getrandbits(self, k, /):  # defined so that only `random` is replaced, and whole numbers are drawn as usual
        return super().getrandbits(k)


def played(story, now):
    """Play one story to its end."""
    when = next(story)
    for _ in range(60):
        try:
            when = story.send(max(when, now))
        except StopIteration:
            return
    raise AssertionError("a story that does not end")


@pytest.mark.parametrize("seed", range(4))
def test_a_ticket_that_the_college_holds_may_become_confidential(app_context, cast, actor_as, seed):
    """Defect: its correspondant went on working on what only the chef saw, and the demonstration stopped half-way."""
    now = datetime.now(UTC)
    people = {sigle: actor_as(sigle) for sigle in ("c11.cmi", "c11.chef", "c11.reseau", "d1.agent", "a.tech")}

    def worker(rng, organisation):
        by_side = {"desaix-tarbes": "c11.cmi", "academie-toulouse": "a.tech"}
        return people[by_side.get(organisation, "d1.agent")]

    crew = SimpleNamespace(by_sigle=people, worker=worker, until=now)
    situation = next(one for one in situations.SITUATIONS if one.service == "logiciels-hors-catalogue")
    rng = FirstLow(seed)
    scene = stories._Scene(rng, crew, situation, people["c11.cmi"], stories._words(rng))
    opened = now - timedelta(days=60)
    scene.number = number = stories.desk.open_ticket(people["c11.cmi"], stories._draft(scene), [], opened)
    rng.low = True
    played(stories._life(scene, opened), opened)
    chef = people["c11.chef"]
    seen = page_of(stories.perimeter(chef), chef, number)
    assert seen.confidential
    assert {Kind.CONFIDENTIAL, Kind.TAKEN} & {event.kind for event in seen.events} == {Kind.CONFIDENTIAL, Kind.TAKEN}
