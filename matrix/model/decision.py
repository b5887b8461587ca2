"""The model of requests to the router and of its decisions: frozen values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from matrix.request_facts import Facts

Role = Literal["EN", "CL", "Etab"]
Provenance = Literal["printed", "derived", "default"]
Status = Literal["routed", "needs_info", "not_applicable", "to_qualify", "conflict", "arbitration", "out_of_scope"]


@dataclass(frozen=True, slots=True)
class Citation:
    """A place of a signed text: document id, reference (« II.2 »), how it supports the decision, exact short quote.

    `reading` restores what the scan garbled, where it did.
    """

    document: str
    ref: str
    kind: Provenance
    quote: str
    reading: str | None = None


@dataclass(frozen=True, slots=True)
class Warning:
    """A warning shown with the decision; `code` is from a closed list, `message` is a French sentence."""

    code: Literal["cite-scolaire", "transfer", "private", "school-time"]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Facts):
    """A request to the router: service, activity, établissement, time of opening, and the facts that are known.

    `opened_at` without a zone is Europe/Paris.
    """

    etablissement: str
    service: str
    activity: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer to a request. There is always one, and it always cites.

    `party` holds the ticket; it answers for it when `status` is `routed`. `missing` lists the facts to ask, in order;
    `candidates` the parties among which these facts decide, or that a conflict or an arbitration names. `contributors`
    help the party and never answer for the ticket. `convention` and `version` are those that routed it; `version` is
    the day from which its cells took effect, « 2015-09-01 ». `via` is « editeur » where the publisher assists directly.
    """

    status: Status
    party: str
    convention: str | None
    version: str | None
    citations: tuple[Citation, ...]
    contributors: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    via: str | None = None
    warnings: tuple[Warning, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact that only a person can establish, recorded by an administrator, with the day it took effect.

    `kind` is « end »: the agreement ended; « replaced »: the collectivité's replacement of a product is in place
    (`subject` is the product, « magret »; II.2); or « transferred »: a transfer holds for an établissement, the
    maintenance of a cité scolaire passed to the Région (`subject` is the établissement, with the transfer's own id
    after « : » where it has one; I.2).
    """

    kind: Literal["end", "replaced", "transferred"]
    convention: str
    on: date
    subject: str = ""
