"""Paths that tests use, defined once so that tests can move between folders."""

from __future__ import annotations

from pathlib import Path

#: The root of the checkout.
ROOT = Path(__file__).resolve().parents[2]

#: The agreements' texts and the golden cases, beside a developer's clone; absent elsewhere.
SHARED = ROOT.parent / "shared"
