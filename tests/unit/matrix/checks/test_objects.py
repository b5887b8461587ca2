"""« L’accord ne parle pas de … » is said only of what no clause names, and lint refuses what the text names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from harness.places import SHARED

from matrix import Request, Router, explain, load_conventions
from matrix.checks import lint, objects
from matrix.naming import naming

CONVENTIONS = load_conventions()
HP = CONVENTIONS["hautes-pyrenees-2015"]
DAYS = {"hautes-pyrenees-2015": 2026, "acar-2021": 2021}


def said(conventions, agreement, service, activity="mco"):
    place = next(iter(conventions[agreement].etablissements))
    asked = Request(
        etablissement=place, service=service, activity=activity, opened_at=datetime(DAYS.get(agreement, 2018), 3, 1, 10)
    )
    router = Router(conventions)
    decision = router.route(asked)
    return decision, explain.why(router, asked, decision)


@pytest.mark.parametrize("agreement", CONVENTIONS.ids)
def test_the_sentence_is_said_of_nothing_that_a_clause_names(agreement):
    """Defects: « ne parle pas de » accounts, printers, Amon and Horus, national software, where clauses name them."""
    told = 0
    for service in CONVENTIONS.services:
        for activity in CONVENTIONS.activities:
            decision, why = said(CONVENTIONS, agreement, service, activity)
            if "ne parle pas" in why:
                told += 1
                assert not naming(CONVENTIONS.vocabulary, CONVENTIONS[agreement], service), (service, why)
            elif decision.status == "out_of_scope":
                assert service in CONVENTIONS[agreement].exclusions, (service, why)
    assert told  # there is always something that an agreement does not name


@pytest.mark.skipif(not (SHARED / "sources").is_dir(), reason="the signed texts are not beside this clone")
@pytest.mark.parametrize("agreement", CONVENTIONS.ids)
def test_no_silence_is_broken_by_the_signed_text(agreement):
    convention = CONVENTIONS[agreement]
    text = (SHARED / "sources" / convention.source).read_text("utf-8")
    assert [one.sentence for one in objects.check(CONVENTIONS, convention, text)] == []


def test_lint_refuses_a_silence_that_the_text_breaks():
    bare = replace(HP, near={})
    conventions = CONVENTIONS.with_conventions([bare])
    report = lint(conventions, [HP.id], on=date(2026, 11, 25), proof=False)
    warned = {one.subject for one in report.findings if one.code == "silent-on-named"}
    assert {"comptes-utilisateurs", "peripheriques", "logiciels-nationaux", "serveurs-amon-horus"} <= warned
    findings = objects.check(conventions, bare, "Les classes mobiles relèvent d'un autre texte.")
    (found,) = (one for one in findings if one.subject == "classes-mobiles")
    assert (found.severity, "classes mobiles relevent" in found.sentence) == ("erreur", True)


def test_a_homonym_sets_one_passage_apart_and_no_other():
    text = "Le prêt des classes mobiles du musée. Les postes GRETA sont rangés."
    apart = replace(HP, homonyms=("classes mobiles du musée",))
    assert {one.subject for one in objects.check(CONVENTIONS, HP, text)} == {"classes-mobiles", "postes-greta"}
    assert {one.subject for one in objects.check(CONVENTIONS, apart, text)} == {"postes-greta"}
    again = f"{text} Une classe mobile par école."
    assert {one.subject for one in objects.check(CONVENTIONS, apart, again)} == {"classes-mobiles", "postes-greta"}


def test_a_clause_that_names_a_service_without_near_changes_the_sentence():
    """The reason of an agreement whose keeper wrote no `[[near]]` is true all the same."""
    bare = CONVENTIONS.with_conventions([replace(HP, near={})])
    decision, why = said(bare, HP.id, "peripheriques")
    assert decision.status == "out_of_scope"
    told = "L’accord nomme «\u00a0Périphériques\u00a0» sans dire qui s’en occupe"
    assert f"{told} (annexe 5, annexe 2 et annexe 3 ; " in why


@pytest.mark.parametrize(
    ("agreement", "service", "activity", "status", "party", "refs"),
    [
        ("hautes-pyrenees-2015", "comptes-utilisateurs", "mco", "routed", "academie", {"II.2"}),
        ("hautes-pyrenees-2015", "serveurs-amon-horus", "mco", "routed", "academie", {"II.2", "II.1"}),
        ("hautes-pyrenees-2015", "logiciels-nationaux", "acquisition", "routed", "academie", {"II.2"}),
        ("hautes-pyrenees-2015", "postes-direction", "mco", "routed", "academie", {"II.2"}),
        ("hautes-pyrenees-2015", "filtrage-internet", "installation", "routed", "departement", {"III", "II.2"}),
        ("hautes-pyrenees-2015", "peripheriques", "acquisition", "routed", "departement", {"II.2", "annexe-3"}),
        ("hautes-pyrenees-2015", "telephonie-fixe", "mco", "to_qualify", "academie", {"I.4", "annexe-2"}),
        ("hautes-pyrenees-2015", "systeme-exploitation", "mco", "to_qualify", "academie", {"I.4", "annexe-2"}),
        ("hautes-pyrenees-2015", "pret-materiel", "assistance", "to_qualify", "academie", {"I.4", "I.3", "II.2"}),
        ("acar-2021", "logiciels-socles", "mco", "routed", "etablissement", {"4.1"}),
        ("acar-2021", "publication", "conseil", "routed", "academie", {"4.1"}),
        ("acar-2021", "equipement-bureautique", "mco", "to_qualify", "academie", {"4.1"}),
        ("bouches-du-rhone-2017", "securisation-pedagogique", "installation", "conflict", "academie", {"P3.1", "M5.3"}),
        ("bouches-du-rhone-2017", "inventaire", "mco", "to_qualify", "academie", {"P4.2", "P-preambule"}),
        ("deux-sevres-2017", "socle-pedagogique", "preconisation", "to_qualify", "academie", {"4", "9"}),
        ("aix-en-provence-2017", "pret-materiel", "conseil", "to_qualify", "academie", {"4.2", "2"}),
    ],
)
def test_what_a_text_names_without_a_row(agreement, service, activity, status, party, refs):
    """What all the rows that name it answer is its answer; else it is to qualify, with the clauses that come near."""
    decision, _ = said(CONVENTIONS, agreement, service, activity)
    assert (decision.status, decision.party) == (status, party)
    assert refs <= {one.ref for one in decision.citations}
