"""One request answered: the application is called in a thread, and its answer made no faster than it is read.

The pieces of an answer are pulled while less than AHEAD waits to be sent; then the thread goes back to its pool. All
that the application does for one request runs in one context, whichever threads it runs in.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import Context
from itertools import islice
from typing import IO, Any

from gunicorn.http import wsgi
from gunicorn.http.parser import RequestParser

from ticketing.serving.framing import Head
from ticketing.serving.limits import AHEAD

log = logging.getLogger("guichet.server")

_AT_A_TIME = 64  # pieces sent in one call
_FAILED = (
    b"HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n"
)


class Outgoing:
    """The bytes that wait to be sent; gunicorn writes to it as to a socket."""

    def __init__(self) -> None:
        self._pieces: deque[memoryview] = deque()
        self.waiting = 0

    def sendall(self, data: bytes) -> None:
        """Add bytes at the end."""
        if data:
            self._pieces.append(memoryview(bytes(data)))
            self.waiting += len(data)

    def send(self, data: bytes) -> int:
        """Take what gunicorn sends beside answers, « 100 Continue »: the connection has sent it."""
        return len(data)

    def gettimeout(self) -> float:
        """Tell gunicorn that writing does not wait."""
        return 0.0

    def next(self) -> list[memoryview]:
        """Return the next pieces to send."""
        return list(islice(self._pieces, _AT_A_TIME))

    def sent(self, count: int) -> None:
        """Remove bytes that were sent from the front."""
        self.waiting -= count
        while count:
            first = self._pieces[0]
            if count < len(first):
                self._pieces[0] = first[count:]
                return
            count -= len(first)
            self._pieces.popleft()


class Exchange:
    """A request that is whole and its answer. `run` and `close` run in a thread, one at a time; the rest is its result.

    `done`: the answer is complete. `broken`: it is not and cannot be, so that the connection must be cut.
    `keeps`: the connection can take another request.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], cfg: Any, head: Head, body: IO[bytes]) -> None:
        self._app, self._cfg, self._head, self._body = app, cfg, head, body
        self.outgoing = Outgoing()
        self.done = self.broken = self.keeps = False
        self._context = Context()
        self._response: Any = None
        self._answer: Iterable[bytes] = ()
        self._pieces: Iterator[bytes] | None = None

    def begin(self, client: Any, server: Any, *, last: bool) -> None:
        """Read the head as gunicorn does. Raises its errors. `last`: the connection takes no other request."""
        request = next(iter(RequestParser(self._cfg, iter([self._head.raw]), client)))
        self._response, environ = wsgi.create(request, self.outgoing, client, server, self._cfg)
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ.pop("HTTP_EXPECT", None)
        if self._head.length is None:
            environ["CONTENT_LENGTH"] = str(self._body.seek(0, 2))
            self._body.seek(0)
        environ |= {
            "wsgi.input": self._body,
            "wsgi.multithread": True,
            "wsgi.file_wrapper": lambda file, size=65_536: wsgi.FileWrapper(file, 65_536),
        }
        if last:
            self._response.force_close()
        self._environ = environ

    def run(self) -> None:
        """Call the application, or go on with its answer, until enough waits to be sent or all is said."""
        try:
            self._context.run(self._pull)
        except ConnectionAbortedError as cut:  # the application ends it so, in the middle of a file
            log.warning("an answer was cut: %s", cut)
            self._fail()
        except BaseException:  # in a thread of a pool, nobody else would hear of it
            log.exception("an answer broke off")
            self._fail()
        if self.done or self.broken:
            self.close()

    def close(self) -> None:
        """Let go of the answer and the body: what the application closes at the end of a request is closed."""
        answer, self._answer, self._pieces = self._answer, (), None
        try:
            if hasattr(answer, "close"):
                self._context.run(answer.close)
        except Exception:
            log.exception("an answer could not be closed")
        finally:
            self._body.close()

    def _pull(self) -> None:
        response = self._response
        if self._pieces is None:
            self._answer = self._app(self._environ, response.start_response)
            self._pieces = iter(self._answer)
        for piece in self._pieces:
            response.write(piece)
            if self.outgoing.waiting >= AHEAD:
                return
        response.close()
        short = response.response_length is not None and response.sent < response.response_length
        if short and not response._omits_body:
            raise ConnectionAbortedError("the answer is shorter than it says")
        self.done, self.keeps = True, not response.should_close()

    def _fail(self) -> None:
        """Answer 500 if nothing was said yet, else have the connection cut: nobody takes the answer for complete."""
        if self._response is not None and self._response.headers_sent:
            self.broken = True
            return
        self.outgoing.sendall(_FAILED)
        self.done = True
