"""Pages of changes to agreements: drafts of versions, their approval, their golden tickets (`/projets`).

For those whose party signs; a chef only reads and approves. Others are answered « absent ».
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.permissions import Action
from matrix.model import FACTS
from matrix.wording import by_commune, with_article
from ticketing.amending import amendments, approvals, drafts, golden
from ticketing.amending.drafts import DraftView, StaleDraft
from ticketing.errors import Invalid, StepRefused
from ticketing.in_force import routing, signatories
from ticketing.web import guards
from ticketing.web.agreements import cell_forms, draft_forms, draft_views
from ticketing.web.guards import guard

blueprint = Blueprint("drafts", __name__)
guard(blueprint, Action.APPROVE_MATRIX)

STEPS: dict[str, str] = {
    "soumettre": "Le projet est soumis : chaque signataire peut maintenant l’approuver.",
    "approuver": "Votre approbation est enregistrée.",
    "refuser": "C’est enregistré, avec votre raison.",
}
IN_FORCE = "Toutes les parties ont approuvé : la version prendra effet à son jour."


@blueprint.get("/projets")
def index() -> ResponseReturnValue:
    """List the actor's drafts, first those that wait for the actor, and the agreements on which to begin a draft."""
    agreements = signatories.concerned(g.actor, routing.router().conventions)
    if not agreements and not signatories.writes(g.actor):
        abort(404)
    rows = drafts.of(g.actor)
    waiting = {row.id for row in approvals.to_approve(g.actor, rows)}
    conventions = routing.router().conventions
    return render_template(
        "agreements/amendments/index.html",
        waiting=[row for row in rows if row.id in waiting],
        rows=[row for row in rows if row.id not in waiting],
        states=draft_views.STATES,
        titles={one.id: one.title for one in conventions},
        kinds=signatories.KINDS,
        agreements=agreements,
        writes=signatories.writes(g.actor),
    )


@blueprint.get("/projets/nouveau/<convention_id>")
@guards.requires(Action.AMEND_MATRIX)
def new(convention_id: str) -> ResponseReturnValue:
    """Show the form that begins a draft, perhaps on a cell, with the clauses that say who may change what."""
    return _new(convention_id, {}, {}, draft_forms.aim(request.args, routing.router().conventions))


@blueprint.post("/projets/nouveau/<convention_id>")
@guards.requires(Action.AMEND_MATRIX)
def start(convention_id: str) -> ResponseReturnValue:
    """Begin a draft; its cells are written later, the one that led here at once."""
    aim = draft_forms.aim(request.form, routing.router().conventions)
    typed = {name: request.form.get(name, "")[:400] for name in ("kind", "title", "effect_on", "retroactive")}
    try:
        number = amendments.start(
            g.actor,
            convention_id,
            typed["kind"],
            amendments.DraftHeader(typed["title"], draft_forms.day(typed["effect_on"]), bool(typed["retroactive"])),
            datetime.now(UTC),
        )
    except Invalid as fault:
        return _new(convention_id, typed, fault.errors, aim), 422
    if aim:
        return redirect(url_for(".cell", draft_id=number, service=aim["service"], activity=aim["activity"]), 303)
    return redirect(url_for(".show", draft_id=number), 303)


@blueprint.get("/projets/<int:draft_id>")
def show(draft_id: int) -> ResponseReturnValue:
    """Show a draft: its changes side by side and in sentences of law, its comments, its approvals."""
    return _show(_draft(draft_id), {}, {})


@blueprint.post("/projets/<int:draft_id>")
@guards.requires(Action.AMEND_MATRIX)
def rename(draft_id: int) -> ResponseReturnValue:
    """Change the title, the day of effect, or whether the avenant states that it takes effect earlier."""
    typed = {name: request.form.get(name, "")[:400] for name in ("title", "effect_on", "retroactive", "version")}
    version = int(typed["version"]) if typed["version"].isascii() and typed["version"].isdigit() else -1
    return _acting(
        draft_id,
        typed,
        lambda now: amendments.rename(
            g.actor,
            draft_id,
            version,
            amendments.DraftHeader(typed["title"], draft_forms.day(typed["effect_on"]), bool(typed["retroactive"])),
            now,
        ),
        "C’est enregistré.",
    )


@blueprint.post("/projets/<int:draft_id>/commentaires")
def comment(draft_id: int) -> ResponseReturnValue:
    """Comment on a cell or on the whole draft, in the name of the actor's organisation."""
    typed = {name: request.form.get(name, "")[:10_000] for name in ("service", "activity", "text")}
    return _acting(
        draft_id,
        typed,
        lambda now: amendments.comment(g.actor, draft_id, typed["service"], typed["activity"], typed["text"], now),
        "Votre commentaire est ajouté.",
    )


@blueprint.post("/projets/<int:draft_id>/<any(soumettre, approuver, refuser):step>")
def advance(draft_id: int, step: str) -> ResponseReturnValue:
    """Submit, approve or turn down the draft as the page showed it (`content`)."""
    typed = {name: request.form.get(name, "")[:2000] for name in ("content", "reference", "reason")}
    told = STEPS[step]

    def act(now: datetime) -> None:
        nonlocal told
        if step == "soumettre":
            approvals.submit(g.actor, draft_id, typed["content"], now)
        elif step == "refuser":
            approvals.reject(g.actor, draft_id, typed["reason"], now)
        elif approvals.approve(g.actor, draft_id, typed["content"], typed["reference"], now):
            told = IN_FORCE

    return _acting(draft_id, typed, act, lambda: told)


# --- cells ------------------------------------------------------------------------------------------------------------


@blueprint.get("/projets/<int:draft_id>/cases")
@guards.requires(Action.AMEND_MATRIX)
def choose(draft_id: int) -> ResponseReturnValue:
    """Redirect from the two lists of the draft's page to the cell chosen."""
    service, activity = request.args.get("service", "")[:60], request.args.get("activity", "")[:60]
    conventions = routing.router().conventions
    draft = _draft(draft_id)
    if not service and not activity:
        return redirect(url_for(".show", draft_id=draft_id, _anchor="cases"))
    if service not in conventions.services or activity not in conventions.activities:
        errors = {
            name: sentence
            for name, sentence, value, known in (
                ("service", "Choisissez une ligne.", service, conventions.services),
                ("activity", "Choisissez une colonne.", activity, conventions.activities),
            )
            if value not in known
        }
        return _show(draft, {"service": service, "activity": activity}, errors), 422
    return redirect(url_for(".cell", draft_id=draft_id, service=service, activity=activity))


@blueprint.get("/projets/<int:draft_id>/cases/<service>/<activity>")
@guards.requires(Action.AMEND_MATRIX)
def cell(draft_id: int, service: str, activity: str) -> ResponseReturnValue:
    """Show a cell of a draft, in the form that writes what the cell would say."""
    return _cell(_draft(draft_id), service, activity)


@blueprint.post("/projets/<int:draft_id>/cases/<service>/<activity>")
@guards.requires(Action.AMEND_MATRIX)
def put(draft_id: int, service: str, activity: str) -> ResponseReturnValue:
    """Write what a cell would say; « ajouter » only shows another row of case."""
    draft = _draft(draft_id)
    convention = routing.router().conventions[draft.convention]
    helpers = [name for name in convention.parties if request.form.get(f"concours-{name}")]
    typed = cell_forms.typed(request.form, helpers)
    seen = request.form.get("seen", "")[:64]
    if request.form.get("ajouter"):
        return _cell(draft, service, activity, _SentCell(typed, seen))
    change, errors = cell_forms.read(convention, service, activity, typed)
    try:
        if change is None:
            raise Invalid(errors)
        amendments.put(g.actor, draft_id, change, seen, datetime.now(UTC))
    except Invalid as fault:
        return _cell(draft, service, activity, _SentCell(typed, seen, fault.errors)), 422
    except StepRefused as refused:
        return _cell(draft, service, activity, _SentCell(typed, seen, {"": refused.sentence})), 422
    except StaleDraft as stale:
        return _cell(stale.current, service, activity, _SentCell(typed, stale=stale.there)), 409
    flash("La case est changée dans le projet.", "success")
    return redirect(url_for(".show", draft_id=draft_id, _anchor=f"{service}-{activity}"), 303)


@blueprint.post("/projets/<int:draft_id>/cases/<service>/<activity>/retirer")
@guards.requires(Action.AMEND_MATRIX)
def remove(draft_id: int, service: str, activity: str) -> ResponseReturnValue:
    """Remove a cell from the draft: the agreement keeps what it says there."""
    seen = request.form.get("seen", "")[:64]
    return _acting(
        draft_id,
        {},
        lambda now: amendments.remove(g.actor, draft_id, service, activity, seen, now),
        "La case reste comme elle est : le projet ne la change plus.",
    )


# --- golden tickets ---------------------------------------------------------------------------------------------------


@blueprint.get("/projets/temoins/<convention_id>")
@guards.requires(Action.AMEND_MATRIX)
def goldens(convention_id: str) -> ResponseReturnValue:
    """Show the golden tickets of an agreement, each with its result today."""
    return _goldens(convention_id, {}, {})


@blueprint.post("/projets/temoins/<convention_id>")
@guards.requires(Action.AMEND_MATRIX)
def attach(convention_id: str) -> ResponseReturnValue:
    """Attach a golden ticket, copied from a ticket (`number`) or given by its facts."""
    names = ("label", "number", "on", "expected", "etablissement", "service", "activity", *FACTS)
    typed = {name: request.form.get(name, "")[:200] for name in names}
    now, errors = datetime.now(UTC), {}
    try:
        if request.form.get("depuis") == "ticket":
            golden.attach_ticket(g.actor, convention_id, typed["number"].strip(), typed["label"], now)
        else:
            on = draft_forms.day(typed["on"])
            if typed["on"] and on is None:
                errors["on"] = "Donnez un jour, par exemple 2026-09-01, ou laissez vide."
            facts = {
                name: draft_forms.fact(name, typed[name]) for name in ("etablissement", "service", "activity", *FACTS)
            }
            if errors:
                raise Invalid(errors)
            golden.attach(g.actor, convention_id, golden.GoldenForm(typed["label"], facts, on, typed["expected"]), now)
    except Invalid as fault:
        return _goldens(convention_id, typed | {"depuis": request.form.get("depuis", "")}, fault.errors), 422
    flash("Le ticket témoin est attaché : il sera essayé à chaque approbation.", "success")
    return redirect(url_for(".goldens", convention_id=convention_id), 303)


@blueprint.post("/projets/temoins/<int:golden_id>/retirer")
@guards.requires(Action.AMEND_MATRIX)
def withdraw_golden(golden_id: int) -> ResponseReturnValue:
    """Withdraw a golden ticket; the page still shows it, with the name of the person who withdrew it."""
    convention_id = golden.withdraw(g.actor, golden_id, datetime.now(UTC))
    flash("Le ticket témoin est retiré : il n’arrête plus rien.", "success")
    return redirect(url_for(".goldens", convention_id=convention_id), 303)


def _goldens(convention_id: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    found = golden.of(g.actor, convention_id)
    router = routing.router()
    conventions, convention = router.conventions, router.conventions[convention_id]
    live = [one for one in found if one.withdrawn_at is None]
    return render_template(
        "agreements/amendments/goldens.html",
        convention=convention,
        typed=typed,
        errors=errors,
        tried=golden.tried(live, router, guards.today()),
        past=[one for one in found if one.withdrawn_at],
        places=[
            (one.id, by_commune(one))
            for one in sorted(convention.etablissements.values(), key=lambda one: (one.commune, one.name))
        ],
        services=list(conventions.services.items()),
        activities=list(conventions.activities.items()),
        categories=[(line.id, line.label) for line in convention.categories.values()],
        payers=[(name, body.name) for name, body in convention.parties.items() if not body.contributor_only],
        answers=draft_views.golden_answers(convention),
        labels=(conventions.services, conventions.activities, conventions.etablissements),
    )


# --- shared -----------------------------------------------------------------------------------------------------------


def _draft(draft_id: int) -> DraftView:
    return drafts.draft(g.actor, draft_id)


def _acting(
    draft_id: int, typed: Mapping[str, str], act: Callable[[datetime], object], told: str | Callable[[], str]
) -> ResponseReturnValue:
    """Act on a draft, then show its page again; where the act is refused, with what was typed and the reason."""
    try:
        act(datetime.now(UTC))
    except Invalid as fault:
        return _show(_draft(draft_id), typed, fault.errors), 422
    except StepRefused as refused:
        return _show(_draft(draft_id), typed, {"": refused.sentence}), 422
    except StaleDraft as stale:
        return _show(_draft(draft_id), typed, {}, stale=stale.there), 409
    except approvals.GoldenFailed as failed:
        return _show(_draft(draft_id), typed, {}, failed=failed.failed), 422
    flash(told if isinstance(told, str) else told(), "success")
    return redirect(url_for(".show", draft_id=draft_id), 303)


def _show(
    draft: DraftView, typed: Mapping[str, str], errors: Mapping[str, str], *, stale: str = "", failed: Any = ()
) -> str:
    conventions = routing.router().conventions
    convention = conventions[draft.convention]
    standing = approvals.standing_of(draft)
    day_fault = None if draft.state == "approved" else drafts.effect_fault(convention, draft.effect_on)
    try:
        tried = approvals.rehearse(draft) if draft.open else []
    except Invalid:  # the draft cannot take effect on its day, or no longer fits: the page says so
        tried = []
    mine = standing.of(draft.signatory.organisation)
    return render_template(
        "agreements/amendments/draft.html",
        draft=draft,
        rows=draft_views.rows(draft),
        standing=standing,
        tried=tried if signatories.writes(g.actor) else [],
        writes=signatories.writes(g.actor),
        place_signs=draft.signatory.role == "Etab",
        mine=mine,
        typed=typed,
        errors=errors,
        stale=stale,
        failed=failed,
        states=draft_views.STATES,
        day_fault=day_fault,
        past=draft.open and draft.effect_on < guards.today() and not draft.retroactive,
        own=draft.created_side == draft.signatory.organisation,
        signs=any(draft.signatory.organisation in body.organisations for body in standing.wanted),
        services=list(conventions.services.items()),
        activities=list(conventions.activities.items()),
        offered_services=draft_views.offered_services(draft.convention),
        reasons=approvals.REASON_MAX,
        replay=_replay(draft.number),
        side_name=with_article(draft.signatory.name, conventions.articles.get(draft.signatory.name)),
    )


@dataclass(frozen=True, slots=True)
class _SentCell:
    """The form of a cell as it was sent: what was typed, the mark of what the page showed, the errors."""

    typed: Mapping[str, str]
    seen: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    stale: str = ""


def _cell(draft: DraftView, service: str, activity: str, sent: _SentCell | None = None) -> str:
    """Return the page of a cell with the form as it was sent, or as the draft has the cell when `sent` is None."""
    convention = (conventions := routing.router().conventions)[draft.convention]
    if service not in conventions.services or activity not in conventions.activities:
        abort(404)
    row = draft_views.row(draft, service, activity)
    if sent is None:
        sent = _SentCell(cell_forms.of_change(convention, row.changed.change if row.changed else None))
    return render_template(
        "agreements/amendments/cell.html",
        draft=draft,
        row=row,
        typed=sent.typed,
        errors=sent.errors,
        stale=sent.stale,
        seen=sent.seen if sent.seen is not None else (row.changed.mark if row.changed else ""),
        offered=cell_forms.offered(convention, blank=True),
        kept=cell_forms.told(convention, sent.typed),
        table=convention.table_ref.replace("-", " "),
    )


def _new(convention_id: str, typed: Mapping[str, str], errors: Mapping[str, str], aim: Mapping[str, str] | None) -> str:
    known = draft_views.beginning(g.actor, convention_id, aim)
    typed = {"title": known["aimed"]} | dict(typed)
    return render_template("agreements/amendments/new.html", **known, typed=typed, errors=errors)


def _replay(draft_id: int) -> str | None:
    """Return the address of the page that replays past tickets through the draft, or None where there is none."""
    return url_for("replays.show", draft_id=draft_id) if "replays.show" in current_app.view_functions else None
