"""Exchange profiles: written by an administrator of the académie, tried with a sample, then switched on or off.

A collectivité has one profile with an académie. Its shared key is sealed as other secrets are, and shown once. What
is switched on was tried as it is: a change of kind or address asks for another trial.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from charters.database import db, writing, written_at
from charters.gate import permits
from charters.journal import audit
from charters.keys import rotation
from charters.model import Actor
from charters.permissions import Action
from charters.rules import seal
from ticketing.errors import Invalid, NotFound, Refused
from ticketing.exchange import composing, outgoing
from ticketing.exchange.outgoing import LINK, MESSAGE, PROFILE
from ticketing.exchange.protocol import wire
from ticketing.exchange.protocol.kinds import KINDS
from ticketing.exchange.tables import ExchangeMessage, ExchangeProfile
from ticketing.in_force import coverage, routing
from ticketing.model import clean_line
from ticketing.settings import desk_settings
from ticketing.tickets.store import EVENT

rotation.also(ExchangeProfile, ExchangeProfile.secret, ExchangeProfile.organisation)
rotation.also(ExchangeMessage, ExchangeMessage.payload, ExchangeMessage.mark)

for _event, _text in {
    "exchange.saved": "Profil d’échange enregistré",
    "exchange.key": "Clé d’échange remplacée",
    "exchange.tried": "Profil d’échange essayé",
    "exchange.on": "Échange mis en service",
    "exchange.off": "Échange arrêté",
    "exchange.removed": "Profil d’échange retiré",
    "exchange.resent": "Messages d’échange renvoyés",
    "exchange.settled": "Écart d’un échange classé",
}.items():
    audit.label(_event, _text)

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
PER_MINUTE = (1, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A profile as it is typed. `key` is the key that the other tool gave, where its kind has one of its own."""

    organisation: str = ""
    kind: str = ""
    address: str = ""
    writes_from: str = ""
    form: str = ""
    key: str = ""
    per_minute: str = "30"


def collectivites(academie: str) -> dict[str, str]:
    """Return the organisations that an académie may have a profile with, by id, with their names."""
    return dict(coverage.covered(routing.router().conventions, academie).departement)


def of_academie(academie: str) -> list[Row[Any]]:
    """Return the profiles of an académie."""
    query = select(PROFILE).where(PROFILE.c.academie == academie).order_by(PROFILE.c.organisation)
    return list(db.session.execute(query))


def of_organisation(organisation: str) -> list[Row[Any]]:
    """Return the profiles with an organisation's tool."""
    query = select(PROFILE).where(PROFILE.c.organisation == organisation).order_by(PROFILE.c.academie)
    return list(db.session.execute(query))


def one(actor: Actor, profile_id: int) -> Row[Any]:
    """Return a profile of the actor's académie. Raises NotFound."""
    query = select(PROFILE).where(PROFILE.c.id == profile_id, PROFILE.c.academie == _academie(actor))
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def _academie(actor: Actor) -> str:
    """Return the académie that the actor administers. Raises Refused."""
    verdict = permits(actor, Action.ADMINISTER_PEOPLE)
    if not verdict.allowed or actor.mandate is None:
        raise Refused(verdict.reason)
    return actor.mandate.scope_id


def save(actor: Actor, form: Form, now: datetime, profile_id: int | None = None) -> int:
    """Make a profile or change one; return its id. A profile that is switched on is switched off by a change.

    Raises Invalid, Refused, NotFound.
    """
    academie = _academie(actor)
    values = _checked(form, academie, new=profile_id is None)
    with writing() as session:
        now = written_at(now)
        if profile_id is None:
            made: Any
            known = select(PROFILE.c.id).where(
                PROFILE.c.academie == academie, PROFILE.c.organisation == form.organisation
            )
            if session.scalar(known) is not None:
                raise Invalid({"organisation": "Cette collectivité a déjà un profil : changez-le plutôt."})
            values |= {"academie": academie, "organisation": form.organisation, "made_at": now}
            made = session.execute(insert(PROFILE).values(**values))
            profile_id = int(made.inserted_primary_key[0])
        else:
            one(actor, profile_id)
            values |= {"tried_at": None, "on_at": None}
            session.execute(update(PROFILE).where(PROFILE.c.id == profile_id).values(**values))
        row = one(actor, profile_id)
        if KINDS[row.kind].key == "given" and form.key:
            _seal(row, clean_line(form.key))
        elif KINDS[row.kind].key == "none":
            session.execute(update(PROFILE).where(PROFILE.c.id == profile_id).values(secret=""))
        _journal("exchange.saved", actor, row, now)
    return profile_id


def _checked(form: Form, academie: str, *, new: bool) -> dict[str, Any]:
    """Return the columns of a profile as it was typed. Raises Invalid."""
    errors: dict[str, str] = {}
    if new and form.organisation not in collectivites(academie):
        errors["organisation"] = "Choisissez la collectivité."
    if form.kind not in KINDS:
        errors["kind"] = "Choisissez l’outil."
    for name, wanted in (("address", True), ("writes_from", False)):
        value = getattr(form, name).strip()
        if (wanted or value) and not (_ADDRESS.fullmatch(value) and len(value) <= 254):
            errors[name] = "Donnez une adresse de courriel, comme assistance@collectivite.example."
    own = parseaddr(desk_settings().mail_from)[1].lower()
    if own in (form.address.strip().lower(), form.writes_from.strip().lower()):
        errors["address"] = "C’est l’adresse de Guichet lui-même : ses messages lui reviendraient."
    if not (form.per_minute.isascii() and form.per_minute.isdigit() and len(form.per_minute) < 5):
        errors["per_minute"] = "Donnez un nombre de messages par minute."
    elif not PER_MINUTE[0] <= int(form.per_minute) <= PER_MINUTE[1]:
        errors["per_minute"] = f"Donnez un nombre entre {PER_MINUTE[0]} et {PER_MINUTE[1]}."
    if errors:
        raise Invalid(errors)
    return {
        "kind": form.kind,
        "address": form.address.strip(),
        "writes_from": form.writes_from.strip(),
        "form": clean_line(form.form)[:120],
        "per_minute": int(form.per_minute),
    }


def new_key(actor: Actor, profile_id: int, now: datetime) -> str:
    """Draw the shared key of a profile anew and return it, to be shown once. Raises Refused where there is none."""
    with writing():
        now = written_at(now)
        row = one(actor, profile_id)
        if KINDS[row.kind].key != "made":
            raise Refused("Cet outil n’a pas de clé que Guichet choisirait.")
        key = secrets.token_urlsafe(32)
        _seal(row, key)
        db.session.execute(
            update(PROFILE).where(PROFILE.c.id == row.id).values(key_shown_at=now, tried_at=None, on_at=None)
        )
        _journal("exchange.key", actor, row, now)
    return key


def _seal(row: Row[Any], key: str) -> None:
    sealed = seal(composing.sealed_as(row.academie, row.organisation), key.encode())
    db.session.execute(update(PROFILE).where(PROFILE.c.id == row.id).values(secret=sealed))


def tried(actor: Actor, profile_id: int, now: datetime, *, send: bool = False) -> None:
    """Note that a profile was tried with a sample; with `send`, a trial message is sent to the tool's address."""
    with writing() as session:
        now = written_at(now)
        row = one(actor, profile_id)
        _key_wanted(row)
        session.execute(update(PROFILE).where(PROFILE.c.id == row.id).values(tried_at=now))
        if send:
            outgoing.add_other(session, row, "trial", wire.mark("trial", row.id, now.isoformat()), now)
        _journal("exchange.tried", actor, row, now)


def switch(actor: Actor, profile_id: int, on: bool, now: datetime) -> None:
    """Switch a profile on or off: the first time from now on, then from where it stopped. Raises Refused if untried."""
    with writing() as session:
        now = written_at(now)
        row = one(actor, profile_id)
        if on:
            _key_wanted(row)
            if row.tried_at is None:
                raise Refused("Essayez d’abord ce profil : rien n’est envoyé à un outil sans qu’on ait vu quoi.")
        if on is (row.on_at is not None):
            return
        last = session.scalar(select(func.max(EVENT.c.id))) or 0
        values: dict[str, Any] = {"on_at": now if on else None}
        if on and row.noted_at is None:  # else it goes on from where it stopped: nothing of its tickets is lost
            values |= {"read_event": last, "next_event": last, "noted_at": now}
        session.execute(update(PROFILE).where(PROFILE.c.id == row.id).values(**values))
        _journal("exchange.on" if on else "exchange.off", actor, row, now)


def _key_wanted(row: Row[Any]) -> None:
    if KINDS[row.kind].key == "made" and not row.secret:
        raise Refused("Tirez d’abord la clé partagée : sans elle, rien ne peut être signé.")


def remove(actor: Actor, profile_id: int, now: datetime) -> None:
    """Remove a profile that is switched off, with what was noted of its messages; tickets keep their entries."""
    with writing() as session:
        now = written_at(now)
        row = one(actor, profile_id)
        if row.on_at is not None:
            raise Refused("Arrêtez d’abord l’échange.")
        session.execute(delete(MESSAGE).where(MESSAGE.c.profile_id == row.id))
        session.execute(delete(LINK).where(LINK.c.profile_id == row.id))
        session.execute(delete(PROFILE).where(PROFILE.c.id == row.id))
        _journal("exchange.removed", actor, row, now)


def send_failed_again(actor: Actor, profile_id: int, now: datetime) -> int:
    """Send again the messages of a profile that were given up; return how many. Raises NotFound, Refused."""
    with writing() as session:
        now = written_at(now)
        row = one(actor, profile_id)
        done: Any = session.execute(
            update(MESSAGE)
            .where(MESSAGE.c.profile_id == row.id, MESSAGE.c.direction == "out", MESSAGE.c.state == "failed")
            .values(state="pending", attempts=0, resent=MESSAGE.c.resent + 1, next_at=now, claimed_until=None)
        )
        count = int(done.rowcount)
        audit.record("exchange.resent", actor=actor, subject=row.organisation, now=now, details={"messages": count})
    return count


def settle(actor: Actor, profile_id: int, number: int, now: datetime) -> None:
    """Set aside the difference of a ticket that a person has looked at. Raises NotFound, Refused."""
    with writing() as session:
        now = written_at(now)
        row = one(actor, profile_id)
        session.execute(update(LINK).where(LINK.c.profile_id == row.id, LINK.c.ticket_id == number).values(drift=""))
        audit.record("exchange.settled", actor=actor, subject=f"ticket {number}", now=now, details={})


def _journal(event: str, actor: Actor, row: Row[Any], now: datetime) -> None:
    audit.record(event, actor=actor, subject=row.organisation, now=now, details={"kind": row.kind})
