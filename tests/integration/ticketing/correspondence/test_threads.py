"""What people really do with mails: each goes where its author would expect, and none makes a second ticket."""

from __future__ import annotations

import itertools
import random
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from harness.incoming import raw
from sqlalchemy import delete, func, select, update

from charters.database import db, writing
from ticketing.mail import rendering, signatures
from ticketing.mail.incoming import reading, store
from ticketing.model import State
from ticketing.settings import desk_settings
from ticketing.tables import MailEntry, Notice, NoticeWords, Ticket, TicketEvent
from ticketing.tickets import desk


def tickets() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Ticket)) or 0


def comments(number: int) -> list[str]:
    db.session.rollback()
    query = select(TicketEvent.body).where(TicketEvent.ticket_id == number, TicketEvent.kind == "comment")
    return list(db.session.scalars(query.order_by(TicketEvent.id)))


def row(number: int) -> Any:
    db.session.rollback()
    return db.session.execute(select(Ticket.__table__).where(Ticket.number == number)).one()


def resolved(people: Any, number: int, now: Any) -> str:
    """Resolve a ticket of the département and return the Message-ID of that notice."""
    agent = people("d1.agent")
    desk.take_charge(agent, number, row(number).version, now)
    desk.resolve(agent, number, row(number).version, "Câble changé.", now)
    return db.session.scalars(
        select(Notice.message_id).where(Notice.kind == "resolved").order_by(Notice.id.desc())
    ).first()


@pytest.fixture
def number(people: Any, draft: Any, now: Any) -> int:
    return desk.open_ticket(people("c11.cmi"), draft(), [], now)


@pytest.mark.parametrize("code", ["", None])
def test_a_message_id_of_ours_threads_with_its_code_or_as_older_ones_without(
    people: Any, mail: Any, take: Any, number: int, code: str | None
) -> None:
    """Its notice is gone since: what the Message-ID says is all that is left."""
    (own,) = db.session.scalars(select(Notice.message_id).where(Notice.recipient_email == "c11.cmi@guichet.example"))
    assert re.fullmatch(r"<ticket-\d+-\d+-\d+\.[0-9a-f]{16}@localhost>", own)
    named = own if code is None else re.sub(r"\.[0-9a-f]{16}@", f"{code}@", own)
    with writing() as session:
        session.execute(delete(Notice))
    done = take(mail(in_reply_to=(named,), text="Encore un mot.", subject="Autre chose"))
    assert done.ticket == number, done


def test_a_second_mail_before_the_acknowledgement_joins_the_first(people: Any, mail: Any, take: Any) -> None:
    first = mail()
    number = take(first).ticket
    done = take(mail(text="J’oubliais : il est sous garantie.", in_reply_to=(first.message_id,), subject="RE: sujet"))
    assert (done.kind, done.ticket) == ("answer", number) and tickets() == 1


def test_a_colleague_in_copy_answers_the_first_mail(people: Any, mail: Any, take: Any) -> None:
    first = mail()
    number = take(first).ticket
    done = take(
        mail("c11.chef", text="Je confirme l’urgence.", references=(first.message_id,), subject="TR: RE: autre")
    )
    assert done.ticket == number and comments(number) == ["Je confirme l’urgence."] and tickets() == 1


def test_the_token_is_enough_whatever_stands_before_it(people: Any, mail: Any, take: Any, number: int) -> None:
    token = signatures.subject_token(desk_settings().mail_key, number)
    for prefix in ("RE: ", "TR: ", "AW: ", "Fwd: RE: TR: ", "[liste] Re[3]: ", ""):
        assert take(mail(subject=f"{prefix}{token} Autre chose", text=f"Mot {prefix}")).ticket == number
    assert tickets() == 1


def test_the_token_of_another_tool_or_a_made_up_one_is_none(people: Any, mail: Any, take: Any, number: int) -> None:
    for token in ("[GLPI #0000001]", "[#1]", "[GU-1-aaaaaaaa]", "[Guichet n° 1]", "GU-1"):
        assert take(mail(subject=f"RE: {token} Panne", text=token)).kind == "opened"
    assert comments(number) == []


def test_the_same_mail_to_two_boxes_acts_once(people: Any, mail: Any, take: Any) -> None:
    sent = mail()
    first = take(sent, box="desk", id=1)
    again = take(sent, box="reseau", id=1)  # the same number: the boxes know each other's mails
    other = take(sent, box="reseau", id=2)
    assert (again.state, again.kind, again.ticket) == ("ignored", "duplicate", first.ticket)
    assert (other.state, other.kind, other.ticket) == ("ignored", "duplicate", first.ticket)
    assert tickets() == 1


def test_security_other_words_under_the_same_message_id_are_not_lost(
    people: Any, mail: Any, take: Any, now: Any
) -> None:
    """Scanners and programs give all their mails one Message-ID."""
    first = mail(message_id="<scan@copieur.example>", sent_at=now, subject="Scan", text="Page 1.")
    second = replace(first, sent_at=now + timedelta(minutes=1), text="Page 2.")
    assert take(first, id=1).kind == take(second, id=2).kind == "opened"
    assert take(second, id=3).kind == "duplicate" and tickets() == 2


def test_a_copy_with_the_footer_of_a_list_is_the_same_mail(people: Any, mail: Any, take: Any, now: Any) -> None:
    content = raw(7, sender="c11.cmi@guichet.example", text="Le vidéoprojecteur reste noir.")
    kept = store.keep(content, "desk", now)
    direct = replace(reading.read(content), authentication=mail().authentication)
    first = take(direct, id=kept.id)
    footed = replace(direct, text=f"{direct.text}\n\nListe des professeurs : se désabonner")
    again = take(footed, box="reseau", id=kept.id + 1)
    assert (first.kind, again.kind, again.ticket) == ("opened", "duplicate", first.ticket) and tickets() == 1


def test_a_child_before_its_parent(people: Any, mail: Any, take: Any) -> None:
    parent = mail(text="Le premier.")
    child = mail(text="Le second.", in_reply_to=(parent.message_id,), subject="RE: " + parent.subject)
    number = take(child).ticket
    done = take(parent)
    assert (done.kind, done.ticket) == ("answer", number) and tickets() == 1


def test_two_answers_to_a_mail_that_never_came_are_one_conversation(people: Any, mail: Any, take: Any) -> None:
    unknown = ("<jamais-vu@poste.example>",)
    number = take(mail(in_reply_to=unknown, subject="RE: Réunion")).ticket
    assert take(mail("c11.chef", in_reply_to=unknown, subject="TR: RE: Réunion", text="Moi aussi.")).ticket == number
    assert take(mail(in_reply_to=unknown, subject="Tout autre chose", text="Rien à voir.")).ticket != number


def test_the_same_words_again_within_the_hour_are_one(people: Any, mail: Any, take: Any, now: Any) -> None:
    number = take(mail()).ticket
    again = take(mail())
    assert (again.kind, again.ticket) == ("duplicate", number) and tickets() == 1
    assert take(mail(), at=now + timedelta(hours=2)).kind == "opened"


def test_a_reply_to_a_resolved_ticket_is_kept_and_says_how_to_go_on(
    people: Any, mail: Any, take: Any, number: int, now: Any
) -> None:
    notice = resolved(people, number, now)
    done = take(mail(in_reply_to=(notice,), text="Merci, mais il reste noir."))
    assert done.kind == "comment" and row(number).state == State.RESOLVED
    added = db.session.scalars(select(Notice).where(Notice.kind == "added").order_by(Notice.id)).all()
    told = {one.recipient_email for one in added}
    assert told == {"c11.cmi@guichet.example", "d1.agent@guichet.example"}
    mine = next(one for one in added if one.recipient_email.startswith("c11"))
    data = db.session.scalar(select(NoticeWords.data).where(NoticeWords.event_id == mine.event_id))
    said = rendering.notice(mine, data, desk_settings()).text
    assert "confirmer" in said and "rouvrez" in said
    assert take(mail(in_reply_to=(mine.message_id,), text="Je réponds encore.")).kind == "comment"
    db.session.rollback()
    again = db.session.scalars(select(Notice.recipient_email).where(Notice.kind == "added", Notice.id > mine.id)).all()
    assert "c11.cmi@guichet.example" not in again  # said once a resolution: two robots end there


def test_a_consent_by_mail_closes_and_only_for_who_may(
    people: Any, mail: Any, take: Any, number: int, now: Any
) -> None:
    notice = resolved(people, number, now)
    assert take(mail("c11.chef", in_reply_to=(notice,), text="Je confirme.")).kind == "comment"
    assert take(mail("d1.agent", in_reply_to=(notice,), text="Je confirme")).kind == "comment"
    assert row(number).state == State.RESOLVED
    done = take(mail(in_reply_to=(notice,), text="Bonjour,\nJe confirme.\nMerci"))
    assert done.kind == "confirmed" and row(number).state == State.CLOSED


def test_a_consent_to_an_older_solution_is_a_comment(people: Any, mail: Any, take: Any, number: int, now: Any) -> None:
    old = resolved(people, number, now)
    desk.reopen(people("c11.cmi"), number, row(number).version, "Toujours noir.", now)
    agent = people("d1.agent")
    desk.resolve(agent, number, row(number).version, "Lampe changée.", now)
    assert take(mail(in_reply_to=(old,), text="Je confirme")).kind == "comment"
    assert row(number).state == State.RESOLVED


def test_a_reply_to_a_closed_ticket_opens_one_that_cites_it(
    people: Any, mail: Any, take: Any, signed: Any, number: int, now: Any, cast: Any
) -> None:
    notice = resolved(people, number, now)
    desk.confirm(people("c11.cmi"), number, row(number).version, now)
    to = (signed(number, cast["c11.cmi"].account_id),)
    done = take(mail(in_reply_to=(notice,), came_to=to, text="Il est de nouveau noir."))
    assert done.kind == "opened" and done.ticket != number
    assert row(done.ticket).body.startswith(f"Suite du ticket n° {number}.")
    assert take(mail("d1.agent", in_reply_to=(notice,), text="Bien reçu.")).kind == "refused"
    # whoever answers that mail again is on the new ticket
    again = take(
        mail(
            "c11.chef",
            references=(
                notice,
                db.session.scalars(select(Notice.message_id).where(Notice.ticket_id == done.ticket)).first(),
            ),
            text="Et moi.",
        )
    )
    assert again.ticket == done.ticket


def test_a_reply_to_a_duplicate_stays_on_it(
    people: Any, mail: Any, take: Any, draft: Any, number: int, now: Any
) -> None:
    other = desk.open_ticket(people("c11.cmi"), draft(), [], now)
    desk.merge(people("d1.agent"), number, row(number).version, other, "", now)
    told = db.session.scalars(select(Notice.message_id).where(Notice.ticket_id == number, Notice.kind == "duplicate"))
    done = take(mail(in_reply_to=(told.one(),), text="Ce n’est pas la même salle."))
    assert (done.kind, done.ticket) == ("comment", number) and row(number).state == State.CLOSED


def test_a_reply_opens_again_a_ticket_closed_for_want_of_an_answer(
    people: Any, mail: Any, take: Any, signed: Any, number: int, now: Any, cast: Any
) -> None:
    desk.hold(people("d1.agent"), number, row(number).version, "attente-demandeur", "Quelle salle ?", now)
    with writing() as session:  # as the rule of its holder had it closed
        session.execute(
            update(Ticket).where(Ticket.number == number).values(state=State.CLOSED.value, closed_at=now, nudges=1)
        )
    done = take(mail(came_to=(signed(number, cast["c11.cmi"].account_id),), text="La salle B12."))
    assert (done.kind, done.ticket) == ("answer", number)
    assert (row(number).state, row(number).closed_at) == (State.NEW, None)
    last = db.session.execute(select(TicketEvent).order_by(TicketEvent.id.desc())).scalars().first()
    assert (last.kind, last.body) == ("reopened", "La salle B12.")


def test_an_old_thread_taken_for_a_new_subject_opens_a_ticket(
    people: Any, mail: Any, take: Any, number: int, now: Any
) -> None:
    notice = resolved(people, number, now)
    later = now + timedelta(days=8)
    other = mail(in_reply_to=(notice,), subject="Commande de câbles", text="Il nous faut dix câbles.")
    same = mail(in_reply_to=(notice,), subject=f"RE: {row(number).title}", text="Encore noir.")
    assert take(same, at=later).ticket == number
    done = take(other, at=later)
    assert done.kind == "opened" and row(done.ticket).body.startswith(f"Suite du ticket n° {number}.")
    soon = mail(in_reply_to=(notice,), subject="Autre sujet", text="Tout de suite.")
    assert take(soon, at=now).ticket == number


def test_a_reply_follows_a_ticket_that_was_handed_on(people: Any, mail: Any, take: Any, number: int, now: Any) -> None:
    first = db.session.scalars(select(Notice.message_id)).first()
    desk.hand_on(people("d1.agent"), number, row(number).version, "academie", "autre", "C’est pour vous.", now)
    assert take(mail(in_reply_to=(first,), text="Entendu.")).ticket == number
    assert take(mail("d1.agent", in_reply_to=(first,), text="Vu aussi.")).ticket == number
    assert take(mail("a.tech", in_reply_to=(first,), text="Nous le prenons.")).ticket == number


def test_a_reply_to_a_question_takes_it_off_hold(people: Any, mail: Any, take: Any, number: int, now: Any) -> None:
    agent = people("d1.agent")
    desk.take_charge(agent, number, row(number).version, now)
    desk.hold(agent, number, row(number).version, "attente-demandeur", "Quelle salle ?", now)
    notice = db.session.scalars(select(Notice.message_id).where(Notice.kind == "question")).one()
    done = take(mail(in_reply_to=(notice,), text="La 12."))
    assert done.kind == "answer" and row(number).state == State.IN_PROGRESS


def test_an_answer_to_a_summary_of_the_day_opens_nothing(people: Any, mail: Any, take: Any) -> None:
    done = take(mail(in_reply_to=("<recapitulatif-12@localhost>",), subject="RE: Votre récapitulatif"))
    assert (done.state, done.kind) == ("quarantined", "refused") and tickets() == 0


@pytest.mark.parametrize("seed", range(3))
def test_mel_01_shuffled_doubled_and_in_two_boxes(people: Any, mail: Any, take: Any, now: Any, seed: int) -> None:
    """Five conversations of four mails, each mail one to five times in any order: one ticket a conversation."""
    chance = random.Random(seed)
    sent, ids = [], itertools.count(1_000)
    for talk in range(5):
        at = now + timedelta(hours=3 * talk)
        root = mail(text=f"Demande {talk}.", subject=f"Sujet {talk}")
        second = mail(text=f"Suite {talk}.", subject=f"RE: Sujet {talk}", in_reply_to=(root.message_id,))
        third = mail(
            "c11.chef",
            text=f"Chef {talk}.",
            sent_at=at,
            subject=f"TR: Sujet {talk}",
            references=(root.message_id, second.message_id),
        )
        fourth = mail(
            text=f"Fin {talk}.",
            subject=f"Re: Sujet {talk}",
            in_reply_to=(third.message_id,),
            references=(root.message_id,),
        )
        for one in (root, second, fourth, *((third,) if chance.random() < 0.9 else ())):
            for box in chance.sample(("desk", "reseau"), chance.choice((1, 2))):
                number = next(ids)
                sent += [(talk, one, box, number, at)] * chance.randint(1, 5)
    chance.shuffle(sent)
    found: dict[int, set[int]] = {}
    deferred = []
    for talk, one, box, number, at in sent:
        done = take(one, box=box, id=number, at=at)
        if done.state == "parsed":  # a colleague who opens no ticket answered before the ticket was there
            deferred.append((talk, one, box, number, at))
            continue
        assert done.state in ("applied", "ignored"), done
        found.setdefault(talk, set()).add(done.ticket or 0)
    for talk, one, box, number, at in deferred:  # one reconciliation
        done = take(one, box=box, id=number, at=at)
        assert done.state in ("applied", "ignored"), done
        found[talk].add(done.ticket or 0)
    assert tickets() == 5 and all(len(numbers) == 1 for numbers in found.values())
    kept = db.session.scalar(select(func.count()).select_from(MailEntry))
    written = db.session.scalar(
        select(func.count()).select_from(TicketEvent).where(TicketEvent.kind.in_(("opened", "comment")))
    )
    assert kept == written == len({one.message_id for _, one, *_ in sent})


def test_security_masked_words_are_in_no_history_of_later_mails(people: Any, mail: Any, take: Any, now: Any) -> None:
    number = take(mail(folded="De : avant")).ticket
    secret = take(mail(text="Zkmot de passe.", folded="> histoire", subject=_subject(number))).event
    take(mail("c11.chef", text="Vu.", folded="> Zkmot de passe.", subject=_subject(number)))
    desk.mask(people("a.admin"), number, secret, "Un mot de passe", now)
    db.session.rollback()
    kept = list(db.session.scalars(select(MailEntry.folded).order_by(MailEntry.mail_id)))
    assert kept == ["De : avant", "", ""], "what came before quotes nothing of it"


def _subject(number: int) -> str:
    return f"RE: {signatures.subject_token(desk_settings().mail_key, number)} Panne"
