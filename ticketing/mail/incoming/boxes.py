"""The boxes that incoming mail is fetched from, read from the setting GUICHET_MAILBOX. Pure.

    /var/mail/guichet · maildir:///var/mail/guichet · imaps://user:password@server/INBOX · desk=imaps://…, sav=/srv/sav

Several are separated by commas. What would be taken for a sign of the address (a comma, a « @ » in a password) is
written in percent: `%2C`, `%40`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

PORTS = {"imap": 143, "imaps": 993}
_NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,39})=(.+)", re.DOTALL)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box: its name on pages, its kind (maildir | imap | imaps), and where it is."""

    name: str
    kind: str
    path: str = ""
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    folder: str = "INBOX"


def read(setting: str) -> tuple[Box, ...]:
    """Return the boxes that the setting names, in its order. Raises ValueError with a French sentence."""
    boxes: list[Box] = []
    for number, part in enumerate((part.strip() for part in setting.split(",") if part.strip()), start=1):
        named = _NAMED.fullmatch(part)
        name, address = (named[1], named[2].strip()) if named else ("boite" if number == 1 else f"boite-{number}", part)
        if name in {box.name for box in boxes}:
            raise ValueError(f"donne deux fois le nom « {name} »")
        boxes.append(_box(name, address))
    return tuple(boxes)


def _box(name: str, address: str) -> Box:
    scheme = address.partition("://")[0] if "://" in address else ""
    if scheme in PORTS:
        return _imap(name, scheme, address)
    if scheme == "maildir":
        address = unquote(address.removeprefix("maildir://"))
    elif scheme:
        raise ValueError(
            f"nomme une boîte « {scheme}:// », d’un genre inconnu : dossier Maildir, maildir://, imap:// ou imaps://"
        )
    if not address.startswith(("/", "./", "../")):
        raise ValueError(
            f"nomme « {name} » une boîte qui n’est ni le chemin d’un dossier Maildir (/var/mail/guichet), ni une "
            "adresse imaps://nom:motdepasse@serveur/INBOX"
        )
    return Box(name=name, kind="maildir", path=address)


def _imap(name: str, scheme: str, address: str) -> Box:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or PORTS[scheme]
    except ValueError:
        raise ValueError(
            f"donne à la boîte « {name} » un serveur ou un port illisible ; dans le mot de passe, « / » s’écrit %2F, "
            "« # » %23, « ? » %3F, « @ » %40"
        ) from None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not host or not user or not password:
        raise ValueError(
            f"doit donner à la boîte « {name} » un nom, un mot de passe et un serveur : "
            f"{scheme}://nom:motdepasse@serveur/INBOX (« @ » s’y écrit %40, « , » %2C, « / » %2F)"
        )
    if scheme == "imap" and port == PORTS["imaps"]:
        raise ValueError(f"donne à la boîte « {name} » le port 993, qui est celui d’imaps://")
    if parts.query or parts.fragment:
        raise ValueError(f"donne à la boîte « {name} » des signes « ? » ou « # », qui s’écrivent %3F et %23")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    return Box(name=name, kind=scheme, host=host, port=port, user=user, password=password, folder=folder)
