"""Read the two lock files: that of the running program, and that of development."""

from __future__ import annotations

import re

from packaging.utils import canonicalize_name

from harness.places import ROOT

RUNS = "requirements.lock"
DEVELOPS = "requirements-dev.lock"

_PIN = re.compile(r"^([\w.\-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)


def text(name: str) -> str:
    """The text of the lock file of this name."""
    return (ROOT / name).read_text("utf-8")


def versions(name: str) -> dict[str, str]:
    """Canonical package name -> its version in a lock file. Lines without hashes are ignored."""
    return {str(canonicalize_name(package)): version for package, version, _ in _PIN.findall(text(name))}
