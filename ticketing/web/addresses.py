"""The addresses to which a page may lead on once its form is sent. Pure."""

from __future__ import annotations


def local(address: str) -> str:
    """An address of this site to go on to, else the home page: never another site, never a page that logs out."""
    plain = address.startswith("/") and not address.startswith("//") and address.isprintable()
    if not plain or "\\" in address or address.startswith("/connexion"):
        return "/"
    return address
