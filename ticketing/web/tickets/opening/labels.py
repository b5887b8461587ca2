"""Labels to stick on things: a QR code that opens the ticket form with what is known of the thing already filled in."""

from __future__ import annotations

import segno
from flask import Blueprint, abort, current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from charters import gate
from charters.permissions import Action
from ticketing import model, urgency
from ticketing.model import clean_line
from ticketing.tickets import desk
from ticketing.web import frame, vocabulary
from ticketing.web.guards import guard
from ticketing.web.pieces import path_of
from ticketing.web.tickets import subjects

blueprint = Blueprint("labels", __name__)
guard(blueprint, Action.OPEN)

#: Field of the form -> the most characters of it.
FIELDS = {"asset": model.LINE_MAX, "tag": model.LINE_MAX, "room": model.ROOM_MAX}


@blueprint.get("/tickets/etiquette")
def show() -> ResponseReturnValue:
    """Show the form, and the label of the thing that its address names: `?service=…&asset=…&tag=…&room=…`."""
    if not gate.permits(g.actor, Action.OPEN).allowed:
        abort(404)
    place = str(g.actor.mandate.scope_id)
    groups = subjects.groups(desk.router().conventions, place, str(g.actor.role))
    labels = {service.id: service.label for group in groups for service in group.services}
    typed = {name: clean_line(request.args.get(name, "").replace("\x00", ""))[:most] for name, most in FIELDS.items()}
    service = request.args.get("service", "")
    wanted = service if service in labels else ""
    named = wanted and any(typed.values())
    address = _address(place, wanted, typed) if named else ""
    code = _code(address) if address else ""
    return render_template(
        "tickets/opening/label.html",
        typed={**typed, "service": wanted},
        services=[(group.label, [(one.id, one.label) for one in group.services]) for group in groups],
        asked=bool(request.args) and not named,
        too_long=bool(address) and not code,
        address=address,
        code=code,
        subject=labels.get(wanted, ""),
        place=frame.scope_name(place),
        limits=FIELDS,
        answer=vocabulary.ACTIVITY_ANSWERS[urgency.ASKED_ON],
    )


def _code(address: str) -> str:
    """Return the QR code of an address as an image; empty where it holds more than any code can."""
    try:
        return str(segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=2))
    except segno.DataOverflowError:
        return ""


def _address(place: str, service: str, typed: dict[str, str]) -> str:
    """Return the whole address of the form, filled in for a breakdown of the thing."""
    known = {name: text for name, text in typed.items() if text}
    path = path_of("opening.form", etablissement=place, service=service, activity=urgency.ASKED_ON, **known)
    return f"{current_app.config['GUICHET'].base_url.rstrip('/')}{path}"
