"""A PIN and a code judged under the key's lock, whoever keeps the seed: Guichet, or the académie's RADIUS server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from charters.entry import attempts, radius
from charters.keys import otp
from charters.keys.keys import device_of
from charters.tables.access import Account, OtpKey


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether PIN and code are right; `replayed`: right but used already; `unsaid`: why nobody could say.

    A code that nobody could judge is no failure.
    """

    right: bool
    replayed: bool = False
    unsaid: str = ""
    step: int | None = None
    drift: int = 0


def judged(
    account: Account, key: OtpKey, pin: attempts.Judged, code: str, asked: radius.Asked | None, now: datetime
) -> Verdict:
    """Judge what was typed: `pin` was compared, and `asked` said by the server, before the lock.

    `asked` is None where the login is refused already: what the server said then is not used up.
    """
    if key.kind == radius.KIND:
        return _by_the_server(key, asked, now) if asked is not None else Verdict(False)
    seed = attempts.seed_of(key)
    if seed is None:
        return Verdict(False, unsaid="no_key")
    matched = otp.match(device_of(key), seed, code, now)
    pin_right = pin.holds(account.pin_hash)
    return Verdict(
        matched.step is not None and pin_right, matched.replayed and pin_right, "", matched.step, matched.drift
    )


def _by_the_server(key: OtpKey, asked: radius.Asked, now: datetime) -> Verdict:
    if asked.key_id != key.id or asked.answer in ("", "silent"):
        return Verdict(False, unsaid="silent")
    if asked.answer == "challenge":
        return Verdict(False, unsaid="challenge")
    if asked.answer != "accepted":
        return Verdict(False)
    return Verdict(True) if radius.spend(asked.mark, now) else Verdict(False, replayed=True)


def forgive(key: OtpKey, verdict: Verdict) -> int:
    """Record a success; returns the number of failures before (`attempts.forgive`)."""
    if verdict.step is not None:
        return attempts.forgive(key, verdict.step, verdict.drift)
    before = key.failures
    key.failures, key.next_try_at = 0, None
    return before
