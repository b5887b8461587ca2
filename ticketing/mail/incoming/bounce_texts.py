"""Read the words of servers that report without RFC 3464: qmail, Exchange, Gmail, Orange, lists. Pure.

Our own rules come first, since servers here speak French; flufl.bounce gives the second opinion.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from email.mime.text import MIMEText
from typing import Any

from flufl.bounce import all_failures

from ticketing.mail.incoming import automatic, header_values

#: How many lines are read, and how many recipients are believed.
LINES, RECIPIENTS = 400, 50

_END = re.compile(
    r"^[\s>]*(?:-{2,}.{0,40}(?:copy|copie|original|returned|message|below|undelivered).{0,60}|"
    r"original message headers.{0,9}|en-t[êe]tes (?:de|du) message d.origine.{0,9}|copie du message.{0,20}|"
    r"received:.{0,200}|return-path:.{0,200}|-{3,} ?(?:message|mail).{0,40}|return-path\b.{0,90}|(?:ci-dessous|"
    r"ci-apr[èe]s).{0,60}(?:original|d.origine|copie).{0,40})$",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"n.a pas pu [êe]tre (?:remis|distribu|d[ée]livr|achemin|envoy|transmis)|n.a pu [êe]tre|n.ont pas pu|"
    r"impossible de (?:remettre|distribuer|livrer|d[ée]livrer|joindre)|n.a pas [ée]t[ée] (?:remis|distribu|"
    r"d[ée]livr|achemin)|(?:adresse|destinataire|utilisateur|bo[îi]te)[^.\n]{0,80}(?:introuvable|inconnue?|"
    r"inexistante?|n.existe (?:pas|plus)|pleine|satur[ée]e|d[ée]sactiv[ée]e|invalide|n.a pas pu)|"
    r"[ée]chec (?:de )?(?:la |d[ée]finitif )?(?:remise|livraison|distribution|de l.envoi|d.envoi)|non remis|"
    r"a [ée]t[ée] (?:rejet[ée]|refus[ée])|quota[^.\n]{0,40}d[ée]pass[ée]|(?:could|can) ?not be (?:delivered|"
    r"reached|found)|couldn.t be (?:delivered|found)|wasn.t (?:delivered|able)|undeliverable|"
    r"delivery[^.\n]{0,60}(?:failed|unsuccessful)|failed (?:permanently|recipient)|"
    r"permanent(?:ly)? (?:fatal )?(?:error|failed|failure)|user (?:unknown|doesn.t exist)|unknown user|"
    r"no such (?:user|mailbox|recipient)|mailbox (?:unavailable|not found|full|disabled)|unable to deliver|"
    r"wasn.t able to deliver|not able to deliver|has been rejected|was rejected|over quota|does not exist|"
    r"not authori[sz]ed|recipient (?:address )?rejected|konnte nicht zugestellt|no se (?:ha podido|pudo) entregar",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"n.a pas encore (?:[ée]t[ée]|pu)|(?:remise|distribution|livraison|envoi)[^.\n]{0,40}(?:retard|diff[ée]r)|"
    r"a [ée]t[ée] (?:retard[ée]|diff[ée]r[ée])|est (?:retard[ée]|diff[ée]r[ée])|(?:tentatives?|"
    r"essais?)[^.\n]{0,40}(?:se poursui|continu)|(?:nouvelles?|prochaines?) tentatives?|"
    r"en attente de mod[ée]ration|modérateur|awaiting moderat|held for|delayed|has not (?:yet )?been delivered|"
    r"not yet been delivered|will be retried|will (?:keep|continue) (?:to )?try|warning only|temporar(?:y|ily)|"
    r"no action is required|temporairement",
    re.IGNORECASE,
)
_FOR_GOOD = re.compile(
    r"d[ée]finiti|permanent|giving up|abandon|ne sera plus|no longer be|have given up|\b5\d\d[ -]5\.\d|#5\.\d",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?:\b[45]\d\d[ -]|#[45]\.\d\.\d|\b[45]\.\d{1,3}\.\d{1,3}\b)")
#: How many words may stand beside an address on a line of its own: « Claire Dumas (c.dumas@college.example) ».
_WORDS_BESIDE = 6
_OTHERS = re.compile(r"^(?:mailer-?daemon|postmaster|abuse|support|assistance|helpdesk|contact|aide)@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """A recipient that the words of a server name, whether it gave up, and the words that say why."""

    address: str
    permanent: bool
    diagnostic: str


def read(message: Message[Any, Any], texts: Sequence[str]) -> list[Told]:
    """Return the recipients that a server's report in words names, from the texts of its parts."""
    text = "\n".join(texts)
    lines = _before_the_mail(text)
    joined = "\n".join(lines)
    failed, delayed = _FAILED.search(joined), _DELAYED.search(joined)
    failures = header_values.addresses(message, "X-Failed-Recipients")
    if failures:
        return [Told(one, True, _reason(lines, one)) for one in dict.fromkeys(failures)][:RECIPIENTS]
    permanent = failed is not None and (delayed is None or _FOR_GOOD.search(joined) is not None)
    named = _named(message, lines) if failed or delayed else []
    if named:
        return [Told(one, permanent, _reason(lines, one)) for one in named]
    return _second_opinion(message, text, lines, delayed is not None)


def without_tags(source: str) -> str:
    """Return the text of a report's HTML, a line for each block."""
    text = source
    for name in ("head", "style", "script"):
        text = _without_element(text, name)
    text = re.sub(r"(?i)<(?:br|/p|/div|/tr|/td|/h\d|/li)\b[^<>]{0,200}>", "\n", text)
    return html.unescape(re.sub(r"<[^<>]{0,1000}>", " ", text))


def _without_element(source: str, name: str) -> str:
    """Return HTML without the elements of a name; one that is not closed stays, so that one pass is enough."""
    lowered, kept, at = source.lower(), [], 0
    if len(lowered) != len(source):  # a letter whose small form is longer
        return source
    while (begin := lowered.find(f"<{name}", at)) >= 0:
        end = lowered.find(f"</{name}", begin)
        if end < 0 or lowered[begin + len(name) + 1 : begin + len(name) + 2] not in (">", " ", "\n", "\t", "\r"):
            if end < 0:
                break
            kept.append(source[at : begin + 1])
            at = begin + 1
            continue
        kept.append(source[at:begin])
        at = end
    return "".join([*kept, source[at:]])


def _before_the_mail(text: str) -> list[str]:
    """Return the lines of a report that stand before the mail that it gives back."""
    lines = text.replace("\r", "").split("\n")[:LINES]
    for index, line in enumerate(lines):
        if index and _END.match(line[:300]):
            return [one[:1000] for one in lines[:index]]
    return [one[:1000] for one in lines]


def _named(message: Message[Any, Any], lines: Sequence[str]) -> list[str]:
    """Return the addresses that stand alone on a line or beside the words of a failure, none of the report's own."""
    ours = {
        one
        for name in ("To", "Delivered-To", "From", "X-Original-To")
        for one in header_values.addresses(message, name)
    }
    found: dict[str, None] = {}
    for line in lines:
        if "@" not in line or not (_alone(line) or _FAILED.search(line) or _DELAYED.search(line)):
            continue
        for address in header_values.addresses_in(line)[:5]:
            lowered = address.lower()
            domain = lowered.rpartition("@")[2]
            if (
                lowered not in ours
                and "." in domain
                and not _OTHERS.match(lowered)
                and not automatic.is_nobody(lowered)
            ):
                found.setdefault(lowered)
    return list(found)[:RECIPIENTS]


def _alone(line: str) -> bool:
    """Return whether a line is an address, perhaps with a name, or begins with one: « <x@y>: user unknown »."""
    begins = line.lstrip(" >*•·-\t").removeprefix("<").split(">")[0].split(":")[0]
    if header_values.addresses_in(begins) == [begins.strip()]:
        return True
    beside = [word for word in line.split() if "@" not in word]
    return len(beside) <= _WORDS_BESIDE


def _reason(lines: Sequence[str], address: str) -> str:
    """Return the words that say why: the first with a code from the address on, else the first that tell a failure."""
    begin = next((index for index, line in enumerate(lines) if address in line.lower()), 0)
    for wanted in (_CODE, _FAILED, _DELAYED):
        for line in [*lines[begin : begin + 40], *lines[:begin]]:
            if wanted.search(line):
                return line.strip()
    return ""


def _second_opinion(message: Message[Any, Any], text: str, lines: Sequence[str], delayed: bool) -> list[Told]:
    """Return what flufl.bounce reads in the same words; what it calls permanent is not where the words tell a delay."""
    begin = "\n".join(line[:200] for line in text.replace("\r", "").split("\n", LINES)[:LINES])
    plain = MIMEText(begin.encode("ascii", "replace").decode(), "plain", "us-ascii")
    plain["From"] = ", ".join(header_values.addresses(message, "From"))
    try:
        temporary, permanent = all_failures(plain)
    except Exception:  # its detectors may stumble on what no server writes
        return []
    told = {one.decode("ascii", "replace").lower(): False for one in sorted(temporary)}
    told |= {one.decode("ascii", "replace").lower(): not delayed for one in sorted(permanent)}
    good = [(one, lasting) for one, lasting in told.items() if header_values.addresses_in(one) == [one]]
    return [Told(one, lasting, _reason(lines, one)) for one, lasting in good][:RECIPIENTS]
