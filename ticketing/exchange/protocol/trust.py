"""Whether a mail comes from the tool whose address it bears: From is a claim, and this is what proves it. Pure.

The operator's own relay is believed, and nobody else (`ticketing.mail.authentication`). Where it says nothing that
counts, as of a domain that publishes nothing, or where the mail came without any header, the token of a subject proves
it: it is made for one profile and one ticket, and only that tool was ever sent it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ticketing.mail import authentication


def judged(results: Sequence[str], authserv: str, domain: str) -> str:
    """Return what our own relay says of DMARC for this From domain: pass, fail, or nothing where it says nothing."""
    found = authentication.verdict(results, authserv, domain)
    return "" if found == authentication.NONE else found


def trusted(verdict: str, *, has_sender: bool, has_token: bool) -> bool:
    """Whether a mail that claims a tool's address, or that has no From at all, may speak for the tool."""
    if not has_sender:
        return has_token
    return verdict == "pass" or (verdict == "" and has_token)
