"""Test the files that install Guichet: systemd reads the units, and what they name exists."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from harness.needs import lacking
from harness.places import ROOT

from config import read_settings
from ticketing import jobs, scheduler
from ticketing.commands.cli import main
from ticketing.operation import deployment, environment

UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
KEY = "A" * 43 + "="


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_finds_nothing_to_say_of_a_unit_and_calls_it_closed(unit: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze") or lacking("systemd-analyze", "systemd")
    program = tmp_path / "guichet"
    program.write_text("#!/bin/sh\n", "ascii")
    program.chmod(0o755)
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text("utf-8").replace("/opt/guichet/bin/guichet", str(program)), "utf-8")
    said = subprocess.run([analyze, "verify", "--man=no", str(copy)], capture_output=True, text=True)
    assert said.returncode == 0 and unit.name not in said.stderr, said.stderr
    closed = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=20", str(copy)], capture_output=True, text=True
    )
    assert closed.returncode == 0, closed.stdout[-300:]


def test_a_command_that_a_unit_starts_exists_and_they_share_every_job() -> None:
    for unit in UNITS:
        command = re.search(r"^ExecStart=/opt/guichet/bin/guichet (.+)$", unit.read_text("utf-8"), re.MULTILINE)
        assert command, unit
        answer = CliRunner().invoke(main, [*command[1].split(), "--help"])
        assert answer.exit_code == 0, command[1]
    shares = re.findall(r"scheduler --only (\w+)", "".join(unit.read_text("utf-8") for unit in UNITS))
    assert sorted(name for share in shares for name in scheduler.SHARES[share]) == sorted(jobs.JOBS)


def test_the_model_of_settings_is_read_and_lacks_nothing(tmp_path: Path) -> None:
    given = environment.of_file(deployment.FOLDER / "guichet.env")
    for name, secret in (("SECRET_KEY", "s" * 40), ("SEED_KEYS", KEY)):
        (tmp_path / name).write_text(secret + "\n", "ascii")
        given[f"GUICHET_{name}_FILE"] = str(tmp_path / name)
    settings = read_settings(given)
    assert settings.https and settings.trusted_proxies == 1


def test_the_files_are_written_once_and_what_is_there_stays(tmp_path: Path) -> None:
    first = CliRunner().invoke(main, ["deploy-files", str(tmp_path / "here")])
    assert first.exit_code == 0 and "guichet-web.service" in first.stdout
    model = tmp_path / "here/guichet.env"
    model.write_text("GUICHET_WORKERS=4\n", "ascii")
    again = CliRunner().invoke(main, ["deploy-files", str(tmp_path / "here")])
    assert f"{model} : déjà là" in again.stdout and model.read_text("ascii") == "GUICHET_WORKERS=4\n"
    refused = CliRunner().invoke(main, ["deploy-files", str(model)])
    assert refused.exit_code == 2


def test_the_paper_of_installation_names_files_and_commands_that_exist() -> None:
    paper = (ROOT / "docs/installation.md").read_text("utf-8")
    for path in re.findall(r"/usr/local/share/guichet/(\S+)", paper):
        assert list((ROOT / "deploy").glob(path)), path
    for command in re.findall(
        r"(?:en_guichet|`guichet|^    guichet) ([a-z-]+(?: (?:upgrade|downgrade|current))?)", paper, re.M
    ):
        assert CliRunner().invoke(main, [*command.split(), "--help"]).exit_code == 0, command


def test_the_image_is_made_of_what_the_repository_holds() -> None:
    copied = re.search(
        r"^COPY (\S+) deploy/dist/guichet-\*\.whl ", (ROOT / "deploy/Containerfile").read_text("utf-8"), re.M
    )
    assert copied and (ROOT / copied[1]).is_file()
