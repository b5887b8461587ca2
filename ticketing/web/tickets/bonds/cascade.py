"""An outage that ends with what hangs on it: each ticket all or nothing, with a line of the report."""

from __future__ import annotations

from collections.abc import Iterable

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from charters.model import Actor
from ticketing.model import Bond
from ticketing.tickets.bonds import shown
from ticketing.tickets.bonds.shown import Bound
from ticketing.web.tickets import steps
from ticketing.web.tickets.listing import lots

_ATTACHED = "Il a été rattaché depuis que la page s’est affichée : lisez-le avant de le résoudre."


def own_open(actor: Actor, dependants: Iterable[Bound]) -> list[Bound]:
    """Return the attached tickets that are open and that the actor's side holds: it may resolve those."""
    side = actor.mandate.scope_id if actor.mandate else ""
    return [
        one for one in dependants if one.bond is Bond.CHILD and one.state.is_open and one.holder_organisation == side
    ]


def resolve(number: int, words: str, token: str, read: str) -> ResponseReturnValue:
    """Resolve with the same words what hangs on a ticket that was just resolved, and say what became of each.

    `read` holds the tickets that the page showed, « number:version » each: one that changed since, or that was attached
    since, stays open, with a line of the report. Those of other sides are not touched: their holders see on them that
    the incident is resolved.
    """
    slug = steps.SLUGS["resolve"]
    versions = {one.number: one.version for one in lots.picked(read.split())}
    followers = own_open(g.actor, shown.dependants(g.perimeter, number))
    picked = [lots.Picked(one.number, versions[one.number]) for one in followers if one.number in versions]
    verdicts = lots.take(g.actor, slug, {"texte": words}, picked, token, g.now)
    verdicts += [lots.Verdict(one.number, False, _ATTACHED) for one in followers if one.number not in versions]
    here = url_for("tickets.show", number=number)
    if all(one.done for one in verdicts):
        count = len(verdicts)
        more = f", avec {count} ticket{'s' if count > 1 else ''} rattaché{'s' if count > 1 else ''}" if count else ""
        flash(f"Le ticket est résolu{more}.", "success")
        return redirect(f"{here}#fait", 303)
    return render_template(
        "tickets/lists/report.html", step=steps.STEPS[slug], verdicts=verdicts, here=here, typed=words.strip()
    )
