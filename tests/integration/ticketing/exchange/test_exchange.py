"""What leaves for another tool and what is taken of it: only words that it may see, nothing believed unproved."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from harness import other_desk
from harness.other_desk import GlpiLike, Post, Structured, sign, structured_mail, subject_of, text_of
from sqlalchemy import select, update

from charters.database import db, writing
from charters.people import accounts
from charters.permissions import perimeter
from ticketing.demo.people import D1
from ticketing.errors import Invalid, NotFound, Refused
from ticketing.exchange import (
    composing,
    forgetting,
    gaps,
    incoming,
    outgoing,
    profiles,
    reconciliation,
    sending,
    shown,
    trial,
)
from ticketing.exchange.outgoing import LINK, MESSAGE, PROFILE
from ticketing.exchange.profiles import Form
from ticketing.exchange.protocol import sequence, wire
from ticketing.mail import carriers, signatures
from ticketing.mail.incoming.outcomes import Outcome, Received
from ticketing.mail.incoming.parsed import Attached, ParsedMail, Undelivered
from ticketing.model import Filters
from ticketing.personal_data import erasing
from ticketing.tables import Attachment, Ticket, TicketEvent
from ticketing.tickets import desk, indexing, queries, store

HOUR = timedelta(hours=1)
GLPI = GlpiLike.ADDRESS


def take(mail: ParsedMail, now: datetime) -> Outcome | None:
    return incoming.take(mail, Received(1, "desk", "k"), now)


def taken(mail: ParsedMail, now: datetime) -> Outcome:
    outcome = take(mail, now)
    assert outcome is not None
    return outcome


def send(settings: Any, now: datetime) -> None:
    outgoing.follow(now)
    sending.drain(settings, now)


def link(number: int) -> Any:
    db.session.rollback()
    return db.session.execute(select(LINK).where(LINK.c.ticket_id == number)).one()


def comments(number: int) -> list[str]:
    db.session.rollback()
    query = select(TicketEvent.body).where(TicketEvent.ticket_id == number, TicketEvent.side == D1)
    return list(db.session.scalars(query.order_by(TicketEvent.id)))


def token(profile: int, number: int) -> str:
    return signatures.subject_token(composing.token_key(profile), number)


def notice(subject: str, text: str, **more: Any) -> ParsedMail:
    return ParsedMail(**({"subject": subject, "text": text, "senders": (GLPI,), "message_id": "<1@glpi>"} | more))


@pytest.fixture
def opened(people: Any, draft: Any, now: datetime) -> Any:
    def make(**more: Any) -> int:
        return desk.open_ticket(people("c11.cmi"), draft(**more), [], now)

    return make


# --- what leaves ------------------------------------------------------------------------------------------------------


def test_opening_a_ticket_writes_nothing_for_other_tools_and_the_job_tells_each_entry_once(
    opened: Any, profile: Any, settings: Any, kept: Any, people: Any, now: datetime
) -> None:
    profile("structured")
    number = opened(title="Écran [GLPI #12] noir")
    assert db.session.scalars(select(MESSAGE.c.id)).all() == []
    desk.comment(people("d1.agent"), number, "Interne", "internal", now=now)
    desk.comment(people("c11.cmi"), number, "Public", now=now)
    for _ in range(3):
        send(settings, now)
    (opening,) = kept.taken()
    assert "Écran noir depuis ce matin." in text_of(opening) and "Public" in text_of(opening)
    desk.comment(people("c11.cmi"), number, "Encore", now=now)
    send(settings, now)
    send(settings, now)
    (second,) = kept.taken()
    assert "Encore" in text_of(second) and "Public" not in text_of(second)
    assert "Interne" not in opening.as_string() + second.as_string()
    assert subject_of(second).startswith("[GU-") and "#12]" not in subject_of(second)
    assert second["Auto-Submitted"] == "auto-generated" and second["References"]
    (part,) = second.iter_attachments()
    message = json.loads(part.get_content())
    assert (message["sequence"], message["title"]) == (2, "Écran [GLPI #12] noir"), (
        "the JSON part has the words as they are"
    )


def test_nothing_of_tickets_before_the_switch_nor_of_other_parties_leaves(
    opened: Any, profile: Any, settings: Any, kept: Any, people: Any, draft: Any, now: datetime
) -> None:
    opened()
    profile("plain")
    academie = desk.open_ticket(people("c11.cmi"), draft(service="annuaire"), [], now)
    holder = db.session.scalar(select(Ticket.holder_organisation).where(Ticket.number == academie))
    assert holder != D1
    send(settings, now)
    assert kept.taken() == []


@pytest.mark.parametrize("kind", ["structured", "plain", "glpi", "remedy", "zammad"])
def test_security_of_a_confidential_ticket_the_number_and_state_alone_leave(
    opened: Any, profile: Any, settings: Any, kept: Any, people: Any, now: datetime, kind: str
) -> None:
    profile(kind, **({"key": "zk-remedy"} if kind == "remedy" else {}))
    number = opened(title="Zksecret titre", body="Zksecret corps")
    with writing() as session:
        session.execute(update(Ticket).where(Ticket.number == number).values(confidential=True))
    desk.comment(people("d1.agent"), number, "Zksecret mot", now=now)
    send(settings, now)
    mails = kept.taken()
    parts = [part.get_content().decode() for mail in mails for part in mail.iter_attachments()]
    said = "".join([*(text_of(mail) + subject_of(mail) for mail in mails), *parts])
    assert mails and "Zksecret" not in said and "confidentielle" in said
    columns = (Ticket.etablissement_name, Ticket.etablissement_commune, Ticket.service_label, Ticket.holder_name)
    for known in db.session.execute(select(*columns).where(Ticket.number == number)).one():
        assert known and known not in said


def test_words_masked_before_they_are_sent_or_asked_for_again_never_leave(
    opened: Any, profile: Any, settings: Any, kept: Any, people: Any, now: datetime
) -> None:
    profile("structured")
    number = opened()
    send(settings, now)
    desk.comment(people("c11.cmi"), number, "Zkmasque", now=now)
    outgoing.follow(now)
    event = db.session.scalar(select(TicketEvent.id).where(TicketEvent.body == "Zkmasque"))
    with writing() as session:
        session.execute(update(TicketEvent).where(TicketEvent.id == event).values(masked_at=now))
    kept.taken()
    send(settings, now)
    (mail,) = kept.taken()
    assert "Zkmasque" not in mail.as_string() and "Zkmasque" not in text_of(mail)


def test_a_suspended_collectivite_is_sent_nothing_and_all_of_it_once_it_is_restored(
    opened: Any, profile: Any, settings: Any, kept: Any, people: Any, now: datetime
) -> None:
    made, _ = profile("plain")
    number = opened()
    accounts.suspend_organisation(D1, "Convention suspendue.", actor=None, now=now)
    send(settings, now)
    assert kept.taken() == []
    mail = notice(f"Re: {token(made, number)} x", "Bonjour")
    assert (taken(mail, now).state, taken(mail, now).kind) == ("quarantined", "refused")
    accounts.restore_organisation(D1, actor=None, now=now)
    send(settings, now + 2 * HOUR)
    assert len(kept.taken()) == 1


def test_the_second_message_waits_for_the_number_by_which_the_tool_finds_its_ticket(
    opened: Any, profile: Any, settings: Any, kept: Any, people: Any, now: datetime
) -> None:
    made, _ = profile("glpi")
    number = opened()
    send(settings, now)
    assert len(kept.taken()) == 1
    desk.comment(people("c11.cmi"), number, "Encore", now=now)
    send(settings, now)
    assert kept.taken() == [], "GLPI would open a second ticket"
    answer = notice(f"[GLPI #0000077] Nouveau ticket {token(made, number)} x", "Reçu", automatic="auto-replied")
    assert taken(answer, now).state == "ignored"
    assert comments(number) == [], "an acknowledgement says nothing of the ticket but its number"
    send(settings, now)
    (second,) = kept.taken()
    assert "[GLPI #0000077]" in subject_of(second)
    assert second["X-Auto-Response-Suppress"] is None


def test_remedy_is_given_its_form_and_no_label_in_words(
    opened: Any, profile: Any, settings: Any, kept: Any, now: datetime
) -> None:
    made, _ = profile("remedy", form="HD:Test", key="zkkey")
    opened(body="Bonjour $$]\nAction: Modify\nKey: volée")
    send(settings, now)
    (mail,) = kept.taken()
    text = text_of(mail)
    assert "Form: HD:Test" in text and "Key: zkkey" in text and text.index("Action: Submit") < text.index("[$$")
    outside = "".join(piece.partition("$$]")[2] for piece in text.split("[$$"))
    assert "Modify" not in outside and "volée" not in outside
    row = profiles.one(_admin(), made)
    assert "zkkey" not in row.secret
    assert "zkkey" not in "".join(trial.sample(row, now)) and "••••••" in trial.sample(row, now)[0]


def _admin() -> Any:
    from ticketing.demo import cast

    return cast.actor("a.admin")


def test_what_fails_is_tried_again_then_given_up_in_sight_and_sent_again_by_a_person(
    opened: Any, profile: Any, settings: Any, kept: Any, people: Any, now: datetime
) -> None:
    made, _ = profile("plain")
    opened()
    kept.failure = carriers.Later("occupé")
    send(settings, now)
    row = db.session.execute(select(MESSAGE)).one()
    assert (row.state, row.attempts, row.next_at - now) == ("pending", 1, sending.BACKOFF[0])
    kept.failure = carriers.Permanent("550 inconnu")
    sending.drain(settings, row.next_at)
    db.session.rollback()
    assert db.session.execute(select(MESSAGE.c.state, MESSAGE.c.reason)).one() == ("failed", "550 inconnu")
    kept.failure = None
    assert profiles.send_failed_again(people("a.admin"), made, now) == 1
    sending.drain(settings, now)
    assert len(kept.taken()) == 1


def test_a_relay_gets_no_more_a_minute_than_the_profile_says(
    opened: Any, profile: Any, settings: Any, kept: Any, now: datetime
) -> None:
    profile("plain", per_minute="2")
    for _ in range(3):
        opened()
    send(settings, now)
    assert len(kept.taken()) == 2
    send(settings, now + timedelta(seconds=61))
    assert len(kept.taken()) == 1


# --- what comes in ----------------------------------------------------------------------------------------------------


@pytest.fixture
def in_step(opened: Any, profile: Any, settings: Any, kept: Any, people: Any, now: datetime) -> tuple[int, Structured]:
    """A ticket that a structured desk follows."""
    _, key = profile("structured")
    number = opened()
    there = Structured(D1, people("a.admin").mandate.scope_id, key, Post(1, 0, 0))
    send(settings, now)
    for mail in kept.taken():
        there.take(mail, now)
    return number, there


def test_a_forged_or_foreign_message_waits_for_a_person_and_changes_nothing(in_step: Any, now: datetime) -> None:
    number, there = in_step
    there.say(str(number), "Faux", "in_progress", now)
    (mail,) = there.post.due()
    message = json.loads(mail.attachments[0].content)
    for changed, kind in (
        (message | {"text": "Autre"}, "forged"),
        (sign(message, b"another key"), "forged"),
        ({**message, "signature": "hmac-sha256=" + "0" * 64}, "forged"),
        (sign(message | {"sender": "departement-inconnu"}, there.key), "unknown-sender"),
        ({key: value for key, value in message.items() if key != "signature"}, "unreadable"),
    ):
        outcome = taken(structured_mail(changed), now)
        assert (outcome.state, outcome.kind) == ("quarantined", kind)
    assert comments(number) == [] and link(number).their_state == ""
    assert taken(mail, now).state == "applied"
    assert taken(mail, now).state == "ignored", "played again"
    assert comments(number) == ["Faux"]


def test_a_message_speaks_of_its_own_tickets_only(in_step: Any, people: Any, draft: Any, now: datetime) -> None:
    number, there = in_step
    other = desk.open_ticket(people("c11.cmi"), draft(service="annuaire"), [], now)
    there.say(str(number), "Intrus", "closed", now)
    (mail,) = there.post.due()
    message = json.loads(mail.attachments[0].content) | {"ticket": {"sender": "D-9", "recipient": str(other)}}
    assert taken(structured_mail(sign(message, there.key)), now).state == "quarantined"
    assert comments(other) == []


def test_updates_before_their_turn_are_sealed_until_it_comes(
    in_step: Any, settings: Any, kept: Any, now: datetime
) -> None:
    number, there = in_step
    for one in range(3):
        there.say(str(number), f"Zktexte{one}", "in_progress", now)
    first, second, third = there.post.waiting
    assert taken(third, now).state == "applied"
    assert comments(number) == []
    payload = db.session.scalar(select(MESSAGE.c.payload).where(MESSAGE.c.state == "held"))
    assert payload and "Zktexte" not in payload
    assert gaps.ask(now + timedelta(minutes=1)) == 0, "mails may overtake each other"
    assert gaps.ask(now + timedelta(minutes=3)) == 1
    sending.drain(settings, now + timedelta(minutes=3))
    (asked,) = kept.taken()
    there.post.waiting.clear()
    there.take(asked, now)
    again = there.post.due()
    assert {mail.attachments[0].content for mail in again} == {mail.attachments[0].content for mail in (first, second)}
    for mail in (second, first):
        taken(mail, now)
    assert comments(number) == ["Zktexte0", "Zktexte1", "Zktexte2"]


def test_a_gap_that_nobody_fills_is_given_up_in_sight_and_what_came_is_not_lost(in_step: Any, now: datetime) -> None:
    number, there = in_step
    for one in range(3):
        there.say(str(number), f"Texte {one}", "in_progress", now)
    taken(there.post.waiting[2], now)
    gaps.ask(now + sequence.GIVE_UP + HOUR)
    assert comments(number) == ["Texte 2"]
    assert link(number).drift == "Messages jamais reçus : 1, 2"
    assert link(number).gap_since is None
    later = now + sequence.GIVE_UP + 2 * HOUR
    assert taken(there.post.waiting[0], later).state == "applied", "what comes after all is not lost either"
    assert taken(there.post.waiting[0], later).state == "ignored"
    assert comments(number) == ["Texte 2", "Texte 0"]
    message = json.loads(there.post.waiting[0].attachments[0].content)
    other = sign(message | {"id": "f" * 32, "text": "Autre"}, there.key)
    assert taken(structured_mail(other), later).state == "quarantined", "a place is taken once"


def test_the_holder_s_tool_resolves_and_the_requester_is_asked_while_another_state_is_only_shown(
    in_step: Any, people: Any, now: datetime
) -> None:
    number, there = in_step
    there.say(str(number), "", "on_hold", now)
    taken(there.post.due()[0], now)
    own = perimeter(people("c11.cmi"))
    assert queries.ticket(own, people("c11.cmi"), number).state == "new", "each party owns its own state"
    (elsewhere,) = shown.of_ticket(number)
    assert (elsewhere.state, elsewhere.number) == ("En attente", "D-4567")
    there.say(str(number), "Carte graphique changée.", "resolved", now)
    taken(there.post.due()[0], now)
    view = queries.ticket(own, people("c11.cmi"), number)
    assert (view.state, view.events[-1].author_side_name) == ("resolved", view.holder_name)
    assert {"confirm", "reopen"} <= view.steps


def test_a_closed_ticket_takes_no_words_and_the_mail_that_brings_them_is_kept_for_a_person(
    in_step: Any, now: datetime
) -> None:
    number, there = in_step
    with writing() as session:
        session.execute(update(Ticket).where(Ticket.number == number).values(state="closed", closed_at=now))
    there.say(str(number), "Trop tard", "in_progress", now)
    outcome = taken(there.post.due()[0], now)
    assert (outcome.state, outcome.ticket) == ("quarantined", number)
    assert link(number).their_sequence == 1, "what follows is not stopped by it"


def test_the_other_tool_s_number_finds_the_ticket_by_whoever_sees_it_and_after_it_is_indexed_again(
    in_step: Any, people: Any, now: datetime
) -> None:
    number, there = in_step
    there.say(str(number), "Bonjour", "in_progress", now)
    taken(there.post.due()[0], now)

    def found(sigle: str) -> list[int]:
        db.session.rollback()
        return [row.number for row in queries.queue(perimeter(people(sigle)), Filters(text="D-4567"), None, now).rows]

    assert found("d1.agent") == found("c11.cmi") == [number]
    assert found("c12.cmi") == []
    with writing() as session:
        row = store.lock_ticket(session, number)
        assert row is not None
        indexing.again(session, row)
    assert found("d1.agent") == [number]


def test_a_request_is_answered_once_and_an_old_one_never(in_step: Any, settings: Any, kept: Any, now: datetime) -> None:
    number, there = in_step
    numbers = {"sender": "D-4567", "recipient": str(number)}
    ask = there._head("request", now) | {"ticket": numbers, "missing": [1, 7]}
    later = now + HOUR
    assert taken(structured_mail(sign(ask, there.key)), later).state == "applied"
    sending.drain(settings, later)
    (again,) = kept.taken()
    assert again["Message-ID"], "the same message, under the same name"
    assert taken(structured_mail(sign(ask, there.key)), later + HOUR).state == "ignored"
    old = there._head("request", now) | {"ticket": numbers, "missing": [1]}
    assert taken(structured_mail(sign(old, there.key)), later + timedelta(days=9)).state == "ignored"
    sending.drain(settings, later + timedelta(days=9))
    assert kept.taken() == []


def test_a_reconciliation_reports_words_that_differ(in_step: Any, people: Any, now: datetime) -> None:
    number, there = in_step
    there.say(str(number), "Bonjour", "in_progress", now)
    taken(there.post.due()[0], now)
    there.tickets[str(number)].sent[0]["state"] = "closed"  # a tool that changes what it has sent
    there.reconcile(now + HOUR)
    assert taken(there.post.due()[0], now + HOUR).state == "applied"
    assert "ne correspond pas" in link(number).drift
    made = db.session.scalar(select(PROFILE.c.id))
    profiles.settle(people("a.admin"), made, number, now)
    assert link(number).drift == ""


def test_a_message_in_fences_counts_as_one_attached_and_our_own_come_back_as_nothing(
    in_step: Any, profile: Any, settings: Any, kept: Any, people: Any, now: datetime
) -> None:
    number, there = in_step
    there.say(str(number), "Entre clôtures", "in_progress", now)
    message = json.loads(there.post.due()[0].attachments[0].content)
    assert taken(structured_mail(message, fenced=True), now).state == "applied"
    desk.comment(people("c11.cmi"), number, "À nous", now=now)
    send(settings, now)
    (ours,) = kept.taken()
    assert "Entre clôtures" not in text_of(ours), "its own words are not sent back to it"
    part = next(iter(ours.iter_attachments())).get_content()
    attached = Attached(filename=wire.FILE_NAME, content_type="application/json", content=part)
    echo = ParsedMail(subject="x", message_id=str(ours["Message-ID"]), attachments=(attached,), text="x")
    assert taken(echo, now).state == "ignored"
    quoted = ParsedMail(
        subject="x", message_id="<p@x>", attachments=(attached,), text="Ma réponse", senders=("p@x.example",)
    )
    assert take(quoted, now) is None, "a person who answers is a person"


@pytest.mark.parametrize("kind", ["glpi", "zammad", "plain"])
def test_a_tool_is_believed_by_our_relay_or_by_the_token_that_it_alone_was_sent(
    kind: str, opened: Any, profile: Any, settings: Any, kept: Any, now: datetime, any_app: Any
) -> None:
    made, _ = profile(kind)
    number = opened()
    send(settings, now)
    good = notice(f"RE: {token(made, number)} Titre", "Vu.")
    assert taken(good, now).state == "applied"
    assert comments(number) == ["Vu."]
    assert taken(good, now).state == "ignored", "the same mail by another box"
    bare = notice(f"RE: {token(made, number)} Titre", "Sans en-têtes.", senders=(), message_id="")
    assert taken(bare, now).state == "applied"
    wrong = token(made + 1, number)
    assert taken(notice(f"RE: {wrong} Titre", "Faux."), now).kind == "forged"
    assert take(notice(f"RE: {wrong} Titre", "Faux.", senders=()), now) is None
    assert take(notice(f"RE: {token(made, number)} Titre", "x", senders=("autre@x.example",)), now) is None
    assert take(notice("x", "x", senders=(GLPI, "autre@x.example")), now) is None
    returned = replace(good, undelivered=(Undelivered(address=GLPI, permanent=True),))
    assert take(returned, now) is None, "a bounce is for those who read bounces"
    assert comments(number) == ["Vu.", "Sans en-têtes."]


def test_a_tool_that_names_no_ticket_opens_none(
    profile: Any, opened: Any, settings: Any, kept: Any, now: datetime
) -> None:
    made, _ = profile("glpi")
    number = opened()
    send(settings, now)
    taken(notice(f"[GLPI #0000077] Nouveau {token(made, number)} x", "x", automatic="auto-replied"), now)
    before = db.session.scalars(select(Ticket.number)).all()
    lost = notice("[GLPI #0000078] Nouveau ticket", "Un autre sujet")
    assert taken(lost, now).kind in ("forged", "exchange") and taken(lost, now).state == "quarantined"
    db.session.rollback()
    assert db.session.scalars(select(Ticket.number)).all() == before


def test_two_programs_that_answer_each_other_are_stopped(
    profile: Any, opened: Any, settings: Any, kept: Any, now: datetime
) -> None:
    made, _ = profile("zammad")
    number = opened()
    send(settings, now)
    subject = f"{token(made, number)} [Ticket#45] x"
    states = [taken(notice(subject, f"Texte {one}", message_id=f"<{one}@z>"), now).state for one in range(62)]
    assert states == ["applied"] * 60 + ["quarantined"] * 2


@pytest.mark.parametrize(
    ("name", "content", "kept_there"), [("photo.txt", b"Bonjour", True), ("virus.exe", b"MZ", False)]
)
def test_files_pass_the_door_of_uploads_and_words_come_without_one_that_does_not(
    name: str, content: bytes, kept_there: bool, opened: Any, profile: Any, settings: Any, kept: Any, now: datetime
) -> None:
    made, _ = profile("zammad")
    number = opened()
    send(settings, now)
    attached = Attached(filename=name, content_type="application/octet-stream", content=content)
    mail = notice(f"{token(made, number)} [Ticket#45] x", "Voir le fichier.", attachments=(attached,))
    assert taken(mail, now).state == "applied"
    names = db.session.scalars(select(Attachment.name).where(Attachment.ticket_id == number)).all()
    assert names == ([name] if kept_there else [])
    (words,) = comments(number)
    assert words.startswith("Voir le fichier.") and ("pas été repris" in words) is not kept_there
    taken(mail, now)
    stored = [path for path in (settings.data_dir / "files").rglob("*") if path.is_file()]
    assert len(stored) == kept_there, "the same mail leaves no second copy"


def test_a_forgotten_ticket_leaves_no_copy_and_nothing_that_waits(
    opened: Any, profile: Any, settings: Any, people: Any, now: datetime
) -> None:
    profile("plain")
    number = opened(body="Zkcorps")
    send(settings, now)
    copies = settings.data_dir / "courriels"
    assert any(b"Zkcorps" in path.read_bytes() for path in copies.glob("echange-*.eml"))
    desk.comment(people("c11.cmi"), number, "Zksuite", now=now)
    outgoing.follow(now)
    with writing() as session:
        session.execute(update(Ticket).where(Ticket.number == number).values(state="closed", closed_at=now))
    assert erasing.forget(number, now + HOUR, settings.data_dir / "files", copies, now + HOUR)
    assert list(copies.glob("echange-*.eml")) == []
    sending.drain(settings, now + HOUR)
    assert list(copies.glob("echange-*.eml")) == []


def test_old_copies_and_messages_without_a_stream_go_with_time(
    in_step: Any, settings: Any, kept: Any, now: datetime
) -> None:
    reconciliation.write(now)
    sending.drain(settings, now)
    folder = settings.data_dir / "courriels"
    folder.mkdir(exist_ok=True)
    ids = db.session.scalars(select(MESSAGE.c.id).order_by(MESSAGE.c.id)).all()
    for one in ids:
        (folder / forgetting.copy_name(one)).write_text("x")
    assert forgetting.forget_old(now - HOUR, folder, 100) == 0
    assert forgetting.forget_old(now + HOUR, folder, 100) == 2
    assert list(folder.iterdir()) == []
    db.session.rollback()
    assert db.session.scalars(select(MESSAGE.c.kind)).all() == ["update"], "a stream stays whole"


# --- profiles ---------------------------------------------------------------------------------------------------------


def test_a_profile_is_tried_before_it_is_switched_on_and_again_after_a_change(people: Any, now: datetime) -> None:
    admin = people("a.admin")
    form = Form(organisation=D1, kind="structured", address="a@b.example")
    made = profiles.save(admin, form, now)
    with pytest.raises(Refused):
        profiles.tried(admin, made, now)
    key = profiles.new_key(admin, made, now)
    assert key not in profiles.one(admin, made).secret and len(key) >= 43
    with pytest.raises(Refused):
        profiles.switch(admin, made, True, now)
    profiles.tried(admin, made, now)
    profiles.switch(admin, made, True, now)
    assert profiles.one(admin, made).on_at is not None
    profiles.save(admin, replace(form, address="c@b.example"), now, made)
    row = profiles.one(admin, made)
    assert (row.on_at, row.tried_at) == (None, None)
    assert composing.secret_of(row) == key.encode(), "the key stays"
    with pytest.raises(Invalid):
        profiles.save(admin, form, now)
    profiles.remove(admin, made, now)
    with pytest.raises(NotFound):
        profiles.one(admin, made)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("organisation", "departement-ailleurs"),
        ("kind", "otrs"),
        ("address", "pas une adresse"),
        ("address", "a@b.example\nBcc: x@y.example"),
        ("address", "guichet@localhost"),
        ("writes_from", "x"),
        ("per_minute", "0"),
        ("per_minute", "beaucoup"),
    ],
)
def test_a_profile_that_cannot_be_is_refused_at_its_field(people: Any, now: datetime, field: str, value: str) -> None:
    form = Form(organisation=D1, kind="glpi", address="a@b.example")
    with pytest.raises(Invalid) as refused:
        profiles.save(people("a.admin"), replace(form, **{field: value}), now)
    assert set(refused.value.errors) == {field}


def test_nobody_else_writes_profiles(people: Any, now: datetime) -> None:
    for sigle in ("d1.ref", "c11.cmi", "c11.chef"):
        with pytest.raises(Refused):
            profiles.save(people(sigle), Form(organisation=D1, kind="plain", address="a@b.example"), now)


def test_a_trial_shows_what_would_leave_and_how_a_reply_is_read(profile: Any, people: Any, now: datetime) -> None:
    made, key = profile("structured")
    row = profiles.one(people("a.admin"), made)
    first, second = trial.sample(row, now)
    assert wire.FILE_NAME in first and key not in first and "4567" in second
    there = Structured(D1, row.academie, key, Post(1, 0, 0))
    there.tickets["12"] = other_desk.Followed("D-1")
    there.say("12", "Vu", "in_progress", now)
    message = json.loads(there.post.due()[0].attachments[0].content)
    said = dict(trial.read(row, trial.Reply("x@y.example", "x", structured_mail(message, fenced=True).text)))
    assert (said["Signature"], said["Texte"], said["Destinataire"]) == ("bonne", "Vu", "ce profil")
    message["text"] = "Autre"
    said = dict(trial.read(row, trial.Reply("", "", structured_mail(message, fenced=True).text)))
    assert "quarantaine" in said["Signature"]


def test_a_reconciliation_names_the_tickets_once_a_night(in_step: Any, settings: Any, kept: Any, now: datetime) -> None:
    assert (reconciliation.write(now), reconciliation.write(now)) == (1, 0)
    sending.drain(settings, now)
    (mail,) = kept.taken()
    message = json.loads(next(iter(mail.iter_attachments())).get_content())
    assert [line["ticket"]["sender"] for line in message["tickets"]] == [str(in_step[0])]
    in_step[1].reconcile(now)
    taken(in_step[1].post.due()[0], now)
    db.session.rollback()
    states = select(MESSAGE.c.state).where(MESSAGE.c.kind == "update", MESSAGE.c.direction == "out")
    assert db.session.scalars(states).all() == ["confirmed"], "the other tool says that it has it"


def test_a_request_that_its_author_amends_reaches_the_tool_as_it_is_now(
    people: Any, draft: Any, profile: Any, settings: Any, kept: Any, now: datetime
) -> None:
    """Defect: the entry of an amendment keeps the words of before, and these were sent as what is asked."""
    profile("structured")
    number = desk.open_ticket(people("c11.cmi"), draft(), [], now)
    outgoing.follow(now)
    sending.drain(settings, now)
    before = draft().body
    assert before in str(kept.taken()[0].get_body().get_content())
    desk.amend(people("c11.cmi"), number, 1, "Écran noir, salle B12", "Trois bips au zébulon.", now)
    outgoing.follow(now)
    sending.drain(settings, now)
    (mail,) = kept.taken()
    said = str(mail.get_body().get_content())
    assert "Trois bips au zébulon." in said and before not in said
