"""Every notice, to each of its readers: the plain text read as one reads it aloud, the HTML part tag by tag."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from harness import french
from harness.payloads import MARKUP
from harness.places import ROOT

from charters.mail_texts import MailTexts
from ticketing.mail import outbox, rendering, wording
from ticketing.steps import NOTICES
from ticketing.tickets import rendering as pages

TEXTS = MailTexts([ROOT / "templates"])
SETTINGS: Any = SimpleNamespace(
    mail_texts=TEXTS,
    words_html=pages.render,
    base_url="https://guichet.example",
    takes_mail=lambda: True,
    close_days=10,
)
READERS = (outbox.REQUESTER, outbox.OTHER)
OPENED = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
TICKET = {
    "number": 12,
    "title": "L’imprimante de la salle 12 n’imprime plus",
    "etablissement_name": "Collège Desaix",
    "etablissement_commune": "Tarbes",
    "service_label": "Équipement bureautique",
    "activity_label": "Maintenance",
    "holder_name": "Département des Hautes-Pyrénées",
    "assignee_name": "Ana Brun",
    "opened_at": OPENED,
    "text_due_at": datetime(2026, 11, 20, 16, 0, tzinfo=UTC),
    "visit": "jeudi 19 novembre 2026",
}
CLAUSE = {
    "document": "convention",
    "ref": "II.2",
    "quote": "Le Département assure l’acquisition, la maintenance et le renouvellement des équipements.",
    "reading": "",
}
WORDS = "Avez-vous essayé avec **un autre câble** ?\n\n- oui ;\n- non.\n\n![image](https://x.example/a.png)"
#: Tags that a mail may hold, and the attributes of each besides class and style.
FRAME = {
    *("html", "head", "meta", "title", "style", "body", "div", "table"),
    *("tr", "td", "p", "h1", "b", "a", "br", "ul", "li"),
}


def mail(kind: str, reader: str, words: str = WORDS, **changes: Any) -> rendering.Written:
    row, data = stored(kind, reader, words, **changes)
    return rendering.notice(row, data, SETTINGS)


def stored(kind: str, reader: str, words: str = WORDS, **changes: Any) -> tuple[Any, dict[str, Any]]:
    reason = wording.Reason("L’article II.2 confie au Département la maintenance des postes.", (CLAUSE,))
    ticket = TICKET | changes
    happening = wording.Happening(ticket, 7, kind, words, reason, 3, False, "https://guichet.example")
    said = wording.said(happening, TEXTS)
    row = SimpleNamespace(kind=kind, ticket_id=12, reader=reader, subject=said["subject"], body="")
    return row, said["data"]


class Tags(HTMLParser):
    """The tags of a page with their attributes, its text, and what is open when it ends."""

    EMPTY = frozenset({"meta", "br", "hr", "img", "input", "link"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", NOTICES)
def test_the_plain_text_reads_well_aloud(kind: str, reader: str) -> None:
    text = mail(kind, reader).text
    for line in text.split("\n"):
        assert len(line) <= 76 or "https://" in line, line
        assert line == line.rstrip() or line.startswith("> "), repr(line)
    own = "\n".join(line for line in text.split("\n") if not line.startswith(">"))
    assert "\n\n\n" not in text and not re.search(r"[ \xa0]{2}", own)
    for paragraph in own.split("\n\n"):
        sentences = re.sub(r"(?<=\w)-le ", "-le, ", paragraph.replace("\n", " ").strip())  # « prenez-le en charge »
        assert french.faults(sentences) == []
    for piece in ("Répondre au-dessus de cette ligne", "Ce qui est attendu de vous", "Qui s’en occupe", "Pourquoi"):
        assert piece in text
    said = text.replace("\xa0", " ").replace("\n", " ")
    assert f"« {CLAUSE['quote']} » (article II.2)" in said and "Délai fixé par le texte : 20 novembre 2026" in said
    assert "https://guichet.example/tickets/12" in text and "https://guichet.example/compte/avis" in text
    assert ("vous avez ouvert ce ticket" in said) is (reader == outbox.REQUESTER)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", NOTICES)
def test_the_html_part_says_the_same_and_fetches_nothing(kind: str, reader: str) -> None:
    written = mail(kind, reader)
    tags = Tags(written.html)
    assert tags.open == []
    assert {tag for tag, _ in tags.found} <= FRAME | {"strong"}
    assert not [name for _, given in tags.found for name in given if name in ("src", "background", "srcset")]
    assert "url(" not in written.html and "@import" not in written.html
    text = re.sub(r"\s+", " ", tags.text.replace("\xa0", " "))
    row, data = stored(kind, reader)
    said = rendering.values(row, data, SETTINGS)
    for piece in (said["happened"], said["expected"], TICKET["title"], "Avez-vous essayé", data["why"]):
        assert str(piece).replace("\xa0", " ") in text
    assert f"« {CLAUSE['quote']} »" in text and "Article II.2" in text
    links = [given["href"] for tag, given in tags.found if tag == "a"]
    assert "https://guichet.example/tickets/12" in links and "https://guichet.example/compte/avis" in links
    answers = [f"https://guichet.example/tickets/12?etape={one}#etape-{one}" for one in ("confirmer", "rouvrir")]
    assert [one for one in links if one in answers] == (
        answers if kind in ("resolved", "added") and reader == outbox.REQUESTER else []
    )


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", NOTICES)
def test_no_mail_asks_for_an_answer_by_mail_twice_nor_where_nobody_reads_it(kind: str, reader: str) -> None:
    row, data = stored(kind, reader)
    deaf = SimpleNamespace(**{**vars(SETTINGS), "takes_mail": lambda: False})
    for part in ("text", "html"):
        answered, unread = (_read(getattr(rendering.notice(row, data, given), part)) for given in (SETTINGS, deaf))
        asks = re.findall(r"[Rr]épond(?:re|ez) à ce courriel", answered)
        assert len(asks) == (0 if kind == "added" and reader == outbox.REQUESTER else 1)
        assert "« confirmer »" not in unread.replace("\xa0", " ")
        assert "Répondre au-dessus" not in unread and "Ne répondez pas à ce courriel" in unread
        assert not re.search(r"Répondez à ce courriel|répondre (?:« confirmer » )?à ce courriel", unread)


def _read(part: str) -> str:
    """Return what a person reads of a part: without the summary that lists of mails show before it is opened."""
    return re.sub(r"\s+", " ", re.sub(r"(?s)^<!doctype.*?<table", "", part.strip()).replace("\xa0", " "))


def test_a_mail_names_its_ticket_and_what_it_is_about_once() -> None:
    text = mail("answered", outbox.OTHER).text
    assert "Ticket n°\xa012\xa0: L’imprimante" in text and "Équipement bureautique · Maintenance" in text
    row, data = stored("question", outbox.REQUESTER, service_label="À préciser", activity_label="À préciser")
    for part in (rendering.notice(row, data, SETTINGS).text, rendering.notice(row, data, SETTINGS).html):
        assert "Sujet à préciser" in part and "À préciser" not in part


@pytest.mark.parametrize("kind", NOTICES)
def test_a_subject_says_what_happened(kind: str) -> None:
    subject = stored(kind, outbox.OTHER)[0].subject
    label, _, title = subject.partition(" : ")
    assert label and title == TICKET["title"] and french.faults(subject) == []


def test_subjects_of_the_kinds_differ() -> None:
    labels = {kind: stored(kind, outbox.OTHER)[0].subject.partition(" : ")[0] for kind in NOTICES}
    assert labels["question"] == "Question" and labels["resolved"] == "Résolu" and labels["opened"] == "Ouvert"
    assert labels["taken"] == "Pris en charge"
    assert labels["handed_on"] == "Transmis au Département des Hautes-Pyrénées"
    assert len(set(labels.values())) == len(NOTICES) - 1  # two ways to decide again


def test_nothing_is_promised_where_no_text_sets_a_delay_and_no_clause_is_made_up() -> None:
    row, data = stored("opened", outbox.OTHER, text_due_at=None, assignee_name=None)
    written = rendering.notice(row, data | {"clause": {}}, SETTINGS)
    for part in (written.text, written.html):
        assert "Délai" not in part and "«" not in part.replace("« titre »", "") and "l’a en charge" not in part


@pytest.mark.parametrize("payload", MARKUP)
def test_what_people_type_adds_no_tag_and_no_attribute(payload: str) -> None:
    typed = {"title": payload, "assignee_name": payload, "holder_name": payload, "service_label": payload}
    written = mail("answered", outbox.REQUESTER, words=payload, **typed)
    tags = Tags(written.html)
    plain = Tags(mail("answered", outbox.REQUESTER, words="x").html)
    added = [one for one in tags.found if one not in plain.found]
    assert {tag for tag, _ in added} <= pages.TAGS
    assert not [given for _, given in added if set(given) - {"href", "rel"}]
    hrefs = [given["href"] or "" for _, given in added if "href" in given]
    assert all(href.startswith(("http://", "https://", "mailto:")) for href in hrefs)


def test_a_mail_whose_words_are_gone_says_so_in_both_parts() -> None:
    row, _ = stored("answered", outbox.REQUESTER)
    written = rendering.notice(row, None, SETTINGS)
    assert written.text == "Le texte de ce message a été masqué.\n"
    assert "a été masqué" in written.html and "câble" not in written.html


def test_a_mail_older_than_what_is_stored_is_sent_as_it_was_written() -> None:
    row, _ = stored("answered", outbox.REQUESTER)
    row.body = "Un commentaire.\n\n> <b>Mot</b>\n"
    written = rendering.notice(row, None, SETTINGS)
    assert written.text == row.body and "&gt; &lt;b&gt;Mot&lt;/b&gt;" in written.html


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "tests/cases/mail").glob("letter-*.txt")))
def test_every_letter_has_an_html_part_that_says_the_same(name: str) -> None:
    recorded = (ROOT / "tests/cases/mail" / f"{name}.txt").read_bytes().decode("utf-8")
    head, _, body = recorded.partition("\n\n")
    written = rendering.letter(head.removeprefix("Objet : "), body, SETTINGS)
    tags = Tags(written.html)
    assert tags.open == [] and {tag for tag, _ in tags.found} <= FRAME
    bare = re.sub(r"[-\s\xa0]+", "", body)
    assert bare == re.sub(r"Ouvrirlapage|Oucopiezcetteadresse:", "", re.sub(r"[-\s\xa0]+", "", _told(tags, head)))
    for line in written.text.split("\n"):
        assert len(line) <= 76 or "https://" in line or "http://" in line or "--print" in line, line


def _told(tags: Tags, head: str) -> str:
    """The text of the page between its heading and its foot."""
    subject = head.removeprefix("Objet : [Guichet] ")
    return tags.text.rpartition("Guichet :")[0].partition(subject)[2].partition(subject)[2]
