"""Settings that stand in files: the environment's own file, and one file for each secret.

A secret in the environment shows in a process list or a unit's description. `GUICHET_SECRET_KEY_FILE` names a file
that holds it instead, as systemd's credentials and the secrets of containers do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path

SUFFIX = "_FILE"


class UnreadableFile(ValueError):
    """Raised when the environment's file cannot be used; its text says why, in French."""


def of_file(path: Path) -> dict[str, str]:
    """Return the variables that the file gives, one `NAME=value` a line; `#` begins a comment. Raises UnreadableFile.

    Nothing is expanded: a `$` in a password is a `$`.
    """
    from dotenv.parser import parse_stream

    try:
        bindings = list(parse_stream(StringIO(_text(path))))
    except UnreadableFile as error:
        raise UnreadableFile(f"{path} ne se lit pas : {error}.") from None
    for line in bindings:
        if line.error or (line.key is not None and line.value is None):
            raise UnreadableFile(f"{path}, ligne {line.original.line} : écrivez NOM=valeur.")
    return {line.key: line.value for line in bindings if line.key is not None and line.value is not None}


def _text(path: Path) -> str:
    """Return the text of a file, or raise UnreadableFile with the reason."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise UnreadableFile(error.strerror) from None
    except UnicodeDecodeError:
        raise UnreadableFile("ce n’est pas un texte en UTF-8") from None


def with_secrets(environ: Mapping[str, str], secrets: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return the environment with what the files of its secrets hold, and the faults, as sentences without any secret.

    `secrets` are names of variables (`GUICHET_SECRET_KEY`). The end of line that an editor leaves is no part of one.
    """
    found, faults = dict(environ), []
    for name in secrets:
        path = found.pop(name + SUFFIX, "")
        if not path:
            continue
        if found.get(name):
            faults.append(f"{name} et {name}{SUFFIX} sont données toutes les deux : gardez-en une")
            continue
        try:
            found[name] = _text(Path(path)).strip("\r\n")
        except UnreadableFile as error:
            faults.append(f"{name}{SUFFIX} nomme un fichier qui ne se lit pas : {error}")
    return found, faults
