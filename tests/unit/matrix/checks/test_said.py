"""What lint says of blank cells, of two names, of two agreements, and of what differs from the inventory."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date

import pytest

from matrix import load_conventions
from matrix.changes import CellChange, filled
from matrix.checks import inventory, lint, names
from matrix.files import SHIPPED
from matrix.wording import SECTIONS

ALL = load_conventions()
HP, DS = ALL["hautes-pyrenees-2015"], ALL["deux-sevres-2017"]
TODAY = date(2026, 11, 25)
ANTIVIRUS = ("antivirus", "mco")


def findings(convention, *others):
    return lint(ALL.with_conventions([convention, *others]), [convention.id], on=TODAY, proof=False).findings


def codes(convention, *others):
    return {one.code for one in findings(convention, *others)}


def with_cells(convention, *cells, without=()):
    version = convention.versions[-1]
    kept = {key: cell for key, cell in version.cells.items() if key not in without}
    kept.update({(cell.service, cell.activity): cell for cell in cells})
    return replace(convention, versions=(*convention.versions[:-1], replace(version, cells=kept)))


def with_terms(convention, **changes):
    return replace(convention, terms=replace(convention.terms, **changes))


def says(key, value, convention):
    change = CellChange(service=key[0], activity=key[1], value=value, ref="1", quote="mots")
    return filled(convention, convention.versions[-1].on, [change])


def second_agreement():
    return replace(HP, id="autre-2020", title="Un autre accord")


def test_a_section_s_blank_cells_are_counted_and_named_by_activity():
    """Every cell is blank but one."""
    section = HP.sections[0]
    first = ALL.sections[section][0]
    one_cell = replace(HP.versions[-1].cells[ANTIVIRUS], service=first, activity="mco")
    bare = replace(HP, versions=(replace(HP.versions[-1], cells={(first, "mco"): one_cell}),))
    said = {one.subject: one for one in findings(bare) if one.code == "blank-cells"}
    assert set(said) == set(HP.sections)
    one, many = said[section], len(ALL.sections[section])
    assert len(one.cells) == 6 * many - 1 and (first, "mco") not in one.cells
    assert one.sentence == (
        f"{SECTIONS[section]} : sur {6 * many} cases, rien n’en règle {6 * many - 1}, dans {many} services sur {many} ;"
        " le guichet les qualifie. Qui a le papier signé les complète (« Cases en blanc », sur la page de l’accord)."
    )
    assert len(one.items) == many and one.items[0] == (
        f"{ALL.services[first]} : préconisation d'usage ; choix, décision et acquisition ; installation / déploiement ;"
        " assistance fonctionnelle ; conseil / expertise"
    )
    [unnamed] = [one for one in findings(bare) if one.code == "unnamed-service"]
    services = [one for section in HP.sections for one in ALL.sections[section] if one != first]
    assert unnamed.items == tuple(ALL.services[one] for one in services)
    assert unnamed.cells == tuple((one, activity) for one in services for activity in ALL.activities)
    assert unnamed.sentence.startswith(f"{len(services)} services de la table sans aucun mot imprimé")
    silent = {one.subject for one in findings(bare) if one.code == "unnamed-activity"}
    assert silent == set(ALL.activities) - {"mco"}


def test_a_service_that_a_clause_names_in_a_blank_cell_is_not_silent():
    cell = replace(HP.versions[-1].cells[ANTIVIRUS], provenance="default")
    cited, silent = with_cells(HP, cell), with_cells(HP, replace(cell, citations=()))
    alone = [key for key in HP.versions[-1].cells if key[0] == "antivirus" and key != ANTIVIRUS]

    def unnamed(convention):
        kept = with_cells(convention, without=alone)
        return {service for one in findings(kept) if one.code == "unnamed-service" for service, _ in one.cells}

    assert "antivirus" not in unnamed(cited) and "antivirus" in unnamed(silent)


def test_a_note_that_a_cell_calls_or_whose_clause_a_cell_cites_is_not_idle():
    """Each alone is enough: the number in the cell's word, or the clause among the cell's citations."""
    clause = replace(HP.clauses["I.1-objet"], ref="annexe-2-note-9", quote="des mots que rien d’autre ne cite")
    noted = replace(HP, notes={**HP.notes, 9: (clause, None, None)})
    cell = HP.versions[-1].cells[ANTIVIRUS]
    assert "idle-note" in codes(noted)
    assert "idle-note" not in codes(with_cells(noted, replace(cell, value=f"{cell.value} (9)")))
    assert "idle-note" not in codes(with_cells(noted, replace(cell, citations=(*cell.citations, clause))))


# --- two names of one thing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "held"),
    [
        ("Les systèmes d’accès", {"systeme", "acce"}),
        ("Un bus, des bus", {"bus"}),
        ("jeux et jeu de clés", {"jeux", "jeu", "cles"}),
        ("STS-WEB (GEP)", {"sts-web", "gep"}),
        ("N° 12, 127 : le TBI", {"127", "tbi"}),
        ("", set()),
    ],
)
def test_a_label_is_its_words_without_accents_plurals_and_small_words(label, held):
    assert names.words(label) == held


def test_what_a_label_lists_stands_in_its_brackets_or_after_its_colon():
    listed = names.listed("Sécurité (filtrage, pare-feu ; de … ) : antivirus / sondes.")
    assert [text for text, _ in listed] == ["filtrage", "pare-feu", "antivirus", "sondes"]
    assert [sorted(held) for _, held in listed] == [["filtrage"], ["pare-feu"], ["antiviru"], ["sonde"]]


def test_two_names_of_one_thing_are_a_warning_where_the_text_settles_both():
    """Where one of the names settles nothing, it is a remark; where both answers are the same, nothing is said."""
    pair = "securisation-pedagogique / filtrage-internet"

    def said(one, other):
        changed = says(("filtrage-internet", "mco"), other, says(("securisation-pedagogique", "mco"), one, DS))
        return next((found for found in findings(changed) if found.subject == pair), None)

    found = said("EN", "CL")
    assert found.severity == "avertissement" and found.items[0] == (
        "maintien en condition opérationnelle : EN sous le premier nom, CL sous le second"
    )
    assert found.cells[:2] == (("securisation-pedagogique", "mco"), ("filtrage-internet", "mco"))
    assert next(found for found in findings(DS) if found.subject == pair).severity == "remarque"
    assert said("CL", "CL") is None or "maintien" not in " ".join(said("CL", "CL").items)


# --- two agreements ---------------------------------------------------------------------------------------------------


def test_an_agreement_is_compared_with_those_listed_after_it_too():
    [found] = [one for one in findings(HP, second_agreement()) if one.code == "several-agreements"]
    both = ALL.with_conventions([HP, second_agreement()])
    other = lint(both, ["autre-2020"], on=TODAY, proof=False).findings
    [back] = [one for one in other if one.code == "several-agreements"]
    assert (found.subject, back.subject) == ("autre-2020", HP.id)
    assert found.sentence == (
        f"{len(found.items)} établissements sont aussi sous « Un autre accord », à compter du 1er septembre 2015 : "
        "celui des deux qui nomme le service oriente, et deux réponses différentes font un conflit."
    )


def test_two_agreements_are_told_up_to_the_day_on_which_the_first_of_them_ends():
    ending = with_terms(second_agreement(), ends=date(2016, 8, 31), tacit_renewal=False)
    [found] = [one for one in findings(HP, ending) if one.code == "several-agreements"]
    assert "à compter du 1er septembre 2015 (dernier jour : 31 août 2016) :" in found.sentence
    same_day = with_terms(second_agreement(), starts=date(2015, 1, 1), ends=HP.starts, tacit_renewal=False)
    assert "several-agreements" in codes(HP, same_day)
    before = with_terms(second_agreement(), starts=date(2015, 1, 1), ends=date(2015, 8, 31), tacit_renewal=False)
    assert "several-agreements" not in codes(HP, before)


# --- the inventory ----------------------------------------------------------------------------------------------------


@pytest.fixture
def copied(tmp_path):
    """A copy of the agreement whose inventory can be edited: `copied(old, new)` gives the findings after the edit."""
    folder = shutil.copytree(SHIPPED / HP.id, tmp_path / HP.id)
    copy, path = replace(HP, folder=folder), folder / inventory.NAME

    def edited(old, new):
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return list(inventory.check(copy))

    return edited


def test_each_difference_from_the_inventory_is_told_at_its_line(copied):
    text, parties = inventory.text(HP), len(HP.parties)
    assert text == (SHIPPED / HP.id / inventory.NAME).read_text("utf-8")
    [found] = copied(f"parties = {parties}\n", f"parties = {parties + 1}\n")
    assert found.sentence == (
        f"parties : l’inventaire en compte {parties + 1}, les fichiers {parties}. "
        f"Si ce changement est voulu : guichet matrix lint {HP.id} --write-inventory."
    )
    assert (found.line, found.subject) == (text.splitlines().index(f"parties = {parties}") + 1, "parties")


def test_a_count_that_only_one_side_has_is_told(copied):
    parties = len(HP.parties)
    lost, more = sorted(copied(f"parties = {parties}\n", "licornes = 2\n"), key=lambda one: one.subject, reverse=True)
    assert lost.sentence.startswith(f"parties : l’inventaire en compte aucun, les fichiers {parties}.")
    assert more.sentence.startswith("licornes : l’inventaire en compte 2, les fichiers 0.")


def test_a_clause_that_only_one_side_has_or_counts_otherwise_is_told(copied):
    name, number = next((name, number) for name, number in inventory.clauses(HP).items() if number)
    [found] = copied(f'"{name}" = {number}\n', f'"{name}" = {number + 1}\n')
    assert found.sentence.startswith(
        f"La clause « {name} » était citée par {number + 1} cases, elle l’est par {number}."
    )
    assert found.file == f"{HP.id}/clauses.toml"
    new, gone = sorted(copied(f'"{name}" = {number + 1}\n', '"perdue" = 1\n'), key=lambda one: one.subject != name)
    assert new.sentence.startswith(f"La clause « {name} » n’est pas dans l’inventaire.")
    assert gone.sentence.startswith("La clause « perdue » est dans l’inventaire, et plus dans l’accord.")
    assert gone.file == f"{HP.id}/{inventory.NAME}" and gone.line > 1


def test_a_cell_that_is_lost_added_or_changed_is_told_with_what_it_said(copied):
    line = inventory.cells(HP.versions[0])["antivirus / mco"]
    [changed] = copied(f'"antivirus / mco" = "{line}"', '"antivirus / mco" = "autre chose"')
    assert changed.sentence.startswith(f"antivirus / mco : la case dit « {line} », et l’inventaire « autre chose ».")
    assert (changed.file, changed.cells) == (f"{HP.id}/cells.toml", (ANTIVIRUS,))
    added, lost = sorted(
        copied('"antivirus / mco" = "autre chose"', '"antivirus / voyage" = "rien"'), key=lambda one: one.subject
    )
    assert added.sentence.startswith(f"antivirus / mco : la case n’est pas dans l’inventaire : « {line} ».")
    assert lost.sentence.startswith("antivirus / voyage : la case a disparu ; elle disait « rien ».")
    assert lost.cells == (("antivirus", "voyage"),) and lost.file.endswith(inventory.NAME) and lost.line > 1


def test_a_version_that_only_one_side_has_is_told(copied):
    new, old = sorted(copied("on = 2015-09-01", "on = 2014-02-03"), key=lambda one: one.subject, reverse=True)
    assert new.sentence.startswith("La version du 01/09/2015 n’est pas dans l’inventaire.")
    assert old.sentence.startswith("La version du 03/02/2014 est dans l’inventaire, et plus dans l’accord.")


def test_names_that_toml_cannot_hold_are_escaped():
    assert inventory._quoted('a"b\\c\u200bd') == '"a\\"b\\\\c\\u200bd"'


@pytest.mark.parametrize(("others", "told"), [(1, True), (2, False)])
def test_a_word_of_more_than_three_labels_names_nothing(others, told):
    """« Impression » in three labels identifies a service; in four it is too common."""
    labels = {"poste": "Poste (impression)", "laser": "Impression laser"}
    labels |= {f"autre-{number}": f"Impression numéro {number}" for number in range(others)}
    base = HP.versions[-1].cells[ANTIVIRUS]
    cells = {(name, "mco"): replace(base, service=name) for name in ("poste", "laser")}
    cells["laser", "mco"] = replace(cells["laser", "mco"], provenance="default")
    convention = replace(HP, own_services=labels, versions=(replace(HP.versions[-1], cells=cells),))
    conventions = type(ALL)([convention], ALL.vocabulary.with_services(labels), ALL.calendar)
    assert bool(list(names.check(conventions, convention))) is told
