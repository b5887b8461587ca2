"""Make a page of the program into a tagged PDF in a separate process (`pdf_process.py`), and cache it by its content.

A PDF is either for printing (PDF/UA-1) or to be kept for years with files in it (PDF/A-3u: `Archive`).

WeasyPrint takes a second to load and 60 MB that a web worker would never give back; in its own process, it can neither
block nor crash the pages. Each worker makes one PDF at a time while one more request waits; further requests raise
`Busy`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ticketing.documents.pdf_process import MISSING

log = logging.getLogger("guichet.pdf")

#: What Debian and Ubuntu call the libraries that WeasyPrint loads.
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
INSTALL = f"apt-get install {PACKAGES}"
PROCESS = Path(__file__).with_name("pdf_process.py")
#: The longest that making a PDF may take, and the longest that another request waits for its turn, in seconds.
TIMEOUT, TURN = 20.0, 5.0
#: How many PDFs are kept in memory, at about 40 kB each.
KEPT = 64

#: name -> (type, bytes): the resources that a page may name as « guichet:<name> ».
Resources = Mapping[str, tuple[str, bytes]]

_kept: OrderedDict[str, bytes] = OrderedDict()
_guard = threading.Lock()
_turn = threading.Lock()
_seats = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file inside the PDF; its name is in ASCII."""

    name: str
    body: bytes
    description: str


@dataclass(frozen=True, slots=True)
class Archive:
    """A PDF to keep for years: the files in it, and the instant that it states as its date."""

    at: datetime
    files: tuple[Attached, ...]


class Unavailable(Exception):
    """Raised when no PDF can be made on this machine, because libraries of the system are missing (`INSTALL`)."""


class Busy(Exception):
    """Raised when other PDFs are being made, or when this one took too long: the person may ask again in a moment."""


def digest(html: str, css: str, resources: Resources, archive: Archive | None = None) -> str:
    """Return the digest that distinguishes this content from any other."""
    found = hashlib.sha256(f"{len(html)},{len(css)},".encode() + html.encode() + css.encode())
    for name, (kind, body) in sorted(resources.items()):
        found.update(f"{name},{kind},{len(body)},".encode() + body)
    if archive is not None:
        found.update(json.dumps(_packed(archive)).encode())
    return found.hexdigest()


def kept(key: str) -> bytes | None:
    """Return the cached PDF of a content, or None."""
    with _guard:
        if key in _kept:
            _kept.move_to_end(key)
        return _kept.get(key)


def make(
    key: str, html: str, css: str, resources: Resources, archive: Archive | None = None, *, keep: bool = True
) -> bytes:
    """Return the PDF of a content; the same content gives the same bytes. Raises Unavailable, Busy.

    `keep` is False if the PDF is about a person: it is then not kept in memory after it is returned.
    """
    if not _seats.acquire(blocking=False):
        raise Busy
    try:
        if not _turn.acquire(timeout=TURN):
            raise Busy
        try:
            found = kept(key)  # the request that was waited for may have made it
            if found is None:
                found = _made(html, css, resources, archive)
                if keep:
                    _keep(key, found)
            return found
        finally:
            _turn.release()
    finally:
        _seats.release()


def _keep(key: str, found: bytes) -> None:
    with _guard:
        _kept[key] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)


def forget() -> None:
    """Drop the cached PDFs."""
    with _guard:
        _kept.clear()


def _packed(archive: Archive | None) -> dict[str, object] | None:
    if archive is None:
        return None
    return {
        "at": archive.at.isoformat(),
        "files": [[file.name, base64.b64encode(file.body).decode(), file.description] for file in archive.files],
    }


def _made(html: str, css: str, resources: Resources, archive: Archive | None) -> bytes:
    asked = json.dumps(
        {
            "html": html,
            "css": css,
            "archive": _packed(archive),
            "resources": {name: [kind, base64.b64encode(body).decode()] for name, (kind, body) in resources.items()},
        }
    )
    try:
        done = subprocess.run(  # noqa: S603 (our own interpreter, our own script)
            [sys.executable, "-P", str(PROCESS)],
            input=asked.encode(),
            capture_output=True,
            timeout=TIMEOUT,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        log.error("pdf took too long")
        raise Busy from None
    said = done.stderr.decode("utf-8", "replace")[-2000:]
    if done.returncode == MISSING:
        log.error("pdf libraries missing", extra={"reason": said})
        raise Unavailable
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        raise RuntimeError(f"the PDF could not be made (status {done.returncode}): {said}")
    if "refused:" in said:
        log.warning("pdf without all it names", extra={"reason": said})
    return done.stdout


def _environment() -> dict[str, str]:
    """Return the process's environment without the settings, which hold secrets; subsetted fonts get no time stamp."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
    return kept | {"SOURCE_DATE_EPOCH": "0"}
