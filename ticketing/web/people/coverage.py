"""Find whose people an actor may read, and which organisations the agreements of the actor's académie cover."""

from __future__ import annotations

from collections.abc import Collection

from flask import g

from charters.model import Role
from ticketing.in_force import coverage, routing
from ticketing.in_force.coverage import Places


def readable() -> Collection[str] | None:
    """Return the organisations whose people this actor may read.

    For a référent: those of the référent's own département. For an administrator: those that the agreements of the
    académie cover, or None for all of them where there is no other académie.
    """
    mandate = g.actor.mandate
    if mandate.role is not Role.ADMINISTRATEUR:
        return (mandate.scope_id,)
    return coverage.administered(routing.router().conventions, mandate.scope_id)


def elsewhere() -> frozenset[str]:
    """Return the organisations that only other académies' agreements cover: the actor may not read what they do."""
    return coverage.elsewhere(routing.router().conventions, g.actor.mandate.scope_id)


def places() -> list[tuple[str, str]]:
    """Return (id, name) of the établissements that the académie's agreements cover, by name."""
    return list(covered().etablissement)


def covered() -> Places:
    """Return the organisations that the agreements of the actor's académie cover."""
    return coverage.covered(routing.router().conventions, g.actor.mandate.scope_id)
