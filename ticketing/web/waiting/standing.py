"""What a request was let in on: session, mandate, charters, proof; asked again under the lock of every write.

The guard reads them before the page's view runs. A view may then wait: for files to be checked, for the base's lock.
`charters.visits` says why they are asked again, and when; this module says what is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from charters import gate
from charters.entry import reauthentication, sessions
from charters.errors import StandingChanged
from charters.permissions import Action

#: The kinds of guards that a page may declare (`ticketing.web.guards`).
Kind = Literal["public", "entering", "member"] | Action


class Standing:
    """The standing of the person whom the guard let in under `kind`, with the login that it read."""

    def __init__(self, login: sessions.Login, kind: Kind, clock: Callable[[], datetime]) -> None:
        self.login, self.kind, self._clock = login, kind, clock
        #: Whether the page asks for a proof of less than ten minutes (`confirming.fresh`).
        self.proved = False
        #: Whether the visit closed its own session: what it still has to do belongs to the same act.
        self._left = False

    def ask(self) -> None:
        """Read the standing again, now, in the current transaction. Raises StandingChanged."""
        if not self._left and not self._holds(self._read(), self._clock()):
            raise StandingChanged

    def learn(self) -> None:
        """Take what the current transaction changed itself as what the visit now stands on."""
        login = None if self._left else self._read()
        if login is None:
            self._left = True
        else:
            self.login = login

    def _read(self) -> sessions.Login | None:
        return sessions.login_again(self.login.session_id, zone=self.login.actor.zone, now=self._clock())

    def _holds(self, login: sessions.Login | None, now: datetime) -> bool:
        if login is None or (login.actor, login.mandates) != (self.login.actor, self.login.mandates):
            return False
        if self.kind != "entering" and login.unsigned:
            return False
        if self.proved and not reauthentication.fresh(login, now):
            return False
        return not isinstance(self.kind, Action) or gate.permits(login.actor, self.kind).allowed
