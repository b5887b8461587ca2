"""Only what our own relay wrote, above all others, and of the domain that From claims, proves a sender."""

from __future__ import annotations

import pytest

from ticketing.mail.authentication import FAIL, NONE, PASS, verdict

OURS = "relais.academie.example"
SENDER = "p.dupont@college.example"
GOOD = f"{OURS}; dmarc=pass (p=reject) header.from=college.example"
BAD = f"{OURS}; dmarc=fail header.from=college.example"


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([GOOD], PASS),
        ([f"{OURS} 1;\r\n\tspf=pass smtp.mailfrom=college.example;\r\n\tdmarc=pass header.from=College.Example"], PASS),
        ([f"{OURS}; spf=pass smtp.mailfrom=college.example", GOOD], PASS),  # a relay may write several headers
        ([f"{OURS.upper()}; dmarc=pass header.from=college.example"], PASS),
        ([], NONE),
        ([f"{OURS}; none"], NONE),
        ([f"{OURS}; dmarc=none header.from=college.example"], NONE),
        ([f"{OURS}; dmarc=pass"], NONE),  # it does not say of which domain
        ([f"{OURS}; spf=pass smtp.mailfrom=college.example; dkim=pass header.d=college.example"], NONE),
        ([f"{OURS}; dmarc=pass header.from=evil.example"], NONE),
        ([f"{OURS}; dmarc=pass header.from=sub.college.example"], NONE),
        ([f"{OURS}; dmarc=pass header.from=college.example.evil.example"], NONE),
        ([BAD], FAIL),
        ([f"{OURS}; dmarc=fail header.from=college.example; dmarc=pass header.from=college.example"], FAIL),
        ([f"{OURS}; dmarc=permerror header.from=college.example"], FAIL),
        (["relais.evil.example; dmarc=pass header.from=college.example"], NONE),
        ([f"x{OURS}; dmarc=pass header.from=college.example"], NONE),
        ([f"{OURS}.evil.example; dmarc=pass header.from=college.example"], NONE),
        (["relais.evil.example; dmarc=pass header.from=college.example", GOOD], NONE),  # ours is not above it
        ([BAD, GOOD], FAIL),  # the lower one was in the mail when our relay received it
        ([GOOD, BAD], PASS),
        (["illisible ;;;; dmarc=pass", GOOD], NONE),
        ([f"({OURS}) evil.example; dmarc=pass header.from=college.example"], NONE),
        ([f'"{OURS}; dmarc=pass header.from=college.example'], NONE),
        ([""], NONE),
    ],
)
def test_what_the_relay_found(headers: list[str], found: str) -> None:
    assert verdict(headers, OURS, SENDER) == found


def test_without_a_relay_of_ours_nothing_is_believed() -> None:
    assert verdict([GOOD, "; dmarc=pass header.from=college.example"], "", SENDER) == NONE
    assert verdict([GOOD], OURS, "sans-domaine") == NONE
