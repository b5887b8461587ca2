"""Only our own relay's word on DMARC is believed, or a token that this tool alone was sent."""

from __future__ import annotations

import pytest

from ticketing.exchange.protocol import trust

OURS = "relay.example; spf=pass smtp.mailfrom=gd.example; dmarc={} header.from={}"


@pytest.mark.parametrize(
    ("results", "authserv", "verdict"),
    [
        ((OURS.format("pass", "gd.example"),), "relay.example", "pass"),
        ((OURS.format("pass", "gd.example"),), "RELAY.example", "pass"),
        ((OURS.format("fail", "gd.example"),), "relay.example", "fail"),
        ((OURS.format("none", "gd.example"),), "relay.example", ""),
        ((OURS.format("pass", "evil.example"),), "relay.example", ""),
        (("relay.example; dkim=pass header.d=gd.example", OURS.format("fail", "gd.example")), "relay.example", "fail"),
        (("relay.example; dkim=pass header.d=gd.example", OURS.format("pass", "gd.example")), "relay.example", "pass"),
        ((OURS.format("pass", "gd.example"),), "", ""),
        ((OURS.format("pass", "gd.example"),), "other.example", ""),
        (("evil.example; dmarc=pass", OURS.format("pass", "gd.example")), "relay.example", ""),
        (("relay.example; spf=pass",), "relay.example", ""),
        (("relay.example; dmarc=pass; dmarc=pass",), "relay.example", ""),
        (("relay.example; dmarc=pass; dmarc=fail",), "relay.example", "fail"),
        (("%%%",), "relay.example", ""),
        ((), "relay.example", ""),
    ],
)
def test_security_our_relay_alone_is_believed_also_where_each_of_its_checks_writes_a_header(results, authserv, verdict):
    assert trust.judged(results, authserv, "gd.example") == verdict


@pytest.mark.parametrize(
    ("verdict", "has_sender", "has_token", "believed"),
    [
        ("pass", True, False, True),
        ("pass", True, True, True),
        ("", True, True, True),
        ("", True, False, False),
        ("fail", True, True, False),
        ("", False, True, True),
        ("", False, False, False),
    ],
)
def test_what_is_believed(verdict, has_sender, has_token, believed):
    assert trust.trusted(verdict, has_sender=has_sender, has_token=has_token) is believed
