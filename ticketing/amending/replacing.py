"""What waited for the answer of somebody who left is told to whoever answers now: a campaign, an approval.

Each person who may answer is told once of each thing that waits (`letters.write_once`), whoever left and whoever came,
by an act or by a date. Where those who could have left, and nobody came instead, the administrators of the académie
are told. `charters.people.leaving` calls these parts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Set
from datetime import date, datetime

from sqlalchemy import case, func, select

from charters import letters
from charters.campaign import campaigns
from charters.database import db
from charters.days import today
from charters.model import Role
from charters.people import presence
from charters.people.posts import Post, in_post, of_posts
from charters.tables.access import Account, MandateRow
from charters.tables.campaign import Campaign, CampaignPlace
from matrix import Conventions
from ticketing.amending.approvals import wanted_by
from ticketing.in_force import routing, signatories, versions
from ticketing.in_force.signatories import Signatory
from ticketing.in_force.tables import DraftApproval, MatrixDraft

NOBODY = "nobody-answers"
APPROVAL = "approval-awaited"


def campaign(accounts: Collection[int] | None, now: datetime) -> int:
    """Tell the chefs in post, and the administrators where none is left, of the campaigns that wait for an answer."""
    day, session = today(now), db.session
    waiting = session.execute(
        select(Campaign, CampaignPlace.etablissement)
        .join(CampaignPlace, CampaignPlace.campaign_id == Campaign.id)
        .where(Campaign.closed_at.is_(None), Campaign.closes_on >= day, CampaignPlace.answered_at.is_(None))
        .order_by(Campaign.id, CampaignPlace.etablissement)
    ).all()
    if not waiting:
        return 0
    posts = {Post(Role.CHEF, place) for _, place in waiting}
    chefs, left = in_post(posts, day), _left(posts, day)
    told, nobody = 0, defaultdict(list)
    for row, place in waiting:
        post = Post(Role.CHEF, place)
        for chef in chefs[post]:
            told += campaigns.ask_once(row, chef, now=now)
        if post in left:
            nobody[row.academie].append((f"campagne {row.id} : {place}", _CAMPAIGN.format(place=_name(place))))
    return told + sum(_tell_nobody(academie, found, day, now) for academie, found in nobody.items())


_CAMPAIGN = "{place} : la campagne d’octobre (répondez d’après une réponse écrite, ou donnez un mandat de chef)"
_APPROVAL = "{place} : le projet de modification n° {number} (donnez un mandat à qui l’approuvera)"


def approvals(accounts: Collection[int] | None, now: datetime) -> int:
    """Tell those who may approve for a signatory, and administrators where nobody may, of the drafts that wait."""
    day = today(now)
    drafts = db.session.scalars(select(MatrixDraft).where(MatrixDraft.state == "submitted")).all()
    if not drafts:
        return 0
    conventions = routing.router().conventions
    given = {
        (one.draft_id, one.organisation)
        for one in db.session.scalars(
            select(DraftApproval).where(DraftApproval.draft_id.in_([draft.id for draft in drafts]))
        )
    }
    changes = versions.changes_of([draft.id for draft in drafts])
    told, nobody = 0, defaultdict(list)
    for draft in drafts:
        if draft.convention not in conventions:
            continue
        changed = [one.change for one in changes.get(draft.id, ())]
        posts = {
            post: name
            for post, name in _signing(conventions, draft, wanted_by(conventions, draft, changed))
            if (draft.id, post.scope) not in given
        }
        people, left = in_post(set(posts), day), _left(posts.keys(), day)
        for post, name in posts.items():
            for person in people[post]:
                values = {"number": draft.id, "for_name": name}
                told += letters.write_once(person, APPROVAL, [f"projet {draft.id}"], now=now, values=values)
            if post in left:
                said = (f"projet {draft.id} : {post.scope}", _APPROVAL.format(place=name, number=draft.id))
                for academie in _academies(conventions, draft):
                    nobody[academie].append(said)
    return told + sum(_tell_nobody(academie, found, day, now) for academie, found in nobody.items())


def _signing(conventions: Conventions, draft: MatrixDraft, wanted: Iterable[Signatory]) -> Iterator[tuple[Post, str]]:
    """The posts that approve a draft, each with the name of the organisation for which it does."""
    for side in wanted:
        role, names = signatories.signs_as(conventions, draft.convention, side), dict(side.members)
        for organisation in side.organisations:
            yield Post(role, organisation), names.get(organisation, side.name)


def _academies(conventions: Conventions, draft: MatrixDraft) -> list[str]:
    """Return the académies whose administrators see that nobody answers: those of the agreement's établissements."""
    convention = conventions[draft.convention]
    return sorted({conventions.academie(place, convention) for place in convention.etablissements})


def _tell_nobody(academie: str, things: list[tuple[str, str]], day: date, now: datetime) -> int:
    """Tell the administrators of an académie, in one letter each, what nobody answers any more."""
    told = 0
    for person in in_post({Post(Role.ADMINISTRATEUR, academie)}, day)[Post(Role.ADMINISTRATEUR, academie)]:
        values = {"things": [said for _, said in things], "about": academie}
        told += letters.write_once(person, NOBODY, [key for key, _ in things], now=now, values=values)
    return told


def _left(posts: Set[Post], day: date) -> Set[Post]:
    """Return the posts that somebody had, and that nobody has any more; a suspended person still has one."""
    still = case((presence.in_force(day) & presence.in_activity(day), 1), else_=0)
    rows = db.session.execute(
        select(MandateRow.role, MandateRow.scope_id, func.max(still))
        .join(Account, Account.id == MandateRow.account_id)
        .where(of_posts(posts), MandateRow.starts_on <= day)
        .group_by(MandateRow.role, MandateRow.scope_id)
    )
    return posts & {Post(Role(role), scope) for role, scope, there in rows if not there}


def _name(place: str) -> str:
    return routing.side_name(routing.router().conventions, place)


#: What is told, in the order in which `charters.people.leaving` calls it.
PARTS = (campaign, approvals)
