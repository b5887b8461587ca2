"""What people may choose of their mails, and what a text makes compulsory, with its clause. Pure.

A person chooses for each kind of notice: at once, in the daily digest, or on the page « Avis » alone. What a text asks
Guichet to write cannot be switched off, and the page of choices says by which article.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

NOW, DIGEST, NONE = "now", "digest", "none"
WAYS = (NOW, DIGEST, NONE)
DIGEST_HOUR = 7


@dataclass(frozen=True, slots=True)
class Kind:
    """A line of the page of choices: its notices, its words, and the clause that makes it compulsory, if any.

    `at_once`: sent even in quiet hours, since its reader has just acted. `alone`: never joined to other events in one
    mail, since it asks something of its reader.
    """

    id: str
    notices: frozenset[str]
    label: str
    text: str
    clause: str = ""
    at_once: bool = False
    alone: bool = False

    @property
    def compulsory(self) -> bool:
        """Return whether a text asks for this mail."""
        return bool(self.clause)


_UP_TO_DATE = "charte de bon usage, 2.5 : « les deux se tiennent à jour par échange de courriels »"

#: Notices that tell the person who opened the ticket that it is kept, and who answers by which clause.
_RECEIPTS = frozenset({"opened", "specified"})
#: What that person gets where everybody else gets « opened ».
RECEIPT = Kind(
    "receipt",
    frozenset(),
    "Accusé de réception",
    "Votre ticket est enregistré : son numéro, qui répond, selon quelle clause.",
    _UP_TO_DATE,
    at_once=True,
    alone=True,
)
KINDS = (
    RECEIPT,
    Kind(
        "question",
        frozenset({"question", "reminded"}),
        "Question",
        "Le traitement attend une réponse.",
        _UP_TO_DATE,
        alone=True,
    ),
    Kind(
        "visit",
        frozenset({"visit", "visit_off"}),
        "Intervention",
        "Une intervention sur place est prévue ou annulée, avec un fichier pour l’agenda.",
        alone=True,
    ),
    Kind(
        "resolved",
        frozenset({"resolved"}),
        "Solution proposée",
        "À confirmer, ou à rouvrir si le problème demeure.",
        alone=True,
    ),
    Kind(
        "opened",
        frozenset({"opened", "received", "specified", "amended", "adjusted"}),
        "Nouveau ticket",
        "Un ticket arrive à votre service ou à votre établissement.",
    ),
    Kind(
        "answered",
        frozenset({"answered", "added", "taken", "attached", "assigned"}),
        "Réponse",
        "Quelqu’un écrit sur un ticket que vous suivez, le prend en charge, ou vous l’attribue.",
    ),
    Kind(
        "mentioned",
        frozenset({"mentioned", "noted"}),
        "Mention",
        "Quelqu’un vous nomme dans un texte que vous pouvez lire (« @ » et votre sigle).",
        alone=True,
    ),
    Kind(
        "moved",
        frozenset({"handed_on", "contested", "refereed", "ruled", "unsettled", "decision", "rerouted"}),
        "Changement de partie",
        "Un ticket est transmis, contesté, tranché, ou la décision change.",
    ),
    Kind(
        "back",
        frozenset({"released", "reopened", "restored"}),
        "Retour dans la file",
        "Un ticket est rouvert, ou n’a plus personne en charge.",
    ),
    Kind(
        "alerted",
        frozenset({"alerted"}),
        "Retard, silence",
        "Un ticket de votre organisation est en retard, ou personne n’y a répondu.",
    ),
    Kind("closed", frozenset({"closed", "unanswered", "withdrawn", "duplicate"}), "Clôture", "Un ticket est clos."),
)
#: Notice -> what happened, in the words of its subject, where people read of it beside its mail.
HAPPENED = {
    "opened": "Ouvert",
    "received": "Reçu par courriel",
    "specified": "Précisé",
    "taken": "Pris en charge",
    "assigned": "Attribué",
    "answered": "Nouveau message",
    "question": "Question",
    "handed_on": "Transmis",
    "contested": "Transmission contestée",
    "refereed": "Avis sur une contestation",
    "ruled": "Contestation tranchée",
    "unsettled": "Contestation non tranchée",
    "decision": "Décision refaite",
    "rerouted": "Décision refaite",
    "released": "De retour dans la file",
    "resolved": "Résolu",
    "added": "Nouveau message, ticket résolu",
    "reopened": "Rouvert",
    "closed": "Clos",
    "reminded": "Question rappelée",
    "visit": "Intervention prévue",
    "visit_off": "Intervention annulée",
    "unanswered": "Clos, faute de réponse",
    "alerted": "Retard ou silence",
    "amended": "Demande modifiée",
    "adjusted": "Lieu ou urgence",
    "withdrawn": "Retiré",
    "duplicate": "Doublon",
    "restored": "Pas un doublon",
    "attached": "Rattaché à un incident",
    "mentioned": "Vous nomme",
    "noted": "Vous nomme dans une note interne",
}
BY_ID = {kind.id: kind for kind in KINDS}
_OF_NOTICE = {notice: kind for kind in KINDS for notice in kind.notices}

#: Mails that are not about one ticket: (what, the clause that asks for it). None can be switched off.
LETTERS = (
    ("Interruptions de service", "charte de bon usage, 3.1 (annexe 6, 3.1) : les utilisateurs sont prévenus"),
    ("Chartes à signer", "charte de bon usage, 4 (annexe 6, 4) : rien ne s’ouvre sans signature"),
    (
        "Votre clé, votre code PIN, votre mot de passe",
        "charte de bon usage, 2.2 (annexe 6, 2.2) : vos accès sont à vous seul",
    ),
    ("Campagne d’octobre, clés à reprendre", "accord, II.2 : tout changement de personnel est signalé"),
    ("Consultations hors attribution", "charte de bon usage, 3 (annexe 6, 3) : la raison est indiquée"),
    ("Correction de vos informations", "charte de bon usage, 2.1 (annexe 6, 2.1) : vous signalez ce qui change"),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """How a person wishes to be written to. Hours are those of Paris; no quiet hours: both ends are None."""

    ways: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    digest_hour: int = DIGEST_HOUR
    quiet_from: int | None = None
    quiet_until: int | None = None
    grouped: bool = True

    def way(self, kind: Kind) -> str:
        """Return how a kind of notice goes to this person: « now » for all that is compulsory."""
        return NOW if kind.compulsory else self.ways.get(kind.id, NOW)


PLAIN = Wish()


def kind_of(notice: str, *, own: bool) -> Kind:
    """Return the kind of a notice; `own`: its recipient opened the ticket."""
    return RECEIPT if notice in _RECEIPTS and own else _OF_NOTICE.get(notice, BY_ID["answered"])
