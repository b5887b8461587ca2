"""What hangs on a person who leaves is let go: one door, for every end of an activity, a mandate or an access.

An end calls `let_go` in its own commit; the scheduler calls `sweep`, which finds the ends that come by a date and any
end that did not call. What hangs on a person is known to the rooms above (tickets in charge, shares, answers that
wait): each hands in its part where the application is made. A part works out by itself who is concerned, from the
mandates and accounts as they stand, so that calling it twice, or too early, changes nothing.

What a suspension takes (VIII) comes back when it is lifted, and what the October campaign's term takes (II.2) when a
late answer confirms the mandate: the parts that give back do it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select, update

from charters.database import db, writing
from charters.days import today
from charters.tables.access import Account, Enrolment, OtpKey
from charters.tables.keys import Letter, PersonalLink

#: Lets go, in the current transaction, of what hangs on these people (None: on anybody) and returns how many things.
Part = Callable[[Collection[int] | None, datetime], int]
#: Gives back, in the current transaction, what was taken since an instant from people who may act again.
Return = Callable[[datetime, datetime], int]

#: How many things one part lets go of in one commit; the sweep goes on with the rest.
AT_MOST = 100
_ROUNDS = 1000

_parts: tuple[Part, ...] = ()
_returns: tuple[Return, ...] = ()


def hand_in(parts: Iterable[Part], returns: Iterable[Return]) -> None:
    """Register the parts of the rooms above, in the order in which they run, in place of any registered before."""
    global _parts, _returns
    _parts, _returns = tuple(parts), tuple(returns)


def let_go(accounts: Collection[int] | None, now: datetime) -> int:
    """Let go, in the current transaction, of what hangs on those of these people who left. Returns how many things.

    Those still there keep everything: the end of one mandate of two lets go of nothing that the other allows.
    """
    db.session.flush()
    return sum(part(accounts, now) for part in (_ways_in, *_parts))


def give_back(since: datetime, now: datetime) -> int:
    """Give back, in the current transaction, what was taken since `since` from people who may act again now."""
    db.session.flush()
    return sum(part(since, now) for part in _returns)


def sweep(now: datetime) -> int:
    """Let go, for the scheduler, of everything that still hangs on somebody who left. Returns how many things.

    Each round is a commit of its own, so that no writer waits for the whole.
    """
    total = 0
    for _ in range(_ROUNDS):
        with writing():
            done = let_go(None, now)
        total += done
        if not done:
            break
    return total


def _ways_in(accounts: Collection[int] | None, now: datetime) -> int:
    """Close what would let in, or be written to, a person whose activity is over: links, letters not sent yet.

    They do not come back with the person: an activity that resumes begins with new links. A suspension leaves them
    alone, since it refuses the links by itself (`accounts.shut_out`).
    """
    gone = _gone(accounts, now)
    session = db.session
    keys = select(OtpKey.id).where(OtpKey.account_id.in_(gone))
    closed = (
        update(Enrolment)
        .where(Enrolment.key_id.in_(keys), Enrolment.used_at.is_(None), Enrolment.expires_at > now)
        .values(expires_at=now),
        update(PersonalLink)
        .where(PersonalLink.account_id.in_(gone), PersonalLink.used_at.is_(None), PersonalLink.expires_at > now)
        .values(expires_at=now),
        update(Letter)
        .where(Letter.account_id.in_(gone), Letter.state == "pending")
        .values(state="dropped", body="", last_error="L’activité du destinataire est terminée."),
    )
    done = 0
    for statement in closed:
        result: Any = session.execute(statement.execution_options(synchronize_session=False))
        done += int(result.rowcount)
    return done


def _gone(accounts: Collection[int] | None, now: datetime) -> Select[int]:
    """The query of those of these people whose activity is over, or whose account is disabled."""
    query = select(Account.id).where(or_(Account.ends_on < today(now), Account.locked_at.is_not(None)))
    return query if accounts is None else query.where(Account.id.in_(accounts))
