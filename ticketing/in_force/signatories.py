"""Say who signs a change to an agreement: the rules of its text, who approves it, for whom an actor signs.

VII: the annexes change by agreement between the services of the parties; the agreement itself changes by an avenant
that each side's competent body approves. The parties that sign are those that the text has: four of them in the
Deux-Sèvres, the collège and Réseau Canopé among them; three for the articles M of the Bouches-du-Rhône. Where a text
does not say how it changes, those who signed it change it together. Pure: it reads the agreements and the actor's
mandate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from charters.model import Actor, Role
from charters.permissions import MAY, Action
from matrix import Convention, Conventions
from matrix.model import Cell, ChangeRule, Citation
from matrix.owners import own_party
from matrix.wording import enumeration, reference

KINDS = {"annexe": "Modification d’une annexe", "avenant": "Avenant à la convention"}


@dataclass(frozen=True, slots=True)
class Signatory:
    """A side that an agreement binds: its party there, its role, its organisation and its name.

    `members` are the établissements that sign as one party, the 38 collèges for example, (id, name) each: the party has
    approved once each of them has. It is empty for any other organisation.
    """

    party: str
    role: str  # EN | CL | Etab
    organisation: str
    name: str
    members: tuple[tuple[str, str], ...] = ()

    @property
    def organisations(self) -> tuple[str, ...]:
        """The organisations whose approval makes that of the party."""
        return tuple(one for one, _ in self.members) or (self.organisation,)


@lru_cache(maxsize=64)
def bound(conventions: Conventions, convention_id: str) -> tuple[Signatory, ...]:
    """Return the sides that an agreement binds, each once, in the agreement's order; établissements count as one."""
    convention = conventions[convention_id]
    found: dict[str, Signatory] = {}
    for party, body in convention.parties.items():
        for place in convention.etablissements.values():
            organisation, name = conventions.organisation(convention_id, party, place.id)
            if body.organisation != "*":
                if organisation != party:
                    found.setdefault(organisation, Signatory(party, body.role, organisation, name))
            elif own_party("Etab", place, convention.parties) == party:
                known = found.get(f"*{party}") or Signatory(party, body.role, "*", body.name)
                found[f"*{party}"] = replace(known, members=(*known.members, (organisation, name)))
    return tuple(_alone(one) for one in found.values())


def _alone(side: Signatory) -> Signatory:
    """An établissement that signs alone for its party signs under its own name."""
    if len(side.members) != 1:
        return side
    ((organisation, name),) = side.members
    return replace(side, organisation=organisation, name=name)


def rules(convention: Convention) -> tuple[ChangeRule, ...]:
    """Return the kinds of change that an agreement knows; if it says nothing, an avenant approved by all who signed."""
    if convention.terms.changes:
        return convention.terms.changes
    alone = len(convention.etablissements) == 1  # the copy of one établissement has it sign; a list of them does not
    signed = tuple(
        name
        for name, body in convention.parties.items()
        if not body.contributor_only and (alone or body.organisation != "*")
    )
    said = convention.terms.modification
    return (ChangeRule("avenant", signed, (), (said,) if said else ()),)


def of_kind(convention: Convention, kind: str) -> tuple[ChangeRule, ...]:
    """Return the rules of a kind of change: several where not all articles have the same signatories."""
    return tuple(one for one in rules(convention) if one.kind == kind)


def applying(convention: Convention, kind: str, refs: Iterable[str]) -> tuple[ChangeRule, ...]:
    """Return the rules of a kind of change that bear on these places of the text; all of them where none is told apart.

    A place that no rule names falls to the rules for any place, else to every rule of the kind: nobody is left out.
    """
    known = of_kind(convention, kind)
    found: list[ChangeRule] = []
    for ref in refs:
        named = [one for one in known if one.refs and _within(ref, one.refs)]
        found += named or [one for one in known if not one.refs] or known
    return tuple(dict.fromkeys(found)) or known


def _within(ref: str, places: Iterable[str]) -> bool:
    """Whether a place of the text is one of these, or in one: « annexe-2-note-1 », « M3.1 » in « M »."""
    return any(
        ref == one or ref.startswith((f"{one}-", f"{one}.")) or (one in ("P", "M") and ref.startswith(one))
        for one in places
    )


def touched(convention: Convention, ref: str, before: Cell | None) -> tuple[str, ...]:
    """Return the places of the text that a change to a cell bears on: the one it names, and those that settled it."""
    cited = () if before is None else (*before.citations, *(one for case in before.cases for one in case.citations))
    return tuple(dict.fromkeys((ref or convention.table_ref, *(one.ref for one in cited if one.kind != "default"))))


def place_fault(convention: Convention, kind: str, ref: str) -> str | None:
    """Return the sentence why a change of this kind may not touch a place of the text, or None (VII, II.2)."""
    known, at = of_kind(convention, kind), ref or convention.table_ref
    if kind == "avenant" or not known or any(not one.refs or _within(at, one.refs) for one in known):
        return None
    listed = enumeration([_place(one) for one in dict.fromkeys(ref for one in known for ref in one.refs)])
    said = reference(Citation("", at, "printed", ""))
    return f"une modification d’annexe ne touche que {listed} ; « {said} » relève d’un avenant."


def _place(ref: str) -> str:
    whole = {"P": "les articles du partenariat", "M": "les articles de la convention tripartite"}
    return whole.get(ref) or reference(Citation("", ref, "printed", ""))


def places(rule: ChangeRule) -> str:
    """Return the places of the text that a rule bears on: « annexe 1 et annexe 2 »; empty for all of them."""
    return enumeration([_place(one) for one in rule.refs])


def beyond(convention: Convention, kind: str, before: Cell | None) -> tuple[Citation, ...]:
    """Return the places that settle a cell and from which a change of this kind may not depart."""
    if before is None or before.provenance != "derived":
        return ()
    cited = before.citations or tuple(one for case in before.cases for one in case.citations)
    return tuple(one for one in dict.fromkeys(cited) if place_fault(convention, kind, one.ref))


def wanted(conventions: Conventions, convention_id: str, kind: str, refs: Iterable[str] = ()) -> tuple[Signatory, ...]:
    """Return the sides that must approve a change of this kind to these places of the text (none given: to any)."""
    found = applying(conventions[convention_id], kind, refs)
    parties = {party for one in found for party in one.signatories}
    return tuple(body for body in bound(conventions, convention_id) if body.party in parties)


def under(conventions: Conventions, convention_id: str, rule: ChangeRule) -> tuple[Signatory, ...]:
    """Return the sides that sign under one rule of the text."""
    return tuple(body for body in bound(conventions, convention_id) if body.party in rule.signatories)


def signs_as(conventions: Conventions, convention_id: str, side: Signatory) -> Role:
    """Return the role that signs for a side: administrateur of the académie, chef d'établissement, else référent."""
    if side.role == "Etab":
        return Role.CHEF
    academies = {
        conventions.academie(one, conventions[convention_id]) for one in conventions[convention_id].etablissements
    }
    return Role.ADMINISTRATEUR if side.organisation in academies else Role.REFERENT


def signatory(actor: Actor, conventions: Conventions, convention_id: str) -> Signatory | None:
    """Return the side for which the actor reads and approves changes to an agreement, or None.

    An administrator acts for the académie, a chef for the établissement, a référent for any other party, and each only
    if its party is a signatory. For an établissement, it is that établissement alone.
    """
    mandate = actor.mandate
    if mandate is None or Action.APPROVE_MATRIX not in MAY[mandate.role]:
        return None
    signing = {party for one in rules(conventions[convention_id]) for party in one.signatories}
    for body in bound(conventions, convention_id):
        if body.party not in signing or mandate.scope_id not in body.organisations:
            continue
        if signs_as(conventions, convention_id, body) is mandate.role:
            name = dict(body.members).get(mandate.scope_id, body.name)
            return Signatory(body.party, body.role, mandate.scope_id, name)
    return None


def writes(actor: Actor) -> bool:
    """Whether the actor may write changes, and not only approve them."""
    return actor.mandate is not None and Action.AMEND_MATRIX in MAY[actor.mandate.role]


def concerned(actor: Actor, conventions: Conventions) -> tuple[Convention, ...]:
    """Return the agreements whose changes the actor reads and approves."""
    return tuple(one for one in conventions if signatory(actor, conventions, one.id) is not None)
