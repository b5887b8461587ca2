"""Pages of accounts, mandates and keys, and the suspension of a collectivité's access (VIII).

The académie administers; a département's référent reads its own people, and gets 403 on every act. To anyone else
these pages are answered as absent.
"""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters import gate
from charters.entry import identity, sessions
from charters.keys import keys
from charters.people import accounts, corrections, declarations, directory, legal_holds
from charters.permissions import Action
from matrix.uai import as_kept
from matrix.wording import of
from ticketing.errors import Invalid, Refused
from ticketing.web import guards
from ticketing.web.confirming import fresh_once_valid
from ticketing.web.frame import scope_name
from ticketing.web.guards import guard, requires
from ticketing.web.people import acts, choices, coverage

blueprint = Blueprint("people", __name__, url_prefix="/administration")
guard(blueprint, Action.SEE_STAFF)


@blueprint.get("/comptes")
def index() -> ResponseReturnValue:
    """List the people whom the actor may read, searched by word, a page at a time."""
    words = " ".join(request.args.get("q", "").split())[:100]
    page = directory.people(
        coverage.readable(),
        words=words,
        after=request.args.get("apres", "")[:40],
        before=request.args.get("avant", "")[:40],
        now=g.now,
    )
    may = _may()
    waiting = declarations.declarations_to_handle(coverage.readable()) if may["people"] else []
    return render_template(
        "people/index.html",
        page=page,
        words=words,
        may=may,
        declarations=waiting,
        corrections=corrections.asked(coverage.readable()) if may["people"] else [],
        movements=choices.MOVEMENT_NAMES,
    )


@blueprint.get("/comptes/nouveau")
@requires(Action.ADMINISTER_PEOPLE)
def new() -> ResponseReturnValue:
    """Show the form of a new account."""
    return _new_page({}, {})


@blueprint.post("/comptes")
@requires(Action.ADMINISTER_PEOPLE)
@fresh_once_valid
def create() -> ResponseReturnValue:
    """Create the account, or show the form again with each error at its field and what was typed."""
    typed = {name: request.form.get(name, "")[:500] for name in _FIELDS}
    typed["organisation"] = as_kept(typed["organisation"].strip())
    external = {"oui": True, "non": False}.get(request.form.get("external", ""))
    form = accounts.AccountForm(**typed, external=external)
    faults = {}
    if typed["organisation"] and typed["organisation"] not in coverage.covered().ids:
        faults["organisation"] = "Choisissez le rattachement dans la liste."
    try:
        if faults:
            raise Invalid(faults)
        made = accounts.create_account(form, actor=g.actor, now=g.now)
    except Invalid as invalid:
        return _new_page(typed | {"external": request.form.get("external", "")}, faults | invalid.errors)
    name = f"{form.first_name.strip()} {form.last_name.strip()}"
    flash(f"Le compte {of(name)} est créé. Donnez-lui un mandat, puis une clé.", "success")
    return redirect(url_for("people.show", account_id=made), 303)


_FIELDS = ("sigle", "last_name", "first_name", "company", "email", "function", "organisation", "ends_on")


def _new_page(typed: dict[str, str], errors: dict[str, str]) -> ResponseReturnValue:
    page = render_template("people/new.html", typed=typed, errors=errors, places=coverage.covered().groups)
    return page, 422 if errors else 200


@blueprint.get("/comptes/<int:account_id>")
def show(account_id: int) -> ResponseReturnValue:
    """Show a person."""
    return person_page(account_id)


@blueprint.post("/comptes/<int:account_id>/fin")
@fresh_once_valid
def end(account_id: int) -> ResponseReturnValue:
    """Record the end of a person's activity."""
    acts.on_person(account_id, Action.ADMINISTER_PEOPLE)
    if account_id == g.actor.account_id:
        return person_page(account_id, {"ends_on": "Vous ne pouvez pas mettre fin à votre propre activité."}, "fin")
    day = request.form.get("ends_on", "")
    try:
        accounts.end_account(account_id, day, actor=g.actor, now=g.now)
    except Invalid as invalid:
        return person_page(account_id, invalid.errors, "fin", {"ends_on": day})
    flash("La fin d’activité est enregistrée.", "success")
    return acts.back(account_id)


@blueprint.post("/comptes/<int:account_id>/reprise")
@fresh_once_valid
def resume(account_id: int) -> ResponseReturnValue:
    """Reopen the account of a person who is back."""
    acts.on_person(account_id, Action.ADMINISTER_PEOPLE)
    return acts.done(
        account_id,
        lambda: accounts.resume_account(account_id, actor=g.actor, now=g.now),
        "L’activité reprend. Donnez maintenant un mandat : aucun n’est revenu.",
    )


def person_page(
    account_id: int, errors: dict[str, str] | None = None, form: str = "", typed: dict[str, str] | None = None
) -> ResponseReturnValue:
    """Show the page of a person; `form` names the refused form, which shows its errors and what was typed again."""
    person = directory.person(coverage.readable(), account_id, now=g.now)
    may = _may()
    page = render_template(
        "people/show.html",
        person=person,
        may=may,
        errors=errors or {},
        form=form,
        typed=typed or {},
        today=guards.today(),
        sessions=sessions.sessions_of(account_id, now=g.now) if may["people"] else [],
        held=may["people"] and legal_holds.held(account_id),
        passwords=bool(current_app.config["GUICHET"].intranet),
        radius=bool(current_app.config["GUICHET"].radius_servers),
        roles=choices.ROLE_CHOICES,
        places=coverage.covered().groups if may["people"] else [],
    )
    return page, 422 if errors else 200


@blueprint.post("/comptes/<int:account_id>/sessions/<int:session_id>/fermer")
def close_session(account_id: int, session_id: int) -> ResponseReturnValue:
    """Close a session of a person."""
    acts.on_person(account_id, Action.ADMINISTER_PEOPLE)
    sessions.close_session(session_id, account_id, actor=g.actor, now=g.now)
    flash("La session est fermée.", "success")
    return acts.back(account_id)


@blueprint.post("/comptes/<int:account_id>/sessions/fermer")
def close_sessions(account_id: int) -> ResponseReturnValue:
    """Close all sessions of a person; of the actor, all but the current one."""
    acts.on_person(account_id, Action.ADMINISTER_PEOPLE)
    keep = g.login.session_id if account_id == g.actor.account_id else None
    sessions.close_sessions(account_id, actor=g.actor, keep=keep, now=g.now)
    flash("Les sessions sont fermées.", "success")
    return acts.back(account_id)


@blueprint.post("/comptes/<int:account_id>/identite")
@fresh_once_valid
def unbind(account_id: int) -> ResponseReturnValue:
    """Forget which identity of the académie opens an account; the next login by the académie binds it anew."""
    acts.on_person(account_id, Action.ADMINISTER_PEOPLE)
    identity.unbind(account_id, actor=g.actor, now=g.now)
    flash("L’identité académique est déliée, et les sessions de la personne sont fermées.", "success")
    return acts.back(account_id)


# --- mandates ---


@blueprint.post("/comptes/<int:account_id>/mandats")
@fresh_once_valid
def give_mandate(account_id: int) -> ResponseReturnValue:
    """Give a mandate; its scope must be of the kind that the role is given for."""
    acts.on_person(account_id, Action.ADMINISTER_PEOPLE)
    typed = {name: request.form.get(name, "")[:200] for name in ("role", "scope_id", "starts_on", "ends_on")}
    typed["scope_id"] = as_kept(typed["scope_id"].strip())
    faults = choices.mandate_faults(typed)
    try:
        if faults:
            raise Invalid(faults)
        accounts.add_mandate(account_id, **typed, actor=g.actor, now=g.now)
    except Invalid as invalid:
        named = {{"ends_on": "mandate_ends_on"}.get(field, field): text for field, text in invalid.errors.items()}
        return person_page(account_id, named, "mandat", typed)
    flash("Le mandat est enregistré.", "success")
    return acts.back(account_id)


@blueprint.post("/mandats/<int:mandate_id>/fin")
@fresh_once_valid
def end_mandate(mandate_id: int) -> ResponseReturnValue:
    """End a mandate on the day given."""
    account_id = directory.mandate_owner(coverage.readable(), mandate_id)
    guards.allow(Action.ADMINISTER_PEOPLE)
    try:
        accounts.end_mandate(mandate_id, request.form.get("ends_on", ""), actor=g.actor, now=g.now)
    except Invalid as invalid:
        flash(" ".join(invalid.errors.values()), "error")
        return acts.back(account_id)
    flash("La fin du mandat est enregistrée.", "success")
    return acts.back(account_id)


# --- keys ---


@blueprint.post("/comptes/<int:account_id>/cles")
@fresh_once_valid
def give_key(account_id: int) -> ResponseReturnValue:
    """Issue a key; only this answer shows its activation link."""
    acts.on_person(account_id, Action.ADMINISTER_KEYS)
    return acts.shown(account_id, lambda: keys.create_key(account_id, actor=g.actor, now=g.now)[1], link_page)


@blueprint.post("/cles/<int:key_id>/lien")
@fresh_once_valid
def new_link(key_id: int) -> ResponseReturnValue:
    """Make a new activation link in place of a lost or expired one."""
    account_id = acts.on_key(key_id, Action.ADMINISTER_KEYS)
    return acts.shown(account_id, lambda: keys.new_link(key_id, actor=g.actor, now=g.now), link_page)


@blueprint.post("/cles/<int:key_id>/<any(restituer, revoquer, perdue):step>")
@fresh_once_valid
def withdraw_key(key_id: int, step: str) -> ResponseReturnValue:
    """Record that a key came back, is revoked, or is lost (`step`)."""
    account_id = acts.on_key(key_id, Action.ADMINISTER_KEYS)
    try:
        if step == "restituer":
            keys.return_key(key_id, actor=g.actor, now=g.now)
        else:
            keys.revoke_key(key_id, lost=step == "perdue", actor=g.actor, now=g.now)
    except Refused as refused:
        flash(refused.sentence, "error")
        return acts.back(account_id)
    flash("La clé n’est plus en service : son secret est effacé et les sessions sont fermées.", "success")
    held = directory.person(coverage.readable(), account_id, now=g.now).keys
    if step == "restituer" and any(key.id == key_id and key.hardware and key.kind in ("totp", "hotp") for key in held):
        flash(_RETIRED, "info")
    if account_id == g.actor.account_id:
        return redirect("/connexion", 303)
    return acts.back(account_id)


_RETIRED = (
    "Cette clé matérielle ne se remet à personne d’autre : son secret, gravé dedans, ne peut pas être changé ici. "
    "Renvoyez-la au fournisseur s’il regrave ses clés, et importez alors le nouveau secret ; sinon, mettez-la au rebut."
)


@blueprint.post("/cles/<int:key_id>/deverrouiller")
@fresh_once_valid
def unlock_key(key_id: int) -> ResponseReturnValue:
    """Unlock a key after ten failures; for the académie only."""
    account_id = acts.on_key(key_id, Action.UNLOCK)
    return acts.done(account_id, lambda: keys.unlock_key(key_id, actor=g.actor, now=g.now), "La clé est déverrouillée.")


def link_page(account_id: int, token: str) -> ResponseReturnValue:
    """Show the activation link of a key just issued; it is shown only once, to be passed on to the key's holder."""
    person = directory.person(coverage.readable(), account_id, now=g.now)
    link = current_app.config["GUICHET"].base_url + url_for("access.key", token=token)
    key = next(key for key in person.keys if key.live)
    return render_template("people/link.html", person=person, link=link, purpose="key", key=key)


# --- collectivités ---


@blueprint.get("/collectivites")
@requires(Action.SUSPEND)
def organisations() -> ResponseReturnValue:
    """List the organisations that have people here, and whether the access of each is suspended."""
    return _organisations_page({}, {})


@blueprint.post("/collectivites/suspendre")
@requires(Action.SUSPEND)
@fresh_once_valid
def suspend() -> ResponseReturnValue:
    """Suspend a collectivité's access (VIII): its sessions end at once, its logins are refused."""
    typed = {name: request.form.get(name, "")[:500] for name in ("organisation", "reason")}
    known = {item.id for item in directory.organisations_with_people(coverage.readable())}
    faults = {}
    if typed["organisation"] not in known:
        faults["organisation"] = "Choisissez la collectivité dans la liste."
    elif typed["organisation"] == g.login.organisation:
        faults["organisation"] = "Vous ne pouvez pas suspendre votre propre organisation."
    try:
        if faults:
            raise Invalid(faults)
        people = accounts.suspend_organisation(typed["organisation"], typed["reason"], actor=g.actor, now=g.now)
    except Invalid as invalid:
        return _organisations_page(invalid.errors, typed)
    except Refused as refused:
        return _organisations_page({"organisation": refused.sentence}, typed)
    flash(
        f"Accès suspendu : {scope_name(typed['organisation'])}. {people} compte{'s' if people > 1 else ''} concerné"
        f"{'s' if people > 1 else ''}.",
        "success",
    )
    return redirect(url_for("people.organisations"), 303)


@blueprint.post("/collectivites/retablir")
@requires(Action.SUSPEND)
@fresh_once_valid
def restore() -> ResponseReturnValue:
    """Lift the suspension of a collectivité's access."""
    organisation = request.form.get("organisation", "")[:200]
    if organisation not in {item.id for item in directory.organisations_with_people(coverage.readable())}:
        abort(404)
    accounts.restore_organisation(organisation, actor=g.actor, now=g.now)
    flash(f"Accès rétabli : {scope_name(organisation)}. Chacun doit se reconnecter.", "success")
    return redirect(url_for("people.organisations"), 303)


def _organisations_page(errors: dict[str, str], typed: dict[str, str]) -> ResponseReturnValue:
    lines = directory.organisations_with_people(coverage.readable())
    open_ones = [line.id for line in lines if line.suspended_at is None and line.id != g.login.organisation]
    choices = [(key, scope_name(key)) for key in open_ones]
    page = render_template(
        "people/organisations.html",
        lines=[asdict(line) | {"name": scope_name(line.id)} for line in lines],
        choices=sorted(choices, key=lambda item: item[1]),
        errors=errors,
        typed=typed,
    )
    return page, 422 if errors else 200


# --- what the reader may do ---


def _may() -> dict[str, bool]:
    """Return which acts the page offers to its reader; each act is checked again when it is sent."""
    wanted = {
        "people": Action.ADMINISTER_PEOPLE,
        "issue": Action.ADMINISTER_KEYS,
        "unlock": Action.UNLOCK,
        "suspend": Action.SUSPEND,
    }
    return {name: gate.permits(g.actor, action).allowed for name, action in wanted.items()}
