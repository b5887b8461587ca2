"""Golden tickets: requests whose right answer the parties of an agreement fixed for every version to come.

They are tried when a version is approved: a golden ticket that no longer gets the agreed answer stops the approval, and
the reason is shown. A golden ticket without a day of its own is tried on the version's day of effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, get_args

from sqlalchemy import select

from charters.database import db, writing, written_at
from charters.days import PARIS, today
from charters.journal import audit
from charters.model import Actor
from charters.permissions import perimeter
from matrix import Convention, Request, RequestError, RequestReader, Router, UnknownEtablissement
from matrix.explain import why
from matrix.model import FACTS, Status
from ticketing.amending import drafts
from ticketing.errors import Invalid, NotFound
from ticketing.in_force import plain_words, routing
from ticketing.in_force.tables import GoldenTicket
from ticketing.model import clean_line
from ticketing.tables import DecisionRow
from ticketing.tickets import queries

audit.label("golden.attached", "Ticket témoin attaché à un accord")
audit.label("golden.withdrawn", "Ticket témoin retiré")

LABEL_MIN, LABEL_MAX, MOST = 5, 150, 500

STATUS_WORDS: dict[str, str] = {
    "needs_info": "une question est posée",
    "not_applicable": "sans objet",
    "to_qualify": "à qualifier",
    "conflict": "deux clauses se contredisent",
    "arbitration": "décidé au cas par cas",
    "out_of_scope": "hors du champ de l’accord",
}


@dataclass(frozen=True, slots=True)
class GoldenView:
    """A golden ticket: its request, the agreed answer, and who attached it."""

    id: int
    convention: str
    label: str
    facts: Mapping[str, Any]
    on: date | None
    expected_status: str
    expected_party: str
    ticket_number: int | None
    attached_at: datetime
    attached_by: str
    side_name: str
    withdrawn_at: datetime | None
    withdrawn_by: str


@dataclass(frozen=True, slots=True)
class GoldenForm:
    """A golden ticket as typed in the form.

    `facts` are those of a request, by name. `on` is the day on which it is tried (None: the day of effect of each
    version). `expected` is « routed:<party> » or another status. `ticket_number` is the ticket from which it was made,
    if any.
    """

    label: str
    facts: Mapping[str, Any]
    on: date | None
    expected: str
    ticket_number: int | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """The result of a golden ticket: `expected` and `got` are sentences, and `why` explains `got`."""

    golden: GoldenView
    holds: bool
    expected: str
    got: str
    why: str


def of(actor: Actor, convention_id: str) -> list[GoldenView]:
    """Return the golden tickets of an agreement that the actor's organisation signed, withdrawn ones last.

    Raises NotFound.
    """
    drafts.writer_of(actor, convention_id)
    rows = db.session.scalars(
        select(GoldenTicket).where(GoldenTicket.convention == convention_id).order_by(GoldenTicket.id)
    )
    return sorted((_view(row) for row in rows), key=lambda one: one.withdrawn_at is not None)


def live(convention_id: str) -> list[GoldenView]:
    """Return the golden tickets of an agreement that are not withdrawn, in the order in which they were attached."""
    rows = db.session.scalars(
        select(GoldenTicket)
        .where(GoldenTicket.convention == convention_id, GoldenTicket.withdrawn_at.is_(None))
        .order_by(GoldenTicket.id)
    )
    return [_view(row) for row in rows]


def tried(goldens: Iterable[GoldenView], router: Router, day: date) -> list[Tried]:
    """Return what `router` answers to each golden ticket, on its own day or else on `day`. Nothing is written."""
    return [_try(one, router, day) for one in goldens]


def attach(actor: Actor, convention_id: str, form: GoldenForm, now: datetime) -> int:
    """Attach a golden ticket to an agreement and return its id.

    Raises NotFound if the actor's organisation did not sign the agreement, Invalid by field.
    """
    signatory = drafts.writer_of(actor, convention_id)
    convention = routing.router().conventions[convention_id]
    label, status, party, errors = _checked(convention, form)
    facts, faults = _facts(convention, form, now)
    errors |= faults
    if errors:
        raise Invalid(errors)
    with writing() as session:
        now = written_at(now)
        if len(live(convention_id)) >= MOST:
            raise Invalid({"": f"Un accord a {MOST} tickets témoins au plus : retirez-en d’abord."})
        row = GoldenTicket(
            convention=convention_id,
            label=label,
            facts=facts,
            on=form.on,
            expected_status=status,
            expected_party=party,
            ticket_number=form.ticket_number,
            attached_at=now,
            attached_by=actor.account_id,
            attached_by_name=actor.name,
            side=signatory.organisation,
            side_name=signatory.name,
        )
        session.add(row)
        session.flush()
        details = {"golden": row.id, "status": status, "party": party}
        audit.record("golden.attached", actor=actor, subject=f"accord {convention_id}", now=now, details=details)
        return row.id


def _checked(convention: Convention, form: GoldenForm) -> tuple[str, str, str, dict[str, str]]:
    """Return the label as stored, the status and party of the expected answer, and what is wrong with them by field."""
    errors: dict[str, str] = {}
    label = clean_line(form.label)
    if not LABEL_MIN <= len(label) <= LABEL_MAX:
        errors["label"] = f"Donnez un intitulé de {LABEL_MIN} à {LABEL_MAX} caractères."
    status, _, party = form.expected.partition(":")
    if status not in get_args(Status) or (status == "routed") is not (party in convention.parties):
        errors["expected"] = "Choisissez la réponse attendue."
    return label, status, party, errors


def _facts(convention: Convention, form: GoldenForm, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the facts as they are stored, and what is wrong with them: field -> French sentence."""
    given = {name: value for name, value in form.facts.items() if value is not None and value != ""}
    try:
        request = _request(routing.router(), given, form.on or today(now))
    except RequestError as fault:
        return given, {fault.field or "etablissement": _sentence(fault)}
    given["etablissement"] = request.etablissement
    if request.etablissement not in convention.etablissements:
        return given, {"etablissement": "Cet établissement n’est pas de cet accord."}
    return given, {}


def attach_ticket(actor: Actor, convention_id: str, number: str, label: str, now: datetime) -> int:
    """Attach a ticket that the actor sees: its facts, with its present decision as the agreed answer.

    Every signatory reads a golden ticket, even without access to the ticket itself, so none of the ticket's words are
    copied.
    """
    drafts.writer_of(actor, convention_id)
    unknown = Invalid({"number": "Aucun ticket de cet accord ne porte ce numéro dans votre périmètre."})
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise unknown
    try:
        row = queries.row_of(perimeter(actor), int(number))
    except NotFound:
        raise unknown from None
    if row.convention != convention_id:
        raise unknown
    decision = db.session.execute(
        select(DecisionRow.status, DecisionRow.party).where(DecisionRow.id == row.decision_id)
    ).one()
    facts = {"etablissement": row.etablissement, "service": row.service, "activity": row.activity}
    facts |= {name: _plain(getattr(row, name)) for name in FACTS}
    expected = f"routed:{decision.party}" if decision.status == "routed" else decision.status
    named = label or f"{row.service_label}, {row.activity_label}"[:LABEL_MAX]
    return attach(actor, convention_id, GoldenForm(named, facts, None, expected, row.number), now)


def withdraw(actor: Actor, golden_id: int, now: datetime) -> str:
    """Withdraw a golden ticket and return its agreement. It stays in the list, with who withdrew it and when.

    Raises NotFound.
    """
    with writing() as session:
        now = written_at(now)
        row = session.execute(
            select(GoldenTicket).where(GoldenTicket.id == golden_id).with_for_update()
        ).scalar_one_or_none()
        if row is None:
            raise NotFound
        drafts.writer_of(actor, row.convention)
        if row.withdrawn_at is None:
            row.withdrawn_at, row.withdrawn_by_name = now, actor.name
            audit.record(
                "golden.withdrawn",
                actor=actor,
                subject=f"accord {row.convention}",
                now=now,
                details={"golden": row.id},
            )
        return row.convention


def answer_words(router: Router, convention_id: str, etablissement: str, status: str, party: str) -> str:
    """Return an answer in words: who handles the request, or why nobody does."""
    if status != "routed":
        return STATUS_WORDS.get(status, status)
    return routing.holder(router.conventions, convention_id, party, etablissement).name


def _try(golden: GoldenView, router: Router, day: date) -> Tried:
    place = str(golden.facts.get("etablissement", ""))
    try:
        request = _request(router, golden.facts, golden.on or day)
        expected = answer_words(router, golden.convention, place, golden.expected_status, golden.expected_party)
        decision = router.route(request)
    except (RequestError, UnknownEtablissement) as fault:
        return Tried(golden, False, golden.expected_party or golden.expected_status, "aucune réponse", f"{fault}")
    holds = decision.status == golden.expected_status and golden.expected_party in ("", decision.party)
    got = answer_words(router, decision.convention or golden.convention, place, decision.status, decision.party)
    return Tried(golden, holds, expected, got, why(router, request, decision, plain_words.called(request.service)))


def _request(router: Router, facts: Mapping[str, Any], day: date) -> Request:
    noon = datetime.combine(day, time(12), PARIS)
    return RequestReader(router.conventions).read(
        {name: value for name, value in facts.items() if value is not None} | {"opened_at": noon.isoformat()},
        lambda: noon,
    )


def _sentence(fault: RequestError) -> str:
    known = {
        "etablissement": "Choisissez un établissement de cet accord.",
        "service": "Choisissez un service.",
        "activity": "Dites de quoi il s’agit.",
        "acquired_on": "Cette date n’existe pas.",
    }
    return known.get(fault.field or "", fault.message)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _view(row: GoldenTicket) -> GoldenView:
    return GoldenView(
        row.id,
        row.convention,
        row.label,
        row.facts,
        row.on,
        row.expected_status,
        row.expected_party,
        row.ticket_number,
        row.attached_at,
        row.attached_by_name,
        row.side_name,
        row.withdrawn_at,
        row.withdrawn_by_name,
    )
