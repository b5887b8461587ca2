"""One connection: what it receives, what it sends, and until when it may take. Only the loop's thread touches it."""

from __future__ import annotations

import socket
import struct
import time
from enum import Enum
from typing import Any

from ticketing.serving.exchange import Exchange, Outgoing
from ticketing.serving.framing import Fault, Reception
from ticketing.serving.limits import IN_MEMORY, Limits
from ticketing.serving.refusals import refusal

_CHUNK = 65_536
_LINGER = 2.0  # seconds for which a client that was refused may finish sending, so that it reads the refusal
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_SEND_BUFFER = 131_072  # of the system, for each connection: by itself it grows to several megabytes
_ABORT = struct.pack("ii", 1, 0)

SLOW = (408, "Request Timeout")
FULL = (503, "Service Unavailable")


class State(Enum):
    """Where a connection is: waiting for a request, receiving it, answering it, letting a refused client finish."""

    IDLE = "idle"
    RECEIVING = "receiving"
    ANSWERING = "answering"
    LINGERING = "lingering"
    CLOSED = "closed"


class Connection:
    """A client's connection; `since` is when it entered its state, by the monotonic clock."""

    def __init__(self, sock: socket.socket, client: Any, server: Any, limits: Limits) -> None:
        self.sock, self.client, self.server, self.limits = sock, client, server, limits
        self.state, self.since = State.IDLE, time.monotonic()
        self.reception = Reception(limits.plain, limits.largest)
        self.exchange: Exchange | None = None
        self.outgoing = Outgoing()
        self.running = False  # whether a thread works on the exchange
        self._idle_for, self._kept = limits.seconds, False
        self._body_since = 0.0
        self._stalled_since: float | None = None  # since when bytes wait for the reader
        self._stalled, self._sent, self._moved = 0.0, 0, 0.0
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self.state is State.CLOSED

    @property
    def between(self) -> bool:
        """Whether it was answered, and is kept for another request that has not begun."""
        return self._kept and self.state is State.IDLE

    @property
    def spooled(self) -> int:
        """How much of its body stands in a file."""
        if self.state not in (State.RECEIVING, State.ANSWERING) or self.reception.received <= IN_MEMORY:
            return 0
        return self.reception.received

    def pace(self, now: float) -> float:
        """Return the rate at which its body comes, in bytes a second."""
        return self.reception.received / max(now - self._body_since, 0.001)

    # --- receiving ---

    def receive(self) -> None:
        """Take what the client has sent. Raises Fault, OSError."""
        if self.state is State.LINGERING:
            if not self.sock.recv(_CHUNK):
                self.close()
            return
        data = self.sock.recv(_CHUNK)
        if not data:
            self.close()
            return
        self.take(data)

    def take(self, data: bytes) -> None:
        """Take bytes of a request in. Raises Fault."""
        headless = self.reception.head is None
        try:
            self.reception.feed(data)
        except OSError as error:  # the disk is full
            raise Fault(*FULL) from error
        if self.state is State.IDLE and self.reception.begun:
            # A new connection's headers are timed from its beginning, a kept one's from their first byte.
            self._enter(State.RECEIVING, time.monotonic() if self._kept else self.since)
        head = self.reception.head
        if head is not None and headless:
            self._body_since = time.monotonic()
            if head.expects and not self.reception.whole and not self.reception.received:
                self.outgoing.sendall(_CONTINUE)

    def answer(self, exchange: Exchange) -> None:
        """Go over to the answer of the request that is whole."""
        self.exchange, self.outgoing = exchange, exchange.outgoing
        self._stalled_since, self._stalled, self._sent = None, 0.0, 0
        self._enter(State.ANSWERING)

    def next_request(self) -> bytes:
        """Wait for another request; return the bytes of it that have already come."""
        rest = self.reception.rest
        self.reception = Reception(self.limits.plain, self.limits.largest)
        self.exchange, self.outgoing = None, Outgoing()
        self._kept, self._idle_for = True, self.limits.keep_alive
        self._enter(State.IDLE)
        return rest

    # --- sending ---

    def send(self) -> None:
        """Send what the client takes without waiting. Raises OSError."""
        while self.outgoing.waiting:
            try:
                count = self.sock.sendmsg(self.outgoing.next())
            except BlockingIOError:
                break
            self.outgoing.sent(count)
            self._sent += count
            self._moved = time.monotonic()
        now = time.monotonic()
        if not self.outgoing.waiting:
            if self._stalled_since is not None:
                self._stalled += now - self._stalled_since
            self._stalled_since = None
        elif self._stalled_since is None:
            self._stalled_since = now

    def work(self) -> None:
        """Leave the connection to a thread: until it gives it back, the reader is not what is waited for."""
        self.running = True
        if self._stalled_since is not None:
            self._stalled += time.monotonic() - self._stalled_since
            self._stalled_since = None

    def refuse(self, fault: Fault) -> None:
        """Send a refusal as far as the client takes it at once, then let the client finish sending."""
        self.outgoing.sendall(refusal(fault))
        self.send()
        self.linger()

    def linger(self) -> None:
        """Say that nothing more comes, and read on for a moment: a reset would take the answer away from the client."""
        self.sock.shutdown(socket.SHUT_WR)
        self._enter(State.LINGERING)

    # --- time ---

    def overdue(self, now: float) -> bool:
        """Whether the client has taken longer than its state allows."""
        limits, elapsed = self.limits, now - self.since
        if self.state is State.IDLE:
            return elapsed > self._idle_for
        if self.state is State.LINGERING:
            return elapsed > _LINGER
        if self.state is State.RECEIVING:
            if self.reception.head is None:
                return elapsed > limits.seconds
            return limits.late(now - self._body_since, self.reception.received)
        if self.running or self._stalled_since is None:
            return False
        # What the system's buffers took is not what the client read: an answer of which nothing moves is cut too.
        unmoved = now - max(self._stalled_since, self._moved)
        return unmoved > limits.seconds or limits.late(self._stalled + now - self._stalled_since, self._sent)

    def cap_idle(self, seconds: float) -> None:
        """Wait for another request no longer than this."""
        self._idle_for = min(self._idle_for, time.monotonic() - self.since + seconds)

    # --- ending ---

    def abort(self) -> None:
        """Cut the connection by a reset, so that neither client nor relay takes what was sent for complete."""
        if self.state is not State.CLOSED:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        self.close()

    def close(self) -> None:
        """Close, and drop what was received.

        While a thread works on it, the socket stays: the thread may be about to send, and a new connection could
        already have its number.
        """
        if self.state is State.CLOSED:
            return
        self.state = State.CLOSED
        if self.exchange is None:
            self.reception.close()
        if not self.running:
            self.sock.close()

    def given_back(self) -> None:
        """Take the connection back from the thread that worked on it."""
        self.running = False
        if self.closed:
            self.sock.close()

    def _enter(self, state: State, since: float | None = None) -> None:
        """Go over to a state, whose time runs from now or from `since`."""
        self.state, self.since = state, time.monotonic() if since is None else since
