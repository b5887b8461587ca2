"""Folders and files that only the program's own user may read, whatever the process's umask. Names no table."""

from __future__ import annotations

import os
from pathlib import Path

#: The modes of what is made here: a folder, a file.
FOLDER, FILE = 0o700, 0o600


def folder(path: Path) -> Path:
    """Return the folder, made with its missing parents, each closed to other users; one that exists stays as it is.

    Raises OSError when it cannot be made, or is a file.
    """
    for missing in reversed([path, *path.parents]):
        missing.mkdir(mode=FOLDER, exist_ok=True)
    return path


def opener(path: str, flags: int) -> int:
    """Return a descriptor as `os.open` does, for `open(..., opener=opener)`: a file made by it is closed to others."""
    return os.open(path, flags, FILE)
