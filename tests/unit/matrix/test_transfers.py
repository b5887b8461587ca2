"""The warning on a transfer says what its own clause says: what may pass, to whom, and where the text says it."""

from datetime import date, datetime

import pytest
from harness.agreements import cell, place, written

from matrix import Recorded, Request, Router, load_conventions
from matrix.checks import lint
from matrix.explain import why
from matrix.files import ConventionError

CLAUSES = """
[[clause]]
id = "b"
ref = "7.3"
quote = "la maintenance des tablettes pourra être confiée au Département"
"""
TRANSFER = """
[[transfer]]
services = ["{service}"]
activity = "{activity}"
from = "{source}"
to = "{target}"
warning = "cite-scolaire"
cites = ["b"]
"""
PLACE = place("jean-valmont").rstrip() + "\ncite_scolaire = true\n"


def told(root):
    router = Router(load_conventions(root))
    asked = Request(
        etablissement="jean-valmont", service="tablettes", activity="mco", opened_at=datetime(2026, 1, 8, 10)
    )
    return [(one.code, one.message) for one in router.route(asked).warnings]


def agreement(tmp_path, more):
    parties = ("academie", "departement", "region", "college")
    return written(
        tmp_path, parties=parties, places=PLACE, cells=cell("selon", more='[[cell.case]]\nparty = "region"\n'),
        more=more, clauses=CLAUSES,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "target", "activity", "sentence"),
    [
        ("region", "departement", "mco", "la maintenance peut passer au Département de la Rive (article 7.3)."),
        ("departement", "region", "mco", "la maintenance peut passer à la Région des Rives (article 7.3)."),
        ("departement", "region", "installation", "l’installation peut passer à la Région des Rives (article 7.3)."),
    ],
)
def test_a_warning_comes_from_its_own_transfer(tmp_path, source, target, activity, sentence):
    more = TRANSFER.format(service="tablettes", activity=activity, source=source, target=target)
    assert told(agreement(tmp_path, more)) == [("cite-scolaire", f"Cité scolaire : {sentence}")]


def test_two_transfers_that_say_the_same_warn_once(tmp_path):
    one = TRANSFER.format(service="tablettes", activity="mco", source="departement", target="region")
    other = TRANSFER.format(service="tablettes", activity="mco", source="college", target="region")
    assert len(told(agreement(tmp_path, one + other))) == 1


# --- between any two parties, for établissements chosen by kind, owner, list or recorded fact -------------------------

ANY = """
[[transfer]]
services = ["tablettes"]
activity = "mco"
from = "{source}"
to = "{target}"
{more}
cites = ["b"]
"""
PLACES = (
    place("jean-valmont", kind="lycee", owner="region")
    + place("pre-valmont", owner="departement")
    + place("lac-valmont", owner="departement")
)
PARTIES = ("academie", "departement", "region", "college", "etablissement")


def routed(root, name, *recorded, **facts):
    router = Router(load_conventions(root), recorded)
    asked = Request(
        etablissement=name, service="tablettes", activity="mco", opened_at=datetime(2026, 1, 8, 10), **facts
    )
    decision = router.route(asked)
    return decision, why(router, asked, decision)


def general(tmp_path, more, source="CL", target="academie", cells=None):
    told = ANY.format(source=source, target=target, more=more)
    cells = cells or cell("CL")
    return written(tmp_path, parties=PARTIES, places=PLACES, cells=cells, more=told, clauses=CLAUSES)


@pytest.mark.parametrize(
    ("more", "moved"),
    [
        ('when = { kind = "lycee" }', {"jean-valmont"}),
        ('when = { owner = "departement" }', {"pre-valmont", "lac-valmont"}),
        ('etablissements = ["lac-valmont"]', {"lac-valmont"}),
        ('etablissements = ["lac-valmont"]\nwhen = { kind = "lycee" }', set()),
        ("", {"jean-valmont", "pre-valmont", "lac-valmont"}),
    ],
)
def test_a_transfer_of_the_text_holds_where_it_chooses(tmp_path, more, moved):
    root = general(tmp_path, f"recorded = false\n{more}")
    found = {name: routed(root, name)[0] for name in ("jean-valmont", "pre-valmont", "lac-valmont")}
    assert {name for name, one in found.items() if one.party == "academie"} == moved
    assert all(one.warnings == () for one in found.values())
    assert {one.citations[0].ref for name, one in found.items() if name in moved} <= {"7.3"}
    report = lint(load_conventions(root), ["essai-2025"], on=date(2026, 1, 10))
    assert not [one for one in report.findings if one.code == "proof"]


def test_a_transfer_waits_for_its_record_and_warns_with_its_own_clause_and_taker(tmp_path):
    root = general(tmp_path, 'when = { kind = "lycee" }\nid = "lycees"')
    decision, _ = routed(root, "jean-valmont")
    assert decision.party == "region"
    assert [(one.code, one.message) for one in decision.warnings] == [
        ("transfer", "La maintenance peut passer à l’Académie de Valmont (article 7.3).")
    ]
    assert routed(root, "pre-valmont")[0].warnings == ()
    on = date(2026, 1, 1)
    assert routed(root, "jean-valmont", Recorded("transferred", "essai-2025", on, "jean-valmont"))[0].party == "region"
    told, reason = routed(root, "jean-valmont", Recorded("transferred", "essai-2025", on, "jean-valmont:lycees"))
    assert (told.party, told.warnings) == ("academie", ()) and "car l’établissement est un lycée" in reason


def test_a_transfer_that_hangs_on_an_unknown_fact_is_not_settled(tmp_path):
    root = general(tmp_path, 'recorded = false\nwhen = { acquired_by = "region" }', source="departement")
    decision, _ = routed(root, "pre-valmont")
    assert (decision.status, decision.missing) == ("needs_info", ("acquired_by",))
    assert set(decision.candidates) == {"departement", "academie"}
    assert routed(root, "pre-valmont", acquired_by="region")[0].party == "academie"
    assert routed(root, "pre-valmont", acquired_by="college")[0].party == "departement"
    report = lint(load_conventions(root), ["essai-2025"], on=date(2026, 1, 10))
    assert not [one for one in report.findings if one.code == "proof"]


def test_two_transfers_of_one_work_to_two_parties_conflict(tmp_path):
    more = ANY.format(source="departement", target="region", more="recorded = false")
    more += ANY.format(source="departement", target="academie", more="recorded = false")
    root = written(tmp_path, parties=PARTIES, places=PLACES, cells=cell("CL"), more=more, clauses=CLAUSES)
    decision, reason = routed(root, "pre-valmont")
    assert (decision.status, decision.candidates) == ("conflict", ("region", "academie"))
    assert "la Région des Rives et l’Académie de Valmont" in reason


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('when = { kind = "lycées" }', "'lycées' n'est pas une question connue ; attendu : ecole, college, lycee"),
        ('etablissements = ["ailleurs"]', "'ailleurs' inconnu ; attendu : jean-valmont, pre-valmont, lac-valmont"),
        ('warning = "autre"', "'autre' inconnu ; attendu : cite-scolaire, transfer"),
        ('id = "Les lycées"', "« id » : 'Les lycées' ; attendu : des minuscules"),
    ],
)
def test_a_transfer_that_is_wrong_is_refused_with_its_line(tmp_path, more, expected):
    with pytest.raises(ConventionError) as caught:
        load_conventions(general(tmp_path, more))
    assert any(one.startswith("essai-2025/convention.toml:") and expected in one for one in caught.value.faults)


def test_a_transfer_goes_to_another_party_and_cites(tmp_path):
    told = ANY.format(source="region", target="region", more="").replace('cites = ["b"]', "")
    root = written(tmp_path, parties=PARTIES, places=PLACES, cells=cell("CL"), more=told)
    with pytest.raises(ConventionError) as caught:
        load_conventions(root)
    assert any("« to » : 'region' comme « from »" in one for one in caught.value.faults)
    assert any("un transfert cite au moins une clause" in one for one in caught.value.faults)
