"""Test that what the terms of agreements bring soon is shown to those who administer them, and to nobody else."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest
from harness.http import post

from matrix import load_conventions, terms
from ticketing.amending import overview
from ticketing.in_force import routing

HP = "hautes-pyrenees-2015"
CARDS = "/administration/accords"


def text_of(response) -> str:
    """Return the visible text of a page, on a line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))).split())


@pytest.fixture
def on(monkeypatch):
    """Return a function: `on(day)` sets the day on which the pages of agreements are read."""
    return lambda day: monkeypatch.setattr(overview, "today", lambda now: day)


@pytest.mark.parametrize("page", [CARDS, "/administration", "/chiffres"])
def test_a_renewal_and_its_notice_are_told_a_year_ahead(client_as, on, page):
    client = client_as("a.admin")
    on(date(2026, 9, 1))
    shown = text_of(client.get(page))
    assert "Se renouvelle le 1er septembre 2027 par tacite reconduction (article V)" in shown
    assert "au plus tard le 28 février 2027" in shown and "(article VI)" in shown
    on(date(2026, 8, 1))
    assert "Se renouvelle le 1er septembre 2027" not in text_of(client.get(page))


def test_only_who_administers_agreements_is_told(client_as, on):
    on(date(2026, 9, 1))
    for sigle in ("c11.chef", "d1.ref"):
        assert "Se renouvelle" not in text_of(client_as(sigle).get("/chiffres"))


def test_only_the_academie_s_own_agreements_are_told(client_as, on):
    """In August 2026 the Deux-Sèvres agreement renews soon; the académie de Toulouse, no party to it, is not told."""
    ds = load_conventions()["deux-sevres-2017"]
    on(date(2026, 8, 1))
    assert terms.alerts(ds, date(2026, 8, 1))
    for page in (CARDS, "/administration", "/chiffres"):
        assert "Deux-Sèvres" not in text_of(client_as("a.admin").get(page))


def test_a_recorded_end_takes_the_alert_away(client_as, on):
    client = client_as("a.admin")
    on(date(2026, 9, 1))
    assert post(client, CARDS, {"convention": HP, "fact": "end:", "on": "2026-10-01"}).status_code == 303
    shown = text_of(client.get(CARDS))
    assert "Se renouvelle le 1er septembre 2027" not in shown
    assert "N’est plus en vigueur à compter du 1er octobre 2026 (dernier jour : 30 septembre 2026)" in shown
    on(date(2026, 10, 1))
    told = "N’est plus en vigueur À compter du 1er octobre 2026 (dernier jour : 30 septembre 2026)"
    assert f"{told} : sa fin est enregistrée." in text_of(client.get(CARDS))


def test_the_card_unfolds_the_clauses_on_duration_change_and_end(client_as):
    page = text_of(client_as("a.admin").get(CARDS))
    signed = load_conventions()[HP].terms
    for clause in (signed.duration, signed.renewal, signed.notice, signed.modification, signed.termination):
        assert clause.quote in page
    assert "Préavis et résiliation : article VI" in page
    assert "Modification des annexes : article VII" in page


def test_the_home_pages_ask_nothing_of_the_database_for_it(client_as, queries_of, on, monkeypatch):
    monkeypatch.setattr(routing, "FRESH_FOR", 3600.0)
    client = client_as("a.admin")
    counted = []
    for day in (date(2026, 8, 1), date(2026, 9, 1)):
        on(day)
        client.get("/administration")
        with queries_of() as seen:
            client.get("/administration")
        counted.append(len(seen))
    assert counted[0] == counted[1]
