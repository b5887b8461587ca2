"""Each kind of finding, tested on a copy of an agreement that has it and on one that does not."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import replace
from datetime import date

import pytest
from harness.places import ROOT

from matrix import ConventionError, load_conventions
from matrix.changes import CellChange, filled
from matrix.checks import KINDS, Against, inventory, lint, periods, unreadable
from matrix.checks.clauses import cited_by_cells, cited_elsewhere, passage
from matrix.files import SHIPPED, load_convention, load_vocabulary
from matrix.model import Citation, Claim, Contributor
from matrix.model import Test as Asked

ALL = load_conventions()
HP, DS, BDR, ACAR, AIX = (
    ALL[name]
    for name in (
        "hautes-pyrenees-2015",
        "deux-sevres-2017",
        "bouches-du-rhone-2017",
        "acar-2021",
        "aix-en-provence-2017",
    )
)
TODAY = date(2026, 11, 25)
ANTIVIRUS = ("antivirus", "mco")


def findings(convention, *others, on=TODAY, proof=False):
    conventions = ALL.with_conventions([convention, *others])
    return lint(conventions, [convention.id], on=on, proof=proof).findings


def codes(convention, *others, **more):
    return {one.code for one in findings(convention, *others, **more)}


def with_cells(convention, *cells, without=()):
    """The agreement with cells replaced or removed in its last version."""
    version = convention.versions[-1]
    kept = {key: cell for key, cell in version.cells.items() if key not in without}
    kept.update({(cell.service, cell.activity): cell for cell in cells})
    return replace(convention, versions=(*convention.versions[:-1], replace(version, cells=kept)))


def with_terms(convention, **changes):
    return replace(convention, terms=replace(convention.terms, **changes))


def all_cited(convention):
    used = cited_by_cells(convention) + cited_elsewhere(convention)
    return replace(convention, clauses={name: one for name, one in convention.clauses.items() if used[passage(one)]})


def says(key, value, convention=HP, **more):
    """The agreement with one cell changed."""
    change = CellChange(service=key[0], activity=key[1], value=value, ref="1", quote="mots", **more)
    return filled(convention, convention.versions[-1].on, [change])


def everything_said(convention):
    services = {service for service, _ in convention.versions[-1].cells}
    said = [
        CellChange(service=service, activity=activity, value="EN", ref="1", quote="mots")
        for service in services
        for activity in ALL.activities
    ]
    return filled(convention, convention.versions[-1].on, said)


def helped_by_the_owner():
    cell = HP.versions[0].cells[ANTIVIRUS]
    helper = Contributor("departement", (), cell.citations)
    return with_cells(HP, replace(cell, cases=(replace(cell.cases[0], contributors=(helper,)),)))


def bare():
    cell = HP.versions[0].cells[ANTIVIRUS]
    return with_cells(HP, replace(cell, citations=(), cases=(replace(cell.cases[0], citations=()),)))


def fees(*bands):
    model = ACAR.fees[0]
    return replace(
        ACAR,
        fees=tuple(
            replace(model, least=least, most=most, citation=replace(model.citation, quote=f"{least} à {most}"))
            for least, most in bands
        ),
    )


def versions(*days):
    return replace(HP, versions=tuple(replace(HP.versions[0], on=day) for day in days))


def second_agreement():
    return replace(HP, id="autre-2020", title="Un autre accord")


def of_lycees():
    """The agreement of the Hautes-Pyrénées with a case for lycées, which it has none of."""
    (key, cell), *others = HP.versions[0].cells.items()
    case = replace(cell.cases[0], tests=(Asked("kind", "lycee", "place"),))
    cells = {key: replace(cell, cases=(case, *cell.cases)), **dict(others)}
    return replace(HP, versions=(replace(HP.versions[0], cells=cells),))


STARTS = HP.starts
WHOLE = ((None, 300), (301, 600), (601, None))
GUIDANCE = next(one for one in BDR.guidance if one.deadline_hours)
CONVENED = next(one for one in BDR.obligations if one.days)
PLACE = BDR.etablissements["0131266F"]

#: code -> (a copy that has the finding, a copy that does not).
PAIRS = {
    "two-parties": (BDR, says(("filtrage-internet", "installation"), "CL", BDR)),
    "contradiction": (HP, replace(HP, claims=())),
    "count": (replace(HP, claims=(Claim("cités scolaires", 4, HP.object_clause),)), HP),
    "blank-cells": (AIX, everything_said(AIX)),
    "unnamed-service": (HP, DS),
    "unnamed-activity": (AIX, HP),
    "uncited-cell": (bare(), HP),
    "self-contributor": (helped_by_the_owner(), HP),
    "idle-case": (of_lycees(), HP),
    "same-service": (DS, HP),
    "unused-clause": (
        replace(HP, clauses={**HP.clauses, "perdue": Citation(HP.id, "III", "derived", "des mots")}),
        all_cited(HP),
    ),
    "duplicate-clause": (replace(HP, clauses={**HP.clauses, "encore": HP.clauses["I.1-objet"]}), HP),
    "idle-note": (replace(HP, notes={**HP.notes, 9: (HP.clauses["I.1-objet"], None, None)}), HP),
    "guidance-without-clause": (replace(BDR, guidance=(replace(GUIDANCE, citations=()),)), BDR),
    "deadline-not-in-text": (replace(BDR, guidance=(replace(GUIDANCE, deadline_hours=72),)), BDR),
    "obligation-not-in-text": (replace(BDR, obligations=(replace(CONVENED, days=14),)), BDR),
    "obligation-without-scale": (replace(ACAR, fees=()), ACAR),
    "lapsed": (ACAR, HP),
    "unsigned": (HP, with_terms(HP, signed_on=date(2015, 6, 25))),
    "start-not-in-text": (AIX, HP),
    "period": (with_terms(HP, ends=date(2018, 8, 31), tacit_renewal=False), HP),
    "version-gap": (versions(date(2015, 10, 1)), HP),
    "version-overlap": (versions(STARTS, STARTS), versions(STARTS, date(2016, 9, 1))),
    "version-unused": (versions(date(2014, 1, 1), STARTS), versions(STARTS, date(2016, 9, 1))),
    "fee-gap": (ACAR, fees(*WHOLE)),
    "fee-overlap": (fees((None, 300), (300, 600), (601, None)), fees(*WHOLE)),
    "fee-not-in-text": (replace(ACAR, fees=(replace(ACAR.fees[1], least=310), *ACAR.fees[2:])), ACAR),
    "fee-year": (ACAR, replace(ACAR, fees=tuple(replace(one, year=2021) for one in ACAR.fees))),
    "unreachable-party": (HP, DS),
    "idle-party": (AIX, HP),
    "silent-on-named": (replace(HP, near={}), HP),
    "unknown-article": (replace(DS, articles={}), DS),
    "wrong-uai": (replace(BDR, etablissements={"0131266G": replace(PLACE, id="0131266G")}), BDR),
    "no-inventory": (replace(HP, folder=None), HP),
}
#: The codes that need more than such a pair; each has a separate test, here or in a neighbouring file.
APART = {
    "file",
    "proof",
    "inventory",
    "quote-not-found",
    "no-source",
    "unmarked-sentence",
    "to-do-sentence",
    "mark-not-found",
    "idle-mark",
    "several-agreements",
    "calendar-gap",
    "calendar-overlap",
}


@pytest.mark.parametrize("code", PAIRS)
def test_the_broken_copy_shows_it_and_the_healthy_one_does_not(code):
    broken, healthy = PAIRS[code]
    assert code in codes(broken)
    assert code not in codes(healthy)


SAID = tomllib.loads((ROOT / "tests/cases/lint/findings.toml").read_text("utf-8"))


@pytest.mark.parametrize("code", SAID)
def test_each_finding_says_what_is_wrong_in_the_words_that_people_read(code):
    first = next(one for one in findings(PAIRS[code][0]) if one.code == code)
    said = SAID[code]
    assert (first.severity, first.subject, first.sentence) == (said["severity"], said["subject"], said["sentence"])
    assert first.items == tuple(said.get("items", ()))


def test_every_kind_has_its_test():
    assert set(PAIRS) | APART == set(KINDS)


@pytest.mark.parametrize("convention", list(ALL), ids=lambda one: one.id)
def test_every_finding_has_its_place_weight_and_sentence(convention):
    found = findings(convention)
    assert found == tuple(sorted(found, key=lambda one: (one.file, one.line, one.code, one.subject, one.sentence)))
    for one in found:
        lines = (SHIPPED / one.file).read_text(encoding="utf-8").splitlines()
        assert 1 <= one.line <= len(lines)
        assert one.sentence.endswith(".") and "None" not in one.sentence and one.subject
        assert {service for service, _ in one.cells} <= set(ALL.services)


@pytest.mark.parametrize("convention", list(ALL), ids=lambda one: one.id)
def test_what_ships_has_no_error(convention):
    assert [one for one in findings(convention) if one.severity == "erreur"] == []


# --- what each finding says -------------------------------------------------------------------------------------------


def only(convention, code, **more):
    [found] = [one for one in findings(convention, **more) if one.code == code]
    return found


def test_blank_cells_are_counted_by_section_and_listed_by_service():
    found = [one for one in findings(HP) if one.code == "blank-cells"]
    assert {one.subject for one in found} == {*HP.sections, "hors-annexe-2"}
    assert sum(len(one.cells) for one in found) == (38 + 2) * 6 - sum(
        cell.provenance != "default" for cell in HP.versions[0].cells.values()
    )
    # The paper may fill in a table's blank cells, and says nothing of the two services that the articles alone name.
    assert {one.severity for one in found if one.subject in HP.sections} == {"avertissement"}
    assert {one.severity for one in found if one.subject not in HP.sections} == {"remarque"}
    assert {one.severity for one in findings(DS) if one.code == "blank-cells"} == {"remarque"}


def test_a_cell_lost_is_one_more_blank_one():
    before = sum(len(one.cells) for one in findings(HP) if one.code == "blank-cells")
    after = findings(with_cells(HP, without=[ANTIVIRUS]))
    assert sum(len(one.cells) for one in after if one.code == "blank-cells") == before + 1


def test_two_parties_for_web_filtering_are_named_with_their_clauses():
    found = only(BDR, "two-parties")
    assert found.cells == (("filtrage-internet", "installation"),)
    assert "Département des Bouches-du-Rhône" in found.sentence and "Académie d’Aix-Marseille" in found.sentence
    assert len(found.items) == 3


def test_300_users_fall_in_no_band():
    assert only(ACAR, "fee-gap").subject == "300"
    subjects = {one.subject for one in findings(fees((5, 300), (310, 600))) if one.code == "fee-gap"}
    assert subjects == {"1-4", "301-309", "601-"}


def test_a_scale_that_overlaps_says_where():
    assert only(fees((None, 400), (301, None)), "fee-overlap").subject == "301-400"


def test_a_text_s_own_numbers_contradict_and_the_data_keep_one():
    found = {one.subject: one for one in findings(AIX) if one.code == "contradiction"}
    assert "2 (article 5)" in found["écoles"].sentence and "3 (article 6.2)" in found["écoles"].sentence
    assert "count" not in codes(AIX)  # the data list the 2 schools of the table
    fewer = replace(AIX, etablissements=dict(list(AIX.etablissements.items())[:1]))
    assert "listent 1" in only(fewer, "count").sentence


def test_the_scale_of_2019_in_a_text_of_2021():
    assert "2019" in only(ACAR, "fee-year").sentence
    assert {one.subject for one in findings(ACAR) if one.code == "contradiction"} == {"l'année des contributions"}


def test_the_perimeter_of_i_4_is_the_list_of_colleges():
    assert only(HP, "contradiction").subject == "l'objet de l'annexe 1"


@pytest.mark.parametrize(
    ("convention", "said"), [(HP, "5 JUIN 2015"), (DS, "Fait à Niort, le"), (AIX, "[date]")], ids=["hp", "ds", "aix"]
)
def test_what_is_legible_of_a_signature_is_told(convention, said):
    assert said in only(convention, "unsigned").sentence


def test_one_service_under_two_names_comes_from_labels_and_answers():
    subjects = {one.subject for one in findings(DS) if one.code == "same-service"}
    assert "securisation-pedagogique / filtrage-internet" in subjects
    assert "antivirus / logiciels-socles" not in subjects  # two names, one answer
    assert all("/" in subject for subject in subjects) and len(subjects) < 10
    agreed = says(("filtrage-internet", "mco"), "CL", says(("securisation-pedagogique", "mco"), "CL", DS))
    assert "securisation-pedagogique / filtrage-internet" not in {
        one.subject for one in findings(agreed) if one.code == "same-service"
    }


def test_a_day_before_the_end_is_in_force_and_an_end_recorded_is_not():
    assert "lapsed" not in codes(ACAR, on=date(2021, 12, 31))
    assert "lapsed" in codes(ACAR, on=date(2022, 1, 1))
    assert only(HP, "lapsed", on=date(2015, 8, 31)).severity == "remarque"


def test_two_agreements_for_one_etablissement_are_told_with_its_name():
    [found] = [one for one in findings(HP, second_agreement()) if one.code == "several-agreements"]
    assert len(found.items) == 20 and "Un autre accord" in found.sentence
    before = with_terms(second_agreement(), starts=date(2010, 1, 1), ends=date(2011, 1, 1), tacit_renewal=False)
    assert "several-agreements" not in codes(HP, before)
    assert "several-agreements" not in codes(HP)


#: The codes of findings that only a signed text can give.
ABOUT_TEXTS = {"quote-not-found", "no-source", "unmarked-sentence", "to-do-sentence", "mark-not-found", "idle-mark"}


def beside(convention, folder):
    """The findings on an agreement beside its text in a folder."""
    conventions = ALL.with_conventions([convention])
    return lint(conventions, [convention.id], on=TODAY, proof=False, against=Against(sources=folder)).findings


# --- compared with files ----------------------------------------------------------------------------------------------


def test_a_quote_that_the_source_lacks_is_told_with_its_line(tmp_path):
    (tmp_path / HP.source).write_text("\n ".join(one.quote for one in HP.clauses.values()), encoding="utf-8")
    lacking = [one for one in beside(HP, tmp_path) if one.code == "quote-not-found"]
    assert lacking
    assert not {one.subject for one in lacking} & set(HP.clauses)  # white space is ignored
    assert {"cdi"} <= {one.subject for one in lacking}  # a line of annexe 2 bis, which is not a clause
    assert all(one.file.startswith(HP.id) and one.line > 0 for one in lacking)


def test_a_source_that_is_not_there_is_told_once(tmp_path):
    for convention in (HP, replace(HP, source="")):
        assert [one.code for one in beside(convention, tmp_path) if one.code in ABOUT_TEXTS] == ["no-source"]


def test_the_calendar_must_reach_as_far_as_the_agreement_and_not_overlap(tmp_path):
    assert list(periods.check_calendar(BDR, TODAY)) == []
    assert list(periods.check_calendar(HP, TODAY)) == []  # nothing there is « pendant le temps scolaire »
    path = tmp_path / "school-calendar.toml"
    line = '[[holiday]]\nzone = "B"\nname = "{}"\nfirst = {}\nlast = {}\n'
    spans = (("Noël", "2018-12-22", "2019-01-06"), ("Hiver", "2019-01-05", "2019-02-24"))
    path.write_text("".join(line.format(*span) for span in spans), encoding="utf-8")
    found = {one.code: one for one in periods.check_calendar(BDR, TODAY, path)}
    assert set(found) == {"calendar-gap", "calendar-overlap"}
    assert found["calendar-overlap"].line == 6
    assert "2017-2018, 2019-2020 et 2020-2021" in found["calendar-gap"].sentence


def test_files_that_do_not_load_are_findings(tmp_path):
    folder = shutil.copytree(SHIPPED / HP.id, tmp_path / HP.id)
    path = folder / "cells.toml"
    broken = path.read_text("utf-8").replace('cites = ["II.2-reseaux"]', 'cites = ["II.9"]', 1)
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(ConventionError) as caught:
        load_convention(folder, load_vocabulary())
    report = unreadable(caught.value, TODAY)
    assert not report.sound
    [found] = report.findings
    assert (found.code, found.severity, found.file) == ("file", "erreur", f"{HP.id}/cells.toml")
    assert found.line > 80 and "II.9" in found.sentence


def test_an_inventory_that_does_not_read_is_told(tmp_path):
    folder = shutil.copytree(SHIPPED / HP.id, tmp_path / HP.id)
    copy = replace(HP, folder=folder)
    assert list(inventory.check(copy)) == []
    for broken in ("[version", "\x00", 'version = 3\ncounts = "x"\n'):
        (folder / inventory.NAME).write_text(broken, encoding="utf-8")
        assert {one.code for one in inventory.check(copy)} == {"inventory"}
    (folder / inventory.NAME).write_bytes(b"\xff\xfe")
    assert {one.code for one in inventory.check(copy)} == {"inventory"}


def test_cells_that_people_filled_in_are_no_loss():
    change = CellChange(service="antivirus", activity="conseil", value="CL", origin="Lu sur le papier")
    assert "inventory" not in codes(filled(HP, HP.versions[0].on, [change]))


def test_a_signature_after_the_first_day_is_told_with_both_days():
    late = with_terms(HP, signed_on=date(2015, 10, 1), start_is="text")
    assert "L’accord a été signé le 1er octobre 2015, après le jour où il prend effet, le 1er septembre 2015." in {
        one.sentence for one in findings(late) if one.code == "period"
    }


def test_a_version_after_the_last_day_never_serves():
    late = replace(ACAR, versions=(*ACAR.versions, replace(ACAR.versions[0], on=date(2022, 9, 1))))
    told = "l’accord n’est plus en vigueur à compter du 1er janvier 2022 (dernier jour : 31 décembre 2021)."
    assert f"La version du 1er septembre 2022 ne sert jamais : {told}" in {
        one.sentence for one in findings(late) if one.code == "version-unused"
    }


def test_who_may_only_help_and_is_never_called_is_idle():
    parties = {**HP.parties, "region": replace(HP.parties["region"], contributor_only=True)}
    assert {one.sentence for one in findings(replace(HP, parties=parties)) if one.subject == "region"} >= {
        "Région Midi-Pyrénées ne fait que contribuer, et aucune case ne l’appelle : cette partie ne sert à rien."
    }
