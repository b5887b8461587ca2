"""Administration: its entry page, the journal, the reading of tickets with a reason, the facts on agreements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue

from charters.journal import audit
from charters.permissions import MAY, Action
from matrix import terms
from matrix.terms import Coming
from ticketing.amending import overview
from ticketing.correspondence import watching
from ticketing.errors import Invalid
from ticketing.mail.incoming import boxes
from ticketing.oversight import consultation, journal, verification
from ticketing.web.administration import journal_links
from ticketing.web.confirming import fresh
from ticketing.web.guards import guard, requires
from ticketing.web.people.coverage import elsewhere

blueprint = Blueprint("administration", __name__)
guard(blueprint, Action.ADMINISTER_PEOPLE)

#: Why an agreement is in force or not -> its tag: words, kind.
STANDINGS: dict[terms.Reason, tuple[str, str]] = {
    "in_force": ("En vigueur", "success"),
    "not_yet": ("Pas encore en vigueur", "info"),
    "lapsed": ("N’est plus en vigueur", "warning"),
    "ended": ("N’est plus en vigueur", "warning"),
}
NUMBER_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Room:
    """A page of the administration, with a sentence that says what it is for."""

    href: str
    title: str
    text: str
    action: Action


ROOMS = (
    Room(
        "/administration/comptes",
        "Comptes et mandats",
        "Créer un compte, confier ou terminer un mandat, corriger une information.",
        Action.ADMINISTER_PEOPLE,
    ),
    Room(
        "/administration/comptes/import",
        "Importer des personnes",
        "Les comptes et les mandats d’une liste, d’un coup, après avoir vu ce que fait chaque ligne.",
        Action.ADMINISTER_PEOPLE,
    ),
    Room(
        "/administration/invitations",
        "Inviter",
        "Envoyer à chacun le lien qui active sa clé, par mail ou sur papier.",
        Action.ADMINISTER_KEYS,
    ),
    Room("/administration/cles", "Clés", "Remettre une clé, la déverrouiller, la reprendre.", Action.ADMINISTER_KEYS),
    Room(
        "/administration/campagne",
        "Campagne d’octobre",
        "Faire confirmer par chaque collège qui est en poste, et en donner la liste au département.",
        Action.ADMINISTER_PEOPLE,
    ),
    Room(
        "/administration/interruptions",
        "Interruptions",
        "Annoncer une interruption de service, voir ce qu’elle touche et qui elle gêne.",
        Action.ADMINISTER_PEOPLE,
    ),
    Room(
        "/administration/sante",
        "Santé de l’installation",
        "Ce qui tourne, ce qui attend, de quand date la sauvegarde, et que faire quand quelque chose ne va pas.",
        Action.ADMINISTER_PEOPLE,
    ),
    Room(
        "/administration/echanges",
        "Échanges avec d’autres outils",
        "Tenir à jour l’outil de chaque collectivité par courriel, l’essayer, voir ce qui manque ou diffère.",
        Action.ADMINISTER_PEOPLE,
    ),
    Room("/administration/chartes", "Chartes", "Publier une version, voir qui a signé.", Action.ADMINISTER_CHARTERS),
    Room(
        "/administration/accords",
        "Accords",
        "Les accords en vigueur, et les faits qui en changent l’application.",
        Action.ADMINISTER_MATRIX,
    ),
    Room(
        "/projets",
        "Projets de modification",
        "Préparer avec les autres parties ce qui change dans un accord, et l’approuver.",
        Action.APPROVE_MATRIX,
    ),
    Room(
        "/obligations",
        "Obligations",
        "Ce que les parties de vos accords se doivent, jour par jour, et ce que chacune a déclaré.",
        Action.APPROVE_MATRIX,
    ),
    Room(
        "/contestations",
        "Contestations",
        "Celles qui attendent l’avis de l’académie, et celles que les parties n’ont pas tranchées.",
        Action.REFEREE,
    ),
    Room(
        "/administration/journal",
        "Journal",
        "Qui a fait quoi et quand, et la preuve que rien n’y a été changé.",
        Action.READ_JOURNAL,
    ),
    Room(
        "/administration/consultation",
        "Consultation motivée",
        "Lire, chercher, exporter ce que l’académie ne tient pas, avec l’un des quatre motifs de la charte.",
        Action.READ_WITH_REASON,
    ),
    Room(
        "/consultations",
        "Consultations faites",
        "Qui a lu quoi hors de son attribution, semaine par semaine : ce que lisent aussi les référents et les chefs.",
        Action.SEE_READINGS,
    ),
    Room(
        "/administration/donnees",
        "Données personnelles",
        "Ce qui s’efface et quand ; conserver un ticket ou une personne pour la loi.",
        Action.ADMINISTER_DATA,
    ),
    Room(
        "/administration/visibilite",
        "Qui voit quoi, et pourquoi",
        "Comprendre pourquoi une personne voit un ticket, ou ne le voit pas.",
        Action.ADMINISTER_PEOPLE,
    ),
    Room(
        "/administration/fichiers",
        "Fichiers en quarantaine",
        "Les fichiers reçus qui contiennent un virus, ou que l’antivirus n’a pas encore vus.",
        Action.MASK_COMMENT,
    ),
    Room(
        "/administration/courriels",
        "Courriels",
        "Ce qui arrive et ce qui est mis à part, ce qui n’a pas pu partir, ce que dit chaque courriel.",
        Action.ADMINISTER_PEOPLE,
    ),
    Room(
        "/horaires",
        "Horaires",
        "Quand l’académie répond : les heures dans lesquelles ses délais et ses temps passés sont comptés.",
        Action.SET_HOURS,
    ),
    Room("/chiffres", "Chiffres", "Ce qui a été ouvert, résolu, transmis, et en combien de temps.", Action.SEE_FIGURES),
)


@blueprint.get("/administration")
def index() -> ResponseReturnValue:
    """List the pages of administration that the active mandate may open."""
    may = MAY[g.actor.role]
    return render_template(
        "administration/index.html",
        rooms=[room for room in ROOMS if room.action in may],
        coming=coming(),
        mail_alarms=watching.health(boxes.read(current_app.config["GUICHET"].mailbox), g.now).alarms,
    )


def coming() -> tuple[tuple[str, str, Coming], ...]:
    """Return what the terms of agreements bring soon, as (id, title, event).

    The tuple is empty for a person who does not administer agreements.
    """
    if g.actor.role is None or Action.ADMINISTER_MATRIX not in MAY[g.actor.role]:
        return ()
    return overview.coming(g.actor, datetime.now(UTC))


# --- journal -----------------------------------------------------------------------------------------------------


@blueprint.get("/administration/journal")
@requires(Action.READ_JOURNAL)
@fresh
def journal_page() -> ResponseReturnValue:
    """Show the journal, newest first; `JOURNAL_FIELDS` filter it, `?avant=` and `?apres=` turn the pages."""
    return _journal(None)


@blueprint.post("/administration/journal/verifier")
@requires(Action.READ_JOURNAL)
@fresh
def verify_journal() -> ResponseReturnValue:
    """Check the whole chain of the journal and say whether it is unbroken."""
    return _journal(verification.verify())


@blueprint.post("/administration/journal/export")
@requires(Action.READ_JOURNAL)
@fresh
def export_journal() -> ResponseReturnValue:
    """Return the lines that the filters select as a file, and record the export in the journal."""
    form = request.form.get("format", "")
    if form not in journal.FORMATS:
        abort(404)
    try:
        wanted = replace(journal.wanted(request.form), without=elsewhere())
    except Invalid as error:
        return _journal(None, request.form, error.errors)
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/x-ndjson"
    pieces = journal.export(g.actor, wanted, form, datetime.now(UTC))
    response = Response(stream_with_context(pieces), content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="journal-{g.now:%Y-%m-%d}.{form}"'
    return response


JOURNAL_FIELDS = ("evenement", "sigle", "zone", "sujet", "mots", "du", "au")


def _journal(
    verification: audit.Verification | None,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    source = request.args if typed is None else typed
    kept: dict[str, Any] = {name: source[name][:200] for name in JOURNAL_FIELDS if source.get(name, "").strip()}
    try:
        wanted = journal.wanted(kept)
    except Invalid as error:
        wanted, errors = journal.Wanted(), error.errors
    shown = journal.page(replace(wanted, without=elsewhere()), _number("avant"), _number("apres"))
    address = "administration.journal_page"
    page = render_template(
        "administration/journal.html",
        page=shown,
        links=journal_links.links(shown.entries),
        events=journal.events(),
        typed=kept,
        errors=errors or {},
        zones=list(journal.ZONES.items()),
        formats=list(journal.FORMATS.items()),
        verification=verification,
        newer=url_for(address, apres=shown.newer, **kept) if shown.newer is not None else None,
        older=url_for(address, avant=shown.older, **kept) if shown.older is not None else None,
    )
    return page, 422 if errors else 200


def _number(name: str) -> int | None:
    """Return a line's number from the address, or None for anything that is no number."""
    text = request.args.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    return min(int(text), NUMBER_MAX)


# --- reading with a reason ---------------------------------------------------------------------------------------


@blueprint.get("/administration/consultation")
@requires(Action.READ_WITH_REASON)
def consultation_page() -> ResponseReturnValue:
    """Show the form for a reason, and the rights to read that are still valid. `?ticket=` fills in the number."""
    return _consultation({"number": request.args.get("ticket", "")[:20]}, {})


@blueprint.post("/administration/consultation")
@requires(Action.READ_WITH_REASON)
def consult() -> ResponseReturnValue:
    """Give the actor the right to read a ticket for an hour, then show the ticket."""
    typed = {name: request.form.get(name, "") for name in ("number", "reason", "words")}
    try:
        number = consultation.ask(g.actor, typed["number"], typed["reason"], typed["words"], datetime.now(UTC))
    except Invalid as error:
        return _consultation(typed, error.errors), 422
    return redirect(f"/tickets/{number}", 303)


def _consultation(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "administration/consultation.html",
        typed=typed,
        errors=errors,
        reasons=list(consultation.REASONS.items()),
        grants=consultation.standing(g.actor, datetime.now(UTC)),
        words_max=consultation.WORDS_MAX,
    )


# --- agreements --------------------------------------------------------------------------------------------------


@blueprint.get("/administration/accords")
@requires(Action.ADMINISTER_MATRIX)
def agreements_page() -> ResponseReturnValue:
    """List the agreements of the académie, their versions, and the facts recorded on them."""
    return _agreements({}, {})


@blueprint.post("/administration/accords")
@requires(Action.ADMINISTER_MATRIX)
def record() -> ResponseReturnValue:
    """Record a fact on an agreement: tickets are routed accordingly from its day on."""
    typed = {name: request.form.get(name, "") for name in ("convention", "fact", "on", "words")}
    try:
        overview.record(g.actor, typed, datetime.now(UTC))
    except Invalid as error:
        return _agreements(typed, error.errors), 422
    flash("Le fait est enregistré. Les tickets ouverts à partir de ce jour en tiennent compte.", "success")
    return redirect(url_for("administration.agreements_page"), 303)


@blueprint.post("/administration/accords/<int:fact_id>/retirer")
@requires(Action.ADMINISTER_MATRIX)
def withdraw(fact_id: int) -> ResponseReturnValue:
    """Withdraw a fact recorded by mistake; the page still lists it, with the name of the person who withdrew it."""
    overview.withdraw(g.actor, fact_id, datetime.now(UTC))
    flash("Le fait est retiré. Il reste visible ici, avec sa date.", "success")
    return redirect(url_for("administration.agreements_page"), 303)


def _agreements(typed: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    return render_template(
        "administration/agreements.html",
        agreements=overview.of(g.actor, datetime.now(UTC)),
        typed=typed,
        errors=errors,
        standings=STANDINGS,
    )
