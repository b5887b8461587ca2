"""The kinds of incident that the agreements distinguish, and the line of a ticket's text that names its kind."""

import pytest

from matrix import load_conventions
from ticketing.tickets import incidents


def test_the_kinds_that_the_agreements_of_a_place_tell_apart():
    conventions = load_conventions()
    college = next(one for one in conventions.etablissements if "bouches-du-rhone-2017" in named(conventions, one))
    assert incidents.known(conventions, college) == ("vol", "perte", "casse", "panne", "code d’accès")
    assert incidents.known(conventions, "desaix-tarbes") == ()


def named(conventions, etablissement):
    return [one.id for one in conventions.of(etablissement)]


@pytest.mark.parametrize(
    ("body", "incident", "told"),
    [
        ("Depuis ce matin.", None, "Depuis ce matin."),
        ("Depuis ce matin.", "", "Depuis ce matin."),
        ("Depuis ce matin.", "vol", "Incident : Vol.\n\nDepuis ce matin."),
        ("", "vol", "Incident : Vol."),
        ("Incident : Vol.\n\nDepuis ce matin.", "vol", "Incident : Vol.\n\nDepuis ce matin."),
        ("Incident : Vol.", "vol", "Incident : Vol."),
        ("Incident : Vol.", "code d’accès", "Incident : Code d’accès.\n\nIncident : Vol."),
        ("Incident : Vol. Ce matin.", "vol", "Incident : Vol.\n\nIncident : Vol. Ce matin."),
    ],
)
def test_the_text_of_a_ticket_begins_by_its_incident(body, incident, told):
    assert incidents.told(body, incident) == told
