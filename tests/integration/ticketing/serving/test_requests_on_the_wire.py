"""Test kept connections, pipelined requests, « 100 Continue », and that no request begins inside another."""

from __future__ import annotations

import pytest
from harness.patient import ask, client, echo, read_to_end, serving_patiently

from ticketing.serving.limits import Limits

LIMITS = Limits(seconds=30, keep_alive=30)


@pytest.fixture(scope="module")
def said():
    return []


@pytest.fixture(scope="module")
def address(said):
    with serving_patiently(echo(said), LIMITS) as address:
        yield address


def test_pipelined_requests_are_answered_in_their_order(address):
    requests = b"".join(b"POST /%d HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nb%02d" % (n, n) for n in range(20))
    answer = ask(address, requests + b"GET /end HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    found = answer.split(b"\r\n\r\n")[1:]
    assert [one.split(b"HTTP")[0] for one in found] == [
        *(b"POST /%d 3 b%02d" % (n, n) for n in range(20)),
        b"GET /end 0 ",
    ]


def test_a_body_that_looks_like_a_request_is_a_body(address, said):
    inner = b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
    request = b"POST /outer HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(inner)
    assert b"POST /outer" in ask(address, request + inner)
    assert not any(b"GET /smuggled" in one[:20] for one in said)


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Content-Length: 4\r\nContent-Length: 60\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding\t: chunked\r\n",
    ],
)
def test_a_request_hidden_behind_two_lengths_is_never_read(address, said, framing):
    hidden = b"0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: h\r\n\r\n"
    answer = ask(address, b"POST /outer HTTP/1.1\r\nHost: h\r\n" + framing + b"\r\n" + hidden)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 ")) and answer.count(b"HTTP/1.1") == 1
    assert not any(b"/hidden" in one for one in said)


def test_what_waits_for_100_continue_is_told_to_go_on(address):
    with client(address) as sock:
        sock.sendall(
            b"POST /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
        )
        assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"hello")
        assert b"POST /x 5 hello" in read_to_end(sock)


def test_what_is_too_large_is_refused_instead_of_being_told_to_go_on(address):
    answer = ask(address, b"POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5000000\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ") and b"taille permise" in answer


@pytest.mark.parametrize(
    "request_, status",
    [
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 5000 + b"\r\n", b"431"),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/3.0\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),  # gunicorn refuses it
        (b"GET / HTTP/1.1\r\nHost: a\r\nExpect: pie\r\n\r\n", b"417"),
    ],
)
def test_an_absurd_head_is_refused_and_closes(address, request_, status):
    answer = ask(address, request_)
    assert answer.startswith(b"HTTP/1.1 " + status) and answer.endswith(b"</html>\n")


def test_http_1_0_is_answered_and_closed(address):
    assert ask(address, b"GET /old HTTP/1.0\r\n\r\n").endswith(b"GET /old 0 ")


def test_chunks_reach_the_application_with_their_length(address):
    chunks = b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"
    answer = ask(
        address, b"POST /c HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    )
    assert answer.endswith(b"POST /c 6 hello!")


def test_an_application_that_fails_is_answered_by_500():
    def app(environ, start_response):
        raise RuntimeError("no")

    with serving_patiently(app, LIMITS) as address:
        assert ask(address, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").startswith(b"HTTP/1.1 500 ")


def test_a_request_under_way_is_finished_when_the_server_stops():
    with serving_patiently(echo(), LIMITS) as address:
        sock = client(address)
        sock.sendall(b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\no")
        while not address.loop.connections:
            pass
        sock.sendall(b"k")
    with sock:
        assert b"POST /x 2 ok" in read_to_end(sock)
