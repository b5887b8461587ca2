"""Keys whose codes the académie's server judges: issued by their number, activated by one code."""

from __future__ import annotations

from datetime import datetime

from charters.database import writing, written_at
from charters.days import today
from charters.entry import radius
from charters.errors import Invalid, NotFound, Refused
from charters.keys import keys
from charters.keys.supplied_key import SERIAL
from charters.model import Actor
from charters.tables.access import OtpKey

_WRONG = (
    "Le serveur de l’académie refuse ce code PIN ou ce code. Attendez le code suivant ; si c’est votre premier emploi "
    "de la clé, choisissez d’abord son code PIN sur la page que l’académie vous a indiquée."
)


def create_academie_key(
    account_id: int, *, serial: str, name: str = "", actor: Actor | None, now: datetime
) -> tuple[int, str]:
    """Issue a key of the académie by the number on it; `name`: how its server calls the owner, the sigle if empty.

    Returns (key id, token of the activation link). Raises Invalid, Refused, NotFound.
    """
    serial, name = serial.strip(), name.strip()
    if not radius.offered():
        raise Refused("Aucun serveur de clés de l’académie n’est réglé.")
    if not SERIAL.fullmatch(serial):
        raise Invalid({"serial": "Relevez le numéro gravé : 40 caractères au plus, lettres, chiffres, - . _ /."})
    if len(name) > 80 or not name.isprintable():
        raise Invalid({"label": "Ne dépassez pas 80 caractères."})

    def made() -> OtpKey:
        keys.refuse_taken(serial)
        return OtpKey(
            serial=serial,
            kind=radius.KIND,
            hardware=True,
            state="issued",
            created_at=now,
            handed_over_on=today(now),
            failures=0,
            label=name,
        )

    return keys.issue(account_id, made, actor=actor, now=now)


def enrol(token: str, *, pin: str, code: str, zone: str = "", now: datetime) -> None:
    """Activate a key of the académie: its server accepts a PIN and a code of its owner. Raises Invalid, NotFound."""
    found = keys.activation(token, now=now)
    if found.kind != radius.KIND:
        raise NotFound("activation")
    passcode = pin.strip() + code.strip()
    answer = radius.exchange(found.label or found.sigle, passcode)
    if answer == "silent":
        raise Refused("Le serveur des clés de l’académie ne répond pas pour l’instant. Recommencez plus tard.")
    right = False
    with writing():
        now = written_at(now)
        found = keys.activation(token, now=now)
        key = keys.still_issued(found.key_id)
        if answer == "accepted" and radius.spend(radius.mark_of(key.serial, passcode), now):
            right = True
            keys.activate(key, token, found.sigle, zone=zone, now=now)
        else:
            keys.count_wrong_code(key, token, now)
    if not right:
        raise Invalid({"code": _WRONG})
