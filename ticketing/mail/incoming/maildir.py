"""Fetch mails from a Maildir: a file goes to the folder `.Traites` once its mail is kept, never before.

A program killed at any point leaves the file where it was, or kept and still there: it is then kept again as the same
row. What a person has read already (flag « S ») is left alone, as on IMAP. A mail too large to be kept goes whole to
`.Trop-lourds`.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from ticketing.mail.incoming.boxes import Box
from ticketing.mail.incoming.fetched import Fetched, Keep, Trouble

DONE, TOO_LARGE = ".Traites", ".Trop-lourds"


def fetch(box: Box, keep: Keep, *, at_most: int, until: float) -> Fetched:
    """Give at most `at_most` mails to `keep` before `until` (monotonic seconds). Raises Trouble if it is no Maildir."""
    root = Path(box.path)
    if not (root / "new").is_dir() or not (root / "cur").is_dir():
        raise Trouble("le dossier n’est pas un Maildir (new/ et cur/ y manquent) ou ne peut pas être lu")
    try:
        waiting = sorted(_unread(root), key=lambda path: (_arrived(path), path.name))
    except OSError as error:
        raise Trouble(f"le dossier ne peut pas être lu ({os.strerror(error.errno or 0)})") from error
    done, faults = 0, 0
    for path in waiting[:at_most]:
        if time.monotonic() > until:
            break
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                whole = keep(file.read(keep.largest + 1), size, f"le dossier {TOO_LARGE} de la boîte")
            _move(root, path, DONE if whole else TOO_LARGE)
        except FileNotFoundError:  # somebody took it away meanwhile
            continue
        except OSError:  # this one cannot be read or moved: the others can
            faults += 1
            continue
        done += 1
    return Fetched(done, len(waiting) - done, faults)


def _unread(root: Path) -> list[Path]:
    fresh = [path for path in (root / "new").iterdir() if path.is_file() and not path.name.startswith(".")]
    shown = [path for path in (root / "cur").iterdir() if path.is_file() and not path.name.startswith(".")]
    return fresh + [path for path in shown if "S" not in path.name.partition(":2,")[2]]


def _arrived(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _move(root: Path, path: Path, name: str) -> None:
    """Move a file to a folder of the Maildir, marked as seen; the folder is made if it is missing."""
    folder = root / name
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "maildirfolder").touch(mode=0o600)
    base = path.name.partition(":2,")[0]
    target = folder / "cur" / f"{base}:2,S"
    number = 1
    while target.exists():  # names are unique in a Maildir; two copies of one file are not lost all the same
        target = folder / "cur" / f"{base}.{number}:2,S"
        number += 1
    path.rename(target)
