"""The two lock files, read: what runs, and what develops beside it."""

from __future__ import annotations

import re

from packaging.utils import canonicalize_name

from harness.places import ROOT

RUNS = "requirements.lock"
DEVELOPS = "requirements-dev.lock"

_PIN = re.compile(r"^([\w.\-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)


def text(name: str) -> str:
    """The lock of this name, as it is written."""
    return (ROOT / name).read_text("utf-8")


def versions(name: str) -> dict[str, str]:
    """The version that a lock gives of each package, by canonical name. A line without hashes is not read."""
    return {str(canonicalize_name(package)): version for package, version, _ in _PIN.findall(text(name))}
