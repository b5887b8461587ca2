"""Page of the lint of an agreement, for its administrator: findings by kind, filtered by severity, with their cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from flask import Blueprint, g, render_template, request, url_for

from charters.permissions import Action
from matrix import Conventions, Router, table
from matrix.checks import KINDS, SEVERITIES, Against, Finding, Report, lint
from matrix.checks.model import plural
from matrix.wording import small
from ticketing.amending import fills
from ticketing.documents.pdf_text import pdf_text
from ticketing.in_force import routing, signed_texts
from ticketing.settings import desk_settings
from ticketing.web.agreements import text_views
from ticketing.web.guards import guard, today

blueprint = Blueprint("lint", __name__)
guard(blueprint, Action.ADMINISTER_MATRIX)

#: Severity of a finding -> the look of its label.
LOOKS = {"erreur": "error", "avertissement": "warning", "remarque": ""}
#: Findings that are nothing but a list of cells: the page shows them as links, service by service.
_CELLS_ALONE = frozenset({"blank-cells", "unnamed-service"})
_STATUSES = {
    "routed": "orientées",
    "needs_info": "à préciser",
    "not_applicable": "sans objet",
    "to_qualify": "à qualifier",
    "conflict": "en conflit",
    "arbitration": "à arbitrer",
    "out_of_scope": "hors de l’accord",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding, with its cells in « Qui fait quoi »: service label -> (service, activity, activity label)."""

    finding: Finding
    items: tuple[tuple[str, str], ...]  # each with its place in the signed text, empty where there is none
    place: str  # the address of what the finding is about in the signed text, empty where there is none
    cells: dict[str, list[tuple[str, str, str]]]


@blueprint.get("/administration/accords/<convention_id>/controle")
def show(convention_id: str) -> str:
    """Show today's findings; `?gravite=` keeps those of a severity, `?preuve=1` routes every combination too."""
    convention = fills.agreement(g.actor, convention_id)
    router, proof = routing.router(), request.args.get("preuve") == "1"
    against = Against(files=routing.shipped())
    if signed_texts.laid(router.conventions, convention_id):
        against = replace(against, sources=desk_settings().texts, pdf_text=pdf_text)
    report = _report(router, against, signed_texts.stamp(), convention_id, today(), proof)
    wanted = request.args.get("gravite", "")
    weight = wanted if wanted in SEVERITIES else ""
    kept = [one for one in report.findings if weight in ("", one.severity)]
    groups = {title: [one for one in kept if one.code == code] for code, title in KINDS.items()}
    return render_template(
        "agreements/lint/show.html",
        convention=convention,
        report=report,
        proof=report.proofs[0] if report.proofs else None,
        proved=bool(report.proofs) and not any(one.code == "proof" for one in report.findings),
        weight=weight,
        looks=LOOKS,
        total=len(report.findings),
        severities=[(one, report.count(one), plural(report.count(one), one)) for one in SEVERITIES],
        groups={title: [_shown(router.conventions, one) for one in found] for title, found in groups.items() if found},
        statuses=[(_STATUSES.get(name, name), count) for one in report.proofs for name, count in one.statuses],
    )


@lru_cache(maxsize=16)
def _report(
    router: Router,
    against: Against,
    _texts: tuple[signed_texts.Seen, ...],
    convention_id: str,
    on: date,
    proof: bool,
) -> Report:
    """Return the report, cached for what is known and for the texts laid, since the proof takes a second or two."""
    return lint(router.conventions, [convention_id], on=on, recorded=router.recorded, proof=proof, against=against)


def _shown(conventions: Conventions, finding: Finding) -> Shown:
    there = _rows(conventions, finding.convention)
    cells: dict[str, list[tuple[str, str, str]]] = {}
    for service, activity in finding.cells:
        if service in there:
            label = small(conventions.activities[activity])
            cells.setdefault(conventions.services[service], []).append((service, activity, label))
    items = () if cells and finding.code in _CELLS_ALONE else finding.items
    return Shown(
        finding,
        tuple((item, _place_of_quote(conventions, finding, item)) for item in items),
        _place(conventions, finding),
        cells,
    )


def _place(conventions: Conventions, finding: Finding) -> str:
    """Return where in the text a finding on a sentence or on a clause leads."""
    if finding.code in ("unmarked-sentence", "to-do-sentence"):
        number = int(finding.subject.partition(" ")[0])
        page = url_for("signed_text.show", convention_id=finding.convention)
        return f"{page}#{text_views.anchor(number - 1)}"
    clause = conventions[finding.convention].clauses.get(finding.subject)
    return text_views.place_in_text(clause) if clause is not None else ""


def _place_of_quote(conventions: Conventions, finding: Finding, item: str) -> str:
    """Return where in the text the quote that an item begins with stands: « des mots » (article 4.1)."""
    found = re.match(r"« (.+) » \(", item)
    clauses = conventions[finding.convention].clauses.values()
    clause = next((one for one in clauses if found and one.quote == found[1]), None)
    return text_views.place_in_text(clause) if clause is not None else ""


@lru_cache(maxsize=16)
def _rows(conventions: Conventions, convention_id: str) -> frozenset[str]:
    """Return the services that the agreement's table shows."""
    return frozenset(row.service for row in table.rows(conventions, convention_id))
