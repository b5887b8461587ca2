"""Where things lie, for the tests: said once, so that a test may move from folder to folder."""

from __future__ import annotations

from pathlib import Path

#: The checkout.
ROOT = Path(__file__).resolve().parents[2]

#: The agreements' texts and the golden cases, which stand beside a developer's clone; absent elsewhere.
SHARED = ROOT.parent / "shared"
