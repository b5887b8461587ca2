"""A supplier's file of hardware keys: what a key of it is, the CSV form, and the faults of a file, told by line. Pure.

The other form, PSKC, is read by `pskc`. Nothing here ever puts a secret in a sentence or a representation.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from charters import otp

MAX_BYTES = 5_000_000
MAX_KEYS = 10_000
SEED_MIN, SEED_MAX = 10, 128  # bytes: 80 bits and more
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
    """What is wrong, and on which line of the file (0: the whole file)."""

    line: int
    sentence: str

    def __str__(self) -> str:
        return f"Ligne {self.line} : {self.sentence}" if self.line else self.sentence


class Faulty(ValueError):
    """A file that cannot be taken: nothing of it is. `faults` in the order of the lines."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__(" ".join(str(fault) for fault in self.faults[:20]))


def read(content: bytes, secret: str = "") -> tuple[SuppliedKey, ...]:
    """The keys of a file, PSKC or CSV by what it holds. `secret`: the supplier's key or password, for encrypted PSKC.

    Raises Faulty with every fault.
    """
    if len(content) > MAX_BYTES:
        raise Faulty([Fault(0, "Le fichier dépasse 5 Mo : coupez-le en plusieurs.")])
    if not content.strip():
        raise Faulty([Fault(0, "Le fichier est vide.")])
    if content.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<"):
        from charters import pskc

        found, faults = pskc.read(content, secret)
    else:
        found, faults = _csv(_text(content))
    faults = [*faults, *_twice(found)]
    if faults:
        raise Faulty(faults)
    if not found:
        raise Faulty([Fault(0, "Le fichier ne décrit aucune clé.")])
    return tuple(found)


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
        line, serial, "hotp" if kind == "hotp" else "totp", seed, int(digits), algorithm,
        int(counter) if kind == "hotp" else 0,
    )


_PERIODS = (str(otp.PERIOD), f"{otp.PERIOD}s", f"{otp.PERIOD}.0")


def _twice(found: Iterable[SuppliedKey]) -> list[Fault]:
    serials: dict[str, int] = {}
    seeds: dict[bytes, int] = {}
    faults = []
    for key in found:
        if key.serial in serials:
            faults.append(Fault(key.line, f"la clé n° {key.serial} est déjà à la ligne {serials[key.serial]}."))
        elif key.seed in seeds:
            faults.append(Fault(key.line, f"ce secret est déjà celui de la ligne {seeds[key.seed]}."))
        serials.setdefault(key.serial, key.line)
        seeds.setdefault(key.seed, key.line)
    return faults


# --- CSV ---

#: What a column may be called, without accents, case nor blanks.
_NAMES = {
    "serial": {"serial", "serialno", "serialnumber", "numero", "numerodeserie", "ndeserie", "nodeserie", "sn"},
    "secret": {"secret", "secretkey", "seed", "seedhex", "graine", "hexseed", "base32", "key", "secretbase32"},
    "kind": {"type", "kind", "keytype", "mode"},
    "digits": {"digits", "chiffres", "otplength", "length", "longueur"},
    "algorithm": {"algorithm", "algorithme", "algo", "hash", "hashfunction"},
    "counter": {"counter", "compteur", "movingfactor"},
    "interval": {"interval", "timeinterval", "period", "intervalle", "periode", "timestep"},
}
_EXPECTED = "La première ligne nomme les colonnes : numéro de série et secret, puis au besoin type, chiffres, " \
            "algorithme, compteur, intervalle."


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _csv(text: str) -> tuple[list[SuppliedKey], list[Fault]]:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text.replace("\x00", "\ufffd"), newline=""), delimiter=delimiter)
    columns: dict[str, int] | None = None
    found: list[SuppliedKey] = []
    faults: list[Fault] = []
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if columns is None:
                columns = _columns(row)
                if not {"serial", "secret"} <= columns.keys():
                    return [], [Fault(reader.line_num, _EXPECTED)]
                continue
            if len(found) >= MAX_KEYS or len(faults) >= FAULTS_SHOWN:
                faults.append(Fault(reader.line_num, "la lecture s’arrête ici : trop de clés, ou trop de fautes."))
                break
            values = {name: row[place] for name, place in columns.items() if place < len(row)}
            seed = _seed(reader.line_num, values.get("secret", ""), faults)
            if (key := key_of(reader.line_num, values, seed, faults)) is not None:
                found.append(key)
    except csv.Error:
        faults.append(Fault(reader.line_num, "cette ligne n’est pas du CSV : un guillemet n’est pas fermé, peut-être."))
    return found, faults


def _columns(row: list[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, title in enumerate(row):
        bare = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
        bare = re.sub(r"[^a-z0-9]", "", bare)
        for name, titles in _NAMES.items():
            if bare in titles:
                columns.setdefault(name, place)
    return columns


def _seed(line: int, text: str, faults: list[Fault]) -> bytes | None:
    """A seed written in hexadecimal, or in base32 (blanks, hyphens and padding do not matter)."""
    bare = re.sub(r"[\s\-]", "", text).rstrip("=")
    if not bare:
        faults.append(Fault(line, "le secret manque."))
        return None
    try:
        if re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", bare):
            return bytes.fromhex(bare)
        return base64.b32decode(bare.upper() + "=" * (-len(bare) % 8))
    except (binascii.Error, ValueError):
        faults.append(Fault(line, "le secret n’est écrit ni en hexadécimal ni en base32."))
        return None
