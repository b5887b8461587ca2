"""Pages of the registers: keys that need action; signatures of charters, with those missing and the proof of each.

The académie reads all signatures and référents those of their own people; to anyone else these pages are answered as
absent.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue

from charters.keys import returns
from charters.people import directory
from charters.permissions import Action
from charters.signing import register, signatures, signing
from charters.signing.register import RegisterLine, Wanted
from ticketing.documents.tabular import csv_text
from ticketing.web.access import proofs
from ticketing.web.confirming import fresh
from ticketing.web.frame import scope_name
from ticketing.web.guards import guard, requires
from ticketing.web.limiting import limited
from ticketing.web.people import coverage

blueprint = Blueprint("registers", __name__, url_prefix="/administration")
guard(blueprint, Action.SEE_STAFF)

STATES = (("", "Tout le monde"), ("manque", "À qui il manque une signature"), ("a-jour", "À qui rien ne manque"))


@blueprint.get("/cles")
@requires(Action.ADMINISTER_KEYS)
def keys() -> ResponseReturnValue:
    """List the keys to get back, to unlock, or still to be enrolled."""
    back = returns.keys_to_return(coverage.readable(), now=g.now)
    lines = directory.keys_to_follow(coverage.readable(), now=g.now)
    return render_template("people/keys.html", back=back, lines=lines, reasons=returns.WHY)


# --- signatures ---


@blueprint.get("/signatures")
def signed() -> ResponseReturnValue:
    """List who has signed what, by collectivité and person; filtered by `q`, `rattachement`, `etat` and `charte`."""
    wanted, after = _wanted(request.args), request.args.get("apres", "")[:40]
    totals = register.totals(coverage.readable(), now=g.now)
    return render_template(
        "people/signatures.html",
        page=register.page(coverage.readable(), wanted, after=after, now=g.now),
        wanted=wanted,
        totals=totals,
        states=STATES,
        kinds=list(signatures.TITLES.items()),
        organisations=sorted(
            ((item.organisation, scope_name(item.organisation)) for item in totals), key=lambda pair: pair[1]
        ),
        kept=_kept(wanted),
    )


@blueprint.post("/signatures/export")
@limited("export")
@fresh
def export() -> ResponseReturnValue:
    """Return the filtered register as a file that a French spreadsheet opens, and record the export in the journal."""
    wanted = _wanted(request.form)
    lines = register.exported(coverage.readable(), wanted, actor=g.actor, now=g.now)
    response = Response(csv_text(_rows(lines)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="signatures-{g.now:%Y-%m-%d}.csv"'
    return response


@blueprint.get("/signatures/<int:signature_id>/preuve.pdf")
@limited("proof")
def proof(signature_id: int) -> ResponseReturnValue:
    """Return the proof of a signature, by a person whom the actor may read, as a PDF."""
    return proofs.of_signature(signing.signed(coverage.readable(), signature_id))


def _wanted(asked: object) -> Wanted:
    get = asked.get  # type: ignore[attr-defined]
    state, kind = get("etat", ""), get("charte", "")
    return Wanted(
        " ".join(get("q", "").split())[:100],
        get("rattachement", "")[:120],
        state if state in register.STATES else "",
        kind if kind in signatures.KINDS else "",
    )


def _kept(wanted: Wanted) -> dict[str, str]:
    named = {"q": wanted.words, "rattachement": wanted.organisation, "etat": wanted.state, "charte": wanted.kind}
    return {name: value for name, value in named.items() if value}


_HEAD = (
    "sigle",
    "nom",
    "prénom",
    "société",
    "fonction",
    "rattachement",
    "externe",
    "fin d’activité",
    "charte",
    "version en vigueur",
    "état",
    "version signée",
    "signée le (UTC)",
    "réseau",
    "SHA-256 du texte signé",
)


def _rows(lines: list[RegisterLine]) -> Iterator[tuple[object, ...]]:
    """Yield a line for each person and charter that the person must sign or has signed."""
    yield _HEAD
    for line in lines:
        who = (
            line.sigle,
            line.last_name,
            line.first_name,
            line.company,
            line.function,
            scope_name(line.organisation),
            line.external,
            line.ends_on and line.ends_on.isoformat(),
        )
        for status in line.statuses:
            if not status.required and status.signed is None:
                continue
            given = status.signed
            yield (
                *who,
                signatures.TITLES[status.kind],
                status.latest,
                _state(line, status),
                given and given.version,
                given and _instant(given.signed_at),
                given and given.zone,
                given and given.sha256,
            )


def _state(line: RegisterLine, status: register.Status) -> str:
    if status.missing:
        return "ancienne version signée" if status.signed else "à signer"
    if line.ended:
        return "activité terminée"
    return "signée" if status.current else "ancienne version signée, facultative"


def _instant(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
