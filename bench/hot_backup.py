"""`./run soak backup`: a backup made while tickets are opened, restored elsewhere (FIA-09).

    --tickets N (200000)   --rate N (20 a second)   --seconds N (5: how long tickets are opened before and after)

Every ticket that was acknowledged before the backup began is in the copy, under its number; none is there twice; the
journal of the copy is whole; no mail leaves the copy. The figures are printed as JSON with the seconds that the
restoration took, and the command fails where one of the four does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bench import generate, openings, servers


@dataclass(frozen=True, slots=True)
class Account:
    """What was acknowledged before the backup began, and what its copy holds; times in seconds, size in MB."""

    tickets: int
    before: int
    during: int
    lost: int
    doubled: int
    misnumbered: int
    journal: str
    silent: bool
    backup: float
    size: float
    restoration: float

    @property
    def holds(self) -> bool:
        """Whether the copy holds all that it must, and sends nothing."""
        return self.lost == self.doubled == self.misnumbered == 0 and self.journal == "whole" and self.silent


def main() -> None:
    """Run the soak that the command line asks for, and print its account."""
    asked = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        found = soak(Path(folder), asked.tickets, asked.rate, asked.seconds)
    print(json.dumps({"holds": found.holds} | asdict(found)))
    sys.exit(not found.holds)


def soak(folder: Path, tickets: int, rate: float, seconds: float) -> Account:
    """Back an installation of `tickets` up while `rate` more a second are opened, restore it, and compare.

    Raises WrongAnswer as `openings.opening`; CalledProcessError for a command that fails.
    """
    made = generate.make(tickets, folder / "service")
    port = servers.free_port()
    data = Path(made.data_dir)
    environ = generate.variables(data, made.database_url, made.conventions_dir)
    environ |= servers.served(port, folder / "served.log")
    server = openings.started(environ, port)
    try:
        with openings.opening(made, port, rate) as writers:
            time.sleep(seconds)
            before = openings.acknowledged(writers)
            began = time.monotonic()
            _run(environ, "backup", "--to", str(folder / "saved"))
            took = time.monotonic() - began
            time.sleep(seconds)
        during = len(openings.acknowledged(writers)) - len(before)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)
    saved = next(one for one in (folder / "saved").iterdir() if not one.name.startswith("."))
    copy = replace(made, data_dir=str(folder / "copy"), database_url=f"sqlite:///{folder / 'copy' / 'guichet.db'}")
    (folder / "copy").mkdir()
    there = generate.variables(Path(copy.data_dir), copy.database_url, copy.conventions_dir)
    began = time.monotonic()
    _run(there, "restore", str(saved))
    restored = time.monotonic() - began
    # The key of the journal is no part of a backup: its operator keeps it elsewhere, and brings it back.
    shutil.copy(data / "journal-key", Path(copy.data_dir) / "journal-key")
    found = openings.compared(before, copy.database_url)
    return Account(
        tickets=tickets,
        before=len(before),
        during=during,
        lost=found.lost,
        doubled=found.doubled,
        misnumbered=found.misnumbered,
        journal=openings.journal(copy),
        silent=_silent(Path(copy.data_dir)),
        backup=round(took, 1),
        size=round(saved.stat().st_size / 1e6, 1),
        restoration=round(restored, 1),
    )


def _silent(data: Path) -> bool:
    from ticketing.operation import silence

    return silence.kept(data)


def _run(environ: dict[str, str], *command: str) -> None:
    subprocess.run(servers.guichet(*command), env={**os.environ, **environ}, cwd=servers.ROOT, check=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run soak backup")
    parser.add_argument("--tickets", type=int, default=200_000)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
