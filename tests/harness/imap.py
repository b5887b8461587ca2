"""Real IMAP servers for tests: pymap, in memory, and Dovecot, each with one user and an empty INBOX."""

from __future__ import annotations

import getpass
import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from harness import needs

USER, PASSWORD = "guichet", "p@ss,word"


@dataclass(frozen=True)
class Server:
    """A running server. `box` is its address as GUICHET_MAILBOX writes it."""

    port: int

    @property
    def box(self) -> str:
        return f"imap://{USER}:p%40ss%2Cword@127.0.0.1:{self.port}/INBOX"

    @contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        opened = imaplib.IMAP4("127.0.0.1", self.port, timeout=60)
        opened.login(USER, PASSWORD)
        opened.select("INBOX")
        try:
            yield opened
        finally:
            opened.logout()

    def append(self, *raws: bytes) -> None:
        with self.client() as client:
            for raw in raws:
                status, said = client.append("INBOX", None, None, raw)
                assert status == "OK", said

    def count(self, folder: str, criterion: str = "ALL") -> int:
        """How many mails of a folder meet the criterion; none where there is no such folder."""
        with self.client() as client:
            if client.select(f'"{folder}"', readonly=True)[0] != "OK":
                return 0
            return len(client.uid("SEARCH", criterion)[1][0].split())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def pymap(folder: Path) -> Iterator[Server]:
    """pymap with an INBOX of its own in memory."""
    script = Path(sys.executable).with_name("pymap")
    port = free_port()
    arguments = ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "dict"]
    user = ["--demo-user", USER, "--demo-password", PASSWORD]
    with _running([str(script), *arguments, *user], folder, port) as server:
        yield server


@contextmanager
def dovecot(folder: Path) -> Iterator[Server]:
    """Dovecot over a Maildir in `folder`, run by whoever runs the tests."""
    found = needs.dovecot()
    if found is None:
        needs.lacking("Dovecot", "dovecot-imapd")
    port = free_port()
    home = folder / "dovecot"
    for name in ("mail", "state"):
        (home / name).mkdir(parents=True)
    owner = _owner()
    shutil.chown(home / "mail", *owner)
    for parent in (home, *home.parents):  # pytest's folders are for their owner only
        with suppress(OSError):
            parent.chmod(parent.stat().st_mode | 0o055)
    (home / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    with tempfile.TemporaryDirectory(prefix="dovecot") as run:  # the path of a socket has 107 characters at most
        Path(run).chmod(0o755)
        written = _CONFIGURATION.format(home=home, run=run, port=port, owner=owner[0], group=owner[1])
        (home / "dovecot.conf").write_text(written)
        with _running([found, "-F", "-c", str(home / "dovecot.conf")], folder, port) as server:
            yield server


def _owner() -> tuple[str, str]:
    """Who the mails belong to: Dovecot serves none to root."""
    if os.geteuid():
        return getpass.getuser(), grp.getgrgid(os.getegid()).gr_name
    return "nobody", grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name


_CONFIGURATION = """
protocols = imap
base_dir = {run}
state_dir = {home}/state
log_path = {home}/log
ssl = no
disable_plaintext_auth = no
listen = 127.0.0.1
mail_location = maildir:{home}/mail
mail_uid = {owner}
mail_gid = {group}
first_valid_uid = 0
first_valid_gid = 0
default_internal_user = {owner}
default_internal_group = {group}
default_login_user = {owner}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={home}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


@contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[Server]:
    with (folder / "imap.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=60) as opened:
                if opened.recv(10).startswith(b"* OK"):
                    break
            assert process.poll() is None, (folder / "imap.log").read_text()
            assert time.monotonic() < until, "the IMAP server does not answer"
            time.sleep(0.05)
        yield Server(port)
    finally:
        process.terminate()
        process.wait(20)
