"""A blank cell is filled in from the signed paper: it is known once confirmed, and waiting tickets are routed again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from charters.database import db, writing
from charters.people import forgetting
from charters.permissions import perimeter
from charters.tables.access import JournalLine
from matrix.changes import CellChange, cell_of
from matrix.model import Case, Test
from ticketing.amending import amendments, approvals, fills, rerouting, to_qualify
from ticketing.errors import Invalid, NotFound, StepRefused
from ticketing.in_force import routing
from ticketing.in_force.tables import CellFill
from ticketing.mail import rendering
from ticketing.model import Facts, Filters
from ticketing.settings import desk_settings
from ticketing.tables import DecisionRow, Notice, NoticeWords, Ticket, TicketEvent
from ticketing.tickets import desk, queries

HP, DEMO = "hautes-pyrenees-2015", "arbizonne-lavasson-2023"
PAPER = {"page": "9", "line": "31, Service d’inventaire", "column": "6"}
CHANGE = CellChange(service="inventaire", activity="conseil", value="CL")


@pytest.fixture
def waits(people: Any, draft: Any, now: Any) -> Callable[..., int]:
    """Return `waits()`, which opens a ticket of Desaix to be qualified on the blank cell, and returns its number."""

    def make(**changes: Any) -> int:
        asked = {"service": "inventaire", "activity": "conseil"} | changes
        return desk.open_ticket(people("c11.cmi"), draft(**asked), [], now)

    return make


@pytest.fixture
def fill(people: Any, now: Any) -> Callable[..., int]:
    def make(change: CellChange = CHANGE, **paper: str) -> int:
        return fills.fill(people("a.admin"), HP, change, PAPER | paper, now)

    return make


def listed(people: Any, fill_id: int, now: Any) -> list[to_qualify.TicketToQualify]:
    convention = fills.agreement(people("a.admin"), HP)
    view = next(one for one in fills.history(convention) if one.id == fill_id)
    return fills.waiting_on(people("a.admin"), convention, view)


def status(number: int) -> tuple[str, str]:
    row = db.session.execute(
        select(DecisionRow.status, DecisionRow.party)
        .join(Ticket, Ticket.decision_id == DecisionRow.id)
        .where(Ticket.number == number)
    ).one()
    return row.status, row.party


def test_the_preview_lists_who_waits_and_writes_nothing_to_them(people: Any, fill: Any, waits: Any, now: Any) -> None:
    one, two = waits(), waits(title="Un autre")
    waits(activity="mco")  # another cell
    found = listed(people, fill(), now)
    assert [(row.number, row.status, row.holder_name) for row in found] == [
        (one, "routed", "Département des Hautes-Pyrénées"),
        (two, "routed", "Département des Hautes-Pyrénées"),
    ]
    assert status(one) == ("to_qualify", "academie")
    cell = routing.router().conventions[HP].versions[-1].cells.get(("inventaire", "conseil"))
    assert cell is None or cell.provenance == "default"


def test_confirmed_the_cell_is_printed_and_the_tickets_have_a_new_decision(
    people: Any, fill: Any, waits: Any, now: Any
) -> None:
    one, made = waits(), fill()
    later = now + timedelta(hours=1)
    shown = [(row.number, row.version) for row in listed(people, made, now)]
    done = fills.confirm(people("a.admin"), HP, made, shown, later)
    assert done == rerouting.Rerouted((one,), ())
    cell = routing.router().conventions[HP].versions[0].cells["inventaire", "conseil"]
    assert (cell.provenance, cell.value) == ("printed", "CL")
    assert all(
        part in cell.origin for part in ("page 9", "ligne 31", "colonne 6", "Hélène Vidalon", "17 novembre 2026")
    )
    assert status(one) == ("routed", "departement")
    view = queries.ticket(perimeter(people("d1.agent")), people("d1.agent"), one, later)
    assert (view.state.value, view.holder_organisation) == ("new", "departement-hautes-pyrenees")
    event = view.events[-1]
    assert (event.kind, event.data["cause"]) == ("decision", "agreement") and "page 9, ligne 31" in event.body_html
    assert event.data["decision"].citations[0].kind == "printed"
    told = db.session.scalars(select(Notice).where(Notice.kind == "rerouted")).all()
    said = db.session.scalar(select(NoticeWords.data).where(NoticeWords.event_id == event.id))
    mails = [rendering.notice(notice, said, desk_settings()).text for notice in told]
    assert mails and all("L’accord a été précisé" in mail for mail in mails)
    events = db.session.scalars(select(JournalLine.event).order_by(JournalLine.number.desc()).limit(2)).all()
    assert events == ["ticket.rerouted", "cell.confirmed"]
    page = queries.queue(perimeter(people("d1.agent")), Filters(), None, later)
    assert [row.number for row in page.rows] == [one]  # it is in the queue of its present holder


def test_who_read_a_cell_is_in_no_ticket_and_no_longer_in_the_router_once_forgotten(
    people: Any, fill: Any, waits: Any, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, made = waits(), fill()
    fills.confirm(people("a.admin"), HP, made, [(row.number, row.version) for row in listed(people, made, now)], now)
    row = db.session.scalars(select(DecisionRow).where(DecisionRow.ticket_id == number)).all()[-1]
    bodies = db.session.scalars(select(TicketEvent.body).where(TicketEvent.ticket_id == number)).all()
    assert "page 9" in row.data["reason"] and "page 9" in bodies[-1]
    assert "Vidalon" not in row.data["reason"] + " ".join(bodies)

    def origin() -> str:
        return routing.router().conventions[HP].versions[0].cells["inventaire", "conseil"].origin

    assert "Vidalon" in origin()
    with writing() as session:  # as the scheduler's process does
        session.execute(update(CellFill).values(filled_by_name=forgetting.pseudonym(1)))
    monkeypatch.setattr(routing, "FRESH_FOR", 0)
    assert "Vidalon" not in origin()


def test_a_cell_says_the_day_on_which_it_was_read_whenever_it_is_confirmed(people: Any, fill: Any, now: Any) -> None:
    fills.confirm(people("a.admin"), HP, fill(), [], now + timedelta(days=9))
    cell = routing.router().conventions[HP].versions[0].cells["inventaire", "conseil"]
    assert "Hélène Vidalon, le 17 novembre 2026" in cell.origin


def test_tickets_already_routed_keep_their_decision(people: Any, fill: Any, waits: Any, now: Any) -> None:
    handed, closed, done = waits(), waits(), waits()
    tech = people("a.tech")
    desk.hand_on(tech, handed, 1, "departement", "autre", "Vu au téléphone : c’est le Département.", now)
    desk.take_charge(tech, closed, 1, now)
    desk.resolve(tech, closed, 2, "Répondu.", now)
    made = fill()
    assert [row.number for row in listed(people, made, now)] == [done]
    versions = {
        number: db.session.scalar(select(Ticket.version).where(Ticket.number == number)) or 0
        for number in (handed, closed, done)
    }
    found = fills.confirm(people("a.admin"), HP, made, list(versions.items()), now)
    assert found.done == (done,) and {number for number, _ in found.left} == {handed, closed}
    assert status(handed) == status(closed) == ("to_qualify", "academie")


def test_a_ticket_that_changed_meanwhile_is_left_and_said_so(people: Any, fill: Any, waits: Any, now: Any) -> None:
    one, made = waits(), fill()
    shown = [(row.number, row.version) for row in listed(people, made, now)]
    desk.comment(people("a.tech"), one, "Je regarde.", now=now)
    found = fills.confirm(people("a.admin"), HP, made, shown, now)
    assert found.done == () and "changé" in found.left[0][1]
    assert status(one) == ("to_qualify", "academie")
    again = [(row.number, row.version) for row in listed(people, made, now)]
    assert fills.confirm(people("a.admin"), HP, made, again, now).done == (one,)
    assert fills.confirm(people("a.admin"), HP, made, again, now).done == ()  # confirming twice counts once
    assert db.session.scalar(select(func.count()).where(DecisionRow.ticket_id == one)) == 2


def test_tickets_that_the_page_did_not_show_are_not_touched(people: Any, fill: Any, waits: Any, now: Any) -> None:
    other, made = waits(service="equipement-bureautique", activity="mco"), fill()
    found = fills.confirm(people("a.admin"), HP, made, [(other, 1), (9999, 1), (-3, 1)], now)
    assert found.done == () and len(found.left) == 3


def test_a_ticket_of_another_agreement_is_not_routed_by_this_one_s_sentence(
    people: Any, draft: Any, fill: Any, now: Any
) -> None:
    there = desk.open_ticket(
        people("c21.cmi"),
        draft(etablissement=people("c21.cmi").mandate.scope_id, service="inventaire", activity="conseil"),
        [],
        now,
    )
    fills.confirm(people("a.admin"), DEMO, fills.fill(people("a.admin"), DEMO, CHANGE, PAPER, now), [], now)
    version = db.session.scalar(select(Ticket.version).where(Ticket.number == there))
    found = fills.confirm(people("a.admin"), HP, fill(), [(there, version)], now)
    assert found.done == () and "n’attend plus" in found.left[0][1] and status(there)[0] == "to_qualify"


def test_where_on_the_paper_is_wanted(people: Any, now: Any) -> None:
    with pytest.raises(Invalid) as fault:
        fills.fill(people("a.admin"), HP, CHANGE, {"page": " ", "line": "x" * 61}, now)
    assert set(fault.value.errors) == {"page", "line", "column"}


@pytest.mark.parametrize(
    "change",
    [
        replace(CHANGE, value=""),
        replace(CHANGE, value="Nous"),
        replace(CHANGE, value="EN (8)"),
        replace(CHANGE, value="selon"),
        replace(CHANGE, contributors=("mairie",)),
    ],
)
def test_a_value_that_no_cell_holds_is_told(people: Any, fill: Any, change: CellChange) -> None:
    with pytest.raises(Invalid) as fault:
        fill(change)
    assert list(fault.value.errors) == ["value"]


def test_only_blank_cells_are_filled_in(people: Any, fill: Any, now: Any) -> None:
    convention, conventions = fills.agreement(people("a.admin"), HP), routing.router().conventions
    blank = {(one.service, one.activity) for one in fills.blanks(convention, conventions, date(2026, 11, 17))}
    cells = convention.versions[0].cells
    assert blank and not {key for key in blank if key in cells and cells[key].provenance != "default"}
    assert not [key for key in blank if key[0] == "ent"]  # I.1 leaves these out: they are not blank
    with pytest.raises(Invalid) as fault:
        fill(replace(CHANGE, service="infrastructure-reseau", activity="assistance"))
    assert "projet" in fault.value.errors[""]
    for key in (("rien", "mco"), ("inventaire", "rien"), ("ent", "mco")):
        with pytest.raises((NotFound, Invalid)):
            fill(replace(CHANGE, service=key[0], activity=key[1]))


def test_what_the_files_print_by_now_is_not_filled_over(
    people: Any, fill: Any, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, made, files = people("a.admin"), fill(), routing.shipped()
    (first, *others) = files[HP].versions
    printed = {**first.cells, ("inventaire", "conseil"): cell_of(files[HP], replace(CHANGE, value="EN"))}
    changed = replace(files[HP], versions=(replace(first, cells=printed), *others))
    newer = files.with_conventions(changed if one.id == HP else one for one in files)
    monkeypatch.setattr(routing, "shipped", lambda: newer)
    routing.forget()
    with pytest.raises(StepRefused) as refused:
        fills.confirm(admin, HP, made, [], now)
    assert "fichiers de l’accord" in refused.value.sentence
    assert routing.router().conventions[HP].versions[0].cells["inventaire", "conseil"].value == "EN"
    fills.withdraw(admin, HP, made, "", now)


def test_a_cell_left_blank_on_purpose_is_not_a_lost_one(people: Any, fill: Any, now: Any) -> None:
    admin, on = people("a.admin"), date(2026, 11, 17)
    change = replace(CHANGE, service="infrastructure-reseau", activity="assistance", value="")
    number = amendments.start(admin, HP, "annexe", amendments.DraftHeader("Case vidée", on), now, [change])
    mark = approvals.standing(admin, number).content
    approvals.submit(admin, number, mark, now)
    for sigle in ("a.admin", "d1.ref"):
        approvals.approve(people(sigle), number, mark, "", now)
    with pytest.raises(Invalid):
        fill(replace(change, value="EN"))


def test_two_at_once_fill_a_cell_once(any_app: Any, people: Any, now: Any) -> None:
    admin = people("a.admin")
    db.session.remove()

    def one(value: str) -> object:
        with any_app.app_context():
            try:
                return fills.fill(admin, HP, replace(CHANGE, value=value), PAPER, now)
            except Invalid as fault:
                return fault

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(one, ["CL", "EN", "Etab", "CL"]))
    assert sum(isinstance(result, int) for result in results) == 1
    assert all("quelqu’un" in str(result) for result in results if not isinstance(result, int))
    assert db.session.scalar(select(func.count()).select_from(CellFill)) == 1


@pytest.mark.parametrize("sigle", ["d1.ref", "d1.agent", "a.tech", "a.lecture", "c11.chef", "c11.cmi"])
def test_only_the_administrator_of_the_academie_fills(people: Any, fill: Any, now: Any, sigle: str) -> None:
    made = fill()
    for act in (
        lambda who: fills.fill(who, HP, replace(CHANGE, activity="mco"), PAPER, now),
        lambda who: fills.confirm(who, HP, made, [], now),
        lambda who: fills.withdraw(who, HP, made, "Erreur de lecture", now),
    ):
        with pytest.raises(NotFound):
            act(people(sigle))


def test_another_academie_s_agreement_does_not_exist(people: Any, now: Any) -> None:
    for convention in ("deux-sevres-2017", "acar-2021", "nulle-part"):
        with pytest.raises(NotFound):
            fills.agreement(people("a.admin"), convention)
    made = fills.fill(people("a.admin"), HP, CHANGE, PAPER, now)
    with pytest.raises(NotFound):
        fills.confirm(people("a.admin"), DEMO, made, [], now)


def test_a_fill_is_withdrawn_with_a_reason_and_stays_in_the_history(
    people: Any, fill: Any, waits: Any, now: Any
) -> None:
    one, made = waits(), fill()
    admin = people("a.admin")
    fills.confirm(admin, HP, made, [(one, 1)], now)
    with pytest.raises(Invalid):
        fills.withdraw(admin, HP, made, " ", now)
    fills.withdraw(admin, HP, made, "Ligne lue de travers.", now)
    assert status(one) == ("routed", "departement")  # a ticket keeps its decision
    assert status(waits()) == ("to_qualify", "academie")
    (view,) = fills.history(fills.agreement(admin, HP))
    assert (view.state, view.reason) == ("withdrawn", "Ligne lue de travers.")
    with pytest.raises(StepRefused):
        fills.withdraw(admin, HP, made, "Encore une fois.", now)
    with pytest.raises(StepRefused):
        fills.confirm(admin, HP, made, [], now)
    fill(replace(CHANGE, value="EN"))  # and the cell may be read again


def test_what_was_not_confirmed_routes_nothing_and_is_dropped_without_a_word(
    people: Any, fill: Any, waits: Any, now: Any
) -> None:
    made = fill()
    assert status(waits()) == ("to_qualify", "academie")
    fills.withdraw(people("a.admin"), HP, made, "", now)
    assert fills.history(fills.agreement(people("a.admin"), HP))[0].state == "dropped"


def test_a_cell_that_hangs_on_facts_asks_for_them(people: Any, fill: Any, waits: Any, now: Any) -> None:
    cases = (
        Case((Test("acquired_by", "Etab", "role"),), "routed", "college", ()),
        Case((), "routed", "departement", ()),
    )
    one, made = waits(facts=Facts()), fill(replace(CHANGE, value="selon", cases=cases))
    (row,) = listed(people, made, now)
    assert row.status == "needs_info" and row.moves
    fills.confirm(people("a.admin"), HP, made, [(one, 1)], now)
    assert status(one)[0] == "needs_info"
    assert db.session.scalar(select(Ticket.needs_info).where(Ticket.number == one)) is True


# --- what was known when ----------------------------------------------------------------------------------------------


def test_what_was_known_at_an_instant(people: Any, fill: Any, now: Any) -> None:
    admin, made = people("a.admin"), fill()
    confirmed, withdrawn = now + timedelta(days=1), now + timedelta(days=5)
    fills.confirm(admin, HP, made, [], confirmed)
    fills.withdraw(admin, HP, made, "Erreur de lecture.", withdrawn)
    day = date(2016, 1, 15)  # long before anybody read the cell: it held already

    def known(instant: datetime) -> str:
        version = routing.router_known_at(instant).conventions[HP].version_on(day)
        assert version is not None
        cell = version.cells.get(("inventaire", "conseil"))
        return cell.value if cell else ""

    assert [known(now), known(confirmed), known(withdrawn - timedelta(seconds=1)), known(withdrawn)] == [
        "",
        "CL",
        "CL",
        "",
    ]


def test_a_recorded_fact_is_known_from_its_recording_to_its_withdrawal(people: Any, now: Any) -> None:
    from matrix import Recorded

    admin, later = people("a.admin"), now + timedelta(days=3)
    fact = desk.record_fact(admin, Recorded(kind="end", convention=HP, on=date(2020, 9, 1), subject=""), "", now)
    desk.withdraw_fact(admin, fact, later)
    found = [
        len(routing.router_known_at(instant).recorded)
        for instant in (now - timedelta(seconds=1), now, later - timedelta(seconds=1), later)
    ]
    assert found == [0, 1, 1, 0]


def test_a_version_is_known_from_its_last_approval(people: Any, now: Any) -> None:
    admin, last = people("a.admin"), now + timedelta(days=2)
    number = amendments.start(admin, HP, "annexe", amendments.DraftHeader("Conseil", date(2027, 9, 1)), now, [CHANGE])
    mark = approvals.standing(admin, number).content
    approvals.submit(admin, number, mark, now)
    approvals.approve(admin, number, mark, "", now)
    approvals.approve(people("d1.ref"), number, mark, "", last)
    counts = [
        len(routing.router_known_at(instant).conventions[HP].versions) for instant in (now, last, datetime.now(UTC))
    ]
    assert counts[:2] == [1, 2]


def test_what_no_longer_fits_the_files_stops_nobody(people: Any, fill: Any, waits: Any, now: Any) -> None:
    made = fill()
    fills.confirm(people("a.admin"), HP, made, [], now)
    row = db.session.get(CellFill, made)
    assert row is not None
    for change in ({**row.change, "value": "EN (77)"}, {"rien": 1}):
        row.change = change
        db.session.commit()
        routing.forget()
        assert status(waits()) == ("to_qualify", "academie")
        assert fills.history(fills.agreement(people("a.admin"), HP)) == []


# --- what blank cells cost --------------------------------------------------------------------------------------------


def test_blank_cells_are_told_by_what_they_cost_the_dearest_first(
    people: Any, draft: Any, waits: Any, now: Any
) -> None:
    """One ticket that waits for twenty hours comes before two that wait for five: hours count, then tickets."""
    waits()
    later = now + timedelta(hours=15)
    for title in ("Les alertes ne partent plus", "Un seuil est faux"):
        asked = draft(service="supervision", activity="conseil", title=title)
        desk.open_ticket(people("c11.cmi"), asked, [], later)
    found = to_qualify.costs(people("a.admin"), HP, now + timedelta(hours=20, minutes=59))
    assert list(found.items()) == [
        (("inventaire", "conseil"), to_qualify.Cost(1, 20)),
        (("supervision", "conseil"), to_qualify.Cost(2, 11)),
    ]
    alone = to_qualify.costs(people("a.admin"), HP, now + timedelta(hours=20), "supervision")
    assert alone == {("supervision", "conseil"): to_qualify.Cost(2, 10)}


def test_only_what_the_reader_s_own_academie_holds_is_counted(people: Any, fill: Any, waits: Any, now: Any) -> None:
    """A count is read by the perimeter: another académie's administrator, or nobody's mandate, learns of no ticket."""
    number = waits()
    admin = people("a.admin")
    assert to_qualify.costs(admin, HP, now) == {("inventaire", "conseil"): to_qualify.Cost(1, 0)}
    assert admin.mandate is not None
    stranger = replace(admin, mandate=replace(admin.mandate, scope_id="academie-poitiers"))
    assert to_qualify.costs(stranger, HP, now) == {}
    assert to_qualify.costs(replace(admin, mandate=None), HP, now) == {}
    fills.confirm(admin, HP, fill(), [(number, 1)], now)  # the Département has it now
    assert to_qualify.costs(admin, HP, now) == {}
