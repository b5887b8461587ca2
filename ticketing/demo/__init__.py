"""Invented people, agreement and tickets, for the demonstration and the tests. Never loaded in service."""

from pathlib import Path

#: Agreements that are in no paper: two départements and a collège of fiction.
CONVENTIONS = Path(__file__).resolve().parent / "conventions"
