"""The October campaign: each collège's chef says who is still its correspondant and its gestionnaire réseau (II.2).

What nobody confirms by the term reads only; after the closing day it is over. A mandate says so itself, by its two
days, so that it holds at every request whatever the scheduler does. Which établissements are asked is the caller's to
say, who knows the agreements.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from charters import letters
from charters.database import db, writing
from charters.days import today
from charters.errors import Invalid, Refused, Unknown
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor, Role
from charters.people.accounts import read_day, squeeze
from charters.people.declarations import DeclarationForm, Movement, declare, withdraw
from charters.permissions import Action
from charters.tables.access import Account, MandateRow
from charters.tables.campaign import Campaign, CampaignLine, CampaignPlace

#: The roles that the académie lists each October (II.2).
ASKED = (Role.CMI, Role.RESEAU)
#: The longest time from the opening to the closing day.
LONGEST = timedelta(days=366)

audit.label("campaign.opened", "Campagne d’octobre ouverte")
audit.label("campaign.dates", "Campagne d’octobre : dates changées")
audit.label("campaign.answered", "Campagne d’octobre : réponse d’un collège")

_ROLE_WORDS = {Role.CMI: "Correspondant maintenance informatique", Role.RESEAU: "Gestionnaire réseau"}


@dataclass(frozen=True, slots=True)
class CampaignView:
    """A campaign: asked until `term_on`, late but taken until `closes_on`, then over."""

    id: int
    academie: str
    year: int
    term_on: date
    closes_on: date
    opened_at: datetime
    by_itself: bool
    closed_at: datetime | None

    def takes_answers(self, day: date) -> bool:
        return self.closed_at is None and day <= self.closes_on


def year_of(day: date) -> int:
    """The October that a day belongs to: a school year begins in August."""
    return day.year if day.month >= 8 else day.year - 1


def default_dates(day: date) -> tuple[date, date]:
    """The term and the closing day that a campaign opened on `day` gets unless others are said: the end of October,
    and a month later; later still when it opens late."""
    term = max(date(day.year, 10, 31), day + timedelta(days=21))
    return term, term + timedelta(days=30)


def open_campaign(
    academie: str,
    places: Collection[str],
    *,
    term_on: str | date,
    closes_on: str | date,
    actor: Actor | None,
    now: datetime,
) -> int:
    """Open the year's campaign over these établissements, and its id; chefs are written to.

    `actor` None: it opens by itself. Raises Invalid (the dates), Refused (not this actor's, or open already).
    """
    if actor is not None:
        _may_run(actor, academie)
    day = today(now)
    term, closes = _dates(term_on, closes_on, day)
    if not places:
        raise Refused("Aucun collège n’est couvert par les accords de l’académie.")
    try:
        with writing() as session:
            if (
                session.scalar(
                    select(Campaign.id).where(
                        Campaign.academie == academie, or_(Campaign.year == year_of(day), Campaign.closed_at.is_(None))
                    )
                )
                is not None
            ):
                raise Refused(_ONCE)
            campaign = Campaign(
                academie=academie,
                year=year_of(day),
                term_on=term,
                closes_on=closes,
                opened_at=now,
                opened_by=actor.account_id if actor else None,
            )
            session.add(campaign)
            session.flush()
            session.execute(
                insert(CampaignPlace),
                [{"campaign_id": campaign.id, "etablissement": place} for place in sorted(places)],
            )
            asked = session.scalars(
                select(MandateRow)
                .where(
                    MandateRow.scope_id.in_(places),
                    MandateRow.role.in_(ASKED),
                    MandateRow.starts_on <= day,
                    in_force(day),
                )
                .with_for_update()
            ).all()
            for mandate in asked:
                session.add(
                    CampaignLine(
                        campaign_id=campaign.id,
                        mandate_id=mandate.id,
                        account_id=mandate.account_id,
                        etablissement=mandate.scope_id,
                        role=mandate.role,
                    )
                )
                mandate.confirm_by, mandate.lapses_on = term, closes
            told = write_to_chefs(places, campaign.year, term, closes, first=True, now=now)
            audit.record(
                "campaign.opened",
                actor=actor,
                sigle="" if actor else "guichet",
                subject=academie,
                now=now,
                details={
                    "year": campaign.year,
                    "term": term.isoformat(),
                    "closes": closes.isoformat(),
                    "places": len(places),
                    "mandates": len(asked),
                    "letters": told,
                },
            )
    except IntegrityError as error:  # two at the same moment
        raise Refused(_ONCE) from error
    return campaign.id


_ONCE = "La campagne de cette année est déjà ouverte."


def change_dates(
    academie: str, campaign_id: int, *, term_on: str | date, closes_on: str | date, actor: Actor, now: datetime
) -> None:
    """Other dates, while the campaign is not over; what is still to confirm follows.

    Raises Invalid, Refused, Unknown.
    """
    _may_run(actor, academie)
    term, closes = _dates(term_on, closes_on, today(now))
    with writing() as session:
        campaign = _row(academie, campaign_id)
        if campaign.closed_at is not None:
            raise Refused("Cette campagne est terminée.")
        if term > campaign.term_on:
            campaign.told_term_on = None
        campaign.term_on, campaign.closes_on = term, closes
        session.execute(
            update(MandateRow)
            .where(
                MandateRow.confirm_by.is_not(None),
                MandateRow.id.in_(select(CampaignLine.mandate_id).where(CampaignLine.campaign_id == campaign_id)),
            )
            .values(confirm_by=term, lapses_on=closes)
        )
        audit.record(
            "campaign.dates",
            actor=actor,
            subject=academie,
            now=now,
            details={
                "year": campaign.year,
                "term": term.isoformat(),
                "closes": closes.isoformat(),
            },
        )


def answer(
    campaign_id: int, etablissement: str, kept: Mapping[int, bool | None], *, actor: Actor, now: datetime
) -> None:
    """What a collège answers: mandate id -> still in post. Its chef says it, or the académie, from a paper.

    Confirmed: the mandate is whole again. Not in post: it keeps its days, and a departure is declared. Answering again
    corrects. Raises Invalid (each line wants an answer, « line-<mandate> »), Refused, Unknown.
    """
    day = today(now)
    with writing() as session:
        campaign = session.get(Campaign, campaign_id, with_for_update=True, populate_existing=True)
        if campaign is None or not _may_answer(actor, campaign, etablissement):
            raise Unknown(str(campaign_id))
        place = session.get(CampaignPlace, (campaign_id, etablissement), with_for_update=True, populate_existing=True)
        if place is None:
            raise Unknown(etablissement)
        if campaign.closed_at is not None or day > campaign.closes_on:
            raise Refused("Cette campagne est terminée : adressez-vous à l’administrateur de l’académie.")
        rows = session.execute(
            select(CampaignLine, MandateRow, Account)
            .join(MandateRow, MandateRow.id == CampaignLine.mandate_id)
            .join(Account, Account.id == CampaignLine.account_id)
            .where(CampaignLine.campaign_id == campaign_id, CampaignLine.etablissement == etablissement, in_force(day))
            .order_by(MandateRow.id)
            .with_for_update()
        ).all()
        missing = {
            f"line-{mandate.id}": f"Dites si {account.first_name} {account.last_name} est toujours en poste."
            for _, mandate, account in rows
            if kept.get(mandate.id) is None
        }
        if missing:
            raise Invalid(missing)
        for line, mandate, account in rows:
            stays = bool(kept[mandate.id])
            if line.kept != stays:
                _told(account, Role(line.role), stays, line.kept, actor, now)
            line.kept = stays
            mandate.confirm_by, mandate.lapses_on = (None, None) if stays else (campaign.term_on, campaign.closes_on)
        place.answered_at, place.answered_by = now, actor.account_id
        audit.record(
            "campaign.answered",
            actor=actor,
            subject=etablissement,
            now=now,
            details={
                "year": campaign.year,
                "kept": sum(bool(line.kept) for line, _, _ in rows),
                "asked": len(rows),
            },
        )


def _told(account: Account, role: Role, stays: bool, before: bool | None, actor: Actor, now: datetime) -> None:
    """A chef's « no longer in post » is a departure declared to the académie; taken back when corrected."""
    if actor.role is not Role.CHEF:
        return  # the académie ends mandates itself
    form = DeclarationForm(
        Movement.DEPARTURE,
        account.last_name,
        account.first_name,
        _ROLE_WORDS[role],
        today(now).isoformat(),
        "Réponse à la campagne d’octobre.",
    )
    if stays and before is False:
        withdraw(form, actor=actor, now=now)
    elif not stays:
        try:
            declare(form, actor=actor, now=now)
        except Invalid:  # declared already, and waits
            return


def latest(academie: str) -> CampaignView | None:
    """The académie's latest campaign; None before the first."""
    row = db.session.scalar(
        select(Campaign).where(Campaign.academie == academie).order_by(Campaign.year.desc()).limit(1)
    )
    return view(row) if row else None


def asked_of(actor: Actor, now: datetime) -> CampaignView | None:
    """The campaign that waits for the answer of this chef's collège, or that may still be corrected; else None."""
    if actor.mandate is None or actor.role is not Role.CHEF:
        return None
    row = db.session.scalar(
        select(Campaign)
        .join(CampaignPlace, CampaignPlace.campaign_id == Campaign.id)
        .where(
            CampaignPlace.etablissement == actor.mandate.scope_id,
            Campaign.closed_at.is_(None),
            Campaign.closes_on >= today(now),
        )
        .order_by(Campaign.year.desc())
        .limit(1)
    )
    return view(row) if row else None


def view(row: Campaign) -> CampaignView:
    return CampaignView(
        row.id, row.academie, row.year, row.term_on, row.closes_on, row.opened_at, row.opened_by is None, row.closed_at
    )


def in_force(day: date) -> ColumnElement[bool]:
    """Mandates that are not over on that day, by their end or by a campaign's closing day: were the scheduler late to
    write the one from the other."""
    return and_(
        or_(MandateRow.ends_on.is_(None), MandateRow.ends_on >= day),
        or_(MandateRow.lapses_on.is_(None), MandateRow.lapses_on >= day),
    )


def write_to_chefs(places: Collection[str], year: int, term: date, closes: date, *, first: bool, now: datetime) -> int:
    """In the current transaction, a letter to each chef in post of these établissements; gives how many."""
    day = today(now)
    chefs = db.session.scalars(
        select(Account)
        .where(
            or_(Account.ends_on.is_(None), Account.ends_on >= day),
            Account.id.in_(
                select(MandateRow.account_id).where(
                    MandateRow.role == Role.CHEF,
                    MandateRow.scope_id.in_(places),
                    MandateRow.starts_on <= day,
                    in_force(day),
                )
            ),
        )
        .order_by(Account.id)
    ).all()
    values = {"first": first, "year": year, "term_on": f"{term:%d/%m/%Y}", "closes_on": f"{closes:%d/%m/%Y}"}
    for chef in chefs:
        letters.write(chef, "campaign", now=now, values=values)
    return len(chefs)


def _dates(term_on: str | date, closes_on: str | date, day: date) -> tuple[date, date]:
    faults: dict[str, str] = {}
    term = term_on if isinstance(term_on, date) else read_day(squeeze(term_on), "term_on", faults)
    closes = closes_on if isinstance(closes_on, date) else read_day(squeeze(closes_on), "closes_on", faults)
    if term is None:
        faults.setdefault("term_on", "Indiquez le dernier jour pour répondre.")
    elif term < day:
        faults["term_on"] = "Ce jour est déjà passé."
    if closes is None:
        faults.setdefault("closes_on", "Indiquez le jour où prend fin ce qui n’est pas confirmé.")
    elif term is not None and closes <= term:
        faults["closes_on"] = "Laissez au moins un jour après le terme : ce qui n’est pas confirmé se lit encore."
    elif closes > day + LONGEST:
        faults["closes_on"] = "Ce jour est à plus d’un an d’ici : vérifiez l’année."
    if faults:
        raise Invalid(faults)
    assert term is not None and closes is not None
    return term, closes


def _may_run(actor: Actor, academie: str) -> None:
    own = actor.mandate is not None and actor.mandate.scope_id == academie
    if not own or not permits(actor, Action.ADMINISTER_PEOPLE).allowed:
        raise Refused("Seul un administrateur de l’académie conduit la campagne.")


def _may_answer(actor: Actor, campaign: Campaign, etablissement: str) -> bool:
    if actor.mandate is None:
        return False
    if actor.role is Role.CHEF:
        return actor.mandate.scope_id == etablissement
    return actor.role is Role.ADMINISTRATEUR and actor.mandate.scope_id == campaign.academie


def _row(academie: str, campaign_id: int) -> Campaign:
    row = db.session.get(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    if row is None or row.academie != academie:
        raise Unknown(str(campaign_id))
    return row
