"""What a step on several tickets asks besides their text, on a page of its own: a colleague, a reason, a party."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, render_template

from ticketing import model
from ticketing.in_force import routing
from ticketing.tickets import desk, queries
from ticketing.web.pieces import fresh
from ticketing.web.tickets import forms, steps
from ticketing.web.tickets.listing.lots import Picked

#: Step of a list -> the fields that its page shows, and its button (« »: the choices are buttons themselves).
CHOICES = {
    "attribuer": ("assign", ""),
    "attente": ("hold", "Mettre en attente"),
    "transmettre": ("hand_on", ""),
}


def page(slug: str, tickets: Sequence[Picked], here: str, token: str, typed: str) -> str:
    """Return the page that asks for what the step needs; the tickets ticked and the text go along."""
    name, send = CHOICES[slug]
    numbers = [one.number for one in tickets]
    data: dict[str, Any] = {"hold_reasons": steps.HOLD_REASONS}
    if name == "assign":
        data = {"colleagues": _colleagues()}
    elif name == "hand_on":
        data = {"parties": _parties(numbers), "hand_on_reasons": steps.HAND_ON_REASONS}
    return render_template(
        "tickets/lists/choose.html",
        step=steps.STEPS[slug],
        tickets=tickets,
        here=here,
        token=token,
        send=send,
        nobody=name == "hand_on" and not data["parties"],
        fields=fresh("tickets/pieces.html", name, {"texte": typed}, {}, data),
    )


def _colleagues() -> list[forms.Choice]:
    """Return the colleagues of the reader's side who work tickets; the gate judges each ticket."""
    side = g.perimeter.side or ""
    names = {one.account: one.name for one in queries.colleagues(side, g.now)}
    return forms.loaded(names, side)


def _parties(numbers: Sequence[int]) -> list[tuple[str, str]]:
    """Return (party, name) of the parties to which every ticket of these can be handed on, as far as one sees them."""
    conventions, found = desk.router().conventions, None
    for etablissement, holder in queries.places_of(g.perimeter, numbers):
        there = {
            one.party: one.name for one in routing.parties(conventions, etablissement) if one.organisation != holder
        }
        if found is None:
            found = there
        found = {
            party: name if there[party] == name else model.PARTY_NAMES.get(party, name)
            for party, name in found.items()
            if party in there
        }
    return list((found or {}).items())
