"""Say who signs a change to an agreement: the rule of each kind of change, who approves it, for whom an actor signs.

VII: the annexes change by agreement between the services of the parties; the agreement itself changes by an avenant
that each side's competent body approves. If a text does not say how it changes, those who signed it change it together.
Pure: it reads the agreements and the actor's mandate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from charters.model import Actor, Role
from charters.permissions import MAY, Action
from matrix import Convention, Conventions
from matrix.model import Cell, ChangeRule, Citation
from matrix.wording import enumeration, reference

KINDS = {"annexe": "Modification d’une annexe", "avenant": "Avenant à la convention"}
#: The role that signs for a party of each kind.
SIGNS = {"EN": Role.ADMINISTRATEUR, "CL": Role.REFERENT}


@dataclass(frozen=True, slots=True)
class Signatory:
    """An organisation that an agreement binds: its party there, its role, its id and its name."""

    party: str
    role: str  # EN | CL
    organisation: str
    name: str


@lru_cache(maxsize=64)
def bound(conventions: Conventions, convention_id: str) -> tuple[Signatory, ...]:
    """Return the organisations that an agreement binds, without établissements, each once, in the agreement's order."""
    convention = conventions[convention_id]
    found: dict[str, Signatory] = {}
    for party, body in convention.parties.items():
        if body.organisation == "*" or body.role not in SIGNS or body.contributor_only:
            continue
        for place in convention.etablissements:
            organisation, name = conventions.organisation(convention_id, party, place)
            found.setdefault(organisation, Signatory(party, body.role, organisation, name))
    return tuple(found.values())


def rules(convention: Convention) -> tuple[ChangeRule, ...]:
    """Return the kinds of change that an agreement knows; if it says nothing, an avenant approved by all who signed."""
    if convention.terms.changes:
        return convention.terms.changes
    signed = tuple(
        name
        for name, body in convention.parties.items()
        if body.role in SIGNS and body.organisation != "*" and not body.contributor_only
    )
    said = convention.terms.modification
    return (ChangeRule("avenant", signed, (), (said,) if said else ()),)


def rule(convention: Convention, kind: str) -> ChangeRule | None:
    """Return the rule of a kind of change, or None if the agreement knows no such change."""
    return next((one for one in rules(convention) if one.kind == kind), None)


def place_fault(convention: Convention, kind: str, ref: str) -> str | None:
    """Return the sentence why a change of this kind may not touch a place of the text, or None (VII, II.2)."""
    found = rule(convention, kind)
    at = ref or convention.table_ref
    if found is None or not found.refs or any(at == one or at.startswith(f"{one}-") for one in found.refs):
        return None
    places = enumeration([reference(Citation("", one, "printed", "")) for one in found.refs])
    said = reference(Citation("", at, "printed", ""))
    return f"une modification d’annexe ne touche que {places} ; « {said} » relève d’un avenant."


def beyond(convention: Convention, kind: str, before: Cell | None) -> tuple[Citation, ...]:
    """Return the places that settle a cell and from which a change of this kind may not depart."""
    found = rule(convention, kind)
    if found is None or not found.refs or before is None or before.provenance != "derived":
        return ()
    cited = before.citations or tuple(one for case in before.cases for one in case.citations)
    return tuple(one for one in dict.fromkeys(cited) if place_fault(convention, kind, one.ref))


def wanted(conventions: Conventions, convention_id: str, kind: str) -> tuple[Signatory, ...]:
    """Return the organisations that must approve a change of this kind, without établissements, which sign on paper."""
    found = rule(conventions[convention_id], kind)
    parties = found.signatories if found else ()
    return tuple(body for body in bound(conventions, convention_id) if body.party in parties)


def signatory(actor: Actor, conventions: Conventions, convention_id: str) -> Signatory | None:
    """Return the organisation for which the actor may change an agreement under the active mandate, or None.

    An administrator acts for the académie, a référent for the collectivité, and both only if it is a signatory.
    """
    mandate = actor.mandate
    if mandate is None or Action.AMEND_MATRIX not in MAY[mandate.role]:
        return None
    signing = {party for one in rules(conventions[convention_id]) for party in one.signatories}
    return next(
        (
            body
            for body in bound(conventions, convention_id)
            if body.organisation == mandate.scope_id and SIGNS[body.role] is mandate.role and body.party in signing
        ),
        None,
    )


def concerned(actor: Actor, conventions: Conventions) -> tuple[Convention, ...]:
    """Return the agreements that the actor may change."""
    return tuple(one for one in conventions if signatory(actor, conventions, one.id) is not None)
