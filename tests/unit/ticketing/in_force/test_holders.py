"""Who holds a ticket, runs the desk and may be handed it, where an agreement has several bodies of each party."""

from types import SimpleNamespace

import pytest
from harness.places import ROOT

from charters.model import Role
from matrix import Router, load_conventions
from ticketing.in_force import routing
from ticketing.interruptions import affected
from ticketing.mail import outbox

CONVENTIONS = load_conventions(ROOT / "tests" / "cases" / "accords")
GV = "grand-val-2026"


def test_the_desk_is_that_of_the_agreement_and_the_academie_the_etablissement_s_own():
    desk = routing.desk(CONVENTIONS, "pre-orsel", GV)
    assert (desk.party, desk.role, desk.organisation) == ("metropole", "CL", "metropole-grand-val")
    found = {name: CONVENTIONS.academie(name) for name in ("pre-orsel", "roche-pont-noir")}
    assert found == {"pre-orsel": "academie-aval", "roche-pont-noir": "academie-amont"}


@pytest.mark.parametrize(
    ("place", "holders"),
    [
        ("ecole-tilleuls-orsel", {"academie-aval", "metropole-grand-val", "commune-orsel", "gip-val-numerique"}),
        ("roche-pont-noir", {"academie-amont", "metropole-grand-val", "departement-noirmont"}),
        ("jean-vilar-orsel", {"academie-aval", "metropole-grand-val", "region-trois-vals", "gip-val-numerique"}),
    ],
)
def test_a_ticket_is_handed_to_the_bodies_of_its_own_etablissement_alone(monkeypatch, place, holders):
    monkeypatch.setattr(routing, "router", lambda: SimpleNamespace(recorded=()))
    found = {one.organisation for one in routing.parties(CONVENTIONS, place)}
    assert found - {place} - {"gip-val-numerique"} == holders - {"gip-val-numerique"} and place in found


def test_every_body_has_its_name():
    told = {
        name: routing.side_name(CONVENTIONS, name)
        for name in ("commune-orsel", "departement-noirmont", "academie-amont")
    }
    assert told == {
        "commune-orsel": "Ville d’Orsel",
        "departement-noirmont": "Département du Noirmont",
        "academie-amont": "Académie d’Amont",
    }


def test_a_desk_that_is_no_academie_is_written_to_by_its_own_technicians():
    ticket = {
        "opened_by": 1, "assignee_id": None, "etablissement": "pre-orsel", "confidential": False,
        "holder_organisation": "metropole-grand-val", "academie": "academie-aval",
    }  # fmt: skip
    told = outbox.recipients_of(SimpleNamespace(ticket=ticket, kind="handed_on", author_id=None, by_holder=False))
    assert told.scope == "metropole-grand-val"
    assert set(told.roles) == {Role.TECH_DEPARTEMENT.value, Role.REFERENT.value}


def test_an_interruption_may_be_of_any_party_of_the_academie_s_agreements():
    found = dict(affected.parties(Router(CONVENTIONS), "academie-aval"))
    assert found["metropole"] == "La Métropole du Grand-Val" and "gip" not in found  # until a transfer is recorded
    assert {"academie", "commune", "departement", "region", "college", "ecole", "lycee"} <= found.keys()
    assert affected.parties(Router(CONVENTIONS), "academie-ailleurs") == ()
