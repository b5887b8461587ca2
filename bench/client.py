"""A client that acts as a browser: it logs in with sigle, PIN and code, keeps its cookies and checks the answers.

Its own cost is a few tens of microseconds a request (a plain socket, kept open), so the server is what is measured.
"""

from __future__ import annotations

import html
import re
import secrets
import socket
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from charters.keys import otp

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *([^\r\n]+)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^=;\r\n]+)=([^;\r\n]*)", re.IGNORECASE)
_CSRF = re.compile(r'name="csrf_token"[^>]*\bvalue="([^"]+)"')
_FORM_TOKEN = re.compile(r'name="token"[^>]*\bvalue="([^"]+)"')


class WrongAnswer(Exception):
    """Raised for an answer that a scenario does not expect, so that it is not measured."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the server. `seconds`: from the first byte sent to the last byte received."""

    status: int
    body: bytes
    seconds: float
    location: str = ""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def compressed(self) -> int:
        """The size in bytes of the body as a proxy would send it (deflate, level 6)."""
        return len(zlib.compress(self.body, 6))


@dataclass(slots=True)
class Client:
    """One browser, with one connection that stays open and its cookies."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    _socket: socket.socket | None = None

    def get(self, path: str) -> Answer:
        return self._send(f"GET {path} HTTP/1.1\r\n", b"")

    def post(self, path: str, values: Mapping[str, str], *, multipart: bool = False) -> Answer:
        if multipart:
            boundary = secrets.token_hex(16)
            body = _multipart(values, boundary)
            kind = f"multipart/form-data; boundary={boundary}"
        else:
            body, kind = urlencode(values).encode(), "application/x-www-form-urlencoded"
        head = f"POST {path} HTTP/1.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        return self._send(head, body)

    def log_in(self, sigle: str, pin: str, seed: bytes) -> None:
        """Log in by the form with the current code; if that code was already used, wait for the next one."""
        form = self.get("/connexion")
        for _ in range(2):
            step = otp.step_at(datetime.now(UTC))
            values = {"csrf_token": csrf(form), "sigle": sigle, "pin": pin, "code": otp.code_at(seed, step)}
            answer = self.post("/connexion", values)
            if answer.status == 303:
                break
            time.sleep((step + 1) * otp.PERIOD - time.time() + 0.1)
        else:
            raise WrongAnswer(f"{sigle} is not let in: {answer.status}")
        home = self.get(answer.location)
        if home.status not in (200, 303):
            raise WrongAnswer(f"{sigle} meets {home.status} after the login")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, head: str, body: bytes) -> Answer:
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        request = f"{head}Host: 127.0.0.1:{self.port}\r\nAccept: text/html\r\nCookie: {jar}\r\n\r\n".encode() + body
        kept = self._socket is not None
        try:
            return self._exchange(request)
        except ConnectionError:
            self.close()
            if not kept:
                raise
            return self._exchange(request)  # the server closed an idle connection before it read anything

    def _exchange(self, request: bytes) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        begun = time.perf_counter()
        self._socket.sendall(request)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head, body = received[:end], received[end + 4 :]
        if _CHUNKED.search(head):
            while not body.endswith(b"0\r\n\r\n"):
                body += self._more()
            body = _unchunked(body)
        else:
            length = _LENGTH.search(head)
            wanted = int(length[1]) if length else 0
            while len(body) < wanted:
                body += self._more()
        seconds = time.perf_counter() - begun
        status, location = _STATUS.match(head), _LOCATION.search(head)
        assert status is not None
        for name, value in _COOKIE.findall(head):
            self.cookies[name.decode()] = value.decode()
        if _CLOSE.search(head):
            self.close()
        return Answer(int(status[1]), body, seconds, location[1].decode() if location else "")

    def _more(self) -> bytes:
        assert self._socket is not None
        piece = self._socket.recv(262_144)
        if not piece:
            raise ConnectionError("the server closed the connection")
        return piece


def csrf(answer: Answer) -> str:
    """The token of the forms of a page."""
    return _found(_CSRF, answer)


def form_token(answer: Answer) -> str:
    """The one-time token of a page's form."""
    return _found(_FORM_TOKEN, answer)


def _found(pattern: re.Pattern[str], answer: Answer) -> str:
    found = pattern.search(answer.text)
    if not found:
        raise WrongAnswer(f"no form ({answer.status}): {answer.text[:300]}")
    return html.unescape(found[1])


def _multipart(values: Mapping[str, str], boundary: str) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in values.items()
    ]
    return ("".join(parts) + f"--{boundary}--\r\n").encode()


def _unchunked(body: bytes) -> bytes:
    pieces = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            break
        pieces.append(rest[:length])
        body = rest[length + 2 :]
    return b"".join(pieces)
