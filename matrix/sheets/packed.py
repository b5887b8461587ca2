"""A book as JSON, carried between two requests; it holds only what a second reading needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matrix.sheets.model import Book, Grid, GridCell, Span


def packed(book: Book) -> dict[str, Any]:
    """Return the book as plain lists, texts and numbers, for JSON."""
    return {"name": book.name, "kind": book.kind, "grids": [_packed_grid(grid) for grid in book.grids]}


def unpacked(data: Mapping[str, Any]) -> Book:
    """Return the book that `packed` turned into `data`, which must be signed.

    Raises KeyError, TypeError, ValueError.
    """
    return Book(data["name"], data["kind"], tuple(_unpacked_grid(grid) for grid in data["grids"]))


def _packed_grid(grid: Grid) -> dict[str, Any]:
    # Empty values at the end are left out, since most cells hold only a text or a colour.
    cells = []
    for (row, column), cell in grid.cells.items():
        fields: list[Any] = [
            row,
            column,
            cell.text,
            cell.colour,
            cell.pattern,
            cell.second,
            cell.note,
            cell.formula + 2 * cell.conditional + 4 * cell.struck,
        ]
        while not fields[-1]:
            fields.pop()
        cells.append(fields)
    return {
        "name": grid.name,
        "cells": cells,
        "spans": [[one.row, one.column, one.rows, one.columns] for one in grid.spans],
        "hidden_rows": sorted(grid.hidden_rows),
        "hidden_columns": sorted(grid.hidden_columns),
        "hidden": grid.hidden,
        "told": list(grid.told),
    }


def _unpacked_grid(data: Mapping[str, Any]) -> Grid:
    cells = {}
    for fields in data["cells"]:
        row, column, *rest = fields
        text, colour, pattern, second, note, marks = rest + ["", "", "", "", "", 0][len(rest) :]
        formula, conditional, struck = (bool(marks & mark) for mark in (1, 2, 4))
        cells[(row, column)] = GridCell(text, colour, pattern, second, note, formula, conditional, struck)
    return Grid(
        name=data["name"],
        cells=cells,
        spans=tuple(Span(*one) for one in data["spans"]),
        hidden_rows=frozenset(data["hidden_rows"]),
        hidden_columns=frozenset(data["hidden_columns"]),
        hidden=data["hidden"],
        told=tuple(data["told"]),
    )
