"""Test what the list of the first day says, line by line, and that it counts nothing of another académie."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from charters.database import db, writing
from charters.people import accounts
from charters.tables.access import Account
from charters.tables.keys import Letter
from ticketing.arrivals import checklist
from ticketing.arrivals.checklist import Installation
from ticketing.in_force import coverage, routing

NOW = datetime.now(UTC)


@pytest.fixture
def listed(app_context, actor_as, tmp_path):
    """Return `listed(smtp=…, mailbox=…)`: title -> line, for the administrator of Toulouse."""

    def lines(smtp=True, mailbox=True, demo=False, now=NOW, folder=tmp_path):
        actor = actor_as("a.admin")
        readable = coverage.administered(routing.router().conventions, actor.mandate.scope_id)
        found = checklist.lines(actor, readable, Installation(smtp, mailbox, Path(folder), demo), now)
        return {line.title: line for line in found}

    return lines


def letter(account_id, state, number, at=NOW):
    with writing() as session:
        session.add(
            Letter(
                account_id=account_id,
                kind="reset",
                recipient_name="X",
                recipient_email="x@guichet.example",
                subject="s",
                body="",
                message_id=f"<{number}@x>",
                state=state,
                next_at=at,
                created_at=at,
            )
        )


def test_the_settings_and_the_backup_are_told(listed, tmp_path):
    found = listed(smtp=False, mailbox=False)
    assert not found["Les mails qui partent"].done and not found["Les mails qui arrivent"].done
    assert listed()["Les mails qui partent"].done and listed()["Les mails qui arrivent"].done
    stamp = tmp_path / checklist.BACKUP
    stamp.touch()
    assert listed()["La sauvegarde"].done
    old = NOW.timestamp() - 9 * 86400 - 60
    os.utime(stamp, (old, old))
    assert not listed()["La sauvegarde"].done and "9 jours" in listed()["La sauvegarde"].state
    assert "La sauvegarde" not in listed(demo=True)


def test_the_calendar_is_told_before_it_ends(listed):
    last = routing.router().conventions.calendar.last
    before = datetime(last.year, last.month, last.day, 12, tzinfo=UTC) - checklist.SOON
    assert not listed(now=before + timedelta(days=1))["Le calendrier"].done
    assert "2027" in listed(now=before + timedelta(days=1))["Le calendrier"].state
    assert listed(now=before - timedelta(days=2))["Le calendrier"].done


def test_people_without_correspondant_or_key_are_counted(listed):
    before = listed()["Les personnes"]
    assert not before.done and "correspondant informatique" in before.state
    keys = listed()["Les clés"].state
    form = accounts.AccountForm(
        "n.neuf", "Neuf", "Nino", "Collège", "n@guichet.example", "Agent", "desaix-tarbes", False
    )
    made = accounts.create_account(form, actor=None, now=NOW)
    assert listed()["Les clés"].state == keys  # without a mandate there is nothing to come in for
    accounts.add_mandate(made, "cmi", "desaix-tarbes", NOW.date(), actor=None, now=NOW)
    assert listed()["Les clés"].state != keys and not listed()["Les clés"].done


def test_failed_mails_of_another_academie_are_not_counted(listed):
    form = accounts.AccountForm(
        "j.autre", "Autre", "J", "Aix", "j@guichet.example", "Agente", "departement-bouches-du-rhone", True
    )
    other = accounts.create_account(form, actor=None, now=NOW)
    accounts.add_mandate(other, "referent", "departement-bouches-du-rhone", NOW.date(), actor=None, now=NOW)
    keys = listed()["Les clés"].state
    letter(other, "failed", 1)
    assert listed()["Les mails qui partent"].done and listed()["Les clés"].state == keys
    own = db.session.query(Account.id).filter_by(sigle="d1.agent").scalar()
    letter(own, "failed", 2, NOW - timedelta(days=8))
    assert listed()["Les mails qui partent"].done
    letter(own, "failed", 3)
    assert "1 message n’a pas pu partir" in listed()["Les mails qui partent"].state
