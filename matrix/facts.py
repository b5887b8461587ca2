"""Whether the value of a fact passes a test of an agreement. Pure, and the only place that decides it.

A test of the établissement itself is not one of a fact: `matrix.places` decides it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from matrix.model import CategoryLine, Convention, Role, Test, Vocabulary
from matrix.request_facts import USER_GROUPS


def holds(
    test: Test,
    value: str | bool | date | None,
    roles: Mapping[str, Role],
    categories: Mapping[str, CategoryLine],
) -> bool:
    """Whether a value passes a test; an unknown value (None) never does, a group of users where all its members do.

    `roles` says which part each party plays, `categories` which users an agreement counts as administrative.
    """
    if value is None:
        return False
    if test.fact == "user_category" and value in USER_GROUPS:
        return all(holds(test, member, roles, categories) for member in USER_GROUPS[str(value)].members)
    if test.kind == "is":
        return value == test.wanted
    if test.kind == "role":
        return roles.get(str(value)) == test.wanted
    if test.kind == "administrative":
        line = categories.get(str(value))
        return line is not None and line.administrative is test.wanted
    assert isinstance(value, date) and isinstance(test.wanted, date)
    return value > test.wanted if test.kind == "after" else value <= test.wanted


def roles_of(convention: Convention, vocabulary: Vocabulary) -> Mapping[str, Role]:
    """The part that each possible payer plays in an agreement: a party that it declares itself has the role it says."""
    return {**vocabulary.parties, **convention.own_roles} if convention.own_roles else vocabulary.parties
