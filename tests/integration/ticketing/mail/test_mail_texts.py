"""Every mail that Guichet writes equals its recorded text in tests/cases/mail/, which a person can read.

To change a mail on purpose, change its template and its recorded text together.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import current_app
from harness.apps import build_app
from harness.places import ROOT
from jinja2 import TemplateSyntaxError
from sqlalchemy import select, update

from charters import letters
from charters.campaign import campaigns, rounds
from charters.database import db, writing
from charters.entry import renewal
from charters.journal import retention
from charters.keys import alerts, returns
from charters.mail_texts import MailTexts, mail_texts
from charters.people import accounts
from charters.rules import unseal
from charters.tables.access import Account, MandateRow, OtpKey
from charters.tables.campaign import Campaign
from charters.tables.keys import Letter
from ticketing.in_force import routing
from ticketing.interruptions import announcing, drafting
from ticketing.interruptions import letters as interruption_letters
from ticketing.mail import outbox, rendering, wording
from ticketing.model import Draft, Facts
from ticketing.oversight import consultation, reading_reports
from ticketing.steps import NOTICES
from ticketing.tickets import desk
from ticketing.tickets import rendering as pages
from ticketing.tickets.contesting import telling

TEXTS = MailTexts([ROOT / "templates"])
CASES = ROOT / "tests" / "cases" / "mail"
NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)  # a Tuesday, at 10 h in Paris
#: What people type must come out as typed: never computed as a template, never escaped as HTML.
TYPED = "{{ 7 * 7 }} {% endblock %} {# note #} <b>&amp;</b> « l’écran »"

TICKET = {
    "visit": "mardi 8 juin 2026",
    "number": 388,
    "title": f"Écran noir {TYPED}",
    "etablissement": "desaix-tarbes",
    "etablissement_name": "Collège Desaix",
    "etablissement_commune": "Tarbes",
    "service_label": "Équipement bureautique",
    "activity_label": "Maintenance",
    "holder_name": "Département des Hautes-Pyrénées",
    "assignee_name": "",
    "due_at": None,
    "opened_at": NOW,
    "body": "",
}
CITED = {"document": "convention", "ref": "II.2", "quote": "Le Département tient les postes.", "reading": None}
KINDS = (
    "opened",
    "received",
    "specified",
    "taken",
    "assigned",
    "answered",
    "question",
    "handed_on",
    "contested",
    "refereed",
    "ruled",
    "unsettled",
    "decision",
    "rerouted",
    "released",
    "resolved",
    "added",
    "reopened",
    "closed",
    "amended",
    "adjusted",
    "withdrawn",
    "duplicate",
    "restored",
    "attached",
    "visit",
    "visit_off",
    "reminded",
    "unanswered",
    "alerted",
    "mentioned",
    "noted",
    "received",
    "specified",
    "added",
)


def matches(name: str, text: str) -> None:
    """Compare `text` with the recorded one of that name."""
    path = CASES / f"{name}.txt"
    assert text == path.read_bytes().decode("utf-8")


def happening(kind: str, **changes: Any) -> wording.Happening:
    values: dict[str, Any] = {
        "ticket": TICKET,
        "event_id": 7,
        "kind": kind,
        "words": "",
        "reason": wording.Reason("Article II.2 : le Département tient les postes.", (CITED,)),
        "author_id": 3,
        "by_holder": False,
        "base_url": "https://guichet.example",
    }
    return wording.Happening(**(values | changes))


SETTINGS: Any = SimpleNamespace(
    mail_texts=TEXTS,
    words_html=pages.render,
    base_url="https://guichet.example",
    takes_mail=lambda: True,
    close_days=10,
)


def written(happened: wording.Happening, reader: str) -> rendering.Written:
    """Return the two parts of the mail that an event's notice is, for this reader."""
    said = wording.said(happened, TEXTS)
    row = SimpleNamespace(kind=happened.kind, ticket_id=388, subject=said["subject"], reader=reader, body="")
    return rendering.notice(row, said["data"], SETTINGS)


def noticed(happened: wording.Happening) -> str:
    subject = wording.said(happened, TEXTS)["subject"]
    requester, other = (written(happened, reader).text for reader in (outbox.REQUESTER, outbox.OTHER))
    return f"Objet : {subject}\n\n--- au demandeur ---\n{requester}\n--- aux autres ---\n{other}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_notice_comes_out_as_recorded(kind: str) -> None:
    matches(f"notice-{kind}", noticed(happening(kind)))


def test_a_notice_with_words_and_a_person_in_charge_comes_out_as_recorded() -> None:
    words = f"Première ligne.\r\n  {TYPED}\nDernière ligne"
    ticket = TICKET | {"assignee_name": f"Ana {TYPED}"}
    matches("notice-with-words", noticed(happening("answered", words=words, ticket=ticket)))
    spaced = written(happening("answered", words="Un.\n\nDeux."), outbox.OTHER)
    assert "> Un.\n> \n> Deux.\n\nCe qui est attendu de vous" in spaced.text
    long = wording.said(happening("answered", ticket=TICKET | {"title": "x" * 300}), TEXTS)
    assert len(long["subject"]) == 250


def test_a_notice_says_what_is_promised_and_still_to_be_kept() -> None:
    one = {"name": "Département des Hautes-Pyrénées", "resolve_by": "2026-06-03T09:00:00+00:00"}
    asked, held = (
        one | {"asked": True, "answer_by": "2026-06-02T12:00:00+00:00"},
        one | {"asked": False, "answer_by": ""},
    )
    happened = happening("taken", ticket=TICKET | {"promised": [asked, held]})
    told = " ".join(written(happened, outbox.REQUESTER).text.replace("\u00a0", " ").split())
    first = (
        "Engagement du Département des Hautes-Pyrénées : première réponse avant le 2 juin 2026 à 14 h 00, résolution"
    )
    assert first in told
    assert told.count("Engagement") == 1
    assert written(happened, outbox.OTHER).text.count("Engagement") == 2
    assert "première réponse avant le" in written(happened, outbox.REQUESTER).html
    assert "Engagement" not in written(happening("taken"), outbox.OTHER).text


def _draft(**changes: Any) -> Draft:
    values: dict[str, Any] = {
        "title": "Le poste du CDI ne démarre plus",
        "body": "Écran noir.",
        "etablissement": "desaix-tarbes",
        "service": "equipement-bureautique",
        "activity": "mco",
        "facts": Facts(user_category="cdi", acquired_by="departement"),
    }
    return Draft(**(values | changes))


# --- letters ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def mails(app_context: Any, cast: Any) -> Any:
    """Return `mails("c11.cmi")`: the letters written to that person since; links and numbers of keys are masked."""
    with writing() as session:
        session.execute(update(MandateRow).values(starts_on=date(2026, 1, 5)))
        session.execute(
            update(Account).where(Account.id == cast["c11.cmi"].account_id).values(first_name=f"Ana {TYPED}")
        )

    def read(sigle: str) -> list[str]:
        rows = db.session.execute(
            select(Letter.message_id, Letter.subject, Letter.body)
            .where(Letter.account_id == cast[sigle].account_id)
            .order_by(Letter.id)
        ).all()
        db.session.rollback()
        said = [(row.subject, unseal(row.message_id, row.body).decode().partition("\f")[0]) for row in rows]
        return [_veiled(f"Objet : {subject}\n\n{body}") for subject, body in said]

    return read


def _veiled(text: str) -> str:
    text = re.sub(r"/(code-pin|mot-de-passe)/[\w-]{20,}", r"/\1/LIEN", text)
    text = re.sub(r"n° [\w-]+(?=,)", "n° CLÉ", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "EMPREINTE", text)
    return re.sub(r"(numéro|la ligne|--since) \d+", r"\1 N", text)


@pytest.mark.parametrize(
    "kind", ["code-used-again", "locked", "cloned", "pin-changed", "password-changed", "identity-bound"]
)
def test_a_letter_about_access_comes_out_as_recorded(mails: Any, cast: Any, kind: str) -> None:
    with writing() as session:
        letters.write(session.get_one(Account, cast["c11.cmi"].account_id), kind, now=NOW)
    [text] = mails("c11.cmi")
    matches(f"letter-{kind}", text)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("email-confirm", {"token": "LIEN", "days": 7}),
        ("email-asked", {}),
        ("email-changed", {}),
        ("correction-refused", {"words": f"Ce n’est pas votre fonction. {TYPED}"}),
    ],
)
def test_a_letter_about_a_correction_comes_out_as_recorded(
    mails: Any, cast: Any, kind: str, values: dict[str, Any]
) -> None:
    with writing() as session:
        letters.write(session.get_one(Account, cast["c11.cmi"].account_id), kind, now=NOW, values=values)
    [text] = mails("c11.cmi")
    matches(f"letter-{kind}", text)


@pytest.mark.parametrize("way", ["pin", "fido", "password", "none"])
def test_a_letter_of_a_forgotten_pin_comes_out_as_recorded(
    mails: Any, cast: Any, settings: Any, monkeypatch: Any, way: str
) -> None:
    person = cast["a.tech" if way == "password" else "c11.cmi"]
    with writing() as session:
        mine = OtpKey.account_id == person.account_id
        session.execute(update(Account).where(Account.id == person.account_id).values(external=way == "none"))
        if way == "fido":
            session.execute(update(OtpKey).where(mine).values(seed=None))
        elif way in ("password", "none"):
            session.execute(update(OtpKey).where(mine).values(state="returned"))
    intranet = settings.model_copy(update={"intranet": ("10.0.0.0/8",)})
    monkeypatch.setitem(current_app.config, "GUICHET", intranet)
    renewal.ask_reset(person.sigle, zone="internet", now=NOW)
    assert renewal.answer_resets(NOW) == 1
    [text] = mails(person.sigle)
    matches(f"letter-reset-{way}", text)


def test_the_letters_of_the_campaign_come_out_as_recorded(mails: Any) -> None:
    opened = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
    rounds.run([("academie-toulouse", ["desaix-tarbes"])], opened)
    campaign = db.session.scalar(select(Campaign))
    assert campaign is not None
    term, year = campaign.term_on, campaign.year
    db.session.rollback()
    with writing():
        campaigns.write_to_chefs(["desaix-tarbes"], year, term, term + timedelta(days=30), first=False, now=opened)
    for day in range(1, 32):
        rounds.run([("academie-toulouse", ["desaix-tarbes"])], opened + timedelta(days=day))
    asked = mails("c11.chef")
    matches("letter-campaign-opened", asked[0])
    matches("letter-campaign-reminder", asked[1])
    [unconfirmed] = mails("c11.cmi")
    matches("letter-campaign-term", unconfirmed)


def test_the_letter_of_keys_to_return_comes_out_as_recorded(mails: Any, cast: Any) -> None:
    accounts.end_account(cast["d1.agent"].account_id, date(2026, 11, 10), actor=None, now=NOW)
    with writing() as session:
        session.execute(
            update(Account).where(Account.id == cast["d1.agent"].account_id).values(first_name=f"Ana {TYPED}")
        )
        session.execute(update(OtpKey).where(OtpKey.account_id == cast["d1.agent"].account_id).values(hardware=True))
    assert returns.remind(NOW) > 0
    [text] = [text for text in mails("d1.ref") if "Clés d’accès" in text]
    matches("letter-keys-to-return", text)


def test_the_letter_of_locked_keys_comes_out_as_recorded(mails: Any, cast: Any) -> None:
    people = [person.account_id for sigle, person in sorted(cast.items()) if sigle.startswith(("c", "d"))]
    with writing() as session:
        mine = OtpKey.account_id.in_(people)
        session.execute(update(OtpKey).where(mine).values(locked_at=NOW, serial="G-2345-6789"))
        session.execute(update(OtpKey).where(OtpKey.account_id == cast["d1.ref"].account_id).values(cloned_at=NOW))
        done = {"password_locked_at": NOW}
        session.execute(update(Account).where(Account.id == cast["a.tech"].account_id).values(**done))
    assert alerts.tell(lambda academie: None, NOW) == 1
    [text] = mails("a.admin")
    matches("letter-keys-locked", text)


def test_the_letters_of_what_waits_for_somebody_else_come_out_as_recorded(mails: Any, cast: Any) -> None:
    with writing() as session:
        person = session.get_one(Account, cast["d1.ref"].account_id)
        values = {"number": 4, "for_name": "Département des Hautes-Pyrénées"}
        letters.write(person, "approval-awaited", now=NOW, values=values)
        things = ["Collège Desaix : la campagne d’octobre (répondez)", TYPED]
        letters.write(person, "nobody-answers", now=NOW, values={"things": things})
    for kind, text in zip(("approval-awaited", "nobody-answers"), mails("d1.ref"), strict=True):
        matches(f"letter-{kind}", text)


def test_the_letter_on_a_contest_that_nobody_settled_comes_out_as_recorded(mails: Any, cast: Any) -> None:
    pending: Any = SimpleNamespace(
        academie="academie-toulouse",
        convention="hautes-pyrenees-2015",
        service="equipement-bureautique",
        activity="mco",
        clause="preambule-debit",
        from_party="college",
        to_party="departement",
    )
    with writing():
        assert telling.unsettled(pending, NOW) == 1
    [text] = mails("a.admin")
    assert "Desaix" not in text
    matches("letter-contest-unsettled", text)


def test_a_contest_says_until_when_and_whom_the_referents_named() -> None:
    told = happening("contested", ticket=TICKET | {"rule_by": "24 novembre 2026"})
    assert "jusqu’au 24 novembre 2026" in " ".join(written(told, outbox.OTHER).text.split())
    assert "24 novembre" not in written(told, outbox.REQUESTER).text
    named = TICKET | {"said_name": "Département des Hautes-Pyrénées"}
    text = " ".join(written(happening("ruled", ticket=named), outbox.OTHER).text.split())
    assert "le service revient au Département des Hautes-Pyrénées." in text


def test_the_letter_on_an_obligation_comes_out_as_recorded(mails: Any, cast: Any) -> None:
    values = {
        "title": f"Liste des correspondants {TYPED}",
        "agreement": "Convention entre l'Académie de Toulouse et le Département des Hautes-Pyrénées (2015)",
        "due": "31 octobre 2026",
        "quotes": [("article II.2", "annuellement (en octobre) la liste"), ("article I.4", "au plus tard 6 mois")],
        "year": 2026,
    }
    with writing() as session:
        letters.write(session.get_one(Account, cast["d1.ref"].account_id), "obligation", now=NOW, values=values)
    [text] = mails("d1.ref")
    matches("letter-obligation", text)


def test_the_letter_on_a_preset_that_stopped_comes_out_as_recorded(mails: Any, cast: Any) -> None:
    with writing() as session:
        letters.write(session.get_one(Account, cast["c11.cmi"].account_id), "preset-stopped", now=NOW)
    [text] = mails("c11.cmi")
    matches("letter-preset-stopped", text)


def test_the_letter_of_the_journals_end_comes_out_as_recorded(mails: Any) -> None:
    assert retention.tell_head(NOW) > 0
    [text] = mails("a.admin")
    matches("letter-journal-head", text)


@pytest.mark.parametrize("kind", ["mail-alarm", "mail-recovered"])
@pytest.mark.parametrize("box", ["support", ""])
def test_the_letters_on_boxes_come_out_as_recorded(mails: Any, cast: Any, kind: str, box: str) -> None:
    error = "le serveur refuse le nom ou le mot de passe" if box else "des courriels reçus attendent d’être traités"
    with writing() as session:
        person = session.get_one(Account, cast["a.admin"].account_id)
        letters.write(person, kind, now=NOW, values={"box": box, "error": error, "since": NOW})
    [text] = mails("a.admin")
    matches(f"letter-{kind}{'' if box else '-waiting'}", text)


def _interruption(**changes: Any) -> drafting.Form:
    values: dict[str, Any] = {
        "title": f"Accès {TYPED}",
        "words": f"Enregistrez.\n\n{TYPED}",
        "starts_on": "2026-11-18",
        "starts_time": "09:00",
        "ends_on": "2026-11-18",
        "ends_time": "12:00",
        "services": ("raccordement-internet", "equipement-bureautique"),
    }
    return drafting.Form(**(values | changes))


def test_the_letters_of_interruptions_come_out_as_recorded(mails: Any, actor_as: Any, settings: Any) -> None:
    admin = actor_as("a.admin")
    first = announcing.announce(_interruption(), actor=admin, now=NOW)
    assert interruption_letters.tell(NOW) > 0
    announcing.cancel(first, actor=admin, now=NOW)
    running = _interruption(services=(), party="departement", words="")
    announcing.report(running, actor=admin, data_dir=settings.data_dir, now=NOW)
    announcing.announce(_interruption(whole=True, services=(), words=""), actor=admin, now=NOW)
    assert interruption_letters.tell(NOW) > 0
    every = tuple(routing.router().conventions.services)
    announcing.announce(_interruption(services=every), actor=admin, now=NOW)
    assert interruption_letters.tell(NOW) > 0
    announced, cancelled, running, whole, many = mails("a.admin")
    matches("letter-interruption-announced", announced)
    matches("letter-interruption-cancelled", cancelled)
    matches("letter-interruption-running", running)
    matches("letter-interruption-whole", whole)
    matches("letter-interruption-many", many)


def test_the_weekly_reports_come_out_as_recorded(mails: Any, cast: Any, actor_as: Any) -> None:
    admin, cmi = actor_as("a.admin"), actor_as("c11.cmi")
    for reason in ("reglage", "recherche", "recherche"):
        number = desk.open_ticket(cmi, _draft(), [], NOW)
        consultation.ask(admin, str(number), reason, "Essai", NOW)
        assert consultation.consult(admin, number, "la page", NOW)
    reading_reports.report(NOW + timedelta(days=7))
    reading_reports.report(NOW + timedelta(days=14))
    matches("letter-readings", mails("d1.ref")[0])
    matches("letter-readings-none", mails("d1.ref")[1])
    later = NOW + timedelta(days=14)
    consultation.ask(admin, str(number), "statistiques", "Essai", later)
    assert consultation.consult(admin, number, "la page", later)
    reading_reports.report(NOW + timedelta(days=21))
    matches("letter-readings-single", mails("d1.ref")[2])


def test_a_theme_changes_the_words_of_a_mail(settings: Any, tmp_path: Any) -> None:
    letters_of_theme = tmp_path / "templates" / "mail" / "letters"
    letters_of_theme.mkdir(parents=True)
    (letters_of_theme / "locked.txt").write_text(
        '{% extends "mail/letter.txt" %}\n{% block subject %}Accès fermé{% endblock %}\n'
        "{% block body %}\nAppelez le 3e étage, {{ person.first_name }}.\n{% endblock %}\n"
    )
    with build_app(settings.model_copy(update={"theme_dir": tmp_path})).app_context():
        values = {"person": Account(first_name="Ana", last_name="Brun"), "base_url": "https://guichet.example"}
        assert mail_texts().subject("letters/locked", values) == "[Guichet] Accès fermé"
        assert mail_texts().body("letters/locked", values) == (
            "Bonjour Ana Brun,\n\nAppelez le 3e étage, Ana.\n\nCe message est automatique.\n"
        )
        assert "code PIN" in mail_texts().body("letters/pin-changed", values)  # the theme replaces only the other text


def test_a_mail_that_a_theme_breaks_stops_the_start_and_no_ticket(settings: Any, tmp_path: Any) -> None:
    notices_of_theme = tmp_path / "templates" / "mail" / "notices"
    notices_of_theme.mkdir(parents=True)
    (notices_of_theme / "opened.txt").write_text('{% extends "mail/notice.txt" %}\n{% block happened %}Ouvert.\n')
    with pytest.raises(TemplateSyntaxError) as fault:
        build_app(settings.model_copy(update={"theme_dir": tmp_path}))
    assert fault.value.name == "mail/notices/opened.txt"


def test_a_theme_changes_the_html_of_one_notice_or_of_all_mails(settings: Any, tmp_path: Any) -> None:
    mails_of_theme = tmp_path / "templates" / "mail"
    (mails_of_theme / "notices").mkdir(parents=True)
    (mails_of_theme / "notices" / "closed.html").write_text("<p>{{ happened }} {{ ticket.title }}</p>")
    shipped = (ROOT / "templates" / "mail" / "layout.html").read_text("utf-8")
    (mails_of_theme / "layout.html").write_text(shipped.replace("#17566b", "#123456"), "utf-8")
    with build_app(settings.model_copy(update={"theme_dir": tmp_path})).app_context():
        own: Any = SimpleNamespace(
            mail_texts=mail_texts(),
            words_html=pages.render,
            base_url="https://guichet.example",
            takes_mail=lambda: True,
            close_days=10,
        )
        said = wording.said(happening("closed"), mail_texts())
        row = SimpleNamespace(kind="closed", ticket_id=388, subject="x", reader=outbox.OTHER, body="")
        html = rendering.notice(row, said["data"], own).html
        assert html.startswith("<p>Le ticket est clos. Écran noir {{ 7 * 7 }}") and "&lt;b&gt;" in html
        row.kind = "resolved"
        assert "#123456" in rendering.notice(row, said["data"], own).html


def test_an_html_part_that_a_theme_breaks_stops_the_start(settings: Any, tmp_path: Any) -> None:
    mails_of_theme = tmp_path / "templates" / "mail"
    mails_of_theme.mkdir(parents=True)
    (mails_of_theme / "notice.html").write_text("{% block content %}")
    with pytest.raises(TemplateSyntaxError) as fault:
        build_app(settings.model_copy(update={"theme_dir": tmp_path}))
    assert fault.value.name == "mail/notice.html"


def test_every_kind_of_notice_has_its_template_and_every_template_its_mail() -> None:
    folder = ROOT / "templates" / "mail"
    assert {path.stem for path in (folder / "notices").glob("*.txt")} == set(NOTICES) == set(KINDS)
    code = "".join(
        path.read_text("utf-8") for room in ("charters", "ticketing") for path in (ROOT / room).rglob("*.py")
    )
    unread = {path.stem for path in (folder / "letters").glob("*.txt") if f'"{path.stem}"' not in code}
    assert unread == set()
