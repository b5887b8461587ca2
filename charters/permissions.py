"""The actions of each role (`MAY`), and the perimeter key it reads by, within the active mandate (annexe 6, 2.2). Pure.

An action that is not listed here is refused. `gate.permits` applies this page to an actor and a scope. Which tickets a
role sees stands in two more places: the conditions of `charters.gate.SEES`, and the keys that a ticket is filed under,
`ticketing.perimeter_keys.scope_keys`. Each key that `perimeter` returns must be among those.
"""

from __future__ import annotations

from enum import StrEnum

from charters.model import Actor, Perimeter, Role


class Action(StrEnum):
    """Every action. Those of the first group concern a ticket, those of the second do not."""

    SEE = "see"
    COMMENT = "comment"  # public comment, answer to a question
    NOTE = "note"  # internal note, seen by the side that wrote it
    ATTACH = "attach"
    CONFIRM = "confirm"  # the requester's side confirms a resolution: the ticket closes
    REOPEN = "reopen"
    CORRECT_FACTS = "correct_facts"
    SHARE = "share"  # with the gestionnaire réseau of the établissement
    MAKE_CONFIDENTIAL = "make_confidential"
    VALIDATE = "validate"
    ANSWER = "answer"  # the question whose answer a decision lacks
    AMEND = "amend"  # one's own request: change its words until it is taken in charge, withdraw it
    ADJUST = "adjust"  # where a trouble is and how urgent: one's own request, or who holds the ticket
    WORK = "work"  # take charge, hold, resume, ask, resolve, close
    HAND_ON = "hand_on"
    CONTEST = "contest"
    REFEREE = "referee"  # say, for the actor's side, to which party a contested ticket belongs
    MASK_COMMENT = "mask_comment"  # 2.4, with its reason kept
    READ_WITH_REASON = "read_with_reason"  # 3: search, prospection, tuning, statistics

    OPEN = "open"
    OPEN_FOR = "open_for"  # for a caller, in an établissement for which the actor's side may answer
    SEE_FIGURES = "see_figures"
    DECLARE_STAFF = "declare_staff"
    SEE_STAFF = "see_staff"  # the people, keys and signatures of the actor's side
    ADMINISTER_PEOPLE = "administer_people"
    ADMINISTER_KEYS = "administer_keys"
    ADMINISTER_CHARTERS = "administer_charters"
    ADMINISTER_MATRIX = "administer_matrix"
    AMEND_MATRIX = "amend_matrix"  # write changes to agreements that the actor's side signed (VII)
    APPROVE_MATRIX = "approve_matrix"  # read, comment and approve them
    READ_JOURNAL = "read_journal"
    SEE_READINGS = "see_readings"  # who read, outside their assignment, what the actor's perimeter holds (3)
    ADMINISTER_DATA = "administer_data"  # export, hold or forget the data on a person
    UNLOCK = "unlock"
    SUSPEND = "suspend"
    READ_ARTICLES = "read_articles"  # what is published for the actor's side, and whether it was useful
    WRITE_ARTICLES = "write_articles"  # in the name of the actor's side: write, publish, withdraw
    WRITE_PRESETS = "write_presets"  # openings filled in beforehand, in the name of the actor's side
    SET_HOURS = "set_hours"  # the opening hours of the actor's side, and what it promises
    SET_BENCH = "set_bench"  # what the whole side works with: shared views and canned answers


_A = Action
_ARTICLES = frozenset({_A.READ_ARTICLES, _A.WRITE_ARTICLES})
_TECHNICIAN = _ARTICLES | frozenset(
    {
        _A.SEE,
        _A.COMMENT,
        _A.NOTE,
        _A.ATTACH,
        _A.CORRECT_FACTS,
        _A.ANSWER,
        _A.AMEND,
        _A.ADJUST,
        _A.WORK,
        _A.HAND_ON,
        _A.CONTEST,
        _A.REOPEN,
        _A.OPEN_FOR,
    }
)

#: Role -> its actions on what it sees. HOLDER_ONLY actions also require that the actor's side holds the ticket.
MAY: dict[Role, frozenset[Action]] = {
    Role.CMI: _ARTICLES
    | frozenset(
        {
            _A.WRITE_PRESETS,
            _A.SEE,
            _A.OPEN,
            _A.COMMENT,
            _A.NOTE,
            _A.ATTACH,
            _A.CONFIRM,
            _A.REOPEN,
            _A.CORRECT_FACTS,
            _A.ANSWER,
            _A.AMEND,
            _A.ADJUST,
            _A.SHARE,
            _A.WORK,
            _A.HAND_ON,
            _A.CONTEST,
        }
    ),
    Role.RESEAU: frozenset(
        {
            _A.READ_ARTICLES,
            _A.SEE,
            _A.OPEN,
            _A.COMMENT,
            _A.NOTE,
            _A.ATTACH,
            _A.ANSWER,
            _A.AMEND,
            _A.ADJUST,
            _A.WORK,
            _A.HAND_ON,
            _A.CONTEST,
        }
    ),
    Role.CHEF: _ARTICLES
    | frozenset(
        {
            _A.SEE,
            _A.OPEN_FOR,
            _A.COMMENT,
            _A.NOTE,
            _A.ATTACH,
            _A.ANSWER,
            _A.AMEND,
            _A.ADJUST,
            _A.SHARE,
            _A.MAKE_CONFIDENTIAL,
            _A.VALIDATE,
            _A.DECLARE_STAFF,
            _A.SEE_FIGURES,
            _A.SEE_READINGS,
            _A.APPROVE_MATRIX,
            _A.SET_HOURS,
            _A.SET_BENCH,
            _A.WORK,
            _A.HAND_ON,
            _A.CONTEST,
            _A.REFEREE,
        }
    ),
    Role.TECH_DEPARTEMENT: _TECHNICIAN,
    Role.REFERENT: _TECHNICIAN
    | {
        _A.REFEREE,
        _A.WRITE_PRESETS,
        _A.SEE_FIGURES,
        _A.SEE_STAFF,
        _A.DECLARE_STAFF,
        _A.AMEND_MATRIX,
        _A.APPROVE_MATRIX,
        _A.SEE_READINGS,
        _A.SET_HOURS,
        _A.SET_BENCH,
    },
    Role.TECH_ACADEMIE: _TECHNICIAN | {_A.REFEREE},  # an administrator sees what the académie holds alone
    Role.ADMINISTRATEUR: _ARTICLES
    | frozenset(
        {
            _A.SEE,
            _A.READ_WITH_REASON,
            _A.REFEREE,
            _A.MASK_COMMENT,
            _A.SEE_FIGURES,
            _A.SEE_STAFF,
            _A.DECLARE_STAFF,
            _A.ADMINISTER_PEOPLE,
            _A.ADMINISTER_KEYS,
            _A.ADMINISTER_CHARTERS,
            _A.ADMINISTER_MATRIX,
            _A.AMEND_MATRIX,
            _A.APPROVE_MATRIX,
            _A.READ_JOURNAL,
            _A.SEE_READINGS,
            _A.ADMINISTER_DATA,
            _A.UNLOCK,
            _A.SUSPEND,
            _A.SET_HOURS,
            _A.SET_BENCH,
        }
    ),
    Role.LECTEUR: frozenset({_A.SEE_FIGURES}),
}

#: Actions for the side that holds the ticket: working, handing on and contesting.
HOLDER_ONLY = frozenset({_A.WORK, _A.HAND_ON, _A.CONTEST})

#: Actions for the établissement that asks and for the side that holds the ticket, not for those that held it.
ASKING_OR_HOLDING = frozenset({_A.ANSWER})
#: Actions for the person who opened the ticket.
AUTHOR_ONLY = frozenset({_A.AMEND})
#: Actions for the person who opened the ticket and for the side that holds it.
AUTHOR_OR_HOLDER = frozenset({_A.ADJUST})

#: The actions left to a mandate that nobody confirmed by the term of the October campaign (agreement, II.2).
READING = frozenset({_A.SEE, _A.READ_ARTICLES})

#: The actions that a mail may do, among those of the mandate. A mail proves less than a session: it comes without a
#: code, and an address may have been forwarded. So it adds words, files and tickets, and says yes to a resolution; it
#: reads nothing, and what closes for others, hands on, hides, shares or is for one side alone wants a session (1.1).
BY_MAIL = frozenset({_A.OPEN, _A.COMMENT, _A.ATTACH, _A.CONFIRM})

#: Of the collège's tickets, the gestionnaire réseau works those on accounts only (annexe 5).
ACCOUNTS_ONLY = frozenset({(Role.RESEAU, _A.WORK), (Role.RESEAU, _A.HAND_ON), (Role.RESEAU, _A.CONTEST)})


def granted(actor: Actor) -> frozenset[Action]:
    """The actions of the actor's active mandate; those that a mail may do, where the actor wrote one."""
    mandate = actor.mandate
    if mandate is None:
        return frozenset()
    return MAY[mandate.role] & BY_MAIL if actor.zone == "mail" else MAY[mandate.role]


def perimeter(actor: Actor) -> Perimeter:
    """The actor's perimeter: the key of the visible tickets, and the side whose internal notes the actor reads."""
    mandate = actor.mandate
    if mandate is None:
        return Perimeter(None, None)
    scope = mandate.scope_id
    match mandate.role:
        case Role.CMI:
            return Perimeter(f"etab:{scope}", scope)
        case Role.CHEF:
            return Perimeter(f"chef:{scope}", scope)
        case Role.RESEAU:
            return Perimeter(f"person:{actor.account_id}@{scope}", scope)
        case Role.TECH_DEPARTEMENT | Role.REFERENT | Role.TECH_ACADEMIE:
            return Perimeter(f"org:{scope}", scope)
        case Role.ADMINISTRATEUR:  # what the académie holds now; anything else with a reason (annexe 6, 3)
            return Perimeter(f"holds:{scope}", scope)
        case Role.LECTEUR:
            return Perimeter(None, None)


def held(actor: Actor) -> Perimeter | None:
    """The part of the actor's perimeter that the actor's side holds now, and that waits for it.

    None where the rows do not distinguish that part (for a collège), or where the perimeter already is that part.
    """
    mandate = actor.mandate
    if mandate is None or mandate.role not in (Role.TECH_DEPARTEMENT, Role.REFERENT, Role.TECH_ACADEMIE):
        return None
    return Perimeter(f"holds:{mandate.scope_id}", mandate.scope_id)
