"""Login with a sigle, a PIN and a key's one-time code (annexe 6, 2.2).

Every refusal gives the same sentence after the same work, so that neither its text nor its time shows whether a sigle
exists. Consecutive failures are counted on the key, in the database, under its lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from charters.database import writing, written_at
from charters.entry import attempts, codes, radius
from charters.entry.sessions import Entered, open_session
from charters.errors import Refused
from charters.journal import audit
from charters.model import Zone
from charters.tables.access import Account

REFUSAL = (
    "Connexion refusée. Vérifiez votre sigle, votre code PIN et le code affiché par votre clé ; chaque code ne sert "
    "qu’une fois. Après plusieurs échecs, attendez quelques minutes. Si le refus persiste, adressez-vous à "
    "l’administrateur de l’académie."
)


def log_in(sigle: str, pin: str, code: str, *, zone: Zone, now: datetime, agent: str = "") -> Entered:
    """Open a session for a person who gives the right sigle, PIN and unused code; raises Refused with REFUSAL.

    Raises Unavailable to everybody while the seeds cannot be read.

    The slow hash is computed before any lock is taken. Everything else is decided under the key's lock, so that only
    one of two logins with the same code succeeds.
    """
    attempts.require_seeds()
    sigle = attempts.plain_sigle(sigle)
    whose = Account.sigle == sigle
    typed = _Typed(attempts.judged_pin(whose, pin), code, radius.ask(whose, pin, code, now))
    with writing():
        outcome = _decide(sigle, typed, zone, now, agent[:200])
    if isinstance(outcome, Entered):
        return outcome
    raise Refused(REFUSAL + radius.SILENT if typed.asked.answer == "silent" else REFUSAL)


@dataclass(frozen=True, slots=True, repr=False)
class _Typed:
    """What was typed, and what was asked about it before the lock."""

    pin: attempts.Judged
    code: str
    asked: radius.Asked


def _decide(sigle: str, typed: _Typed, zone: Zone, now: datetime, agent: str) -> Entered | None:
    """Decide under the write lock: return an open session, or None. Only the journal gets the reason."""
    account = attempts.locked_account(sigle)
    key = attempts.locked_key(account)
    now = written_at(now)  # a code is judged at the instant at which it is used
    refused = attempts.barred(account, now)
    verdict = codes.Verdict(False, unsaid="no_key")
    if not refused and key is not None:
        refused = attempts.held_up(key.locked_at, key.next_try_at, now)
    if account is not None and key is not None:
        verdict = codes.judged(account, key, typed.pin, typed.code, None if refused else typed.asked, now)
    refused = refused or verdict.unsaid
    if refused or account is None or key is None:
        attempts.refuse(account, refused, zone=zone, now=now)
        return None
    if not verdict.right:
        attempts.count_failure(account, key, zone=zone, now=now, replayed=verdict.replayed)
        return None
    before = codes.forgive(key, verdict)
    entered = open_session(account, zone=zone, now=now, agent=agent, refused_before=before)
    audit.record("login.accepted", sigle=sigle, zone=zone, subject=sigle, now=now)
    return entered
