"""Test that no client stops the pages of others, whatever it does not send or does not read.

Sixteen clients that sent half a request stopped every page, for ever.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from contextlib import ExitStack, suppress

import pytest
from harness.patient import ask, client, echo, read_to_end, serving_patiently

from ticketing.serving.limits import Limits

GET = b"GET /page HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
#: Limits of a test: patient enough for a busy machine, short enough to be waited for.
SHORT = Limits(seconds=0.4, rate=1000, keep_alive=0.4, connections=100)
#: Limits that no test waits for.
LONG = Limits(seconds=60, rate=1, connections=100)


def large(environ, start_response):
    """Answer /page at once, anything else with 40 MB, piece by piece."""
    if environ["PATH_INFO"] == "/page":
        return echo()(environ, start_response)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return (b"x" * 65_536 for _ in range(640))


SLOW = {
    "nothing": b"",
    "half a line": b"GET /pa",
    "half the headers": b"GET /page HTTP/1.1\r\nHost: h\r\nX-Half:",
    "no body": b"POST /page HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n",
    "half a body": b"POST /page HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nhalf",
    "half a chunk": b"POST /page HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf",
    "an answer never read": b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n",
}


@pytest.mark.parametrize("sent", SLOW.values(), ids=SLOW)
def test_sixteen_slow_clients_stop_no_page(sent):
    """Two threads, sixteen clients that wait: the page is answered, and no limit of time is needed for that."""
    with serving_patiently(large, LONG) as address, ExitStack() as kept:
        for _ in range(16):
            slow = kept.enter_context(client(address, small=True))
            slow.sendall(sent)
        for _ in range(5):
            assert b" 200 OK" in ask(address, GET)


@pytest.mark.parametrize("sent", SLOW.values(), ids=SLOW)
def test_a_slow_client_is_let_go_of(sent):
    """A limit on the time to receive, whatever stands in front: each of these is closed without another byte."""
    with serving_patiently(large, SHORT) as address, client(address, small=True) as slow:
        slow.sendall(sent)
        if b"/large" in sent:
            assert slow.recv(1)
            address.until_quiet()
            assert len(read_to_end(slow)) < 10_000_000
        else:
            answer = read_to_end(slow)
            assert answer.startswith(b"HTTP/1.1 408 ") if sent else answer == b""


@pytest.mark.parametrize(
    "head, drop",
    [
        (b"", b"GET /page HTTP/1.1\r\nHost: " + b"h" * 8000),
        (b"POST /page HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n", b"x" * 100_000),
        (b"POST /page HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 20_000),
    ],
    ids=["headers", "body", "chunks"],
)
def test_a_byte_at_a_time_does_not_keep_a_connection(head, drop):
    """A limit on silence alone would let these go on for hours."""
    with serving_patiently(echo(), SHORT) as address, client(address) as slow:
        slow.sendall(head)
        slow.setblocking(False)
        watched, answer, begun = selectors.DefaultSelector(), b"", time.monotonic()
        watched.register(slow, selectors.EVENT_READ)
        for at in range(len(drop)):
            with suppress(ConnectionError):
                slow.send(drop[at : at + 1])
            if watched.select(0.02):
                with suppress(ConnectionError):
                    answer = slow.recv(65_536)
                break
            assert time.monotonic() - begun < 30, "never cut"
        assert answer.startswith(b"HTTP/1.1 408 ") and "à temps".encode() in answer


def test_an_answer_read_a_byte_at_a_time_is_cut():
    with serving_patiently(large, SHORT) as address, client(address, small=True) as slow:
        slow.sendall(b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
        read, begun = 0, time.monotonic()
        with suppress(ConnectionError):
            while piece := slow.recv(1):
                read += len(piece)
                time.sleep(0.005)
                assert time.monotonic() - begun < 60, "never cut"
                if not address.loop.connections:
                    read += len(read_to_end(slow))  # what the kernel still holds
                    break
        assert read < 10_000_000


def test_a_large_body_at_a_good_rate_may_take_longer_than_the_headers():
    """The time of a body grows with what has come: a large file over a slow line is no attack."""
    limits = Limits(seconds=0.6, rate=20_000)  # each piece gives a second more, so that a slow machine is in time
    size, pieces = 200_000, 10
    with serving_patiently(echo(), limits) as address, client(address) as slow:
        slow.sendall(b"POST /page HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % size)
        begun = time.monotonic()
        for _ in range(pieces):
            slow.sendall(b"x" * (size // pieces))
            time.sleep(0.07)
        assert time.monotonic() - begun > limits.seconds
        assert b"POST /page 200000 " in read_to_end(slow)


def test_a_kept_connection_is_closed_when_nothing_more_is_asked():
    with serving_patiently(echo(), SHORT) as address, client(address) as kept:
        kept.sendall(b"GET /page HTTP/1.1\r\nHost: h\r\n\r\n")
        assert read_to_end(kept).count(b"HTTP/1.1") == 1


def test_the_connection_that_waits_longest_makes_room():
    limits = Limits(seconds=60, rate=1, connections=10)
    with serving_patiently(echo(), limits) as address, ExitStack() as kept:
        slow = [kept.enter_context(client(address)) for _ in range(30)]
        for one in slow:
            with suppress(ConnectionError):
                one.sendall(b"GET /pa")
        assert b" 200 OK" in ask(address, GET)
        assert read_to_end(slow[0]) == b""  # cut
        with suppress(ConnectionError):
            slow[-1].sendall(b"ge HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert b" 200 OK" in read_to_end(slow[-1])


def test_bodies_that_arrive_together_have_a_ceiling_on_the_disk():
    """Beyond it the body that comes slowest makes room: whoever dawdles does not keep others from sending a file."""
    limits = Limits(seconds=60, rate=1, plain=1_000_000, spooled=1_500_000)
    with serving_patiently(echo(), limits) as address, client(address) as first:
        first.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 800_000)
        until = time.monotonic() + 60
        while not any(one.spooled == 800_000 for one in address.loop.connections):
            assert time.monotonic() < until
            time.sleep(0.01)
        sent = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n"
        assert b" 200 OK" in ask(address, sent + b"x" * 1_000_000)
        answer = read_to_end(first)
        assert answer.startswith(b"HTTP/1.1 503 ") and b"Retry-After" in answer


def test_a_client_that_leaves_half_way_is_forgotten_and_its_answer_closed():
    closed = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        try:
            while True:
                yield b"x" * 65_536
        finally:
            closed.set()

    with serving_patiently(app, LONG) as address:
        with client(address) as gone:
            gone.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert gone.recv(100)
            gone.shutdown(socket.SHUT_RDWR)
        assert closed.wait(60)


def test_an_answer_that_breaks_off_is_not_taken_for_complete():
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/csv")])
        yield b"a;b\n" * 100
        raise RuntimeError("cut")

    with serving_patiently(app, LONG) as address:
        answer = ask(address, GET)
        assert b"a;b\n" in answer and not answer.endswith(b"0\r\n\r\n")


def test_an_application_that_is_slow_between_two_parts_is_not_its_reader_s_fault():
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"x" * 300_000
        time.sleep(0.5)
        yield b"end"

    limits = Limits(seconds=0.2, rate=1_000_000)
    with serving_patiently(app, limits) as address, client(address, small=True) as slow:
        slow.sendall(GET)
        assert b"end" in read_to_end(slow)


def test_a_connection_is_not_closed_under_the_thread_that_answers_it():
    """Its number could be another connection's by the time the thread sends: one person's page to another."""
    held, go = threading.Event(), threading.Event()

    def app(environ, start_response):
        held.set()
        go.wait(60)
        return echo()(environ, start_response)

    with serving_patiently(app, Limits(seconds=30)) as address, client(address) as gone:
        gone.sendall(GET)
        assert held.wait(60)
        (connection,) = address.loop.connections
        connection.close()
        assert connection.closed and connection.sock.fileno() >= 0
        go.set()
        until = time.monotonic() + 60
        while connection.sock.fileno() >= 0:
            assert time.monotonic() < until
            time.sleep(0.01)


def test_a_disk_that_is_full_is_said(monkeypatch):
    from ticketing.serving import framing

    def full(self):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(framing.Reception, "_take_body", full)
    with serving_patiently(echo(), LONG) as address:
        answer = ask(address, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf")
        assert answer.startswith(b"HTTP/1.1 503 ") and b"Retry-After" in answer
