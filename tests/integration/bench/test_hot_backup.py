"""A backup made while tickets are opened holds what was acknowledged before it: the small form of FIA-09."""

from __future__ import annotations

from pathlib import Path

from bench import hot_backup


def test_the_copy_holds_each_ticket_acknowledged_before_the_backup_and_sends_nothing(tmp_path: Path) -> None:
    found = hot_backup.soak(tmp_path, tickets=100, rate=20, seconds=1.5)
    assert found.holds, found
    assert found.before > 0
    assert found.during > 0, "tickets were opened while the backup was made"
