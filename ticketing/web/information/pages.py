"""The pages of the footer: help for each role, legal notice, accessibility statement, personal data.

They say what the installation is set to (retention, who publishes it) and never more than the program does. An operator
replaces any of them in a theme.
"""

from __future__ import annotations

import contextlib

from flask import Blueprint, abort, current_app, g, render_template
from sqlalchemy.exc import SQLAlchemyError

from charters.model import Actor, Role
from ticketing.web.guards import guard, identify

blueprint = Blueprint("information", __name__)
guard(blueprint, "public")

#: The help of each role: the last part of its address, the name under which it is offered, and its template.
HELP = {
    Role.CMI: ("correspondant", "Correspondant informatique", "information/help/correspondant.html"),
    Role.RESEAU: ("gestionnaire-reseau", "Gestionnaire réseau", "information/help/gestionnaire_reseau.html"),
    Role.CHEF: ("chef-etablissement", "Chef d’établissement", "information/help/chef_etablissement.html"),
    Role.TECH_DEPARTEMENT: (
        "technicien-departement",
        "Technicien de la collectivité",
        "information/help/technicien_departement.html",
    ),
    Role.REFERENT: ("referent", "Référent de la collectivité", "information/help/referent.html"),
    Role.TECH_ACADEMIE: (
        "technicien-academie",
        "Technicien de l’académie",
        "information/help/technicien_academie.html",
    ),
    Role.ADMINISTRATEUR: ("administrateur", "Administrateur de l’académie", "information/help/administrateur.html"),
    Role.LECTEUR: ("lecteur", "Lecteur des chiffres", "information/help/lecteur.html"),
}
_PAGES = {address: (name, template) for address, name, template in HELP.values()}


@blueprint.before_request
def _recognise() -> None:
    """Keep the reader's own header around these pages; they are read all the same when the database does not answer."""
    with contextlib.suppress(SQLAlchemyError):
        identify()


@blueprint.get("/aide")
def help_index() -> str:
    """List the help of each role, the reader's own first."""
    actor: Actor | None = g.get("actor")
    own = actor.role if actor else None
    roles = sorted(HELP, key=lambda role: role != own)
    return render_template("information/help.html", roles=[(role, *HELP[role][:2]) for role in roles], own=own)


@blueprint.get("/aide/<slug>")
def help_of(slug: str) -> str:
    """Show the help of one role; any other address is absent."""
    if slug not in _PAGES:
        abort(404)
    name, template = _PAGES[slug]
    return render_template(template, title=name)


@blueprint.get("/mentions-legales")
def legal_notice() -> str:
    """Say who publishes and who hosts this installation."""
    return render_template("information/legal.html", settings=current_app.config["GUICHET"])


@blueprint.get("/accessibilite")
def accessibility() -> str:
    """State how accessible the pages are, by what was checked."""
    return render_template("information/accessibility.html", settings=current_app.config["GUICHET"])


@blueprint.get("/donnees-personnelles")
def personal_data() -> str:
    """Say which personal data are kept, why, for how long, and what a person may ask."""
    return render_template("information/personal_data.html", settings=current_app.config["GUICHET"])
