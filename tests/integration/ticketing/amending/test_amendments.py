"""Drafts of versions are started, written cell by cell and commented on by each side, on both engines."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from charters.database import db
from charters.tables.access import JournalLine
from matrix.changes import CellChange
from ticketing.amending import amendments, drafts
from ticketing.errors import Invalid, NotFound
from ticketing.in_force import routing

HP, DEMO = "hautes-pyrenees-2015", "arbizonne-lavasson-2023"
ON = date(2027, 9, 1)
CHANGE = CellChange(service="inventaire", activity="conseil", value="EN")


@pytest.fixture
def start(people: Any, now: Any) -> Any:
    def make(sigle: str = "a.admin", **changes: Any) -> int:
        values: dict[str, Any] = {
            "kind": "annexe",
            "title": "Conseil sur l’inventaire",
            "effect_on": ON,
            "changes": [CHANGE],
            "retroactive": False,
        }
        values |= changes
        header = amendments.DraftHeader(values["title"], values["effect_on"], values["retroactive"])
        return amendments.start(people(sigle), HP, values["kind"], header, now, values["changes"])

    return make


def test_a_draft_is_started_and_read_by_either_signatory(people: Any, start: Any, now: Any) -> None:
    number = start()
    for sigle in ("a.admin", "d1.ref"):
        view = drafts.draft(people(sigle), number)
        assert (view.number, view.kind, view.state, view.effect_on) == (number, "annexe", "draft", ON)
        assert view.changes == (CHANGE,)
        assert {one.ref for one in view.clauses} == {"VII", "II.2"}
    assert drafts.draft(people("d1.ref"), number).signatory.organisation == "departement-hautes-pyrenees"
    subjects = db.session.scalars(select(JournalLine.subject).where(JournalLine.event == "draft.started")).all()
    assert subjects == [f"projet {number}"]


def test_the_departement_may_start_one_too(people: Any, start: Any) -> None:
    assert drafts.draft(people("a.admin"), start("d1.ref")).created_side == "departement-hautes-pyrenees"


@pytest.mark.parametrize("sigle", ["d1.agent", "a.tech", "a.lecture", "c11.chef", "c11.cmi", "d2.agent"])
def test_nobody_else_sees_it(people: Any, start: Any, sigle: str) -> None:
    number = start()
    with pytest.raises(NotFound):
        drafts.draft(people(sigle), number)
    with pytest.raises(NotFound):
        start(sigle)
    assert drafts.of(people(sigle)) == []


def test_its_version_is_in_the_conventions_from_its_day_and_in_no_other(people: Any, start: Any) -> None:
    number = start()
    found = drafts.draft_conventions(number)[HP]
    before, after = found.version_on(date(2027, 8, 31)), found.version_on(ON)
    assert before is not None and after is not None
    assert before.cells.get(("inventaire", "conseil")) != after.cells["inventaire", "conseil"]
    assert after.cells["inventaire", "conseil"].value == "EN"
    assert f"n° {number}" in after.cells["inventaire", "conseil"].origin
    assert routing.router().conventions[HP].version_on(ON) == before  # the desk does not use the draft


def test_what_is_no_draft_is_not_found(people: Any) -> None:
    with pytest.raises(NotFound):
        drafts.draft(people("a.admin"), 99)
    with pytest.raises(NotFound):
        drafts.draft_conventions(99)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "loi"}, "kind"),
        ({"title": "  x "}, "title"),
        ({"title": "x" * 151}, "title"),
        ({"effect_on": None}, "effect_on"),
        ({"effect_on": date(2015, 9, 1)}, "effect_on"),
        ({"effect_on": date(2014, 1, 1)}, "effect_on"),
        ({"retroactive": True}, "retroactive"),
        ({"changes": [CellChange(service="inventaire", activity="conseil", value="Nous")]}, "changes"),
        ({"changes": [CellChange(service="rien", activity="conseil", value="EN")]}, "changes"),
        ({"changes": [CellChange(service="inventaire", activity="conseil", value="EN (9)")]}, "changes"),
        ({"changes": [CellChange(service="inventaire", activity="conseil", value="selon")]}, "changes"),
        (
            {"changes": [CellChange(service="inventaire", activity="conseil", value="EN", contributors=("mairie",))]},
            "changes",
        ),
        ({"changes": [CHANGE, CHANGE]}, "changes"),
    ],
)
def test_bad_input_is_told_at_its_field(start: Any, changes: Any, field: str) -> None:
    with pytest.raises(Invalid) as fault:
        start(**changes)
    assert list(fault.value.errors) == [field]


def test_two_who_write_the_same_cell_do_not_cross(people: Any, start: Any, now: Any) -> None:
    number, admin, referent = start(), people("a.admin"), people("d1.ref")
    seen = drafts.draft(admin, number).cells[0].mark
    amendments.put(admin, number, CellChange(service="inventaire", activity="conseil", value="CL"), seen, now)
    with pytest.raises(drafts.StaleDraft) as stale:
        amendments.put(referent, number, CellChange(service="inventaire", activity="conseil", value="Etab"), seen, now)
    assert "CL" in stale.value.there and "Hélène" in stale.value.there
    assert drafts.draft(admin, number).changes[0].value == "CL"
    with pytest.raises(drafts.StaleDraft):
        amendments.remove(referent, number, "inventaire", "conseil", seen, now)
    # somebody may write another cell meanwhile
    amendments.put(referent, number, CellChange(service="inventaire", activity="mco", value="EN"), "", now)
    assert len(drafts.draft(admin, number).cells) == 2


def test_a_stale_title_is_told_with_what_stands_there(people: Any, start: Any, now: Any) -> None:
    number, admin = start(), people("a.admin")
    amendments.rename(admin, number, 1, amendments.DraftHeader("Un autre intitulé", ON), now)
    with pytest.raises(drafts.StaleDraft) as stale:
        amendments.rename(admin, number, 1, amendments.DraftHeader("Le mien", ON), now)
    assert "Un autre intitulé" in stale.value.there


def test_each_party_comments_in_its_own_name(people: Any, start: Any, now: Any) -> None:
    number = start()
    amendments.comment(people("d1.ref"), number, "inventaire", "conseil", "Le Département  conseille déjà.\x00", now)
    amendments.comment(people("a.admin"), number, "", "", "Vu avec la DSI.", now)
    one, whole = drafts.draft(people("a.admin"), number).comments
    assert one.side_name == "Département des Hautes-Pyrénées" and one.text == "Le Département  conseille déjà."
    assert (whole.service, whole.side_name) == ("", "Académie de Toulouse")
    for text in (" ", "x" * 4001):
        with pytest.raises(Invalid):
            amendments.comment(people("a.admin"), number, "", "", text, now)
    with pytest.raises(NotFound):
        amendments.comment(people("a.admin"), number, "rien", "conseil", "Bonjour", now)


def test_the_demonstration_shows_a_cell_read_and_a_draft_that_waits(people: Any, now: Any) -> None:
    from ticketing.amending import approvals, fills, golden
    from ticketing.demo import changes

    changes.play(now)
    (row,) = approvals.to_approve(people("a.admin"))
    view = drafts.draft(people("a.admin"), row.id)
    assert len(view.cells) == 2 and len(view.comments) == 2
    assert all(one.holds for one in approvals.rehearse(view)) and golden.live(HP)
    assert [one.state for one in fills.history(fills.agreement(people("a.admin"), HP))] == ["confirmed"]
