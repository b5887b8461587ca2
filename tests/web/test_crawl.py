"""Test everything that each person of the cast can reach: right statuses, no foreign canary, no dead link, no 500."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import parse_qsl, urlsplit

import pytest
from harness.http import csrf
from harness.world import OUTSIDE, ROLES, UNSIGNED, canaries, expanded, fingerprints, leaks, words

from ticketing.demo.people import PEOPLE
from ticketing.web import guards
from ticketing.web.tickets import steps

_LINK = re.compile(r'(?:href|src|action)="(/[^"#]*)')


class Known:
    """The links that a crawl has followed, so that it follows those alone that say something new.

    New is an address, a set of parameters at an address, or a value of a parameter there. Without that, two thirds of a
    crawl would be the same list of tickets under each pair of a state and an order.
    """

    def __init__(self):
        self._links, self._said, self._branches = {"/"}, set(), Counter()

    def is_news(self, link):
        path, _, query = link.partition("?")
        given = parse_qsl(query, keep_blank_values=True)
        said = {(path, frozenset(name for name, _ in given)), *((path, name, value) for name, value in given)}
        # The grid alone has hundreds of similar links; each question has a file, and files are counted by account.
        branch, most = (path, 5) if re.search(r"/(question|liste)\.", link) else (link.split("/")[1], 160)
        if link in self._links or said <= self._said or self._branches[branch] >= most:
            return False
        self._branches[branch] += 1
        self._links.add(link)
        self._said |= said
        return True


def test_the_reference_data_hold_a_canary_in_every_field(reference):
    made, _ = reference
    assert {canary["field"] for canary in made["canaries"]} == {
        "subject",
        "body",
        "requester",
        "tag",
        "asset",
        "room",
        "file name",
        "file content",
        "comment",
        "mail's history",
        "note",
        "label",
        "note's file name",
        "note's file content",
        "hand-on",
    }
    values = [canary["value"] for canary in made["canaries"]]
    assert len(set(values)) == len(values) and {len(value) for value in values} == {12}


@pytest.mark.parametrize("sigle", ROLES)
def test_every_address_with_every_id_answers_as_it_must(world, sigle):
    client, foreign, wrong = world.client(sigle), world.foreign(sigle), []
    tickets = world.numbers(sigle)
    for rule, address in world.addresses():
        response = client.get(address)
        guard = guards.guard_of(world.app, rule.endpoint)
        status, place = response.status_code, response.headers.get("Location", "")
        if guard == "public":
            fine = status in (200, 302, 303, 404)
        elif sigle in OUTSIDE:
            fine = status == 303 and urlsplit(place).path == "/connexion"
        elif sigle in UNSIGNED and guard != "entering":
            fine = status == 303 and place == "/chartes"
        elif rule.endpoint == "tickets.show":
            fine = status == (200 if int(address.rsplit("/", 1)[1]) in tickets else 404)
        elif rule.endpoint in ("tickets.file", "tickets.vignette"):
            fine = status == 404 or (status == 200 and int(address.split("/")[2]) in tickets)
        elif rule.endpoint == "articles.show":
            read = {one["id"] for one in world.made["articles"] if sigle in one["readers"]}
            fine = status == (200 if int(address.rsplit("/", 1)[1]) in read else 404)
        elif rule.endpoint == "saved_questions.show":
            read = {one["id"] for one in world.made["questions"] if sigle in one["readers"]}
            fine = status == (200 if int(address.rsplit("/", 1)[1]) in read else 404)
        elif isinstance(guard, str):
            fine = status in (200, 302, 303, 404)
        else:
            from charters.permissions import MAY

            role = next(person.role for person in PEOPLE if person.sigle == sigle)
            fine = status in (200, 302, 303, 404) if guard in MAY[role] else status == 404
        found = leaks(words(response), foreign)
        if not fine or found or status >= 500:
            wrong.append((address, status, place, found))
        response.close()
    assert not wrong


@pytest.mark.parametrize("sigle", ROLES)
def test_following_every_link_leads_somewhere_and_shows_no_one_else_s_canary(world, sigle):
    client, foreign = world.client(sigle), world.foreign(sigle)
    waiting, known, said, wrong = ["/"], Known(), set(), []
    while waiting:
        address = waiting.pop()
        response = client.get(address)
        text = words(response)
        said |= canaries(text)
        if response.status_code not in (200, 302, 303) or leaks(text, foreign):
            wrong.append((address, response.status_code, leaks(text, foreign)))
        place = response.headers.get("Location")
        followed = [place] if place else []
        if response.mimetype == "text/html":
            actions = set(re.findall(r'action="(/[^"#]*)"', text))
            followed += [link for link in _LINK.findall(text) if link not in actions or "?" in link]
        waiting += [link for link in followed if known.is_news(link)]
        response.close()
    assert not wrong
    missing = {canary["field"] for value, canary in world.own(sigle).items() if value not in said}
    assert not missing, "the crawl is blind to these fields of one's own tickets"
    assert all(one["value"] in said for one in world.made["articles"] if sigle in one["readers"]), "and to articles"
    assert all(one["value"] in said for one in world.made["questions"] if sigle in one["readers"]), "and to questions"
    assert all(one["value"] in said for one in world.made["teams"] if sigle in one["readers"]), "and to teams"
    opens = sigle.endswith(".cmi")  # for who takes calls, the pages of établissements are more than are followed
    assert all(one["value"] in said for one in world.made["presets"] if opens and sigle in one["readers"]), "presets"


def test_the_same_crawl_as_the_administrator_with_reasons_finds_every_canary(world):
    """The positive control: the same crawl with reasons to read finds every canary: it is not blind (annexe 6, 3)."""
    client, said = world.client("a.admin"), set()
    ask_for_each_ticket(world, client)
    wanted = {canary["value"] for canary in world.made["canaries"]}
    for _, address in world.addresses():
        response = client.get(address)
        said |= canaries(words(response)) & wanted
        response.close()
    assert said == wanted


def ask_for_each_ticket(world, client):
    token = csrf(client)
    for ticket in world.made["tickets"]:
        asked = client.post(
            "/administration/consultation",
            data={
                "csrf_token": token,
                "number": str(ticket["number"]),
                "reason": "recherche",
                "words": "contrôle",
            },
        )
        assert asked.status_code in (302, 303), words(asked)


@pytest.mark.parametrize("sigle", [sigle for sigle in ROLES if sigle not in UNSIGNED | OUTSIDE | {"a.lecture"}])
def test_search_finds_one_s_own_canaries_and_nobody_else_s(world, sigle):
    client, own = world.client(sigle), world.own(sigle)
    found, expected = {}, {}
    for canary in world.made["canaries"]:
        if canary["field"] in (
            "file name",
            "file content",
            "note's file name",
            "note's file content",
            "hand-on",
            "label",
        ):
            continue
        page = client.get("/tickets", query_string={"q": canary["value"], "etat": ""}).get_data(as_text=True)
        found[canary["value"]] = bool(re.search(rf'href="/tickets/{canary["ticket"]}\b', page))
        expected[canary["value"]] = canary["value"] in own and canary["field"] not in ("note", "mail's history")
    assert found == expected


@pytest.mark.parametrize("sigle", ROLES)
def test_no_post_reaches_what_one_does_not_see(world, sigle):
    """Every POST address with every id never gives a 500; outside the perimeter it gives 404 and changes nothing."""
    client, foreign = world.client(sigle), world.foreign(sigle)
    token = csrf(client)
    before = fingerprints(world, except_for=world.numbers(sigle))
    numbers = [ticket["number"] for ticket in world.made["tickets"]]
    values = {
        "number": [*numbers, 9999],
        "account_id": [9999],
        "session_id": [9999],
        "key_id": [9999],
        "mandate_id": [9999],
        "stock_id": [9999],
        "hold_id": [9999],
        "fact_id": [9999],
        "mail_id": [9999],
        "sort": ["avis", "lettre"],
        "step": ["restituer", "rien"],
        "kind": ["autre"],
        "token": ["x" * 43],
        "uuid": ["00000000-0000-4000-8000-000000000000"],
        "slug": [*steps.STEPS, "rien"],
        "duty": ["vol-plainte", "rien"],
        "draft_id": [1, 9999],
        "fill_id": [1, 9999],
        "golden_id": [1, 9999],
        "convention_id": ["hautes-pyrenees-2015", "deux-sevres-2017", "nulle-part-1999"],
        "service": ["inventaire", "rien"],
        "activity": ["conseil", "rien"],
        "declaration_id": [1, 9999],
        "etablissement_id": ["desaix-tarbes", "nulle-part"],
        "interruption_id": [1, 9999],
        "profile_id": [1, 9999],
        "exam_id": [1, 9999],
        "article_id": [1, 9999],
        "team_id": [*(one["id"] for one in world.made["teams"] if sigle not in one["readers"]), 9999],
        "pack_id": [1, 9999],
        "obligation": ["comite-evaluation", "rien"],
        "key": ["annee-2026", "rien"],
        "statement_id": [1, 9999],
        "preset_id": [*(one["id"] for one in world.made["presets"] if sigle not in one["readers"]), 9999],
    }
    wrong = []
    body = {
        "csrf_token": token,
        "body": "x",
        "words": "x",
        "demarche-vol-plainte-texte": "x",
        "demarche-rien-texte": "x",
        "version": "1",
        "visibility": "public",
        "reason": "autre",
        "to_party": "academie",
        "solution": "x",
    }
    for rule in world.app.url_map.iter_rules():
        if "POST" not in rule.methods or rule.endpoint in ("access.leave", "access.enter"):
            continue
        for address in expanded(rule, values):
            answer = client.post(address, data=body)
            status, found = answer.status_code, leaks(words(answer), foreign)
            hidden = rule.endpoint == "tickets.step" and int(address.split("/")[2]) not in world.numbers(sigle)
            allowed = {303} if sigle in UNSIGNED | OUTSIDE else {404}
            if status >= 500 or (hidden and status not in allowed) or found:
                wrong.append((address, status, found))
    assert not wrong
    assert fingerprints(world, except_for=world.numbers(sigle)) == before
