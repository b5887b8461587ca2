"""Truths about the whole repository: arrows, pure rooms, guards, templates, who commits."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from harness.places import ROOT

from ticketing.web import guards

TEMPLATES = ROOT / "templates"
PACKAGES = ("matrix", "charters", "ticketing")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))] + [ROOT / "config.py"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
#: The modules that import-linter is told to keep pure.
NAMED_PURE = next(
    contract["source_modules"]
    for contract in PROJECT["tool"]["importlinter"]["contracts"]
    if contract["name"] == "Pure rooms stay pure"
)
PURE = [
    *sorted((ROOT / "matrix").rglob("*.py")),
    *(ROOT / f"{name.replace('.', '/')}.py" for name in NAMED_PURE),
]

#: The modules in which a transaction is ended: the use cases, and what makes the schema. No page is among them.
COMMITTING = {
    "charters/database.py",
    "charters/people/accounts.py",
    "charters/people/declarations.py",
    "charters/keys/keys.py",
    "charters/entry/sessions.py",
    "charters/signing/signing.py",
    "charters/journal/audit.py",
    "charters/letters.py",
    "charters/entry/links.py",
    "charters/keys/stock.py",
    "charters/entry/resync.py",
    "charters/entry/passwords.py",
    "charters/entry/fido.py",
    "charters/keys/rotation.py",
    "charters/entry/renewal.py",
    "charters/keys/returns.py",
    "charters/journal/retention.py",
    "charters/people/holds.py",
    "charters/signing/register.py",
    "charters/entry/reauthentication.py",
    "charters/keys/founding.py",
    "charters/campaign/campaigns.py",
    "charters/people/movements.py",
    "charters/campaign/rounds.py",
    "ticketing/amending/campaign_scope.py",
    "ticketing/interruptions/announcing.py",
    "ticketing/interruptions/exams.py",
    "ticketing/interruptions/letters.py",
    "ticketing/tickets/desk.py",
    "ticketing/tickets/opening.py",
    "ticketing/tickets/transaction.py",
    "ticketing/mail/delivery.py",
    "ticketing/figures/nightly.py",
    "ticketing/figures/histories.py",
    "ticketing/figures/publishing.py",
    "ticketing/jobs.py",
    "ticketing/amending/overview.py",
    "ticketing/oversight/consultation.py",
    "ticketing/in_force/recorded_facts.py",
    "ticketing/oversight/searching.py",
    "ticketing/oversight/reading_reports.py",
    "ticketing/personal_data/erasing.py",
    "ticketing/personal_data/traces.py",
    "ticketing/personal_data/purging.py",
    "ticketing/oversight/why_visible.py",
    "ticketing/oversight/journal.py",
    "ticketing/personal_data/export.py",
    "ticketing/operation/limits.py",
    "ticketing/files/quarantine.py",
    "ticketing/amending/amendments.py",
    "ticketing/amending/approvals.py",
    "ticketing/amending/fills.py",
    "ticketing/amending/golden.py",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> set[str]:
    """The modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def calls(path: Path) -> set[str]:
    """The dotted names that a file calls."""
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


def test_the_pure_modules_of_the_architecture_are_held_pure_and_strictly_typed():
    core = {
        "charters.model",
        "charters.permissions",
        "charters.gate",
        "charters.keys.otp",
        "charters.signing.signatures",
        "ticketing.model",
        "ticketing.tickets.lifecycle",
        "ticketing.tickets.deadlines",
        "ticketing.tickets.search",
    }
    strict = next(one["module"] for one in PROJECT["tool"]["mypy"]["overrides"] if one.get("strict"))
    assert core <= set(strict) and core <= set(NAMED_PURE)


def test_transactions_end_in_the_use_cases_only():
    ending = {name_of(path) for path in SOURCES if re.search(r"\.commit\(|\bwriting\(\)", path.read_text("utf-8"))}
    demonstration = {name for name in ending if name.startswith(("ticketing/demo/", "ticketing/migrations/"))}
    assert ending - demonstration <= COMMITTING


def test_no_page_touches_the_database():
    pages = [path for path in (ROOT / "ticketing" / "web").glob("*.py") if path.name != "guards.py"]
    touching = {
        path.name
        for path in pages
        if {"charters.database.db", "sqlalchemy"} & imported(path) and path.name != "operation.py"
    }
    assert not touching


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


def test_the_lock_holds_every_range_and_names_no_host():
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in text and "@" not in text
    pinned = dict(line.split("==") for line in text.splitlines() if "==" in line)
    versions = {canonicalize_name(name): version for name, version in pinned.items()}
    project = PROJECT["project"]
    wanted = project["dependencies"] + [line for extra in project["optional-dependencies"].values() for line in extra]
    for requirement in map(Requirement, wanted):
        if requirement.name != "guichet":
            version = versions.get(canonicalize_name(requirement.name))
            assert version and requirement.specifier.contains(version), requirement


def test_every_run_time_dependency_is_used():
    from packaging.requirements import Requirement

    modules = {
        "argon2-cffi": "argon2",
        "markdown-it-py": "markdown_it",
        "flask-sqlalchemy": "flask_sqlalchemy",
        "flask-login": "flask_login",
        "flask-wtf": "flask_wtf",
        "python-json-logger": "pythonjsonlogger",
    }
    by_themselves = {"pystemmer"}  # found and used by snowballstemmer
    used = {name.split(".")[0] for path in SOURCES for name in imported(path)}
    wanted = {Requirement(line).name for line in PROJECT["project"]["dependencies"]} - by_themselves
    assert {name for name in wanted if modules.get(name, name) not in used} == set()
