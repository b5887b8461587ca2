"""A mail may do less than a session: the gate refuses whatever `BY_MAIL` does not name, for every role and action."""

from __future__ import annotations

from datetime import date

from charters import gate, permissions
from charters.model import Actor, Mandate, Role, Scope
from charters.permissions import BY_MAIL, MAY, Action

SCOPE = Scope("ici", "ici", "ici", frozenset({"ici"}), 7, frozenset({7}), account_service=True)


def test_what_a_mail_may_do_is_a_closed_list() -> None:
    assert {Action.OPEN, Action.COMMENT, Action.ATTACH, Action.CONFIRM} == BY_MAIL
    assert permissions.granted(Actor(1, "x", "X", False, None, "mail")) == frozenset()


def test_the_gate_cell_by_cell() -> None:
    for role in Role:
        mandate = Mandate(1, role, "ici", date(2020, 1, 1))
        by_mail, online = Actor(7, "x", "X", False, mandate, "mail"), Actor(7, "x", "X", False, mandate)
        assert permissions.granted(by_mail) == MAY[role] & BY_MAIL
        for action in Action:
            for scope in (SCOPE, None):
                wanted = gate.permits(online, action, scope).allowed and action in BY_MAIL
                assert gate.permits(by_mail, action, scope).allowed == wanted, (role, action, scope)


def test_the_refusal_says_that_it_is_the_mail() -> None:
    mandate = Mandate(1, Role.TECH_DEPARTEMENT, "ici", date(2020, 1, 1))
    verdict = gate.permits(Actor(7, "x", "X", True, mandate, "mail"), Action.WORK, SCOPE)
    assert verdict.visible and "courriel" in verdict.reason
