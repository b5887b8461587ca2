"""The installed packages are those of the lock, unaltered. `./run audit` asks a service about known flaws, not this."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from harness import locks
from harness.places import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = locks.versions(locks.RUNS) | locks.versions(locks.DEVELOPS)
OUR_OWN = {"guichet", "pip", "setuptools", "wheel"}


def test_every_locked_version_is_the_one_installed():
    wrong = {}
    for name, version in LOCK.items():
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            found = None
        if found != version:
            wrong[name] = (version, found)
    assert len(LOCK) > 40 and not wrong


def test_nothing_is_installed_that_the_lock_does_not_name():
    here = {canonicalize_name(dist.metadata["Name"]) for dist in metadata.distributions()}
    assert here - set(LOCK) - OUR_OWN == set()


def test_no_locked_version_is_before_its_release_or_from_elsewhere():
    from packaging.version import Version

    assert not [name for name, version in LOCK.items() if Version(version).is_prerelease]
    for dist in metadata.distributions():
        if canonicalize_name(dist.metadata["Name"]) not in OUR_OWN:
            assert not dist.read_text("direct_url.json"), f"{dist.metadata['Name']} comes from an address of its own"


def run_time() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [Requirement(line).name for line in project["dependencies"]]


@pytest.mark.parametrize("name", run_time())
def test_a_run_time_dependency_is_as_it_was_made(name):
    """The modules of each package match the hashes in its own list: none is altered, none is missing."""
    altered, seen = [], 0
    for file in metadata.files(name) or ():
        if file.suffix in (".py", ".so") and file.hash is not None:
            content = Path(str(file.locate())).read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.new(file.hash.mode, content).digest()).rstrip(b"=").decode()
            seen += 1
            if digest != file.hash.value:
                altered.append(str(file))
    assert seen and not altered


def answered(packages):
    return json.dumps({"dependencies": packages, "fixes": []})


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (answered([{"name": "flask", "version": "3.1.0", "vulns": []}]), 0, "Aucune faille connue"),
        (
            answered([{"name": "flask", "version": "3.1.0", "vulns": [{"id": "CVE-1", "fix_versions": ["3.1.1"]}]}]),
            1,
            "flask 3.1.0 : CVE-1, corrigé dans 3.1.1",
        ),
        (
            answered(
                [{"name": "flask", "version": "3.1.0", "vulns": []}, {"name": "jinja2", "skip_reason": "not found"}]
            ),
            3,
            "Non vérifiées, 1 sur 2 : jinja2",
        ),
        (answered([{"name": "flask", "version": "3.1.0", "skip_reason": "not found"}]), 3, "rien n’a été vérifié"),
        (answered([]), 3, ""),
        ("", 3, "rien n’a été vérifié"),
        ("[]", 3, "rien n’a été vérifié"),
    ],
)
def test_an_audit_that_could_ask_nothing_does_not_pass_for_a_good_one(answer, status, said):
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "audit.py"], input=answer, capture_output=True, text=True, check=False
    )
    assert done.returncode == status and said in done.stdout + done.stderr
