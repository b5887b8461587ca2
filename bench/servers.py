"""Start the measured servers as an operator does, and read their processor time and memory from the kernel."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: The number of workers, for Guichet and for the floor.
WORKERS = 2
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Running:
    """A running server: its port, its first process, and the seconds from its start to its first page."""

    port: int
    pid: int
    first_page: float

    def processes(self) -> list[int]:
        """The process ids of the master and its workers."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [self.pid, *map(int, children)]

    def cpu(self) -> float:
        """The processor seconds that all its processes have used so far."""
        return sum(_cpu(pid) for pid in self.processes())

    def memory(self) -> list[tuple[float, float]]:
        """(resident, proportional) MB of each worker."""
        return [_memory(pid) for pid in self.processes()[1:]]


@contextmanager
def running(
    command: list[str], environ: Mapping[str, str], port: int, first: str, cwd: Path = ROOT
) -> Iterator[Running]:
    """Run `command` in the checkout `cwd` while the block lasts; it is ready when `first` answers 200."""
    log = Path(environ["BENCH_LOG"]).open("ab")  # noqa: SIM115 (open as long as the server)
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, env={**os.environ, **environ}, cwd=cwd, stdout=log, stderr=log, start_new_session=True
    )
    try:
        wait(process, port, first)
        yield Running(port, process.pid, time.perf_counter() - begun)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
        log.close()


def served(port: int, log: Path) -> dict[str, str]:
    """The environment variables for a Guichet that serves on `port`, besides those of its data."""
    return {
        "GUICHET_BIND": f"127.0.0.1:{port}",
        "GUICHET_BASE_URL": f"http://127.0.0.1:{port}",
        "GUICHET_WORKERS": str(WORKERS),
        "BENCH_LOG": str(log),
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def python(*arguments: str, checkout: Path = ROOT) -> list[str]:
    """A command for the Python of a checkout: its own `.venv` where it is another one, since libraries may differ."""
    own = checkout / ".venv" / "bin" / "python"
    return [str(own) if checkout != ROOT and own.exists() else sys.executable, *arguments]


def guichet(*arguments: str, checkout: Path = ROOT) -> list[str]:
    """The command `guichet` of a checkout, from the entry point that its pyproject.toml declares."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]
    module, _, function = project["scripts"]["guichet"].partition(":")
    return python("-c", f"from {module} import {function}; {function}()", *arguments, checkout=checkout)


def wait(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    request = f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode()
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}: see its log")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
                connection.sendall(request)
                if connection.recv(64).startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
                    return
        except OSError:
            pass
        time.sleep(0.02)
    raise RuntimeError("the server does not answer: see its log")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _memory(pid: int) -> tuple[float, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = {
        name: int(value.split()[0])
        for name, _, value in (line.partition(":") for line in lines)
        if name in ("Rss", "Pss")
    }
    return sizes["Rss"] / 1000, sizes["Pss"] / 1000
