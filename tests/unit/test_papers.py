"""The papers name what is there: paths, modules, words of `./run`, decisions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from harness.places import ROOT

from charters.model import Role
from charters.permissions import MAY, Action

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAPERS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "docs" / "architecture.md",
    ROOT / "tests" / "README.md",
    *DECISIONS,
]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")

#: What stands in backquotes and looks like a path of the repository: it begins with one of its files or folders. What
#: git ignores does not count: `test-output/` is there once a browser test has run.
IGNORED = {line.strip("/") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines()}
TOP = {path.name for path in ROOT.iterdir()} - {".git", *IGNORED}
QUOTED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"\.?[\w-][\w.-]*(?:/[\w.-]+)*/?")
ENDING = re.compile(r"\.(?:py|md|toml|html|css|js|txt|lock|sh|yaml)$")
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def paths_in(text: str) -> set[str]:
    """The words in backquotes that look like a path from the root, `file.py` without a folder left out."""
    found = set()
    for word in QUOTED.findall(text):
        first, slash, _ = word.partition("/")
        if PATH.fullmatch(word) and (word in TOP or (slash and (first in TOP or ENDING.search(word)))):
            found.add(word)
    return found


def modules_named() -> list[str]:
    """The modules that the architecture names in their rooms, as paths from the root, in its order."""
    part = ARCHITECTURE.split("\n## The rooms, module by module\n")[1].split("\n## ")[0]
    room, found = "", []
    for line in part.splitlines():
        if heading := re.fullmatch(r"### `([\w/]+/)`", line):
            room = heading[1]
        elif row := re.match(r"\| `(\w+)` \| \S", line):
            found.append(f"{room}{row[1]}.py")
    return found


def modules() -> set[str]:
    """The modules of the three packages; a package's own file is its room, and a step of the schema is no module."""
    return {
        path.relative_to(ROOT).as_posix()
        for package in ("matrix", "charters", "ticketing")
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py" and path.parent != ROOT / "ticketing" / "migrations" / "versions"
    }


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_path_that_a_paper_names_exists(paper: Path) -> None:
    named = paths_in(paper.read_text("utf-8"))
    assert {name for name in named if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_of_a_paper_leads_to_a_file(paper: Path) -> None:
    links = {link for link in LINK.findall(paper.read_text("utf-8")) if "://" not in link}
    assert {link for link in links if not (paper.parent / link).exists()} == set()


def test_a_path_is_told_from_other_words_in_backquotes() -> None:
    said = "`ticketing/steps.py` `templates/nowhere/` `.ci/run` `run` `a/b.py`"
    said += " `ticketing.steps` `/tickets/nouveau` `etab:<id>` `./run test`"
    assert paths_in(said) == {"ticketing/steps.py", "templates/nowhere/", ".ci/run", "run", "a/b.py"}
    assert sum(len(paths_in(paper.read_text("utf-8"))) for paper in PAPERS) > 150


def test_the_architecture_names_every_module_once() -> None:
    named = modules_named()
    assert sorted(named) == sorted(modules())


def test_the_table_of_contributing_has_every_word_of_run() -> None:
    script = (ROOT / "run").read_text("utf-8")
    cases = re.search(r"^    (help\|[a-z|]+)\) \"\$command\"", script, re.MULTILINE)
    assert cases
    rows = re.findall(r"^\| (`\./run .*?) \|", CONTRIBUTING, re.MULTILINE)
    listed = [word for row in rows for word in re.findall(r"`\./run ([a-z]+)`", row)]
    assert sorted(listed) == sorted(set(cases[1].split("|")))


def test_the_table_of_roles_says_who_may_do_what() -> None:
    """The table named no call, which three roles take."""
    roles = [Role.CMI, Role.RESEAU, Role.CHEF, Role.TECH_DEPARTEMENT, Role.REFERENT, Role.TECH_ACADEMIE]
    roles += [Role.ADMINISTRATEUR, Role.LECTEUR]
    assert set(roles) == set(Role)
    security = (ROOT / "docs" / "securite.md").read_text("utf-8")
    table = security.partition("### Ce que fait chaque rôle")[2].partition("\n### ")[0]
    lines = [[cell.strip() for cell in line.strip("| ").split("|")] for line in table.splitlines() if line[:1] == "|"]
    told = [tuple(cell == "oui" for cell in cells[1:]) for cells in lines[2:]]
    assert told == [tuple(action in MAY[role] for role in roles) for action in Action]
    assert len({cells[0] for cells in lines[2:]}) == len(Action)
    (calls,) = (cells for cells in lines if cells[0].startswith("prendre un appel"))
    assert calls[1:] == ["oui" if Action.OPEN_FOR in MAY[role] else "–" for role in roles]


def test_every_image_of_the_guides_is_shown_and_small() -> None:
    images = ROOT / "docs" / "images"
    papers = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {name for paper in papers for name in re.findall(r"images/([\w-]+\.png)", paper.read_text("utf-8"))}
    assert shown == {path.name for path in images.iterdir()}
    assert {path.name: path.stat().st_size for path in images.iterdir() if path.stat().st_size > 80 * 1024} == {}


def test_every_code_of_a_case_has_its_sentence() -> None:
    """The codes that tests have in their names stand in the table of tests/README.md, and no other does."""
    families = "aut|cha|per|inj|web|fic|fia|jrn|rgp"
    tested: set[tuple[str, str]] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        tested.update(re.findall(rf"^ *def test_({families})_(\d\d)_", path.read_text("utf-8"), re.MULTILINE))
    rows = re.findall(r"^\| ([A-Z]{3}) \| .+? \| (.+) \|$", (ROOT / "tests/README.md").read_text("utf-8"), re.MULTILINE)
    told = {(family.lower(), number) for family, cases in rows for number in re.findall(r"(?:^|· )(\d\d) \S", cases)}
    assert len(tested) > 10 and told == tested


@pytest.mark.parametrize("page", [path for path in DECISIONS if path.name != "README.md"], ids=lambda path: path.stem)
def test_a_decision_says_what_its_index_promises(page: Path) -> None:
    said = page.read_text("utf-8")
    assert [said.count(f"**{head}") for head in ("Needed.", "Chosen.", "Cost.", "Choose again** when ")] == [1, 1, 1, 1]


def test_the_list_of_decisions_has_every_page_with_its_title() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| \[(\d{4})\]\((\1-[\w-]+\.md)\) \| (.+) \|$", index, re.MULTILINE)
    pages = {path.name: path.read_text("utf-8") for path in DECISIONS if path.name != "README.md"}
    assert [name for _, name, _ in rows] == sorted(pages)
    for number, name, title in rows:
        assert pages[name].splitlines()[0] == f"# {number}. {title}"
