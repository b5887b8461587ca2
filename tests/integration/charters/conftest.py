"""People with active keys, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from harness.holder import FORM, NOW, PIN, SEED, Holder

from charters.keys import keys, pins
from charters.people import accounts
from charters.signing import signing


@pytest.fixture
def context(any_app):
    with any_app.app_context():
        signing.publish_shipped_charters(NOW - timedelta(days=400))
        yield any_app


@pytest.fixture
def make(context):
    kept = pins.hashed(PIN)

    def person(sigle="p.durand", role="technicien-departement", scope="departement-d1", **changes):
        before = NOW - timedelta(days=30)
        account = accounts.create_account(replace(FORM, sigle=sigle, **changes), actor=None, now=before)
        key = keys.enrol_directly(account, PIN, now=before, seed=SEED, pin_hash=kept)
        if role:
            accounts.add_mandate(account, role, scope, NOW.date() - timedelta(days=30), actor=None, now=NOW)
        return Holder(account, key, sigle)

    return person


@pytest.fixture
def holder(make):
    return make()
