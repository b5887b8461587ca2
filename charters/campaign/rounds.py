"""The scheduler's work for a campaign, each step done once: reminders, the term, the end of unconfirmed mandates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select

from charters import letters
from charters.campaign.campaigns import ASKED, default_dates, line_of, open_campaign, write_to_chefs, year_of
from charters.database import db, reading, writing, written_at
from charters.days import today
from charters.errors import Refused
from charters.journal import audit
from charters.people import leaving
from charters.people.presence import in_force
from charters.tables.access import Account, MandateRow
from charters.tables.campaign import Campaign, CampaignLine, CampaignPlace

audit.label("campaign.reminded", "Campagne d’octobre : rappel aux collèges")
audit.label("campaign.term", "Campagne d’octobre : terme passé, mandats non confirmés en lecture seule")
audit.label("campaign.closed", "Campagne d’octobre terminée")

EVERY = timedelta(days=7)
OPENS_IN = 10  # October


def run(places: Iterable[tuple[str, frozenset[str]]], now: datetime) -> int:
    """Do what each campaign's dates require today; in October, open those of `places` (académie -> its collèges).

    Returns how many things were done: campaigns opened or closed, letters written.
    """
    day, done = today(now), 0
    if day.month == OPENS_IN:
        done += sum(_open(academie, found, now) for academie, found in places)
    with reading() as session:
        running = session.scalars(select(Campaign.id).where(Campaign.closed_at.is_(None)).order_by(Campaign.id)).all()
    for campaign_id in running:
        with writing() as session:
            now = written_at(now)
            campaign = session.get_one(Campaign, campaign_id, with_for_update=True, populate_existing=True)
            if campaign.closed_at is None:
                done += _follow(campaign, day, now)
    return done


def _open(academie: str, places: frozenset[str], now: datetime) -> int:
    """Open the year's campaign of an académie whose collèges use Guichet, where nobody has opened it."""
    day = today(now)
    with reading() as session:
        known = session.scalar(select(Campaign.id).where(Campaign.academie == academie, Campaign.year == year_of(day)))
        used = session.scalar(select(MandateRow.id).where(MandateRow.scope_id.in_(places)).limit(1))
    if known is not None or used is None:
        return 0
    term, closes = default_dates(day)
    try:
        open_campaign(academie, places, term_on=term, closes_on=closes, actor=None, now=now)
    except Refused:  # an administrator opened it first, or last year's is not over
        return 0
    return 1


def _follow(campaign: Campaign, day: date, now: datetime) -> int:
    if day > campaign.closes_on:
        return _close(campaign, now)
    if day > campaign.term_on:
        return _tell_term(campaign, now) if campaign.told_term_on is None else 0
    last = campaign.reminded_on or today(campaign.opened_at)
    return _remind(campaign, day, now) if day >= last + EVERY else 0


def _waiting(campaign: Campaign) -> list[str]:
    return list(
        db.session.scalars(
            select(CampaignPlace.etablissement).where(
                CampaignPlace.campaign_id == campaign.id, CampaignPlace.answered_at.is_(None)
            )
        )
    )


def _remind(campaign: Campaign, day: date, now: datetime) -> int:
    campaign.reminded_on = day
    told = write_to_chefs(_waiting(campaign), campaign.year, campaign.term_on, campaign.closes_on, first=False, now=now)
    audit.record(
        "campaign.reminded",
        sigle="guichet",
        subject=campaign.academie,
        now=now,
        details={"year": campaign.year, "letters": told},
    )
    return told


def _tell_term(campaign: Campaign, now: datetime) -> int:
    """After the term, write to people whose mandate now only allows reading, and to chefs who have not answered."""
    campaign.told_term_on = today(now)
    owners = db.session.scalars(
        select(Account).where(Account.id.in_(_unconfirmed(campaign))).order_by(Account.id)
    ).all()
    values = {"closes_on": f"{campaign.closes_on:%d/%m/%Y}"}
    for owner in owners:
        letters.write(owner, "campaign", now=now, text="campaign-term", values=values)
    leaving.let_go([owner.id for owner in owners], now)
    chefs = write_to_chefs(
        _waiting(campaign), campaign.year, campaign.term_on, campaign.closes_on, first=False, now=now
    )
    audit.record(
        "campaign.term",
        sigle="guichet",
        subject=campaign.academie,
        now=now,
        details={"year": campaign.year, "letters": len(owners) + chefs},
    )
    return len(owners) + chefs


def _unconfirmed(campaign: Campaign) -> Select[int]:
    return (
        select(MandateRow.account_id)
        .join(CampaignLine, CampaignLine.mandate_id == MandateRow.id)
        .where(CampaignLine.campaign_id == campaign.id, MandateRow.confirm_by.is_not(None))
    )


def _close(campaign: Campaign, now: datetime) -> int:
    """Close a campaign after its closing day: end the unconfirmed mandates, add those given meanwhile to the list.

    Returns how many things were done: the closing, and each mandate that ended.
    """
    ended, added = _lapse(campaign, now), _list_given_since(campaign)
    campaign.closed_at = now
    audit.record(
        "campaign.closed",
        sigle="guichet",
        subject=campaign.academie,
        now=now,
        details={
            "year": campaign.year,
            "ended": ended,
            "added": added,
        },
    )
    return 1 + ended


def _lapse(campaign: Campaign, now: datetime) -> int:
    """End the mandates that nobody confirmed, on the closing day unless they ended before. Returns their number."""
    lapsed = db.session.execute(
        select(MandateRow, Account.sigle)
        .join(CampaignLine, CampaignLine.mandate_id == MandateRow.id)
        .join(Account, Account.id == MandateRow.account_id)
        .where(CampaignLine.campaign_id == campaign.id, MandateRow.lapses_on.is_not(None))
        .order_by(MandateRow.id)
        .with_for_update(of=MandateRow)
    ).all()
    for mandate, sigle in lapsed:
        last = campaign.closes_on
        mandate.ends_on = min(mandate.ends_on, last) if mandate.ends_on else last
        mandate.confirm_by = mandate.lapses_on = None
        audit.record(
            "mandate.ended",
            sigle="guichet",
            subject=sigle,
            now=now,
            details={
                "role": mandate.role,
                "scope": mandate.scope_id,
                "on": mandate.ends_on.isoformat(),
                "campaign": campaign.year,
            },
        )
    leaving.let_go([mandate.account_id for mandate, _ in lapsed], now)
    return len(lapsed)


def _list_given_since(campaign: Campaign) -> int:
    """Put on the list the mandates given since the opening and in force on the closing day. Returns their number."""
    places = select(CampaignPlace.etablissement).where(CampaignPlace.campaign_id == campaign.id)
    known = select(CampaignLine.mandate_id).where(CampaignLine.campaign_id == campaign.id)
    given = db.session.scalars(
        select(MandateRow).where(
            MandateRow.role.in_(ASKED),
            MandateRow.scope_id.in_(places),
            MandateRow.id.not_in(known),
            MandateRow.starts_on <= campaign.closes_on,
            in_force(campaign.closes_on),
        )
    ).all()
    for mandate in given:
        db.session.add(line_of(campaign, mandate, kept=True))
    return len(given)
