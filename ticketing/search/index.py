"""Write the full-text index, in the caller's transaction.

A row holds three kinds of tokens: the words that every reader of the ticket may find, its perimeter keys, and the words
that one side alone may read, under that side's mark. Nothing else of a ticket is in the index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from charters.statements import Fixed
from ticketing.search import words
from ticketing.search.words import key_token

#: PostgreSQL holds a megabyte of words for a ticket and refuses more. This many words fit, even the longest.
INDEXED_MAX = 20_000
_UNINDEX = text("DELETE FROM ticket_search WHERE rowid = :number")
INSERT = {
    "sqlite": text("INSERT INTO ticket_search (rowid, words, keys, own) VALUES (:number, :words, :keys, :own)"),
    "postgresql": text(
        "INSERT INTO ticket_search (ticket_id, document) "
        "VALUES (:number, array_to_tsvector(CAST(:lexemes AS text[]))) "
        "ON CONFLICT (ticket_id) DO UPDATE SET document = excluded.document"
    ),
}
_INSERT = Fixed(INSERT["sqlite"], postgresql=INSERT["postgresql"])
_MORE = {
    "sqlite": text(
        "UPDATE ticket_search SET words = words || ' ' || :words, own = own || ' ' || :own WHERE rowid = :number"
    ),
    "postgresql": text(
        "UPDATE ticket_search SET document = document || array_to_tsvector(CAST(:lexemes AS text[])) "
        "WHERE ticket_id = :number AND length(document) + :more <= :most"
    ),
}


@dataclass(slots=True)
class Found:
    """The tokens of a ticket, or of a part of it: those of every reader, and those of one side alone."""

    words: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.words or self.own)

    def add(self, more: set[str], own_side: str | None = None) -> None:
        """Add the tokens of something that every reader may read, or `own_side` alone; none beyond the limit."""
        if len(self.words) + len(self.own) + len(more) > INDEXED_MAX:
            return
        if own_side is None:
            self.words |= more
        else:
            self.own |= words.own_tokens(more, own_side)


@dataclass(frozen=True, slots=True)
class FileName:
    """The name of a file: whether it is in quarantine, and the one side that may read it (None: every reader)."""

    name: str
    quarantine: str = ""
    own_side: str | None = None


def add_files(found: Found, files: Iterable[FileName]) -> None:
    """Add the names of files; those in quarantine are left out, since nobody is served them."""
    for file in files:
        if not file.quarantine:
            found.add(words.heading(file.name), file.own_side)


def write(session: Session, number: int, found: Found, keys: Collection[str], *, new: bool = False) -> None:
    """Write the words of a ticket under its perimeter keys, in place of any it had (a `new` ticket has none)."""
    dialect = _dialect(session)
    if dialect == "sqlite" and not new:
        session.execute(_UNINDEX, {"number": number})
    _INSERT.run(row(dialect, number, found, keys), session)


def row(dialect: str, number: int, found: Found, keys: Collection[str]) -> dict[str, Any]:
    """Return the values of a ticket's row of the index, for the statement `INSERT` of that engine."""
    if dialect == "sqlite":
        tokens = " ".join(key_token(key) for key in sorted(keys))
        return {"number": number, "words": _joined(found.words), "keys": tokens, "own": _joined(found.own)}
    return {"number": number, "lexemes": [*_lexemes(found), *(key_token(key) for key in keys)]}


def add(session: Session, number: int, found: Found) -> None:
    """Add words to those of a ticket; words beyond the limit of the index are on its page but no search finds them."""
    if not found:
        return
    if _dialect(session) == "sqlite":
        session.execute(_MORE["sqlite"], {"number": number, "words": _joined(found.words), "own": _joined(found.own)})
        return
    lexemes = _lexemes(found)
    session.execute(
        _MORE["postgresql"], {"number": number, "lexemes": lexemes, "more": len(lexemes), "most": INDEXED_MAX}
    )


def move(session: Session, number: int, before: Collection[str], after: Collection[str]) -> None:
    """Move the ticket's words from perimeter keys to others."""
    if _dialect(session) == "sqlite":
        session.execute(
            text("UPDATE ticket_search SET keys = :keys WHERE rowid = :number"),
            {"number": number, "keys": " ".join(key_token(key) for key in sorted(after))},
        )
        return
    session.execute(
        text(
            "UPDATE ticket_search SET document = ts_delete(document, CAST(:gone AS text[])) "
            "|| array_to_tsvector(CAST(:new AS text[])) WHERE ticket_id = :number"
        ),
        {
            "number": number,
            "gone": [key_token(key) for key in before],
            "new": [key_token(key) for key in after],
        },
    )


def _lexemes(found: Found) -> list[str]:
    """Return the lexemes of PostgreSQL's one document: the prefix tells words from keys and from a side's own."""
    return [*(f"w{word}" for word in found.words), *found.own]


def _joined(tokens: Iterable[str]) -> str:
    return " ".join(sorted(tokens))


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
