"""Truths about the whole repository: arrows, pure rooms, guards, templates, who commits."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
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
    "ticketing/articles",
    "ticketing/backups",
    "ticketing/committees",
    "ticketing/correspondence",
    "ticketing/joining",
    "ticketing/workbench",
    "ticketing/suggesting",
    "ticketing/demo",
    "ticketing/exchange",
    "ticketing/figures",
    "ticketing/files",
    "ticketing/following",
    "ticketing/presets",
    "ticketing/hours",
    "ticketing/in_force",
    "ticketing/interruptions",
    "ticketing/mail",
    "ticketing/migrations",
    "ticketing/obligations",
    "ticketing/operation",
    "ticketing/oversight",
    "ticketing/personal_data",
    "ticketing/arrivals",
    "ticketing/tickets",
}
#: The modules outside these folders that may too: the transaction itself, letters to people, the jobs.
COMMITTING_GROUND = {"charters/database.py", "charters/letters.py", "charters/write_turns.py", "ticketing/jobs.py"}
#: The names of modules that only read or declare, in any room.
READING = {"tables.py", "queries.py", "lists.py", "statistics.py", "selection.py"}
ENDS_A_TRANSACTION = re.compile(r"\.commit\(|\bwriting\(\)")

#: What a pure module must never import, even through another module.
UNREACHED = ("flask", "sqlalchemy", "flask_sqlalchemy", "config")

#: The bounds of the application's code: modules of a folder, lines of a file and of a function, parameters.
FOLDER_MAX, FILE_MAX, FUNCTION_MAX, PARAMETERS_MAX = 20, 400, 40, 6
#: The functions that may have more parameters, and why.
MANY_PARAMETERS = {
    "charters/journal/audit.py:record": "a line of the journal has these columns, and most calls name only a few",
    "charters/keys/keys.py:enrol_directly": "demonstration and tests state only what differs for their key",
    "charters/people/accounts.py:add_mandate": "person, role, scope and two days, with the actor and time of every act",
    "charters/people/movements.py:change": "scopes and id identify a declaration; a change has a function and a role",
    "charters/signing/signing.py:publish_charter": "a version has defaults, which the shipped texts use",
    "ticketing/mail/undelivered.py:note": "all that a report on a mail says, by name",
    "ticketing/tickets/desk.py:comment": "all that its form may send; most callers give four",
    "ticketing/tickets/desk.py:hold": "the four parameters of every step, and the three fields of its form",
    "ticketing/tickets/desk.py:hand_on": "the four parameters of every step, the fields of its form, and its letter",
}


RULES = sorted((ROOT / "matrix").rglob("*.py"))
PURE = [*RULES, *(path for path in SOURCES if path not in RULES and says_pure(path.read_text("utf-8")))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    """Return the dotted name of a module; an `__init__` has that of its package."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
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


def test_a_room_that_the_layers_do_not_list_is_refused():
    """import-linter lets an unlisted module import what it likes, unless the contract says `exhaustive`."""
    contracts = [one for one in PROJECT["tool"]["importlinter"]["contracts"] if one["type"] == "layers"]
    of_rooms = {one["containers"][0]: one for one in contracts if "containers" in one}
    assert set(of_rooms) == {"matrix", "charters", "ticketing", "ticketing.web"}
    assert [room for room, contract in of_rooms.items() if contract.get("exhaustive") is not True] == []


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
        "ticketing/hours/ball.py",
        "ticketing/hours/promises.py",
        "ticketing/hours/shapes.py",
        "ticketing/hours/waits.py",
        "ticketing/interruptions/clashes.py",
        "ticketing/mail/incoming/mime/structure.py",
        "ticketing/mail/incoming/reading.py",
        "ticketing/model.py",
        "ticketing/perimeter_keys.py",
        "ticketing/oversight/journal_labels.py",
        "ticketing/steps.py",
        "ticketing/tickets/deadlines.py",
        "ticketing/tickets/incidents.py",
        "ticketing/tickets/lifecycle.py",
        "ticketing/search/query.py",
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


APPLICATION = [path for path in SOURCES if path.name != "config.py" and "migrations" not in path.parts]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def functions(source: str) -> list[tuple[str, int, int]]:
    """Return every function of a source, methods and inner functions too: name, lines, parameters."""
    found = (node for node in ast.walk(ast.parse(source)) if isinstance(node, Function))
    return [(one.name, lines_of(one), parameters_of(one)) for one in found]


def lines_of(function: Function) -> int:
    """Return how many lines a function takes, from its `def` to its end."""
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def parameters_of(function: Function) -> int:
    """Return how many parameters a function has; `self` and `cls` do not count, `*args` and `**kwargs` do."""
    given = function.args
    named = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    own = named[:1] in (["self"], ["cls"])
    return len(named) - own + (given.vararg is not None) + (given.kwarg is not None)


@pytest.mark.parametrize("path", APPLICATION, ids=name_of)
def test_files_and_functions_of_the_application_stay_short(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= FILE_MAX
    assert {name: lines for name, lines, _ in functions(text) if lines > FUNCTION_MAX} == {}


def test_functions_have_six_parameters_or_say_why_not():
    many = {
        f"{name_of(path)}:{name}"
        for path in APPLICATION
        for name, _, parameters in functions(path.read_text("utf-8"))
        if parameters > PARAMETERS_MAX
    }
    assert many == set(MANY_PARAMETERS)


def test_the_bounds_count_what_they_say():
    source = "class A:\n    def f(self, a, /, b, *c, d, **e):\n        def g(): ...\n        return g\n"
    assert functions(source) == [("f", 3, 5), ("g", 1, 0)]


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
        "/adresse/<token>",
        "/healthz",
        "/readyz",
        "/static/<path:path>",
        "/connexion/cle-de-securite",
        "/connexion/cle-de-securite/defi",
        "/cle/<token>/defi",
        "/connexion/mot-de-passe",
        "/connexion/academie",
        "/connexion/academie/retour",
        "/connexion/academie/sortie",
        "/mot-de-passe/<token>",
        "/connexion/resynchroniser",
        "/connexion/oubli",
        "/code-pin/<token>",
        "/satisfaction/<token>",
        "/calendrier/<token>.ics",
        "/aide",
        "/aide/<slug>",
        "/mentions-legales",
        "/accessibilite",
        "/donnees-personnelles",
        "/guichet.webmanifest",
        "/service-worker.js",
        "/hors-ligne",
    }


def test_no_template_is_unused_and_none_is_missing():
    kept = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    asked: set[str] = {
        "mail/notice.html",
        "mail/letter.html",
        "mail/digests/daily.html",
    }  # `MailTexts.html` makes these names
    for path in [*TEMPLATES.rglob("*.html"), *SOURCES]:
        asked.update(re.findall(r"""["']([a-z_]+(?:/[a-z_]+)*\.html)["']""", path.read_text("utf-8")))
    assert kept - asked == set(), "nothing names these templates"
    assert asked - kept == set(), "these templates do not exist"


#: The HTML part of mails, whose styles stand in the tags, since mail programs read no style sheet.
MAILS = TEMPLATES / "mail"
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if MAILS not in path.parents)


@pytest.mark.parametrize("path", sorted(MAILS.rglob("*.html")), ids=lambda path: path.name)
def test_mails_hold_no_script_and_fetch_nothing(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert not re.search(r"<script|<link|<img|<iframe|<form|\ssrc\s*=|<[^>]*\son[a-z]+\s*=", text)
    assert not re.search(r"https?://|url\(|@import", text)
    assert "|safe" not in text.replace(" ", "")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
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
        "flufl.bounce": "flufl",
        "markdown-it-py": "markdown_it",
        "flask-sqlalchemy": "flask_sqlalchemy",
        "flask-login": "flask_login",
        "flask-wtf": "flask_wtf",
        "python-json-logger": "pythonjsonlogger",
        "imap-tools": "imap_tools",
        "pillow": "PIL",
        "python-dotenv": "dotenv",
        "prometheus-client": "prometheus_client",
    }
    by_themselves = {"pystemmer", "python-dateutil"}  # used by snowballstemmer and by icalendar
    used = {name.split(".")[0] for path in SOURCES for name in imported(path)}
    wanted = {Requirement(line).name for line in PROJECT["project"]["dependencies"]} - by_themselves
    assert {name for name in wanted if modules.get(name, name) not in used} == set()
