"""A ticket opened by mail is held by the desk, by its own clause, until its author has said what it is about."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from charters.database import db, writing
from charters.people import accounts
from charters.permissions import perimeter
from matrix.files import SHIPPED
from ticketing.model import TO_SPECIFY, State
from ticketing.tables import Attachment, DecisionRow, MailEntry, Notice, Ticket, TicketEvent
from ticketing.tickets import queries


def ticket(number: int) -> Any:
    db.session.rollback()
    return db.session.execute(select(Ticket.__table__).where(Ticket.number == number)).one()


def entries(number: int) -> list[Any]:
    db.session.rollback()
    return list(db.session.scalars(select(TicketEvent).where(TicketEvent.ticket_id == number).order_by(TicketEvent.id)))


def notices(number: int, kind: str = "") -> list[Any]:
    db.session.rollback()
    query = select(Notice).where(Notice.ticket_id == number).order_by(Notice.id)
    return [one for one in db.session.scalars(query) if not kind or one.kind == kind]


def question(number: int) -> Any:
    return notices(number, "question")[-1]


def code(number: int, label: str) -> str:
    """Return the code under which a choice of the last question was shown."""
    asked = [event.data["asked"] for event in entries(number) if event.data.get("asked")][-1]
    return next(one["mark"] for one in asked if label in one["label"])


def test_the_desk_holds_it_by_its_clause_and_asks(people: Any, mail: Any, take: Any) -> None:
    done = take(mail(folded="-- \nThomas Escalère\n05 62 00 00 00"))
    assert (done.state, done.kind) == ("applied", "opened")
    row = ticket(done.ticket)
    assert row.holder_organisation == "academie-toulouse" and row.needs_info
    assert (row.service, row.activity, row.service_label) == (TO_SPECIFY, TO_SPECIFY, "À préciser")
    assert (row.state, row.hold_reason) == (State.ON_HOLD, "attente-demandeur")
    assert row.title == "Le vidéoprojecteur de la salle 12 reste noir"
    decision = db.session.execute(select(DecisionRow)).scalar_one()
    assert [one["ref"] for one in decision.data["view"]["citations"]] == ["I.4"]
    opened, asked = entries(done.ticket)
    assert (opened.kind, opened.author_name, asked.kind, asked.author_id) == (
        "opened",
        "Thomas Escalère",
        "question",
        None,
    )
    likeliest = asked.data["asked"][0]
    assert (likeliest["mark"], likeliest["sets"]) == ("1", {"service": "equipement-bureautique"})
    assert {one.kind: one.recipient_email for one in notices(done.ticket)} == {
        "received": "a.tech@guichet.example",
        "question": "c11.cmi@guichet.example",
    }
    view = queries.ticket(perimeter(people("c11.cmi")), people("c11.cmi"), done.ticket)
    assert view.events[0].folded.startswith("-- \nThomas") and "05 62" not in view.body_html


def test_the_question_fits_a_screen_before_the_long_list(people: Any, mail: Any, take: Any) -> None:
    """How to answer, the likeliest subjects and what is asked stand first; the other subjects follow."""
    done = take(mail())
    how, likely, activities, other, others = entries(done.ticket)[1].body.split("\n\n")
    assert "« 1 a »" in how and likely.startswith("1. Un ordinateur") and "\n" not in likely
    assert activities.startswith("a) C’est en panne") and other == "Autre sujet :" and others.startswith("2. ")
    why = db.session.execute(select(DecisionRow)).scalar_one().data["view"]["why"]
    assert why.endswith("la demande est au guichet, Académie de Toulouse (article I.4).")


def test_words_that_tell_of_no_subject_put_none_first(people: Any, mail: Any, take: Any) -> None:
    done = take(mail(subject="Bonjour", text="Bonjour, merci de me rappeler."))
    _, activities, other, others = entries(done.ticket)[1].body.split("\n\n")
    assert activities.startswith("a) C’est en panne") and other == "Sujet :" and others.startswith("1. ")


def test_the_number_and_the_letter_route_it(people: Any, mail: Any, take: Any) -> None:
    number = take(mail()).ticket
    answer = f"{code(number, 'Un ordinateur')} {code(number, 'C’est en panne')}"
    done = take(mail(text=f"Bonjour,\n{answer}\nMerci", in_reply_to=(question(number).message_id,)))
    assert (done.kind, done.ticket) == ("answer", number)
    row = ticket(number)
    assert (row.service, row.activity) == ("equipement-bureautique", "mco")
    assert row.needs_info and row.state == State.ON_HOLD  # who uses it changes who answers: that alone is asked
    asked = entries(number)[-1]
    assert asked.kind == "question" and len(notices(number, "question")) == 2
    done = take(mail(text=code(number, "CDI"), in_reply_to=(question(number).message_id,)))
    assert done.kind == "answer"
    for _ in range(4):
        if not ticket(number).needs_info:
            break
        choice = next(iter(entries(number)[-1].data["asked"]))["mark"]
        take(mail(text=choice, in_reply_to=(question(number).message_id,), message_id=f"<x{_}@y>"))
    row = ticket(number)
    assert not row.needs_info and row.state == State.NEW and row.hold_reason is None
    view = queries.ticket(perimeter(people("c11.cmi")), people("c11.cmi"), number)
    assert view.decision.status == "routed" and view.decision.citations
    told = notices(number, "specified")
    assert "c11.cmi@guichet.example" in {one.recipient_email for one in told}


def test_the_words_of_the_choices_route_it_too(people: Any, mail: Any, take: Any) -> None:
    number = take(mail()).ticket
    done = take(
        mail(
            text="La connexion à internet du collège, c’est en panne",
            in_reply_to=(question(number).message_id,),
        )
    )
    assert done.kind == "answer" and ticket(number).service == "raccordement-internet"


def test_half_an_answer_asks_for_the_other_half_only(people: Any, mail: Any, take: Any) -> None:
    number = take(mail()).ticket
    first = question(number)
    take(mail(text=code(number, "La connexion à internet"), in_reply_to=(first.message_id,)))
    assert ticket(number).service == TO_SPECIFY
    asked = entries(number)[-1]
    assert asked.kind == "question" and all(one["mark"].isalpha() for one in asked.data["asked"])
    # the letters of the first question mean nothing any more under its own mail
    assert take(mail(text="1 a", in_reply_to=(first.message_id,))).kind in ("comment", "answer")
    assert ticket(number).service == TO_SPECIFY


def test_an_answer_to_an_old_question_is_not_read_under_a_newer_one(people: Any, mail: Any, take: Any) -> None:
    number = take(mail()).ticket
    old = question(number).message_id
    take(mail(text=f"{code(number, 'Un ordinateur')} a", in_reply_to=(old,)))
    before = ticket(number)
    done = take(mail(text="3", in_reply_to=(old,)))
    after = ticket(number)
    assert done.kind in ("comment", "answer") and entries(number)[-1].kind == "comment"
    assert (after.service, after.user_category, after.decision_id) == (
        before.service,
        before.user_category,
        before.decision_id,
    )


def test_the_same_number_answers_two_questions_within_the_hour(people: Any, mail: Any, take: Any) -> None:
    number = take(mail()).ticket
    take(mail(text="1", in_reply_to=(question(number).message_id,)))
    take(mail(text="a", in_reply_to=(question(number).message_id,)))
    assert ticket(number).service == "equipement-bureautique" and ticket(number).user_category is None
    done = take(mail(text="1", in_reply_to=(question(number).message_id,)))
    assert done.kind == "answer" and ticket(number).user_category is not None
    assert take(mail(text="1", in_reply_to=(notices(number, "question")[-2].message_id,))).kind != "opened"


def test_files_that_come_with_an_answer_are_kept_once(people: Any, mail: Any, take: Any) -> None:
    from ticketing.mail.incoming.parsed import Attached

    number = take(mail()).ticket
    file = Attached(filename="photo.txt", content_type="text/plain", content=b"Une photo.\n")
    answer = f"{code(number, 'La connexion à internet')} a"
    done = take(mail(text=answer, attachments=(file,), in_reply_to=(question(number).message_id,)))
    assert done.kind == "answer" and ticket(number).service == "raccordement-internet"
    assert [one.kind for one in entries(number)].count("comment") == 1
    assert db.session.scalar(select(func.count()).select_from(Attachment)) == 1


def test_a_number_for_a_ticket_that_is_resolved_is_a_comment(people: Any, mail: Any, take: Any, now: Any) -> None:
    from ticketing.tickets import desk

    number = take(mail()).ticket
    asked = question(number).message_id
    tech = people("a.tech")
    desk.take_charge(tech, number, ticket(number).version, now)
    desk.resolve(tech, number, ticket(number).version, "Réglé par téléphone.", now)
    done = take(mail(text="1 a", in_reply_to=(asked,)))
    assert done.kind == "comment" and ticket(number).service == TO_SPECIFY
    assert [one.kind for one in entries(number)].count("comment") == 1


def test_an_answer_that_names_no_mail_is_read_while_one_question_alone_was_put(
    people: Any, mail: Any, take: Any, signed: Any
) -> None:
    done = take(mail())
    to = (signed(done.ticket, done.account),)
    answer = f"{code(done.ticket, 'Un ordinateur')} a"
    take(mail(text=answer, came_to=to, subject="RE: quelque chose"))
    assert ticket(done.ticket).service == "equipement-bureautique"
    take(mail(text="2", came_to=to, subject="RE: quelque chose"))  # two questions were put: of which is this?
    assert ticket(done.ticket).user_category is None and entries(done.ticket)[-1].kind == "comment"


def test_words_that_tell_more_are_a_comment(people: Any, mail: Any, take: Any) -> None:
    number = take(mail()).ticket
    done = take(mail(text="2 ordinateurs sont touchés.", in_reply_to=(question(number).message_id,)))
    assert done.kind == "answer"  # to the question for which it was on hold; a person reads it
    assert ticket(number).service == TO_SPECIFY and ticket(number).state == State.NEW
    assert entries(number)[-1].body == "2 ordinateurs sont touchés."


def test_the_network_manager_is_offered_what_annexe_5_gives(people: Any, mail: Any, take: Any) -> None:
    done = take(mail("c11.reseau"))
    asked = entries(done.ticket)[-1].data["asked"]
    offered = {one["sets"]["service"] for one in asked if "service" in one["sets"]}
    from ticketing.in_force import routing

    assert offered <= routing.router().conventions.opens("reseau", "desaix-tarbes")
    view = queries.ticket(perimeter(people("c11.reseau")), people("c11.reseau"), done.ticket)
    assert view.number == done.ticket


def test_who_opens_no_ticket_opens_none_by_mail(people: Any, mail: Any, take: Any) -> None:
    for sender in ("d1.agent", "a.tech", "a.admin", "c11.chef", "a.lecture"):
        done = take(mail(sender))
        assert (done.state, done.kind) == ("quarantined", "refused")
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 0
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 0


def test_of_two_etablissements_the_mail_says_which(people: Any, mail: Any, take: Any, cast: Any, now: Any) -> None:
    with writing():
        accounts.add_mandate(cast["c11.cmi"].account_id, "cmi", "victor-hugo-tarbes", now.date(), actor=None, now=now)
    assert take(mail()).reason.startswith("L’expéditeur ouvre des tickets dans plusieurs établissements")
    done = take(mail(text="C’est au collège Victor Hugo."))
    assert done.kind == "opened" and ticket(done.ticket).etablissement == "victor-hugo-tarbes"


def test_files_pass_the_same_door_and_what_is_refused_is_said(people: Any, mail: Any, take: Any) -> None:
    from ticketing.mail.incoming.parsed import Attached

    good = Attached(filename="note.txt", content_type="text/plain", content=b"Bonjour.\n")
    bad = Attached(filename="facture.exe", content_type="application/pdf", content=b"MZ")
    virus = Attached(
        filename="essai.txt",
        content_type="text/plain",
        content=b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
    )
    done = take(mail(attachments=(good, bad, virus)))
    files = {row.name: row.quarantine for row in db.session.scalars(select(Attachment))}
    assert files == {"note.txt": "", "essai.txt": "virus"}
    assert "facture.exe" in ticket(done.ticket).body and "pas accepté" in ticket(done.ticket).body


def test_a_text_longer_than_an_entry_comes_whole_as_a_file(people: Any, mail: Any, take: Any) -> None:
    from ticketing.files import receiving

    text = "Une ligne du journal d’erreurs.\n" * 2_000
    done = take(mail(text=text))
    row = ticket(done.ticket)
    assert len(row.body) <= 10_000 and "texte-complet.txt" in row.body
    kept = db.session.scalars(select(Attachment)).one()
    assert (receiving.files_folder() / kept.path).read_text("utf-8") == text


def test_a_mail_without_words_or_subject_is_kept_all_the_same(people: Any, mail: Any, take: Any) -> None:
    done = take(mail(subject="", text="", folded=""))
    assert done.kind == "opened" and ticket(done.ticket).title == "Demande par courriel"


def test_what_it_made_is_kept_in_the_same_commit(people: Any, mail: Any, take: Any, monkeypatch: Any) -> None:
    from ticketing.correspondence import entries as kept

    def broken(*_: Any) -> Any:
        raise RuntimeError

    sent = mail()
    monkeypatch.setattr(kept, "keep", broken)
    with pytest.raises(RuntimeError):
        take(sent, id=50)
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 0
    monkeypatch.undo()
    first, again = take(sent, id=50), take(sent, id=50)
    assert first == again and first.kind == "opened"
    assert db.session.scalar(select(func.count()).select_from(MailEntry)) == 1


def test_a_ticket_without_its_subject_disturbs_neither_figures_nor_replays(
    people: Any, mail: Any, take: Any, now: Any
) -> None:
    from datetime import timedelta

    from charters.days import today
    from ticketing.figures import nightly
    from ticketing.model import Filters
    from ticketing.replays import run
    from ticketing.replays.selection import ReplayPeriod, ReplayReach

    number = take(mail()).ticket
    desk = people("a.tech")
    listed = queries.queue(perimeter(desk), Filters(service=TO_SPECIFY), None, now).rows
    assert [one.number for one in listed] == [number]
    nightly.write_nightly(now + timedelta(days=1), everything=True)
    day = today(now)
    subject = run.of_folder(SHIPPED / "hautes-pyrenees-2015", day)
    reach = ReplayReach(places=("desaix-tarbes",))
    assert run.run(subject, reach, ReplayPeriod(day, day)).tickets == 0
