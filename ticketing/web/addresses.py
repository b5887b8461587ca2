"""Check the addresses that a form asks to be redirected to. Pure."""

from __future__ import annotations


def local(address: str) -> str:
    """Return `address` if it is a page of this site other than logout, else the home page: never another site."""
    plain = address.startswith("/") and not address.startswith("//") and address.isprintable()
    if not plain or "\\" in address or address.startswith("/connexion"):
        return "/"
    return address
