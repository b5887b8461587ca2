"""Change of PIN: by its owner after a proof, or through a link when it is forgotten.

A new PIN always requires a code of the key, so a stolen link or mailbox is not enough. The page that asks for the link
reveals nothing about the account: the request is stored as typed, and the scheduler handles it later.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from charters import letters
from charters.database import db, writing, written_at
from charters.entry import attempts, codes, links, radius
from charters.errors import Invalid, NotFound, Refused
from charters.journal import audit
from charters.keys import otp, pins
from charters.keys.keys import device_of, locked
from charters.model import Actor, Zone
from charters.rules import rules, unseal
from charters.tables.access import Account, WebSession
from charters.tables.keys import Letter, PersonalLink, ResetRequest

audit.label("pin.changed", "Code PIN changé")
audit.label("pin.link", "Lien pour un nouveau code PIN émis")
audit.label("identity.proved", "Identité confirmée de nouveau")
audit.label("reset.asked", "Nouveau code PIN ou mot de passe demandé")

#: The most links that are mailed to one person in a day, however many are requested.
LETTERS_A_DAY = 3
PENDING_MAX = 5_000
BATCH = 100

_REFUSED = (
    "Ce n’est pas cela. Vérifiez votre code PIN et le code affiché par votre clé ; chaque code ne sert qu’une fois. "
    "Après plusieurs échecs, attendez quelques minutes."
)


def prove(account_id: int, *, pin: str, code: str, zone: Zone, now: datetime) -> None:
    """Check that the account's owner is at the keyboard, by PIN and an unused code; failures count as failed logins.

    A change of PIN and acts on keys and mandates require this. Raises Refused.
    """
    judged = attempts.judged_pin(Account.id == account_id, pin)
    asked = radius.ask(Account.id == account_id, pin, code, now)
    with writing():
        proved = _proved(account_id, judged, code, asked, zone, now)
    if not proved:
        raise Refused(_REFUSED + radius.SILENT if asked.answer == "silent" else _REFUSED)


def _proved(
    account_id: int, judged: attempts.Judged, code: str, asked: radius.Asked, zone: Zone, now: datetime
) -> bool:
    account = db.session.get(Account, account_id, with_for_update=True, populate_existing=True)
    key = attempts.locked_key(account)
    now = written_at(now)
    if account is None or key is None or (key.seed is None and key.kind != radius.KIND):
        return False
    held = attempts.held_up(key.locked_at, key.next_try_at, now)
    verdict = codes.judged(account, key, judged, code, None if held else asked, now)
    held = held or verdict.unsaid
    if held:
        attempts.refuse(account, held, zone=zone, now=now)
        return False
    if not verdict.right:
        attempts.count_failure(account, key, zone=zone, now=now, replayed=verdict.replayed)
        return False
    codes.forgive(key, verdict)
    audit.record("identity.proved", sigle=account.sigle, zone=zone, subject=account.sigle, now=now)
    return True


def change_pin(
    actor: Actor, *, pin: str, code: str, new: pins.NewPin, session_id: int | None = None, now: datetime
) -> str:
    """Change the PIN of a person who gives the present one and a code. Raises Invalid (fields « current », « pin »…).

    `session_id` is the session that makes the change; all other sessions are closed. Returns its
    new token (« » without a session).
    """
    faults = new.faults(actor.sigle)
    if not faults and new.typed == pin:
        faults = {"pin": "C’est le code PIN que vous avez déjà : choisissez-en un autre."}
    if faults:
        raise Invalid(faults)
    kept = pins.hashed(new.typed)
    try:
        prove(actor.account_id, pin=pin, code=code, zone=actor.zone, now=now)  # commits its failures, whatever follows
    except Refused as refused:
        raise Invalid({"current": refused.sentence}) from refused
    with writing():
        now = written_at(now)
        _keep(actor.account_id, kept, zone=actor.zone, session_id=session_id, now=now)
        return renew(session_id) if session_id is not None else ""


def _keep(account_id: int, kept: str, *, zone: str, session_id: int | None = None, now: datetime) -> None:
    """Store the new PIN in the current transaction, end links, close other sessions, and write to the owner."""
    account = db.session.get_one(Account, account_id, with_for_update=True)
    account.pin_hash = kept
    links.end(account_id, "pin", now=now)
    close_others(account_id, session_id, now=now)
    audit.record("pin.changed", sigle=account.sigle, zone=zone, subject=account.sigle, now=now)
    letters.write(account, "pin-changed", now=now)


def renew(session_id: int) -> str:
    """Give an open session a new token, in the current transaction, and return it: the former one opens nothing."""
    token = secrets.token_urlsafe(32)
    kept = hashlib.sha256(token.encode()).hexdigest()
    db.session.execute(update(WebSession).where(WebSession.id == session_id).values(token_hash=kept))
    return token


def close_others(account_id: int, session_id: int | None, *, now: datetime) -> None:
    """Close all sessions of an account but this one, in the current transaction, since the secret has changed."""
    db.session.execute(
        update(WebSession)
        .where(WebSession.account_id == account_id, WebSession.closed_at.is_(None), WebSession.id != (session_id or -1))
        .values(closed_at=now)
    )


# --- forgotten PIN or password ---


def pin_link(key_id: int, *, actor: Actor | None, now: datetime) -> str:
    """Make a link by which the owner of this key chooses a new PIN, and return its token. Raises Refused, NotFound."""
    with writing():
        now = written_at(now)
        key, account = locked(key_id)
        if key.state != "active" or key.seed is None:
            raise Refused("Cette clé n’a pas de code PIN : elle n’est pas activée, ou porte le sien.")
        token = links.make(account.id, "pin", now=now)
        audit.record("pin.link", actor=actor, subject=account.sigle, now=now, details={"serial": key.serial})
    return token


def renew_pin(token: str, *, pin: pins.NewPin, code: str, zone: Zone, now: datetime) -> None:
    """Set a new PIN, for a person who has the link and the key. Raises Invalid (fields), NotFound.

    A wrong code counts as a failure of the key, like those of a login, so the link gives no extra chance to guess.
    """
    link = links.opened(token, "pin", now=now)
    faults = pin.faults(link.sigle)
    kept = None if faults else pins.hashed(pin.typed)
    with writing():
        link = links.opened(token, "pin", now=now)
        account = db.session.get(Account, link.account_id, with_for_update=True, populate_existing=True)
        key = attempts.locked_key(account)
        if account is None or key is None or key.seed is None:
            raise NotFound("link")
        now = written_at(now)
        link = links.opened(token, "pin", now=now)  # raises if it was used while this waited for the lock
        if held := attempts.held_up(key.locked_at, key.next_try_at, now):
            attempts.refuse(account, held, zone=zone, now=now)
            faults["code"] = _HELD[held]
        elif kept is not None:
            matched = otp.match(device_of(key), unseal(key.serial, key.seed), code, now)
            if matched.step is None:
                attempts.count_failure(account, key, zone=zone, now=now)
                faults["code"] = "Ce code n’est pas celui que votre clé affiche. Attendez le suivant et recopiez-le."
            else:
                attempts.forgive(key, matched.step, matched.drift)
                links.used(token, now=now)
                _keep(account.id, kept, zone=zone, now=now)
    if faults:
        raise Invalid(faults)


_HELD = {
    "locked": "Votre clé est verrouillée : adressez-vous à l’administrateur de l’académie.",
    "delayed": "Trop d’échecs de suite : attendez quelques minutes, puis recommencez.",
}


def ask_reset(sigle: str, *, zone: Zone, now: datetime) -> None:
    """Store a request for a new PIN or password. Nothing is looked up, so the page answers the same for any sigle."""
    with writing() as session:
        now = written_at(now)
        waiting = session.scalar(select(func.count()).select_from(ResetRequest)) or 0
        if waiting < PENDING_MAX:
            session.add(ResetRequest(sigle=attempts.plain_sigle(sigle), zone=zone, asked_at=now))


def answer_resets(now: datetime) -> int:
    """Send, for the scheduler, a link to people who asked and may have one. Returns the number sent."""
    sent = 0
    while True:
        with writing() as session:
            now = written_at(now)
            rows = session.execute(
                select(ResetRequest.id, ResetRequest.sigle, ResetRequest.zone)
                .order_by(ResetRequest.id)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            ).all()
            if not rows:
                return sent
            for row in rows:
                sent += _answer(row.sigle, row.zone, now)
            session.execute(delete(ResetRequest).where(ResetRequest.id.in_([row.id for row in rows])))


def _answer(sigle: str, zone: str, now: datetime) -> bool:
    account = attempts.locked_account(sigle) if sigle else None
    reason = attempts.barred(account, now)
    if account is not None and not reason and _letters_today(account.id, now) >= LETTERS_A_DAY:
        reason = "often"
    if account is None or reason:
        named = account.sigle if account else ""
        audit.record(
            "reset.asked",
            sigle=named,
            zone=zone,
            subject=named or "sigle inconnu",
            now=now,
            details={"sent": False, "reason": reason},
        )
        return False
    key = attempts.locked_key(account)
    if key is not None and key.seed is not None:
        token = links.make(account.id, "pin", now=now)
        text, link = "reset-pin", f"{rules().base_url}/code-pin/{token}"
    elif key is not None:
        text, link = ("reset-academie-key" if key.kind == radius.KIND else "reset-security-key"), ""
    elif not account.external and rules().intranet:
        token = links.make(account.id, "password", now=now)
        text, link = "reset-password", f"{rules().base_url}/mot-de-passe/{token}"
    else:
        text, link = "reset-without-key", ""
    letters.write(account, "reset", now=now, text=text, values={"link": link})
    audit.record("reset.asked", sigle=account.sigle, zone=zone, subject=account.sigle, now=now, details={"sent": True})
    return True


def _letters_today(account_id: int, now: datetime) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Letter)
            .where(Letter.account_id == account_id, Letter.kind == "reset", Letter.created_at > now - timedelta(days=1))
        )
        or 0
    )


def forget_old(now: datetime) -> int:
    """Delete, for the scheduler, the links that ended a month ago. Returns their number."""
    with writing() as session:
        now = written_at(now)
        gone = session.execute(delete(PersonalLink).where(PersonalLink.expires_at < now - timedelta(days=30)))
    return int(gone.rowcount)  # type: ignore[attr-defined]
