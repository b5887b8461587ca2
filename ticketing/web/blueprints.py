"""List every module that has a blueprint, in the order in which the application registers them."""

from __future__ import annotations

from types import ModuleType

from ticketing.web import assets, confirming, home, notices, operation
from ticketing.web.access import academie, corrections, login, other_ways, own_secrets, signing
from ticketing.web.administration import (
    consulting,
    entry,
    exchanges,
    fact_exports,
    figures,
    health,
    hours,
    incoming_mail,
    interruptions,
    mail_previews,
    personal_data,
    quarantine,
    questions,
    saved_questions,
    sendings,
    why_visible,
)
from ticketing.web.agreements import (
    cells,
    comparing,
    drafts,
    lint,
    posters,
    replays,
    sheets,
    signed_text,
    whodoeswhat,
)
from ticketing.web.arrivals import etablissements, invitations
from ticketing.web.arrivals import people as bringing_people
from ticketing.web.articles import inserting as inserting_articles
from ticketing.web.articles import reading as reading_articles
from ticketing.web.articles import writing as writing_articles
from ticketing.web.committees import packs as committee_packs
from ticketing.web.information import installing
from ticketing.web.information import pages as information
from ticketing.web.obligations import calendar as obligations
from ticketing.web.obligations import feed as obligation_feed
from ticketing.web.people import accounts, campaign, charters, declarations, registers, stock
from ticketing.web.people import corrections as correcting
from ticketing.web.tickets import duties, following, mentions, page, writers
from ticketing.web.tickets.calls import page as calls
from ticketing.web.tickets.contests import page as contests
from ticketing.web.tickets.opening import labels, presets
from ticketing.web.tickets.opening import page as opening
from ticketing.web.workbench import answers as canned_answers
from ticketing.web.workbench import team, views

MODULES: tuple[ModuleType, ...] = (
    operation,
    assets,
    login,
    academie,
    signing,
    charters,
    confirming,
    other_ways,
    own_secrets,
    corrections,
    accounts,
    correcting,
    stock,
    registers,
    declarations,
    campaign,
    interruptions,
    exchanges,
    home,
    information,
    installing,
    opening,
    calls,
    labels,
    presets,
    page,
    following,
    contests,
    duties,
    mentions,
    writers,
    views,
    canned_answers,
    team,
    reading_articles,
    writing_articles,
    inserting_articles,
    figures,
    questions,
    saved_questions,
    fact_exports,
    committee_packs,
    health,
    hours,
    entry,
    whodoeswhat,
    signed_text,
    notices,
    replays,
    cells,
    drafts,
    obligations,
    obligation_feed,
    lint,
    comparing,
    posters,
    quarantine,
    incoming_mail,
    sendings,
    sheets,
    why_visible,
    consulting,
    personal_data,
    bringing_people,
    etablissements,
    invitations,
    mail_previews,
)
