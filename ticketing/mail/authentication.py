"""What our own relay found about the sender of a mail (RFC 8601, DMARC): pass, fail, or nothing that counts. Pure.

Anybody may write an Authentication-Results header, so only those of our own relay count: they bear its authserv-id, and
they stand above all others, since each server writes above what it received. The relay removes from what comes in the
headers that already bear its id, as the standard asks (5); should it not, the topmost result on DMARC still is its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import authres
from authres.core import AuthResError

PASS, FAIL, NONE = "pass", "fail", "none"


def verdict(headers: Sequence[str], authserv: str, sender: str) -> str:
    """Return what our relay found of the address `sender` of From: PASS, FAIL or NONE.

    `headers` are the values of Authentication-Results, the topmost first; `authserv` is our relay's id, empty where
    there is none. A result on another domain than the sender's proves nothing, and one that says nothing of the domain
    neither.
    """
    domain = sender.rpartition("@")[2].lower()
    if not authserv or not domain:
        return NONE
    for results in _of_our_relay(headers, authserv):
        found = [one for one in results if str(one.method).lower() == "dmarc"]
        if found:
            return _together(found, domain)
    return NONE


def _of_our_relay(headers: Sequence[str], authserv: str) -> Iterator[Sequence[Any]]:
    """Yield the results of our relay's headers, up to the first header that is not its own or cannot be read."""
    for value in headers:
        try:
            read = authres.AuthenticationResultsHeader.parse_value(" ".join(value.split()))
        except (AuthResError, ValueError, IndexError, TypeError):
            return
        if str(read.authserv_id).lower() != authserv.lower():
            return
        yield read.results


def _together(results: Sequence[Any], domain: str) -> str:
    """Return the verdict of the results on DMARC in one header: one failure is a failure."""
    said = {str(one.result).lower() for one in results}
    if said & {"fail", "permerror"}:
        return FAIL
    aligned = any(
        str(one.result).lower() == "pass" and str(value.value or "").strip().lower().rstrip(".") == domain
        for one in results
        for value in one.properties
        if (value.type, value.name) == ("header", "from")
    )
    return PASS if aligned and said == {"pass"} else NONE
