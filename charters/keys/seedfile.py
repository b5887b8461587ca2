"""Read a supplier's file of hardware keys, whole, or refuse it with its faults by line. Pure.

This module reads CSV; `pskc` reads PSKC. No secret is ever put in a sentence or a representation.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import re
from collections.abc import Iterable

from charters.keys import pskc
from charters.keys.supplied_key import FAULTS_SHOWN, MAX_KEYS, Fault, Faulty, SuppliedKey, key_of
from matrix.french import fold

MAX_BYTES = 5_000_000


def read(content: bytes, secret: str = "") -> tuple[SuppliedKey, ...]:
    """The keys of a PSKC or CSV file. `secret`: the supplier's key or password, for encrypted PSKC.

    Raises Faulty with every fault.
    """
    if len(content) > MAX_BYTES:
        raise Faulty([Fault(0, "Le fichier dépasse 5 Mo : coupez-le en plusieurs.")])
    if not content.strip():
        raise Faulty([Fault(0, "Le fichier est vide.")])
    if content.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<"):
        found, faults = pskc.read(content, secret)
    else:
        found, faults = _csv(_text(content))
    faults = [*faults, *_twice(found)]
    if faults:
        raise Faulty(faults)
    if not found:
        raise Faulty([Fault(0, "Le fichier ne décrit aucune clé.")])
    return tuple(found)


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

#: The names that a column may have, without accents, case or blanks.
_NAMES = {
    "serial": {"serial", "serialno", "serialnumber", "numero", "numerodeserie", "ndeserie", "nodeserie", "sn"},
    "secret": {"secret", "secretkey", "seed", "seedhex", "graine", "hexseed", "base32", "key", "secretbase32"},
    "kind": {"type", "kind", "keytype", "mode"},
    "digits": {"digits", "chiffres", "otplength", "length", "longueur"},
    "algorithm": {"algorithm", "algorithme", "algo", "hash", "hashfunction"},
    "counter": {"counter", "compteur", "movingfactor"},
    "interval": {"interval", "timeinterval", "period", "intervalle", "periode", "timestep"},
}
_EXPECTED = (
    "La première ligne nomme les colonnes : numéro de série et secret, puis au besoin type, chiffres, "
    "algorithme, compteur, intervalle."
)


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
        bare = re.sub(r"[^a-z0-9]", "", fold(title))
        for name, titles in _NAMES.items():
            if bare in titles:
                columns.setdefault(name, place)
    return columns


def _seed(line: int, text: str, faults: list[Fault]) -> bytes | None:
    """The seed of a text in hexadecimal or base32 (blanks, hyphens and padding are ignored), None with a fault."""
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
