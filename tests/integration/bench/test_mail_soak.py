"""The account of mails is exact though what takes them in is killed: the small version of `./run soak mail`."""

from __future__ import annotations

from pathlib import Path

from bench import mail_soak


def test_unique_mails_in_are_tickets_comments_quarantine_and_ignored_exactly(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(mail_soak, "PATIENCE", 240.0)
    found = mail_soak.soak(tmp_path, mails=40, kills=3, seed=3)
    assert found.exact, found
    assert found.kills == 3
    assert min(found.tickets, found.comments, found.quarantined, found.ignored) > 0
    assert found.given > found.unique == 40
