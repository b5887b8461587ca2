"""What each file of an agreement may not say: one sentence a fault, with the file and the line of its entry."""

from __future__ import annotations

import shutil

import pytest
from harness.places import ROOT

from matrix import load_conventions
from matrix.files import SHIPPED, ConventionError, load_calendar, load_convention, load_vocabulary

VOCABULARY = load_vocabulary()
HP, DS, ACAR, AIX = "hautes-pyrenees-2015", "deux-sevres-2017", "acar-2021", "aix-en-provence-2017"
BDR = "bouches-du-rhone-2017"

DEPENDS = """
[[cell]]
services = ["antivirus"]
activities = ["conseil"]
value = "selon"
provenance = "derived"
cites = ["remarque-visuel"]
"""


def faults(tmp_path, agreement, name, old="", new="", added=""):
    """The faults of a copy of an agreement, one text of one of its files replaced, another added at its end."""
    folder = shutil.copytree(SHIPPED / agreement, tmp_path / agreement)
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1) + added, "utf-8")
    with pytest.raises(ConventionError) as caught:
        load_convention(folder, VOCABULARY)
    return caught.value.faults


@pytest.mark.parametrize(
    ("agreement", "name", "old", "new", "sentence"),
    [
        (DS, "contacts.toml", 'hours = [{ days = "lun-ven", ', 'hours = ["lun-ven", { ', "des tables { days, spans }"),
        (DS, "contacts.toml", '"lun-ven"', '"ven-lun"', "« days » : un jour ou « lun-ven » attendu"),
        (DS, "contacts.toml", '"lun-ven"', '"lundi"', "« days » : un jour ou « lun-ven » attendu"),
        (DS, "contacts.toml", '"08:30-12:30"', '"12:30-08:30"', "« 08:30-12:30 » attendu, '12:30-08:30' trouvé"),
        (DS, "contacts.toml", '"08:30-12:30"', '"8h30-12h30"', "« 08:30-12:30 » attendu, '8h30-12h30' trouvé"),
        (AIX, "etablissements.toml", 'id = "0131204N"', 'id = "0131204A"', "n'est pas un UAI juste ; attendu : '01312"),
        (
            HP,
            "etablissements.toml",
            'id = "marechal-foch-arreau"',
            'id = "desaix-tarbes"',
            "'desaix-tarbes' déjà donné",
        ),
        (HP, "clauses.toml", 'id = "I.1-objet"', 'id = "preambule-debit"', "clause 'preambule-debit' déjà donnée"),
        (ACAR, "convention.toml", "ends = 2021-12-31", "ends = 2020-12-31", "« ends » précède « starts »"),
        (HP, "obligations.toml", 'rule = "open"', 'rule = "often"', "« rule » : 'often' inconnu ; attendu : month"),
        (HP, "obligations.toml", "month = 10\n", "", "« rule » = 'month' veut « month »"),
        (HP, "obligations.toml", "month = 10", "month = 13", "« month » : 13 inconnu ; attendu : 1, 2"),
        (HP, "obligations.toml", "months = 6", "", "« rule » = 'event' veut « days » ou « months », l'un des deux"),
        (HP, "obligations.toml", "months = 6", "months = 6\ndays = 6", "l'un des deux, 1 au moins"),
        (HP, "obligations.toml", "[30, 7]", "[400]", "« reminders » : un nombre de jours de 0 à 366 attendu"),
        (HP, "obligations.toml", '["academie"]', "[]", "« owners » : au moins une partie attendue"),
        (HP, "obligations.toml", '["academie"]', '["mairie"]', "« owners » : 'mairie' inconnu"),
        (HP, "obligations.toml", '["IV-comite"]', '["IV"]', "clause 'IV' inconnue"),
        (HP, "obligations.toml", '["IV-comite"]', "[]", "sans clause, il n'y a pas d'obligation"),
        (
            HP,
            "obligations.toml",
            'id = "socle"',
            'id = "liste-gestionnaires"',
            "'liste-gestionnaires' déjà donné ligne",
        ),
        (HP, "obligations.toml", 'zone = "C"', 'zone = "C"\nmonth = 7', "« month » n'a pas de sens avec « rule »"),
        (AIX, "obligations.toml", 'of = "comite-pilotage"', 'of = "bilan-financier"', "'bilan-financier' inconnu"),
        (ACAR, "fees.toml", "least = 301", "least = 3001", "« least » dépasse « most »"),
        (HP, "claims.toml", "value = 3", "value = 3.5", "« value » : un texte ou un nombre entier attendu"),
        (
            BDR,
            "guidance.toml",
            "deadline_hours = 48",
            'deadline_party = "departement"',
            "un délai (« deadline_hours ») et sa clause (« cites ») attendus",
        ),
        (BDR, "guidance.toml", "deadline_hours = 48", 'deadline_hours = 48\ndeadline_party = "mairie"', "mairie"),
        (HP, "glossary.toml", "[[term]]\n", "[term]\n", "TOML mal formé"),
    ],
)
def test_what_a_file_may_not_say(tmp_path, agreement, name, old, new, sentence):
    found = faults(tmp_path, agreement, name, old, new)
    assert [fault for fault in found if fault.startswith(f"{agreement}/{name}:") and sentence in fault], found


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("", "« selon » veut des [[cell.case]]"),
        ('[[cell.case]]\nstatus = "routed"\n', "un cas donne une « party », ou un autre « status »"),
        ('[[cell.case]]\nparty = "academie"\nstatus = "to_qualify"\n', "un cas donne une « party », ou un autre"),
        ('[[cell.case]]\nstatus = "conflict"\ncandidates = ["academie"]\n', "« conflict » veut ses « candidates »"),
        (
            '[[cell.case]]\nparty = "academie"\nwhen = { acquired_on = "le 2015-09-01" }\n',
            "acquired_on = 'le 2015-09-01' n'est pas une question connue",
        ),
    ],
)
def test_what_a_cell_that_depends_may_not_say(tmp_path, case, sentence):
    found = faults(tmp_path, HP, "cells.toml", added=DEPENDS + case)
    assert [fault for fault in found if sentence in fault], found


def test_only_a_cell_that_depends_has_cases(tmp_path):
    case = '[[cell.case]]\nparty = "academie"\n'
    found = faults(tmp_path, HP, "cells.toml", added=DEPENDS.replace("selon", "EN") + case)
    assert [fault for fault in found if "seul « selon » a des [[cell.case]], pas 'EN'" in fault], found


def test_a_cell_assumes_no_unknown_fact(tmp_path):
    found = faults(tmp_path, HP, "cells.toml", added=DEPENDS.replace("selon", "EN") + "assume = { weather = true }\n")
    assert [fault for fault in found if "« assume » : fait 'weather' inconnu" in fault], found


def test_who_only_helps_answers_for_no_case(tmp_path):
    old = 'id = "region"\n'
    folder = shutil.copytree(SHIPPED / HP, tmp_path / HP)
    main, cells = folder / "convention.toml", folder / "cells.toml"
    main.write_text(main.read_text("utf-8").replace(old, f"{old}contributor_only = true\n"), "utf-8")
    cells.write_text(cells.read_text("utf-8") + DEPENDS + '[[cell.case]]\nparty = "region"\n', "utf-8")
    with pytest.raises(ConventionError) as caught:
        load_convention(folder, VOCABULARY)
    assert [one for one in caught.value.faults if "'region' ne répond de rien : « contributor_only »" in one]


def test_an_agreement_without_a_version_is_refused(tmp_path):
    found = faults(tmp_path, HP, "convention.toml", '[[version]]\non = 2015-09-01\ncells = "cells.toml"\n')
    assert found == [f"{HP}/convention.toml:1: aucune [[version]]"]


def test_one_table_where_a_suite_is_expected_is_refused(tmp_path):
    found = faults(tmp_path, HP, "convention.toml", "[[version]]", "[version]")
    assert [fault for fault in found if "« version » doit être une suite de [[version]]" in fault], found


@pytest.mark.parametrize(
    ("added", "sentence"),
    [
        ('mark = "held"', "« held » veut « clause » ou « cell »"),
        ('mark = "held"\nclause = "nulle-part"', "clause 'nulle-part' inconnue"),
        (
            'mark = "held"\ncell = "antivirus / conseil"',
            "case 'antivirus / conseil' inconnue ; attendu : antivirus / mco",
        ),
        ('mark = "held"\ncell = "rien"', "case 'rien' inconnue ; attendu : une case de cells.toml"),
        ('mark = "not_a_rule"', "« not_a_rule » veut « reason »"),
        ('mark = "not_a_rule"\nreason = "  "', "« not_a_rule » veut « reason »"),
        ('mark = "to_do"\nclause = "I.1-objet"', "« clause » et « cell » ne vont qu'avec « held »"),
        ('mark = "peut-être"', "'peut-être' inconnu ; attendu : held, not_a_rule, to_do"),
        ('mark = "to_do"\nref = "page 3"', "'page 3' n'est pas un endroit d'un texte"),
        ('mark = "to_do"\nraison = "x"', "« raison » n'a pas de sens"),
        (
            'mark = "to_do"\n\n[[sentence]]\nquote = "Des  mots."\nmark = "to_do"',
            "cette phrase est déjà marquée ligne ",
        ),
    ],
)
def test_a_mark_of_a_sentence_is_whole_and_names_what_holds_it(tmp_path, added, sentence):
    path = SHIPPED / HP / "sentences.toml"
    first = len(path.read_text("utf-8").splitlines()) + 2
    found = faults(tmp_path, HP, "sentences.toml", added=f'\n[[sentence]]\nquote = "Des mots."\n{added}\n')
    assert len(found) == 1 and sentence in found[0]
    assert found[0].startswith(f"{HP}/sentences.toml:") and int(found[0].split(":")[1]) >= first


def test_a_mark_without_words_is_refused(tmp_path):
    found = faults(tmp_path, HP, "sentences.toml", added='\n[[sentence]]\nquote = " "\nmark = "to_do"\n')
    assert len(found) == 1 and "« quote » est vide" in found[0]


# --- what all agreements share ----------------------------------------------------------------------------------------


def test_a_vocabulary_that_is_no_toml_is_refused(tmp_path):
    path = tmp_path / "vocabulary.toml"
    path.write_text("activities =\n", "utf-8")
    with pytest.raises(ConventionError, match=r"vocabulary\.toml:1: TOML mal formé"):
        load_vocabulary(path)


HOLIDAY = '[[holiday]]\nzone = "A"\nname = "Noël"\nfirst = 2026-12-19\nlast = {}\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (HOLIDAY.format("2027-12-19"), "ces vacances durent plus de 120 jours : une année est fausse, peut-être"),
        (HOLIDAY.format("2025-12-19"), "« last » précède « first »"),
        ("[notes]\n" + HOLIDAY.format("2027-01-03"), "« notes » n'a pas de sens ici ; attendu : [[holiday]]"),
        ("", "aucune [[holiday]] : tous les jours passeraient pour des jours de classe"),
    ],
)
def test_a_calendar_that_would_mislead_is_refused(tmp_path, text, sentence):
    path = tmp_path / "calendar.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConventionError) as caught:
        load_calendar(path)
    assert [one for one in caught.value.faults if sentence in one] == caught.value.faults


@pytest.mark.parametrize(
    ("file", "before", "after", "expected"),
    [
        ("cells.toml", "[[cell]]", "[[cells]]", "cells.toml:1: « cells » n'a pas de sens ici ; attendu : [[cell]]"),
        ("etablissements.toml", "[[etablissement]]", "[[ecole]]", ": « ecole » n'a pas de sens ici"),
        ("etablissements.toml", 'id = "pre-orsel"', 'id = "Pré"', "'Pré' ; attendu : un UAI, ou le nom et la commune"),
        ("etablissements.toml", '["commune-orsel", "academie-aval"]', "[{}]", "« bodies » : {} inconnu ; attendu"),
        ("cells.toml", 'services = ["ent"]', "services = []", "« services » : au moins un service attendu"),
        ("cells.toml", 'cites = ["ent"]', "cites = [{}]", "« cites » : un texte attendu, {} trouvé"),
        ("convention.toml", 'to = "metropole"', "to = {}", "« to » : un texte attendu, {} trouvé"),
        ("convention.toml", 'refs = ["5"]', "refs = [{}]", "« refs » : un texte attendu, {} trouvé"),
        ("convention.toml", '"lycee"]\nrefs', "3]\nrefs", "« signatories » : 3 inconnu ; attendu : academie"),
        ("convention.toml", 'signatories = ["academie", "region", "lycee"]', "signatories = []", "au moins une partie"),
        ("convention.toml", 'when = { owner = "commune" }', 'when = "commune"', "« when » : une table attendu"),
    ],
)
def test_what_is_no_such_value_is_said_with_its_line_and_breaks_nothing(tmp_path, file, before, after, expected):
    folder = tmp_path / "grand-val-2026"
    shutil.copytree(ROOT / "tests" / "cases" / "accords" / "grand-val-2026", folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert before in text
    (folder / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ConventionError) as caught:
        load_conventions(tmp_path)
    assert any(expected in one for one in caught.value.faults), caught.value.faults
