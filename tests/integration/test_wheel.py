"""The wheel can be built, and what it contains is enough to run without the checkout."""

import json
import subprocess
import sys
import zipfile

import pytest
from harness.places import ROOT

STARTS = """
import sys
from pathlib import Path
import ticketing
assert Path(ticketing.__file__).is_relative_to(sys.argv[1]), ticketing.__file__
from config import read_settings
from ticketing.app import create_app
app = create_app(read_settings({"GUICHET_DEMO": "1", "GUICHET_DATA_DIR": sys.argv[2]}))
with app.app_context():
    from ticketing.operation import schema
    schema.upgrade()
client = app.test_client()
page = client.get("/connexion").get_data(as_text=True)
assert "Guichet" in page and "sigle" in page
stylesheet = next(part for part in page.split('"') if part.startswith("/static/app.") and part.endswith(".css"))
assert client.get(stylesheet).status_code == 200
assert client.get("/readyz").status_code == 200
"""


POSTER = """
import sys
from datetime import date
from pathlib import Path
from config import read_settings
from ticketing.app import create_app
app = create_app(read_settings({"GUICHET_DEMO": "1", "GUICHET_DATA_DIR": sys.argv[2]}))
with app.app_context(), app.test_request_context("/"):
    from ticketing.documents import pdf
    from ticketing.in_force import routing
    from ticketing.operation import schema
    from ticketing.web.agreements import posters
    schema.upgrade()
    assert Path(pdf.PROCESS).is_relative_to(sys.argv[1])
    convention = routing.router().conventions["hautes-pyrenees-2015"]
    html, resources = posters.page(convention, convention.etablissements["desaix-tarbes"], "", date(2026, 11, 25))
    pdf.TIMEOUT = 300.0  # a loaded machine is no fault
    made = pdf.make("x", html, posters._style(), resources)
assert made.startswith(b"%PDF-") and len(made) > 20_000, len(made)  # with its font in it
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("guichet-*.whl"))


def test_it_carries_templates_static_files_migrations_conventions_and_licence(wheel):
    carried = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in (
        ("templates", "ticketing/_data/templates"),
        ("deploy", "ticketing/_data/deploy"),
        ("ticketing", "ticketing"),
        ("matrix", "matrix"),
        ("charters", "charters"),
    ):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert f"{inside}/{path.relative_to(ROOT / folder)}" in carried
    assert "config.py" in carried
    assert any(name.endswith("licenses/LICENSE") for name in carried)
    assert not [name for name in carried if name.startswith(("tests", "bench", "docs", "templates", "deploy"))]


def test_it_runs_by_itself(wheel, tmp_path):
    home = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(home)
    environ = {"PYTHONPATH": str(home), "PATH": "/usr/bin:/bin"}
    started = subprocess.run(
        [sys.executable, "-c", STARTS, str(home), str(tmp_path / "data")],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
    )
    assert started.returncode == 0, started.stderr
    request = {
        "id": "x",
        "etablissement": "marechal-foch-arreau",
        "service": "infrastructure-reseau",
        "activity": "mco",
        "opened_at": "2026-11-20T09:30",
    }
    routed = subprocess.run(
        [sys.executable, "-c", "from ticketing.commands.cli import main; main(['route'])"],
        cwd=tmp_path,
        env=environ,
        input=json.dumps(request),
        capture_output=True,
        text=True,
    )
    assert json.loads(routed.stdout)["party"] == "departement"


def test_it_makes_a_poster_by_itself(wheel, tmp_path, pdf_libraries):
    home = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(home)
    made = subprocess.run(
        [sys.executable, "-c", POSTER, str(home), str(tmp_path / "data")],
        cwd=tmp_path,
        env={"PYTHONPATH": str(home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
