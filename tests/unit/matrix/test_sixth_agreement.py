"""An agreement is added by data alone: the page that explains how, and an invented agreement written from that page."""

import json
import os
import re
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from harness.places import ROOT

from matrix import Recorded, Request, Router, advice, load_conventions, terms
from matrix.checks import lint
from matrix.files import SHIPPED, load_vocabulary
from matrix.files.toml_lines import Entry, File
from matrix.model import FACTS

HERE = Path(__file__).parent
PAGE = (ROOT / "docs" / "conventions.md").read_text(encoding="utf-8")
ACCORDS, SIXTH = HERE / "accords", "clos-fleuri-2024"
GUICHET = Path(sys.executable).with_name("guichet")
#: The files that the loader reads outside any agreement's folder.
CALENDAR = {"holiday"}
SHARED = ("vocabulary.toml", "school-calendar.toml")


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """The folder of agreements with the agreement that the page's examples make together."""
    folder = tmp_path_factory.mktemp("accords") / "rive-douce-2025"
    folder.mkdir()
    for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL):
        name = re.match(r"# ([a-z]+\.toml)\n", block)
        assert name, f"the example does not say its file: {block[:40]}"
        assert not (folder / name[1]).exists(), f"two examples of {name[1]}"
        (folder / name[1]).write_text(block, encoding="utf-8")
    return folder


@pytest.fixture
def reads(monkeypatch):
    """Everything that the loader reads: names of files, of tables, and of keys, with whether each key existed."""
    seen = {"files": set(), "tables": set(), "keys": set(), "used": set()}
    take, entries, opened = Entry.take, File.entries, File.__init__

    def taking(self, key, *args, **options):
        seen["keys"].add((self.what, key))
        if key in self.row:
            seen["used"].add((self.what, key))
        return take(self, key, *args, **options)

    def listing(self, table):
        seen["tables"].add(table)
        return entries(self, table)

    def opening(self, path, faults):
        seen["files"].add(path.name)
        opened(self, path, faults)

    monkeypatch.setattr(Entry, "take", taking)
    monkeypatch.setattr(File, "entries", listing)
    monkeypatch.setattr(File, "__init__", opening)
    return seen


@pytest.mark.slow
def test_the_examples_of_the_page_make_an_agreement(examples):
    conventions = load_conventions(examples.parent)
    found = conventions["rive-douce-2025"]
    assert found.parties and found.contacts and found.guidance and found.points and found.fees and found.claims
    report = lint(conventions, ["rive-douce-2025"], on=date(2026, 1, 10))
    assert [one for one in report.findings if one.severity == "erreur"] == []


def test_every_key_that_the_loader_reads_is_named_in_the_page(reads):
    load_conventions(ACCORDS)
    prose = re.sub(r"```toml\n.*?```", "", PAGE, flags=re.DOTALL)
    named = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`\n]+)`", prose))))
    assert len(reads["keys"]) > 100
    assert {key for table, key in reads["keys"] if table not in CALENDAR} - named == set()
    assert reads["tables"] - named - CALENDAR == set()
    files = {name for name in reads["files"] if name not in SHARED and name != "cells-2025.toml"}
    assert len(files) == 14
    assert [name for name in files if name not in PAGE] == []
    assert set(FACTS) <= named


def test_the_sixth_agreement_uses_every_key(reads):
    load_conventions(ACCORDS)
    assert {(table, key) for table, key in reads["keys"] - reads["used"] if table not in CALENDAR} == set()


def test_every_id_of_the_vocabulary_is_in_the_page():
    known = load_vocabulary()
    ids = {*known.parties, *known.activities, *known.services, *known.sections, *known.user_categories}
    assert {name for name in ids if f"`{name}`" not in PAGE} == set()


def test_the_page_lists_no_service_that_there_is_not():
    listed = PAGE[PAGE.index("| section | services |") :]
    known = load_vocabulary()
    assert set(re.findall(r"`([a-z0-9-]+)`", listed)) <= {*known.services, *known.sections}


# --- the sixth agreement ----------------------------------------------------------------------------------------------


def run(*arguments, **options):
    return subprocess.run(
        [GUICHET, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GUICHET_CONVENTIONS_DIR": str(ACCORDS)},
        **options,
    )


SCHOOL, PRIVATE, CITE = "0990002P", "ecole-sainte-fleur-le-clos-fleuri", "0990004S"
IN_CLASS = "2024-11-19T10:00"
#: Request -> the expected parts of the answer.
CASES = [
    ({"service": "classes-mobiles", "activity": "acquisition"}, {"status": "routed", "party": "commune"}),
    ({"service": "classes-mobiles", "activity": "mco"}, {"status": "routed", "party": "commune", "warnings": []}),
    ({"service": "classes-mobiles", "activity": "mco", "under_warranty": False}, {"contributors": ["academie"]}),
    (
        {
            "service": "classes-mobiles",
            "activity": "mco",
            "acquired_by": "ecole",
            "acquired_on": "2024-10-01",
            "in_referentiel": False,
        },
        {"status": "routed", "party": "ecole"},
    ),
    (
        {
            "service": "classes-mobiles",
            "activity": "mco",
            "acquired_by": "ecole",
            "acquired_on": "2024-08-31",
            "in_referentiel": False,
        },
        {"status": "routed", "party": "commune"},
    ),
    (
        {"service": "classes-mobiles", "activity": "mco", "acquired_by": "ecole"},
        {"status": "needs_info", "missing": ["acquired_on", "in_referentiel"]},
    ),
    (
        {"service": "classes-mobiles", "activity": "mco", "acquired_by": "academie"},
        {"status": "conflict", "candidates": ["academie", "commune"]},
    ),
    ({"service": "stockage-pedagogique", "activity": "mco"}, {"status": "routed", "party": "academie"}),
    (
        {"service": "stockage-pedagogique", "activity": "mco", "opened_at": "2025-09-02T10:00"},
        {"status": "to_qualify", "version": "2025-09-01"},
    ),
    ({"service": "filtrage-internet", "activity": "mco"}, {"status": "conflict"}),
    ({"service": "traceur-decoupe", "activity": "installation"}, {"status": "arbitration", "party": "academie"}),
    ({"service": "traceur-decoupe", "activity": "acquisition"}, {"status": "needs_info", "missing": ["acquired_by"]}),
    (
        {"service": "traceur-decoupe", "activity": "assistance"},
        {"status": "not_applicable", "party": "ecole", "via": "editeur"},
    ),
    (
        {"service": "equipement-bureautique", "activity": "mco"},
        {"status": "needs_info", "missing": ["user_category", "inventoried"]},
    ),
    (
        {"service": "equipement-bureautique", "activity": "mco", "user_category": "equipe-direction"},
        {"status": "routed", "party": "academie"},
    ),
    (
        {"service": "equipement-bureautique", "activity": "mco", "user_category": "eleves", "inventoried": False},
        {"status": "not_applicable", "via": "editeur"},
    ),
    ({"service": "usages-numeriques", "activity": "conseil"}, {"party": "academie", "contributors": ["canope"]}),
    ({"service": "socle-pedagogique", "activity": "conseil"}, {"status": "to_qualify", "party": "academie"}),
    ({"service": "ent", "activity": "mco"}, {"status": "out_of_scope"}),
    ({"service": "antivirus", "activity": "mco"}, {"status": "out_of_scope"}),
    ({"service": "classes-mobiles", "activity": "mco", "opened_at": "2027-09-01"}, {"status": "out_of_scope"}),
    ({"service": "classes-mobiles", "activity": "mco", "opened_at": "2024-08-31"}, {"status": "out_of_scope"}),
]


def test_guichet_routes_by_an_agreement_that_only_data_added():
    lines = [
        {"id": str(at), "etablissement": SCHOOL, "opened_at": IN_CLASS, **asked} for at, (asked, _) in enumerate(CASES)
    ]
    done = run("route", input="\n".join(map(json.dumps, lines)))
    assert done.returncode == 0, done.stdout + done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(CASES)
    for (asked, expected), answer in zip(CASES, answers, strict=True):
        assert {key: answer[key] for key in expected} == expected, (asked, answer)
        assert answer["convention"] == SIXTH and answer["citations"], asked


def test_warnings_come_from_data_alone():
    asked = [
        {"etablissement": PRIVATE, "activity": "acquisition", "opened_at": IN_CLASS},
        {"etablissement": SCHOOL, "activity": "mco", "opened_at": "2024-11-17T10:00"},  # a Sunday
        {"etablissement": CITE.lower(), "activity": "mco", "opened_at": IN_CLASS},
    ]
    done = run("route", input="\n".join(json.dumps({"service": "classes-mobiles", **one}) for one in asked))
    codes = [[one["code"] for one in json.loads(line)["warnings"]] for line in done.stdout.splitlines()]
    assert codes == [["private"], ["school-time"], ["cite-scolaire"]]


@pytest.mark.slow
def test_its_quotes_stand_in_its_text_and_lint_finds_no_error():
    assert run("matrix", "show", SIXTH, "--sources", str(ACCORDS / "textes")).returncode == 0
    done = run("matrix", "lint", SIXTH, "--on", "2026-01-10", "--sources", str(ACCORDS / "textes"), "--format", "json")
    assert done.returncode == 0, done.stdout


def test_recorded_facts_take_effect():
    conventions = load_conventions(ACCORDS)
    now = datetime(2024, 11, 19, 10)

    def routed(place, service, *recorded):
        asked = Request(etablissement=place, service=service, activity="mco", opened_at=now)
        decision = Router(conventions, recorded).route(asked)
        return decision.status, decision.party

    on = date(2024, 10, 1)
    assert routed(CITE, "classes-mobiles", Recorded("transferred", SIXTH, on, f"{CITE}:classes")) == (
        "routed",
        "region",
    )
    gone = Recorded("replaced", SIXTH, on, "ardoise")
    assert routed(SCHOOL, "stockage-pedagogique", gone) == ("to_qualify", "academie")
    assert routed(SCHOOL, "classes-mobiles", Recorded("end", SIXTH, on)) == ("out_of_scope", "academie")


def test_what_it_says_beside_its_cells():
    conventions = load_conventions(ACCORDS)
    found = conventions[SIXTH]
    moment, (service, activity) = datetime(2024, 11, 20, 15), ("classes-mobiles", "mco")
    reached = [advice.reach(one, moment) for one in advice.contacts(found, "commune", service)]
    assert [one.status for one in reached] == ["ouvert maintenant, jusqu’à 16\u00a0h"]
    hints = advice.guidance(found, conventions.vocabulary, service, activity, {})
    assert [(one.id, advice.hint(one, moment).hours) for one in hints] == [("casse", 24)]
    assert advice.incidents(found, service, activity) == ("casse",)
    assert [one.kind for one in terms.alerts(found, date(2027, 3, 1))] == ["end"]
    assert conventions.services["traceur-decoupe"] == "Traceur de découpe"
    assert conventions.organisation(SIXTH, "departement", CITE)[0] == "departement-haut-vallon"


def test_it_stands_beside_those_that_ship():
    assert {SIXTH, "hautes-pyrenees-2015"} <= set(load_conventions(SHIPPED, ACCORDS).ids)
