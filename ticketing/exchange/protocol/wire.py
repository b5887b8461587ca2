"""The structured message that two tools exchange: its shape, its one way of being written, its signature. Pure.

`docs/echange.md` describes it for those who write the other tool; its JSON Schema is made from the models below. A
message is signed over its canonical form (RFC 8785 for what a message may hold: no number with a fraction), so that
what a mail program does to blanks and line ends breaks nothing. Keys that this version does not know are kept by the
signature and otherwise left alone.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

VERSION = 1
FILE_NAME = "guichet-echange.json"
CONTENT_TYPE = "application/json"
#: A message is never longer: its text has 10,000 characters at most, a reconciliation 500 lines.
LONGEST = 300_000
DEEPEST = 8
LINES_MAX, MISSING_MAX = 500, 200
_OPENS = re.compile(r"^```json guichet-echange[ \t]*\n", re.MULTILINE)
_CLOSES = re.compile(r"^```[ \t]*$", re.MULTILINE)

Number = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[0-9A-Za-z._-]+$")]
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[0-9a-z-]+$")]
Mark = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
StateName = Literal["new", "in_progress", "on_hold", "resolved", "closed"]
Instant = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$", max_length=40)]
Order = Annotated[int, Field(ge=1, le=1_000_000)]


class Unreadable(ValueError):
    """Raised for a message that cannot be read; its text is a French sentence that says why."""


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="allow")


class Numbers(_Part):
    """The number of the ticket in the sender's tool, and in the recipient's where the sender knows it."""

    sender: Number
    recipient: Number | None = None


class Leg(_Part):
    """A part of a ticket that another party holds; this version sends none and reads none."""

    party: Name
    state: StateName
    number: Number | None = None


class _Message(_Part):
    version: Literal[1]
    id: Mark
    sender: Name
    recipient: Name
    sent_at: Instant
    signature: Annotated[str, Field(pattern=r"^hmac-sha256=[0-9a-f]{64}$")]


class Update(_Message):
    """What happened to a ticket in the sender's tool: one entry, with the state that follows it."""

    type: Literal["update"]
    ticket: Numbers
    party: Annotated[str, Field(max_length=120)]
    sequence: Order
    nature: Literal["opening", "text", "state", "masked"]
    state: StateName
    at: Instant
    title: Annotated[str, Field(max_length=150)] = ""
    place: Annotated[str, Field(max_length=200)] = ""
    service: Annotated[str, Field(max_length=200)] = ""
    said_by: Annotated[str, Field(max_length=200)] = ""
    text: Annotated[str, Field(max_length=40_000)] = ""
    masks: Order | None = None
    legs: Annotated[list[Leg], Field(max_length=20)] = Field(default_factory=list)


class Request(_Message):
    """The updates of the recipient that the sender never received, by their sequence."""

    type: Literal["request"]
    ticket: Numbers
    missing: Annotated[list[Order], Field(min_length=1, max_length=MISSING_MAX)]


class Line(_Part):
    """How a ticket stands in the sender's tool: what it sent, what it received in unbroken order, and their digests."""

    ticket: Numbers
    state: StateName
    sent: Annotated[int, Field(ge=0, le=1_000_000)]
    sent_digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    received: Annotated[int, Field(ge=0, le=1_000_000)]
    received_digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Reconciliation(_Message):
    """The night's list of tickets that both tools follow."""

    type: Literal["reconciliation"]
    tickets: Annotated[list[Line], Field(max_length=LINES_MAX)]


class Trial(_Message):
    """A message that changes nothing, to try the way and the key."""

    type: Literal["trial"]
    text: Annotated[str, Field(max_length=1000)] = ""


Message = Update | Request | Reconciliation | Trial
_MESSAGE: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a message."""
    made = _MESSAGE.json_schema(mode="serialization")
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Guichet : message d’échange entre deux outils, version 1",
    }
    return head | made


def canonical(message: Mapping[str, Any]) -> bytes:
    """Return the bytes that are signed: every key but the signature, sorted, without blanks, in UTF-8."""
    kept = {key: value for key, value in message.items() if key != "signature"}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def signed(message: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    """Return the message with its signature by the shared key."""
    return {**message, "signature": f"hmac-sha256={hmac.new(key, canonical(message), sha256).hexdigest()}"}


def is_signed(message: Mapping[str, Any], key: bytes) -> bool:
    """Whether the message bears the signature of the shared key; compared in constant time."""
    given = message.get("signature")
    right = signed(message, key)["signature"]
    return isinstance(given, str) and given.isascii() and hmac.compare_digest(given, right)


def written(message: Mapping[str, Any]) -> str:
    """Return the message as the attached file holds it: indented, for people who look at it."""
    return json.dumps(message, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def read(text: str | bytes) -> tuple[dict[str, Any], Message]:
    """Return the message as it came (what the signature is over) and as checked. Raises Unreadable."""
    if len(text) > LONGEST:
        raise Unreadable("Le message structuré est trop long.")
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_float=_no_fraction, parse_constant=_no_fraction)
    except (ValueError, RecursionError) as wrong:
        raise Unreadable("Le message structuré n’est pas du JSON lisible.") from wrong
    if not isinstance(found, dict) or not _shallow(found, DEEPEST):
        raise Unreadable("Le message structuré n’est pas un objet JSON simple.")
    try:
        canonical(found)
        return found, _MESSAGE.validate_python(found)
    except UnicodeEncodeError as wrong:  # half a surrogate pair
        raise Unreadable("Le message structuré contient un caractère impossible.") from wrong
    except ValidationError as wrong:
        places = sorted({".".join(str(part) for part in fault["loc"]) for fault in wrong.errors()})
        raise Unreadable(f"Le message structuré ne suit pas le schéma : {', '.join(places)[:300]}.") from wrong


def fenced(text: str) -> str | None:
    """Return the JSON between the fences of a text, for a tool that cannot attach a file; None where there is none."""
    said = text.replace("\r\n", "\n")
    opens = _OPENS.search(
        said
    )  # each sign is looked for once: a text of nothing but openings costs no more than another
    closes = _CLOSES.search(said, opens.end()) if opens else None
    return said[opens.end() : closes.start()] if opens and closes else None


def fence(message: Mapping[str, Any]) -> str:
    """Return the message between fences, as `fenced` reads it."""
    return f"```json guichet-echange\n{written(message)}```\n"


def mark(*parts: object) -> str:
    """Return the id of a message: the same parts always give the same one, so that a message sent again is known."""
    return sha256("\0".join(map(str, parts)).encode()).hexdigest()[:32]


def digest(stream: Iterable[tuple[int, str, str]]) -> str:
    """Return the digest of a stream of updates, each given by its sequence, its id and its state."""
    lines = (f"{sequence}:{one}:{state}\n" for sequence, one, state in sorted(stream))
    return sha256("".join(lines).encode()).hexdigest()


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object. Raises ValueError where a key comes twice: two readers could each take another one."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _no_fraction(text: str) -> Any:
    raise ValueError(f"no number with a fraction: {text[:20]}")


def _shallow(value: Any, depth: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth > 0 and all(_shallow(one, depth - 1) for one in inner)
