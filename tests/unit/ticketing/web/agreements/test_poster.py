"""The poster says in words what the router answers; its tips, contacts and codes are those of the agreement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from matrix import Recorded, Request, Router, advice, load_conventions
from matrix.model import Citation
from ticketing.web import vocabulary
from ticketing.web.agreements import poster, poster_sources

HP, DS, BDR = "hautes-pyrenees-2015", "deux-sevres-2017", "bouches-du-rhone-2017"
SHIPPED = load_conventions()


@pytest.fixture(scope="module")
def conventions():
    return SHIPPED


def made(conventions, convention_id, place_id=None, recorded=(), day=None):
    convention = conventions[convention_id]
    place = convention.etablissements[place_id or next(iter(convention.etablissements))]
    return poster.poster(conventions, convention_id, place, recorded, day or convention.starts + timedelta(days=60))


def marks(one):
    return {
        (row.service, activity): mark
        for family in one.families
        for row in family.rows
        for activity, mark in zip(poster.COLUMNS, row.marks, strict=True)
    }


@pytest.mark.parametrize("convention_id", SHIPPED.ids)
def test_each_cell_says_what_a_ticket_without_facts_would_get(conventions, convention_id):
    convention = conventions[convention_id]
    day = convention.starts + timedelta(days=60)
    alone = conventions.with_conventions([convention])
    router = Router(alone)
    for place in list(convention.etablissements.values())[:3]:
        found = marks(poster.poster(alone, convention_id, place, (), day))
        assert found
        for (service, activity), mark in found.items():
            decision = router.route(
                Request(
                    etablissement=place.id,
                    service=service,
                    activity=activity,
                    opened_at=datetime(day.year, day.month, day.day, 10),
                )
            )
            if mark.kind == "party":
                assert (decision.status, decision.party) == ("routed", mark.parties[0])
            elif mark.kind in ("depends", "either"):
                assert decision.status == "needs_info" or decision.party in mark.parties, (service, activity)
                assert len(mark.parties) > 1 or mark.note
            else:
                assert (
                    decision.status
                    == {
                        "unknown": "to_qualify",
                        "none": "not_applicable",
                        "editor": "not_applicable",
                        "conflict": "conflict",
                        "arbitration": "arbitration",
                    }[mark.kind]
                )


def test_what_no_column_settles_is_named_once_at_the_desk(conventions):
    one = made(conventions, HP, "desaix-tarbes")
    shown = {service for service, _ in marks(one)}
    assert "communication-administrative" not in shown and "la messagerie de l’académie" in one.rest
    assert "ent" not in shown and "l’espace numérique de travail" in one.outside
    labels = [row.label for family in one.families for row in family.rows]
    assert len(labels) == len(set(labels))
    assert all(
        any(mark.kind not in ("unknown", "none") for mark in row.marks)
        for family in one.families
        for row in family.rows
    )


def test_a_cell_that_hangs_on_facts_has_its_cases_in_a_note_and_says_who_is_administrative(conventions):
    one = made(conventions, HP, "desaix-tarbes")
    mark = marks(one)["equipement-bureautique", "mco"]
    assert (mark.kind, mark.word) == ("depends", "Selon le cas") and set(mark.parties) == {
        "academie",
        "college",
        "departement",
    }
    note = one.notes[mark.note - 1]
    assert note.startswith("Académie si l’utilisateur est administratif ; Collège si ")
    assert note.endswith(" ; Département dans les autres cas.") and note.count("Département") == 1
    administrative = [line.id for line in conventions[HP].categories.values() if line.administrative]
    assert len(one.administrative.split(", ")) >= len(administrative) - 1
    assert vocabulary.USER_CATEGORIES["equipe-direction"].lower() in one.administrative
    assert len(one.notes) == len(set(one.notes))


def test_what_an_administrator_recorded_changes_the_poster(conventions):
    place = next(one for one in conventions[HP].etablissements.values() if one.cite_scolaire)
    day = date(2026, 11, 25)
    before = made(conventions, HP, place.id, day=day)
    passed = Recorded("transferred", HP, date(2026, 1, 1), place.id)
    after = made(conventions, HP, place.id, [passed], day=day)
    key = ("infrastructure-reseau", "mco")
    assert marks(before)[key].parties == ("departement",) and marks(after)[key].parties == ("region",)
    assert "peut passer à la Région" in before.warnings[0] and "a passé à la Région" in after.warnings[0]
    assert any(party.party == "region" for party in after.parties)
    assert marks(made(conventions, HP, place.id, [replace(passed, on=date(2027, 1, 1))], day=day)) == marks(before)
    product = conventions[HP].replaceables[0]
    gone = made(conventions, HP, place.id, [Recorded("replaced", HP, date(2026, 1, 1), product.product)], day=day)
    for service in product.services:
        mark = marks(gone).get((service, product.activity))
        assert mark is None or mark.kind == "unknown"
    assert any(product.label in warning for warning in gone.warnings)


def test_contacts_are_those_of_the_text_with_their_hours(conventions):
    one = made(conventions, DS)
    known = {(contact.party, contact.phone, advice.hours(contact)) for contact in conventions[DS].contacts}
    assert known == {(party.party, reach.phone, reach.hours) for party in one.parties for _, reach in party.contacts}
    assert one.reachable and not made(conventions, HP).reachable
    desks = [party.party for party in one.parties if party.desk]
    assert desks == [conventions[DS].desk] and [party.party for party in one.parties if party.here] == ["college"]


def test_delays_come_first_and_apart(conventions):
    one = made(conventions, BDR)
    delays = [tip for tip in conventions[BDR].guidance if tip.deadline_hours is not None]
    assert [tip.title for tip in one.urgent] == [tip.title for tip in delays] and delays
    assert {tip.due for tip in one.urgent} == {"48\u00a0h"}
    assert not [tip for tip in one.tips if tip.due]
    assert len(one.urgent) + len(one.tips) + one.more_tips == len(conventions[BDR].guidance)
    assert any("pendant le temps scolaire" in warning for warning in one.warnings)


def test_an_agreement_that_has_lapsed_says_so(conventions):
    assert made(conventions, BDR, day=date(2026, 11, 25)).standing == (
        "À compter du 15 septembre 2020 (dernier jour : 14 septembre 2020), sa durée étant achevée "
        "(article 11 du partenariat)."
    )
    assert made(conventions, HP, day=date(2026, 11, 25)).standing == ""


def test_codes_open_the_most_asked_services_or_the_one_named(conventions):
    found = poster.codes(conventions, HP, "desaix-tarbes", "", "https://guichet.exemple.fr")
    asked = [parse_qs(urlsplit(code.url).query) for code in found]
    assert [one.get("service") for one in asked] == [["equipement-bureautique"], ["raccordement-internet"], None]
    assert all(one["etablissement"] == ["desaix-tarbes"] for one in asked)
    assert all(code.url.startswith("https://guichet.exemple.fr/tickets/nouveau?") for code in found)
    one, other = poster.codes(conventions, HP, "desaix-tarbes", "vie-scolaire-prive", "https://guichet.exemple.fr")
    assert parse_qs(urlsplit(one.url).query)["service"] == ["vie-scolaire-prive"] and "service" not in other.url
    hostile = "a&service=b#<c>"
    assert parse_qs(urlsplit(poster.address("http://h", hostile)).query) == {"etablissement": [hostile]}


def test_places_of_the_text_are_told_shortly_and_once():
    def at(*refs):
        return poster_sources.cited([Citation("x", ref, "derived", "…") for ref in refs])

    assert at("II.2", "II.2", "I.4", "V") == "articles I.4, II.2 et V"
    assert at("4.10", "4.2") == "articles 4.2 et 4.10"
    assert at("annexe-2", "annexe-2-bis", "annexe-2-note-4", "annexe-2-note-1", "preambule") == (
        "annexes 2 et 2 bis ; notes 1 et 4 de l’annexe 2 ; préambule"
    )
    assert at("M5.4", "P3.1", "P3.2") == "article 5.4 de la convention tripartite ; articles 3.1 et 3.2 du partenariat"
    assert at("deliberation") == "délibération" and at() == ""
