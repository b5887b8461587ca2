"""Apply a mail that was read: an exchange between tools, a report on a mail of ours, or what a person wrote.

A mail of a program never opens, reopens or is answered; one of ours that comes back is ignored. What no person is
believed to have written, or what its author may not do, waits in quarantine for a person of the académie, and nobody
is written to. Everything that a mail makes is one commit, with the row that says so: it never acts twice.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from charters.database import reading, writing, written_at
from ticketing.correspondence import (
    attached,
    attributing,
    clearing,
    entries,
    judging,
    opening,
    places,
    returned,
    threads,
)
from ticketing.correspondence.acts import Act, on_ticket
from ticketing.errors import Invalid, NotFound, Refused
from ticketing.exchange import incoming
from ticketing.mail.incoming import automatic
from ticketing.mail.incoming.outcomes import Outcome, Received
from ticketing.mail.incoming.parsed import ParsedMail
from ticketing.tickets import store
from ticketing.tickets.transaction import router_kept

#: A mail that went through more servers than this goes round in circles.
HOPS = 25
_WHY = {
    "auto-replied": "C’est une réponse automatique.",
    "auto-generated": "C’est un message écrit par un programme.",
    "out-of-office": "C’est un message d’absence.",
    "bulk": "C’est un envoi en nombre.",
    "null-return-path": "C’est un message d’un serveur de courriel.",
    "no-reply": "Il vient d’une adresse à laquelle personne ne répond.",
}


def apply(mail: ParsedMail, received: Received, now: datetime) -> Outcome:
    """Apply a mail and return what it became; applied again after a crash, it gives the same outcome and acts once."""
    with reading():
        known = entries.of_mail(received)
        ours = threads.is_ours(mail)
    if known is not None:
        return known
    if ours:
        return Outcome("ignored", "automatic", "C’est un courriel du guichet qui lui revient.")
    taken = incoming.take(mail, received, now)
    if taken is None:
        taken = returned.take(mail, now)
    return taken if taken is not None else _apply(mail, received, now)


def _apply(mail: ParsedMail, received: Received, now: datetime) -> Outcome:
    """Apply a mail that a person, or a program in a person's name, wrote."""
    if mail.hops > HOPS:
        return Outcome("quarantined", "automatic", f"Il est passé par {mail.hops} serveurs : il tourne en rond.")
    if why := _automatic(mail):
        return Outcome("ignored", "automatic", why)
    if mail.protected == "encrypted":
        return Outcome("quarantined", "unreadable", "Le courriel est chiffré : le guichet ne peut pas le lire.")
    router_kept()
    if (said := places.take(mail, now)) is not None:
        return said
    with reading():
        judged = judging.judge(mail, received, now)
    if isinstance(judged, Outcome):
        return places.asked(received, judged, mail.subject, now)
    if mail.calendar and judged.row is None:
        return Outcome("ignored", "calendar", "C’est la réponse à une invitation qui n’est d’aucun ticket.")
    if (held := clearing.asked(mail, received, judged, now)) is not None:
        return held
    try:
        already = judged.row.file_bytes if judged.row is not None else 0
        with attached.receiving_files(mail, already) as files, writing() as session:
            return _written(session, mail, received, files, written_at(now))
    except NotFound:
        return Outcome("quarantined", "refused", "Ce ticket n’est plus dans le périmètre de l’expéditeur.")
    except Refused as refusal:
        return Outcome("quarantined", "refused", str(refusal), account=judged.actor.account_id)
    except Invalid as fault:
        return Outcome("quarantined", "refused", " ".join(fault.errors.values()), account=judged.actor.account_id)


def _written(session: Session, mail: ParsedMail, received: Received, files: attached.Files, now: datetime) -> Outcome:
    """Judge a mail again in the transaction that acts, act, and keep what was made; the files of no act are removed."""
    judged = entries.of_mail(received) or judging.judge(mail, received, now)
    if isinstance(judged, Outcome):
        attached.drop(files)
        return judged
    account = judged.actor.account_id
    for token in _tokens(mail, received):  # on PostgreSQL another process that applies the same mail is waited for
        first, _ = store.claim_token(session, account, token, now)
        if not first:
            attached.drop(files)
            return entries.of_mail(received) or entries.repeated(mail, account)
    act = Act(session, mail, judged, files, now, vouched=bool(received.author))
    made = opening.opened(act) if judged.row is None else on_ticket(act)
    for token in _tokens(mail, received):
        store.settle_token(session, account, token, made.ticket or 0)
    attributing.tell(session, received, mail, now)
    return entries.keep(session, mail, received, made, now)


def _tokens(mail: ParsedMail, received: Received) -> tuple[str, ...]:
    """Return the tokens that a mail claims: its own, and that of its message, which may come by several boxes.

    A message is told by its words too: machines send every mail under one Message-ID.
    """
    message = threads.digest(mail.message_id)
    return (f"courriel-{received.id}", *((f"message-{message[:24]}{entries.words(mail)[:24]}",) if message else ()))


def _automatic(mail: ParsedMail) -> str:
    """Return why a mail that a program wrote is ignored; empty for a calendar's, and for a person's.

    What came by a list, or was redirected by the rule of a box, is a person's.
    """
    if mail.calendar:
        return ""
    if mail.automatic and automatic.from_a_program(mail.automatic):
        return _WHY.get(mail.automatic, "C’est un message écrit par un programme.")
    return _WHY["null-return-path"] if mail.return_path == "" else ""
