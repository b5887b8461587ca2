"""Truths about the whole repository: arrows, pure rooms, guards, templates, who commits."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest
from harness import locks
from harness.places import ROOT
from harness.pure import says_pure
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ticketing.web import guards

TEMPLATES = ROOT / "templates"
PACKAGES = ("matrix", "charters", "ticketing")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))] + [ROOT / "config.py"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

#: The folders whose modules may end a transaction: the rooms of use cases, and those that make data or schema.
COMMITTING_FOLDERS = {
    "charters/campaign",
    "charters/entry",
    "charters/journal",
    "charters/keys",
    "charters/people",
    "charters/signing",
    "ticketing/amending",
    "ticketing/demo",
    "ticketing/figures",
    "ticketing/files",
    "ticketing/in_force",
    "ticketing/interruptions",
    "ticketing/mail",
    "ticketing/migrations",
    "ticketing/operation",
    "ticketing/oversight",
    "ticketing/personal_data",
    "ticketing/tickets",
}
#: The modules outside these folders that may too: the transaction itself, letters to people, the jobs.
COMMITTING_GROUND = {"charters/database.py", "charters/letters.py", "ticketing/jobs.py"}
#: The names of modules that only read or declare, in any room.
READING = {"tables.py", "queries.py", "lists.py", "statistics.py", "selection.py"}
ENDS_A_TRANSACTION = re.compile(r"\.commit\(|\bwriting\(\)")

#: What a pure module must never import, even through another module.
UNREACHED = ("flask", "sqlalchemy", "flask_sqlalchemy", "config")

FOLDER_MAX = 20


RULES = sorted((ROOT / "matrix").rglob("*.py"))
PURE = [*RULES, *(path for path in SOURCES if path not in RULES and says_pure(path.read_text("utf-8")))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    """Return the dotted name of a module; an `__init__` has that of its package."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path) -> set[str]:
    """Return the modules that a file imports, at any depth in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def calls(path: Path) -> set[str]:
    """Return the dotted names that a file calls."""
    return {
        ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
    }


def test_imports_follow_the_arrows():
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command, "import-linter is not installed"
    done = subprocess.run([command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_pure_modules_read_no_clock_no_environment_no_database(path):
    strangers = ("flask", "sqlalchemy", "config", "charters.database", "random", "secrets", "socket", "subprocess")
    assert not [name for name in imported(path) if name.split(".")[0] in strangers or name in strangers]
    clock = {"datetime.now", "date.today", "datetime.utcnow", "time.time", "os.getenv", "datetime.datetime.now"}
    assert not calls(path) & clock
    assert "os.environ" not in path.read_text("utf-8")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Return every import of the three packages; other packages appear under their own name."""
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_pure_modules_do_not_reach_the_web_or_the_database_through_others(graph, path):
    if module_of(path) not in graph.modules:  # the module is in a package without `__init__`
        return
    for stranger in set(UNREACHED) & graph.modules:
        assert graph.find_shortest_chain(importer=module_of(path), imported=stranger) is None


def test_the_word_pure_is_read_in_the_docstring_alone():
    assert says_pure('"""Dates. Pure."""') and says_pure('"""Pure: it reads."""')
    assert not says_pure('"""Impure, or what is as pure as can be."""\n# Pure\nPure = "Pure"')


def test_the_pure_modules_of_the_architecture_say_so():
    """A docstring that is written again keeps the word, or its module is quietly held to nothing."""
    core = {
        "charters/model.py",
        "charters/permissions.py",
        "charters/gate.py",
        "charters/keys/otp.py",
        "charters/keys/pskc.py",
        "charters/keys/seedfile.py",
        "charters/keys/supplied_key.py",
        "charters/signing/differences.py",
        "charters/signing/signatures.py",
        "ticketing/documents/tabular.py",
        "ticketing/figures/charts.py",
        "ticketing/figures/flow_charts.py",
        "ticketing/figures/folding.py",
        "ticketing/figures/periods.py",
        "ticketing/figures/workclock.py",
        "ticketing/files/signatures.py",
        "ticketing/interruptions/clashes.py",
        "ticketing/model.py",
        "ticketing/oversight/journal_labels.py",
        "ticketing/steps.py",
        "ticketing/tickets/deadlines.py",
        "ticketing/tickets/incidents.py",
        "ticketing/tickets/lifecycle.py",
        "ticketing/tickets/search.py",
    }
    assert core <= {name_of(path) for path in PURE}


def may_commit(name: str) -> bool:
    """Whether the module at this path of the repository may end a transaction, by its folder."""
    if name in COMMITTING_GROUND:
        return True
    folder, _, file = name.rpartition("/")
    return file not in READING and any(f"{folder}/".startswith(f"{room}/") for room in COMMITTING_FOLDERS)


def test_transactions_end_in_the_rooms_of_the_use_cases_only():
    ending = {name_of(path) for path in SOURCES if ENDS_A_TRANSACTION.search(path.read_text("utf-8"))}
    assert {name for name in ending if not may_commit(name)} == set()
    assert ending & {name_of(path) for path in PURE} == set()


@pytest.mark.parametrize(
    "name",
    [
        "ticketing/web/people/campaign.py",
        "ticketing/web/tickets/page.py",
        "ticketing/commands/cli.py",
        "ticketing/tickets/queries.py",
        "ticketing/figures/tables.py",
        "charters/tables/access.py",
        "charters/gate.py",
        "matrix/router.py",
    ],
)
def test_no_page_no_command_and_no_reader_may_end_a_transaction(name):
    assert not may_commit(name)


def test_every_folder_that_may_end_a_transaction_exists():
    assert [name for name in COMMITTING_FOLDERS | COMMITTING_GROUND if not (ROOT / name).exists()] == []


def test_no_folder_of_the_application_holds_more_than_twenty_modules():
    held: dict[str, int] = {}
    for path in SOURCES:
        if path.name != "__init__.py" and "migrations" not in path.parts:
            held[name_of(path.parent)] = held.get(name_of(path.parent), 0) + 1
    assert {folder: count for folder, count in held.items() if count > FOLDER_MAX} == {}


def touches_the_database(names: set[str]) -> bool:
    """Whether a module that imports these names could query or write by itself. Catching an error does not count."""
    doors = {f"charters.database.{door}" for door in ("db", "reading", "writing", "sealed")}
    return bool(doors & names) or any(
        name.split(".")[0] == "sqlalchemy" and not name.startswith("sqlalchemy.exc") for name in names
    )


def test_no_page_touches_the_database():
    pages = list((ROOT / "ticketing" / "web").rglob("*.py"))
    assert len({path.parent for path in pages}) > 1, "the pages stand in rooms"
    assert [name_of(path) for path in pages if touches_the_database(imported(path))] == []


def test_every_route_declares_its_guard(app):
    unguarded = {rule.endpoint for rule in app.url_map.iter_rules() if guards.guard_of(app, rule.endpoint) is None}
    assert not unguarded


def test_public_routes_are_these_and_no_others(app):
    public = {rule.rule for rule in app.url_map.iter_rules() if guards.guard_of(app, rule.endpoint) == "public"}
    assert public == {
        "/connexion",
        "/deconnexion",
        "/cle/<token>",
        "/healthz",
        "/readyz",
        "/static/<path:path>",
        "/connexion/cle-de-securite",
        "/connexion/cle-de-securite/defi",
        "/cle/<token>/defi",
        "/connexion/mot-de-passe",
        "/mot-de-passe/<token>",
        "/connexion/resynchroniser",
        "/connexion/oubli",
        "/code-pin/<token>",
    }


def test_no_template_is_unused_and_none_is_missing():
    kept = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    asked: set[str] = set()
    for path in [*TEMPLATES.rglob("*.html"), *SOURCES]:
        asked.update(re.findall(r"""["']([a-z_]+(?:/[a-z_]+)*\.html)["']""", path.read_text("utf-8")))
    assert kept - asked == set(), "nothing names these templates"
    assert asked - kept == set(), "these templates do not exist"


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_templates_hold_no_inline_style_script_or_handler(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert not re.search(r"<style|\sstyle\s*=", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text)
    assert "http://" not in re.sub(r"http://www\.w3\.org/\S+", "", text), "nothing is fetched from elsewhere"
    assert "https://" not in text


def test_every_form_that_writes_carries_the_csrf_token():
    for path in TEMPLATES.rglob("*.html"):
        for form in re.findall(r"<form\b.*?</form>", path.read_text("utf-8"), flags=re.DOTALL):
            if 'method="post"' in form:
                assert "csrf" in form, f"{path.name}: {form[:80]}"


def test_every_setting_is_in_the_operator_s_guide():
    from config import Settings

    guide = (ROOT / "docs" / "exploitation.md").read_text("utf-8")
    assert [name for name in Settings.model_fields if f"GUICHET_{name.upper()}" not in guide] == []


def asked(extras: set[str]) -> list[Requirement]:
    """Return the packages that pyproject.toml requires, with those of these extras, without the program's own."""
    project = PROJECT["project"]
    lines = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    return [requirement for requirement in map(Requirement, lines) if requirement.name != "guichet"]


def test_the_locks_hold_every_range():
    runs, develops = locks.versions(locks.RUNS), locks.versions(locks.DEVELOPS)
    for requirement in asked({"postgresql"}):
        version = runs.get(canonicalize_name(requirement.name))
        assert version and requirement.specifier.contains(version), requirement
    for requirement in asked({"dev"}):
        version = (runs | develops).get(canonicalize_name(requirement.name))
        assert version and requirement.specifier.contains(version), requirement


def test_what_only_develops_is_not_in_the_lock_of_what_runs():
    runs, develops = locks.versions(locks.RUNS), locks.versions(locks.DEVELOPS)
    assert not set(runs) & set(develops)
    assert {"pytest", "mypy", "ruff", "hypothesis", "playwright"} <= set(develops)


@pytest.mark.parametrize("name", [locks.RUNS, locks.DEVELOPS])
def test_a_lock_gives_each_version_with_hashes_and_names_no_host(name):
    text = locks.text(name)
    assert "://" not in text and "@" not in text and "index-url" not in text and "find-links" not in text
    assert len(locks.versions(name)) == len(re.findall(r"^[^#\s]", text, re.MULTILINE)) > 40, "a line has no hash"


def test_every_run_time_dependency_is_used():
    modules = {
        "argon2-cffi": "argon2",
        "markdown-it-py": "markdown_it",
        "flask-sqlalchemy": "flask_sqlalchemy",
        "flask-login": "flask_login",
        "flask-wtf": "flask_wtf",
        "python-json-logger": "pythonjsonlogger",
    }
    by_themselves = {"pystemmer"}  # snowballstemmer finds and uses it
    used = {name.split(".")[0] for path in SOURCES for name in imported(path)}
    wanted = {Requirement(line).name for line in PROJECT["project"]["dependencies"]} - by_themselves
    assert {name for name in wanted if modules.get(name, name) not in used} == set()
