"""The kind, sector and owner of an établissement in conditions: known, never asked, told, tried by the proof."""

from datetime import date, datetime

import pytest
from harness.agreements import cell, place, written

from matrix import Request, Router, load_conventions
from matrix.checks import lint
from matrix.explain import what_would_change, why
from matrix.files import ConventionError
from matrix.places import at, strangers
from matrix.router.fact_cell import FactCell

PARTIES = ("academie", "departement", "region", "college", "etablissement")
PLACES = (
    place("pre-valmont", owner="departement")
    + place("jean-valmont", kind="lycee", owner="region")
    + place("saint-valmont", owner="departement", sector="private")
)


def case(when, party):
    told = f"when = {{ {when} }}\n" if when else ""
    return f'[[cell.case]]\n{told}party = "{party}"\n'


def agreement(tmp_path, *cases, places=PLACES, more="", parties=PARTIES):
    return written(tmp_path, parties=parties, places=places, cells=cell("selon", more="".join(cases)), more=more)


def asked(name, **facts):
    return Request(etablissement=name, service="tablettes", activity="mco", opened_at=datetime(2026, 1, 8), **facts)


def faults(root):
    with pytest.raises(ConventionError) as caught:
        load_conventions(root)
    return caught.value.faults


@pytest.mark.parametrize(
    ("when", "name", "reason"),
    [
        ('kind = "lycee"', "jean-valmont", "car l’établissement est un lycée"),
        ('sector = "private"', "saint-valmont", "car l’établissement est privé"),
        ('owner = "region"', "jean-valmont", "car l’établissement relève de la Région des Rives"),
    ],
)
def test_a_condition_on_the_etablissement_decides_without_asking_and_is_told(tmp_path, when, name, reason):
    router = Router(load_conventions(agreement(tmp_path, case(when, "academie"), case("", "departement"))))
    decision = router.route(asked(name))
    assert (decision.status, decision.party, decision.missing) == ("routed", "academie", ())
    assert reason in why(router, asked(name), decision)
    assert what_would_change(router, asked(name)) == [] and router.asked(asked(name)) == ()
    other = router.route(asked("pre-valmont"))
    assert other.party == "departement" and "car l’établissement" in why(router, asked("pre-valmont"), other)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (
            'kind = "école"',
            "kind = 'école' n'est pas une question connue ; attendu : ecole, college, lycee, cite-scolaire",
        ),
        ('kind = "Lycée"', "attendu : ecole, college, lycee, cite-scolaire"),
        ('sector = "privé"', "sector = 'privé' n'est pas une question connue ; attendu : public, private"),
        ('owner = "academie"', "owner = 'academie' n'est pas une question connue ; attendu : departement, region"),
        ("under_warranty = 1", "under_warranty = 1 n'est pas une question connue ; attendu : true, false"),
        ('genre = "lycee"', "'genre' n'est pas une question connue ; attendu : user_category"),
        ('acquired_on = "after 2025-02-30"', "attendu : un jour du calendrier"),
    ],
)
def test_a_condition_that_is_misspelt_is_refused_with_its_line_and_what_was_expected(tmp_path, when, expected):
    (fault,) = faults(agreement(tmp_path, case(when, "academie"), case("", "departement")))
    assert fault.startswith("essai-2025/cells.toml:9: ") and expected in fault


def test_a_kind_of_etablissement_that_is_misspelt_is_refused(tmp_path):
    (fault,) = faults(agreement(tmp_path, case("", "departement"), places=place("pre-valmont", kind="école")))
    assert "etablissements.toml:6: « kind » : 'école' inconnu ; attendu : ecole, college, lycee, cite-scolaire" in fault


def test_a_cite_scolaire_keeps_its_kind_besides(tmp_path):
    both = PLACES + place("cite-valmont", kind="cite-scolaire", owner="region")
    both += place("mixte-valmont", owner="departement").rstrip() + "\ncite_scolaire = true\n"
    cases = case('kind = "cite-scolaire"', "academie"), case('kind = "college"', "departement"), case("", "region")
    router = Router(load_conventions(agreement(tmp_path, *cases, places=both)))
    found = {name: router.route(asked(name)).party for name in ("cite-valmont", "mixte-valmont", "pre-valmont")}
    assert found == {"cite-valmont": "academie", "mixte-valmont": "academie", "pre-valmont": "departement"}
    assert "n’est pas une cité scolaire" in why(router, asked("pre-valmont"), router.route(asked("pre-valmont")))


def test_a_fact_that_only_another_kind_hangs_on_is_not_asked(tmp_path):
    cases = case('kind = "lycee", under_warranty = true', "academie"), case("", "departement")
    router = Router(load_conventions(agreement(tmp_path, *cases)))
    assert router.route(asked("pre-valmont")).status == "routed"
    assert router.route(asked("jean-valmont")).missing == ("under_warranty",)


def test_a_contributor_may_be_wanted_of_one_sector_alone(tmp_path):
    helping = (
        '[[cell.case]]\nparty = "departement"\ncontributors = [{ party = "academie", when = { sector = "private" } }]\n'
    )
    router = Router(load_conventions(agreement(tmp_path, helping)))
    assert router.route(asked("saint-valmont")).contributors == ("academie",)
    assert router.route(asked("pre-valmont")).contributors == ()


def test_the_proof_tries_each_kind_and_finds_a_router_that_forgets_one(tmp_path, monkeypatch):
    cases = case('kind = "lycee", under_warranty = true', "academie"), case("", "departement")
    conventions = load_conventions(agreement(tmp_path, *cases))
    report = lint(conventions, ["essai-2025"], on=date(2026, 1, 10))
    assert report.proofs[0].places == 2  # the collèges, public and private, are one class here
    assert [one for one in report.findings if one.code == "proof"] == []
    monkeypatch.setattr(FactCell, "_representatives", lambda self, fact: [False])
    assert [one for one in lint(conventions, ["essai-2025"], on=date(2026, 1, 10)).findings if one.code == "proof"]


def test_an_exclusion_of_one_kind_leaves_the_others_in(tmp_path):
    excluded = '[[exclusion]]\nservices = ["tablettes"]\nwhen = { kind = "lycee" }\ncites = ["a"]\n'
    root = agreement(tmp_path, case("", "departement"), more=excluded)
    router = Router(load_conventions(root))
    assert router.route(asked("pre-valmont")).party == "departement"
    decision = router.route(asked("jean-valmont"))
    assert decision.status == "out_of_scope"
    assert "en dehors de ce qu’il règle, car l’établissement est un lycée" in why(
        router, asked("jean-valmont"), decision
    )
    report = lint(load_conventions(root), ["essai-2025"], on=date(2026, 1, 10))
    assert not [one for one in report.findings if one.code == "proof"]


@pytest.mark.parametrize("table", ["exclusion", "replaceable"])
def test_a_rule_over_the_cells_asks_only_of_the_etablissement(tmp_path, table):
    more = (
        f'[[{table}]]\nservices = ["ent"]\nproduct = "x"\nlabel = "x"\nactivity = "mco"\ncites = ["a"]\n'
        "when = { under_warranty = true }\n"
    )
    told = faults(agreement(tmp_path, case("", "departement"), more=more))
    assert any("'under_warranty' ne se demande pas ici ; attendu : kind, sector, owner" in one for one in told)


def test_school_time_may_hold_for_one_kind(tmp_path):
    more = '[school_time]\nservices = ["tablettes"]\nactivities = ["mco"]\nzone = "A"\nclause = "a"\n'
    more += 'when = { kind = "lycee" }\n'
    router = Router(load_conventions(agreement(tmp_path, case("", "departement"), more=more)))
    night = datetime(2026, 1, 8, 23)
    codes = {
        name: [one.code for one in router.route(Request(
            etablissement=name, service="tablettes", activity="mco", opened_at=night)).warnings]
        for name in ("pre-valmont", "jean-valmont")
    }  # fmt: skip
    assert codes == {"pre-valmont": [], "jean-valmont": ["school-time"]}


def test_a_condition_on_the_owner_wants_every_owner(tmp_path):
    cases = case('owner = "region"', "academie"), case("", "departement")
    (fault,) = faults(agreement(tmp_path, *cases, places=place("pre-valmont")))
    assert fault.startswith("essai-2025/etablissements.toml:2: une condition demande « owner »")


def test_a_cell_at_an_etablissement_stops_at_the_case_that_takes_all(tmp_path):
    cases = case('kind = "lycee"', "region"), case("", "departement")
    convention = load_conventions(agreement(tmp_path, *cases))["essai-2025"]
    whole = convention.versions[0].cells["tablettes", "mco"]
    lycee = at(whole, convention.etablissements["jean-valmont"], convention.parties)
    assert [(one.tests, one.party) for one in lycee.cases] == [((), "region")]
    assert strangers(convention, convention.etablissements["jean-valmont"]) == {"departement", "college"}
