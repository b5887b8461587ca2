"""Who sees what, for every role and every read (annexe 6, 2.2), on both engines."""

from __future__ import annotations

from typing import Any

import pytest

from charters.permissions import perimeter
from ticketing.model import Facts, Filters
from ticketing.tickets import desk, queries

ROLES = (
    "a.admin",
    "a.tech",
    "a.lecture",
    "d1.ref",
    "d1.agent",
    "d2.agent",
    "c11.chef",
    "c11.cmi",
    "c11.reseau",
    "c12.cmi",
    "c21.cmi",
)
HIGH = ("a.tech", "d1.ref", "d1.agent")


@pytest.fixture
def tickets(people: Any, draft: Any, now: Any, upload: Any) -> dict[str, int]:
    """Open one ticket of each sort, each with its own file and word."""
    cmi, reseau, c12, c21 = (people(sigle) for sigle in ("c11.cmi", "c11.reseau", "c12.cmi", "c21.cmi"))
    made = {}

    def opens(name: str, actor: Any, **changes: Any) -> int:
        made[name] = desk.open_ticket(actor, draft(title=f"canari{name} imprimante", **changes), [upload()], now)
        return made[name]

    opens("departement", cmi)
    opens("academie", cmi, facts=Facts(user_category="equipe-gestion"))
    opens("college", cmi, service="logiciels-hors-catalogue", activity="installation", facts=Facts())
    opens("reseau", reseau)
    opens("shared", cmi)
    opens("secret", cmi)
    opens("moved", cmi)
    opens("c12", c12, etablissement="victor-hugo-tarbes")
    opens("d2", c21, etablissement="les-trois-sources-vallombreuse", service="annuaire", facts=Facts())
    chef = people("c11.chef")
    desk.share(cmi, made["shared"], 1, reseau.account_id, now)
    desk.make_confidential(chef, made["secret"], 1, True, "Situation personnelle.", now)
    desk.take_charge(people("d1.agent"), made["moved"], 1, now)
    desk.hand_on(people("d1.agent"), made["moved"], 2, "academie", "mauvaise-partie", "Pas la nôtre.", now)
    return made


def expected(tickets: dict[str, int], people: Any) -> dict[str, set[str]]:
    c11 = {"departement", "academie", "college", "reseau", "shared", "secret", "moved"}
    d1 = {"departement", "reseau", "shared", "secret", "moved", "c12"}
    seen = {
        "a.lecture": set(),
        "d1.ref": d1,
        "d1.agent": d1,
        "c11.chef": c11,
        "c11.cmi": c11 - {"secret"},
        "c11.reseau": {"reseau", "shared"},
        "c12.cmi": {"c12"},
        "c21.cmi": {"d2"},
    }
    for name, number in tickets.items():  # the other cases depend on contributors and on an invented agreement
        admin = people("c21.cmi") if name == "d2" else people("c12.cmi") if name == "c12" else people("c11.chef")
        view = queries.ticket(perimeter(admin), admin, number)
        bodies = {view.holder_party, *(party for party, _ in view.contributors)}
        if "academie" in bodies or name == "moved":
            seen.setdefault("a.tech", set()).add(name)
        if view.holder_party == "academie":
            seen.setdefault("a.admin", set()).add(name)
        if name == "d2" and "departement" in bodies:
            seen.setdefault("d2.agent", set()).add(name)
        if name != "d2" and "departement" in bodies:
            seen["d1.ref"].add(name)
    seen.setdefault("d2.agent", set())
    return seen


def test_every_read_gives_each_role_its_own(people: Any, tickets: dict[str, int], now: Any) -> None:
    wanted = expected(tickets, people)
    uuids = {}
    for name, number in tickets.items():
        reader = people({"c12": "c12.cmi", "d2": "c21.cmi"}.get(name, "c11.chef"))
        uuids[name] = queries.ticket(perimeter(reader), reader, number).events[0].files[0].uuid
    assert wanted["a.tech"] >= {"academie", "moved"} and wanted["a.admin"] >= {"academie", "moved"}
    for sigle in ROLES:
        actor = people(sigle)
        own = perimeter(actor)
        mine = {tickets[name] for name in wanted[sigle]}
        listed = {row.number for row in queries.queue(own, Filters(state="all"), None, now).rows}
        assert listed == mine, sigle
        assert {row.number for row in queries.queue(own, Filters(text="imprimantes"), None, now).rows} == mine, sigle
        counts = queries.counts(own, now)
        assert counts["open"] == len(mine) == sum(counts[state] for state in ("new", "in_progress", "on_hold"))
        facets = queries.facets(own)
        assert sum(choice.count for choice in facets.services) == len(mine)
        for name, number in tickets.items():
            found = queries.queue(own, Filters(text=f"canari{name}"), None, now).rows
            assert [row.number for row in found] == ([number] if number in mine else []), (sigle, name)
            by_number = queries.queue(own, Filters(text=f"n° {number}"), None, now).rows
            assert (number in [row.number for row in by_number]) == (number in mine)
            if number in mine:
                assert queries.ticket(own, actor, number).number == number
                assert queries.file(own, actor, number, uuids[name]).name == "note.txt"
                continue
            check_unseen(actor, number, uuids[name], now)


def check_unseen(actor: Any, number: int, uuid: str, now: Any) -> None:
    """Check that no read and no step distinguishes a foreign ticket from one that does not exist."""
    own = perimeter(actor)
    for act in (
        lambda: queries.ticket(own, actor, number),
        lambda: queries.file(own, actor, number, uuid),
        lambda: desk.comment(actor, number, "Bonjour", now=now),
        lambda: desk.comment(actor, number, "Bonjour", visibility="internal", now=now),
        lambda: desk.take_charge(actor, number, 1, now),
        lambda: desk.hold(actor, number, 1, "autre", "x", now),
        lambda: desk.resume(actor, number, 1, now),
        lambda: desk.resolve(actor, number, 1, "x", now),
        lambda: desk.confirm(actor, number, 1, now),
        lambda: desk.reopen(actor, number, 1, "x", now),
        lambda: desk.close(actor, number, 1, "x", now),
        lambda: desk.correct_facts(actor, number, 1, {"service": "annuaire"}, "x", now),
        lambda: desk.hand_on(actor, number, 1, "academie", "autre", "x", now),
        lambda: desk.contest(actor, number, 1, "x", now),
        lambda: desk.share(actor, number, 1, None, now),
        lambda: desk.make_confidential(actor, number, 1, True, "x", now),
        lambda: desk.mask(actor, number, 1, "x", now),
    ):
        with pytest.raises(desk.NotFound):
            act()


def test_absent_and_impossible_numbers_answer_alike(people: Any, tickets: dict[str, int], now: Any) -> None:
    cmi = people("c11.cmi")
    for number in (0, -1, 999_999, 2**63, 2**80):
        with pytest.raises(desk.NotFound):
            queries.ticket(perimeter(cmi), cmi, number)
        with pytest.raises(desk.NotFound):
            desk.comment(cmi, number, "x", now=now)
        with pytest.raises(desk.NotFound):
            queries.file(perimeter(cmi), cmi, number, "../../etc/passwd")


def test_a_file_belongs_to_its_ticket(people: Any, tickets: dict[str, int]) -> None:
    cmi = people("c11.cmi")
    own = perimeter(cmi)
    uuid = queries.ticket(own, cmi, tickets["departement"]).events[0].files[0].uuid
    with pytest.raises(desk.NotFound):
        queries.file(own, cmi, tickets["academie"], uuid)


def test_internal_notes_and_files_are_their_sides(people: Any, tickets: dict[str, int], now: Any, upload: Any) -> None:
    number = tickets["moved"]
    desk.comment(people("a.tech"), number, "notesecrete", visibility="internal", uploads=[upload("a.txt")], now=now)
    tech = people("a.tech")
    note = queries.ticket(perimeter(tech), tech, number).events[-1]
    assert note.kind == "note" and note.files[0].name == "a.txt"
    for sigle, sees in {"a.admin": True, "d1.agent": False, "c11.cmi": False, "c11.chef": False}.items():
        actor = people(sigle)
        own = perimeter(actor)
        view = queries.ticket(own, actor, number)
        assert (note.id in {event.id for event in view.events}) is sees, sigle
        if sees:
            assert queries.file(own, actor, number, note.files[0].uuid).name == "a.txt"
        else:
            with pytest.raises(desk.NotFound):
                queries.file(own, actor, number, note.files[0].uuid)
        assert queries.queue(own, Filters(text="notesecrete"), None, now).rows == ()


def test_masked_words_are_nowhere(people: Any, tickets: dict[str, int], now: Any, upload: Any) -> None:
    number = tickets["moved"]
    tech, admin, cmi = people("a.tech"), people("a.admin"), people("c11.cmi")
    desk.comment(tech, number, "motinconvenant", uploads=[upload()], now=now)
    event = queries.ticket(perimeter(cmi), cmi, number).events[-1]
    assert queries.queue(perimeter(cmi), Filters(text="motinconvenant"), None, now).rows
    with pytest.raises(desk.Refused):
        desk.mask(tech, number, event.id, "Irrespectueux.", now)
    desk.mask(admin, number, event.id, "Irrespectueux.", now)
    masked = next(e for e in queries.ticket(perimeter(cmi), cmi, number).events if e.id == event.id)
    assert masked.masked and masked.body_html == "" and not masked.files and masked.mask_reason == "Irrespectueux."
    assert queries.queue(perimeter(cmi), Filters(text="motinconvenant"), None, now).rows == ()
    assert queries.queue(perimeter(cmi), Filters(text="canarimoved"), None, now).rows
    with pytest.raises(desk.NotFound):
        queries.file(perimeter(cmi), cmi, number, event.files[0].uuid)


def test_sharing_and_confidence_come_and_go(people: Any, tickets: dict[str, int], now: Any) -> None:
    cmi, chef, reseau = people("c11.cmi"), people("c11.chef"), people("c11.reseau")
    desk.share(cmi, tickets["shared"], 2, None, now)
    with pytest.raises(desk.NotFound):
        queries.ticket(perimeter(reseau), reseau, tickets["shared"])
    with pytest.raises(desk.Invalid):
        desk.share(cmi, tickets["shared"], 3, people("c12.cmi").account_id, now)
    desk.make_confidential(chef, tickets["secret"], 2, False, "", now)
    assert queries.ticket(perimeter(cmi), cmi, tickets["secret"]).number == tickets["secret"]
    with pytest.raises(desk.Refused):
        desk.make_confidential(cmi, tickets["secret"], 3, True, "", now)


def test_reseau_works_accounts_only(people: Any, draft: Any, now: Any) -> None:
    reseau = people("c11.reseau")
    number = desk.open_ticket(reseau, draft(service="acces-reseau-pedagogique", activity="mco", facts=Facts()), [], now)
    view = queries.ticket(perimeter(reseau), reseau, number)
    assert view.holder_party == "college"
    desk.take_charge(reseau, number, 1, now)
    other = desk.open_ticket(
        reseau, draft(service="logiciels-hors-catalogue", activity="installation", facts=Facts()), [], now
    )
    assert queries.ticket(perimeter(reseau), reseau, other).holder_party == "college"
    with pytest.raises(desk.Refused):
        desk.take_charge(reseau, other, 1, now)


def test_labels_stay_as_they_were(people: Any, tickets: dict[str, int], now: Any, monkeypatch: Any) -> None:
    """A service that is renamed or retired, and a party that changes its name, change no past ticket."""
    from matrix import Conventions

    cmi = people("c11.cmi")
    own = perimeter(cmi)
    before = queries.ticket(own, cmi, tickets["departement"])
    monkeypatch.setattr(Conventions, "services", property(lambda self: {}))
    monkeypatch.setattr(Conventions, "organisation", lambda *_: ("autre", "Autre nom"))
    assert queries.ticket(own, cmi, tickets["departement"]) == before
    row = queries.queue(own, Filters(text="canaridepartement"), None, now).rows[0]
    assert (row.service_label, row.holder_name) == (before.service_label, before.holder_name)
