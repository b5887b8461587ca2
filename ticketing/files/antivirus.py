"""Ask ClamAV about a file over its socket (INSTREAM) and read its verdict. A file without a verdict waits."""

from __future__ import annotations

import logging
import re
import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

log = logging.getLogger("guichet.antivirus")

CHUNK = 64 * 1024
TIMEOUT = 20.0  # seconds for one file, whatever the daemon does
ANSWER_MAX = 4096

Found = Literal["clean", "virus", "none"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`found` is clean, virus (then with `name`), or none: the daemon did not answer or could not tell."""

    found: Found
    name: str = ""


def scan(path: Path, address: str, timeout: float = TIMEOUT) -> Verdict:
    """Ask the daemon at `address` (unix:/path or host:port) about a file. Never raises: no answer is a verdict too."""
    try:
        with _connected(address, timeout) as daemon, open(path, "rb") as content:
            return _verdict(_ask(daemon, content, time.monotonic() + timeout))
    except (OSError, ValueError) as error:
        log.warning("antivirus %s: %s", address, type(error).__name__)
        return Verdict("none")


def _connected(address: str, timeout: float) -> socket.socket:
    if address.startswith("unix:"):
        daemon = socket.socket(socket.AF_UNIX)
        try:
            daemon.settimeout(timeout)
            daemon.connect(address.removeprefix("unix:"))
        except OSError:
            daemon.close()
            raise
        return daemon
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout)


def _ask(daemon: socket.socket, content: BinaryIO, deadline: float) -> bytes:
    """Send the file in pieces, each preceded by its length, and return the daemon's one line of answer."""
    daemon.sendall(b"zINSTREAM\0")
    while chunk := content.read(CHUNK):
        daemon.settimeout(_left(deadline))
        daemon.sendall(struct.pack(">I", len(chunk)) + chunk)
    daemon.sendall(struct.pack(">I", 0))
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < ANSWER_MAX:
        daemon.settimeout(_left(deadline))
        part = daemon.recv(ANSWER_MAX)
        if not part:
            break
        answer += part
    return answer


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _verdict(answer: bytes) -> Verdict:
    """Return the verdict: only « stream: OK » accepts a file; anything but a virus's name is no verdict."""
    said = answer.rstrip(b"\0\n").decode("utf-8", "replace")
    if said == "stream: OK":
        return Verdict("clean")
    if virus := re.fullmatch(r"stream: (.+) FOUND", said):
        return Verdict("virus", re.sub(r"[^\w.:/-]", "?", virus.group(1))[:200])
    log.warning("antivirus answers: %s", said[:200])
    return Verdict("none")
