"""The files that install Guichet on a machine: systemd units, relays, a model of settings. They ship in the wheel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
#: In a wheel they lie inside the package, in a checkout at its root.
FOLDER = next(path for path in (_PACKAGE / "_data" / "deploy", _PACKAGE.parent / "deploy") if path.is_dir())


def write(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Copy the files into `folder`; yield each path with whether it was written: what is there stays.

    Raises OSError.
    """
    for source in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        target = folder / source.relative_to(FOLDER)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            yield target, False
        else:
            target.write_bytes(source.read_bytes())
            yield target, True
