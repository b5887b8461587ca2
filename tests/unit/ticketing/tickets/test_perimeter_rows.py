"""The rows of the perimeter and the gate's predicate give the same answer, for any ticket and any person."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charters.gate import SEES, reasons, sees
from charters.model import Actor, Mandate, Role
from charters.permissions import perimeter
from ticketing.perimeter_keys import scope_keys
from ticketing.tickets.pages import scope_of

PLACES = ("college-a", "college-b")
BODIES = ("departement-1", "departement-2", "academie-1", "academie-2")
PEOPLE = (1, 2, 3)

scopes_of_role = {
    "etablissement": st.sampled_from(PLACES),
    "departement": st.sampled_from(BODIES[:2]),
    "academie": st.sampled_from(BODIES[2:]),
}


@st.composite
def tickets(draw):
    """Draw a ticket's columns as the desk writes them: opener and role, whom it was shared with, its holders."""
    place = draw(st.sampled_from(PLACES))
    holder = draw(st.sampled_from((place, *BODIES)))
    opener, as_network = draw(st.sampled_from(PEOPLE)), draw(st.booleans())
    shared = draw(st.lists(st.sampled_from(PEOPLE), unique=True))
    persons = list(dict.fromkeys([*([opener] if as_network else []), *shared]))
    return SimpleNamespace(
        etablissement=place,
        academie=draw(st.sampled_from(BODIES[2:])),
        holder_organisation=holder,
        involved=list(dict.fromkeys([holder, *draw(st.lists(st.sampled_from(BODIES)))])),
        opened_by=opener,
        shared_with=[[account, ""] for account in shared],
        persons=persons,
        confidential=draw(st.booleans()),
        service="ent",
        account_service=draw(st.booleans()),
    )


@st.composite
def actors(draw):
    role = draw(st.sampled_from([*Role, None]))
    mandate = Mandate(1, role, draw(scopes_of_role[role.scope_kind]), date(2026, 1, 1)) if role else None
    return Actor(draw(st.sampled_from(PEOPLE)), "x", "X", False, mandate)


def rows(ticket):
    return scope_keys(
        etablissement=ticket.etablissement,
        holder=ticket.holder_organisation,
        involved=ticket.involved,
        confidential=ticket.confidential,
        persons=ticket.persons,
    )


@pytest.mark.slow
@settings(max_examples=2000, deadline=None)
@given(tickets(), actors())
def test_rows_and_predicate_say_the_same(ticket, actor):
    assert (perimeter(actor).key in rows(ticket)) is sees(actor, scope_of(ticket))


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(tickets(), actors())
def test_the_reasons_given_add_up_to_the_predicate(ticket, actor):
    groups = reasons(actor, scope_of(ticket))
    told = actor.mandate is not None and all(any(reason.holds for reason in group) for group in groups)
    assert told is sees(actor, scope_of(ticket))
    assert all(reason.text for group in groups for reason in group)


def test_every_role_has_its_conditions():
    assert set(SEES) == set(Role) and all(all(group for group in groups) and groups for groups in SEES.values())
