"""Encrypt a backup as it is written, and decrypt it as it is read, by the programs `age` or `gpg` of the machine.

The key that encrypts is public: the machine that makes backups cannot read them. What it is says which program is
meant: an age recipient begins with « age1 » or « ssh- », anything else is the name of a key that gpg knows.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

#: The ending of a backup that a program encrypted.
AGE, GPG = ".age", ".gpg"


class SealingFailed(Exception):
    """A backup could not be encrypted or decrypted; the message says why, in French."""


def ending(key: str) -> str:
    """Return what the name of a backup ends with when it is encrypted for `key` (empty: it is not)."""
    if not key:
        return ""
    return AGE if key.startswith(("age1", "ssh-")) else GPG


@contextmanager
def sealed(path: Path, key: str) -> Iterator[IO[bytes]]:
    """Yield the stream to write a backup into; what is written at `path` is encrypted for `key`, if it is not empty.

    Raises SealingFailed where the program is missing, does not know the key, or fails.
    """
    if not key:
        with path.open("wb") as plain:
            yield plain
        return
    if ending(key) == AGE:
        command = ["age", "--recipient", key, "--output", str(path)]
    else:
        command = ["gpg", "--batch", "--yes", "--quiet", "--trust-model", "always", "--encrypt"]
        command += ["--recipient", key, "--output", str(path)]
    with _running(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        yield process.stdin


@contextmanager
def unsealed(path: Path, identity: Path | None) -> Iterator[IO[bytes]]:
    """Yield a backup to read. `identity` is the file of age's private key; gpg asks its own keyring.

    Raises SealingFailed where it cannot be decrypted.
    """
    if path.suffix == AGE:
        if identity is None:
            raise SealingFailed("la sauvegarde est chiffrée par age : donnez sa clé privée par --identity")
        command = ["age", "--decrypt", "--identity", str(identity), str(path)]
    elif path.suffix == GPG:
        command = ["gpg", "--batch", "--quiet", "--decrypt", str(path)]
    else:
        with path.open("rb") as plain:
            yield plain
        return
    with _running(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process.stdout
        while process.stdout.read(1024 * 1024):  # what pads a tar archive: the program ends once all is read
            pass


@contextmanager
def _running(
    command: list[str], *, stdin: int | None = None, stdout: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    if shutil.which(command[0]) is None:
        raise SealingFailed(f"le programme {command[0]} manque : apt-get install {command[0]}")
    with subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE) as process:  # noqa: S603
        broken = False
        try:
            yield process
        except BrokenPipeError:
            broken = True
        except BaseException:
            process.kill()
            raise
        said = _ended(process)
        if process.returncode or broken:
            raise SealingFailed(f"{command[0]} a échoué : {said}")


def _ended(process: subprocess.Popen[bytes]) -> str:
    """Close what is still written to, wait, and return what the program said."""
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
    assert process.stderr is not None
    said = process.stderr.read().decode(errors="replace").strip().splitlines()
    process.wait()
    return said[-1][:200] if said else f"code {process.returncode}"
