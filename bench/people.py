"""The people of the bench: for each collège a correspondant, a gestionnaire réseau and a chef; technicians, référents,
and the académie's people. Keys are derived from the seed, so that the load client can compute everybody's codes.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bench import bulk
from charters.days import today
from charters.keys import otp, pins
from charters.model import Actor, Mandate, Role
from charters.rules import seal
from charters.signing import signatures
from charters.signing.signing import charter
from charters.tables.access import Account, MandateRow, OtpKey, Signature
from matrix import Conventions

PIN = "73-guichet"
ACADEMIE = "academie-toulouse"
_FIRST = (
    "Alix",
    "Bérénice",
    "Côme",
    "Dahlia",
    "Élie",
    "Fanny",
    "Gaspard",
    "Hermine",
    "Ilyès",
    "Joséphine",
    "Kenza",
    "Léonard",
    "Maëlys",
    "Nils",
    "Ophélie",
    "Prosper",
    "Quitterie",
    "Rayan",
    "Sidonie",
    "Titouan",
    "Ulysse",
    "Violaine",
    "Yacine",
    "Zélie",
)
_START = ("Bar", "Cas", "Des", "Fab", "Gar", "Lar", "Mar", "Ner", "Pal", "Rou", "Sal", "Tor", "Ver", "Bel", "Cor")
_END = ("quéou", "tenac", "mirol", "gazan", "bessou", "vignac", "lombe", "tadour", "peyrol", "rigal", "nourry", "zelin")


@dataclass(frozen=True, slots=True)
class Person:
    """A person whom the generator writes and the load client plays."""

    account_id: int
    mandate_id: int
    sigle: str
    first_name: str
    last_name: str
    role: Role
    scope: str  # the mandate's scope
    organisation: str
    company: str
    external: bool
    seed: bytes

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def email(self) -> str:
        return f"{self.sigle}@guichet.example"

    def actor(self, since: datetime) -> Actor:
        mandate = Mandate(self.mandate_id, self.role, self.scope, today(since))
        return Actor(self.account_id, self.sigle, self.name, self.external, mandate)


FUNCTIONS = {
    Role.CMI: "Correspondant maintenance informatique",
    Role.RESEAU: "Gestionnaire réseau",
    Role.CHEF: "Principal",
    Role.TECH_DEPARTEMENT: "Technicien de proximité",
    Role.REFERENT: "Référent informatique des collèges",
    Role.TECH_ACADEMIE: "Technicien à la DSI",
    Role.ADMINISTRATEUR: "Administrateur du guichet",
    Role.LECTEUR: "Chargé du suivi des conventions",
}


def cast(conventions: Conventions, seed: int) -> list[Person]:
    """Everyone, in a fixed order; the same agreements and seed give the same people."""
    rng = random.Random(seed)
    people: list[Person] = []

    def add(sigle: str, role: Role, scope: str, organisation: str, company: str, external: bool) -> None:
        place = len(people) + 1
        people.append(
            Person(
                place,
                place,
                sigle,
                rng.choice(_FIRST),
                rng.choice(_START) + rng.choice(_END),
                role,
                scope,
                organisation,
                company,
                external,
                key_of(sigle, seed),
            )
        )

    add("a.admin", Role.ADMINISTRATEUR, ACADEMIE, ACADEMIE, "Académie de Toulouse", False)
    add("a.lecture", Role.LECTEUR, ACADEMIE, ACADEMIE, "Académie de Toulouse", False)
    for rank in range(1, 25):
        add(f"a.tech{rank}", Role.TECH_ACADEMIE, ACADEMIE, ACADEMIE, "Académie de Toulouse", False)
    for index, (organisation, name) in enumerate(departements(conventions).items(), 1):
        add(f"d{index}.ref", Role.REFERENT, organisation, organisation, name, True)
        for rank in range(1, 13):
            add(f"d{index}.tech{rank}", Role.TECH_DEPARTEMENT, organisation, organisation, name, True)
    for index, place in enumerate(conventions.etablissements.values(), 1):
        company = f"Collège {place.name}"
        for short, role in (("cmi", Role.CMI), ("reseau", Role.RESEAU), ("chef", Role.CHEF)):
            add(f"c{index}.{short}", role, place.id, place.id, company, False)
    return people


def key_of(sigle: str, seed: int) -> bytes:
    """The secret of a person's key, derived from the bench's seed."""
    return hashlib.blake2b(f"{seed} {sigle}".encode(), digest_size=otp.SEED_BYTES).digest()


def departements(conventions: Conventions) -> dict[str, str]:
    """The collectivités of the agreements' établissements: organisation id -> name."""
    found: dict[str, str] = {}
    for place in conventions.etablissements:
        convention = conventions.of(place)[0]
        organisation, name = conventions.organisation(convention.id, "departement", place)
        found.setdefault(organisation, name)
    return found


def rows(people: list[Person], arrived: datetime) -> Mapping[Any, list[dict[str, Any]]]:
    """Table -> rows of these people, in post since `arrived`, with all charters signed. Needs the shipped charters."""
    pin_hash = pins.hashed(PIN)
    texts = {kind: charter(kind) for kind in signatures.KINDS}
    accounts, mandates, keys, signed = [], [], [], []
    for person in people:
        accounts.append(
            {
                "id": person.account_id,
                "sigle": person.sigle,
                "last_name": person.last_name,
                "first_name": person.first_name,
                "company": person.company,
                "email": person.email,
                "function": FUNCTIONS[person.role],
                "external": person.external,
                "organisation": person.organisation,
                "generation": 1,
                "pin_hash": pin_hash,
                "created_at": arrived,
            }
        )
        mandates.append(
            {
                "id": person.mandate_id,
                "account_id": person.account_id,
                "role": person.role.value,
                "scope_id": person.scope,
                "starts_on": today(arrived),
                "ends_on": None,
            }
        )
        serial = f"B-{person.account_id:08}"
        keys.append(
            {
                "id": person.account_id,
                "serial": serial,
                "kind": "totp",
                "account_id": person.account_id,
                "seed": seal(serial, person.seed),
                "digits": 6,
                "algorithm": "sha1",
                "failures": 0,
                "handed_over_on": today(arrived),
                "state": "active",
                "created_at": arrived,
            }
        )
        for kind in signatures.required(external=person.external, has_key=True):
            text = texts[kind]
            signed.append(
                {
                    "account_id": person.account_id,
                    "kind": kind,
                    "version": text.version,
                    "sha256": text.sha256,
                    "signed_at": arrived,
                    "sigle": person.sigle,
                    "zone": "internet",
                }
            )
    return {Account: accounts, MandateRow: mandates, OtpKey: keys, Signature: signed}


def insert(people: list[Person], arrived: datetime) -> None:
    """Write these people in one transaction of the current session."""
    for table, lines in rows(people, arrived).items():
        bulk.insert(table.__table__, lines)
