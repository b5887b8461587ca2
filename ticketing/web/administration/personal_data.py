"""Pages of the data held on a person: their export, legal holds, and the dates on which they are erased."""

from __future__ import annotations

from typing import IO, Any

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from charters.people import directory, legal_holds
from charters.permissions import Action
from ticketing.errors import Invalid, Refused
from ticketing.oversight import consultation
from ticketing.personal_data import export, purging, schedule
from ticketing.personal_data.column_labels import LABELS
from ticketing.personal_data.reach import DataSubject
from ticketing.personal_data.sections import SECTIONS
from ticketing.web.administration import personal_labels
from ticketing.web.confirming import fresh
from ticketing.web.guards import guard, requires
from ticketing.web.people import coverage

blueprint = Blueprint("personal_data", __name__)
guard(blueprint, Action.ADMINISTER_DATA)


# --- the reader's own data -----------------------------------------------------------------------------------------


@blueprint.get("/compte/donnees")
@requires("entering")
def own() -> ResponseReturnValue:
    """Show what the reader's export contains, and when each part will be erased."""
    fate = schedule.of_person(g.actor.account_id, _settings().account_months)
    return render_template(
        "administration/personal_data/own.html",
        fate=fate,
        sections=SECTIONS,
        limits=_limits(),
        words=bool(g.actor.mandate) and not g.login.unsigned,
    )


@blueprint.post("/compte/donnees")
@requires("entering")
@fresh
def take_own() -> ResponseReturnValue:
    """Return the reader's whole export as a ZIP; it omits the text of all tickets until the charters are signed."""
    perimeter = None if g.login.unsigned else g.perimeter
    return _zip(export.own(g.actor, perimeter, _page, g.now), g.actor.sigle)


# --- a person's data, for administrators ----------------------------------------------------------------------------


@blueprint.get("/administration/comptes/<int:account_id>/donnees")
@fresh
def person(account_id: int) -> ResponseReturnValue:
    """Show what is held on a person: export, legal hold, dates of erasure."""
    return _person(account_id)


@blueprint.post("/administration/comptes/<int:account_id>/donnees")
@fresh
def take(account_id: int) -> ResponseReturnValue:
    """Return all that is held on a person as a ZIP, for a reason."""
    found = directory.person(coverage.readable(), account_id, now=g.now)
    typed = {name: request.form.get(name, "") for name in ("reason", "words")}
    try:
        file = export.of(g.actor, account_id, export.ExportForm(typed["reason"], typed["words"]), _page, g.now)
    except Invalid as invalid:
        return _person(account_id, "export", typed, invalid.errors)
    return _zip(file, found.sigle)


@blueprint.post("/administration/comptes/<int:account_id>/conservation")
@fresh
def hold(account_id: int) -> ResponseReturnValue:
    """Put a person's data on legal hold: they are kept beyond their age limit."""
    reason = request.form.get("reason", "")
    try:
        schedule.hold_person(g.actor, coverage.readable(), account_id, reason, g.now)
    except Invalid as invalid:
        return _person(account_id, "hold", {"reason": reason}, invalid.errors)
    except Refused as refused:
        return _person(account_id, "hold", {"reason": reason}, {"reason": refused.sentence})
    flash("La conservation est demandée : rien de cette personne ne sera effacé avant qu’elle soit levée.", "success")
    return redirect(url_for("personal_data.person", account_id=account_id), 303)


def _person(
    account_id: int, form: str = "", typed: dict[str, str] | None = None, errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    page = render_template(
        "administration/personal_data/person.html",
        person=directory.person(coverage.readable(), account_id, now=g.now),
        fate=schedule.of_person(account_id, _settings().account_months),
        limits=_limits(),
        form=form,
        held=legal_holds.of(g.actor, account_id=account_id),
        typed=typed or {},
        errors=errors or {},
        reasons=list(consultation.REASONS.items()),
        words_max=consultation.WORDS_MAX,
        reason_max=legal_holds.REASON_MAX,
    )
    return page, 422 if errors else 200


# --- legal holds, and what is erased when ---------------------------------------------------------------------------


@blueprint.get("/administration/donnees")
@fresh
def index() -> ResponseReturnValue:
    """Show the schedule of erasure, what is erased next, and the legal holds. `?ticket=` fills in the form."""
    return _index({"number": request.args.get("ticket", "")[:20]}, {})


@blueprint.post("/administration/donnees/conservations")
@fresh
def hold_ticket() -> ResponseReturnValue:
    """Put a ticket on legal hold: it is kept beyond its age limit."""
    typed = {name: request.form.get(name, "") for name in ("number", "reason")}
    try:
        number = schedule.hold_ticket(g.actor, typed["number"], typed["reason"], g.now)
    except Invalid as invalid:
        return _index(typed, invalid.errors), 422
    except Refused as refused:
        return _index(typed, {"number": refused.sentence}), 422
    flash(
        f"La conservation du ticket n° {number} est demandée : il restera tel quel jusqu’à ce qu’elle soit levée.",
        "success",
    )
    return redirect(url_for("personal_data.index"), 303)


@blueprint.post("/administration/donnees/conservations/<int:hold_id>/lever")
@fresh
def lift(hold_id: int) -> ResponseReturnValue:
    """Lift a legal hold: the data follow their schedule of erasure again."""
    reason = request.form.get("reason", "")
    try:
        legal_holds.lift(hold_id, reason, actor=g.actor, now=g.now)
    except Invalid as invalid:
        return _index({}, {f"lift-{hold_id}": invalid.errors["reason"]}, {hold_id: reason}), 422
    except Refused as refused:
        flash(refused.sentence, "error")
    else:
        flash("La conservation est levée : ces données suivent de nouveau leur calendrier.", "success")
    return redirect(url_for("personal_data.index"), 303)


def _index(typed: dict[str, str], errors: dict[str, str], lifting: dict[int, str] | None = None) -> str:
    settings = _settings()
    return render_template(
        "administration/personal_data/index.html",
        typed=typed,
        errors=errors,
        lifting=lifting or {},
        limits=_limits(),
        due=purging.due(settings, g.now),
        tickets=schedule.tickets(g.actor, settings.ticket_months),
        people=schedule.people(coverage.readable(), settings.account_months),
        holds=legal_holds.of(g.actor),
        reason_max=legal_holds.REASON_MAX,
    )


def _settings() -> Any:
    return current_app.config["GUICHET"]


def _limits() -> dict[str, int]:
    settings = _settings()
    return {
        "tickets": settings.ticket_months,
        "accounts": settings.account_months,
        "mails": settings.mail_days,
        "journal": settings.journal_days,
    }


def _page(subject: DataSubject, sections: Any) -> str:
    return render_template(
        "administration/personal_data/export.html",
        subject=subject,
        sections=sections,
        labels=LABELS,
        now=g.now,
        shown=personal_labels.shown,
    )


def _zip(file: IO[bytes], sigle: str) -> Response:
    safe = "".join(letter for letter in sigle if letter.isascii() and (letter.isalnum() or letter in ".-_")) or "compte"
    name = f"donnees-{safe}-{g.now:%Y-%m-%d}.zip"
    response = send_file(file, mimetype="application/zip", as_attachment=True, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response
