"""What each role sees and does, cell by cell: each role, each action, each situation.

The tables below say by hand, from the charter of use (annexe 6, 2.2 and 2.3), what `permissions.MAY` and `gate.SEES`
must give: an error there is found, since no table is made from the other.
"""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from charters.gate import permits, reasons, sees
from charters.model import Actor, Mandate, Role, Scope
from charters.permissions import MAY, Action, held, perimeter

ACADEMIE, OTHER_ACADEMIE = "academie-toulouse", "academie-poitiers"
D1, D2, C11, C12 = "departement-hautes-pyrenees", "departement-arbizonne", "desaix-tarbes", "victor-hugo-tarbes"
ME = 7

ROLES = {
    Role.CMI: C11,
    Role.RESEAU: C11,
    Role.CHEF: C11,
    Role.TECH_DEPARTEMENT: D1,
    Role.REFERENT: D1,
    Role.TECH_ACADEMIE: ACADEMIE,
    Role.ADMINISTRATEUR: ACADEMIE,
    Role.LECTEUR: ACADEMIE,
}


def ticket(holder, *, etablissement=C11, academie=ACADEMIE, was=(), **more):
    return Scope(
        etablissement=etablissement, academie=academie, holder=holder, involved=frozenset({holder, *was}), **more
    )


SITUATIONS = {
    "held by the département": ticket(D1),
    "held by the département, opened by me": ticket(D1, opened_by=ME, author=ME),
    "held by the département, shared with me": ticket(D1, shared_with=frozenset({ME})),
    "held by the département, confidential": ticket(D1, confidential=True),
    "held by the académie, was the département's": ticket(ACADEMIE, was=(D1,)),
    "held by the académie": ticket(ACADEMIE),
    "held by the collège": ticket(C11, author=99),
    "held by the collège, opened by me": ticket(C11, author=ME),
    "held by the collège, shared with me": ticket(C11, shared_with=frozenset({ME})),
    "held by the collège on accounts, shared with me": ticket(C11, shared_with=frozenset({ME}), account_service=True),
    "of another collège, held by the département": ticket(D1, etablissement=C12),
    "of another collège, held by it, opened by me": ticket(C12, etablissement=C12, opened_by=ME),
    "of another département": ticket(D2, etablissement="ailleurs"),
    "of another académie": ticket("departement-deux-sevres", etablissement="la-bas", academie=OTHER_ACADEMIE),
}

S = SITUATIONS.keys()
OF_C11 = {name for name in S if SITUATIONS[name].etablissement == C11}
#: The situations in which each role sees a ticket, by name.
SEES = {
    Role.CMI: OF_C11 - {"held by the département, confidential"},
    Role.CHEF: OF_C11,
    Role.RESEAU: {
        "held by the département, opened by me",
        "held by the département, shared with me",
        "held by the collège, shared with me",
        "held by the collège on accounts, shared with me",
    },
    Role.TECH_DEPARTEMENT: {
        "held by the département",
        "held by the département, opened by me",
        "held by the département, shared with me",
        "held by the département, confidential",
        "held by the académie, was the département's",
        "of another collège, held by the département",
    },
    Role.TECH_ACADEMIE: {"held by the académie, was the département's", "held by the académie"},
    Role.ADMINISTRATEUR: {"held by the académie, was the département's", "held by the académie"},
    Role.LECTEUR: set(),
}
SEES[Role.REFERENT] = SEES[Role.TECH_DEPARTEMENT]

A = Action
WORKING = {A.WORK, A.HAND_ON, A.CONTEST}
TALKING = {A.SEE, A.COMMENT, A.NOTE, A.ATTACH}
#: What everybody who talks on a ticket may do, where they opened it, or where their side asks or holds it.
OWN = {A.AMEND}
PLACE = {A.ADJUST}
ASKED = {A.ANSWER}
#: The actions of each role on what it sees, except those of working on a ticket.
DOES = {
    Role.CMI: TALKING | OWN | PLACE | ASKED | {A.CONFIRM, A.REOPEN, A.CORRECT_FACTS, A.SHARE},
    Role.RESEAU: TALKING | OWN | PLACE | ASKED,
    Role.CHEF: TALKING | OWN | PLACE | ASKED | {A.SHARE, A.MAKE_CONFIDENTIAL, A.VALIDATE, A.REFEREE},
    Role.TECH_DEPARTEMENT: TALKING | OWN | PLACE | ASKED | {A.CORRECT_FACTS, A.REOPEN},
    Role.REFERENT: TALKING | OWN | PLACE | ASKED | {A.CORRECT_FACTS, A.REOPEN, A.REFEREE},
    Role.TECH_ACADEMIE: TALKING | OWN | PLACE | ASKED | {A.CORRECT_FACTS, A.REOPEN, A.REFEREE},
    Role.ADMINISTRATEUR: {A.SEE, A.MASK_COMMENT, A.REFEREE},
    Role.LECTEUR: set(),
}
#: The situations in which each role works: its side holds the ticket; the gestionnaire réseau on accounts (annexe 5).
WORKS = {
    Role.CMI: {name for name in SEES[Role.CMI] if "held by the collège" in name},
    Role.CHEF: {name for name in SEES[Role.CHEF] if "held by the collège" in name},
    Role.RESEAU: {"held by the collège on accounts, shared with me"},
    Role.TECH_DEPARTEMENT: {name for name in SEES[Role.REFERENT] if "held by the département" in name},
    Role.TECH_ACADEMIE: SEES[Role.TECH_ACADEMIE],
    Role.ADMINISTRATEUR: set(),
    Role.LECTEUR: set(),
}
WORKS[Role.REFERENT] = WORKS[Role.TECH_DEPARTEMENT]

ON_A_TICKET = [
    A.SEE,
    A.COMMENT,
    A.NOTE,
    A.ATTACH,
    A.CONFIRM,
    A.REOPEN,
    A.CORRECT_FACTS,
    A.SHARE,
    A.MAKE_CONFIDENTIAL,
    A.VALIDATE,
    A.WORK,
    A.HAND_ON,
    A.CONTEST,
    A.REFEREE,
    A.MASK_COMMENT,
    A.AMEND,
    A.ADJUST,
    A.ANSWER,
]
#: Who reads articles, and writes them for their side; a gestionnaire réseau reads alone, a lecteur sees figures alone.
ARTICLES = {A.READ_ARTICLES, A.WRITE_ARTICLES}
STAFF = {
    Role.CMI: ARTICLES | {A.OPEN, A.WRITE_PRESETS},
    Role.RESEAU: {A.OPEN, A.READ_ARTICLES},
    Role.CHEF: ARTICLES
    | {A.OPEN_FOR, A.SEE_FIGURES, A.DECLARE_STAFF, A.SEE_READINGS, A.APPROVE_MATRIX, A.SET_HOURS, A.SET_BENCH},
    Role.TECH_DEPARTEMENT: ARTICLES | {A.OPEN_FOR},
    Role.REFERENT: ARTICLES
    | {
        A.WRITE_PRESETS,
        A.OPEN_FOR,
        A.SEE_FIGURES,
        A.SEE_STAFF,
        A.DECLARE_STAFF,
        A.AMEND_MATRIX,
        A.APPROVE_MATRIX,
        A.SEE_READINGS,
        A.SET_HOURS,
        A.SET_BENCH,
    },
    Role.TECH_ACADEMIE: ARTICLES | {A.OPEN_FOR},
    Role.ADMINISTRATEUR: ARTICLES
    | {
        A.READ_WITH_REASON,
        A.SET_HOURS,
        A.SET_BENCH,
        A.SEE_FIGURES,
        A.SEE_STAFF,
        A.DECLARE_STAFF,
        A.ADMINISTER_PEOPLE,
        A.ADMINISTER_KEYS,
        A.ADMINISTER_CHARTERS,
        A.ADMINISTER_MATRIX,
        A.AMEND_MATRIX,
        A.APPROVE_MATRIX,
        A.READ_JOURNAL,
        A.UNLOCK,
        A.SUSPEND,
        A.SEE_READINGS,
        A.ADMINISTER_DATA,
    },
    Role.LECTEUR: {A.SEE_FIGURES},
}


def actor(role, scope=None, account_id=ME):
    mandate = Mandate(1, role, scope or ROLES[role], date(2026, 1, 1)) if role else None
    return Actor(account_id, "x.y", "X Y", False, mandate)


@pytest.mark.parametrize(("role", "action", "situation"), list(product(Role, ON_A_TICKET, S)))
def test_cell(role, action, situation):
    verdict = permits(actor(role), action, SITUATIONS[situation])
    visible = situation in SEES[role]
    wanted = visible and (situation in WORKS[role] if action in WORKING else action in DOES[role])
    if action in OWN:
        wanted = wanted and "opened by me" in situation
    if action in PLACE:
        wanted = wanted and ("opened by me" in situation or ROLES[role] == SITUATIONS[situation].holder)
    if action in ASKED:
        side = ROLES[role]
        wanted = wanted and side in (SITUATIONS[situation].etablissement, SITUATIONS[situation].holder)
    assert (verdict.visible, verdict.allowed) == (visible, wanted)
    assert bool(verdict.reason) is not wanted
    assert sees(actor(role), SITUATIONS[situation]) is visible


@pytest.mark.parametrize(("role", "action"), list(product(Role, [a for a in Action if a not in ON_A_TICKET])))
def test_what_bears_on_no_ticket(role, action):
    verdict = permits(actor(role), action)
    assert verdict.allowed is verdict.visible is (action in STAFF[role])
    assert bool(verdict.reason) is not verdict.allowed


@pytest.mark.parametrize("role", list(Role))
def test_the_page_grants_nothing_more_than_the_table(role):
    assert MAY[role] == DOES[role] | STAFF[role] | (WORKING if WORKS[role] else set())


@pytest.mark.parametrize("role", list(Role))
def test_opening_is_for_the_establishment_of_the_mandate(role):
    here, elsewhere = ticket(C11), ticket(C12, etablissement=C12)
    assert permits(actor(role), A.OPEN, here).allowed is (role in (Role.CMI, Role.RESEAU))
    assert not permits(actor(role), A.OPEN, elsewhere).allowed


def place(name, *sides, academie=ACADEMIE):
    return Scope(name, academie, holder="", involved=frozenset((academie, name, *sides)))


@pytest.mark.parametrize("role", list(Role))
def test_a_call_is_taken_for_the_etablissements_where_ones_side_may_answer(role):
    takes = {Role.CHEF, Role.TECH_DEPARTEMENT, Role.REFERENT, Role.TECH_ACADEMIE}
    asked = {
        "own": (place(C11, D1), role in takes),
        "neighbour": (place(C12, D1), role in takes - {Role.CHEF}),
        "another département": (place("ailleurs", D2), role is Role.TECH_ACADEMIE),
        "another académie": (place("la-bas", "departement-deux-sevres", academie=OTHER_ACADEMIE), False),
    }
    for name, (scope, allowed) in asked.items():
        verdict = permits(actor(role), A.OPEN_FOR, scope)
        assert (verdict.allowed, verdict.visible) == (allowed, allowed), name


@pytest.mark.parametrize(("role", "situation"), list(product(Role, S)))
def test_reading_with_a_reason_is_the_administrators_in_the_own_academie(role, situation):
    verdict = permits(actor(role), A.READ_WITH_REASON, SITUATIONS[situation])
    assert verdict.allowed is (role is Role.ADMINISTRATEUR and SITUATIONS[situation].academie == ACADEMIE)


@pytest.mark.parametrize(("action", "situation"), list(product(Action, S)))
def test_without_a_mandate_nothing_is_visible(action, situation):
    for scope in (None, SITUATIONS[situation]):
        verdict = permits(actor(None), action, scope)
        assert (verdict.visible, verdict.allowed) == (False, False)


@pytest.mark.parametrize("role", list(Role))
def test_the_same_role_elsewhere_sees_nothing_here(role):
    stranger = actor(role, "nulle-part", account_id=99)
    assert not any(sees(stranger, scope) for scope in SITUATIONS.values())


def test_perimeter_keys():
    keys = {role: perimeter(actor(role)) for role in Role}
    assert {role: key.key for role, key in keys.items()} == {
        Role.CMI: "etab:desaix-tarbes",
        Role.CHEF: "chef:desaix-tarbes",
        Role.RESEAU: "person:7@desaix-tarbes",
        Role.TECH_DEPARTEMENT: f"org:{D1}",
        Role.REFERENT: f"org:{D1}",
        Role.TECH_ACADEMIE: f"org:{ACADEMIE}",
        Role.ADMINISTRATEUR: f"holds:{ACADEMIE}",
        Role.LECTEUR: None,
    }
    assert perimeter(actor(None)).key is None


def test_what_waits_on_ones_side_is_told_apart_for_those_who_follow_more():
    keys = {role: held(actor(role)) for role in Role}
    assert {role: key.key for role, key in keys.items() if key} == {
        Role.TECH_DEPARTEMENT: f"holds:{D1}",
        Role.REFERENT: f"holds:{D1}",
        Role.TECH_ACADEMIE: f"holds:{ACADEMIE}",
    }
    assert held(actor(None)) is None


@pytest.mark.parametrize(("role", "situation"), list(product((Role.CMI, Role.RESEAU), S)))
def test_a_mandate_that_nobody_confirmed_reads_what_it_read_and_does_nothing(role, situation):
    """This is the state after the term of the October campaign (agreement, II.2)."""
    late = Actor(ME, "x.y", "X Y", False, Mandate(1, role, ROLES[role], date(2026, 1, 1), read_only=True))
    visible = situation in SEES[role]
    for action in Action:
        verdict = permits(late, action, SITUATIONS[situation])
        wanted = visible and action in (A.SEE, A.READ_ARTICLES)
        assert (verdict.allowed, verdict.visible) == (wanted, visible) and bool(verdict.reason) is not wanted
        assert permits(late, action).allowed is (action in (A.SEE, A.READ_ARTICLES))


@pytest.mark.parametrize(("role", "situation"), list(product(ROLES, SITUATIONS)))
def test_the_reasons_given_are_those_of_sight(role, situation):
    groups = reasons(actor(role), SITUATIONS[situation])
    assert all(any(reason.holds for reason in group) for group in groups) == sees(actor(role), SITUATIONS[situation])
    assert all(reason.text for group in groups for reason in group)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_without_a_mandate_nothing_is_seen_and_no_reason_is_given(situation):
    nobody = Actor(ME, "x.y", "X Y", False, None)
    assert not sees(nobody, SITUATIONS[situation]) and reasons(nobody, SITUATIONS[situation]) == ()


@pytest.mark.parametrize(
    ("role", "scope", "texts"),
    [
        (
            Role.RESEAU,
            ticket(D1, shared_with=frozenset({ME})),
            [
                ["Le ticket est de l’établissement du mandat."],
                [
                    "Le titulaire du mandat ne l’a pas ouvert comme gestionnaire réseau.",
                    "Il est partagé avec le titulaire du mandat.",
                ],
            ],
        ),
        (
            Role.RESEAU,
            ticket(D1, etablissement=C12, opened_by=ME),
            [
                ["Le ticket est d’un autre établissement que celui du mandat."],
                [
                    "Le titulaire du mandat l’a ouvert comme gestionnaire réseau.",
                    "Il n’est pas partagé avec le titulaire du mandat.",
                ],
            ],
        ),
        (
            Role.CMI,
            ticket(D1),
            [
                ["Le ticket est de l’établissement du mandat."],
                ["Le chef d’établissement ne l’a pas rendu confidentiel."],
            ],
        ),
        (
            Role.CMI,
            ticket(D1, confidential=True),
            [["Le ticket est de l’établissement du mandat."], ["Le chef d’établissement l’a rendu confidentiel."]],
        ),
        (
            Role.REFERENT,
            ticket(D1),
            [["L’organisme du mandat tient le ticket.", "L’organisme du mandat l’a tenu, ou y contribue."]],
        ),
        (
            Role.REFERENT,
            ticket(D2),
            [
                [
                    "L’organisme du mandat ne tient pas le ticket.",
                    "L’organisme du mandat ne l’a jamais tenu et n’y contribue pas.",
                ]
            ],
        ),
        (Role.LECTEUR, ticket(D1), [["Un lecteur ne voit que les chiffres, et aucun ticket."]]),
    ],
)
def test_each_reason_says_what_holds_and_what_does_not(role, scope, texts):
    assert [[reason.text for reason in group] for group in reasons(actor(role), scope)] == texts


@pytest.mark.parametrize(
    ("role", "place", "allowed"),
    [
        (Role.CMI, C11, True),
        (Role.CMI, "un-autre-college", False),
        (Role.RESEAU, "un-autre-college", False),
        (Role.TECH_ACADEMIE, C11, False),
        (Role.LECTEUR, C11, False),
    ],
)
def test_an_etablissement_where_one_may_not_open_is_as_if_it_did_not_exist(role, place, allowed):
    verdict = permits(actor(role), Action.OPEN, ticket(D1, etablissement=place))
    assert (verdict.allowed, verdict.visible) == (allowed, allowed)
