"""How often each periodic job runs: the scheduler follows it, and the checks of health compare with it. Pure."""

from __future__ import annotations

from datetime import timedelta

DAY, WEEK = timedelta(days=1), timedelta(days=7)

PACES: dict[str, timedelta] = {
    "outbox": timedelta(seconds=20),
    "mail-in": timedelta(seconds=20),
    "exchange": timedelta(seconds=30),
    "reconcile": DAY,
    "antivirus": timedelta(minutes=2),
    "index": timedelta(minutes=1),
    "close-resolved": timedelta(hours=1),
    "wake": timedelta(minutes=5),
    "give": timedelta(minutes=1),
    "remind": timedelta(minutes=5),
    "alert": timedelta(minutes=5),
    "contests": timedelta(hours=1),
    "let-go": timedelta(minutes=5),
    "expire-mandates": DAY,
    "interruptions": timedelta(minutes=1),
    "campaign": DAY,
    "obligations": DAY,
    "keys-to-return": DAY,
    "journal-head": DAY,
    "journal-witness": timedelta(minutes=1),
    "readings": WEEK,
    "repeated": DAY,
    "articles": DAY,
    "facts": DAY,
    "facts-today": timedelta(minutes=10),
    "packs": timedelta(seconds=20),
    "learn": DAY,
    "purge": DAY,
    "backup": DAY,
    "tidy": DAY,
}
