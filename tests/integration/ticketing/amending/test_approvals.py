"""A draft becomes a version: signatories, content, golden tickets, day of effect, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from charters.database import db
from charters.model import Actor, Mandate, Role
from charters.permissions import perimeter
from charters.tables.access import JournalLine
from matrix.changes import CellChange
from ticketing.amending import amendments, approvals, drafts, golden, overview
from ticketing.errors import Invalid, NotFound, StepRefused
from ticketing.in_force import routing
from ticketing.in_force.tables import DraftApproval, DraftChange
from ticketing.tables import DecisionRow
from ticketing.tickets import desk, queries

HP = "hautes-pyrenees-2015"
ON = date(2027, 9, 1)
CHANGE = CellChange(service="inventaire", activity="conseil", value="CL")


@pytest.fixture
def submitted(people: Any, now: Any) -> Callable[..., int]:
    """Return `submitted(…)`, which submits a draft for approval and returns its number."""

    def make(**changes: Any) -> int:
        values: dict[str, Any] = {
            "kind": "annexe",
            "title": "Conseil sur l’inventaire",
            "effect_on": ON,
            "changes": [CHANGE],
            "retroactive": False,
        }
        values |= changes
        header = amendments.DraftHeader(values["title"], values["effect_on"], values["retroactive"])
        number = amendments.start(people("a.admin"), HP, values["kind"], header, now, values["changes"])
        approvals.submit(people("a.admin"), number, seen(people, number), now)
        return number

    return make


def seen(people: Any, number: int) -> str:
    return approvals.standing(people("a.admin"), number).content


def cell(day: date, conventions: Any = None) -> str:
    version = (conventions or routing.router().conventions)[HP].version_on(day)
    return version.cells["inventaire", "conseil"].value if ("inventaire", "conseil") in version.cells else ""


def test_both_approve_and_the_version_is_in_force_from_its_day(people: Any, submitted: Any, now: Any) -> None:
    number = submitted()
    assert [row.id for row in approvals.to_approve(people("d1.ref"))] == [number]
    assert approvals.approve(people("a.admin"), number, seen(people, number), "", now) is False
    assert approvals.to_approve(people("a.admin")) == [] and cell(ON) == ""
    assert approvals.approve(people("d1.ref"), number, seen(people, number), "", now) is True
    assert (cell(ON - timedelta(days=1)), cell(ON)) == ("", "CL")
    found = approvals.standing(people("a.admin"), number)
    assert found.missing == () and all(one.stands for one in found.given)
    assert approvals.to_approve(people("d1.ref")) == []
    view = drafts.draft(people("a.admin"), number)
    assert (view.state, view.approved_at) == ("approved", now)
    with pytest.raises(StepRefused):
        amendments.put(people("a.admin"), number, replace(CHANGE, value="EN"), view.cells[0].mark, now)
    lines = select(JournalLine.event).where(JournalLine.event.like("draft.%")).order_by(JournalLine.number)
    told = db.session.scalars(lines).all()
    assert told == ["draft.started", "draft.submitted", "draft.approved", "draft.approved", "draft.in_force"]
    assert cell(ON, drafts.draft_conventions(number)) == "CL"


def test_tickets_of_before_keep_the_old_cell_and_those_of_after_get_the_new_one(
    people: Any, draft: Any, submitted: Any, now: Any
) -> None:
    number = submitted(effect_on=date(2026, 11, 18))
    for sigle in ("a.admin", "d1.ref"):
        approvals.approve(people(sigle), number, seen(people, number), "", now)
    asked = draft(service="inventaire", activity="conseil")
    before = desk.open_ticket(people("c11.cmi"), asked, [], now)
    after = desk.open_ticket(people("c11.cmi"), asked, [], now + timedelta(days=2))
    statuses = {
        row.ticket_id: (row.status, row.party, row.version)
        for row in db.session.execute(select(DecisionRow.__table__)).all()
    }
    assert statuses[before] == ("to_qualify", "academie", "2015-09-01")
    assert statuses[after] == ("routed", "departement", "2026-11-18")


def test_twice_is_once(people: Any, submitted: Any, now: Any) -> None:
    number = submitted()
    mark = seen(people, number)
    assert [approvals.approve(people("d1.ref"), number, mark, "", now) for _ in range(2)] == [False, False]
    assert approvals.approve(people("a.admin"), number, mark, "", now)
    assert approvals.approve(people("a.admin"), number, mark, "", now)
    assert db.session.scalar(select(func.count()).select_from(DraftApproval)) == 2


def test_who_comes_after_a_colleague_is_not_told_to_have_signed(people: Any, submitted: Any, now: Any) -> None:
    number = submitted()
    approvals.approve(people("d1.ref"), number, seen(people, number), "", now)
    colleague = replace(people("d1.ref"), account_id=people("d1.agent").account_id)
    with pytest.raises(StepRefused) as refused:
        approvals.approve(colleague, number, seen(people, number), "", now)
    assert refused.value.sentence == f"{people('d1.ref').name} l’a déjà approuvé pour votre organisation."


def test_both_at_the_same_instant_make_one_version(any_app: Any, people: Any, submitted: Any, now: Any) -> None:
    number = submitted()
    mark, who = seen(people, number), [people("a.admin"), people("d1.ref")] * 2
    db.session.remove()

    def approve(actor: Actor) -> bool:
        with any_app.app_context():
            return approvals.approve(actor, number, mark, "", now)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(approve, who))
    assert True in results
    assert db.session.scalar(select(func.count()).select_from(DraftApproval)) == 2
    events = db.session.scalars(select(JournalLine.event).where(JournalLine.event == "draft.in_force")).all()
    assert len(events) == 1


@pytest.mark.parametrize("edit", ["cell", "title", "removed", "fill"])
def test_an_edit_after_an_approval_voids_it(people: Any, submitted: Any, now: Any, edit: str) -> None:
    from ticketing.amending import fills

    number, admin = submitted(changes=[CHANGE, replace(CHANGE, activity="preconisation")]), people("a.admin")
    mark = seen(people, number)
    approvals.approve(admin, number, mark, "", now)
    view = drafts.draft(admin, number)
    one = view.cell("inventaire", "conseil")
    assert one is not None
    if edit == "cell":
        amendments.put(people("d1.ref"), number, replace(CHANGE, value="Etab"), one.mark, now)
    elif edit == "title":
        amendments.rename(admin, number, view.version, amendments.DraftHeader("Autre titre", ON), now)
    elif edit == "removed":
        amendments.remove(admin, number, "inventaire", "conseil", one.mark, now)
    else:  # the agreement itself has changed meanwhile: « blank receives » has become « EN is replaced »
        paper = {"page": "7", "line": "31", "column": "6"}
        fill = fills.fill(admin, HP, replace(CHANGE, value="EN"), paper, now)
        fills.confirm(admin, HP, fill, [], now)
    with pytest.raises(drafts.StaleDraft):
        approvals.approve(people("d1.ref"), number, mark, "", now)
    found = approvals.standing(admin, number)
    assert [one.stands for one in found.given] == [False] and len(found.missing) == 2
    assert approvals.approve(people("d1.ref"), number, found.content, "", now) is False
    assert approvals.approve(admin, number, found.content, "", now) is True


def test_a_comment_voids_nothing(people: Any, submitted: Any, now: Any) -> None:
    number = submitted()
    mark = seen(people, number)
    amendments.comment(people("d1.ref"), number, "", "", "Bien vu.", now)
    assert seen(people, number) == mark


def test_one_person_does_not_sign_for_two(people: Any, submitted: Any, now: Any) -> None:
    number = submitted()
    admin = people("a.admin")
    approvals.approve(admin, number, seen(people, number), "", now)
    other = Mandate(9, Role.REFERENT, "departement-hautes-pyrenees", date(2026, 1, 1))
    with pytest.raises(StepRefused) as refused:
        approvals.approve(replace(admin, mandate=other), number, seen(people, number), "", now)
    assert "deux personnes" in refused.value.sentence


def test_strangers_find_nothing_to_approve(people: Any, submitted: Any, now: Any) -> None:
    number = submitted()
    for sigle in ("d1.agent", "d2.agent", "a.tech", "c11.chef", "a.lecture"):
        with pytest.raises(NotFound):
            approvals.approve(people(sigle), number, "", "", now)
        with pytest.raises(NotFound):
            approvals.reject(people(sigle), number, "Parce que.", now)
        assert approvals.to_approve(people(sigle)) == []


def test_a_draft_is_not_approved_before_it_is_submitted_nor_submitted_empty(people: Any, now: Any) -> None:
    admin = people("a.admin")
    number = amendments.start(admin, HP, "annexe", amendments.DraftHeader("Un projet vide", ON), now)
    with pytest.raises(StepRefused):
        approvals.submit(admin, number, seen(people, number), now)
    amendments.put(admin, number, CHANGE, "", now)
    with pytest.raises(StepRefused):
        approvals.approve(admin, number, seen(people, number), "", now)
    with pytest.raises(drafts.StaleDraft):
        approvals.submit(admin, number, "autre", now)


def test_an_avenant_wants_each_side_s_deliberation(people: Any, submitted: Any, now: Any) -> None:
    number = submitted(kind="avenant", changes=[replace(CHANGE, ref="II.2")])
    with pytest.raises(Invalid) as fault:
        approvals.approve(people("a.admin"), number, seen(people, number), " ", now)
    assert list(fault.value.errors) == ["reference"]
    approvals.approve(people("a.admin"), number, seen(people, number), "Décision du recteur du 3 mars 2027", now)
    assert approvals.standing(people("d1.ref"), number).given[0].reference.startswith("Décision")


def test_an_annexe_touches_no_article(people: Any, submitted: Any) -> None:
    with pytest.raises(Invalid) as fault:
        submitted(changes=[replace(CHANGE, ref="II.2")])
    assert "avenant" in fault.value.errors["changes"]


def test_the_day_of_effect_has_not_passed_unless_the_avenant_says_so(people: Any, submitted: Any, now: Any) -> None:
    soon = date(2026, 11, 18)
    late = datetime(2026, 11, 25, 9, tzinfo=UTC)
    number = submitted(effect_on=soon)
    with pytest.raises(Invalid) as fault:
        approvals.approve(people("a.admin"), number, seen(people, number), "", late)
    assert list(fault.value.errors) == ["effect_on"]
    back = submitted(effect_on=soon, kind="avenant", retroactive=True)
    for sigle in ("a.admin", "d1.ref"):
        done = approvals.approve(people(sigle), back, seen(people, back), "Délibération n° 12", late)
    assert done and cell(soon) == "CL"


def test_no_version_takes_effect_once_the_agreement_is_recorded_to_have_ended(
    people: Any, submitted: Any, now: Any
) -> None:
    number, sooner = submitted(), submitted(title="La veille de la fin", effect_on=date(2027, 6, 30))
    overview.record(people("a.admin"), {"convention": HP, "fact": "end:", "on": "2027-07-01", "words": ""}, now)
    with pytest.raises(Invalid) as fault:
        approvals.approve(people("a.admin"), number, seen(people, number), "", now)
    assert "ne sera plus en vigueur" in fault.value.errors["effect_on"]
    assert approvals.approve(people("a.admin"), sooner, seen(people, sooner), "", now) is False


def test_two_versions_do_not_take_effect_on_the_same_day(people: Any, submitted: Any, now: Any) -> None:
    one, two = submitted(), submitted(title="L’autre projet")
    for sigle in ("a.admin", "d1.ref"):
        approvals.approve(people(sigle), one, seen(people, one), "", now)
    with pytest.raises(Invalid) as fault:
        approvals.approve(people("a.admin"), two, seen(people, two), "", now)
    assert "déjà effet" in fault.value.errors["effect_on"]


def test_two_of_the_same_day_approved_at_the_same_instant_make_one_version(
    any_app: Any, people: Any, submitted: Any, now: Any
) -> None:
    two = [submitted(), submitted(title="L’autre projet")]
    for number in two:
        approvals.approve(people("a.admin"), number, seen(people, number), "", now)
    marks, referent = {number: seen(people, number) for number in two}, people("d1.ref")
    db.session.remove()

    def approve(number: int) -> bool:
        with any_app.app_context():
            try:
                return approvals.approve(referent, number, marks[number], "", now)
            except (Invalid, drafts.StaleDraft):
                return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(approve, two)) == [False, True]
    assert len(routing.router_known_at(now).conventions[HP].versions) == 2


def test_what_another_process_approved_while_one_waited_is_known(
    people: Any, submitted: Any, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = submitted(), submitted(title="L’autre projet", changes=[replace(CHANGE, activity="mco")])
    for number in (one, two):
        approvals.approve(people("a.admin"), number, seen(people, number), "", now)
    mark, mine = seen(people, two), approvals.writing

    @contextmanager
    def waited() -> Any:
        monkeypatch.undo()
        routing.router()  # a page asked for it while this approval waited for the other writer
        known = dict(routing._known)
        approvals.approve(people("d1.ref"), one, seen(people, one), "", now)
        routing._known.update(known)  # this process does not know it yet
        with mine() as session:
            yield session

    monkeypatch.setattr(approvals, "writing", waited)
    with pytest.raises(Invalid) as fault:
        approvals.approve(people("d1.ref"), two, mark, "", now)
    assert "déjà effet" in fault.value.errors["effect_on"]


def test_a_draft_emptied_after_it_was_submitted_is_not_approved(people: Any, submitted: Any, now: Any) -> None:
    number, admin = submitted(), people("a.admin")
    mark = drafts.draft(admin, number).cells[0].mark
    amendments.remove(admin, number, "inventaire", "conseil", mark, now)
    with pytest.raises(StepRefused) as refused:
        approvals.approve(admin, number, seen(people, number), "", now)
    assert "aucune case" in refused.value.sentence


def test_what_no_longer_fits_the_agreement_is_not_approved_before_a_version_to_come(
    people: Any, submitted: Any, now: Any
) -> None:
    later = submitted(changes=[replace(CHANGE, activity="mco", value="EN")])
    for sigle in ("a.admin", "d1.ref"):
        approvals.approve(people(sigle), later, seen(people, later), "", now)
    number = submitted(title="Plus tôt", effect_on=date(2027, 1, 1))
    row = db.session.get(DraftChange, (number, "inventaire", "conseil"))
    assert row is not None
    row.change = {**row.change, "value": "CL (77)"}  # a note that the files no longer have
    db.session.commit()
    with pytest.raises(Invalid) as fault:
        approvals.approve(people("a.admin"), number, seen(people, number), "", now)
    assert "ne convient plus" in fault.value.errors["changes"]


def test_an_earlier_version_approved_later_carries_into_the_next(people: Any, submitted: Any, now: Any) -> None:
    later = submitted(changes=[replace(CHANGE, activity="mco", value="EN")])
    sooner = submitted(title="Plus tôt", effect_on=date(2027, 1, 1))
    for number in (later, sooner):
        for sigle in ("a.admin", "d1.ref"):
            approvals.approve(people(sigle), number, seen(people, number), "", now)
    version = routing.router().conventions[HP].version_on(ON)
    assert version is not None and version.on == ON
    assert (version.cells["inventaire", "mco"].value, version.cells["inventaire", "conseil"].value) == ("EN", "CL")


# --- rejected ---------------------------------------------------------------------------------------------------------


def test_the_other_side_turns_it_down_with_its_reason(people: Any, submitted: Any, now: Any) -> None:
    number = submitted()
    with pytest.raises(Invalid):
        approvals.reject(people("d1.ref"), number, "non", now)
    approvals.reject(people("d1.ref"), number, "Le Département n’a pas d’expert.", now)
    view = drafts.draft(people("a.admin"), number)
    assert (view.state, view.closed_reason) == ("rejected", "Le Département n’a pas d’expert.")
    with pytest.raises(StepRefused):
        approvals.approve(people("a.admin"), number, seen(people, number), "", now)


def test_who_began_it_gives_it_up(people: Any, submitted: Any, now: Any) -> None:
    number = submitted()
    approvals.reject(people("a.admin"), number, "Reporté à l’an prochain.", now)
    assert drafts.draft(people("d1.ref"), number).state == "withdrawn"
    draft_only = amendments.start(
        people("a.admin"), HP, "annexe", amendments.DraftHeader("Pas soumis", ON), now, [CHANGE]
    )
    with pytest.raises(StepRefused):
        approvals.reject(people("d1.ref"), draft_only, "Pas d’accord.", now)


# --- golden tickets ---------------------------------------------------------------------------------------------------

FACTS = {"etablissement": "desaix-tarbes", "service": "inventaire", "activity": "conseil"}


def test_a_golden_ticket_that_fails_stops_the_approval_and_says_why(people: Any, submitted: Any, now: Any) -> None:
    referent = people("d1.ref")
    kept = golden.attach(
        referent, HP, golden.GoldenForm("L’inventaire reste au guichet", FACTS, None, "to_qualify"), now
    )
    number = submitted()
    with pytest.raises(approvals.GoldenFailed) as failed:
        approvals.approve(referent, number, seen(people, number), "", now)
    (one,) = failed.value.failed
    assert (one.golden.id, one.expected, one.got) == (kept, "à qualifier", "Département des Hautes-Pyrénées")
    assert "annexe 2" in one.why
    assert db.session.scalar(select(func.count()).select_from(DraftApproval)) == 0
    golden.withdraw(people("a.admin"), kept, now)
    assert approvals.approve(referent, number, seen(people, number), "", now) is False


def test_a_golden_ticket_of_a_day_before_is_not_moved_by_the_version(people: Any, submitted: Any, now: Any) -> None:
    golden.attach(
        people("a.admin"), HP, golden.GoldenForm("En 2026, au guichet", FACTS, date(2026, 11, 2), "to_qualify"), now
    )
    number = submitted()
    assert approvals.approve(people("d1.ref"), number, seen(people, number), "", now) is False
    view = drafts.draft(people("a.admin"), number)
    assert [one.holds for one in approvals.rehearse(view)] == [True]


def test_a_golden_ticket_is_made_from_a_ticket_that_one_sees(people: Any, draft: Any, now: Any) -> None:
    number = desk.open_ticket(people("c11.cmi"), draft(), [], now)
    made = golden.attach_ticket(people("d1.ref"), HP, str(number), "", now)
    (one,) = golden.of(people("a.admin"), HP)
    assert (one.id, one.ticket_number) == (made, number)
    assert (one.expected_status, one.expected_party) == ("routed", "departement")
    assert one.facts["user_category"] == "cdi"
    (tried,) = golden.tried(golden.live(HP), routing.router(), date(2026, 11, 20))
    assert tried.holds
    for typed in (str(number), "999", "x", "", "²"):  # the administrator sees what the académie holds
        with pytest.raises(Invalid) as fault:
            golden.attach_ticket(people("a.admin"), HP, typed, "Essai", now)
        assert list(fault.value.errors) == ["number"]


def test_a_golden_ticket_tells_the_other_signatories_no_word_of_the_ticket(people: Any, draft: Any, now: Any) -> None:
    number = desk.open_ticket(people("c11.cmi"), draft(tag="INV-77", asset="Poste de Mme Duval"), [], now)
    with pytest.raises(desk.NotFound):
        queries.ticket(perimeter(people("a.admin")), people("a.admin"), number)
    golden.attach_ticket(people("d1.ref"), HP, str(number), "", now)
    (one,) = golden.of(people("a.admin"), HP)
    assert (
        one.label
        == f"{routing.router().conventions.services['equipement-bureautique']}, "
        + (routing.router().conventions.activities["mco"])
    )
    told = repr(one)
    assert not [word for word in ("CDI ne démarre", "Écran noir", "INV-77", "Duval") if word in told]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"label": "x"}, "label"),
        ({"expected": "routed:mairie"}, "expected"),
        ({"expected": "rien"}, "expected"),
        ({"facts": {**FACTS, "service": "rien"}}, "service"),
        ({"facts": {}}, "etablissement"),
        ({"facts": {**FACTS, "acquired_on": "demain"}}, "acquired_on"),
        ({"facts": {**FACTS, "etablissement": "les-trois-sources-vallombreuse"}}, "etablissement"),
    ],
)
def test_a_golden_ticket_is_judged_at_its_field(people: Any, now: Any, changes: Any, field: str) -> None:
    values: dict[str, Any] = {"label": "Un témoin", "facts": FACTS, "on": None, "expected": "to_qualify"}
    with pytest.raises(Invalid) as fault:
        golden.attach(people("a.admin"), HP, golden.GoldenForm(**(values | changes)), now)
    assert list(fault.value.errors) == [field]


def test_golden_tickets_are_the_signatories_own(people: Any, now: Any) -> None:
    made = golden.attach(people("a.admin"), HP, golden.GoldenForm("Un témoin", FACTS, None, "to_qualify"), now)
    for sigle in ("d2.agent", "d1.agent", "c11.cmi", "a.tech"):
        with pytest.raises(NotFound):
            golden.of(people(sigle), HP)
        with pytest.raises(NotFound):
            golden.withdraw(people(sigle), made, now)


# --- as many signatories as the text has ------------------------------------------------------------------------------

DS, BDR = "deux-sevres-2017", "bouches-du-rhone-2017"
#: Sigle of an account -> the mandate under which it signs, as (role, scope).
SIDES = {
    "a.admin": (Role.ADMINISTRATEUR, "academie-poitiers"),
    "d1.ref": (Role.REFERENT, "departement-deux-sevres"),
    "c11.chef": (Role.CHEF, "college-lezay"),
    "a.tech": (Role.REFERENT, "reseau-canope"),
}


def acting(people: Any, sigle: str, role: Role, scope: str) -> Actor:
    return replace(people(sigle), mandate=Mandate(1, role, scope, date(2026, 1, 1)))


def avenant(actor: Actor, convention: str, ref: str, now: datetime, key: tuple[str, str]) -> tuple[int, str]:
    """Write and submit an avenant of one cell; return its number and the mark of its content."""
    service, activity = key
    change = CellChange(service=service, activity=activity, value="EN", ref=ref, quote="les mots de l’avenant")
    past = (
        routing.router().conventions[convention].ends
    )  # an agreement that is over has only an avenant that looks back
    header = amendments.DraftHeader("Avenant d’essai", past or date(2026, 12, 1), past is not None)
    number = amendments.start(actor, convention, "avenant", header, now, [change])
    approvals.submit(actor, number, approvals.standing(actor, number).content, now)
    return number, approvals.standing(actor, number).content


def test_an_avenant_of_the_deux_sevres_wants_its_four_signatories(people: Any, now: Any) -> None:
    actors = [acting(people, sigle, *side) for sigle, side in SIDES.items()]
    number, mark = avenant(actors[0], DS, "4", now, ("telephonie-mobile", "conseil"))
    names = [one.name for one in approvals.standing(actors[0], number).wanted]
    assert names == ["Académie de Poitiers", "Département des Deux-Sèvres", "Collège de Lezay", "Réseau Canopé"]
    for rank, actor in enumerate(actors):
        assert [row.id for row in approvals.to_approve(actor)] == [number]
        whole = approvals.approve(actor, number, mark, "Délibération n° 12 du 3 novembre", now)
        assert whole is (rank == len(actors) - 1)
        assert len(approvals.standing(actor, number).missing) == len(actors) - 1 - rank
    cells = routing.router().conventions[DS].version_on(date(2026, 12, 1)).cells  # type: ignore[union-attr]
    assert cells["telephonie-mobile", "conseil"].value == "EN"


def test_the_articles_of_the_tripartite_agreement_want_every_college_too(people: Any, now: Any) -> None:
    """Its articles P were signed by two, its articles M by three: the third is each collège of the plan."""
    admin = acting(people, "a.admin", Role.ADMINISTRATEUR, "academie-aix-marseille")
    chef = acting(people, "c11.chef", Role.CHEF, "0131266F")
    partnership, _ = avenant(admin, BDR, "P3.1", now, ("securite-physique", "conseil"))
    assert [one.party for one in approvals.standing(admin, partnership).wanted] == ["academie", "departement"]
    assert approvals.to_approve(chef) == []
    number, mark = avenant(admin, BDR, "M3.1", now, ("applications-tablettes", "conseil"))
    college = next(one for one in approvals.standing(admin, number).wanted if one.party == "college")
    assert len(approvals.standing(admin, number).wanted) == 3 and len(college.members) == 38
    assert approvals.approve(chef, number, mark, "Délibération du conseil d’administration", now) is False
    found = approvals.standing(admin, number)
    assert [one.organisation for one in found.from_(college)] == ["0131266F"] and college in found.missing


def test_a_chef_approves_and_never_writes_nor_reads_what_another_college_said(people: Any, now: Any) -> None:
    admin = acting(people, "a.admin", Role.ADMINISTRATEUR, "academie-aix-marseille")
    chef = acting(people, "c11.chef", Role.CHEF, "0131266F")
    other = acting(people, "c11.cmi", Role.CHEF, "0132318Z")
    number, mark = avenant(admin, BDR, "M3.1", now, ("applications-tablettes", "conseil"))
    for refused in (
        lambda: amendments.start(chef, BDR, "avenant", amendments.DraftHeader("Essai", ON, False), now),
        lambda: amendments.rename(chef, number, 2, amendments.DraftHeader("Autre titre", ON, False), now),
        lambda: amendments.remove(chef, number, "applications-tablettes", "conseil", mark, now),
        lambda: golden.of(chef, BDR),
    ):
        with pytest.raises(NotFound):
            refused()
    amendments.comment(other, number, "", "", "Ce que pense un autre collège.", now)
    amendments.comment(admin, number, "", "", "Ce que pense l’académie.", now)
    assert [one.text for one in drafts.draft(chef, number).comments] == ["Ce que pense l’académie."]
    assert len(drafts.draft(admin, number).comments) == 2
    with pytest.raises(NotFound):
        drafts.draft(acting(people, "c11.chef", Role.CHEF, "desaix-tarbes"), number)
