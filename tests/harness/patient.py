"""The server's own loop around an application, in a thread of the test process, with limits of a test's size."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ticketing.operation.server import Server
from ticketing.serving.limits import Limits
from ticketing.serving.loop import Loop


class Served(tuple[str, int]):
    """The address of a server in this process, with its loop."""

    loop: Loop

    def until_quiet(self) -> None:
        """Wait until the server has let go of every connection."""
        until = time.monotonic() + 60
        while self.loop.connections:
            assert time.monotonic() < until, "a connection is kept"
            time.sleep(0.01)


@contextmanager
def serving_patiently(app: Any, limits: Limits, threads: int = 2) -> Iterator[Served]:
    """Serve `app` on a free port while the block lasts; gives its address."""
    cfg = Server(None, "127.0.0.1:0", 1).cfg
    cfg.set("threads", threads)
    cfg.set("graceful_timeout", 1)
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    stop = threading.Event()
    loop = Loop(app, cfg, [listener], limits, lambda: None)
    thread = threading.Thread(target=loop.run, args=(lambda: not stop.is_set(),), daemon=True)
    thread.start()
    try:
        served = Served(listener.getsockname())
        served.loop = loop
        yield served
    finally:
        stop.set()
        loop.wake()
        thread.join(60)
        listener.close()
        assert not thread.is_alive()


def client(address: tuple[str, int], timeout: float = 60, small: bool = False) -> socket.socket:
    """Connect; `small`: with a small buffer for what it receives."""
    sock = socket.socket()
    if small:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(timeout)
    sock.connect(address)
    return sock


def read_to_end(sock: socket.socket) -> bytes:
    """Return what comes until the server closes; a reset ends it too."""
    found = bytearray()
    with suppress(ConnectionError):
        while piece := sock.recv(65_536):
            found += piece
    return bytes(found)


def ask(address: tuple[str, int], request: bytes, timeout: float = 60) -> bytes:
    """Send bytes, and return what comes until the server closes."""
    with client(address, timeout) as sock:
        with suppress(ConnectionError):
            sock.sendall(request)
        return read_to_end(sock)


def echo(said: list[bytes] | None = None) -> Callable[..., Any]:
    """An application that answers with the method, the path and the body that it received; `said` gathers them."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read()
        answer = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {len(body)} ".encode() + body[:100]
        if said is not None:
            said.append(answer)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
        return [answer]

    return app
