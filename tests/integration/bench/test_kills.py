"""Nothing acknowledged is lost when the web processes are killed: the small version of `./run soak kills` (FIA-01)."""

from __future__ import annotations

from pathlib import Path

from bench import kills


def test_every_ticket_that_was_acknowledged_is_there_once_after_kills(tmp_path: Path) -> None:
    found = kills.soak(tmp_path, kills=2, rate=20, seed=7)
    assert found.holds, found
    assert found.kills == 2
    assert found.acknowledged == found.sent > 8, "the last form of each was insisted on until its number was said"
