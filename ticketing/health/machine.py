"""Checks of the machine: permissions, disk, time zone, programs, and what answers on the network."""

from __future__ import annotations

import shutil
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import make_url

from ticketing.backups import sealing
from ticketing.health.findings import Finding, Level, broken, look, well

#: Free space below which to look, and below which writes are about to fail: bytes, and share of the disk.
TIGHT, FULL = 5_000_000_000, 500_000_000
#: How long before its end a certificate is said to end.
CERTIFICATE = timedelta(days=21)
#: How long what answers on the network is waited for, in seconds.
PATIENCE = 5.0


def folders(settings: Any) -> Iterator[Finding]:
    """Check that what holds secrets and personal data is closed to the other users of the machine.

    Each is called by its setting; only the command names places, and no page shows it.
    """
    data = settings.data_dir.resolve()
    paths = {
        "le dossier des données (GUICHET_DATA_DIR)": data,
        "la clé du journal (GUICHET_JOURNAL_KEY_FILE)": settings.journal_key_file or data / "journal-key",
        "le dossier des sauvegardes (GUICHET_BACKUP_DIR)": settings.backup_dir,
    }
    url = make_url(settings.database_url)
    if url.drivername.startswith("sqlite") and url.database:
        paths["la base (GUICHET_DATABASE_URL)"] = Path(url.database)
    opened = {name: path for name, path in paths.items() if path and path.exists() and path.stat().st_mode & 0o077}
    if opened:
        state = f"d’autres utilisateurs de la machine peuvent lire {', '.join(opened)}"
        command = " ".join(["chmod go=", *map(str, opened.values())])
        yield Finding("Droits", Level.LOOK, state, "retirez-leur ce droit (chmod go=)", command)
    else:
        yield well("Droits", "dossiers et fichiers sont fermés aux autres utilisateurs de la machine")


def disk(settings: Any) -> Iterator[Finding]:
    """Check the space left on the disks of the data and of the backups."""
    places = {"Disque des données": settings.data_dir, "Disque des sauvegardes": settings.backup_dir}
    for subject, folder in places.items():
        if folder is None or not folder.exists():
            continue
        usage = shutil.disk_usage(folder)
        state = f"{usage.free / 1e9:.1f} Go libres sur {usage.total / 1e9:.0f}"
        if usage.free < FULL:
            yield broken(subject, state, "libérez de la place : bientôt plus rien ne pourra être enregistré")
        elif usage.free < min(TIGHT, usage.total // 10):
            yield look(subject, state, "libérez de la place ou agrandissez le disque")
        else:
            yield well(subject, state)


def time_zone() -> Iterator[Finding]:
    """Check that the hour of Paris is known to the machine."""
    try:
        here = datetime.now(ZoneInfo("Europe/Paris"))
    except ZoneInfoNotFoundError:
        yield broken("Fuseau horaire", "la machine ne connaît pas Europe/Paris", "apt-get install tzdata")
        return
    yield well("Fuseau horaire", f"il est {here:%H:%M} à Paris")


def programs(settings: Any) -> Iterator[Finding]:
    """Check that the programs that the settings call for are there."""
    ending = sealing.ending(settings.backup_key)
    wanted = {sealing.AGE: "age", sealing.GPG: "gpg"}.get(ending)
    if wanted is not None and shutil.which(wanted) is None:
        yield broken("Chiffrement des sauvegardes", f"le programme {wanted} manque", f"apt-get install {wanted}")


def mail_server(settings: Any) -> Iterator[Finding]:
    """Check that the mail server answers."""
    if not settings.smtp_url:
        return
    url = urlsplit(settings.smtp_url)
    port = url.port or (465 if url.scheme == "smtps" else 25)
    try:
        with socket.create_connection((url.hostname, port), PATIENCE) as connection:
            if url.scheme != "smtps":
                connection.settimeout(PATIENCE)
                if not connection.recv(4).startswith(b"220"):
                    raise OSError("il ne répond pas comme un serveur de courriel")
    except OSError as error:
        yield broken(
            "Serveur de courriel",
            f"{url.hostname}:{port} ne répond pas ({error})",
            "vérifiez GUICHET_SMTP_URL et le pare-feu ; rien ne se perd, les messages attendent",
        )
        return
    yield well("Serveur de courriel", f"{url.hostname}:{port} répond")


def public_address(settings: Any, now: datetime) -> Iterator[Finding]:
    """Check that Guichet answers at its public address, and until when its certificate is good."""
    url = urlsplit(settings.base_url)
    subject = "Adresse publique"
    try:
        status, ends = _asked(url.scheme, str(url.hostname), url.port, f"{url.path}/healthz")
    except ssl.SSLCertVerificationError as error:
        yield broken(subject, f"le certificat est refusé ({error.verify_message})", "renouvelez-le")
        return
    except (OSError, HTTPException) as error:
        yield look(
            subject, f"{settings.base_url} ne répond pas ({error})", "démarrez « guichet serve », vérifiez le relais"
        )
        return
    if status != 200:
        remedy = "vérifiez que GUICHET_BASE_URL est l’adresse de ce Guichet, et le relais"
        yield look(subject, f"{settings.base_url} répond {status}", remedy)
        return
    yield well(subject, f"{settings.base_url} répond")
    if ends is not None:
        left = (ends - now).days
        state = f"il vaut encore {left} jours"
        if ends - now < CERTIFICATE:
            yield look("Certificat", state, "renouvelez-le, ou voyez pourquoi il ne se renouvelle pas")
        else:
            yield well("Certificat", state)


def _asked(scheme: str, host: str, port: int | None, path: str) -> tuple[int, datetime | None]:
    """Ask an address; return its status, and the end of its certificate (None over HTTP)."""
    if scheme == "http":
        plain = HTTPConnection(host, port or 80, timeout=PATIENCE)
        try:
            plain.request("GET", path)
            return plain.getresponse().status, None
        finally:
            plain.close()
    secure = HTTPSConnection(host, port or 443, timeout=PATIENCE, context=ssl.create_default_context())
    try:
        secure.request("GET", path)
        ends = ssl.cert_time_to_seconds(str((secure.sock.getpeercert() or {})["notAfter"]))
        return secure.getresponse().status, datetime.fromtimestamp(ends, UTC)
    finally:
        secure.close()
