"""The shape of every act on a person or on a key: whose it is, whether the actor may, how it went.

A person or a key outside the actor's reach answers 404, before the role is looked at, which answers 403.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue

from charters.people import directory
from charters.permissions import Action
from ticketing.errors import Refused
from ticketing.web import guards
from ticketing.web.people import coverage


def on_person(account_id: int, action: Action) -> None:
    """Check that the actor reads this person and may do `action`. Raises NotFound; a refusal ends the request."""
    directory.person(coverage.readable(), account_id, now=g.now)
    guards.allow(action)


def on_key(key_id: int, action: Action) -> int:
    """Check that the actor reads the key's owner and may do `action`; return the owner. Raises NotFound."""
    account_id = directory.key_owner(coverage.readable(), key_id)
    guards.allow(action)
    return account_id


def done(account_id: int, act: Callable[[], object], sentence: str) -> ResponseReturnValue:
    """Do an act on a person, say `sentence` or why it was refused, and return to the person's page."""
    try:
        act()
    except Refused as refused:
        flash(refused.sentence, "error")
    else:
        flash(sentence, "success")
    return back(account_id)


def shown(
    account_id: int, make: Callable[[], str], page: Callable[[int, str], ResponseReturnValue]
) -> ResponseReturnValue:
    """Make a link for a person and show it on `page`, the only answer that ever does; or say why it was refused."""
    try:
        token = make()
    except Refused as refused:
        flash(refused.sentence, "error")
        return back(account_id)
    return page(account_id, token)


def back(account_id: int) -> ResponseReturnValue:
    """Redirect to the person's page after an act."""
    return redirect(url_for("people.show", account_id=account_id), 303)
