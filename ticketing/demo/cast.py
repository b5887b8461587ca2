"""Write the reference cast to the database: accounts, mandates, keys, signatures, by the use cases of `charters`."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from charters.database import db
from charters.days import today
from charters.keys import keys, pins
from charters.keys.otp import SEED_BYTES, base32
from charters.model import Actor, Mandate, Role
from charters.people import accounts
from charters.signing import signatures, signing
from charters.tables.access import Account, MandateRow
from ticketing.demo.people import D3, PEOPLE, Invented

#: The PIN of everyone in the demonstration. It is printed at start, since no real person's data is there.
PIN = "73-guichet"

#: How long the cast has been in place, in days: longer than the oldest invented ticket.
SINCE_DAYS = 500


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A person of the cast as stored in the database; `otp_secret` is in base32."""

    sigle: str
    account_id: int
    mandate_id: int
    pin: str
    otp_secret: str
    email: str


def enrol(now: datetime, rng: random.Random | None = None, people: tuple[Invented, ...] = PEOPLE) -> list[Enrolled]:
    """Create all people, in post for SINCE_DAYS; keys are drawn from `rng` if it is given."""
    rng = rng or random.SystemRandom()
    arrived = now - timedelta(days=SINCE_DAYS)
    signing.publish_shipped_charters(arrived)
    pin_hash = pins.hashed(PIN)
    made = [_enrol(person, arrived, now, rng.randbytes(SEED_BYTES), pin_hash) for person in people]
    accounts.suspend_organisation(D3, "Convention suspendue à titre conservatoire (fiction).", actor=None, now=now)
    return made


def _enrol(person: Invented, arrived: datetime, now: datetime, seed: bytes, pin_hash: str) -> Enrolled:
    account_id = accounts.create_account(
        accounts.AccountForm(
            sigle=person.sigle,
            last_name=person.last_name,
            first_name=person.first_name,
            company=person.company,
            email=person.email,
            function=person.function,
            organisation=person.organisation,
            external=person.external,
        ),
        actor=None,
        now=arrived,
    )
    mandate_id = accounts.add_mandate(
        account_id, person.role.value, person.scope, today(arrived), actor=None, now=arrived
    )
    keys.enrol_directly(account_id, PIN, now=arrived, seed=seed, pin_hash=pin_hash)
    wanted = signatures.required(external=person.external, has_key=True)
    signs = {"all": wanted, "usage only": (signatures.USAGE,), "nothing": ()}[person.signs]
    signer = Actor(account_id, person.sigle, f"{person.first_name} {person.last_name}", person.external, None)
    for kind in signs:
        signing.sign_charter(signer, kind, signing.charter(kind).version, now=arrived)
    if person.ended:
        accounts.end_account(account_id, today(now) - timedelta(days=30), actor=None, now=now - timedelta(days=30))
    return Enrolled(person.sigle, account_id, mandate_id, PIN, base32(seed), person.email)


def actor(sigle: str) -> Actor:
    """Return the actor of a person by the oldest mandate, in force or not. Raises NotFound."""
    account = db.session.get(Account, accounts.account_id(sigle))
    assert account is not None
    row = db.session.scalar(select(MandateRow).where(MandateRow.account_id == account.id).order_by(MandateRow.id))
    mandate = Mandate(row.id, Role(row.role), row.scope_id, row.starts_on, row.ends_on) if row else None
    return Actor(account.id, account.sigle, f"{account.first_name} {account.last_name}", account.external, mandate)


def present() -> bool:
    """Whether the cast is already in the database."""
    return db.session.scalar(select(Account.id).limit(1)) is not None
