"""A throw-away PgBouncer in transaction mode, before a throw-away PostgreSQL."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from harness.needs import lacking

SETTINGS = """
[databases]
* = host={host}
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = 6432
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {size}
logfile = {folder}/log
"""


@contextmanager
def pooled(url: str, size: int) -> Iterator[str]:
    """Yield the URL of the same database through a pooler that shares `size` connections between all its clients."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None:
        lacking("pgbouncer", "pgbouncer")
    parts = make_url(url)
    folder = Path(tempfile.mkdtemp(prefix="guichet-pool-"))
    host = parts.query["host"]
    (folder / "settings.ini").write_text(SETTINGS.format(folder=folder, host=host, size=size), "utf-8")
    (folder / "users").write_text('"guichet" ""\n', "utf-8")
    demote: dict[str, object] = {}
    if os.geteuid() == 0:  # PgBouncer, too, refuses to run as root
        nobody = pwd.getpwnam("nobody")
        for path in (folder, *folder.iterdir()):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        demote = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    process = subprocess.Popen([program, "-q", str(folder / "settings.ini")], **demote)  # type: ignore[call-overload]
    try:
        deadline = time.monotonic() + 60
        while not (folder / ".s.PGSQL.6432").exists():
            assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.02)
        yield parts.set(query={"host": str(folder), "port": "6432"}).render_as_string(hide_password=False)
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)
