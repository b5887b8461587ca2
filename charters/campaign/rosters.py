"""Read a campaign: what each collège answered, and the list of people in post for the département (II.2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, false, or_, select

from charters.campaign.campaigns import ASKED, CampaignView, view
from charters.database import db
from charters.days import today
from charters.errors import NotFound
from charters.model import Role
from charters.people.presence import in_force
from charters.tables.access import Account, MandateRow
from charters.tables.campaign import Campaign, CampaignLine, CampaignPlace


@dataclass(frozen=True, slots=True)
class Post:
    """A person in post or asked about. `kept` None: no answer yet; `added`: the mandate is later than the opening."""

    mandate_id: int
    account_id: int
    role: Role
    name: str
    email: str
    function: str
    kept: bool | None
    added: bool
    over: bool  # the mandate has ended


@dataclass(frozen=True, slots=True)
class Place:
    """An établissement of a campaign, with its people. `chef`: whether it has a chef in post who can answer."""

    etablissement: str
    answered_at: datetime | None
    answered_by: str
    chef: bool
    posts: tuple[Post, ...]


def campaigns_of(academies: Collection[str]) -> list[CampaignView]:
    """The campaigns of these académies, newest first."""
    rows = db.session.scalars(
        select(Campaign).where(Campaign.academie.in_(academies)).order_by(Campaign.year.desc(), Campaign.academie)
    )
    return [view(row) for row in rows]


def places_of(campaign: CampaignView, now: datetime, among: Collection[str] | None = None) -> list[Place]:
    """The établissements of a campaign with their people, sorted by id; only those of `among` where it is given."""
    asked = (
        select(CampaignPlace, Account.first_name, Account.last_name)
        .outerjoin(Account, Account.id == CampaignPlace.answered_by)
        .where(CampaignPlace.campaign_id == campaign.id)
    )
    if among is not None:
        asked = asked.where(CampaignPlace.etablissement.in_(among))
    rows = db.session.execute(asked.order_by(CampaignPlace.etablissement)).all()
    ids = [row[0].etablissement for row in rows]
    day = today(now)
    chefs = set(
        db.session.scalars(
            select(MandateRow.scope_id)
            .join(Account, Account.id == MandateRow.account_id)
            .where(
                MandateRow.role == Role.CHEF,
                MandateRow.scope_id.in_(ids),
                MandateRow.starts_on <= day,
                in_force(day),
                or_(Account.ends_on.is_(None), Account.ends_on >= day),
            )
        )
    )
    posts = _posts(campaign, ids, day)
    return [
        Place(
            row[0].etablissement,
            row[0].answered_at,
            f"{row[1]} {row[2]}" if row[1] else "",
            row[0].etablissement in chefs,
            tuple(posts.get(row[0].etablissement, ())),
        )
        for row in rows
    ]


def place_of(campaign: CampaignView, etablissement: str, now: datetime) -> Place:
    """One établissement of a campaign. Raises NotFound."""
    found = places_of(campaign, now, {etablissement})
    if not found:
        raise NotFound(etablissement)
    return found[0]


def _posts(campaign: CampaignView, places: Collection[str], day: date) -> dict[str, list[Post]]:
    """The people asked about in each place; while the campaign runs, also those given a mandate since its opening."""
    found: dict[str, list[Post]] = {}
    for row in db.session.execute(_mandates_listed(campaign, places, day)):
        post = Post(
            row.id,
            row.account_id,
            Role(row.role),
            f"{row.first_name} {row.last_name}",
            row.email,
            row.function,
            row.kept,
            row.asked is None,
            row.ends_on is not None and row.ends_on < day,
        )
        found.setdefault(row.scope_id, []).append(post)
    return found


def _mandates_listed(campaign: CampaignView, places: Collection[str], day: date) -> Select[*tuple[Any, ...]]:
    """The mandates of these places with their people and what was answered, by role and name."""
    line = CampaignLine
    given_since = (MandateRow.starts_on <= day) & in_force(day) if campaign.closed_at is None else false()
    return (
        select(
            MandateRow.id,
            MandateRow.scope_id,
            MandateRow.role,
            MandateRow.ends_on,
            Account.id.label("account_id"),
            Account.first_name,
            Account.last_name,
            Account.email,
            Account.function,
            line.kept,
            line.mandate_id.label("asked"),
        )
        .join(Account, Account.id == MandateRow.account_id)
        .outerjoin(line, (line.mandate_id == MandateRow.id) & (line.campaign_id == campaign.id))
        .where(
            MandateRow.role.in_(ASKED),
            MandateRow.scope_id.in_(places),
            or_(line.mandate_id.is_not(None), given_since),
        )
        .order_by(MandateRow.role, Account.last_name, Account.first_name, MandateRow.id)
    )


def in_post(campaign: CampaignView, place: Place, day: date) -> list[Post]:
    """The people of an établissement who are on the list: those confirmed and those given a mandate since.

    Until the campaign is over, people without an answer are on it too. Afterwards the list stays as it was on its last
    day, whatever mandates have ended since.
    """
    if campaign.closed_at is not None:
        return [post for post in place.posts if post.kept]
    return [post for post in place.posts if not post.over and post.kept is not False]
