"""What stands in place of « Page introuvable » for a person who may see the page in another way.

A link to what one sees under another of one's mandates offers the change (annexe 6, 2.2). An administrator is offered a
consultation with a reason (annexe 6, 3). For anybody else the answer is the same as for a page that does not exist.
"""

from __future__ import annotations

from flask import Response, current_app, g, make_response, render_template, request

from ticketing.oversight import consultation
from ticketing.web import frame, guards
from ticketing.web.guards import READS
from ticketing.web.mandates import trying


def elsewhere() -> Response | None:
    """Return the page (403) that offers the mandates under which the present address answers; None if there is none."""
    if request.method not in READS or request.endpoint is None or g.get("login") is None or g.login.unsigned:
        return None
    if guards.guard_of(current_app, request.endpoint) in (None, "public"):
        return None  # it answers alike under every mandate
    active = g.actor.mandate.id if g.actor.mandate else None
    path = request.full_path.rstrip("?")
    found = [one for one in g.mandates if one.id != active and trying.under(g.login, one, path)]
    if not found:
        return None
    page = render_template(
        "mandates/elsewhere.html",
        mandates=[frame.mandate_name(one) for one in found],
        active=frame.mandate_name(g.actor.mandate) if g.actor.mandate else None,
        back=path,
    )
    return make_response(page, 403)


def with_reason() -> int | None:
    """Return the number of the ticket of this address, if the actor reads it by giving a reason; else None."""
    number = (request.view_args or {}).get("number")
    if request.method not in READS or number is None or g.get("actor") is None:
        return None
    return int(number) if consultation.may_ask(g.actor, int(number), g.now) else None
