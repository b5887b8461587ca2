"""The only entry to acts on tickets: web, mail, API and command line all call these use cases.

Each use case asks the gate, lets `lifecycle` or the matrix decide (pure), and writes ticket, history, decision, rows of
the perimeter, counters, journal line and notices in one commit, or nothing at all. Raises `Invalid({field: sentence})`,
`StepRefused(sentence)`, `Stale(current, yours)`, `NotFound` (404) or `Refused(sentence)` (403).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from charters.database import db
from charters.days import today
from charters.model import Actor
from charters.permissions import perimeter
from ticketing import model, steps
from ticketing.errors import Invalid, NotFound, Refused, Stale, StepRefused
from ticketing.hours import known as hours
from ticketing.hours import waits
from ticketing.in_force import routing
from ticketing.in_force.recorded_facts import record_fact, recorded_facts, withdraw_fact
from ticketing.in_force.routing import router
from ticketing.mail import outbox
from ticketing.mail.incoming import store as incoming
from ticketing.model import HandOnReason, HoldReason, Kind, Step, Upload
from ticketing.tables import Attachment, TicketEvent
from ticketing.tickets import delays, indexing, lifecycle, queries, transaction
from ticketing.tickets.bonds.attaching import follow, unfollow
from ticketing.tickets.bonds.merging import merge, unmerge
from ticketing.tickets.bonds.splitting import split
from ticketing.tickets.by_itself.acting import alert, remind
from ticketing.tickets.by_itself.waiting import close_resolved, wake
from ticketing.tickets.changing import letters, mentions
from ticketing.tickets.changing.charge import assign
from ticketing.tickets.changing.facts import answer, correct_facts, reroute
from ticketing.tickets.changing.letters import Letter
from ticketing.tickets.changing.request import adjust, amend, withdraw
from ticketing.tickets.contesting.asking import clauses, contest
from ticketing.tickets.contesting.lapsing import lapse
from ticketing.tickets.contesting.saying import referee
from ticketing.tickets.lifecycle import Entry, Outcome
from ticketing.tickets.opening import open_ticket, preview
from ticketing.tickets.transaction import Attempt, Underway, checked_words, router_kept

__all__ = [
    "Invalid",
    "Letter",
    "NotFound",
    "Refused",
    "Stale",
    "StepRefused",
    "adjust",
    "alert",
    "amend",
    "answer",
    "assign",
    "clauses",
    "close",
    "close_resolved",
    "comment",
    "confirm",
    "contest",
    "correct_facts",
    "did",
    "follow",
    "hand_on",
    "hold",
    "lapse",
    "make_confidential",
    "mask",
    "merge",
    "open_ticket",
    "preview",
    "record_fact",
    "recorded_facts",
    "referee",
    "remind",
    "reopen",
    "reroute",
    "resolve",
    "resume",
    "router",
    "share",
    "split",
    "take_charge",
    "unfollow",
    "unmerge",
    "wake",
    "withdraw",
    "withdraw_fact",
]


# --- the steps --------------------------------------------------------------------------------------------------------


def comment(  # seven parameters: all that its form may send, and most callers give four
    actor: Actor,
    number: int,
    body: str,
    visibility: str = "public",
    uploads: Sequence[Upload] = (),
    now: datetime | None = None,
    token: str | None = None,
) -> None:
    """Add words and files to the timeline, for everyone who sees the ticket or for the author's side alone.

    Files may come without words. An answer to the question for which the ticket is on hold takes it off hold. Those
    whom the words name (« @n.soulerac ») and who read them are told.
    """
    assert now is not None
    internal = visibility == "internal"
    text = model.clean_text(body)
    chosen = [upload for upload in uploads if upload.filename]
    fault = model.words_fault(text, "Écrivez votre commentaire.")
    if fault and (text or not chosen):
        raise Invalid({"body": fault})

    def decide(step: Underway) -> Outcome:
        if visibility not in ("public", "internal"):  # in doubt, nothing is shown to everyone (2.4)
            raise Invalid({"visibility": "Dites qui lira ce texte : tout le monde, ou votre équipe seulement."})
        return mentions.heard(step, lifecycle.comment(step.standing, step.author, text, internal, step.act.now))

    step = Step.NOTE if internal else Step.COMMENT
    attempt = Attempt(actor=actor, number=number, now=now, step=step, uploads=chosen, token=token)
    transaction.take(attempt, decide)


def did(actor: Actor, number: int, duty: str, words: str, now: datetime, token: str | None = None) -> None:
    """Say in public that what a text asks of people is done, when and how (« plainte déposée le… »): a comment.

    `duty` is the id of a piece of guidance that sets a delay on people, about this ticket. Raises as a comment does.
    """
    text = checked_words(words, "Dites quand et où c’est fait, avec le numéro s’il y en a un.")
    router_kept()

    def decide(step: Underway) -> Outcome:
        found = delays.duty(router().conventions, step.row, duty)
        if found is None:
            raise StepRefused("Le texte ne demande pas cette démarche pour ce ticket.")
        outcome = lifecycle.comment(step.standing, step.author, text, False, step.act.now)
        data = {**outcome.entry.data, "duty": found.id, "duty_label": found.title}
        return replace(outcome, entry=replace(outcome.entry, data=data))

    transaction.take(Attempt(actor=actor, number=number, now=now, step=Step.COMMENT, token=token), decide)


def take_charge(actor: Actor, number: int, version: int, now: datetime) -> None:
    """Put the ticket in the actor's charge."""
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.TAKE_CHARGE, version=version)
    transaction.take(attempt, lambda step: lifecycle.take_charge(step.standing, step.author, step.act.now))


def hold(  # seven parameters: the four of every step, and the three fields of its form
    actor: Actor, number: int, version: int, reason: str, words: str, now: datetime, until: str = ""
) -> None:
    """Put the ticket on hold for a reason of the closed list; « attente-demandeur » asks the requester a question.

    On the day `until` (ISO text, « » for none) it goes on by itself; a visit is on a day open for both sides.
    """
    text = checked_words(words, "")
    day, fault = waits.day_of(until, today(now))
    try:
        known = HoldReason(reason)
    except ValueError:
        raise Invalid({"reason": "Choisissez la raison de l’attente."}) from None
    if known is HoldReason.REQUESTER and not text:
        raise Invalid({"words": "Écrivez la question à poser au demandeur."})
    if known is HoldReason.OTHER and not text:
        raise Invalid({"words": "Dites ce que l’on attend."})
    if fault:
        raise Invalid({"until": fault})
    typed = {"reason": reason, "words": words, "until": until}
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.HOLD, version=version, typed=typed)

    def decide(step: Underway) -> Outcome:
        if day is None:
            return lifecycle.hold(step.standing, step.author, known, text, step.act.now)
        row = step.row
        if known is HoldReason.VISIT and (
            told := waits.clash(day, hours.sides(row.holder_organisation, row.holder_name, row.etablissement))
        ):
            raise Invalid({"until": told})
        wake_at = waits.wakes_at(day, hours.calendar(row.holder_organisation))
        return lifecycle.hold(step.standing, step.author, known, text, step.act.now, wake_at)

    transaction.take(attempt, decide)


def resume(actor: Actor, number: int, version: int, now: datetime) -> None:
    """Take a ticket off hold."""
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.RESUME, version=version)
    transaction.take(attempt, lambda step: lifecycle.resume(step.standing, step.author, step.act.now))


def resolve(actor: Actor, number: int, version: int, solution: str, now: datetime) -> None:
    """Resolve the ticket; the solution is for the requester to read."""
    text = checked_words(solution, "Dites en quelques mots ce qui a été fait.", field="solution")
    attempt = Attempt(
        actor=actor, number=number, now=now, step=Step.RESOLVE, version=version, typed={"solution": solution}
    )
    transaction.take(attempt, lambda step: lifecycle.resolve(step.standing, step.author, text, step.act.now))


def confirm(actor: Actor, number: int, version: int, now: datetime) -> None:
    """Confirm the resolution, for the requester's side: the ticket is closed."""
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.CONFIRM, version=version)
    transaction.take(attempt, lambda step: lifecycle.confirm(step.standing, step.author, step.act.now))


def reopen(actor: Actor, number: int, version: int, words: str, now: datetime) -> None:
    """Reopen a resolved ticket, because the problem remains."""
    text = checked_words(words, "Dites ce qui ne va toujours pas.")
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.REOPEN, version=version, typed={"words": words})
    transaction.take(attempt, lambda step: lifecycle.reopen(step.standing, step.author, text, step.act.now))


def close(actor: Actor, number: int, version: int, words: str, now: datetime) -> None:
    """Close a ticket that is resolved."""
    text = checked_words(words, "")
    attempt = Attempt(actor=actor, number=number, now=now, step=Step.CLOSE, version=version, typed={"words": words})
    transaction.take(attempt, lambda step: lifecycle.close(step.standing, step.author, text, step.act.now))


def hand_on(  # eight parameters: the four of every step, and the fields of its form
    actor: Actor,
    number: int,
    version: int,
    to_party: str,
    reason: str,
    words: str,
    now: datetime,
    letter: Letter = Letter(),  # noqa: B008 - frozen
) -> None:
    """Hand the ticket to another party of the établissement's agreements, with a reason, words and a letter.

    The letter may cite a clause of the agreement that decided, and no other.
    """
    text = model.clean_text(words)
    errors = _hand_on_faults(reason, text, letter)
    router_kept()

    def decide(step: Underway) -> Outcome:
        rules = router()
        parties = {holder.party: holder for holder in routing.parties(rules.conventions, step.row.etablissement)}
        if to_party not in parties:
            errors["to_party"] = "Choisissez à qui transmettre le ticket."
        cited = clauses(rules.conventions, step.row.convention).get(letter.clause)
        if letter.clause and cited is None:
            errors["clause"] = "Choisissez une clause de l’accord qui a décidé."
        if errors:
            raise Invalid(errors)
        told = letters.written(text, letter, step.author.name, cited)
        return lifecycle.hand_on(step.standing, parties[to_party], HandOnReason(reason), told, step.act.now)

    attempt = Attempt(
        actor=actor,
        number=number,
        now=now,
        step=Step.HAND_ON,
        version=version,
        typed={"to_party": to_party, "reason": reason, "words": words},
    )
    transaction.take(attempt, decide)


def _hand_on_faults(reason: str, text: str, letter: Letter) -> dict[str, str]:
    """Return what is wrong with the form of a hand-on, by field; the party and the clause are judged later.

    A reason of the list says why by itself, « Autre raison » does not.
    """
    errors = letter.faults()
    if reason not in list(HandOnReason):
        errors["reason"] = "Choisissez la raison de la transmission."
    told = reason in list(HandOnReason) and reason != HandOnReason.OTHER
    if (text or not told) and (fault := model.words_fault(text, "Dites pourquoi le ticket change de mains.")):
        errors["words"] = fault
    return errors


def share(actor: Actor, number: int, version: int, account_id: int | None, now: datetime) -> None:
    """Share the ticket with a gestionnaire réseau of the établissement, or with nobody any longer if None."""

    def decide(step: Underway) -> Outcome:
        shared: list[list[Any]] = []
        name = ""
        if account_id is not None:
            people = dict(queries.network_managers(step.row.etablissement, step.act.now))
            if account_id not in people:
                raise Invalid({"account_id": "Choisissez un gestionnaire réseau de l’établissement."})
            if account_id == step.row.opened_by and account_id in step.row.persons:
                raise Invalid({"account_id": "Cette personne a ouvert ce ticket : elle le voit déjà."})
            name = people[account_id]
            shared = [pair for pair in step.row.shared_with if pair[0] != account_id] + [[account_id, name]]
        before = {pair[0] for pair in step.row.shared_with}
        persons = [person for person in step.row.persons if person not in before]  # its opener keeps access
        step.values |= {"shared_with": shared, "persons": [*persons, *(p[0] for p in shared if p[0] not in persons)]}
        return lifecycle.announced(step.standing, Entry(Kind.SHARED, data={"name": name, "shared": bool(shared)}))

    attempt = Attempt(actor=actor, number=number, now=now, step=Step.SHARE, version=version)
    transaction.take(attempt, decide)


def make_confidential(actor: Actor, number: int, version: int, on: bool, words: str, now: datetime) -> None:
    """Hide the ticket from the correspondants, or show it to them again; the chef d'établissement's step."""
    text = checked_words(words, "")

    def decide(step: Underway) -> Outcome:
        if step.row.confidential is on:
            raise StepRefused("Ce ticket est déjà confidentiel." if on else "Ce ticket n’est pas confidentiel.")
        step.values["confidential"] = on
        return lifecycle.announced(step.standing, Entry(Kind.CONFIDENTIAL, text, data={"on": on}))

    attempt = Attempt(
        actor=actor,
        number=number,
        now=now,
        step=Step.MAKE_CONFIDENTIAL,
        version=version,
        typed={"words": words, "on": on},
    )
    transaction.take(attempt, decide)


def mask(actor: Actor, number: int, event_id: int, words: str, now: datetime) -> None:
    """Mask the words and files of an entry, for everybody; the reason is kept and shown (annexe 6, 2.4)."""
    text = checked_words(words, "Dites pourquoi ce texte est masqué.")

    def decide(step: Underway) -> Outcome:
        entry = db.session.execute(
            select(TicketEvent.kind, TicketEvent.visibility, TicketEvent.side, TicketEvent.masked_at).where(
                TicketEvent.id == event_id, TicketEvent.ticket_id == number
            )
        ).one_or_none()
        side = perimeter(actor).side
        if entry is None or (entry.visibility == "internal" and entry.side != side):
            raise NotFound
        if entry.kind not in steps.MASKABLE:
            raise StepRefused("Cette étape ne porte pas de texte à masquer.")
        if entry.masked_at is not None:
            raise StepRefused("Ce texte est déjà masqué.")
        db.session.execute(
            update(TicketEvent).where(TicketEvent.id == event_id).values(masked_at=step.act.now, mask_reason=text)
        )
        db.session.execute(update(Attachment).where(Attachment.event_id == event_id).values(visibility="masked"))
        for told in (event_id, *_reminders(number, event_id if entry.kind == Kind.QUESTION else 0)):
            outbox.drop(db.session(), told)
        incoming.mask(db.session(), number, event_id)
        indexing.again(db.session(), step.row)
        internal = entry.visibility == "internal"
        return lifecycle.announced(
            step.standing, Entry(Kind.MASKED, text, internal=internal, data={"event_id": event_id})
        )

    attempt = Attempt(actor=actor, number=number, now=now, step=Step.MASK)
    transaction.take(attempt, decide)


def _reminders(number: int, question: int) -> Sequence[int]:
    """Return the reminders of a question, whose mails repeat its words; none for 0."""
    if not question:
        return ()
    later = (TicketEvent.ticket_id == number, TicketEvent.id > question, TicketEvent.kind == Kind.REMINDED.value)
    return db.session.execute(select(TicketEvent.id).where(*later)).scalars().all()
