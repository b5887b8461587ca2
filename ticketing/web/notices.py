"""Pages of a person's notices: those of tickets, how to be written to, and the demonstration's mails."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ticketing import model
from ticketing.correspondence import clearing, places, taking_in
from ticketing.errors import Invalid
from ticketing.mail import composing, inbox, kinds, preferences, rendering
from ticketing.mail.kinds import Wish
from ticketing.settings import desk_settings
from ticketing.tickets import queries
from ticketing.web.guards import guard

#: Styles stand in the tags of a mail; a page of ours may frame it.
CSP_OF_MAILS = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'self'; sandbox"

blueprint = Blueprint("notices", __name__)
guard(blueprint, "member")

WAYS = (
    (kinds.NOW, "Aussitôt"),
    (kinds.DIGEST, "Résumé du jour"),
    (kinds.NONE, "Sans courriel"),
)
#: What a mail made -> the words of the page, in the demonstration; then what became of one that made nothing.
DONE = {
    "opened": "Il ouvre un ticket",
    "comment": "Il s’ajoute au ticket comme un message",
    "answer": "C’est une réponse, et le ticket avance",
    "confirmed": "Il confirme la résolution",
}
NOT_DONE = {"ignored": "Il reste sans suite", "quarantined": "L’académie doit d’abord le regarder"}
HOURS = tuple((hour, f"{hour} h") for hour in range(24))


@blueprint.get("/avis")
def latest() -> str:
    """List the latest notices of the reader, on tickets that the active mandate sees, newest first."""
    before = request.args.get("avant", "")
    start = int(before) if before.isascii() and before.isdigit() and model.may_be_number(int(before)) else 0
    shown = inbox.listed(g.perimeter, g.actor, start)
    return render_template(
        "notices/latest.html",
        notices=shown,
        older=shown[-1].id if len(shown) == inbox.SHOWN else None,
        newest=bool(start),
    )


@blueprint.post("/avis/lus")
def read_all() -> ResponseReturnValue:
    """Mark all notices of the reader as read."""
    inbox.read(g.actor, g.now)
    flash("Tous vos avis sont marqués comme lus.", "success")
    return redirect(url_for("notices.latest"), 303)


@blueprint.post("/avis/tickets/<int:number>")
def open_ticket(number: int) -> ResponseReturnValue:
    """Mark the reader's notices of a ticket as read, and lead to it; its page says whether the reader sees it."""
    if not model.may_be_number(number):
        abort(404)
    inbox.read(g.actor, g.now, number)
    return redirect(url_for("tickets.show", number=number), 303)


@blueprint.get("/compte/avis")
def choices() -> str:
    """Show how the reader is written to, and what a text makes compulsory, with its clause."""
    return render_template(
        "notices/choices.html",
        wish=preferences.wish(g.actor.account_id),
        kinds=[kind for kind in kinds.KINDS if not kind.compulsory],
        compulsory=[kind for kind in kinds.KINDS if kind.compulsory],
        letters=kinds.LETTERS,
        ways=WAYS,
        hours=HOURS,
    )


@blueprint.post("/compte/avis")
def choose() -> ResponseReturnValue:
    """Keep how the reader wishes to be written to; an answer that the form does not offer changes nothing."""
    preferences.save(g.actor, _typed(), g.now)
    flash("Vos choix sont enregistrés. Ils valent dès maintenant, aussi pour ce qui attend.", "success")
    return redirect(url_for("notices.choices"), 303)


def _typed() -> Wish:
    quiet = (_hour("quiet_from"), _hour("quiet_until")) if request.form.get("quiet") else (None, None)
    hour = _hour("digest_hour")
    return preferences.read(
        {kind.id: request.form.get(kind.id, "") for kind in kinds.KINDS},
        kinds.DIGEST_HOUR if hour is None else hour,
        quiet,
        grouped=bool(request.form.get("grouped")),
    )


def _hour(name: str) -> int | None:
    typed = request.form.get(name, "")
    return int(typed) if typed in {str(hour) for hour, _ in HOURS} else None


@blueprint.route("/avis/courriels/<int:mail_id>", methods=("GET", "POST"))
def place(mail_id: int) -> ResponseReturnValue:
    """Ask the reader of which établissement a mail of the reader's own is, and have it taken in once that is said."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            places.chosen(g.actor, g.actor.account_id, mail_id, request.form.get("place", "")[:4], g.now)
        except Invalid as error:
            errors = error.errors
        else:
            outcome = taking_in.take_in(mail_id, g.now)
            if outcome is None or outcome.ticket is None:
                flash("C’est noté. Votre courriel sera traité dans la minute.", "success")
                return redirect(url_for("notices.latest"), 303)
            flash(f"C’est noté. Votre courriel a ouvert le ticket n° {outcome.ticket}.", "success")
            return redirect(url_for("tickets.show", number=outcome.ticket), 303)
    row, choices = places.wanting(g.actor.account_id, mail_id, g.now)
    options = [(one.mark, one.label) for one in choices]
    shown = render_template("notices/place.html", mail=row, options=options, errors=errors)
    return (shown, 422) if errors else shown


@blueprint.route("/avis/courriels/<int:mail_id>/eleves", methods=("GET", "POST"))
def leaving(mail_id: int) -> ResponseReturnValue:
    """Ask the reader whether a mail of the reader's own, which seems to carry pupils' data, may leave."""
    row = clearing.wanting(g.actor.account_id, mail_id)
    match request.form.get("choix", ""):
        case "part":
            clearing.leave(g.actor, mail_id, g.now, clearing.own(g.actor))
            outcome = taking_in.take_in(mail_id, g.now)
            if outcome is not None and outcome.ticket is not None:
                flash(f"Votre courriel est parti : ticket n° {outcome.ticket}.", "success")
                return redirect(url_for("tickets.show", number=outcome.ticket), 303)
            flash("Votre courriel part dans la minute.", "success")
        case "reste":
            clearing.withhold(g.actor, mail_id, g.now)
            flash(
                "Votre courriel est retenu : aucune partie ne le lira. Écrivez de nouveau sans ces données.", "success"
            )
        case _:
            return render_template("notices/pupils.html", mail=row)
    return redirect(url_for("notices.latest"), 303)


@blueprint.get("/courriels")
def index() -> str:
    """List the latest mails, newest first; abort with 404 outside demonstration mode, where mails are really sent."""
    if not current_app.config["GUICHET"].demo:
        abort(404)
    from ticketing.demo import mailing

    settings = desk_settings()
    notices = [
        mailing.Shown(
            row.created_at,
            composing.subject_of(row, settings.mail_key),
            rendering.notice(row, row.data, settings).text,
            bool(row.sent_at),
            str(row.id),
            row.ticket_id,
        )
        for row in queries.notices(g.perimeter, g.actor, mailing.SHOWN)
    ]
    mails = [*notices, *mailing.letters(g.actor, current_app.config["GUICHET"].data_dir)]
    mails.sort(key=lambda one: one.at, reverse=True)
    return render_template("notices/index.html", mails=mails[: mailing.SHOWN])


@blueprint.get("/courriels/<int:notice>")
def show(notice: int) -> ResponseReturnValue:
    """Show the HTML part of one of the reader's own mails, in demonstration mode, as a mail program would."""
    shown = queries.notices(g.perimeter, g.actor, only=notice) if current_app.config["GUICHET"].demo else ()
    for row in shown:
        return html_part(rendering.notice(row, row.data, desk_settings()).html)
    abort(404)


def html_part(html: str) -> Response:
    """Return the HTML part of a mail as a page in which nothing runs and nothing is fetched."""
    answer = Response(html, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = CSP_OF_MAILS
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@blueprint.context_processor
def _writing() -> dict[str, Any]:
    """Give the form that writes to the desk what it shows: the mails that may be answered, and what was typed."""
    if not current_app.config["GUICHET"].demo or g.get("perimeter") is None:
        return {}
    from ticketing.demo import mailing

    answered = request.args.get("repondre", "")[:20]
    return {
        "answerable": mailing.answerable(g.perimeter, g.actor),
        "typed": {"to": answered} if answered else {},
        "errors": {},
        **g.get("written", {}),
    }


@blueprint.post("/courriels")
def write() -> ResponseReturnValue:
    """Send a mail to the desk from the person's own address, in the demonstration only, and say what became of it."""
    if not current_app.config["GUICHET"].demo:
        abort(404)
    from ticketing.demo import mailing

    typed = {name: request.form.get(name, "") for name in ("to", "subject", "text")}
    try:
        outcome = mailing.send(g.perimeter, g.actor, typed, g.now)
    except Invalid as error:
        g.written = {"typed": typed, "errors": error.errors}
        return index(), 422
    if outcome is None or outcome.state in ("received", "parsed"):
        flash("Votre courriel est reçu ; il sera traité dans la minute.", "success")
    else:
        about = f" (ticket n° {outcome.ticket})" if outcome.ticket and outcome.state == "applied" else ""
        done = DONE.get(outcome.kind, "Il est traité") if outcome.state == "applied" else NOT_DONE[outcome.state]
        why = f" {outcome.reason}" if outcome.reason else ""
        flash(f"Votre courriel est arrivé. {done}{about}.{why}", "success" if outcome.state == "applied" else "info")
    return redirect(url_for("notices.index"), 303)
