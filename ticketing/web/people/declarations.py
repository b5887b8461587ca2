"""Pages of movements of staff: a chef or a référent declares them, an administrator handles them in one click.

Handling a declaration makes an account or a mandate, ends an activity, or only ticks it off.

The académie alone makes and ends accounts: a declaration by itself changes no access, and its page says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.model import ScopeKind
from charters.people import accounts as charter_accounts
from charters.people import declarations, directory, movements
from charters.permissions import Action
from ticketing.errors import Invalid, Refused
from ticketing.web.confirming import fresh_once_valid
from ticketing.web.frame import scope_name
from ticketing.web.guards import LARGEST_ID, guard, requires
from ticketing.web.people import acts, choices, coverage

blueprint = Blueprint("declarations", __name__)
guard(blueprint, Action.DECLARE_STAFF)

HINTS = {
    declarations.Movement.ARRIVAL: "La personne prend ses fonctions ici.",
    declarations.Movement.DEPARTURE: "La personne quitte ses fonctions ici.",
    declarations.Movement.CHANGE: "La personne reste, avec une autre fonction.",
}
_FIELDS = ("movement", "last_name", "first_name", "function", "on", "words")


@blueprint.get("/mouvements")
def index() -> ResponseReturnValue:
    """List the movements declared in the mandate's perimeter, with the form; for an administrator, those to handle."""
    if not declarations.may_declare(g.actor):
        return redirect(url_for("people.index"), 303)
    return _page({}, {})


@blueprint.post("/mouvements")
def declare() -> ResponseReturnValue:
    """Declare a movement, or show the form again with each error at its field and what was typed."""
    if not declarations.may_declare(g.actor):
        abort(403)
    typed = {name: request.form.get(name, "")[:2000] for name in _FIELDS}
    try:
        declarations.declare(declarations.DeclarationForm(**typed), actor=g.actor, now=g.now)
    except Invalid as invalid:
        return _page(typed, invalid.errors)
    flash("Le mouvement est déclaré : l’académie va le traiter.", "success")
    return redirect(url_for("declarations.index"), 303)


@blueprint.post("/administration/mouvements")
@requires(Action.ADMINISTER_PEOPLE)
def handle() -> ResponseReturnValue:
    """Tick a declaration off."""
    declared = request.form.get("declaration", type=int)
    if declared is None or not 0 < declared <= LARGEST_ID:
        abort(404)
    try:
        declarations.handle(coverage.readable(), declared, actor=g.actor, now=g.now)
        flash("La déclaration est traitée.", "success")
    except Refused as refused:
        flash(refused.sentence, "error")
    return redirect(url_for("people.index"), 303)


# --- one click, from the declaration to the account, the mandate or the end of activity ---


@blueprint.get("/administration/mouvements/<int:declaration_id>")
@requires(Action.ADMINISTER_PEOPLE)
def show(declaration_id: int) -> ResponseReturnValue:
    """Show a declaration, and the form that does what it asks for, filled in from it."""
    return _handling_page(declaration_id, None, {})


@blueprint.post("/administration/mouvements/<int:declaration_id>")
@requires(Action.ADMINISTER_PEOPLE)
@fresh_once_valid
def act(declaration_id: int) -> ResponseReturnValue:
    """Do what the declaration asks for and tick it off, in one transaction."""
    scopes = coverage.readable()
    try:
        declared = declarations.waiting(scopes, declaration_id)
        account_id = _ACTS[declared.movement](declared, scopes)
    except Invalid as invalid:
        # A mandate's errors are shown at its role, since its days are the declaration's.
        named = {"role" if field == "starts_on" else field: text for field, text in invalid.errors.items()}
        return _handling_page(declaration_id, request.form, named)
    except Refused as refused:
        flash(refused.sentence, "error")
        return redirect(url_for("people.index"), 303)
    return acts.back(account_id)


def _arrive(declared: declarations.DeclarationView, scopes: Collection[str] | None) -> int:
    role = request.form.get("role", "")[:40]
    faults = choices.role_faults(role, declared.scope)
    account_id = _chosen(declared, scopes) if request.form.get("account", "nouveau") != "nouveau" else 0
    if account_id:
        if faults:
            raise Invalid(faults)
        movements.join(scopes, declared.id, account_id, role, actor=g.actor, now=g.now)
        flash("Le mandat est enregistré, et la déclaration traitée.", "success")
        return account_id
    form = charter_accounts.AccountForm(
        **{name: request.form.get(name, "")[:500] for name in _ACCOUNT},
        organisation=declared.scope,
        external={"oui": True, "non": False}.get(request.form.get("external", "")),
    )
    if faults:
        raise Invalid(faults)
    made = movements.arrive(scopes, declared.id, form, role, actor=g.actor, now=g.now)
    flash("Le compte et le mandat sont créés, et la déclaration traitée. Remettez maintenant une clé.", "success")
    return made


def _depart(declared: declarations.DeclarationView, scopes: Collection[str] | None) -> int:
    account_id, whole = _chosen(declared, scopes), request.form.get("extent") == "activite"
    movements.depart(scopes, declared.id, account_id, whole=whole, actor=g.actor, now=g.now)
    flash("La fin est enregistrée, et la déclaration traitée.", "success")
    if directory.keys_held(account_id):
        flash("Cette personne a une clé : si elle ne sert plus, reprenez-la (annexe 6, article 2.2).", "warning")
    return account_id


def _change(declared: declarations.DeclarationView, scopes: Collection[str] | None) -> int:
    account_id, role = _chosen(declared, scopes), request.form.get("role", "")[:40]
    if role and (faults := choices.role_faults(role, declared.scope)):
        raise Invalid(faults)
    movements.change(
        scopes, declared.id, account_id, request.form.get("function", "")[:500], role, actor=g.actor, now=g.now
    )
    flash("Le changement est enregistré, et la déclaration traitée.", "success")
    return account_id


_ACTS = {
    declarations.Movement.ARRIVAL: _arrive,
    declarations.Movement.DEPARTURE: _depart,
    declarations.Movement.CHANGE: _change,
}
_ACCOUNT = ("sigle", "last_name", "first_name", "company", "email", "function", "ends_on")


def _chosen(declared: declarations.DeclarationView, scopes: Collection[str] | None) -> int:
    """Return the account id of the person chosen, among those whom the declaration may be about."""
    typed = request.form.get("account", "")
    known = {str(one.id): one.id for one in movements.candidates(scopes, declared, now=g.now)}
    if typed not in known:
        raise Invalid({"account": "Choisissez la personne dans la liste."})
    return known[typed]


def _handling_page(declaration_id: int, typed: Mapping[str, str] | None, errors: dict[str, str]) -> ResponseReturnValue:
    scopes = coverage.readable()
    try:
        declared = declarations.waiting(scopes, declaration_id)
    except Refused as refused:
        flash(refused.sentence, "error")
        return redirect(url_for("people.index"), 303)
    found = movements.candidates(scopes, declared, now=g.now)
    kind = choices.kind_of(declared.scope)
    page = render_template(
        "people/movement.html",
        declared=declared,
        movement=choices.MOVEMENT_NAMES[declared.movement],
        place=scope_name(declared.scope),
        candidates=found,
        typed=typed or _filled(declared, kind, found),
        errors=errors,
        roles=[line for line in choices.ROLE_CHOICES if line[0] == _GROUPS[kind]],
    )
    return page, 422 if errors else 200


_GROUPS = {"etablissement": "Établissement", "departement": "Collectivité ou partenaire", "academie": "Académie"}


def _filled(
    declared: declarations.DeclarationView, kind: ScopeKind, found: list[movements.Candidate]
) -> dict[str, str]:
    """Return the fields of the form, filled in from the declaration."""
    named = next((one for one in found if one.named), None)
    arrival = declared.movement is declarations.Movement.ARRIVAL
    filled = {
        "account": str(named.id) if named else "nouveau" if arrival else "",
        "function": declared.function,
        "role": movements.guessed_role(declared.function, kind),
        "extent": "mandat",
    }
    if named and named.only_here:
        filled["extent"] = "activite"
    if named and not arrival and filled["role"] in named.roles:
        filled["role"] = ""
    if arrival:
        filled |= {
            "first_name": declared.first_name,
            "last_name": declared.last_name,
            "company": scope_name(declared.scope),
            "sigle": movements.suggested_sigle(declared.first_name, declared.last_name),
            "external": "oui" if kind == "departement" else "non",
        }
    return filled


def _page(typed: dict[str, str], errors: dict[str, str]) -> ResponseReturnValue:
    page = render_template(
        "people/declarations.html",
        lines=declarations.declarations(g.actor),
        movements=choices.MOVEMENT_NAMES,
        choices=[(movement.value, choices.MOVEMENT_NAMES[movement], hint) for movement, hint in HINTS.items()],
        typed=typed,
        errors=errors,
        place=scope_name(g.actor.mandate.scope_id),
    )
    return page, 422 if errors else 200
