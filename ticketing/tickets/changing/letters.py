"""The letter that goes with a ticket from a party to another: what was checked, by whom, by which clause. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

from matrix import Citation
from matrix.wording import capital, reference
from ticketing.model import clean_line, clean_text

#: The most characters of what was checked, and of what is expected.
CHECKED_MAX, EXPECTED_MAX = 2000, 300


@dataclass(frozen=True, slots=True)
class Letter:
    """What a party says as it hands a ticket on: what it checked, the name of a clause, what it expects; all optional.

    `clause` is a name of the agreement's `clauses.toml`.
    """

    checked: str = ""
    clause: str = ""
    expected: str = ""

    def faults(self) -> dict[str, str]:
        """Return what is wrong with it, by field."""
        found = {}
        if len(clean_text(self.checked)) > CHECKED_MAX:
            found["checked"] = f"Ce texte dépasse {CHECKED_MAX} caractères : abrégez-le, ou joignez un fichier."
        if len(clean_line(self.expected)) > EXPECTED_MAX:
            found["expected"] = f"Ce texte dépasse {EXPECTED_MAX} caractères : dites-le en une phrase."
        return found


def written(words: str, letter: Letter, author: str, cited: Citation | None) -> str:
    """Return the letter as the thread and the mails show it: why, then each part that was filled in."""
    parts = [words] if words else []
    if checked := clean_text(letter.checked):
        parts.append(f"Vérifié par {author} : {checked}")
    if cited is not None:
        parts.append(f"Clause invoquée ({place(cited)}) : « {' '.join(cited.quote.split())} »")
    if expected := clean_line(letter.expected):
        parts.append(f"Ce qui est attendu : {expected}")
    return "\n\n".join(parts)


def place(cited: Citation) -> str:
    """Return where a clause stands, in French: « article II.2 »."""
    return reference(SimpleNamespace(ref=cited.ref))  # type: ignore[arg-type]


def label(cited: Citation) -> str:
    """Return a clause as a list of choices names it: its place, then how it begins."""
    quote = " ".join(cited.quote.split())
    return f"{capital(place(cited))} : {quote[:90]}{'…' if len(quote) > 90 else ''}"
