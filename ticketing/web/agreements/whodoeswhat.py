"""Pages of « Qui fait quoi »: an agreement as a grid and as sentences; each cell has its own page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from charters.days import today
from charters.model import Mandate
from charters.permissions import MAY, Action
from matrix import terms
from matrix.conventions import Conventions
from matrix.model import Convention, Etablissement, Recorded
from matrix.places import passing
from matrix.router import Router
from matrix.uai import as_kept
from matrix.wording import DOING, by_commune, capital, references, to, with_sites
from ticketing.amending.overview import fact_label
from ticketing.in_force import routing, signed_texts
from ticketing.in_force.plain_words import ACTIVITY_ANSWERS, SERVICES
from ticketing.tickets.contesting import precedents
from ticketing.web.agreements import annexes, grid, text_views
from ticketing.web.frame import scope_name
from ticketing.web.guards import guard
from ticketing.web.tickets import plain_labels

blueprint = Blueprint("whodoeswhat", __name__)
guard(blueprint, "member")


#: The most letters of a search that are read.
QUERY_MAX = 100
#: Service -> what people call it, with the examples that tell it from its neighbours.
_PLAIN_WORDS = {one.id: f"{one.label} {one.hint}" for one in SERVICES.values()}


@dataclass(frozen=True, slots=True)
class AgreementsInReach:
    """What the active mandate may look at: agreements, and the établissements under them, in alphabetical order."""

    conventions: tuple[Convention, ...]
    places: tuple[Etablissement, ...]

    def convention(self, convention_id: str) -> Convention:
        """Return an agreement by its id; abort with 404 outside the mandate."""
        return next((one for one in self.conventions if one.id == convention_id), None) or abort(404)

    def of(self, convention: Convention) -> tuple[Etablissement, ...]:
        """Return the établissements in reach that are under `convention`."""
        return tuple(place for place in self.places if place.id in convention.etablissements)

    def place(self, convention: Convention) -> Etablissement | None:
        """Return the établissement that the address names, or the only one in reach; abort with 404 outside it."""
        named = as_kept(request.args.get("etablissement", "").strip())
        places = self.of(convention)
        if named:
            return next((place for place in places if place.id == named), None) or abort(404)
        return places[0] if len(self.places) == 1 and places else None


@blueprint.get("/qui-fait-quoi")
def index() -> Response | str:
    """Redirect to the only agreement of the mandate, or list them all."""
    reach = in_reach()
    if len(reach.conventions) == 1:
        place = request.args.get("etablissement")
        return redirect(url_for(".show", convention_id=reach.conventions[0].id, etablissement=place))
    recorded = routing.router().recorded
    standings = [(one, terms.standing(one, today(g.now), recorded)) for one in reach.conventions]
    return render_template("agreements/whodoeswhat/index.html", standings=standings)


@blueprint.get("/qui-fait-quoi/<convention_id>")
def show(convention_id: str) -> str:
    """Show the grid, its sentences, and the annexes that explain it."""
    reach, router = in_reach(), routing.router()
    convention = reach.convention(convention_id)
    place = reach.place(convention)
    conventions = routing.on_day(router.conventions, today(g.now))
    recorded = _recorded(router, convention, place)
    sections = grid.sections(conventions, convention.id, place.id if place else None, recorded)
    wanted = request.args.get("section", "")
    text = " ".join(request.args.get("q", "").replace("\x00", "").split())[:QUERY_MAX]
    found = grid.matching(sections, text, _PLAIN_WORDS) if text else sections
    chosen = [section for section in found if section.id == wanted]
    return render_template(
        "agreements/whodoeswhat/show.html",
        convention=convention,
        conventions=reach.conventions,
        place=place,
        place_name=scope_name(place.id) if place else None,
        places=reach.of(convention),
        places_options=[(one.id, with_sites(by_commune(one), one)) for one in reach.of(convention)],
        activities=conventions.activities,
        all_sections=sections,
        sections=chosen or found,
        section=wanted if chosen else "",
        sought=text,
        plain=plain_labels.plain_label,
        answers=ACTIVITY_ANSWERS,
        sentences=request.args.get("vue") == "phrases",
        parties=_parties(conventions, convention, place, recorded),
        coming=[version for version in convention.versions if version.on > today(g.now)],
        recorded=[(fact_label(convention, one.kind, one.subject), one.on) for one in recorded if one.kind != "end"],
        categories=tuple(convention.categories.values()),
        provenances=grid.PROVENANCES,
        kinds={cell.kind for section in sections for service in section.services for cell in service.cells},
        desk_name=grid.party_name(conventions, convention, convention.desk, place.id if place else None),
        standing=terms.standing(convention, today(g.now), router.recorded),
        transfers=_transfers(conventions, convention, place, recorded),
        annexes=annexes.annexes(conventions, convention.id, place.id if place else None),
        text=signed_texts.laid(conventions, convention.id),
    )


@dataclass(frozen=True, slots=True)
class MayPass:
    """What a clause lets pass to another party: its heading, « La maintenance », « à la Région… », the places."""

    heading: str
    doing: str
    to: str
    places: str


def _transfers(
    conventions: Conventions, convention: Convention, place: Etablissement | None, recorded: tuple[Recorded, ...]
) -> list[MayPass]:
    """Return the transfers that a person may still record for an établissement, each sentence once."""
    if place is None:
        return []
    known = {fact.subject for fact in recorded if fact.kind == "transferred"}
    said = []
    for one in passing(convention, place, known.__contains__).waiting:
        name = grid.party_name(conventions, convention, one.target, place.id)
        heading = "Cité scolaire" if one.warning == "cite-scolaire" else "Un transfert est possible"
        said.append(MayPass(heading, capital(DOING[one.activity]), to(name), references(one.citations)))
    return list(dict.fromkeys(said))


def _recorded(router: Router, convention: Convention, place: Etablissement | None) -> tuple[Recorded, ...]:
    """Return what is recorded by today of an agreement, of one établissement where there is one."""
    return tuple(one for one in router.recorded if one.on <= today(g.now) and _bears_on(one, convention, place))


@blueprint.get("/qui-fait-quoi/<convention_id>/<service>/<activity>")
def cell(convention_id: str, service: str, activity: str) -> str:
    """Show a cell with its clauses, as a page, or as a fragment for a dialog when a script asks (header X-Fragment)."""
    reach, router = in_reach(), routing.router()
    convention = reach.convention(convention_id)
    place = reach.place(convention)
    try:
        conventions = routing.on_day(router.conventions, today(g.now))
        recorded = _recorded(router, convention, place)
        found = grid.detail(conventions, convention.id, place.id if place else None, service, activity, recorded)
    except KeyError:
        abort(404)
    fragment = bool(request.headers.get("X-Fragment"))
    template = "agreements/whodoeswhat/cell_fragment.html" if fragment else "agreements/whodoeswhat/cell.html"
    return render_template(
        template,
        convention=convention,
        place=place,
        cell=found,
        place_name=scope_name(place.id) if place else None,
        may_open=_may_open(place, service),
        precedents=precedents.of_cell(convention.id, service, activity),
        **text_views.beside_cell(conventions, found.view, convention.id),
    )


def in_reach() -> AgreementsInReach:
    """Return what the active mandate of the request may look at; abort with 404 without a mandate."""
    mandate: Mandate | None = g.actor.mandate
    conventions = routing.router().conventions
    if mandate is None:
        abort(404)
    places = sorted(
        (place for place in conventions.etablissements.values() if _covers(conventions, mandate, place)),
        key=lambda place: (place.commune, place.name),
    )
    ids = {one.id for place in places for one in conventions.of(place.id)}
    return AgreementsInReach(tuple(one for one in conventions if one.id in ids), tuple(places))


def _covers(conventions: Conventions, mandate: Mandate, place: Etablissement) -> bool:
    """Whether an établissement is under the mandate: it is its scope, or one of its agreements binds its scope."""
    if mandate.role.scope_kind == "etablissement":
        return place.id == mandate.scope_id
    return any(
        conventions.organisation(convention.id, party, place.id)[0] == mandate.scope_id
        for convention in conventions.of(place.id)
        for party in convention.parties
    )


def _parties(
    conventions: Conventions, convention: Convention, place: Etablissement | None, recorded: tuple[Recorded, ...]
) -> list[tuple[str, str]]:
    """Return the legend: the parties that answer for some cell, with their names."""
    used = {
        party
        for section in grid.sections(conventions, convention.id, place.id if place else None, recorded)
        for service in section.services
        for cell in service.cells
        for party in cell.parties
    }
    named = [
        (party, grid.party_name(conventions, convention, party, place.id if place else None))
        for party in convention.parties
        if party in used or party == convention.desk
    ]
    return [(party, name[:1].upper() + name[1:]) for party, name in named]


def _bears_on(fact: Recorded, convention: Convention, place: Etablissement | None) -> bool:
    return fact.convention == convention.id and (
        fact.kind != "transferred" or place is None or fact.subject.partition(":")[0] == place.id
    )


def _may_open(place: Etablissement | None, service: str) -> bool:
    """Whether the mandate may open tickets on this service (annexe 5 limits the gestionnaire réseau's)."""
    role = g.actor.role
    if role is None or place is None or Action.OPEN not in MAY[role]:
        return False
    allowed = routing.router().conventions.opens(role.value, place.id)
    return allowed is None or service in allowed
