"""The inventory of personal data speaks of tables and columns that exist, and in its own eight words."""

from __future__ import annotations

import importlib

import pytest
from harness.places import ROOT

from charters.database import Base
from ticketing.personal_data import inventory


@pytest.fixture(scope="module")
def columns() -> dict[str, set[str]]:
    """Return the columns of every table of the program, whose modules are named `tables`."""
    for path in ROOT.glob("*/**/*tables*.py"):
        if path.is_relative_to(ROOT / "ticketing") or path.is_relative_to(ROOT / "charters"):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for path in (ROOT / "charters/tables").glob("[a-z]*.py"):
        importlib.import_module(f"charters.tables.{path.stem}")
    return {name: set(table.columns.keys()) for name, table in Base.metadata.tables.items()}


def test_each_column_of_the_inventory_exists_and_has_one_of_the_eight_kinds(columns: dict[str, set[str]]) -> None:
    kinds = {"code", "person", "sigle", "contact", "words", "file", "secret", "journal"}
    for table, held in inventory.INVENTORY.items():
        assert set(held) <= columns[table], table
        assert set(held.values()) <= kinds, table


def test_the_authors_of_acts_stand_in_columns_that_hold_a_name(columns: dict[str, set[str]]) -> None:
    for one in inventory.SIGNED:
        assert inventory.INVENTORY[one.table][one.name] == inventory.PERSON, one
        assert not one.id or one.id in columns[one.table], one


def test_what_is_kept_is_words_and_says_why() -> None:
    for (table, column), why in inventory.KEPT.items():
        assert inventory.INVENTORY[table][column] == inventory.WORDS and len(why.split()) > 3
