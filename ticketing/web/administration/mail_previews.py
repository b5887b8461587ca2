"""Pages that show the words of each mail with the data of a real ticket: subject, plain text and HTML part.

The HTML part stands in a frame without scripts, whose page lets styles in and nothing else.
"""

from __future__ import annotations

from flask import Blueprint, abort, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from ticketing.errors import Invalid
from ticketing.mail import outbox
from ticketing.oversight import mail_previews
from ticketing.web.guards import guard
from ticketing.web.notices import html_part

blueprint = Blueprint("mail_previews", __name__, url_prefix="/administration/courriels/modeles")
guard(blueprint, Action.ADMINISTER_PEOPLE)

#: Notice -> what the page calls it.
KINDS = {
    "opened": "Ticket ouvert",
    "received": "Demande arrivée par courriel",
    "specified": "Sujet précisé",
    "taken": "Ticket pris en charge",
    "answered": "Commentaire",
    "question": "Question au demandeur",
    "handed_on": "Ticket transmis",
    "contested": "Transmission contestée",
    "refereed": "Avis sur une contestation",
    "ruled": "Contestation tranchée",
    "unsettled": "Contestation non tranchée",
    "decision": "Faits corrigés, décision refaite",
    "rerouted": "Accord précisé, décision refaite",
    "assigned": "Ticket attribué",
    "released": "Ticket de retour dans la file",
    "resolved": "Ticket résolu",
    "added": "Courriel sur un ticket résolu",
    "reopened": "Ticket rouvert",
    "closed": "Ticket clos",
    "visit": "Intervention prévue",
    "visit_off": "Intervention annulée",
    "reminded": "Question rappelée au demandeur",
    "unanswered": "Ticket clos faute de réponse",
    "alerted": "Référent prévenu d’un retard ou d’un silence",
    "amended": "Demande modifiée",
    "adjusted": "Lieu ou urgence corrigés",
    "withdrawn": "Demande retirée",
    "duplicate": "Ticket déclaré doublon",
    "restored": "Doublon rouvert",
    "attached": "Ticket rattaché à un incident",
    "mentioned": "Personne nommée dans un commentaire",
    "noted": "Personne nommée dans une note interne",
}
READERS = {
    outbox.REQUESTER: "le demandeur",
    outbox.FOLLOWER: "ceux qui ont dit « moi aussi »",
    outbox.OTHER: "les autres personnes qui suivent le ticket",
}


@blueprint.get("")
def index() -> ResponseReturnValue:
    """Show a mail: `?courriel=` its kind, `?ticket=` a number (else the latest ticket's), `?lecteur=` its reader."""
    latest = mail_previews.latest(g.perimeter)
    kind, number, reader = typed = _typed(str(latest[0][0]) if latest else "")
    shown, errors, status = None, {}, 200
    if number:
        try:
            shown = mail_previews.preview(g.actor, g.perimeter, typed)
        except Invalid as invalid:
            errors, status = dict(invalid.errors), 422
    g.frames = shown is not None
    page = render_template(
        "administration/mail_previews.html",
        kinds=list(KINDS.items()),
        readers=list(READERS.items()),
        typed={"kind": kind, "number": number, "reader": reader},
        latest=latest,
        errors=errors,
        mail=shown,
        part=url_for("mail_previews.part", courriel=kind, ticket=number, lecteur=reader),
    )
    return page, status


@blueprint.get("/html")
def part() -> ResponseReturnValue:
    """Return the HTML part alone, for the frame of the page; a ticket outside the perimeter is answered 404."""
    try:
        shown = mail_previews.preview(g.actor, g.perimeter, _typed())
    except Invalid:
        abort(404)
    return html_part(shown.written.html)


def _typed(ticket: str = "") -> tuple[str, str, str]:
    """Return what the address asks: kind, number and reader; `ticket` is the number where the address has none."""
    given = request.args
    return (
        given.get("courriel", "question")[:20],
        given.get("ticket", "").strip()[:20] or ticket,
        given.get("lecteur", outbox.REQUESTER)[:20],
    )
