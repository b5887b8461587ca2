"""What a notice says: its subject, and the words to the requester and to the others. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

#: Kind -> (what happened, what is expected of the requester, what is expected of the holder's people).
_WORDS: dict[str, tuple[str, str, str]] = {
    "opened": (
        "Le ticket est ouvert.",
        "Vous n’avez rien à faire : vous serez prévenu de la suite.",
        "Prenez-le en charge, ou transmettez-le s’il ne vous revient pas.",
    ),
    "answered": (
        "Un commentaire a été ajouté.",
        "Lisez-le, et répondez sur la page du ticket s’il vous le demande.",
        "Lisez-le et poursuivez le traitement.",
    ),
    "question": (
        "Une question vous est posée ; le ticket attend votre réponse.",
        "Répondez sur la page du ticket : le traitement reprend dès votre réponse.",
        "Le demandeur doit répondre.",
    ),
    "handed_on": (
        "Le ticket change de mains.",
        "Vous n’avez rien à faire : votre demande suit son cours chez qui la tient maintenant.",
        "Prenez-le en charge, ou contestez la transmission s’il ne vous revient pas.",
    ),
    "contested": (
        "La transmission est contestée : le ticket revient.",
        "Vous n’avez rien à faire : votre demande suit son cours.",
        "Prenez-le en charge, ou transmettez-le à qui il revient.",
    ),
    "decision": (
        "Les faits ont été corrigés et la décision refaite : le ticket change de mains.",
        "Vous n’avez rien à faire : votre demande suit son cours chez qui la tient maintenant.",
        "Prenez-le en charge, ou transmettez-le s’il ne vous revient pas.",
    ),
    "rerouted": (
        "L’accord a été précisé et la décision refaite : le ticket change de mains.",
        "Vous n’avez rien à faire : votre demande suit son cours chez qui la tient maintenant.",
        "Prenez-le en charge, ou transmettez-le s’il ne vous revient pas.",
    ),
    "resolved": (
        "Le ticket est résolu.",
        "Vérifiez, puis confirmez sur la page du ticket ; rouvrez-le si le problème demeure. "
        "Sans nouvelle de vous, il se clôt de lui-même.",
        "Vous n’avez rien à faire.",
    ),
    "reopened": (
        "Le ticket est rouvert : le problème demeure.",
        "Vous n’avez rien à faire : le traitement reprend.",
        "Reprenez-le : la solution n’a pas suffi.",
    ),
    "closed": (
        "Le ticket est clos.",
        "Vous n’avez rien à faire. Si le problème revient, ouvrez un nouveau ticket.",
        "Vous n’avez rien à faire.",
    ),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """What is to be told: the ticket's values after the step, the entry, its words, and the decision's reason."""

    ticket: Mapping[str, Any]
    event_id: int
    kind: str
    words: str
    why: str
    author_id: int | None
    by_holder: bool
    base_url: str


def said(happening: Happening) -> dict[str, Any]:
    """What is said: the same to all but for what is expected of the requester, and the mark of each message."""
    ticket, host = happening.ticket, urlsplit(happening.base_url).hostname or "guichet"
    number = ticket["number"]
    return {
        "number": number,
        "event": happening.event_id,
        "kind": happening.kind,
        "subject": f"[Guichet n° {number}] {ticket['title']}"[:250],
        "to_requester": _body(happening, True),
        "to_others": _body(happening, False),
        "mark": f"<ticket-{number}-{happening.event_id}-",
        "host": f"@{host}>",
        "thread": f"<ticket-{number}@{host}>",
    }


def _body(happening: Happening, requester: bool) -> str:
    ticket = happening.ticket
    happened, for_requester, for_holder = _WORDS[happening.kind]
    if happening.kind == "question" and not requester:
        happened = "Une question est posée au demandeur."
    charge = f" ({ticket['assignee_name']} l’a en charge)" if ticket["assignee_name"] else ""
    parts = [
        happened,
        f"{ticket['title']}\n{ticket['etablissement_name']}, {ticket['etablissement_commune']}\n"
        f"{ticket['service_label']} : {ticket['activity_label']}",
    ]
    if happening.words:
        parts.append("\n".join(f"> {line}" for line in happening.words.splitlines()))
    parts += [
        f"Qui s’en occupe : {ticket['holder_name']}{charge}.",
        f"Pourquoi : {happening.why}",
        f"Ce qui est attendu de vous : {for_requester if requester else for_holder}",
        f"La page du ticket : {happening.base_url}/tickets/{ticket['number']}",
        "Ce message est automatique : répondez sur la page du ticket.",
    ]
    return "\n\n".join(parts) + "\n"
