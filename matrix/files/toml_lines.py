"""Read TOML files with the line of each table, so that a fault has its file, its line and what was expected."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any


class File:
    """A TOML file whose entries know their line, which tomllib does not give."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        self.path = path
        self.name = f"{path.parent.name}/{path.name}"
        self.faults = faults
        self.data: dict[str, Any] = {}
        self.lines: list[str] = []
        try:
            text = path.read_text(encoding="utf-8")
            self.lines = text.splitlines()
            self.data = tomllib.loads(text)
        except OSError:
            self.fault(1, "fichier illisible ou absent")
        except UnicodeDecodeError:
            self.fault(1, "fichier qui n'est pas de l'UTF-8")
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"line (\d+)", str(error))
            self._malformed(int(found[1]) if found else len(self.lines), str(error))

    def _malformed(self, line: int, error: str) -> None:
        """Report where the file stops being TOML; the quotation marks that a word processor types are named."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        curly = next((letter for letter in text if letter in _CURLY), None)
        if curly is not None and re.search(rf"=\s*\[?\s*[{_CURLY}]|[{_CURLY}]\s*[\],]*\s*$", text):
            self.fault(line, f'guillemet typographique {curly} ; attendu : un guillemet droit "')
        else:
            self.fault(line, f"TOML mal formé ({error})")

    def fault(self, line: int, sentence: str) -> None:
        """Report what is wrong on a line, in a French sentence."""
        self.faults.append(f"{self.name}:{line}: {sentence}")

    def line_of(self, header: str) -> int:
        """The line of a header such as `[validity]`, 1 where there is none."""
        return next((at for at, line in enumerate(self.lines, 1) if line.split("#")[0].strip() == header), 1)

    def entries(self, table: str) -> Iterator[Entry]:
        """The entries of `[[table]]`, each with the line of its header."""
        rows = self.data.get(table, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.fault(1, f"« {table} » doit être une suite de [[{table}]]")
            return
        headers = [number for number, line in enumerate(self.lines, 1) if line.split("#")[0].strip() == f"[[{table}]]"]
        for index, row in enumerate(rows):
            yield Entry(self, row, headers[index] if index < len(headers) else 1, table)

    def whole(self) -> Entry:
        """The file's own keys, outside any `[[table]]`."""
        return Entry(self, self.data, 1, "fichier")


class Entry:
    """One table of a file. `take` reads a key with its type; `only` reports the keys that were not taken."""

    def __init__(self, file: File, row: dict[str, Any], line: int, what: str) -> None:
        self.file, self.row, self.line, self.what = file, row, line, what
        self.seen: set[str] = set()

    def line_of(self, key: str) -> int:
        """The line on which a key is written, or the table's own."""
        for number in range(self.line, len(self.file.lines)):
            text = self.file.lines[number]
            if text.lstrip().startswith("[[") and self.what != "fichier":
                break
            if re.match(rf"\s*{re.escape(key)}\s*=", text):
                return number + 1
        return self.line

    def fault(self, key: str, sentence: str) -> None:
        """Report what is wrong with a key, on the line where it is written."""
        self.file.fault(self.line_of(key), sentence)

    def take(self, key: str, kind: type, default: Any = ..., one_of: Iterable[Any] | None = None) -> Any:
        """The value of a key when it is of this kind (and `one_of` these), else an empty value, with a fault.

        Without `default` the key must be there.
        """
        self.seen.add(key)
        if key not in self.row:
            if default is ...:
                self.file.fault(self.line, f"[[{self.what}]] : « {key} » manque")
                return kind() if kind is not date else date.min
            return default
        value = self.row[key]
        if type(value) is not kind:
            self.fault(key, f"« {key} » : {_KINDS[kind]} attendu, {value!r} trouvé")
            return kind() if kind is not date else date.min
        if one_of is not None:
            known = list(one_of)
            items: list[Any] = value if isinstance(value, list) else [value]
            for item in items:
                if item not in known:
                    self.fault(key, f"« {key} » : {item!r} inconnu ; attendu : {some(known)}")
            if isinstance(value, list):
                return [item for item in value if item in known]
        return value

    def texts(self, key: str, default: Any = ...) -> list[str]:
        """The texts of a list; anything else in it is a fault."""
        found: list[str] = []
        for item in self.take(key, list, default):
            if isinstance(item, str):
                found.append(item)
            else:
                self.fault(key, f"« {key} » : un texte attendu, {item!r} trouvé")
        return found

    def tables(self, key: str, what: str, headers: Iterator[int] | None = None) -> Iterator[Entry]:
        """The tables of a list, which this entry may leave out; `what` is how faults call them.

        A list written on the entry's own lines gives its tables the line of its key. One written as `[[a.b]]` takes
        its lines from `headers`, the lines of these headers in the whole file.
        """
        inline = self.line_of(key)
        for row in self.take(key, list, []):
            if not isinstance(row, dict):
                self.fault(key, f"« {key} » : une table attendue, {row!r} trouvé")
                continue
            line = inline - 1 if inline > self.line or headers is None else next(headers, self.line)
            yield Entry(self.file, row, line, what)

    def once(self, key: str, known: dict[Any, int]) -> None:
        """Report a key whose value an earlier table of the same kind has too; `known` gives their lines."""
        value = self.row.get(key)
        if not isinstance(value, str | int):
            return
        if value in known:
            self.fault(
                key, f"[[{self.what}]] : « {key} » = {value!r} déjà donné ligne {known[value]} ; une seule attendue"
            )
        known.setdefault(value, self.line)

    def only(self) -> None:
        """Report the keys that nothing reads."""
        for key in self.row.keys() - self.seen:
            self.fault(key, f"« {key} » n'a pas de sens dans [[{self.what}]] ; attendu : {some(sorted(self.seen))}")


#: The quotation marks that are not TOML's.
_CURLY = "“”„‟«»‘’"

_KINDS = {
    str: "un texte",
    list: "une liste",
    bool: "true ou false",
    int: "un nombre entier",
    date: "une date",
    dict: "une table",
}


def some(values: list[Any]) -> str:
    """The first dozen of the expected values, joined for a sentence."""
    shown = ", ".join(str(value) for value in values[:12])
    return shown + (", …" if len(values) > 12 else "")
