"""Test articles: begun from a solution without names, read by their audience alone, found, rated, read again."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import select, update

from charters.database import db, writing
from charters.tables.access import JournalLine
from ticketing.articles import finding, forgetting, reviews
from ticketing.articles.tables import Article, ArticleOpinion, ArticleScope, ArticleVersion, ArticleWord
from ticketing.model import Draft, Facts
from ticketing.tables import Ticket, TicketEvent
from ticketing.tickets import desk

BEFORE = datetime.now(UTC) - timedelta(hours=2)
NEXT = (date.today() + timedelta(days=300)).isoformat()
AGREEMENT = "accord:hautes-pyrenees-2015"
C11, C12, D1 = "side:desaix-tarbes", "side:victor-hugo-tarbes", "side:departement-hautes-pyrenees"


def fields(title: str = "Imprimante bloquée", audience: str = AGREEMENT, **more: str) -> dict[str, Any]:
    typed = {"title": title, "words": "1. Éteindre\n2. Rallumer le tiroir", "audience": audience}
    return typed | {"review_on": NEXT, "services": "equipement-bureautique", "etape": "publier"} | more


@pytest.fixture
def written(client_as: Callable[[str], Any]) -> Callable[..., int]:
    """Return `written(sigle, **fields)`: publish an article and give its id."""

    def make(sigle: str, **more: str) -> int:
        done = post(client_as(sigle), "/articles/nouveau", fields(**more))
        assert done.status_code == 303, re.findall(r"field-message.*", done.text)
        return int(done.headers["Location"].split("/")[2].split("#")[0])

    return make


def opened(app: Any, actor_as: Any, **more: str) -> int:
    """Open a ticket of C11 that the département holds, and return its number."""
    with app.app_context():
        draft = Draft(
            title="Imprimante de M. Zébulon en panne",
            body="Elle ne répond plus.",
            etablissement="desaix-tarbes",
            service="equipement-bureautique",
            activity="mco",
            facts=Facts(user_category="professeurs"),
            **more,
        )
        return desk.open_ticket(actor_as("c11.cmi"), draft, [], BEFORE)


def resolved(app: Any, actor_as: Any, solution: str) -> int:
    """Open a ticket of C11 for somebody in a room, resolve it by the département, and return its number."""
    number = opened(app, actor_as, on_behalf_of="Paul Zébulon", room="B204 bis")
    with app.app_context():
        desk.take_charge(actor_as("d1.agent"), number, 1, BEFORE)
        version = db.session.scalar(select(Ticket.version).where(Ticket.number == number))
        desk.resolve(actor_as("d1.agent"), number, version or 0, solution, BEFORE)
        return number


def rows(app: Any, table: Any) -> list[Any]:
    with app.app_context():
        return list(db.session.execute(select(table.__table__)).all())


def status(client: Any, address: str) -> int:
    return int(client.get(address).status_code)


def test_an_article_is_begun_from_a_solution_in_one_click_without_names_and_nothing_is_published(
    app: Any, client_as: Any, actor_as: Any
) -> None:
    number = resolved(app, actor_as, "J’ai changé le bac de Paul Zébulon en B204 bis. Nadia Soulérac")
    agent = client_as("d1.agent")
    assert f'href="/articles/nouveau?ticket={number}"' in agent.get(f"/tickets/{number}").text
    form = agent.get(f"/articles/nouveau?ticket={number}").text
    words = re.search(r'name="words".*?>\n(.*?)</textarea>', form, re.S)
    assert words is not None and words[1] == "J’ai changé le bac de […] en […]. […]"
    assert "Zébulon" not in form and "B204" not in form and "Relisez avant de publier" in form
    assert rows(app, Article) == []
    done = post(agent, "/articles/nouveau", fields(etape="garder", source=str(number), audience=D1))
    assert done.status_code == 303
    (kept,) = rows(app, Article)
    assert (kept.state, kept.source, kept.side) == ("draft", number, "departement-hautes-pyrenees")
    assert status(client_as("a.tech"), f"/articles/nouveau?ticket={number}") == 404, "who does not see the ticket"


def test_security_the_source_of_an_article_is_not_told_to_who_does_not_see_the_ticket(
    app: Any, client_as: Any, actor_as: Any, written: Any
) -> None:
    number = resolved(app, actor_as, "Câble changé.")
    article = written("d1.agent", source=str(number))
    assert f'href="/tickets/{number}"' in client_as("d1.ref").get(f"/articles/{article}").text
    for sigle in ("c11.cmi", "c12.cmi", "a.tech"):  # the first sees the ticket, and is not of the side
        assert f"/tickets/{number}" not in client_as(sigle).get(f"/articles/{article}").text, sigle
    stolen = post(client_as("c12.cmi"), "/articles/nouveau", fields(audience=C12, source=str(number)))
    assert stolen.status_code == 404 and len(rows(app, Article)) == 1


#: Who of the cast reads what an author writes for an audience; the author's own writers read it too.
READERS = (
    ("d1.agent", D1, {"d1.ref"}),
    ("a.tech", C12, {"a.admin", "c12.cmi"}),
    ("a.tech", "academie:academie-toulouse", {"a.admin", "d1.ref", "c11.cmi", "c11.reseau", "c12.cmi", "c21.cmi"}),
    ("d1.ref", AGREEMENT, {"a.admin", "d1.ref", "c11.cmi", "c11.reseau", "c12.cmi"}),
    ("c11.cmi", C11, {"c11.cmi", "c11.reseau"}),
)


def test_security_an_article_is_read_by_its_audience_alone(client_as: Any, written: Any) -> None:
    made = [
        (written(author, audience=audience, title=f"Zébulon{rank}ade"), f"Zébulon{rank}ade", readers)
        for rank, (author, audience, readers) in enumerate(READERS)
    ]
    for sigle in ("a.admin", "d1.ref", "c11.cmi", "c11.reseau", "c12.cmi", "c21.cmi"):
        client = client_as(sigle)
        lists = [client.get(one).text for one in ("/articles", "/articles?sujet=equipement-bureautique")]
        for article, title, readers in made:
            seen = sigle in readers
            assert status(client, f"/articles/{article}") == (200 if seen else 404), (sigle, title)
            assert [title in one for one in lists] == [seen, seen], (sigle, title)
            assert (title in client.get(f"/articles?q={title}").text.replace(f'value="{title}"', "")) is seen
            rated = post(client, f"/articles/{article}/avis", {"utile": "oui"})
            assert rated.status_code == (303 if seen else 404), (sigle, title)
    reader = client_as("a.lecture")
    assert status(reader, "/articles") == status(reader, f"/articles/{made[2][0]}") == 404
    assert post(reader, f"/articles/{made[2][0]}/avis", {"utile": "oui"}).status_code == 404


def test_a_draft_and_a_withdrawn_article_are_served_to_their_side_s_writers_alone(
    app: Any, client_as: Any, written: Any
) -> None:
    draft = written("c11.cmi", audience=C11, etape="garder", title="Zébulonade")
    chef, network, foreign = client_as("c11.chef"), client_as("c11.reseau"), client_as("c12.cmi")
    assert [status(one, f"/articles/{draft}") for one in (chef, network, foreign)] == [200, 404, 404]
    assert post(chef, f"/articles/{draft}/avis", {"utile": "oui"}).status_code == 409
    assert post(network, f"/articles/{draft}/modifier", fields(audience=C11)).status_code == 404
    assert post(foreign, f"/articles/{draft}/retirer", {}).status_code == 404
    assert post(chef, f"/articles/{draft}/modifier", fields(audience=C11, version="1")).status_code == 303
    assert status(network, f"/articles/{draft}") == 200
    assert post(chef, f"/articles/{draft}/retirer", {}).status_code == 303
    assert status(network, f"/articles/{draft}") == 404 and "Zébulonade" not in network.get("/articles?q=bloquee").text
    assert post(chef, f"/articles/{draft}/retirer", {}).status_code == 409
    assert len(rows(app, ArticleScope)) == 1
    with app.app_context():
        events = db.session.scalars(
            select(JournalLine.event).where(JournalLine.event.like("article.%")).order_by(JournalLine.number)
        )
        assert list(events) == ["article.saved", "article.published", "article.withdrawn"]


def test_what_was_typed_is_kept_with_each_fault_and_nobody_writes_for_another_side(client_as: Any, app: Any) -> None:
    client = client_as("c11.cmi")
    wrong = fields(title="x", words="", audience=AGREEMENT, review_on="hier", services="rien", activities="rien")
    refused = post(client, "/articles/nouveau", wrong)
    assert refused.status_code == 422
    for name in ("title", "words", "audience", "review_on", "services", "activities"):
        assert f'id="f-{name}-error"' in refused.text, name
    assert 'value="hier"' in refused.text and rows(app, Article) == []
    pupil = post(client, "/articles/nouveau", fields(audience=C11, words="Élève 123456789AB, né le 3 mars 2012"))
    assert pupil.status_code == 422 and "un numéro INE et une date de naissance" in pupil.text
    late = (date.today() + timedelta(days=3000)).isoformat()
    assert post(client, "/articles/nouveau", fields(audience=C11, review_on=late)).status_code == 422


def test_versions_are_kept_and_nobody_overwrites_what_they_did_not_see(app: Any, client_as: Any, written: Any) -> None:
    article = written("d1.agent")
    agent = client_as("d1.agent")
    assert post(agent, f"/articles/{article}/modifier", fields(words="Autre texte", version="1")).status_code == 303
    stale = post(client_as("d1.ref"), f"/articles/{article}/modifier", fields(words="Le mien", version="1"))
    assert stale.status_code == 422 and "entre-temps" in stale.text and "Le mien" in stale.text
    assert [row.words for row in rows(app, ArticleVersion)] == [fields()["words"], "Autre texte"]
    assert "tiroir" in agent.get(f"/articles/{article}").text, "the earlier version, for its side"
    assert "tiroir" not in client_as("c11.cmi").get(f"/articles/{article}").text
    found = {sigle: client_as(sigle).get("/articles?q=tiroir").text for sigle in ("d1.agent", "c11.cmi")}
    assert all("Imprimante bloquée" not in text for text in found.values()), "only present words are found"
    assert post(agent, f"/articles/{article}/modifier", fields(words="Autre texte", version="2")).status_code == 303
    assert len(rows(app, ArticleVersion)) == 2, "the same words make no version"


def test_search_knows_accents_stems_and_synonyms(client_as: Any, written: Any) -> None:
    written("d1.agent", title="Vidéoprojecteurs éteints", words="Choisir l’entrée, puis changer le mdp.")
    client = client_as("c11.cmi")
    for text in ("videoprojecteur", "éteint", "entree", "mot de passe", "le vidéo-projecteur"):
        shown = re.sub("</?mark>", "", client.get("/articles", query_string={"q": text}).text)
        assert "Vidéoprojecteurs éteints" in shown, text
    empty = client.get("/articles?q=zebulon").text
    assert "Vidéoprojecteurs éteints" not in empty and "Voir tous les articles" in empty


def test_a_search_with_a_typing_error_finds_by_words_that_the_reader_reads_and_marks_them(
    client_as: Any, written: Any
) -> None:
    written("d1.agent", title="Imprimante muette", words="Rallumer **le tiroir** du dessous.")
    written("c12.cmi", audience=C12, title="Zébulonade", words="Le zygomatique.")
    client = client_as("c11.cmi")
    page = client.get("/articles?q=imprimente").text
    assert "Rien pour « imprimente » : voici ce qui correspond à « imprimante »." in page.replace("\xa0", " ")
    assert "<mark>Imprimante</mark> muette" in page
    inside = client.get("/articles?q=tirroir").text
    assert "Rallumer le <mark>tiroir</mark> du dessous." in inside
    for asked in ("zebolonade", "zygomatiqe"):
        foreign = client.get(f"/articles?q={asked}").text
        assert "voici ce qui correspond" not in foreign and "ébulonade" not in foreign, asked
        assert "voici ce qui correspond" in client_as("c12.cmi").get(f"/articles?q={asked}").text, asked


def test_an_empty_search_of_articles_says_how_to_widen_it(client_as: Any, written: Any) -> None:
    written("d1.agent")
    page = client_as("c11.cmi").get("/articles?q=imprimante+zygomatique&sujet=telephonie-fixe").text
    assert 'href="/articles?q=imprimante+zygomatique"' in page, "in all subjects"
    assert "Chercher « zygomatique » seul" in page.replace("\xa0", " ") and 'href="/tickets?q=imprimante' in page


def test_articles_are_read_a_page_at_a_time_each_once(client_as: Any, written: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(finding, "PAGE", 3)
    made = [written("d1.agent", title=f"Zébulon numéro {rank}") for rank in range(7)]
    hidden = written("c12.cmi", audience=C12, title="Zébulonade")
    client = client_as("c11.cmi")
    post(client, f"/articles/{made[2]}/avis", {"utile": "oui"})
    post(client, f"/articles/{made[5]}/avis", {"utile": "non"})
    seen: list[int] = []
    address = "/articles?q=zebulon"
    for rank in range(3):
        page = client.get(address).text
        seen += [int(number) for number in re.findall(r'class="row-title" href="/articles/(\d+)"', page)]
        onward = re.search(r'rel="next" href="([^"]+)"', page)
        assert (onward is None) is (rank == 2) and ("Première page" in page) is (rank > 0)
        address = html.unescape(onward[1]) if onward else address
    assert sorted(seen) == made and seen[0] == made[2] and seen[-1] == made[5], "the most useful first"
    assert client.get(f"/articles?apres={hidden}").text.count('class="row-title"') == 3, "out of sight: the first page"


def test_one_click_says_useful_or_not_once_a_person(app: Any, client_as: Any, cast: Any, written: Any) -> None:
    article = written("d1.agent")
    client, other = client_as("c11.cmi"), client_as("c12.cmi")
    assert post(client, f"/articles/{article}/avis", {"utile": "peut-être"}).status_code == 422
    for said in ("oui", "oui", "non"):
        assert post(client, f"/articles/{article}/avis", {"utile": said}).status_code == 303
    assert post(other, f"/articles/{article}/avis", {"utile": "oui"}).status_code == 303
    (row,) = rows(app, Article)
    assert (row.useful, row.useless) == (1, 1)
    assert "Utile à 1 sur 2" in client.get(f"/articles/{article}").text
    with app.app_context():
        said = select(JournalLine.details).where(JournalLine.event == "article.rated").order_by(JournalLine.number)
        told = [json.loads(one)["useful"] for one in db.session.scalars(said)]
        assert told == [True, False, True], "the same answer again is no act"
        with writing() as session:
            forgetting.forget_person(session, cast["c11.cmi"].account_id)
    assert len(rows(app, ArticleOpinion)) == 1 and rows(app, Article)[0].useful == 1, "the counts stay"


def test_an_article_whose_day_has_passed_is_on_the_home_of_its_side(
    app: Any, client_as: Any, actor_as: Any, written: Any
) -> None:
    resolved(app, actor_as, "Câble changé.")
    article = written("c11.cmi", audience=C11, title="Zébulonade")
    foreign = written("d1.agent", title="Autre")
    agent, chef = client_as("d1.agent"), client_as("c11.chef")
    assert "Articles à relire" not in chef.get("/").text and agent.get("/").status_code == 303
    with app.app_context(), writing() as session:
        session.execute(update(Article).values(review_on=date(2026, 1, 5)))
        reviews.forget()
    home = chef.get("/").text
    assert "Zébulonade" in home and "Autre" not in home
    assert home.index("Articles à relire") > home.index("Résolus"), "what waits for an answer comes first"
    assert "Articles à relire" in agent.get("/").text, "a technician comes to it before the queue"
    assert "Articles à relire" not in client_as("c11.reseau").get("/").text
    assert "À relire depuis" in chef.get(f"/articles/{article}").text
    assert post(chef, f"/articles/{foreign}/relu", {}).status_code == 404
    assert post(chef, f"/articles/{article}/relu", {}).status_code == 303
    assert "Articles à relire" not in chef.get("/").text
    assert rows(app, Article)[0].review_on > date.today()


def test_an_article_withdrawn_long_ago_goes_whole_and_a_source_goes_with_its_ticket(
    app: Any, client_as: Any, actor_as: Any, written: Any
) -> None:
    number = resolved(app, actor_as, "Câble changé.")
    gone, kept = written("d1.agent"), written("d1.agent", source=str(number))
    post(client_as("c11.cmi"), f"/articles/{gone}/avis", {"utile": "oui"})
    post(client_as("d1.agent"), f"/articles/{gone}/retirer", {})
    now = datetime.now(UTC)
    with app.app_context(), writing() as session:
        assert forgetting.forget_old(session, now - timedelta(days=1), 10) == 0
        assert forgetting.forget_old(session, now + timedelta(days=1), 10) == 1
        forgetting.forget_source(session, number)
    assert [(row.id, row.source) for row in rows(app, Article)] == [(kept, None)]
    for table in (ArticleOpinion, ArticleScope, ArticleVersion, ArticleWord):
        assert {row.article_id for row in rows(app, table)} <= {kept}


def test_the_calendar_of_the_purge_tells_of_an_article_withdrawn_long_ago(
    app: Any, client_as: Any, written: Any
) -> None:
    """The page named no articles among what goes this night."""
    gone = written("d1.agent")
    post(client_as("d1.agent"), f"/articles/{gone}/retirer", {})
    with app.app_context(), writing() as session:
        session.execute(update(Article).values(withdrawn_at=datetime.now(UTC) - timedelta(days=1500)))
    assert "articles retirés, 1" in " ".join(client_as("a.admin").get("/administration/donnees").text.split())


def test_a_ticket_without_a_written_solution_makes_no_article(app: Any, client_as: Any, actor_as: Any) -> None:
    number = resolved(app, actor_as, "Fait.")
    with app.app_context(), writing() as session:
        session.execute(update(Ticket).where(Ticket.number == number).values(pseudonymised_at=BEFORE))
    assert client_as("d1.agent").get(f"/articles/nouveau?ticket={number}").status_code == 409
    for wrong in ("x", "0", "9" * 15, "-1"):
        assert status(client_as("d1.agent"), f"/articles/nouveau?ticket={wrong}") == 404


def test_security_nothing_of_a_confidential_ticket_goes_into_a_draft(
    app: Any, client_as: Any, actor_as: Any, cast: Any
) -> None:
    """A draft is read by all who write for the side: the correspondant read the words of what the chef had hidden."""
    number = resolved(app, actor_as, "Vider la file du zébulon.")
    with app.app_context():
        version = db.session.scalar(select(Ticket.version).where(Ticket.number == number))
        desk.make_confidential(actor_as("c11.chef"), number, version or 0, True, "Privé.", BEFORE)
    chef = client_as("c11.chef")
    assert "articles/nouveau" not in chef.get(f"/tickets/{number}").text
    refused = chef.get(f"/articles/nouveau?ticket={number}")
    assert refused.status_code == 409 and "file du" not in refused.text
    sent = post(chef, "/articles/nouveau", fields(audience=C11, source=str(number), etape="garder"))
    assert sent.status_code == 422 and "confidentiel" in sent.text and rows(app, Article) == []


def test_an_article_goes_into_an_answer_in_one_click_if_the_requester_reads_it(
    app: Any, client_as: Any, actor_as: Any, written: Any
) -> None:
    number = opened(app, actor_as)
    wide = written("d1.ref", title="Rallumer [sans] attendre", words="Rallumer **tout**.")
    narrow = written("d1.agent", title="Notre stock", words="Au sous-sol.", audience=D1)
    agent, address = client_as("d1.agent"), f"/tickets/{number}/articles"
    assert f'formaction="{address}"' in agent.get(f"/tickets/{number}").text
    assert "formaction" not in client_as("c11.cmi").get(f"/tickets/{number}").text
    typed = {"commenter-texte": "Bonjour <b>,", "commenter-visibilite": "public"}
    offered = post(agent, address, typed).text
    assert f'value="texte {wide}"' in offered and "Bonjour &lt;b&gt;," in offered
    assert f'value="texte {narrow}"' not in offered
    assert offered.count("Pas lu par") == 1, "said of what the requester does not read"
    found = post(agent, address, typed | {"chercher": "rallumer"}).text
    assert f'value="texte {wide}"' in found and "Notre stock" not in found
    for step, words in (
        (f"texte {wide}", "Bonjour &lt;b&gt;,\n\nRallumer **tout**."),
        (
            f"lien {wide}",
            f"Bonjour &lt;b&gt;,\n\n[Rallumer \\[sans\\] attendre](http://localhost:8000/articles/{wide})",
        ),
        ("revenir", "Bonjour &lt;b&gt;,"),
    ):
        back = re.search(
            r'name="commenter-texte".*?>\n(.*?)</textarea>', post(agent, address, typed | {"etape": step}).text, re.S
        )
        assert back is not None and re.sub(r"https?://[^/]+/", "http://localhost:8000/", back[1]) == words
    refused = post(agent, address, typed | {"etape": f"texte {narrow}"})
    assert refused.status_code == 403
    for wrong in ("texte 9999", "lien x", "texte " + "9" * 30):
        assert post(agent, address, typed | {"etape": wrong}).status_code == 404
    with app.app_context():
        assert "Rallumer" not in str(db.session.execute(select(TicketEvent.body)).all()), "nothing was written"
    assert post(client_as("c12.cmi"), address, typed).status_code == 404
