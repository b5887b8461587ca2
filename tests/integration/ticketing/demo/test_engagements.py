"""The invented parties have hours that differ, and promise what the opening page then shows."""

from datetime import UTC, datetime

from ticketing.demo import engagements
from ticketing.demo.people import ACADEMIE, C11, D1
from ticketing.hours import known
from ticketing.hours.promises import Subject
from ticketing.model import Holder


def test_each_party_has_hours_and_promises_of_its_own(app_context, cast):
    now = datetime.now(UTC)
    engagements.play(now)
    weeks = {known.calendar(one).versions[-1].week for one in (D1, ACADEMIE, C11)}
    assert len(weeks) == 3
    about = Subject("", "equipement-bureautique", "mco")
    promised = known.engagement(Holder("departement", "CL", D1, "Le Département"), about, now)
    assert (promised.answer, promised.resolve) == (240, 1260)
    assert known.engagement(Holder("academie", "EN", ACADEMIE, "L’Académie"), about, now).resolve is None
    assert known.engagement(Holder("college", "Etab", C11, "Le collège"), about, now) is None
