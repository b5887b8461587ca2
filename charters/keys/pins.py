"""PINs: rules for choosing one, hashing (Argon2id, OWASP parameters), comparison."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 6, 64
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def fault(pin: str, sigle: str) -> str | None:
    """Why this PIN cannot be chosen, as a French sentence; None when it can."""
    if len(pin) < SHORTEST:
        return f"Choisissez un code PIN de {SHORTEST} caractères au moins."
    if len(pin) > LONGEST:
        return f"Ne dépassez pas {LONGEST} caractères."
    if not pin.isprintable():
        return "Ce code PIN contient un caractère qui ne s’affiche pas."
    plain, bare = pin.lower(), _bare(pin.lower())  # « 14/07/89 », « 12-34-56 » are checked bare
    if any(is_common(one) or _repeated(one) or _in_a_row(one) or _is_date(one) for one in {plain, bare} if one):
        return "Ce code PIN est trop facile à deviner : évitez les suites, les répétitions et les dates."
    if plain == sigle or bare == _bare(sigle):
        return "Le code PIN ne peut pas être votre sigle."
    return None


def _bare(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())


@dataclass(frozen=True, slots=True, repr=False)
class NewPin:
    """A PIN that is being chosen, typed twice."""

    typed: str
    again: str

    def faults(self, sigle: str) -> dict[str, str]:
        """Why this PIN cannot be chosen for this sigle: field (`pin`, `pin_again`) -> sentence; empty when it can."""
        if (sentence := fault(self.typed, sigle)) is not None:
            return {"pin": sentence}
        return {} if self.typed == self.again else {"pin_again": "Les deux codes PIN ne sont pas les mêmes."}


def is_common(text: str) -> bool:
    """Whether a text is one of 28,000 common passwords. The list is read at each call and not kept in memory."""
    known = files("charters").joinpath("texts", "common-passwords.txt").read_text(encoding="utf-8")
    return "\n" not in text and f"\n{text.lower()}\n" in known


def hashed(pin: str) -> str:
    """The Argon2id hash of the PIN, to store."""
    return _HASHER.hash(pin)


def right(pin: str, kept: str | None) -> bool:
    """Whether the PIN matches the stored hash. Without a stored hash, the same work is done and the answer is no."""
    try:
        _HASHER.verify(kept or _nobody(), pin[:1000])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _nobody() -> str:
    return _HASHER.hash("the PIN of an account that does not exist")


def _repeated(text: str) -> bool:
    """Whether the text repeats a short piece: « 111111 », « 121212 », « abcabc »."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in (1, 2, 3) if len(text) >= 2 * size)


def _in_a_row(text: str) -> bool:
    """Whether the characters follow one another, up or down, 0 after 9: « 345678 », « fedcba », « 890123 »."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    turns = {step % 10 for step in steps} if text.isascii() and text.isdigit() else set()
    return steps in ({1}, {-1}) or turns in ({1}, {9})


def _is_date(text: str) -> bool:
    """Whether the text can be a date of a living person's life: « 140789 », « 14071989 », « 19890714 »."""
    if not (text.isascii() and text.isdigit() and len(text) in (6, 8)):
        return False
    size = len(text) - 4  # digits of the year: « 89 » is a year of any century
    day, month, year = int(text[:2]), int(text[2:4]), int(text[4:])
    year2, month2, day2 = int(text[:size]), int(text[size:-2]), int(text[-2:])
    century = 1900 if size == 2 else 0
    return _plausible(day, month, century + year) or _plausible(day2, month2, century + year2)


def _plausible(day: int, month: int, year: int) -> bool:
    return 1 <= day <= 31 and 1 <= month <= 12 and 1900 <= year <= 2100
