"""Limit how often the same page may be requested; the counts are in the database, so all processes share them.

Requests that anybody may send (logins and what helps to log in) are counted by address, and expensive pages by account.
A count begins with the first request and ends with its span; the next request begins another count. A refused request
is not counted, so that insisting does not lengthen the wait. This does not protect a key: ten failures lock it,
wherever they come from (`attempts`).
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from charters.database import db, reading, writing, written_at
from charters.journal import audit
from charters.model import Actor
from ticketing.tables import RateCount

log = logging.getLogger("guichet.limits")

KEEP = timedelta(days=1)
audit.label("limit.reached", "Trop de demandes en peu de temps")


@dataclass(frozen=True, slots=True)
class Rule:
    """The most requests in a span; `sentence` says in French what was too often, and what remains possible."""

    most: int
    span: timedelta
    sentence: str


#: A whole académie may reach the server from one address, so the operator sets the number of logins.
LOGIN = "login"
RULES: dict[str, Rule] = {
    LOGIN: Rule(
        2000,
        timedelta(minutes=15),
        "Trop d’essais de connexion sont venus de votre réseau en peu de temps, de vous ou de quelqu’un d’autre.",
    ),
    "export": Rule(
        60,
        timedelta(minutes=10),
        "Vous avez demandé beaucoup de fichiers en peu de temps. Les pages restent ouvertes.",
    ),
    "proof": Rule(
        120,
        timedelta(minutes=10),
        "Vous avez demandé beaucoup de preuves et de chartes en peu de temps. Les pages restent ouvertes.",
    ),
    "replay": Rule(
        60,
        timedelta(minutes=10),
        "Vous avez lancé beaucoup de rejeux en peu de temps. Le reste du projet s’ouvre.",
    ),
    "sheet": Rule(
        60,
        timedelta(minutes=10),
        "Vous avez envoyé beaucoup de feuilles en peu de temps. Rien n’en a été enregistré.",
    ),
    "feed": Rule(
        600,
        timedelta(minutes=10),
        "Beaucoup de calendriers ont été demandés de votre réseau en peu de temps.",
    ),
    "poster": Rule(
        30,
        timedelta(minutes=5),
        "Vous avez demandé beaucoup d’affiches en peu de temps.",
    ),
}


@dataclass(frozen=True, slots=True)
class Limiter:
    """Counts requests by the operator's settings, which the application gives once.

    `login_tries` is how many logins an address may send in a span; `secret_key` keys the hashes that stand for
    addresses, so that the table holds no address.
    """

    login_tries: int
    secret_key: str = field(repr=False)

    def rule(self, kind: str) -> Rule:
        """Return the rule of a kind of RULES, as the operator set it."""
        found = RULES[kind]
        return replace(found, most=self.login_tries) if kind == LOGIN else found

    def spend(self, kind: str, who: str, now: datetime, *, actor: Actor | None = None, zone: str = "internet") -> int:
        """Count one request of `kind` by `who` (an address or an account); return the seconds to wait, or 0 to go on.

        The first refusal of a span writes a line in the journal. Commits.
        """
        limit, bucket = self.rule(kind), f"{kind}:{self._print(who)}"
        with reading() as session:
            row = session.execute(select(RateCount.since, RateCount.n).where(RateCount.bucket == bucket)).one_or_none()
        if row is not None and row.n > limit.most and now < row.since + limit.span:
            return _seconds(row.since + limit.span - now)
        with writing() as session:
            now = written_at(now)
            since, count = session.execute(_count(bucket, now, now - limit.span)).one()
            if count <= limit.most:
                return 0
            if count == limit.most + 1:
                log.warning("limit %s reached by %s", kind, who)
                details = {"most": limit.most, "minutes": int(limit.span.total_seconds() // 60)}
                audit.record("limit.reached", actor=actor, zone=zone, subject=kind, now=now, details=details)
        return _seconds(since + limit.span - now)

    def _print(self, who: str) -> str:
        """Return a keyed hash: the table holds no address, and nobody can find one by trying them all."""
        return hmac.new(self.secret_key.encode(), f"limit:{who}".encode(), hashlib.sha256).hexdigest()[:32]


def forget_old(now: datetime) -> int:
    """Delete the counts whose span is long past and return how many."""
    with writing() as session:
        now = written_at(now)
        return int(session.execute(delete(RateCount).where(RateCount.since < now - KEEP)).rowcount)  # type: ignore[attr-defined]


def _count(bucket: str, now: datetime, begun_before: datetime) -> Any:
    """Return a single, atomic statement that adds one to a count, or starts the count of a new span."""
    dialect: Any = sqlite if db.engine.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(RateCount).values(bucket=bucket, since=now, n=1)
    over = RateCount.since <= begun_before
    return statement.on_conflict_do_update(
        index_elements=["bucket"],
        set_={
            "n": case((over, 1), else_=RateCount.n + 1),
            "since": case((over, statement.excluded.since), else_=RateCount.since),
        },
    ).returning(RateCount.since, RateCount.n)


def _seconds(left: timedelta) -> int:
    return max(1, int(left.total_seconds()) + 1)
