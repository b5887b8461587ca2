"""The October campaign as the agreements shape it: the collèges that an académie asks, and the list that it exports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from charters.campaign import rosters, rounds
from charters.campaign.campaigns import CampaignView
from charters.database import writing, written_at
from charters.days import today
from charters.journal import audit
from charters.model import Actor, Role
from matrix import Conventions
from matrix.owners import own_party
from matrix.wording import with_sites
from ticketing.documents import tabular
from ticketing.in_force import routing

audit.label("roster.exported", "Liste des correspondants et gestionnaires réseau exportée")

HEADINGS = (
    "Collège",
    "Commune",
    "Rôle",
    "Nom",
    "Adresse mail",
    "Fonction",
    "État",
)
ROLES = {Role.CMI: "Correspondant maintenance informatique", Role.RESEAU: "Gestionnaire réseau"}


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A line of the list: a person in post, or a collège where nobody is in post (`name` is then « »)."""

    college: str
    commune: str
    role: str
    name: str
    email: str
    function: str
    state: str


@lru_cache(maxsize=8)
def colleges(conventions: Conventions, academie: str) -> frozenset[str]:
    """Return the collèges of the agreements that this académie signed (II.2: « dans chaque collège »)."""
    return frozenset(place.id for _, place in conventions.under(academie) if place.kind == "college")


def perimeter(actor: Actor, conventions: Conventions) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return (académies, établissements) whose lists the actor reads: an administrator's own, a référent's collèges."""
    assert actor.mandate is not None
    scope = actor.mandate.scope_id
    if actor.role is Role.ADMINISTRATEUR:
        return (scope,), colleges(conventions, scope)
    found: set[str] = set()
    signed: set[str] = set()
    for item in conventions:
        for place in item.etablissements.values():
            own = own_party("CL", place, item.parties)
            if place.kind == "college" and own and conventions.organisation(item.id, own, place.id)[0] == scope:
                found.add(place.id)
                signed.add(conventions.academie(place.id, item))
    return tuple(sorted(signed)), frozenset(found)


def roster(campaign: CampaignView, among: frozenset[str], now: datetime) -> list[RosterLine]:
    """Return the list of a campaign, collège by collège; a collège where nobody is in post has a line that says so."""
    conventions, lines = routing.router().conventions, []
    for place in rosters.places_of(campaign, now, among):
        known = conventions.etablissements.get(place.etablissement)
        college = with_sites(f"Collège {known.name}", known) if known else place.etablissement
        commune = known.commune if known else ""
        posts = rosters.in_post(campaign, place, today(now))
        for role, label in ROLES.items():
            here = [post for post in posts if post.role is role]
            lines += [
                RosterLine(college, commune, label, post.name, post.email, post.function, _state(post)) for post in here
            ] or [RosterLine(college, commune, label, "", "", "", "sans titulaire")]
    return sorted(lines, key=lambda line: (line.commune, line.college))


def _state(post: rosters.Post) -> str:
    if post.added:
        return "en poste depuis la campagne"
    return "confirmé" if post.kept else "non confirmé"


def exported(campaign: CampaignView, among: frozenset[str], actor: Actor, now: datetime) -> str:
    """Return the list as CSV without anything that a spreadsheet would compute, and write a line of the journal."""
    lines = roster(campaign, among, now)
    with writing():
        now = written_at(now)
        audit.record(
            "roster.exported",
            actor=actor,
            subject=f"octobre {campaign.year}",
            now=now,
            details={
                "lines": len(lines),
            },
        )
    return tabular.csv_text(
        [
            HEADINGS,
            *(
                (line.college, line.commune, line.role, line.name, line.email, line.function, line.state)
                for line in lines
            ),
        ]
    )


def follow(now: datetime) -> int:
    """Open the October campaigns, send their reminders and close them when due (a job); return the number of acts."""
    conventions = routing.router().conventions
    return rounds.run([(academie, colleges(conventions, academie)) for academie in conventions.academies], now)
