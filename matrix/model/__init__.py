"""The values of the rules: agreements, requests and decisions, frozen and without behaviour beyond reading them.

An *agreement* in prose is a `Convention` in this package: the French word stays in code, files and ids, because the
signed texts, their folders and the addresses of pages carry it. The two words mean the same thing.

Parties, services, activities, facts and statuses are plain strings: the ids of the vocabulary (`vocabulary.toml`).
Days are `datetime.date` in Europe/Paris, as the agreements count them. Everything is imported from here:
`from matrix.model import Cell, Citation`. Pure.
"""

from matrix.model.agreement import Body, ChangeRule, Convention, Etablissement, PartyBody, Terms
from matrix.model.annexes import (
    CategoryLine,
    Claim,
    Committee,
    Contact,
    EquipmentLine,
    FeeBand,
    Guidance,
    Network,
    Opening,
    Point,
    SchoolTime,
    Seat,
    SentenceMark,
    Term,
)
from matrix.model.cells import Case, Cell, Contributor, Exclusion, Near, Replaceable, Test, Transfer, Version
from matrix.model.decision import Citation, Decision, Provenance, Recorded, Request, Role, Status, Warning
from matrix.model.obligations import Obligation
from matrix.model.vocabulary import OTHER_SECTION, Vocabulary
from matrix.request_facts import FACTS, Facts

__all__ = [
    "FACTS",
    "OTHER_SECTION",
    "Body",
    "Case",
    "CategoryLine",
    "Cell",
    "ChangeRule",
    "Citation",
    "Claim",
    "Committee",
    "Contact",
    "Contributor",
    "Convention",
    "Decision",
    "EquipmentLine",
    "Etablissement",
    "Exclusion",
    "Facts",
    "FeeBand",
    "Guidance",
    "Near",
    "Network",
    "Obligation",
    "Opening",
    "PartyBody",
    "Point",
    "Provenance",
    "Recorded",
    "Replaceable",
    "Request",
    "Role",
    "SchoolTime",
    "Seat",
    "SentenceMark",
    "Status",
    "Term",
    "Terms",
    "Test",
    "Transfer",
    "Version",
    "Vocabulary",
    "Warning",
]
