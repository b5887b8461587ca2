"""A throw-away PostgreSQL server for tests, from any installed binaries, even for root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def server(binaries: Path) -> Iterator[str]:
    """Run a server on its own socket while the block lasts. Yields the URL up to the database's name.

    PostgreSQL refuses to run as root, so root starts it as the user `nobody`, in a folder that belongs to `nobody`.
    """
    folder = Path(tempfile.mkdtemp(prefix="guichet-pg-", dir=_in_memory()))
    demote: dict[str, object] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        demote = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    folder.chmod(0o700)
    data = folder / "data"

    def run(*command: str) -> None:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            **demote,  # type: ignore[call-overload]
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")

    control = [str(binaries / "pg_ctl"), "--pgdata", str(data), "--silent", "--wait"]
    options = f"-c listen_addresses='' -k {folder} -c fsync=off -c full_page_writes=off -c max_connections=60"
    options += " -c autovacuum=off"  # a test's database lives less than a second
    try:
        run(
            str(binaries / "initdb"),
            "--pgdata",
            str(data),
            "--auth=trust",
            "--username=guichet",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "--no-instructions",
        )
        run(*control, "--log", str(folder / "log"), "--options", options, "start")
        yield f"postgresql+psycopg://guichet@/{{name}}?host={folder}"
    finally:
        if (data / "postmaster.pid").exists():
            run(*control, "--mode", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _in_memory() -> str | None:
    """A folder in memory with enough room, None where there is none; a throw-away server needs no disk."""
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2_000_000_000:
        return str(memory)
    return None
