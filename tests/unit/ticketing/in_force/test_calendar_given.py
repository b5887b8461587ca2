"""Requests are routed with the calendar of GUICHET_SCHOOL_CALENDAR."""

from datetime import datetime

from ticketing.app import desk_settings_of
from ticketing.in_force import routing


def test_the_calendar_of_the_settings_is_the_one_that_routes(settings, monkeypatch, tmp_path):
    path = tmp_path / "calendrier.toml"
    line = '[[holiday]]\nzone = "B"\nname = "Toussaint"\nfirst = 2027-10-23\nlast = 2027-11-07\n'
    path.write_text(line, encoding="utf-8")
    found = []
    for calendar in (None, path):
        given = desk_settings_of(settings.model_copy(update={"school_calendar": calendar}))
        monkeypatch.setattr(routing, "desk_settings", lambda given=given: given)
        found.append(routing.shipped().calendar.in_session("B", datetime(2027, 10, 25, 10)))
    assert found == [True, False]
