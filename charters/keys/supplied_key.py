"""Check a hardware key as its supplier delivers it, from the values of a line, and list a file's faults. Pure.

No secret is ever put in a sentence or a representation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from charters.keys import otp

MAX_KEYS = 10_000
SEED_MIN, SEED_MAX = 10, 128  # bytes, that is 80 bits or more
FAULTS_SHOWN = 200
SERIAL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._/\-]{0,38}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class SuppliedKey:
    """A key as its supplier delivers it. `counter`: the first one not shown yet (HOTP). `line`: where it was read."""

    line: int
    serial: str
    kind: Literal["totp", "hotp"]
    seed: bytes = field(repr=False)
    digits: int = 6
    algorithm: str = "sha1"
    counter: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a file: a sentence and its line (0: the whole file)."""

    line: int
    sentence: str

    def __str__(self) -> str:
        return f"Ligne {self.line} : {self.sentence}" if self.line else self.sentence


class Faulty(ValueError):
    """Raised for a file that cannot be imported, even in part. `faults` are in the order of the lines."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__(" ".join(str(fault) for fault in self.faults[:20]))


def key_of(line: int, values: Mapping[str, str], seed: bytes | None, faults: list[Fault]) -> SuppliedKey | None:
    """A key from its values (serial, kind, digits, algorithm, counter, interval); None with its faults added."""
    before = len(faults)
    serial = values.get("serial", "").strip()
    if not serial:
        faults.append(Fault(line, "le numéro de série manque."))
    elif not SERIAL.fullmatch(serial):
        faults.append(Fault(line, "le numéro de série compte 40 caractères au plus : lettres, chiffres, - . _ /."))
    kind = values.get("kind", "").strip().lower() or "totp"
    if kind not in ("totp", "hotp"):
        faults.append(Fault(line, "le type est TOTP (à l’heure) ou HOTP (à compteur)."))
    digits = values.get("digits", "").strip() or "6"
    if digits not in ("6", "8"):
        faults.append(Fault(line, "un code compte 6 ou 8 chiffres."))
    algorithm = values.get("algorithm", "").lower().replace("-", "").replace("hmac", "").strip() or "sha1"
    if algorithm not in otp.ALGORITHMS:
        faults.append(Fault(line, "l’algorithme est SHA-1, SHA-256 ou SHA-512."))
    if kind != "hotp" and (values.get("interval", "").strip() or str(otp.PERIOD)) not in _PERIODS:
        faults.append(Fault(line, "cette clé ne change pas de code toutes les 30 secondes : elle ne peut pas servir."))
    counter = values.get("counter", "").strip() or "0"
    if not re.fullmatch(r"[0-9]{1,15}", counter):
        faults.append(Fault(line, "le compteur est un nombre entier."))
    if seed is not None and not SEED_MIN <= len(seed) <= SEED_MAX:
        faults.append(Fault(line, "le secret compte 80 bits au moins (10 octets), 128 octets au plus."))
    if seed is None or len(faults) > before:
        return None
    return SuppliedKey(
        line,
        serial,
        "hotp" if kind == "hotp" else "totp",
        seed,
        int(digits),
        algorithm,
        int(counter) if kind == "hotp" else 0,
    )


_PERIODS = (str(otp.PERIOD), f"{otp.PERIOD}s", f"{otp.PERIOD}.0")
