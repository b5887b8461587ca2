"""Page of the lint of an agreement, for its administrator: findings by kind, filtered by severity, with their cells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from flask import Blueprint, g, render_template, request

from charters.permissions import Action
from matrix import Conventions, Recorded, table
from matrix.checks import KINDS, SEVERITIES, Against, Finding, Report, lint
from matrix.checks.model import plural
from matrix.wording import small
from ticketing.amending import fills
from ticketing.in_force import routing
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
    items: tuple[str, ...]
    cells: dict[str, list[tuple[str, str, str]]]


@blueprint.get("/administration/accords/<convention_id>/controle")
def show(convention_id: str) -> str:
    """Show today's findings; `?gravite=` keeps those of a severity, `?preuve=1` routes every combination too."""
    convention = fills.agreement(g.actor, convention_id)
    router, proof = routing.router(), request.args.get("preuve") == "1"
    report = _report(router.conventions, routing.shipped(), router.recorded, convention_id, today(), proof)
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
    conventions: Conventions,
    files: Conventions,
    recorded: tuple[Recorded, ...],
    convention_id: str,
    on: date,
    proof: bool,
) -> Report:
    """Return the report, cached for what is known, since the proof takes a second or two."""
    return lint(conventions, [convention_id], on=on, recorded=recorded, proof=proof, against=Against(files=files))


def _shown(conventions: Conventions, finding: Finding) -> Shown:
    there = _rows(conventions, finding.convention)
    cells: dict[str, list[tuple[str, str, str]]] = {}
    for service, activity in finding.cells:
        if service in there:
            label = small(conventions.activities[activity])
            cells.setdefault(conventions.services[service], []).append((service, activity, label))
    return Shown(finding, () if cells and finding.code in _CELLS_ALONE else finding.items, cells)


@lru_cache(maxsize=16)
def _rows(conventions: Conventions, convention_id: str) -> frozenset[str]:
    """Return the services that the agreement's table shows."""
    return frozenset(row.service for row in table.rows(conventions, convention_id))
