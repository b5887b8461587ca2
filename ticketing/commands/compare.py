"""Compare two agreements for `guichet matrix compare`. A person who may run the command sees the whole database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from matrix import Conventions
from matrix.comparison.compare import NoVersion, Side, compare, side
from matrix.comparison.reports import as_json, as_text, rows
from matrix.router import PARIS
from matrix.wording import day as said
from ticketing.documents.tabular import csv_text
from ticketing.model import DRAFT_NAME

#: Higher than any number that a draft may have.
NUMBER_MAX = 2**31 - 1


class Refusal(Exception):
    """Raised when what was typed cannot be compared: a French sentence, and the argument at fault."""

    def __init__(self, sentence: str, field: str) -> None:
        self.field = field
        super().__init__(sentence)


def in_database(amended: bool, *typed: str) -> bool:
    """Whether the command must read the database: `amended` asks for it, or an argument names a draft."""
    return amended or any(one.startswith(DRAFT_NAME) for one in typed)


def told(conventions: Conventions, a: str, b: str, form: str, everything: bool, now: datetime) -> str:
    """Return the comparison of two agreements of the files as `text`, `json` or `csv`. Raises Refusal."""
    return _told(lambda typed, field: _side(conventions, typed, field, now), a, b, form, everything)


def told_in_force(a: str, b: str, form: str, everything: bool, now: datetime) -> str:
    """Return the comparison of two agreements as filled in and amended by people, or of drafts. Raises Refusal."""
    from ticketing.in_force import routing

    conventions = routing.router().conventions

    def read(typed: str, field: str) -> Side:
        return _draft(typed, field) if typed.startswith(DRAFT_NAME) else _side(conventions, typed, field, now)

    return _told(read, a, b, form, everything)


def _told(read: Callable[[str, str], Side], a: str, b: str, form: str, everything: bool) -> str:
    found = compare(read(a, "A"), read(b, "B"))
    if form == "csv":
        return csv_text(rows(found, everything))
    if form == "json":
        return as_json(found, everything) + "\n"
    return "\n".join(as_text(found, everything)) + "\n"


def _side(conventions: Conventions, typed: str, field: str, now: datetime) -> Side:
    """Return the version that an argument names, such as « hautes-pyrenees-2015@2028-01-15 » (today without a day)."""
    name, at, written = typed.partition("@")
    if name not in conventions:
        raise Refusal(f"accord inconnu ; il y a : {', '.join(conventions.ids)}", field)
    try:
        on = date.fromisoformat(written) if at else now.astimezone(PARIS).date()
    except ValueError:
        raise Refusal(f"« {written} » n’est pas un jour ; attendu : {name}@AAAA-MM-JJ", field) from None
    try:
        return side(conventions, name, on)
    except NoVersion as fault:
        raise Refusal(
            f"{name} n’a pas encore de version ce jour-là : la première est du {said(fault.first)}", field
        ) from None


def _draft(typed: str, field: str) -> Side:
    from ticketing.amending import comparisons
    from ticketing.errors import Invalid, NotFound

    number = typed.removeprefix(DRAFT_NAME)
    try:
        if not (number.isascii() and number.isdigit()):
            raise NotFound
        return comparisons.of_draft(min(int(number[:12]), NUMBER_MAX))
    except NotFound:
        raise Refusal(f"aucun projet ne porte le numéro {number}", field) from None
    except Invalid as error:
        raise Refusal(" ".join(error.errors.values()), field) from None
