"""Read `[articles]` and `[forms]` of convention.toml: the article of a name, the gender and number of a service."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from matrix.files.folder import Folder
from matrix.files.toml_lines import Entry, File, some
from matrix.french.grammar import ARTICLES, FORMS, Form, form


def read_articles(main: File, whole: Entry, names: Collection[str]) -> Mapping[str, str]:
    """`[articles]`: name of a body -> its article. `names` are those that the agreement gives."""
    return _read(main, whole, "articles", names, ARTICLES)


def read_forms(folder: Folder, main: File, whole: Entry) -> Mapping[str, Form]:
    """`[forms]`: service -> gender and number of the words that stand for it."""
    found = _read(main, whole, "forms", folder.vocabulary.services, FORMS)
    return {service: form(code) for service, code in found.items()}


def _read(main: File, whole: Entry, table: str, keys: Collection[str], values: Collection[str]) -> dict[str, str]:
    row = whole.take(table, dict, {})
    entry = Entry(main, row, main.line_of(f"[{table}]") if row else 1, table)
    found: dict[str, str] = {}
    for key, value in row.items():
        if key not in keys:
            entry.fault(key, f"[{table}] : {key!r} inconnu ; attendu : {some(list(keys))}")
        elif value not in values:
            entry.fault(key, f"[{table}] : {key} = {value!r} ; attendu : {some(list(values))}")
        else:
            found[key] = value
    return found
