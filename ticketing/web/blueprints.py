"""List every module that has a blueprint, in the order in which the application registers them."""

from __future__ import annotations

from types import ModuleType

from ticketing.web import assets, confirming, home, notices, operation
from ticketing.web.access import corrections, login, other_ways, own_secrets, signing
from ticketing.web.administration import (
    consulting,
    entry,
    figures,
    interruptions,
    personal_data,
    quarantine,
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
from ticketing.web.people import accounts, campaign, charters, declarations, registers, stock
from ticketing.web.people import corrections as correcting
from ticketing.web.tickets import opening, page

MODULES: tuple[ModuleType, ...] = (
    operation,
    assets,
    login,
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
    home,
    opening,
    page,
    figures,
    entry,
    whodoeswhat,
    signed_text,
    notices,
    replays,
    cells,
    drafts,
    lint,
    comparing,
    posters,
    quarantine,
    sheets,
    why_visible,
    consulting,
    personal_data,
)
