"""The letters about an interruption carry one event, then its cancellation under the same UID."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar

from charters.database import db
from charters.rules import unseal
from charters.tables.keys import Letter
from ticketing.interruptions import announcing, drafting
from ticketing.interruptions import letters as interruption_letters
from ticketing.mail import letters
from ticketing.oversight import reading_reports

NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)


def sent(settings: Any, to: str) -> list[Any]:
    """Return the messages in the folder that went to this address, in their order."""
    paths = sorted((settings.data_dir / "courriels").glob("lettre-*.eml"))
    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]
    return [mail for mail in mails if to in str(mail["To"])]


def test_an_interruption_enters_calendars_and_leaves_them(app_context: Any, actor_as: Any, settings: Any) -> None:
    admin = actor_as("a.admin")
    form = drafting.Form(
        title="Accès ; à Internet, <b>salle 1</b>",
        words="Enregistrez.",
        starts_on="2026-11-18",
        starts_time="09:00",
        ends_on="2026-11-18",
        ends_time="12:00",
        services=("raccordement-internet",),
    )
    number = announcing.announce(form, actor=admin, now=NOW)
    assert interruption_letters.tell(NOW + timedelta(minutes=1)) > 0
    announcing.cancel(number, actor=admin, now=NOW + timedelta(minutes=5))
    [first, *_] = db.session.query(Letter).order_by(Letter.id).all()
    assert unseal(first.message_id, first.body).decode().count("\f") == 1
    db.session.rollback()
    letters.drain(settings, NOW + timedelta(hours=1), reading_reports.as_it_leaves)
    announced, cancelled = sent(settings, "a.admin@")
    events = []
    for mail, method in ((announced, "PUBLISH"), (cancelled, "CANCEL")):
        assert mail.get_content_type() == "multipart/mixed"
        assert "BEGIN:VCALENDAR" not in mail.get_body(("plain",)).get_content()
        assert "&lt;b&gt;salle 1&lt;/b&gt;" in mail.get_body(("html",)).get_content()
        [file] = mail.iter_attachments()
        assert (file.get_content_type(), file.get_param("method")) == ("text/calendar", method)
        assert file.get_filename() == "interruption.ics" and file.get_param("charset") == "utf-8"
        calendar = Calendar.from_ical(file.get_payload(decode=True))
        assert str(calendar["METHOD"]) == method
        events.extend(calendar.walk("VEVENT"))
    before, after = events
    assert str(before["UID"]) == str(after["UID"]) and str(before["UID"]).startswith(f"interruption-{number}@")
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert before["DTSTART"].dt == datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
    assert before["DTEND"].dt == datetime(2026, 11, 18, 11, 0, tzinfo=UTC)
    assert str(before["SUMMARY"]) == "Interruption : Accès ; à Internet, <b>salle 1</b>"
    assert (str(before["STATUS"]), str(after["STATUS"])) == ("CONFIRMED", "CANCELLED")
    db.session.rollback()
    assert {body for (body,) in db.session.query(Letter.body).filter(Letter.state == "sent")} == {""}
