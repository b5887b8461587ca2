"""Find the client's address of a request, and the network zone in which it lies (annexe 6, 1.1)."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from flask import current_app, request

from charters.model import Zone

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address_of(peer: str, forwarded: str, proxies: int) -> Address | None:
    """Return the address of the client, or None in doubt.

    `peer` is the socket's address, `forwarded` the X-Forwarded-For header, `proxies` the number of the operator's own
    proxies. The client's address is the one that the outermost proxy saw: a client may have forged those before it.
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


@lru_cache(maxsize=1024)
def zone_of(peer: str, forwarded: str, proxies: int, intranet: tuple[str, ...]) -> Zone:
    """Return the zone of a request, from the same three values and the ranges of the intranet; internet in doubt."""
    if not intranet:
        return "internet"
    address = address_of(peer, forwarded, proxies)
    if address is None:
        return "internet"
    inside = any(address.version == net.version and address in net for net in _networks(intranet))
    return "intranet" if inside else "internet"


def zone() -> Zone:
    """Return the zone of the current request."""
    return zone_of(*_told(), current_app.config["GUICHET"].intranet)


def client() -> str:
    """Return the key under which the current client is counted: its address, or the /64 network of an IPv6 address."""
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
