"""Route tickets by the matrix: the present router, and a request's decision with its names and sentences of the day."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Engine

from charters.database import db
from matrix import Convention, Conventions, Decision, Request, Router, load_conventions
from matrix.explain import question, why
from matrix.files import SHIPPED
from matrix.places import passing
from matrix.request_facts import FACTS
from ticketing.in_force import plain_words, versions
from ticketing.model import PARTY_NAMES, Facts, Holder
from ticketing.settings import desk_settings
from ticketing.views import CitationView, DecisionView

#: How long a process may use the facts, fills and versions that it has read before it asks again, in seconds.
FRESH_FOR = 2.0


@dataclass(slots=True)
class _Known:
    router: Router
    stamp: tuple[Any, ...]
    checked: float


_known: WeakKeyDictionary[Engine, _Known] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Routed:
    """A request, its decision, the holder that it gives, and what is shown of it."""

    request: Request
    decision: Decision
    holder: Holder
    desk: Holder
    academie: str  # the organisation that is the établissement's académie
    view: DecisionView
    contributors: tuple[Holder, ...]
    account_service: bool


def kept() -> Router | None:
    """Return the cached router while it is surely up to date, without a query; None if the database must be asked."""
    known = _known.get(db.engine)
    return known.router if known is not None and time.monotonic() - known.checked < FRESH_FOR else None


def router() -> Router:
    """Return the router over the agreements as filled in and amended, with the facts recorded on them.

    Changes by another process are seen after FRESH_FOR seconds at most; changes by this process at once (`forget`).
    """
    engine = db.engine  # one per application; read many times per page, so nothing is computed from it here
    known, clock = _known.get(engine), time.monotonic()
    if known is not None and clock - known.checked < FRESH_FOR:
        return known.router
    stamp = versions.stamp()
    if known is not None and known.stamp == stamp:
        known.checked = clock
        return known.router
    made = Router(versions.assembled(shipped(), versions.fills(), versions.amendments()), versions.recorded())
    _known[engine] = _Known(made, stamp, clock)
    return made


def router_known_at(instant: datetime) -> Router:
    """Return the router over what was known at an instant: the files, and fills, versions and facts entered by then."""
    known = versions.assembled(shipped(), versions.fills(instant), versions.amendments(instant))
    return Router(known, versions.recorded(instant))


def shipped() -> Conventions:
    """Return the agreements of the files, without what people filled in or amended."""
    settings = desk_settings()
    return _conventions(settings.agreements, settings.calendar)


@lru_cache(maxsize=8)
def on_day(conventions: Conventions, day: date) -> Conventions:
    """Return the agreements with only the version in force on a day, as a table of that day shows them.

    An agreement that has no version yet keeps its first one.
    """
    if all(len(one.versions) == 1 for one in conventions):
        return conventions
    return conventions.with_conventions(
        replace(one, versions=(one.version_on(day) or one.versions[0],)) for one in conventions
    )


def forget() -> None:
    """Drop the cached router; called when facts, fills or versions change, so that the next `router()` reads them."""
    _known.clear()


@lru_cache(maxsize=8)
def _conventions(folder: Path | None, calendar: Path | None) -> Conventions:
    return load_conventions(SHIPPED, *([folder] if folder else []), calendar=calendar)


def request_for(etablissement: str, service: str, activity: str, facts: Facts, opened_at: datetime) -> Request:
    """Return the matrix's request for a ticket."""
    return Request(
        etablissement=etablissement,
        service=service,
        activity=activity,
        opened_at=opened_at,
        **facts.values(),
    )


def route(router: Router, request: Request) -> Routed:
    """Return the decision on a request, with its names. Raises `matrix.UnknownEtablissement`."""
    decision = router.route(request)
    conventions, place = router.conventions, request.etablissement
    convention = decision.convention
    account = any(request.service in one.account_services for one in conventions.of(place))
    held_by = holder(conventions, convention, decision.party, place)
    return Routed(
        request,
        decision,
        held_by,
        desk(conventions, place, convention),
        conventions.academie(place),
        _view(router, request, decision),
        tuple(holder(conventions, convention, party, place) for party in decision.contributors),
        account and held_by.organisation == place,
    )


def questions(router: Router, request: Request, missing: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return (fact, question) for each missing fact; the question is the French sentence that asks for it."""
    return tuple((fact, question(router.conventions, request, fact).sentence) for fact in missing)


def holder(conventions: Conventions, convention: str | None, party: str, etablissement: str) -> Holder:
    """Return the holder that a party stands for, for an établissement."""
    organisation, name = conventions.organisation(convention, party, etablissement)
    if organisation == party:  # the agreement names no organisation for this party
        name = PARTY_NAMES.get(party, party)
    return Holder(party, _role(conventions, convention, party), organisation, name)


def _role(conventions: Conventions, convention: str | None, party: str) -> str:
    named = conventions[convention].parties.get(party) if convention is not None and convention in conventions else None
    return named.role if named is not None else conventions.vocabulary.parties.get(party, "EN")


def desk(conventions: Conventions, etablissement: str, convention: str | None = None) -> Holder:
    """Return the holder that runs the single desk for an établissement (I.4), by the agreement that routed."""
    known = conventions.of(etablissement)
    agreement = next((one for one in known if one.id == convention), next(iter(known), None))
    if agreement is None:
        return holder(conventions, None, "academie", etablissement)
    return holder(conventions, agreement.id, agreement.desk, etablissement)


def parties(conventions: Conventions, etablissement: str) -> tuple[Holder, ...]:
    """Return the parties of the établissement's agreements to which a ticket may be handed, each organisation once.

    A party to which maintenance may pass later (I.2: the Région) is one of them once an administrator recorded the
    fact.
    """
    known = [fact for fact in router().recorded if fact.kind == "transferred"]
    found: dict[str, Holder] = {}
    for convention in conventions.of(etablissement):
        place = convention.etablissements[etablissement]
        recorded = {fact.subject for fact in known if fact.convention == convention.id}
        passes = passing(convention, place, recorded.__contains__)
        taken = {passes.own(one.target) for one in passes.holding}
        coming = {passes.own(one.target) for one in passes.waiting} - taken
        waiting = {name for name, body in convention.parties.items() if name in coming and body.successor}
        for body in _bodies(conventions, convention, etablissement):
            if body.party not in waiting:
                found.setdefault(body.organisation, body)
    return tuple(found.values())


def _bodies(conventions: Conventions, convention: Convention, etablissement: str) -> Iterator[Holder]:
    """Yield the parties of an agreement that may hold a ticket of an établissement: not those of other places alone."""
    apart = conventions.strangers(convention, etablissement)
    for party, named in convention.parties.items():
        if not named.contributor_only and party not in apart:
            yield holder(conventions, convention.id, party, etablissement)


def side_name(conventions: Conventions, side: str) -> str:
    """Return the name of an établissement, a collectivité or an académie; its id if no agreement names it."""
    return _side_names(conventions).get(side, side)


@lru_cache(maxsize=8)
def _side_names(conventions: Conventions) -> Mapping[str, str]:
    names: dict[str, str] = {}
    for place in conventions.etablissements:
        for convention in conventions.of(place):
            for party, named in convention.parties.items():
                organisation, name = conventions.organisation(convention.id, party, place)
                if organisation != party and not named.contributor_only:
                    names.setdefault(organisation, name)
    return names


def _view(router: Router, request: Request, decision: Decision) -> DecisionView:
    conventions, place = router.conventions, request.etablissement

    def name(party: str) -> str:
        return holder(conventions, decision.convention, party, place).name

    return DecisionView(
        status=decision.status,
        party=decision.party,
        party_name=name(decision.party),
        party_role=_role(conventions, decision.convention, decision.party),
        why=why(router, request, decision, plain_words.called(request.service)),
        citations=tuple(
            CitationView(one.document, one.ref, one.kind, one.quote, one.reading) for one in decision.citations
        ),
        contributors=tuple((party, name(party)) for party in decision.contributors),
        missing=decision.missing,
        questions=tuple(sentence for _, sentence in questions(router, request, decision.missing)),
        candidates=tuple((party, name(party)) for party in decision.candidates),
        warnings=tuple((warning.code, warning.message) for warning in decision.warnings),
        via=decision.via,
        convention=decision.convention,
        version=decision.version,
    )


def packed(routed: Routed) -> dict[str, Any]:
    """Return the JSON of a decision's row: the request, and the view with its sentences and names."""
    view = {name: getattr(routed.view, name) for name in _VIEWED}
    view["citations"] = [asdict(citation) for citation in routed.view.citations]
    asked = {name: _plain(value) for name in _ASKED if (value := getattr(routed.request, name)) is not None}
    return {"view": view, "request": asked}


_VIEWED = tuple(one.name for one in fields(DecisionView) if one.name not in ("at", "by", "reason", "delay"))
_ASKED = ("etablissement", "service", "activity", "opened_at", *FACTS)
_CITED = tuple(one.name for one in fields(CitationView))


def unpacked(data: Mapping[str, Any], *, at: datetime, by: str, reason: str) -> DecisionView:
    """Return the view that `packed` stored, with what other columns hold: when, by whom and why it was decided."""
    view = dict(data["view"])
    for name in ("contributors", "candidates", "warnings"):
        view[name] = tuple((pair[0], pair[1]) for pair in view[name])
    for name in ("missing", "questions"):
        view[name] = tuple(view[name])
    view["citations"] = tuple(  # rows written before version 0.1.0 also hold the title of the document, not read
        CitationView(**{name: kept[name] for name in _CITED if name in kept}) for kept in view["citations"]
    )
    return DecisionView(**view, at=at, by=by, reason=reason)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
