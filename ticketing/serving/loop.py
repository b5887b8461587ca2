"""The loop of one process of the server: no client, however slow, holds one of its threads."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from ticketing.serving.connection import FULL, SLOW, Connection, State
from ticketing.serving.exchange import Exchange
from ticketing.serving.framing import BAD, Fault
from ticketing.serving.limits import AHEAD, Limits

_STOPPING = 2.0  # seconds for which a stopping process still waits for a request on a kept connection
_EVERY = 60.0  # seconds between two lines of the log about requests refused
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


log = logging.getLogger("guichet.server")


def _refused(connection: Connection) -> None:
    raise Fault(*FULL)


class Loop:
    """Receives requests whole, has them answered by threads, and sends the answers, all within `limits`.

    `notify` is called at every turn. When every connection is taken, the one that has waited longest for its client
    makes room.
    """

    def __init__(
        self, app: Any, cfg: Any, listeners: Sequence[socket.socket], limits: Limits, notify: Callable[[], None]
    ) -> None:
        self._app, self._cfg, self._listeners, self.limits, self._notify = app, cfg, listeners, limits, notify
        self._pool = ThreadPoolExecutor(max_workers=cfg.threads)
        self._selector = selectors.DefaultSelector()
        self.connections: set[Connection] = set()
        self._accepting = self._stopping = False
        self._finished: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._tick = min(0.5, limits.seconds / 10)
        self._checked = self._told = 0.0
        self._refused: Counter[str] = Counter()

    # --- the loop ---

    def run(self, alive: Callable[[], bool]) -> None:
        """Serve while `alive`; then finish what is under way, within the graceful time."""
        self._selector.register(self._wake_read, _READ, self._woken)
        self._accept_more(True)
        while alive():
            self._turn()
        self._stopping = True
        self._accept_more(False)
        for connection in list(self.connections):
            connection.cap_idle(_STOPPING)
        until = time.monotonic() + self._cfg.graceful_timeout
        while self.connections and time.monotonic() < until:
            self._turn()
        for connection in list(self.connections):
            self._end(connection, abort=True)
        self.stop()

    def stop(self) -> None:
        """Give no more work to the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _turn(self) -> None:
        self._notify()
        for key, events in self._selector.select(self._tick if self.connections else 1.0):
            if isinstance(key.data, Connection):
                self._guarded(key.data, partial(self._served, events))
            else:
                key.data()
        now = time.monotonic()
        if now - self._checked >= self._tick:
            self._checked = now
            for connection in [one for one in self.connections if one.overdue(now)]:
                self._guarded(connection, self._overdue)
        if self._refused and now - self._told >= _EVERY:  # one line, however many there are
            log.warning("requests refused: %s", dict(self._refused))
            self._refused.clear()
            self._told = now
        if not self._stopping:
            self._accept_more(len(self.connections) < self.limits.connections or self._waiting_longest() is not None)

    def _guarded(self, connection: Connection, act: Callable[[Connection], None]) -> None:
        """Do something for one connection; its faults and failures end it, and touch no other."""
        try:
            if not connection.closed:
                act(connection)
        except Fault as fault:
            self._refused[str(fault)] += 1
            with contextlib.suppress(OSError):
                connection.refuse(fault)
                self._watch(connection)
                return
            self._end(connection)
        except BlockingIOError:
            pass
        except OSError:
            self._end(connection)
        except Exception:
            log.exception("a connection failed")
            self._end(connection, abort=True)
        if connection.closed:
            self._end(connection)

    # --- connections ---

    def _accept_more(self, wanted: bool) -> None:
        if wanted == self._accepting:
            return
        self._accepting = wanted
        for listener in self._listeners:
            if wanted:
                listener.setblocking(False)
                self._selector.register(listener, _READ, partial(self._accept, listener))
            else:
                self._selector.unregister(listener)

    def _accept(self, listener: socket.socket) -> None:
        try:
            sock, client = listener.accept()
        except OSError as error:  # another process took it, or the client left
            if error.errno in (errno.EMFILE, errno.ENFILE):  # no descriptor is free: one must make room
                self._make_room()
            return
        if len(self.connections) >= self.limits.connections:
            self._make_room()
        connection = Connection(sock, client, listener.getsockname(), self.limits)
        self.connections.add(connection)
        self._selector.register(sock, _READ, connection)

    def _make_room(self) -> None:
        oldest = self._waiting_longest()
        if oldest is not None:
            self._end(oldest, abort=True)
        else:
            time.sleep(0.01)  # every connection is being answered: threads need the time more than this loop

    def _waiting_longest(self) -> Connection | None:
        """Return the connection that has waited longest for its client; None if all are answered.

        Those that are kept between two requests come first: closing them loses nothing.
        """
        waiting = [one for one in self.connections if one.state is not State.ANSWERING]
        return min(waiting, key=lambda one: (not one.between, one.since), default=None)

    def _served(self, events: int, connection: Connection) -> None:
        if events & _READ:
            connection.receive()
            if connection.spooled:
                self._make_room_on_disk(connection)
            self._advance(connection)
        if events & _WRITE:
            self._send(connection)
        self._watch(connection)

    def _advance(self, connection: Connection) -> None:
        """Have a request answered as soon as it is whole; send what is due meanwhile."""
        while connection.state is State.RECEIVING and connection.reception.whole:
            reception = connection.reception
            assert reception.head is not None
            exchange = Exchange(self._app, self._cfg, reception.head, reception.body)
            connection.answer(exchange)
            try:
                exchange.begin(connection.client, connection.server, last=self._stopping)
            except Exception as error:  # a head that gunicorn refuses
                exchange.close()
                connection.exchange = None
                raise Fault(*BAD) from error
            self._submit(connection, exchange)
        if connection.outgoing.waiting and connection.state is State.RECEIVING:
            connection.send()

    def _make_room_on_disk(self, arriving: Connection) -> None:
        """When bodies hold too much in files, refuse the one that comes slowest. Raises Fault when it is this one."""
        holding = [one for one in self.connections if one.spooled]
        if sum(one.spooled for one in holding) <= self.limits.spooled:
            return
        now = time.monotonic()
        coming = [one for one in holding if one.state is State.RECEIVING and not one.reception.whole]
        slowest = min(coming, key=lambda one: one.pace(now), default=arriving)
        if slowest is arriving:
            raise Fault(*FULL)
        self._guarded(slowest, _refused)

    def _watch(self, connection: Connection) -> None:
        """Wait for what the connection needs: bytes of its client, room to send, or neither while a thread works."""
        if connection.closed:
            return
        wanted = 0
        if connection.state is not State.ANSWERING:
            wanted |= _READ
        if connection.outgoing.waiting and not connection.running and connection.state is not State.LINGERING:
            wanted |= _WRITE
        known = self._selector.get_map().get(connection.sock)
        if known is None:
            if wanted:
                self._selector.register(connection.sock, wanted, connection)
        elif not wanted:
            self._selector.unregister(connection.sock)
        elif known.events != wanted:
            self._selector.modify(connection.sock, wanted, connection)

    def _overdue(self, connection: Connection) -> None:
        if connection.state is State.RECEIVING:
            raise Fault(*SLOW)
        self._end(connection, abort=connection.state is State.ANSWERING)

    def _end(self, connection: Connection, *, abort: bool = False) -> None:
        """Close a connection, and let go of its exchange in a thread, as soon as none works on it."""
        self.connections.discard(connection)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(connection.sock)
        with contextlib.suppress(OSError):
            connection.abort() if abort else connection.close()
        exchange, connection.exchange = connection.exchange, None
        if exchange is not None and not connection.running:
            self._pool.submit(exchange.close)

    # --- answers ---

    def _submit(self, connection: Connection, exchange: Exchange) -> None:
        connection.work()
        self._pool.submit(self._work, connection, exchange)

    def _work(self, connection: Connection, exchange: Exchange) -> None:
        """Make a part of the answer and send what the client takes at once; then hand over to the loop. In a thread."""
        exchange.run()
        with contextlib.suppress(OSError):  # the loop meets it again
            connection.send()
        self._finished.put(partial(self._made, connection, exchange))
        self.wake()

    def _made(self, connection: Connection, exchange: Exchange) -> None:
        """Go on after a thread has made a part of the answer."""
        connection.given_back()
        if connection.closed:
            self._pool.submit(exchange.close)
            return
        self._guarded(connection, self._send)
        if not connection.closed:
            self._guarded(connection, self._watch)

    def _send(self, connection: Connection) -> None:
        exchange = connection.exchange
        if connection.running or connection.state is State.LINGERING:
            return
        connection.send()
        if exchange is None:
            return
        if exchange.broken:
            if not connection.outgoing.waiting:
                self._end(connection, abort=True)
        elif not exchange.done:
            if connection.outgoing.waiting < AHEAD // 2:
                self._submit(connection, exchange)
        elif not connection.outgoing.waiting:
            self._completed(connection, exchange)

    def _completed(self, connection: Connection, exchange: Exchange) -> None:
        """Take the next request of a kept connection, or close it."""
        if not exchange.keeps:
            connection.exchange = None
            connection.linger()
            return
        rest = connection.next_request()
        if self._stopping:
            connection.cap_idle(_STOPPING)
        if rest:
            connection.take(rest)
            self._advance(connection)

    # --- waking ---

    def wake(self) -> None:
        with contextlib.suppress(OSError):  # full: the loop is awake
            os.write(self._wake_write, b"\0")

    def _woken(self) -> None:
        with contextlib.suppress(OSError):
            os.read(self._wake_read, 4096)
        with contextlib.suppress(Empty):
            while True:
                self._finished.get_nowait()()
