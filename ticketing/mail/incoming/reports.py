"""Read what servers report: mails that could not be delivered (RFC 3464), complaints about ours (RFC 5965). Pure.

A report is not believed here: it may be forged. Whoever acts on it compares its `message_id` with the mails sent.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterable, Iterator
from email.message import Message
from typing import Any

from ticketing.mail.incoming import automatic, bounce_texts, header_values
from ticketing.mail.incoming.parsed import Complaint, Undelivered

#: How many recipients one report may name, how many of its texts are read, how much of each, how long a diagnostic is.
RECIPIENTS, TEXTS, TEXT, DIAGNOSTIC = 50, 5, 64_000, 300

_STATUSES = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = (
    *("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers"),
)
_MESSAGE_ID = re.compile(r"^(?:X-Original-)?Message-I[Dd]:\s*(<[^<>\s]{1,500}>)", re.MULTILINE | re.IGNORECASE)
_ID = re.compile(r"<[^<>\s]{1,500}>")
_STATUS = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
#: A mailbox that is full, a time that ran out: whoever counts failures must know of these.
_PASSING = re.compile(r"[45]\.(?:2\.2|4\.7)")
_SENDERS = re.compile(
    r"^(?:mailer[-_.]?daemon|postmaster|mail[-_.]?daemon|microsoftexchange[0-9a-f]{20,}|sympa|.*-bounces)@"
)
_SUBJECTS = re.compile(
    r"undeliver|non remis|non distribu|delivery (?:status|failure|has failed|notification)|mail delivery|returned mail|"
    r"failure notice|[ée]chec de (?:la )?(?:remise|livraison|distribution)|remise (?:retard|diff)|delayed|"
    r"d[ée]lai de remise|message non (?:remis|d[ée]livr)|unzustellbar",
    re.IGNORECASE,
)


def undelivered(message: Message[Any, Any], raw: bytes = b"") -> tuple[Undelivered, ...]:
    """Return the recipients that a report says were not reached, each once; nothing if the message is no such report.

    `permanent` says that the server gave up; a delay is told too, with `permanent` false. A mail relayed, expanded or
    delivered, an absence and a receipt tell nothing. `raw` are the bytes of the message, where the id of the mail sent
    is looked for last.
    """
    if not _is_report(message):
        return ()
    parts = list(header_values.parts(message))
    sent = _sent_id(message, parts, raw)
    statuses = [part for part in parts if header_values.kind(part) in _STATUSES]
    found = [_recipient(block, sent) for part in statuses for block in _blocks(part)]
    if statuses and any(block is not None for block in found):
        return _once(one for one in found if isinstance(one, Undelivered))
    return _once(
        Undelivered(address=one.address, permanent=one.permanent, diagnostic=_short(one.diagnostic), message_id=sent)
        for one in bounce_texts.read(message, _texts(parts))
    )


def complaints(message: Message[Any, Any]) -> tuple[Complaint, ...]:
    """Return the complaints that a feedback report brings, one for each recipient of ours that it names."""
    parts = list(header_values.parts(message))
    report = next((part for part in parts if header_values.kind(part) == "message/feedback-report"), None)
    if report is None or header_values.parameter(message, "report-type") not in ("", "feedback-report"):
        return _outlook_complaint(message, parts)
    fields = _fields(report)
    if header_values.value(fields, "Feedback-Type").lower() in ("not-spam", "auth-failure", "dmarc"):
        return ()
    sent = _sent_id(message, parts, b"", by_thread=False)
    named = header_values.addresses(fields, "Original-Rcpt-To") or header_values.addresses(fields, "Removal-Recipient")
    named = named or [address for one in _returned(parts) for address in header_values.addresses(one, "To")]
    unique = list(dict.fromkeys(named))[:RECIPIENTS]
    if not unique and sent:
        unique = [""]
    return tuple(Complaint(address=address, message_id=sent) for address in unique)


def _outlook_complaint(message: Message[Any, Any], parts: list[Message[Any, Any]]) -> tuple[Complaint, ...]:
    """Return the complaint that Outlook.com sends without a report: the mail, with who complains in a header of it."""
    for part in _returned(parts):
        named = header_values.addresses(part, "X-HmXmrOriginalRecipient")
        if named and any(one.startswith("staff@") for one in header_values.addresses(message, "From")):
            return (Complaint(address=named[0], message_id=_sent_id(message, parts, b"", by_thread=False)),)
    return ()


def of_a_server(address: str) -> bool:
    """Return whether an address has the name of a server that reports, or of a list's."""
    return _SENDERS.match(address.lower()) is not None


# Is it a report? ------------------------------------------------------------------------------------------------------


def _is_report(message: Message[Any, Any]) -> bool:
    """Return whether a server says that it could not deliver; a person who shows us such a report says nothing.

    Servers mark their reports `auto-replied` as absences are, so that their own name must stand in From then.
    """
    if automatic.says_away(header_values.value(message, "Subject")):
        return False
    if header_values.kind(message) == "multipart/report":
        kind = header_values.parameter(message, "report-type")
        return not kind or "delivery-status" in kind
    reason = automatic.why(message)
    named = any(of_a_server(one) for one in header_values.addresses(message, "From"))
    if named or header_values.values(message, "X-Failed-Recipients"):
        return reason != "out-of-office"
    if reason in ("out-of-office", "auto-replied"):
        return False
    telling = _SUBJECTS.search(header_values.value(message, "Subject")) is not None
    return automatic.null_return_path(message) or (reason == "auto-generated" and telling)


# RFC 3464 -------------------------------------------------------------------------------------------------------------


def _blocks(part: Message[Any, Any]) -> Iterator[Message[Any, Any]]:
    """Yield the groups of fields of a delivery status, parsed or not."""
    held = header_values.payload(part)
    blocks: list[Message[Any, Any]] = (
        [one for one in held if isinstance(one, Message)] if isinstance(held, list) else []
    )
    if isinstance(held, str) or (blocks and not any(map(_is_recipient, blocks))):
        whole = "\n\n".join(_source(one) for one in blocks) if blocks else header_values.text(part, TEXT)
        blocks = [email.message_from_string(one) for one in re.split(r"\r?\n[ \t]*\r?\n", whole[:TEXT])]
    yield from [one for one in blocks if _is_recipient(one)][:RECIPIENTS]


def _source(part: Message[Any, Any]) -> str:
    lines = [f"{name}: {value}" for name, value in part.raw_items()]
    return "\n".join([*lines, "", header_values.text(part, TEXT)])


def _is_recipient(block: Message[Any, Any]) -> bool:
    return any(header_values.values(block, name) for name in ("Final-Recipient", "Original-Recipient"))


def _recipient(block: Message[Any, Any], sent: str) -> Undelivered | str | None:
    """Return the recipient of a group, « reached » for one that was, or None where the group cannot be read."""
    address = ""
    for name in ("Original-Recipient", "Final-Recipient"):
        address = address or _address(header_values.value(block, name))
    if not address:
        return None
    action = header_values.value(block, "Action").split("(")[0].strip().lower()
    status = _STATUS.search(header_values.value(block, "Status"))
    permanent = _permanent(action, status[1] if status else "")
    if permanent is None:
        return "reached"
    diagnostic = re.sub(r"^\s*[\w-]{1,20}\s*;\s*", "", header_values.value(block, "Diagnostic-Code"))
    unsaid = status[0] if status and status[0] not in diagnostic else ""
    if not diagnostic or _PASSING.match(unsaid) or (unsaid and not re.match(r"\d{3}", diagnostic)):
        diagnostic = f"{header_values.value(block, 'Status')} {diagnostic}".strip()
    return Undelivered(address=address, permanent=permanent, diagnostic=_short(diagnostic), message_id=sent)


def _permanent(action: str, status: str) -> bool | None:
    """Return whether the server gave up; None if it did deliver, or passed on to a server that reports no more."""
    if action.startswith(("fail", "error")):
        return True
    if action.startswith("delay"):
        return False
    if action.startswith(("deliver", "relay", "expand")):
        return None
    return {"5": True, "4": False}.get(status)


def _address(value: str) -> str:
    """Return the address of « rfc822; x@y », in lower case; hexadecimal escapes of the other forms are undone."""
    _, mark, rest = value.partition(";")
    found = header_values.addresses_in(re.sub(r"\+([0-9A-F]{2})", _unescaped, rest if mark else value))
    return found[0].lower() if found else ""


def _unescaped(found: re.Match[str]) -> str:
    """Return the letter that an escape stands for; a name such as « x+12 » keeps its plus sign."""
    letter = chr(int(found[1], 16))
    return letter if letter in "+=" else found[0]


# The mail sent --------------------------------------------------------------------------------------------------------


def _sent_id(message: Message[Any, Any], parts: list[Message[Any, Any]], raw: bytes, *, by_thread: bool = True) -> str:
    """Return the Message-ID of the mail that a report is about, or nothing: from what is returned, else from its words.

    Gmail and Exchange answer the mail sent, so that the report's own In-Reply-To names it.
    """
    for part in _returned(parts):
        if found := _ID.search(header_values.value(part, "Message-ID")):
            return found[0]
    own = header_values.value(message, "Message-ID")
    for text in [*_texts(parts), *(_source(one) for one in parts if header_values.kind(one) in _STATUSES)]:
        for found in _MESSAGE_ID.finditer(text):
            if found[1] != own:
                return found[1]
    if not by_thread:
        return ""
    for name in ("In-Reply-To", "References", "X-Original-Message-ID"):
        ids = _ID.findall(header_values.value(message, name))
        if ids:
            return str(ids[-1])
    body = re.split(r"\r?\n\r?\n", raw[: 4 * TEXT].decode("latin-1"), maxsplit=1)[1:]
    found = next((one for one in _MESSAGE_ID.finditer("".join(body)) if one[1] != own), None)
    return found[1] if found else ""


def _returned(parts: list[Message[Any, Any]]) -> Iterator[Message[Any, Any]]:
    """Yield the headers of the mails returned with a report."""
    for part in parts:
        kind = header_values.kind(part)
        held = header_values.payload(part)
        if kind not in _RETURNED:
            continue
        if isinstance(held, list):
            yield from (one for one in held[:1] if isinstance(one, Message))
        else:
            yield email.message_from_string(header_values.text(part, TEXT).lstrip())


def _fields(part: Message[Any, Any]) -> Message[Any, Any]:
    """Return the fields of a part such as a feedback report, parsed or not."""
    held = header_values.payload(part)
    if isinstance(held, list) and held and isinstance(held[0], Message):
        return held[0]
    return email.message_from_string(header_values.text(part, TEXT).lstrip())


# Words ----------------------------------------------------------------------------------------------------------------


def _texts(parts: list[Message[Any, Any]]) -> list[str]:
    """Return the plain parts of a report, or where there is none its HTML without tags."""
    plain = [header_values.text(part, TEXT) for part in [one for one in parts if _is_plain(one)][:TEXTS]]
    if any(one.strip() for one in plain):
        return plain
    html = [part for part in parts if header_values.kind(part) == "text/html"][:TEXTS]
    return [bounce_texts.without_tags(header_values.text(part, TEXT)) for part in html]


def _is_plain(part: Message[Any, Any]) -> bool:
    """Return whether a part is plain text; so is what claims to have parts, and has none."""
    kind = header_values.kind(part)
    return kind == "text/plain" or (kind.startswith("multipart/") and isinstance(header_values.payload(part), str))


def _short(text: str) -> str:
    return " ".join(text.split())[:DIAGNOSTIC]


def _once(found: Iterable[Undelivered]) -> tuple[Undelivered, ...]:
    kept: dict[str, Undelivered] = {}
    for one in found:
        if one.address not in kept or (one.permanent and not kept[one.address].permanent):
            kept[one.address] = one
    return tuple(kept.values())[:RECIPIENTS]
