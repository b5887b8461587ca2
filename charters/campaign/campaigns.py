"""The October campaign: each collège's chef says who is still its correspondant and its gestionnaire réseau (II.2).

A mandate that nobody confirms by the term only allows reading; after the closing day it has ended. Both days are
written on the mandate, so that every request applies them, even when the scheduler is late. The caller knows the
agreements, so it gives the établissements to ask.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from charters import letters
from charters.database import db, writing, written_at
from charters.days import today
from charters.errors import Invalid, NotFound, Refused
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor, Role
from charters.people import leaving, presence
from charters.people.accounts import read_day, squeeze
from charters.people.declarations import DeclarationForm, Movement, declare, withdraw
from charters.people.presence import in_force
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
    """A campaign: answers are due by `term_on`, accepted late until `closes_on`, and refused after."""

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
    """The year of the October campaign that a day belongs to: a school year begins in August."""
    return day.year if day.month >= 8 else day.year - 1


def default_dates(day: date) -> tuple[date, date]:
    """The default term and closing day of a campaign opened on `day`: the end of October and a month later.

    Both are later when the campaign opens late.
    """
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
    """Open the year's campaign for these établissements, write to their chefs, and return the campaign's id.

    `actor` None: the scheduler opens it. Raises Invalid (the dates), Refused (the actor may not, or one is open).
    """
    if actor is not None:
        _may_run(actor, academie)
    if not places:
        raise Refused("Aucun collège n’est couvert par les accords de l’académie.")
    try:
        with writing() as session:
            now = written_at(now)
            day = today(now)
            term, closes = _dates(term_on, closes_on, day)
            if session.scalar(_same(academie, day)) is not None:
                raise Refused(_ONCE)
            by = actor.account_id if actor else None
            campaign = Campaign(
                academie=academie, year=year_of(day), term_on=term, closes_on=closes, opened_at=now, opened_by=by
            )
            session.add(campaign)
            session.flush()
            mandates = _ask_about(campaign, places, day)
            told = write_to_chefs(places, campaign.year, term, closes, first=True, now=now)
            details = _days(campaign) | {"places": len(places), "mandates": mandates, "letters": told}
            audit.record("campaign.opened", actor=actor, sigle="guichet", subject=academie, now=now, details=details)
    except IntegrityError as error:  # two people open it at the same moment
        raise Refused(_ONCE) from error
    return campaign.id


def _same(academie: str, day: date) -> Select[int]:
    """The campaign that prevents another from being opened that day: this October's, or one that is not over."""
    return select(Campaign.id).where(
        Campaign.academie == academie, or_(Campaign.year == year_of(day), Campaign.closed_at.is_(None))
    )


def _ask_about(campaign: Campaign, places: Collection[str], day: date) -> int:
    """Add, in the current transaction, the établissements and the mandates in force that a campaign asks about.

    These mandates must from now on be confirmed by its term. Returns their number.
    """
    session = db.session
    session.execute(
        insert(CampaignPlace),
        [{"campaign_id": campaign.id, "etablissement": place} for place in sorted(places)],
    )
    mandates = session.scalars(
        select(MandateRow)
        .where(MandateRow.scope_id.in_(places), MandateRow.role.in_(ASKED), MandateRow.starts_on <= day, in_force(day))
        .with_for_update()
    ).all()
    for mandate in mandates:
        session.add(line_of(campaign, mandate))
        mandate.confirm_by, mandate.lapses_on = campaign.term_on, campaign.closes_on
    return len(mandates)


def line_of(campaign: Campaign, mandate: MandateRow, kept: bool | None = None) -> CampaignLine:
    """The line of a mandate on a campaign's list; `kept` is None while nobody has answered about it."""
    return CampaignLine(
        campaign_id=campaign.id,
        mandate_id=mandate.id,
        account_id=mandate.account_id,
        etablissement=mandate.scope_id,
        role=mandate.role,
        kept=kept,
    )


def _days(campaign: Campaign) -> dict[str, Any]:
    """The dates of a campaign, as details for the journal."""
    return {
        "year": campaign.year,
        "term": campaign.term_on.isoformat(),
        "closes": campaign.closes_on.isoformat(),
    }


_ONCE = "La campagne de cette année est déjà ouverte."


def change_dates(
    academie: str, campaign_id: int, *, term_on: str | date, closes_on: str | date, actor: Actor, now: datetime
) -> None:
    """Change the dates of a campaign that is not over; mandates still to confirm follow.

    Raises Invalid, Refused, NotFound.
    """
    _may_run(actor, academie)
    with writing() as session:
        now = written_at(now)
        term, closes = _dates(term_on, closes_on, today(now))
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
        audit.record("campaign.dates", actor=actor, subject=academie, now=now, details=_days(campaign))


def answer(
    campaign_id: int, etablissement: str, kept: Mapping[int, bool | None], *, actor: Actor, now: datetime
) -> None:
    """Record the answer of a collège: `kept` maps each mandate's id to whether its owner is still in post.

    The chef answers, or the académie from a paper form; a later answer corrects the earlier one. A confirmed mandate
    allows all its acts again. For a person no longer in post, the mandate keeps its days and a departure is declared.
    Raises Invalid (each line needs an answer, « line-<mandate> »), Refused, NotFound.
    """
    with writing():
        now = written_at(now)
        day = today(now)
        campaign, place = _answerable(campaign_id, etablissement, actor, day)
        rows = _asked_at(campaign_id, etablissement, day)
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
        leaving.let_go([mandate.account_id for _, mandate, _ in rows], now)
        leaving.give_back(campaign.opened_at, now)
        place.answered_at, place.answered_by = now, actor.account_id
        details = {"year": campaign.year, "kept": sum(bool(line.kept) for line, _, _ in rows), "asked": len(rows)}
        audit.record("campaign.answered", actor=actor, subject=etablissement, now=now, details=details)


def _answerable(campaign_id: int, etablissement: str, actor: Actor, day: date) -> tuple[Campaign, CampaignPlace]:
    """The campaign and its établissement, locked, where this actor may answer. Raises NotFound, Refused once over."""
    campaign = db.session.get(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    if campaign is None or not _may_answer(actor, campaign, etablissement):
        raise NotFound(str(campaign_id))
    place = db.session.get(CampaignPlace, (campaign_id, etablissement), with_for_update=True, populate_existing=True)
    if place is None:
        raise NotFound(etablissement)
    if campaign.closed_at is not None or day > campaign.closes_on:
        raise Refused("Cette campagne est terminée : adressez-vous à l’administrateur de l’académie.")
    return campaign, place


def _asked_at(campaign_id: int, etablissement: str, day: date) -> Sequence[Row[CampaignLine, MandateRow, Account]]:
    """The lines of an établissement whose mandates are in force, locked, each with its mandate and person."""
    return db.session.execute(
        select(CampaignLine, MandateRow, Account)
        .join(MandateRow, MandateRow.id == CampaignLine.mandate_id)
        .join(Account, Account.id == CampaignLine.account_id)
        .where(CampaignLine.campaign_id == campaign_id, CampaignLine.etablissement == etablissement, in_force(day))
        .order_by(MandateRow.id)
        .with_for_update()
    ).all()


def _told(account: Account, role: Role, stays: bool, before: bool | None, actor: Actor, now: datetime) -> None:
    """Declare a departure to the académie when a chef says « no longer in post »; withdraw it when corrected."""
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
        except Invalid:  # already declared, and not handled yet
            return


def latest(academie: str) -> CampaignView | None:
    """The académie's latest campaign, None where it has had none."""
    row = db.session.scalar(
        select(Campaign).where(Campaign.academie == academie).order_by(Campaign.year.desc()).limit(1)
    )
    return view(row) if row else None


def asked_of(actor: Actor, now: datetime) -> CampaignView | None:
    """The campaign that this chef's collège has to answer or may still correct, else None."""
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


def ask_once(campaign: Campaign, chef: Account, *, now: datetime) -> bool:
    """Write a campaign's letter to a chef who was not told of it yet: in post since it opened. Returns whether."""
    days = {"term_on": f"{campaign.term_on:%d/%m/%Y}", "closes_on": f"{campaign.closes_on:%d/%m/%Y}"}
    values = {"first": True, "year": campaign.year, **days}
    return letters.write_once(chef, "campaign", [_subject(campaign.year)], now=now, values=values)


def _subject(year: int) -> str:
    """What a chef is told of once: the campaign of a year."""
    return f"octobre {year}"


def write_to_chefs(places: Collection[str], year: int, term: date, closes: date, *, first: bool, now: datetime) -> int:
    """Write, in the current transaction, a letter to each chef in post of these établissements. Returns the number."""
    day = today(now)
    chefs = db.session.scalars(
        select(Account)
        .where(
            presence.in_activity(day),
            Account.id.in_(
                select(MandateRow.account_id).where(
                    MandateRow.role == Role.CHEF, MandateRow.scope_id.in_(places), presence.begun(day)
                )
            ),
        )
        .order_by(Account.id)
    ).all()
    values = {"first": first, "year": year, "term_on": f"{term:%d/%m/%Y}", "closes_on": f"{closes:%d/%m/%Y}"}
    for chef in chefs:
        if not letters.write_once(chef, "campaign", [_subject(year)], now=now, values=values):
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
        faults.setdefault("closes_on", "Indiquez le dernier jour de ce qui n’est pas confirmé.")
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
        raise NotFound(str(campaign_id))
    return row
