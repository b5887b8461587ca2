"""Test the administration: the journal, the reading of a ticket with a reason, the facts recorded on agreements."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import func, select, update

from charters.database import db, reading, writing
from charters.journal import audit
from charters.people import accounts
from charters.tables.access import JournalLine
from ticketing.articles import writing as articles
from ticketing.in_force import routing
from ticketing.model import Draft, Facts
from ticketing.oversight import consultation
from ticketing.oversight.tables import ConsultationGrant
from ticketing.tables import RecordedFact
from ticketing.tickets import desk

PAGES = (
    "/administration",
    "/administration/journal",
    "/administration/consultation",
    "/administration/accords",
)
OTHERS = ("a.tech", "a.lecture", "d1.ref", "d1.agent", "d2.agent", "c11.chef", "c11.cmi", "c11.reseau")
CANARY, NOTE = "canari-sujet-7f3a", "canari-note-9b1c"


def token(client: Any) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/compte").get_data(as_text=True))
    assert found
    return found[1]


def send(client: Any, address: str, **fields: str) -> Any:
    return client.post(address, data={"csrf_token": token(client), **fields})


@pytest.fixture
def ticket(app: Any, actor_as: Callable[[str], Any]) -> int:
    """Return a ticket of Victor Hugo that the département holds, with an internal note of the collège."""
    now = datetime.now(UTC)
    with app.app_context():
        number = desk.open_ticket(
            actor_as("c12.cmi"),
            Draft(
                title=CANARY,
                body="Les postes de la salle 12 ne démarrent plus.",
                etablissement="victor-hugo-tarbes",
                service="equipement-bureautique",
                activity="mco",
                facts=Facts(user_category="professeurs", acquired_by="departement"),
            ),
            [],
            now,
        )
        desk.comment(actor_as("c12.cmi"), number, NOTE, "internal", [], now)
    return number


def lines(app: Any, event: str) -> list[Any]:
    with app.app_context(), reading() as session:
        columns = JournalLine.__table__.c
        return list(session.execute(select(*columns).where(columns.event == event).order_by(columns.number)))


# --- the pages of administration ---------------------------------------------------------------------------------


@pytest.mark.parametrize("sigle", OTHERS)
def test_the_rooms_are_the_administrator_s_alone(client_as: Callable[[str], Any], sigle: str) -> None:
    client = client_as(sigle)
    for address in PAGES:
        assert client.get(address).status_code == 404, address
    for address in (
        "/administration/journal/verifier",
        "/administration/journal/export",
        "/administration/consultation",
        "/administration/accords",
        "/administration/accords/1/retirer",
    ):
        assert send(client, address).status_code == 404, address


def test_the_administrator_enters_them(client_as: Callable[[str], Any]) -> None:
    client = client_as("a.admin")
    for address in PAGES:
        html = client.get(address).get_data(as_text=True)
        assert html.count("<h1>") == 1 and "style=" not in html


# --- the journal -------------------------------------------------------------------------------------------------


@pytest.fixture
def busy_journal(app: Any, cast: Any) -> None:
    now = datetime.now(UTC)
    with app.app_context():
        for number in range(130):
            with writing():
                audit.record(
                    "login.refused" if number % 2 else "login.accepted",
                    sigle="d1.ref" if number % 5 else "c12.cmi",
                    subject=f"essai {number}",
                    details={"reason": "<b>faux</b>"},
                    now=now,
                )


def walk(client: Any, address: str, rel: str) -> list[int]:
    found: list[int] = []
    while address:
        html = client.get(address).get_data(as_text=True)
        found += [int(number) for number in re.findall(r'data-label="Ligne">(\d+)<', html)]
        link = re.search(rf'rel="{rel}" href="([^"]+)"', html)
        address = link[1].replace("&amp;", "&") if link else ""
    return found


def test_security_an_administrator_reads_no_line_of_another_academie_s_people(
    app: Any, cast: Any, client_as: Callable[[str], Any]
) -> None:
    now, client = datetime.now(UTC), client_as("a.admin")
    with app.app_context():
        accounts.create_account(
            accounts.AccountForm(
                "p.ailleurs",
                "Ailleurs",
                "Paule",
                "Département",
                "p@guichet.example",
                "Agent",
                "departement-deux-sevres",
                True,
            ),
            actor=None,
            now=now,
        )
        for sigle in ("p.ailleurs", "d1.agent", "personne.ici"):
            with writing():
                audit.record("login.refused", sigle=sigle, subject=f"essai de {sigle}", now=now)
    for asked in ("", "?evenement=login.refused", "?sujet=essai"):
        html = client.get(f"/administration/journal{asked}").get_data(as_text=True)
        assert "essai de d1.agent" in html and "essai de personne.ici" in html and "p.ailleurs" not in html
    sent = post(client, "/administration/journal/export", {"format": "jsonl"}).get_data(as_text=True)
    assert "essai de d1.agent" in sent and "essai de p.ailleurs" not in sent


def test_its_pages_hold_every_line_once_newest_first(
    app: Any, client_as: Callable[[str], Any], busy_journal: None
) -> None:
    client = client_as("a.admin")
    with app.app_context(), reading() as session:
        last = session.scalar(select(func.max(JournalLine.number)))
    assert walk(client, "/administration/journal", "next") == list(range(last, 0, -1))


def test_it_turns_back_to_the_same_pages(client_as: Callable[[str], Any], busy_journal: None) -> None:
    client = client_as("a.admin")
    first = client.get("/administration/journal").get_data(as_text=True)
    second_address = re.search(r'rel="next" href="([^"]+)"', first)
    assert second_address
    second = client.get(second_address[1]).get_data(as_text=True)
    back = re.search(r'rel="prev" href="([^"]+)"', second)
    assert back
    again = client.get(back[1]).get_data(as_text=True)
    numbers = re.compile(r'data-label="Ligne">(\d+)<')
    assert numbers.findall(again) == numbers.findall(first)
    assert 'rel="prev"' not in first and 'rel="prev"' not in again


def test_it_filters_by_event_and_by_sigle(client_as: Callable[[str], Any], busy_journal: None) -> None:
    client = client_as("a.admin")
    query = {"evenement": "login.refused", "sigle": " C12.CMI "}
    html = client.get("/administration/journal", query_string=query).get_data(as_text=True)
    assert len(re.findall(r'data-label="Ligne"', html)) == 13
    assert set(re.findall(r'data-label="Qui">([\w.]+)', html)) == {"c12.cmi"}
    assert "&lt;b&gt;faux" in html and "<b>faux" not in html
    assert "Aucune ligne" in client.get("/administration/journal?sigle=personne").get_data(as_text=True)


@pytest.mark.parametrize("bad", ["-1", "x", "9" * 40, "1e3", "'", "٣"])
def test_a_place_that_is_none_is_the_beginning_or_the_end(client_as: Callable[[str], Any], bad: str) -> None:
    client = client_as("a.admin")
    for name in ("avant", "apres"):
        assert client.get("/administration/journal", query_string={name: bad}).status_code == 200


def test_it_says_that_the_chain_holds_and_where_it_breaks(
    app: Any, client_as: Callable[[str], Any], busy_journal: None
) -> None:
    client = client_as("a.admin")
    assert "Le journal est intact" in send(client, "/administration/journal/verifier").get_data(as_text=True)
    with app.app_context(), writing() as session:
        session.execute(update(JournalLine).where(JournalLine.number == 7).values(subject="falsifié"))
    html = send(client, "/administration/journal/verifier").get_data(as_text=True)
    assert "Le journal a été altéré" in html and "À la ligne 7" in html


def test_it_is_searched_and_exported_and_the_export_leaves_a_line(
    app: Any, client_as: Callable[[str], Any], busy_journal: None
) -> None:
    client = client_as("a.admin")
    query = {"sujet": "essai 7", "mots": "FAUX", "zone": "", "du": "2020-01-01", "au": "2099-01-01"}
    html = client.get("/administration/journal", query_string=query).get_data(as_text=True)
    assert len(re.findall(r'data-label="Ligne"', html)) == 11  # lines 7 and 70 to 79
    assert 'name="mots" value="FAUX"' in html, "the export has the filters of the page"
    answer = send(client, "/administration/journal/export", format="csv", **query)
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    assert len(answer.get_data(as_text=True).splitlines()) == 12
    assert len(lines(app, "journal.exported")) == 1
    asked = {"format": "jsonl", "sujet": "essai 12"}
    text = send(client, "/administration/journal/export", **asked).get_data(as_text=True)
    assert text.count("\n") == 11 and '"hash"' in text
    bad = client.get("/administration/journal?du=hier")
    assert bad.status_code == 422 and "Donnez un jour" in bad.get_data(as_text=True)
    assert send(client, "/administration/journal/export", format="csv", du="hier").status_code == 422
    assert send(client, "/administration/journal/export", format="exe").status_code == 404
    assert len(lines(app, "journal.exported")) == 2


# --- reading with a reason ---------------------------------------------------------------------------------------


def test_without_a_reason_the_ticket_does_not_exist(client_as: Callable[[str], Any], ticket: int) -> None:
    assert client_as("a.admin").get(f"/tickets/{ticket}").status_code == 404


@pytest.mark.parametrize("reason", list(consultation.REASONS))
def test_each_reason_opens_it_and_every_reading_is_journalled(
    app: Any, client_as: Callable[[str], Any], ticket: int, reason: str
) -> None:
    client = client_as("a.admin")
    answer = send(client, "/administration/consultation", number=str(ticket), reason=reason, words="Essai")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/tickets/{ticket}")
    for count in (1, 2):
        html = client.get(f"/tickets/{ticket}").get_data(as_text=True)
        assert CANARY in html and NOTE in html
        assert len(lines(app, "ticket.read_with_reason")) == count
    line = lines(app, "ticket.read_with_reason")[-1]
    assert (line.sigle, line.subject) == ("a.admin", f"ticket {ticket}")
    assert consultation.REASONS[reason] in line.details.encode().decode("unicode_escape")
    assert len(lines(app, "ticket.consultation")) == 1


def test_it_may_be_read_and_nothing_else(app: Any, client_as: Callable[[str], Any], ticket: int) -> None:
    client = client_as("a.admin")
    send(client, "/administration/consultation", number=str(ticket), reason="reglage", words="")
    html = client.get(f"/tickets/{ticket}").get_data(as_text=True)
    assert "Lecture motivée" in html
    assert not re.findall(rf'action="/tickets/{ticket}/', html)
    from ticketing.web.tickets.steps import STEPS

    for slug in STEPS:
        fields = {"version": "1", "texte": "Essai", "raison": "autre", "partie": "academie"}
        assert send(client, f"/tickets/{ticket}/{slug}", **fields).status_code in (403, 404), slug
    assert CANARY not in client.get("/tickets?etat=tous").get_data(as_text=True)
    assert f'/tickets/{ticket}"' not in client.get(f"/tickets?q={CANARY}").get_data(as_text=True)


def test_the_right_is_personal_bears_on_one_ticket_and_ends(
    app: Any, client_as: Callable[[str], Any], actor_as: Callable[[str], Any], ticket: int
) -> None:
    now = datetime.now(UTC)
    with app.app_context():
        other = desk.open_ticket(
            actor_as("c11.cmi"),
            Draft(
                title="Autre",
                body="Autre chose.",
                etablissement="desaix-tarbes",
                service="equipement-bureautique",
                activity="mco",
                facts=Facts(user_category="professeurs", acquired_by="departement"),
            ),
            [],
            now,
        )
    client = client_as("a.admin")
    send(client, "/administration/consultation", number=str(ticket), reason="recherche", words="")
    assert client.get(f"/tickets/{other}").status_code == 404
    assert client_as("d2.agent").get(f"/tickets/{ticket}").status_code == 404
    assert client_as("a.tech").get(f"/tickets/{ticket}").status_code == 404
    with app.app_context(), writing() as session:
        session.execute(update(ConsultationGrant).values(expires_at=now - timedelta(seconds=1)))
    assert client.get(f"/tickets/{ticket}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"number": "", "reason": "reglage"}, "Donnez le numéro du ticket"),
        ({"number": "douze", "reason": "reglage"}, "Donnez le numéro du ticket"),
        ({"number": "９", "reason": "reglage"}, "Donnez le numéro du ticket"),
        ({"number": "9" * 30, "reason": "reglage"}, "Donnez le numéro du ticket"),
        ({"number": "999999999999", "reason": "reglage"}, "Aucun ticket de votre académie"),
        ({"number": "0", "reason": "reglage"}, "Aucun ticket de votre académie"),
        ({"number": "1"}, "Choisissez l’un des quatre motifs"),
        ({"number": "1", "reason": "curiosite"}, "Choisissez l’un des quatre motifs"),
        ({"number": "1", "reason": "reglage", "words": "x" * 301}, "Cette précision dépasse"),
        ({}, "Donnez le numéro du ticket"),
    ],
)
def test_bad_input_is_told_at_its_field(
    app: Any, client_as: Callable[[str], Any], ticket: int, fields: dict[str, str], sentence: str
) -> None:
    answer = send(client_as("a.admin"), "/administration/consultation", **fields)
    assert answer.status_code == 422
    html = answer.get_data(as_text=True)
    assert sentence in html
    assert fields.get("words", "") in html
    assert lines(app, "ticket.consultation") == []


def test_a_ticket_of_another_academie_answers_as_none(app: Any, client_as: Callable[[str], Any], ticket: int) -> None:
    from ticketing.tables import Ticket

    with app.app_context(), writing() as session:
        session.execute(update(Ticket).where(Ticket.number == ticket).values(academie="academie-rennes"))
    client = client_as("a.admin")
    answer = send(client, "/administration/consultation", number=str(ticket), reason="reglage", words="")
    assert "Aucun ticket de votre académie" in answer.get_data(as_text=True)
    assert client.get(f"/tickets/{ticket}").status_code == 404


# --- agreements --------------------------------------------------------------------------------------------------


def test_the_agreements_of_the_academie_are_shown(client_as: Callable[[str], Any]) -> None:
    html = client_as("a.admin").get("/administration/accords").get_data(as_text=True)
    assert "Hautes-Pyrénées" in html and "En vigueur" in html and "Aucun. Le texte s’applique" in html


def test_a_recorded_fact_routes_and_is_shown_with_who_and_when(app: Any, client_as: Callable[[str], Any]) -> None:
    client = client_as("a.admin")
    answer = send(
        client,
        "/administration/accords",
        convention="hautes-pyrenees-2015",
        fact="replaced:magret",
        on="2026-09-01",
        words="Délibération 12",
    )
    assert answer.status_code == 303
    html = client.get("/administration/accords").get_data(as_text=True)
    assert "Délibération 12" in html and "1er\u00a0septembre 2026" in html and "Hélène Vidalon" in html
    with app.app_context():
        routing.forget()
        assert [fact.subject for fact in desk.router().recorded] == ["magret"]
        number = db.session.scalar(select(RecordedFact.id))
    assert send(client, f"/administration/accords/{number}/retirer").status_code == 303
    assert "Retiré le" in client.get("/administration/accords").get_data(as_text=True)
    with app.app_context():
        routing.forget()
        assert desk.router().recorded == ()
    assert send(client, "/administration/accords/9999/retirer").status_code == 404


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Cet accord n’est pas de votre académie."),
        ({"convention": "inconnue"}, "Cet accord n’est pas de votre académie."),
        ({"convention": "hautes-pyrenees-2015"}, "Choisissez ce qui s’est passé."),
        (
            {"convention": "hautes-pyrenees-2015", "fact": "replaced:x", "on": "2026-09-01"},
            "Choisissez ce qui s’est passé.",
        ),
        ({"convention": "hautes-pyrenees-2015", "fact": "end:"}, "Donnez le jour"),
        ({"convention": "hautes-pyrenees-2015", "fact": "end:", "on": "2026-02-30"}, "Donnez le jour"),
        ({"convention": "hautes-pyrenees-2015", "fact": "end:", "on": "bientôt"}, "Donnez le jour"),
        ({"convention": "hautes-pyrenees-2015", "fact": "end:", "on": "2010-01-01"}, "antérieur à l’entrée en vigueur"),
        (
            {"convention": "hautes-pyrenees-2015", "fact": "end:", "on": "2026-09-01", "words": "y" * 301},
            "Cette précision dépasse",
        ),
    ],
)
def test_a_fact_that_is_none_is_refused_in_words(
    app: Any, client_as: Callable[[str], Any], fields: dict[str, str], sentence: str
) -> None:
    answer = send(client_as("a.admin"), "/administration/accords", **fields)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(RecordedFact)) == 0


def test_a_line_of_the_journal_leads_to_what_it_is_about(app: Any, client_as: Callable[[str], Any], cast: Any) -> None:
    account = cast["c11.cmi"].account_id
    with app.app_context(), writing():
        for subject in ("ticket 12", f"compte {account}", "ticket de personne", "12"):
            audit.record("login.accepted", sigle="c11.cmi", subject=subject, now=datetime.now(UTC))
    page = client_as("a.admin").get("/administration/journal").get_data(as_text=True)
    assert '<a href="/tickets/12">ticket 12</a>' in page
    assert f'<a href="/administration/comptes/{account}">compte {account}</a>' in page
    assert "<a" not in re.search(r'data-label="Sur quoi">([^"]*?)ticket de personne', page)[1]  # type: ignore[index]


def test_each_kind_of_line_leads_to_a_page_that_its_reader_may_open(
    app: Any, client_as: Callable[[str], Any], actor_as: Callable[[str], Any]
) -> None:
    review = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
    words = {"title": "Imprimante bloquée", "words": "Rallumer.", "services": (), "activities": (), "review_on": review}
    with app.app_context():
        own, foreign = (
            articles.save(
                actor_as(sigle),
                None,
                articles.ArticleForm(audience=audience, **words),
                datetime.now(UTC),
                publish=True,
            )
            for sigle, audience in (("d1.ref", "accord:hautes-pyrenees-2015"), ("c12.cmi", "side:victor-hugo-tarbes"))
        )
        with writing():
            for event, subject in (
                ("account.changed", "c11.cmi"),
                ("access.refused", "/tickets/12/fichiers/x"),
                ("matrix.recorded", "accord hautes-pyrenees-2015"),
                ("charter.signed", "usage 1"),
                ("interruption.announced", "interruption 3"),
                ("campaign.opened", "octobre 2026"),
                ("hours.set", "departement-hautes-pyrenees"),
            ):
                audit.record(event, sigle="x", subject=subject, now=datetime.now(UTC))
    client = client_as("a.admin")
    page = client.get("/administration/journal").get_data(as_text=True)
    led = dict(re.findall(r'data-label="Sur quoi"><a href="([^"]+)">([^<]+)</a>', page))
    told = {subject: address for address, subject in led.items()}
    assert told["c11.cmi"] == "/administration/comptes?q=c11.cmi"
    assert told["/tickets/12/fichiers/x"] == "/tickets/12"
    assert told["accord hautes-pyrenees-2015"] == "/administration/accords/hautes-pyrenees-2015"
    assert f"article {own}" in told and f"article {foreign}" not in told, "no link to what the reader may not open"
    assert "departement-hautes-pyrenees" not in told
    for subject in ("c11.cmi", "usage 1", "interruption 3", "octobre 2026", f"article {own}"):
        assert client.get(told[subject].replace("&amp;", "&")).status_code == 200, subject
