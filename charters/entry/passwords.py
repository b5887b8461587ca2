"""Login with a sigle and a password, for staff of the Éducation nationale without a key, on the intranet only.

External people always have a key, and a person with a key logs in with it, even on the intranet (« Who needs what »).
The password is chosen through a link and stored as an Argon2id hash. Failures are counted on the account, with the same
delays and lock as for a key.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select

from charters import letters
from charters.database import db, writing, written_at
from charters.entry import attempts, links
from charters.entry.renewal import close_others, renew
from charters.entry.sessions import Entered, open_session
from charters.errors import Invalid, NotFound, Refused
from charters.journal import audit
from charters.keys import pins
from charters.model import Actor, Zone
from charters.rules import rules
from charters.tables.access import Account, OtpKey

audit.label("password.link", "Lien pour choisir un mot de passe émis")
audit.label("password.changed", "Mot de passe choisi")
audit.label("password.unlocked", "Mot de passe déverrouillé")

SHORTEST, LONGEST = 12, 128
REFUSAL = (
    "Connexion refusée. Vérifiez votre sigle et votre mot de passe. Si une clé vous a été remise, c’est avec elle que "
    "vous entrez, ici aussi. Après plusieurs échecs, attendez quelques minutes. Si le refus persiste, adressez-vous à "
    "l’administrateur de l’académie."
)
FROM_INTERNET = (
    "Le mot de passe ne sert que depuis l’intranet académique. Depuis internet, il faut une clé : demandez-la à "
    "l’administrateur de l’académie, ou connectez-vous depuis votre établissement."
)
_NOT_FOR = "Cette personne entre avec une clé : un mot de passe ne lui servirait pas."


def fault(password: str, sigle: str) -> str | None:
    """Why this password cannot be chosen, as a French sentence; None when it can."""
    if len(password) < SHORTEST:
        return f"Choisissez un mot de passe de {SHORTEST} caractères au moins : quelques mots sans lien, par exemple."
    if len(password) > LONGEST:
        return f"Ne dépassez pas {LONGEST} caractères."
    if not password.isprintable():
        return "Ce mot de passe contient un caractère qui ne s’affiche pas."
    plain = password.lower()
    bare = plain.strip("0123456789 .,;:!?*-_+#@$%&/'\"()[]=€")
    if pins.is_common(plain) or pins.is_common(bare) or len(set(plain)) < 5:
        return "Ce mot de passe est trop facile à deviner : beaucoup de gens ont choisi le même."
    if sigle in plain or "guichet" in plain:
        return "Le mot de passe ne peut contenir ni votre sigle ni le nom du programme."
    return None


def faults(password: str, again: str, sigle: str) -> dict[str, str]:
    """The faults of a password typed twice: field (`password`, `password_again`) -> French sentence."""
    if (sentence := fault(password, sigle)) is not None:
        return {"password": sentence}
    return {} if password == again else {"password_again": "Les deux mots de passe ne sont pas les mêmes."}


def log_in_with_password(sigle: str, password: str, *, zone: Zone, now: datetime, agent: str = "") -> Entered:
    """Open a session on the intranet for a person who gives the right sigle and password. Raises Refused.

    From the internet everyone is refused with the reason before any look-up, so known and unknown sigles get the same
    answer. On the intranet every refusal has the same sentence and takes the same work.
    """
    sigle = attempts.plain_sigle(sigle)
    judged = attempts.judged_password(Account.sigle == sigle, password)
    with writing():
        now = written_at(now)
        outcome = _decide(sigle, judged, zone, now, agent[:200])
    if isinstance(outcome, Entered):
        return outcome
    raise Refused(FROM_INTERNET if zone != "intranet" else REFUSAL)


def _decide(sigle: str, judged: attempts.Judged, zone: Zone, now: datetime, agent: str) -> Entered | None:
    account = attempts.locked_account(sigle)
    key = attempts.locked_key(account)
    refused = attempts.barred(account, now)
    if zone != "intranet":
        refused = "zone"
    elif account is not None and not refused:
        refused = _barred(account, key, now)
    if refused or account is None:
        attempts.refuse(account, refused, zone=zone, now=now)
        return None
    if not judged.holds(account.password_hash):
        attempts.count_password_failure(account, zone=zone, now=now)
        return None
    before = account.password_failures
    account.password_failures, account.password_next_try_at = 0, None
    entered = open_session(account, zone=zone, now=now, agent=agent, refused_before=before)
    audit.record("login.accepted", sigle=sigle, zone=zone, subject=sigle, now=now, details={"way": "password"})
    return entered


def _barred(account: Account, key: OtpKey | None, now: datetime) -> str:
    if account.external:
        return "external"
    if key is not None:
        return "has_key"
    if account.password_hash is None:
        return "no_password"
    return attempts.held_up(account.password_locked_at, account.password_next_try_at, now)


# --- choosing a password ---


def password_link(account_id: int, *, actor: Actor | None, now: datetime) -> str:
    """Make a link by which a person chooses a first or new password, and return its token. Raises Refused, NotFound."""
    with writing() as session:
        now = written_at(now)
        account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
        if account is None:
            raise NotFound(str(account_id))
        if not rules().intranet:
            raise Refused("Aucun intranet n’est réglé : chacun entre avec une clé.")
        if not may_have(account):
            raise Refused(_NOT_FOR)
        token = links.make(account_id, "password", now=now)
        audit.record("password.link", actor=actor, subject=account.sigle, now=now)
    return token


def may_have(account: Account) -> bool:
    """Whether this person may log in with a password: staff of the Éducation nationale without an active key."""
    return not account.external and not db.session.scalar(
        select(exists().where(OtpKey.account_id == account.id, OtpKey.state == "active"))
    )


def set_password(token: str, *, password: str, again: str, zone: Zone, now: datetime) -> None:
    """Set the password that the owner of a link chooses on the intranet. Raises Invalid (fields), Refused, NotFound.

    A new password lifts no lock: only the académie unlocks.
    """
    if zone != "intranet":
        raise Refused("Choisissez votre mot de passe depuis l’intranet académique : il ne sert que là.")
    link = links.opened(token, "password", now=now)
    found = faults(password, again, link.sigle)
    if found:
        raise Invalid(found)
    kept = pins.hashed(password)
    with writing() as session:
        now = written_at(now)
        account = session.get_one(Account, link.account_id, with_for_update=True, populate_existing=True)
        links.opened(token, "password", now=now)  # raises if it was used while this waited for the lock
        if not may_have(account):
            raise Refused(_NOT_FOR)
        links.used(token, now=now)
        _keep(account, kept, None, zone, now)


def change_password(
    actor: Actor, *, current: str, password: str, again: str, session_id: int | None = None, now: datetime
) -> str:
    """Change the password of a person who gives the present one. A wrong one is a failure. Raises Invalid (fields).

    Gives the new token of the session `session_id`, the only one that stays open (« » without one).
    """
    found = faults(password, again, actor.sigle)
    if not found and password == current:
        found = {"password": "C’est le mot de passe que vous avez déjà : choisissez-en un autre."}
    if found:
        raise Invalid(found)
    judged, kept = attempts.judged_password(Account.id == actor.account_id, current), pins.hashed(password)
    with writing() as session:
        now = written_at(now)
        account = session.get_one(Account, actor.account_id, with_for_update=True, populate_existing=True)
        held = attempts.held_up(account.password_locked_at, account.password_next_try_at, now)
        if held:
            attempts.refuse(account, held, zone=actor.zone, now=now)
        elif not judged.holds(account.password_hash):
            attempts.count_password_failure(account, zone=actor.zone, now=now)
        else:
            account.password_failures, account.password_next_try_at = 0, None
            _keep(account, kept, session_id, actor.zone, now)
            return renew(session_id) if session_id is not None else ""
    raise Invalid({"current": "Ce n’est pas votre mot de passe. Après plusieurs échecs, attendez quelques minutes."})


def _keep(account: Account, kept: str, session_id: int | None, zone: str, now: datetime) -> None:
    account.password_hash, account.password_set_at = kept, now
    links.end(account.id, "password", now=now)
    close_others(account.id, session_id, now=now)
    audit.record("password.changed", sigle=account.sigle, zone=zone, subject=account.sigle, now=now)
    letters.write(account, "password-changed", now=now)


def unlock_password(account_id: int, *, actor: Actor | None, now: datetime) -> None:
    """Unlock a password after ten failures (the académie alone does it: the caller asks the gate). Raises NotFound."""
    with writing() as session:
        now = written_at(now)
        account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
        if account is None:
            raise NotFound(str(account_id))
        account.password_failures, account.password_next_try_at, account.password_locked_at = 0, None, None
        audit.record("password.unlocked", actor=actor, subject=account.sigle, now=now)
