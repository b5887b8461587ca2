"""« CL » is the établissement's own collectivité, and « Etab » itself, where an agreement has several of a role."""

from datetime import date, datetime

import pytest
from harness.agreements import cell, place, written

from matrix import Request, Router, load_conventions
from matrix.checks import lint
from matrix.explain import payers, what_would_change
from matrix.files import ConventionError
from matrix.router.fact_cell import FactCell

ALL = ("academie", "departement", "region", "commune", "college", "ecole", "etablissement")
TRANSFER = """
[[transfer]]
services = ["tablettes"]
activity = "mco"
from = "departement"
to = "region"
warning = "cite-scolaire"
cites = ["a"]
"""


def asked(name, **facts):
    return Request(etablissement=name, service="tablettes", activity="mco", opened_at=datetime(2026, 1, 8), **facts)


def answers(root, *names, **facts):
    router = Router(load_conventions(root))
    return [router.route(asked(name, **facts)).party for name in names]


def faults(root):
    with pytest.raises(ConventionError) as caught:
        load_conventions(root)
    return caught.value.faults


PLACES = (
    place("jean-valmont", kind="lycee", owner="region")
    + place("pre-valmont", kind="college", owner="departement")
    + place("gue-valmont", kind="ecole", owner="commune")
)


def test_each_etablissement_goes_to_its_own_collectivite(tmp_path):
    root = written(tmp_path, parties=ALL, places=PLACES, cells=cell("CL"))
    assert answers(root, "jean-valmont", "pre-valmont", "gue-valmont") == ["region", "departement", "commune"]


def test_who_paid_is_its_own_collectivite_or_itself(tmp_path):
    root = written(tmp_path, parties=ALL, places=PLACES, cells=cell("CL ou Etab"))
    router = Router(load_conventions(root))
    found = [set(router.route(asked(name)).candidates) for name in ("jean-valmont", "pre-valmont", "gue-valmont")]
    assert found == [{"region", "etablissement"}, {"departement", "college"}, {"commune", "ecole"}]
    assert {one.party for one in what_would_change(router, asked("jean-valmont"))} == {"region", "etablissement"}


def test_a_case_may_name_the_role(tmp_path):
    case = '[[cell.case]]\nwhen = { under_warranty = true }\nparty = "Etab"\n[[cell.case]]\nparty = "CL"\n'
    root = written(tmp_path, parties=ALL, places=PLACES, cells=cell("selon", more=case))
    assert answers(root, "jean-valmont", "gue-valmont", under_warranty=False) == ["region", "commune"]
    assert answers(root, "jean-valmont", "gue-valmont", under_warranty=True) == ["etablissement", "ecole"]


@pytest.mark.parametrize("value", ["CL", "CL ou Etab"])
def test_an_owner_that_cannot_be_known_is_refused_with_its_line(tmp_path, value):
    places = place("pre-valmont") + place("jean-valmont", owner="region")
    root = written(tmp_path, parties=("academie", "departement", "region", "college"), places=places, cells=cell(value))
    (fault,) = faults(root)
    assert fault.startswith("essai-2025/etablissements.toml:2: ")
    assert "'pre-valmont'" in fault and "« owner », departement, region" in fault


def test_an_etablissement_whose_kind_is_no_party_is_refused(tmp_path):
    places = place("jean-valmont", kind="lycee")
    parties = ("academie", "commune", "college", "ecole")
    (fault,) = faults(written(tmp_path, parties=parties, places=places, cells=cell("Etab")))
    assert "etablissements.toml:2: " in fault and "« kind »" in fault


def test_an_owner_is_a_collectivite_of_the_agreement(tmp_path):
    told = faults(written(tmp_path, places=place("pre-valmont", owner="academie")))
    assert told == ["essai-2025/etablissements.toml:6: « owner » : 'academie' inconnu ; attendu : departement"]


def test_the_agreement_may_give_the_owner_of_those_that_name_none(tmp_path):
    places = place("pre-valmont") + place("jean-valmont", owner="region")
    parties = ("academie", "region", "departement", "college")
    root = written(tmp_path, parties=parties, places=places, cells=cell("CL"), head='owner = "departement"')
    assert answers(root, "pre-valmont", "jean-valmont") == ["departement", "region"]


def test_a_party_that_only_takes_over_by_a_transfer_is_nobody_s_owner_unless_named(tmp_path):
    parties, both = ("academie", "region", "departement", "college"), place("pre-valmont")
    root = written(tmp_path, parties=parties, places=both, cells=cell("CL"), more=TRANSFER)
    assert answers(root, "pre-valmont") == ["departement"]
    both += place("jean-valmont", owner="region")
    (fault,) = faults(written(tmp_path, parties=parties, places=both, cells=cell("CL"), more=TRANSFER))
    assert "'pre-valmont'" in fault
    head = 'owner = "departement"'
    root = written(tmp_path, parties=parties, places=both, cells=cell("CL"), more=TRANSFER, head=head)
    assert answers(root, "pre-valmont", "jean-valmont") == ["departement", "region"]


def test_several_parties_of_the_role_en_are_refused_at_the_value(tmp_path):
    root = written(tmp_path, parties=("academie", "canope", "departement", "college"), cells=cell("EN"))
    (fault,) = faults(root)
    assert fault.startswith("essai-2025/cells.toml:5: ") and "plusieurs parties de rôle EN (academie, canope)" in fault


def test_the_proof_tries_each_owner(tmp_path):
    conventions = load_conventions(written(tmp_path, parties=ALL, places=PLACES, cells=cell("CL ou Etab")))
    report = lint(conventions, ["essai-2025"], on=date(2026, 1, 10))
    assert report.proofs[0].places == 3
    assert not [one for one in report.findings if one.code == "proof"]


# --- who may have paid ------------------------------------------------------------------------------------------------

BY = '[[cell.case]]\nwhen = {{ acquired_by = "{who}" }}\nparty = "academie"\n[[cell.case]]\nparty = "departement"\n'


@pytest.mark.parametrize("who", ["EN", "academie", "CL", "departement", "region", "commune"])
def test_a_payer_that_a_clause_tests_is_asked_for(tmp_path, who):
    """Every value that a clause tests can change the party, whatever part that payer plays in the agreement."""
    root = written(tmp_path, cells=cell("selon", more=BY.format(who=who)))
    conventions = load_conventions(root)
    decision = Router(conventions).route(asked("un-valmont"))
    assert (decision.status, decision.missing) == ("needs_info", ("acquired_by",))
    assert set(decision.candidates) == {"academie", "departement"}
    assert not [one for one in lint(conventions, ["essai-2025"], on=date(2026, 1, 10)).findings if one.code == "proof"]


def test_a_payer_that_a_clause_tests_stands_in_what_would_change(tmp_path):
    router = Router(load_conventions(written(tmp_path, cells=cell("selon", more=BY.format(who="EN")))))
    told = [one.sentence for one in what_would_change(router, asked("un-valmont", acquired_by="college"))]
    assert told == ["serait allé à l’Académie de Valmont si l’académie l’avait acheté"]


def test_the_proof_finds_a_router_that_never_asks_for_a_payer(tmp_path, monkeypatch):
    """The classes of the proof come from the clauses: a blind spot of the router's own is not theirs."""
    conventions = load_conventions(written(tmp_path, cells=cell("selon", more=BY.format(who="EN"))))
    monkeypatch.setattr(FactCell, "_named", lambda self, fact, kind="is": [])
    found = [one for one in lint(conventions, ["essai-2025"], on=date(2026, 1, 10)).findings if one.code == "proof"]
    assert found and "acquired_by" in found[0].sentence


def test_a_payer_that_no_clause_tests_is_not_asked_for(tmp_path):
    decision = Router(load_conventions(written(tmp_path, cells=cell("CL ou Etab")))).route(asked("un-valmont"))
    assert (decision.missing, set(decision.candidates)) == (("acquired_by",), {"departement", "college"})


def test_the_payers_offered_are_those_that_the_agreement_and_the_etablissement_know(tmp_path):
    """A collège that is no cité scolaire was offered the Région, and read « … car la Région l’a acheté »."""
    both = place("pre-valmont") + place("jean-valmont").rstrip() + "\ncite_scolaire = true\n"
    parties = ("academie", "region", "departement", "college")
    conventions = load_conventions(written(tmp_path, parties=parties, places=both, cells=cell("CL"), more=TRANSFER))
    assert payers(conventions, "pre-valmont") == ("college", "departement", "academie")
    assert payers(conventions, "jean-valmont") == ("college", "departement", "academie", "region")


def test_the_collectivite_and_the_kind_of_another_are_not_offered(tmp_path):
    conventions = load_conventions(written(tmp_path, parties=ALL, places=PLACES, cells=cell("CL")))
    assert payers(conventions, "gue-valmont") == ("ecole", "academie", "commune")
    assert payers(conventions, "jean-valmont") == ("etablissement", "academie", "region")
