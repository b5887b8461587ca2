"""What the program knows of each step of a ticket and of each entry of its history, declared once. Pure.

A step is what a person does (`STEPS`); an entry is what the step leaves in the history (`ENTRIES`); a notice is the
mail that an entry calls for (`NOTICES`). The desk, the ticket's page, the mail room, the journal and the figures all
read these tables: a new step is declared here, and needs its words in `templates/mail/notices/`, its rule in
`lifecycle`, its call in `desk` and its form in `web.tickets.steps`. `tests/unit/ticketing/test_steps.py` names what is
missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from charters.permissions import Action
from ticketing.model import Kind, Step

#: The name of the entry made when a clarified agreement reroutes a ticket: its kind is `decision`; no fact changed.
REROUTED = "rerouted"
#: The name of the entry made when an answer to the question of a decision decides again: its kind is `decision` too.
ANSWERED = "answered"
#: The name of the entry made when a ticket is closed because its requester did not answer: its kind is `closed`.
UNANSWERED = "unanswered"
#: What stands in an entry's data as the cause of a decision or closing -> the entry's name.
_CAUSES = {"agreement": REROUTED, ANSWERED: ANSWERED, UNANSWERED: UNANSWERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """A step: the permission that it needs, the entries that it may leave, and the name of its form on the page.

    `slug` is the last part of the form's address, `label` its button, `done` the sentence shown afterwards; all three
    are empty for a step that has no form of its own because it is a part of the comment's form.
    """

    action: Action
    entries: tuple[Kind, ...]
    slug: str = ""
    label: str = ""
    done: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """An entry of the history: its title and look on the page, its label in the journal, the notice it calls for.

    `look` is comment, note, state, decision or other: a class of the style sheet. `maskable`: its words may be masked
    (annexe 6, 2.4). `answers`: it counts as the first answer. `ends`: for the figures, it ends an open ticket.
    """

    title: str
    look: str
    journal: str
    notice: str | None = None
    maskable: bool = False
    answers: bool = False
    ends: bool = False


STEPS: Mapping[Step, StepLine] = {
    Step.COMMENT: StepLine(
        action=Action.COMMENT,
        entries=(Kind.COMMENT, Kind.REOPENED),
        slug="commenter",
        label="Commenter",
        done="Votre texte est ajouté au fil.",
    ),
    Step.NOTE: StepLine(action=Action.NOTE, entries=(Kind.NOTE,)),
    Step.ATTACH: StepLine(action=Action.ATTACH, entries=(Kind.COMMENT, Kind.NOTE)),
    Step.TAKE_CHARGE: StepLine(
        action=Action.WORK,
        entries=(Kind.TAKEN,),
        slug="prendre-en-charge",
        label="Prendre en charge",
        done="Vous avez ce ticket en charge.",
    ),
    Step.ASSIGN: StepLine(
        action=Action.WORK,
        entries=(Kind.ASSIGNED,),
        slug="attribuer",
        label="Attribuer",
        done="Le ticket est attribué ; la personne en est prévenue.",
    ),
    Step.HOLD: StepLine(
        action=Action.WORK,
        entries=(Kind.HELD, Kind.QUESTION),
        slug="attente",
        label="Mettre en attente",
        done="Le ticket est en attente.",
    ),
    Step.RESUME: StepLine(
        action=Action.WORK, entries=(Kind.RESUMED,), slug="reprendre", label="Reprendre", done="Le travail reprend."
    ),
    Step.RESOLVE: StepLine(
        action=Action.WORK,
        entries=(Kind.RESOLVED,),
        slug="resoudre",
        label="Résoudre",
        done="Le ticket est résolu ; le demandeur en est prévenu.",
    ),
    Step.CONFIRM: StepLine(
        action=Action.CONFIRM,
        entries=(Kind.CONFIRMED,),
        slug="confirmer",
        label="Confirmer",
        done="Merci : le ticket est clos.",
    ),
    Step.REOPEN: StepLine(
        action=Action.REOPEN, entries=(Kind.REOPENED,), slug="rouvrir", label="Rouvrir", done="Le ticket est rouvert."
    ),
    Step.CLOSE: StepLine(
        action=Action.WORK, entries=(Kind.CLOSED,), slug="clore", label="Clore", done="Le ticket est clos."
    ),
    Step.CORRECT_FACTS: StepLine(
        action=Action.CORRECT_FACTS,
        entries=(Kind.DECISION,),
        slug="faits",
        label="Corriger les faits",
        done="Les faits sont corrigés ; la décision est refaite.",
    ),
    Step.HAND_ON: StepLine(
        action=Action.HAND_ON,
        entries=(Kind.HANDED_ON,),
        slug="transmettre",
        label="Transmettre",
        done="Le ticket est transmis.",
    ),
    Step.CONTEST: StepLine(
        action=Action.CONTEST,
        entries=(Kind.CONTESTED,),
        slug="contester",
        label="Contester",
        done="Le ticket est rendu.",
    ),
    Step.SHARE: StepLine(
        action=Action.SHARE,
        entries=(Kind.SHARED,),
        slug="partager",
        label="Partager",
        done="Le partage est enregistré.",
    ),
    Step.MAKE_CONFIDENTIAL: StepLine(
        action=Action.MAKE_CONFIDENTIAL,
        entries=(Kind.CONFIDENTIAL,),
        slug="confidentiel",
        label="Changer la confidentialité",
        done="La confidentialité est changée.",
    ),
    Step.MASK: StepLine(
        action=Action.MASK_COMMENT, entries=(Kind.MASKED,), slug="masquer", label="Masquer", done="Le texte est masqué."
    ),
    Step.ANSWER: StepLine(
        action=Action.ANSWER,
        entries=(Kind.DECISION,),
        slug="preciser",
        label="Répondre",
        done="Merci : la décision est refaite d’après votre réponse.",
    ),
    Step.AMEND: StepLine(
        action=Action.AMEND,
        entries=(Kind.AMENDED,),
        slug="modifier",
        label="Modifier la demande",
        done="Votre demande est modifiée ; le texte d’avant reste dans le fil.",
    ),
    Step.ADJUST: StepLine(
        action=Action.ADJUST,
        entries=(Kind.ADJUSTED,),
        slug="urgence",
        label="Corriger le lieu ou l’urgence",
        done="C’est corrigé ; le ticket change de place dans la file s’il le faut.",
    ),
    Step.WITHDRAW: StepLine(
        action=Action.AMEND,
        entries=(Kind.WITHDRAWN,),
        slug="retirer",
        label="Retirer la demande",
        done="Votre demande est close.",
    ),
    Step.MERGE: StepLine(
        action=Action.WORK,
        entries=(Kind.DUPLICATE,),
        slug="doublon",
        label="Déclarer doublon",
        done="Le ticket est clos comme doublon ; son demandeur en est prévenu.",
    ),
    Step.UNMERGE: StepLine(
        action=Action.REOPEN,
        entries=(Kind.RESTORED,),
        slug="pas-un-doublon",
        label="Ce n’est pas un doublon",
        done="Le ticket est rouvert.",
    ),
    Step.FOLLOW: StepLine(
        action=Action.WORK,
        entries=(Kind.ATTACHED,),
        slug="rattacher",
        label="Rattacher à un incident",
        done="Le ticket est rattaché ; son demandeur en est prévenu.",
    ),
    Step.UNFOLLOW: StepLine(
        action=Action.WORK,
        entries=(Kind.DETACHED,),
        slug="detacher",
        label="Détacher de l’incident",
        done="Le ticket ne dépend plus d’un autre.",
    ),
    Step.SPLIT: StepLine(
        action=Action.WORK,
        entries=(Kind.SPLIT,),
        slug="extraire",
        label="En faire un autre ticket",
        done="Un autre ticket est ouvert, relié à celui-ci ; la personne dont c’est la demande en est prévenue.",
    ),
}

#: Name of an entry -> its line. The name is that of the kind, except for the entry of a clarified agreement.
ENTRIES: Mapping[str, EntryLine] = {
    Kind.OPENED: EntryLine(title="Demande", look="comment", journal="Ticket ouvert", notice="opened"),
    Kind.COMMENT: EntryLine(
        title="Commentaire", look="comment", journal="Commentaire", notice="answered", maskable=True, answers=True
    ),
    Kind.NOTE: EntryLine(title="Note interne", look="note", journal="Note interne", maskable=True),
    Kind.TAKEN: EntryLine(
        title="Pris en charge", look="state", journal="Ticket pris en charge", answers=True, notice="taken"
    ),
    Kind.ASSIGNED: EntryLine(title="Attribué", look="state", journal="Ticket attribué", notice="assigned"),
    Kind.RELEASED: EntryLine(
        title="De retour dans la file", look="state", journal="Ticket revenu à la file", notice="released"
    ),
    Kind.RETURNED: EntryLine(
        title="De nouveau en charge", look="state", journal="Ticket rendu à la levée d’une suspension"
    ),
    Kind.QUESTION: EntryLine(
        title="Question posée",
        look="comment",
        journal="Question au demandeur",
        notice="question",
        maskable=True,
        answers=True,
    ),
    Kind.HELD: EntryLine(
        title="Mis en attente", look="state", journal="Ticket mis en attente", maskable=True, answers=True
    ),
    Kind.RESUMED: EntryLine(title="Travail repris", look="state", journal="Traitement repris"),
    Kind.RESOLVED: EntryLine(
        title="Résolu",
        look="comment",
        journal="Ticket résolu",
        notice="resolved",
        maskable=True,
        answers=True,
        ends=True,
    ),
    Kind.CONFIRMED: EntryLine(
        title="Résolution confirmée", look="state", journal="Résolution confirmée", notice="closed", ends=True
    ),
    Kind.REOPENED: EntryLine(title="Rouvert", look="state", journal="Ticket rouvert", notice="reopened", maskable=True),
    Kind.CLOSED: EntryLine(
        title="Clos", look="state", journal="Ticket clos", notice="closed", maskable=True, ends=True
    ),
    UNANSWERED: EntryLine(
        title="Clos, faute de réponse",
        look="state",
        journal="Ticket clos faute de réponse",
        notice="unanswered",
        maskable=True,
        ends=True,
    ),
    Kind.REMINDED: EntryLine(
        title="Question rappelée", look="state", journal="Question rappelée au demandeur", notice="reminded"
    ),
    Kind.ALERTED: EntryLine(
        title="Référent prévenu", look="state", journal="Référent prévenu d’un ticket", notice="alerted"
    ),
    Kind.DECISION: EntryLine(
        title="Faits corrigés", look="decision", journal="Faits corrigés", notice="decision", maskable=True
    ),
    REROUTED: EntryLine(
        title="Réacheminé", look="decision", journal="Ticket réacheminé", notice="rerouted", maskable=True
    ),
    Kind.HANDED_ON: EntryLine(
        title="Transmis", look="decision", journal="Ticket transmis", notice="handed_on", maskable=True
    ),
    Kind.CONTESTED: EntryLine(
        title="Contesté", look="decision", journal="Transmission contestée", notice="contested", maskable=True
    ),
    Kind.REFEREED: EntryLine(
        title="Avis d’un référent",
        look="decision",
        journal="Avis sur une contestation",
        notice="refereed",
        maskable=True,
    ),
    Kind.RULED: EntryLine(
        title="Tranché", look="decision", journal="Contestation tranchée", notice="ruled", maskable=True
    ),
    Kind.UNSETTLED: EntryLine(
        title="Non tranché", look="decision", journal="Contestation non tranchée", notice="unsettled", maskable=True
    ),
    Kind.SHARED: EntryLine(title="Partagé", look="other", journal="Partage d’un ticket"),
    Kind.CONFIDENTIAL: EntryLine(
        title="Confidentialité", look="other", journal="Confidentialité d’un ticket", maskable=True
    ),
    ANSWERED: EntryLine(
        title="Précision donnée", look="decision", journal="Précision donnée", notice="decision", maskable=True
    ),
    Kind.AMENDED: EntryLine(
        title="Demande modifiée", look="comment", journal="Demande modifiée", notice="amended", maskable=True
    ),
    Kind.ADJUSTED: EntryLine(
        title="Lieu, urgence corrigés", look="other", journal="Lieu, urgence corrigés", notice="adjusted", maskable=True
    ),
    Kind.WITHDRAWN: EntryLine(
        title="Demande retirée", look="state", journal="Demande retirée", notice="withdrawn", maskable=True, ends=True
    ),
    Kind.DUPLICATE: EntryLine(
        title="Doublon", look="state", journal="Ticket déclaré doublon", notice="duplicate", maskable=True, ends=True
    ),
    Kind.RESTORED: EntryLine(
        title="N’est pas un doublon", look="state", journal="Doublon rouvert", notice="restored", maskable=True
    ),
    Kind.ATTACHED: EntryLine(
        title="Rattaché à un incident plus large",
        look="state",
        journal="Ticket rattaché à un incident",
        notice="attached",
        maskable=True,
    ),
    Kind.DETACHED: EntryLine(title="Détaché de l’incident", look="state", journal="Ticket détaché d’un incident"),
    Kind.SPLIT: EntryLine(
        title="Une part est devenue un autre ticket", look="other", journal="Part d’un ticket extraite"
    ),
    Kind.MASKED: EntryLine(title="Texte masqué", look="other", journal="Commentaire masqué"),
}

#: Notice -> who gets it: the requester, the holder's people (or the person in charge, if there is one), only the person
#: in charge, the author of the entry, the holder's référent, those of a contest's sides, or those whom the words name.
#: An answer goes to the other side of the conversation, which the mail room works out.
NOTICES: Mapping[str, tuple[str, ...]] = {
    "opened": ("requester", "people"),
    "answered": (),
    "taken": ("requester",),
    "assigned": ("requester", "assignee"),
    "question": ("requester",),
    "handed_on": ("requester", "people"),
    "contested": ("requester", "people", "referees"),
    "refereed": ("referees",),
    "ruled": ("requester", "people", "referees"),
    "unsettled": ("people", "referees"),
    "decision": ("requester", "people"),
    "rerouted": ("requester", "people"),
    "released": ("people",),
    "resolved": ("requester",),
    "reopened": ("people",),
    "closed": ("requester", "assignee"),
    "reminded": ("requester",),
    "visit": ("requester", "assignee"),
    "visit_off": ("requester", "assignee"),
    "unanswered": ("requester", "assignee"),
    "alerted": ("referent",),
    "amended": ("people",),
    "adjusted": ("requester", "people"),
    "withdrawn": ("people",),
    "duplicate": ("requester", "assignee"),
    "restored": ("requester", "people"),
    "attached": ("requester",),
    "received": ("people",),
    "specified": ("requester", "people"),
    "added": ("author", "people"),
    "mentioned": ("named",),
    "noted": ("named",),
}
#: Notices that take the place of an entry's own where a mail made it: a ticket opened without its subject, the answer
#: that says it, words added to a resolved ticket. `RECEIPTS` go to the author of the entry too.
ON_MAILS = frozenset({"received", "specified", "added"})
RECEIPTS = frozenset({"opened", "specified", "added", "visit", "visit_off"})
#: Notices of words that name people: of a comment, and of an internal note, whose words no mail repeats.
ON_MENTIONS = frozenset({"mentioned", "noted"})
#: Notices of a visit that is planned with a wait, and of one that no longer is.
ON_VISITS = frozenset({"visit", "visit_off"})

#: Kinds whose words may be masked (annexe 6, 2.4), and kinds by name for the figures.
MASKABLE = frozenset(kind for kind in Kind if ENTRIES[kind].maskable)
ANSWERS = frozenset(kind for kind in Kind if ENTRIES[kind].answers)
ENDS = frozenset(kind for kind in Kind if ENTRIES[kind].ends)
#: Kinds that open a ticket again that had ended.
REOPENS = frozenset({Kind.REOPENED, Kind.RESTORED})


def entry_name(kind: str, data: Mapping[str, Any]) -> str:
    """Return the name of an entry in `ENTRIES`, from its kind and from the data stored beside its words."""
    return _CAUSES.get(data.get("cause", ""), kind)


def journal_event(name: str) -> str:
    """Return the journal's event for an entry of this name."""
    return f"ticket.{name}"
