"""What waited for somebody who left is told to whoever answers now, once; where nobody is left, to administrators."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from charters.campaign import campaigns, rounds
from charters.database import db
from charters.people import accounts
from charters.people.accounts import AccountForm
from charters.rules import unseal
from charters.tables.access import Account
from charters.tables.keys import Letter
from matrix.changes import CellChange
from ticketing import jobs
from ticketing.amending import amendments, approvals, fills

NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
YESTERDAY = date(2026, 11, 16)
HP, D1, C11, ACADEMIE = "hautes-pyrenees-2015", "departement-hautes-pyrenees", "desaix-tarbes", "academie-toulouse"
CHANGE = CellChange(service="inventaire", activity="conseil", value="CL")


def arrives(role: str, scope: str, sigle: str = "n.euf", starts_on: date | None = None) -> int:
    """Somebody who was not there before, in this post."""
    form = AccountForm(sigle, "Neuf", "Nina", "Collectivité", f"{sigle}@n.example", "Référente", scope, True)
    made = accounts.create_account(form, actor=None, now=NOW)
    accounts.add_mandate(made, role, scope, starts_on or NOW.date(), actor=None, now=NOW)
    return made


def told(kind: str) -> dict[str, list[str]]:
    """The sigles of those who were written to, with the texts; what was dropped before it was sent has none."""
    db.session.rollback()
    rows = db.session.execute(
        select(Account.sigle, Letter.message_id, Letter.body)
        .join(Account, Account.id == Letter.account_id)
        .where(Letter.kind == kind)
        .order_by(Letter.id)
    ).all()
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.sigle, []).append(row.body and unseal(row.message_id, row.body).decode())
    return found


def ends(people: Any, sigle: str, now: datetime = NOW) -> None:
    accounts.end_account(people(sigle).account_id, YESTERDAY, actor=None, now=now)


@pytest.fixture
def submitted(people: Any) -> int:
    header = amendments.DraftHeader("Conseil sur l’inventaire", date(2027, 9, 1), False)
    number = amendments.start(people("a.admin"), HP, "annexe", header, NOW, [CHANGE])
    approvals.submit(people("a.admin"), number, approvals.standing(people("a.admin"), number).content, NOW)
    return number


def test_whose_approval_is_awaited_is_told_once_and_so_is_who_comes_instead(people: Any, submitted: int) -> None:
    jobs.run("let-go", NOW)
    assert set(told("approval-awaited")) == {"a.admin", "d1.ref"}
    arrives("referent", D1)
    ends(people, "d1.ref")
    for days in range(3):
        jobs.run("let-go", NOW + timedelta(days=days))
    found = told("approval-awaited")
    assert {sigle: len(texts) for sigle, texts in found.items()} == {"a.admin": 1, "d1.ref": 1, "n.euf": 1}
    assert f"/projets/{submitted}" in found["n.euf"][0] and "Hautes-Pyrénées" in found["n.euf"][0]
    assert told("nobody-answers") == {}


def test_who_comes_by_a_date_is_told_that_day(people: Any, submitted: int) -> None:
    arrives("referent", D1, starts_on=date(2026, 12, 1))
    jobs.run("let-go", NOW)
    assert "n.euf" not in told("approval-awaited")
    jobs.run("let-go", datetime(2026, 12, 1, 5, 0, tzinfo=UTC))
    assert "n.euf" in told("approval-awaited")


def test_where_nobody_approves_any_more_the_administrators_are_told_once(people: Any, submitted: int) -> None:
    ends(people, "d1.ref")
    jobs.run("let-go", NOW + timedelta(days=1))
    found = told("nobody-answers")
    assert list(found) == ["a.admin"] and len(found["a.admin"]) == 1
    assert f"projet de modification n° {submitted}" in found["a.admin"][0]


def test_what_is_approved_already_waits_for_nobody(people: Any, submitted: int) -> None:
    approvals.approve(people("d1.ref"), submitted, approvals.standing(people("d1.ref"), submitted).content, "", NOW)
    ends(people, "d1.ref")
    arrives("referent", D1)
    jobs.run("let-go", NOW)
    assert set(told("approval-awaited")) == {"a.admin"} and told("nobody-answers") == {}


def test_a_suspension_leaves_its_approvals_to_their_own_people(people: Any, submitted: int) -> None:
    accounts.suspend_organisation(D1, "Convention dénoncée.", actor=people("a.admin"), now=NOW)
    jobs.run("let-go", NOW)
    assert set(told("approval-awaited")) == {"a.admin"} and told("nobody-answers") == {}
    accounts.restore_organisation(D1, actor=people("a.admin"), now=NOW)
    jobs.run("let-go", NOW)
    assert "d1.ref" in told("approval-awaited")


def test_the_drafts_and_fills_of_who_left_go_on_with_their_party(people: Any, cast: Any) -> None:
    """They belong to the party that began them, not to the person: a colleague changes, submits and withdraws."""
    header = amendments.DraftHeader("Conseil sur l’inventaire", date(2027, 9, 1), False)
    draft = amendments.start(people("d1.ref"), HP, "annexe", header, NOW, [CHANGE])
    made = arrives("referent", D1)
    ends(people, "d1.ref")
    other = _actor(people, made)
    view = approvals.drafts.draft(other, draft)
    amendments.put(other, draft, replace(CHANGE, value="EN"), view.cells[0].mark, NOW)
    approvals.submit(other, draft, approvals.standing(other, draft).content, NOW)
    approvals.reject(other, draft, "Repris plus tard.", NOW)
    assert approvals.drafts.draft(other, draft).state == "withdrawn"
    assert fills.pending(other) == []


def _actor(people: Any, account_id: int) -> Any:
    from charters.model import Mandate, Role
    from charters.tables.access import MandateRow

    db.session.rollback()
    row = db.session.scalars(select(MandateRow).where(MandateRow.account_id == account_id)).one()
    mandate = Mandate(row.id, Role(row.role), row.scope_id, row.starts_on, row.ends_on)
    return replace(people("d1.ref"), account_id=account_id, sigle="n.euf", name="Nina Neuf", mandate=mandate)


# --- the campaign -----------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(people: Any) -> int:
    days = {"term_on": date(2026, 11, 30), "closes_on": date(2026, 12, 20)}
    return campaigns.open_campaign(ACADEMIE, [C11], **days, actor=None, now=OCTOBER)


def test_a_chef_who_comes_during_the_campaign_is_asked_at_once(people: Any, asked: int) -> None:
    assert {sigle: len(texts) for sigle, texts in told("campaign").items()} == {"c11.chef": 1}
    arrives("chef", C11)
    ends(people, "c11.chef")
    jobs.run("let-go", NOW)
    found = told("campaign")
    assert {sigle: len(texts) for sigle, texts in found.items()} == {"c11.chef": 1, "n.euf": 1}
    assert "/campagne" in found["n.euf"][0] and "Rappel" not in found["n.euf"][0]


def test_a_collège_whose_chef_left_is_told_to_the_administrators_in_one_letter(people: Any, asked: int) -> None:
    ends(people, "c11.chef")
    for days in range(3):
        jobs.run("let-go", NOW + timedelta(days=days))
    found = told("nobody-answers")
    assert list(found) == ["a.admin"] and len(found["a.admin"]) == 1
    assert "Desaix" in found["a.admin"][0] and "campagne d’octobre" in found["a.admin"][0]


def test_a_collège_that_answered_or_never_had_a_chef_is_told_to_nobody(people: Any) -> None:
    places = [C11, "victor-hugo-tarbes"]
    days = {"term_on": date(2026, 11, 30), "closes_on": date(2026, 12, 20)}
    campaign = campaigns.open_campaign(ACADEMIE, places, **days, actor=None, now=OCTOBER)
    db.session.rollback()
    from charters.tables.campaign import CampaignLine

    kept = dict.fromkeys(
        db.session.scalars(select(CampaignLine.mandate_id).where(CampaignLine.etablissement == C11)), True
    )
    campaigns.answer(campaign, C11, kept, actor=people("c11.chef"), now=NOW)
    ends(people, "c11.chef")
    jobs.run("let-go", NOW)
    assert told("nobody-answers") == {}


def test_a_reminder_still_comes_to_who_was_asked(people: Any, asked: int) -> None:
    rounds.run([], OCTOBER + timedelta(days=8))
    assert len(told("campaign")["c11.chef"]) == 2
