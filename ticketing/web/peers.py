"""Where a request comes from: its address, and the network zone in which that address lies (annexe 6, 1.1)."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from flask import current_app, request

from charters.model import Zone

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address_of(peer: str, forwarded: str, proxies: int) -> Address | None:
    """The address of the client. `peer` is the socket's, `forwarded` the X-Forwarded-For header, `proxies` how many
    proxies are ours.

    The address that the outermost of them saw counts, and nothing a client may have written before it. In doubt: None.
    """
    chain = [part.strip() for part in forwarded.split(",") if part.strip()] if proxies else []
    chain.append(peer)
    if len(chain) <= proxies:
        return None
    try:
        address = ipaddress.ip_address(chain[-(proxies + 1)])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def zone_of(peer: str, forwarded: str, proxies: int, intranet: tuple[str, ...]) -> Zone:
    """The zone of a request, from the same values and the ranges of the intranet. In doubt: internet."""
    if not intranet:
        return "internet"
    address = address_of(peer, forwarded, proxies)
    if address is None:
        return "internet"
    inside = any(address.version == net.version and address in net for net in _networks(intranet))
    return "intranet" if inside else "internet"


def zone() -> Zone:
    """The zone of the current request."""
    return zone_of(*_told(), current_app.config["GUICHET"].intranet)


def client() -> str:
    """Whom to count the current request on: its address; of IPv6 the first half, which is one subscriber's."""
    address = address_of(*_told())
    if address is None:
        return "?"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _told() -> tuple[str, str, int]:
    forwarded = ",".join(request.headers.getlist("X-Forwarded-For"))
    return request.environ.get("REMOTE_ADDR", ""), forwarded, current_app.config["GUICHET"].trusted_proxies


@lru_cache(maxsize=8)
def _networks(ranges: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(item) for item in ranges)
