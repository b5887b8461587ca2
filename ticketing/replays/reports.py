"""Write the result of a replay: text for a terminal, CSV for a spreadsheet, JSON for a program.

The same result always gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from matrix import Conventions, Decision
from matrix.comparison.replay import CellUse, Change, Flow, Outcome, Place, Replay, Shift
from matrix.comparison.substitution import Trial
from matrix.model import Citation
from matrix.request_facts import DECLARED, FACTS
from matrix.wording import day, reference
from ticketing.documents.tabular import csv_text
from ticketing.model import OWN_PARTIES, PARTY_NAMES
from ticketing.replays.selection import ReplayPeriod

STATUSES = {
    "routed": "confié",
    "needs_info": "un fait manque",
    "not_applicable": "sans objet",
    "to_qualify": "à qualifier",
    "conflict": "deux clauses se contredisent",
    "arbitration": "au cas par cas",
    "out_of_scope": "hors de l’accord",
}
CHANGES: dict[Change, str] = {
    "party": "change de partie",
    "status": "change de statut",
    "words": "même partie, autre clause",
    "": "inchangé",
}
#: Fact -> heading of its column. Days of purchase are given as classes.
_FACT_NAMES = {name: fact.column or fact.label for name, fact in DECLARED.items()} | {
    "acquired_on": f"{DECLARED['acquired_on'].label} (classe)"
}
#: What the working times are, and what they are not.
HOURS = (
    "Heures ouvrées de l’ouverture à la résolution, attentes comprises : moyenne des tickets résolus du même service "
    "et de la même activité, multipliée par le nombre de tickets. C’est une durée de traitement, non un temps passé."
)
AS_IF = (
    "Le projet est rejoué comme s’il avait pris effet avant la période, et comparé à la version qu’il modifie : "
    "tout le reste est égal par ailleurs."
)


def party_name(conventions: Conventions, convention_id: str, party: str) -> str:
    """Return a party's name in an agreement: its organisation's, or its general name if that differs by place."""
    body = conventions[convention_id].parties.get(party) if convention_id in conventions else None
    if body is None or party in OWN_PARTIES or body.organisation == "*":
        return PARTY_NAMES.get(party, party)
    return body.name


def clauses(decision: Decision) -> str:
    """Return the places that a decision cites, each once: « article II.2, annexe 2 bis »."""
    return ", ".join(dict.fromkeys(reference(one) for one in decision.citations))


def quotes(decision: Decision) -> str:
    """Return the places that a decision cites, with their words, as a spreadsheet's cell holds them."""
    return " / ".join(dict.fromkeys(f"{reference(one)} : « {one.quote} »" for one in decision.citations))


def hours(seconds: int) -> int:
    """Return whole hours, rounded."""
    return (seconds + 1800) // 3600


def as_csv(replay: Replay, trial: Trial) -> str:
    """Return a line for each group of identical facts that changes, with the decision and clauses before and after."""
    conventions = trial.after.conventions
    head = (
        "Établissement",
        "Nom",
        "Commune",
        "Service",
        "Activité",
        *(_FACT_NAMES[fact] for fact in FACTS),
        "Tickets",
        "Ce qui change",
        "Statut avant",
        "Partie avant",
        "Clauses avant",
        "Statut après",
        "Partie après",
        "Clauses après",
        "Heures",
    )
    return csv_text([head, *(_line(one, conventions, trial.convention) for one in replay.outcomes)])


def _line(one: Outcome, conventions: Conventions, convention_id: str) -> Sequence[object]:
    asked, place = one.request, conventions.etablissements.get(one.request.etablissement)
    return (
        asked.etablissement,
        place.name if place else "",
        place.commune if place else "",
        conventions.services.get(asked.service, asked.service),
        conventions.activities.get(asked.activity, asked.activity),
        *(_fact(getattr(asked, fact)) for fact in FACTS),
        one.count,
        CHANGES[one.change],
        STATUSES[one.before.status],
        party_name(conventions, convention_id, one.before.party),
        quotes(one.before),
        STATUSES[one.after.status],
        party_name(conventions, convention_id, one.after.party),
        quotes(one.after),
        hours(one.seconds),
    )


def _fact(value: object) -> object:
    return value if value is None or isinstance(value, bool | str) else str(value)


def as_json(replay: Replay, trial: Trial, wanted: ReplayPeriod) -> str:
    """Return the whole result as JSON with ids, for a program."""
    document = {
        "convention": replay.convention,
        "since": wanted.since.isoformat(),
        "until": wanted.until.isoformat(),
        "tickets": replay.tickets,
        "groups": replay.groups,
        "changed": replay.changed,
        "moved": replay.moved,
        "seconds_moved": replay.seconds,
        "tickets_without_time": replay.unmeasured,
        "flows": [_plain(one) for one in replay.flows],
        "statuses": [_plain(one) for one in replay.statuses],
        "etablissements": [_plain(one) for one in replay.places],
        "shifts": [
            {**_plain(one), "before": _decision(one.before), "after": _decision(one.after)} for one in replay.shifts
        ],
        "groups_changed": [
            {
                "etablissement": one.request.etablissement,
                "service": one.request.service,
                "activity": one.request.activity,
                "facts": {
                    fact: _told(getattr(one.request, fact)) for fact in FACTS if getattr(one.request, fact) is not None
                },
                "tickets": one.count,
                "change": one.change,
                "seconds": one.seconds,
                "before": _decision(one.before),
                "after": _decision(one.after),
            }
            for one in replay.outcomes
        ],
        "cells": [_plain(one) for one in replay.cells],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _plain(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def _told(value: object) -> object:
    return value if isinstance(value, bool | str) else str(value)


def _decision(one: Decision) -> dict[str, Any]:
    return {
        "status": one.status,
        "party": one.party,
        "contributors": list(one.contributors),
        "missing": list(one.missing),
        "candidates": list(one.candidates),
        "via": one.via,
        "warnings": [warning.code for warning in one.warnings],
        "citations": [_citation(citation) for citation in one.citations],
    }


def _citation(one: Citation) -> dict[str, str]:
    return {"document": one.document, "ref": one.ref, "kind": one.kind, "quote": one.quote}


def as_text(replay: Replay, trial: Trial, wanted: ReplayPeriod, title: str) -> str:
    """Return the result for a person at a terminal."""
    lines = [
        f"Rejeu : {title} ({replay.convention})",
        f"Tickets ouverts du {day(wanted.since)} au {day(wanted.until)}. {AS_IF}",
        "",
        *(_text(replay, trial.after.conventions) if replay.tickets else ("Aucun ticket dans cette période.",)),
    ]
    return "".join(f"{line}\n" for line in lines)


def _text(replay: Replay, conventions: Conventions) -> Iterator[str]:
    def name(party: str) -> str:
        return party_name(conventions, replay.convention, party)

    yield f"{replay.tickets} tickets ({replay.groups} combinaisons de faits), {replay.changed} changent, dont"
    yield f"{replay.moved} de partie ({hours(replay.seconds)} heures)."
    if replay.unmeasured:
        yield f"{replay.unmeasured} d’entre eux n’ont pas de durée connue et ne sont pas dans ces heures."
    yield HOURS
    yield from _listed("Flux", (_flow(one, name) for one in replay.flows))
    yield from _listed(
        "Statuts", (f"{STATUSES[one.before]} -> {STATUSES[one.after]} : {one.tickets}" for one in replay.statuses)
    )
    yield from _listed("Ce qui change, case par case", (_shift(one, conventions, name) for one in replay.shifts))
    yield from _listed("Collèges les plus touchés", (_place(one) for one in replay.places[:20]))
    yield from _listed("Cases changées par le projet", (_cell(one) for one in replay.cells if one.changes))
    unused = [f"{one.service} / {one.activity}" for one in replay.unexercised]
    yield from _listed(f"Cases qu’aucun ticket n’a touchées ({len(unused)} sur {len(replay.cells)})", unused)


def _flow(one: Flow, name: Callable[[str], str]) -> str:
    moved = f" ({hours(one.seconds)} h)" if one.before != one.after else ""
    return f"{name(one.before)} -> {name(one.after)} : {one.tickets}{moved}"


def _place(one: Place) -> str:
    return (
        f"{one.etablissement} : {one.moved} changent de partie, {one.changed} changent, sur {one.tickets}"
        f" ({hours(one.seconds)} h)"
    )


def _cell(one: CellUse) -> str:
    tickets = f"{one.tickets or 'aucun'} ticket{'s' if one.tickets > 1 else ''}"
    return f"{one.service} / {one.activity} : {tickets}"


def _shift(one: Shift, conventions: Conventions, name: Callable[[str], str]) -> str:
    return (
        f"{one.service} / {one.activity} : {one.tickets} tickets, {CHANGES[one.change]}\n"
        f"      avant : {name(one.before.party)}, {STATUSES[one.before.status]} ({quotes(one.before)})\n"
        f"      après : {name(one.after.party)}, {STATUSES[one.after.status]} ({quotes(one.after)})"
    )


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield ""
        yield title
        yield from (f"  - {line}" for line in found)
