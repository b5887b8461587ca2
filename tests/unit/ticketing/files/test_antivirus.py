"""How ClamAV is asked about a file, and what each of its answers means."""

from __future__ import annotations

import io
import socket
import struct
import time
from collections.abc import Iterator

import pytest

from ticketing.files import antivirus
from ticketing.files.antivirus import Verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (b"stream: OK\0", Verdict("clean")),
        (b"stream: OK\n", Verdict("clean")),
        (b"stream: Eicar-Test-Signature FOUND\0", Verdict("virus", "Eicar-Test-Signature")),
        (b"stream: a b\xe9(c) FOUND\0", Verdict("virus", "a?b??c?")),
        (b"stream: " + b"x" * 300 + b" FOUND\0", Verdict("virus", "x" * 200)),
        (b"stream: OK FOUND", Verdict("virus", "OK")),
        (b"stream:  FOUND", Verdict("none")),
        (b"INSTREAM size limit exceeded. ERROR\0", Verdict("none")),
        (b"", Verdict("none")),
    ],
)
def test_only_ok_accepts_a_file_and_only_a_name_condemns_it(answer: bytes, verdict: Verdict) -> None:
    assert antivirus._verdict(answer) == verdict


class Daemon:
    """Stands for the daemon's socket: keeps what is sent, and answers piece by piece."""

    def __init__(self, *answers: bytes) -> None:
        self.sent, self.answers, self.timeouts = b"", list(answers), []

    def sendall(self, data: bytes) -> None:
        self.sent += data

    def settimeout(self, seconds: float) -> None:
        self.timeouts.append(seconds)

    def recv(self, size: int) -> bytes:
        assert size == antivirus.ANSWER_MAX
        return self.answers.pop(0) if self.answers else b""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    yield now


def test_a_file_is_sent_in_pieces_each_after_its_length(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(antivirus, "CHUNK", 3)
    daemon = Daemon(b"stream", b": OK\0", b"never read")
    assert antivirus._ask(daemon, io.BytesIO(b"abcde"), 20.0) == b"stream: OK\0"  # type: ignore[arg-type]
    assert daemon.sent == b"zINSTREAM\0" + struct.pack(">I", 3) + b"abc" + struct.pack(">I", 2) + b"de" + b"\0" * 4
    assert daemon.timeouts == [20.0] * 4


def test_an_answer_ends_with_its_nul_with_the_connection_or_at_its_most_bytes(clock: list[float]) -> None:
    assert antivirus._ask(Daemon(b"a", b""), io.BytesIO(), 1.0) == b"a"  # type: ignore[arg-type]
    whole = Daemon(b"x" * (antivirus.ANSWER_MAX - 1), b"y", b"z")
    assert antivirus._ask(whole, io.BytesIO(), 1.0)[-1:] == b"y"  # type: ignore[arg-type]


def test_the_time_for_one_file_is_bounded_whatever_the_daemon_does(clock: list[float]) -> None:
    assert antivirus._left(5.0) == 5.0
    clock[0] = 5.0
    with pytest.raises(TimeoutError):
        antivirus._left(5.0)


def test_a_daemon_that_is_not_there_gives_no_verdict(tmp_path: object) -> None:
    assert antivirus.scan(tmp_path, f"unix:{tmp_path}/rien.sock", 0.1) == Verdict("none")  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["127.0.0.1:{}", "unix:{}"])
def test_a_daemon_is_asked_at_its_address(tmp_path, address: str) -> None:  # type: ignore[no-untyped-def]
    """One thread is enough: the kernel holds the answer that was sent before the question."""
    path = str(tmp_path / "clamd.sock")
    server = socket.socket(socket.AF_UNIX if address.startswith("unix") else socket.AF_INET)
    server.bind(path if address.startswith("unix") else ("127.0.0.1", 0))
    server.listen(1)
    where = path if address.startswith("unix") else server.getsockname()[1]
    daemon = antivirus._connected(address.format(where), 5.0)
    other, _ = server.accept()
    try:
        assert daemon.gettimeout() == 5.0
        other.sendall(b"stream: OK\0")
        file = tmp_path / "a"
        file.write_bytes(b"abc")
        with open(file, "rb") as content:
            assert antivirus._ask(daemon, content, time.monotonic() + 5) == b"stream: OK\0"
        assert other.recv(99) == b"zINSTREAM\0\0\0\0\3abc\0\0\0\0"
    finally:
        for one in (daemon, other, server):
            one.close()


def test_an_answer_that_is_no_verdict_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    antivirus._verdict(b"stream: " + b"y" * 300)
    assert caplog.messages == ["antivirus answers: stream: " + "y" * 192]


def test_a_socket_that_cannot_be_reached_is_closed_and_told(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    made: list[socket.socket] = []

    class Kept(socket.socket):
        def __init__(self, *args: object) -> None:
            super().__init__(*args)  # type: ignore[arg-type]
            made.append(self)

    monkeypatch.setattr(socket, "socket", Kept)
    with pytest.raises(OSError):
        antivirus._connected(f"unix:{tmp_path}/rien.sock", 0.1)
    assert [one.fileno() for one in made] == [-1]
