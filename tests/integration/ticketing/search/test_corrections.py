"""Searches with typing errors, and filters of lists, on both engines; nobody learns a word of a ticket out of sight."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from charters.permissions import perimeter
from ticketing.model import Filters
from ticketing.search import query
from ticketing.tickets import desk, queries
from ticketing.tickets.listing import correcting


@pytest.fixture
def corrected(people: Any, now: Any) -> Any:
    """Return `corrected("c11.cmi", "imprimnte")`: the numbers found and the words looked for, or None."""

    def search(sigle: str, text: str) -> tuple[list[int], list[tuple[str, ...]]] | None:
        own, filters = perimeter(people(sigle)), Filters(text=text)
        assert queries.queue(own, filters, None, now).rows == (), "there is nothing to correct"
        found = queries.corrected(own, filters, None, now)
        return ([row.number for row in found.page.rows], [near for _, near in found.words]) if found else None

    return search


def test_a_typing_error_finds_what_was_meant(people: Any, draft: Any, now: Any, corrected: Any) -> None:
    cmi = people("c11.cmi")
    first = desk.open_ticket(cmi, draft(title="Vidéoprojecteur flou", body="Il grésille aussi."), [], now)
    desk.open_ticket(cmi, draft(title="Souris perdue", body="Rien."), [], now)
    for text in ("videoprojcteur", "vidéoprojceteur flou", "fluo videoprojecteur"):
        assert corrected("c11.cmi", text)[0] == [first], text
    assert corrected("c11.cmi", "gersille")[0] == [first], "a word of the text, by the index"
    assert corrected("c11.cmi", "videoprojcteur souris") is None, "no ticket has both"
    assert corrected("c11.cmi", "desaxi vidéoprojecteur")[0] == [first], "the name of an établissement"
    assert corrected("c11.cmi", "xyzxyzxyz") is None and corrected("c11.cmi", "?!") is None


def test_security_a_correction_is_never_a_word_of_a_ticket_out_of_sight(
    people: Any, draft: Any, now: Any, upload: Any, corrected: Any
) -> None:
    """Titles, texts, names of files, notes of another side, confidential tickets: none corrects a stranger's word."""
    cmi, agent = people("c11.cmi"), people("d1.agent")
    desk.open_ticket(
        cmi, draft(title="Clavier zirconium", body="Le module quetzalcoatl."), [upload("ornithorynque.txt")], now
    )
    hidden = desk.open_ticket(cmi, draft(title="Poste pamplemousse"), [], now)
    desk.make_confidential(people("c11.chef"), hidden, 1, True, "Privé.", now)
    shared = desk.open_ticket(people("c12.cmi"), draft(title="Écran", etablissement="victor-hugo-tarbes"), [], now)
    desk.comment(agent, shared, "Interne.", visibility="internal", uploads=[upload("hippocampe.txt")], now=now)
    for typo in ("zirconum", "quetzalcoalt", "ornithorynqe"):
        assert corrected("c11.cmi", typo) is not None, typo
        assert corrected("c12.cmi", typo) is None, typo
    assert corrected("c11.chef", "pamplemouse") is not None and corrected("c11.cmi", "pamplemouse") is None
    assert corrected("c12.cmi", "hippocame") is None, "the name of a file of another side's note"
    own = perimeter(people("c12.cmi")).key
    known = correcting._indexed(own) | correcting._words_of_headings(own)
    assert not {word for word in known if word.startswith(("zircon", "quetz", "ornitho", "pample", "hippoc"))}


def test_a_correction_keeps_its_filters_and_its_pages(people: Any, draft: Any, now: Any) -> None:
    cmi = people("c11.cmi")
    for index in range(5):
        desk.open_ticket(cmi, draft(title=f"Vidéoprojecteur {index}"), [], now)
    own, filters = perimeter(cmi), Filters(text="videoprojcteur")
    first = queries.corrected(own, filters, None, now, 3)
    second = queries.corrected(own, filters, first.page.next, now, 3)
    assert [len(first.page.rows), len(second.page.rows)] == [3, 2]
    assert queries.corrected(own, Filters(text="videoprojcteur", state="closed"), None, now) is None
    forms = {form for one in first.wanted for form in one.forms}
    assert {form for one in query.query("vidéoprojecteur") for form in one.forms} <= forms


def test_filters_of_the_ticket_itself(people: Any, draft: Any, now: Any) -> None:
    cmi, agent, reseau = people("c11.cmi"), people("d1.agent"), people("c11.reseau")
    old = desk.open_ticket(cmi, draft(title="Vieux poste"), [], now - timedelta(days=40))
    held = desk.open_ticket(cmi, draft(title="Poste en attente"), [], now - timedelta(days=10))
    other = desk.open_ticket(reseau, draft(title="Poste du réseau"), [], now)
    desk.take_charge(agent, held, 1, now)
    desk.hold(agent, held, 2, "attente-piece", "Commandée.", now)
    own = perimeter(agent)

    def listed(**given: Any) -> set[int]:
        found = {row.number for row in queries.queue(own, Filters(**given), None, now).rows}
        searched = {row.number for row in queries.queue(own, Filters(text="poste", **given), None, now).rows}
        newest = {
            row.number for row in queries.queue(own, Filters(state="all", sort="newest", **given), None, now).rows
        }
        assert found == searched == newest, given
        return found

    day = timedelta(days=1)
    assert listed(since=now - 20 * day) == {held, other} and listed(until=now - 20 * day) == {old}
    assert listed(since=now - 20 * day, until=now - day) == {held}
    assert listed(waiting="attente-piece") == {held} and listed(waiting="attente-demandeur") == set()
    assert listed(opened_by=reseau.account_id) == {other}
    assert queries.in_charge(own, "soul nadia") == (agent.account_id,)
    assert queries.in_charge(own, "d1.agent") == (agent.account_id,)
    assert listed(assignees=queries.in_charge(own, "Soulérac")) == {held} and listed(assignees=()) == set()
    assert queries.in_charge(perimeter(people("c12.cmi")), "soulerac") == (), "in charge of nothing in that perimeter"


def test_security_a_search_of_many_unknown_words_is_not_compared_with_all_the_others(
    people: Any, draft: Any, now: Any, corrected: Any, monkeypatch: Any
) -> None:
    """Each word that nothing finds is compared with thousands: twelve at once cost a second of a processor."""
    cmi, compared = people("c11.cmi"), []
    number = desk.open_ticket(cmi, draft(title="Vidéoprojecteur flou", body="Il grésille aussi."), [], now)
    nearest = correcting.spelling.nearest
    monkeypatch.setattr(
        correcting.spelling, "nearest", lambda word, known: compared.append(word) or nearest(word, known)
    )
    assert corrected("c11.cmi", "videoprojcteur gersille")[0] == [number] and compared
    compared.clear()
    assert corrected("c11.cmi", " ".join(f"azerty{letter}" for letter in "bcdefghijklm")) is None
    assert compared == []


def test_security_nobody_guesses_the_sigle_of_another_organisation_letter_by_letter(
    people: Any, draft: Any, now: Any
) -> None:
    """A sigle opens a login; « agent:d1.a » told a correspondant that it begins so."""
    cmi, agent = people("c11.cmi"), people("d1.agent")
    desk.take_charge(agent, desk.open_ticket(cmi, draft(), [], now), 1, now)
    asking = perimeter(cmi)
    assert queries.in_charge(asking, "soul nadia") == (agent.account_id,)
    assert queries.in_charge(asking, "d1.agent") == queries.in_charge(asking, "d1") == ()
