"""Test where a request ends, and that what two programs could cut in two ways is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.serving.framing import Fault, Reception, read_head

POST = b"POST /x HTTP/1.1\r\nHost: h\r\n"


def received(data: bytes, plain: int = 1000, largest: int = 5000) -> Reception:
    reception = Reception(plain, largest)
    reception.feed(data)
    return reception


def status(data: bytes, **bounds: int) -> int:
    with pytest.raises(Fault) as fault:
        received(data, **bounds)
    return fault.value.status


SMUGGLING = {
    "both a length and chunks": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "chunks and a length": b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
    "two lengths": b"Content-Length: 5\r\nContent-Length: 6\r\n",
    "the same length twice": b"Content-Length: 5\r\nContent-Length: 5\r\n",
    "a list of lengths": b"Content-Length: 5, 5\r\n",
    "a signed length": b"Content-Length: +5\r\n",
    "a negative length": b"Content-Length: -5\r\n",
    "a hexadecimal length": b"Content-Length: 0x5\r\n",
    "an empty length": b"Content-Length:\r\n",
    "a length with an underscore in digits": b"Content-Length: 1_0\r\n",
    "an absurd length": b"Content-Length: 99999999999999999999\r\n",
    "digits of another script": "Content-Length: ٥\r\n".encode(),
    "a blank before the colon": b"Content-Length : 5\r\n",
    "a blank before the coding's colon": b"Transfer-Encoding : chunked\r\n",
    "a folded line": b"Transfer-Encoding:\r\n chunked\r\n",
    "a line that begins with a blank": b" Content-Length: 5\r\n",
    "a bare LF": b"X: y\nTransfer-Encoding: chunked\r\n",
    "a bare CR": b"X: y\rTransfer-Encoding: chunked\r\n",
    "a NUL": b"X: y\0\r\n",
    "two codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "a line without a colon": b"Content-Length 5\r\n",
    "a name of no token": b"Content[Length]: 5\r\n",
}


@pytest.mark.parametrize("lines", SMUGGLING.values(), ids=SMUGGLING)
def test_a_request_that_could_end_in_two_places_is_refused(lines):
    assert status(POST + lines + b"\r\nhello") == 400


@pytest.mark.parametrize(
    "host",
    [b"", b"Host: a\r\nHost: b\r\n", b"Host: a\r\nhost: a\r\n", b"Host:\r\n"]
    + [
        b"Host: " + name + b"\r\n"
        for name in (b"a b", b"a,b", b'a"b', b"a/b", b"u@a", b"\xff", b"[::1", b"a:x", b"a#b")
    ],
)
def test_security_a_request_that_two_programs_could_give_to_two_sites_is_refused(host):
    assert status(b"GET /x HTTP/1.1\r\n" + host + b"\r\n") == 400


@pytest.mark.parametrize("host", [b"guichet.fr", b"GUICHET.fr:8080", b"127.0.0.1", b"[::1]:8000", b"web_1"])
def test_a_request_that_names_one_site_is_taken(host):
    assert received(b"GET /x HTTP/1.1\r\nHost: " + host + b"\r\n\r\n").whole
    assert received(b"GET /x HTTP/1.0\r\n\r\n").whole, "HTTP/1.0 needs none"


@pytest.mark.parametrize(
    "coding", ["gzip", "chunked, gzip", "gzip, chunked", "identity", "xchunked", "chunked;q=1", ""]
)
def test_a_coding_other_than_chunked_is_refused(coding):
    assert status(POST + f"Transfer-Encoding: {coding}\r\n\r\n".encode()) == 501


def test_chunks_are_no_business_of_http_1_0():
    assert status(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400


@pytest.mark.parametrize(
    "line",
    [
        b"GET /",
        b"GET  / HTTP/1.1",
        b"GET / HTTP/2.0",
        b"GET / HTTP/1.10",
        b"GET / http/1.1",
        b"GET /a b HTTP/1.1",
        b"GET /\xc3\xa9 HTTP/1.1",
        b" GET / HTTP/1.1",
        b"PRI * HTTP/2.0",
        b"",
    ],
)
def test_a_request_line_that_is_none_is_refused(line):
    with pytest.raises(Fault) as fault:
        read_head(line + b"\r\nHost: h\r\n\r\n")
    assert fault.value.status == 400


def test_absurd_heads_are_refused_before_they_end():
    assert status(b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n") == 414
    assert status(POST + b"A: b\r\n" * 101 + b"\r\n") == 431
    assert status(POST + b"A: " + b"b" * 40_000) == 431
    assert status(POST + b"A: b\r\n" * 100_000) == 431
    assert received(POST + b"A: b\r\n" * 98 + b"\r\n").whole


@pytest.mark.parametrize("expected", ["200-ok", "100-continue, x", "chicken"])
def test_an_expectation_other_than_100_continue_is_refused(expected):
    assert status(POST + f"Expect: {expected}\r\n\r\n".encode()) == 417


def test_a_body_too_large_is_refused_from_its_head_alone():
    assert status(POST + b"Content-Length: 1001\r\n\r\n") == 413
    assert status(POST + b"Transfer-Encoding: chunked\r\n\r\n3e9\r\n") == 413
    assert status(POST + b"Transfer-Encoding: chunked\r\n\r\n1f4\r\n" + b"x" * 500 + b"\r\n1f5\r\n") == 413


MEMBER = POST + b"Content-Type: multipart/form-data; boundary=b\r\nCookie: a=b; %s=token\r\n"


@pytest.mark.parametrize("cookie", [b"guichet", b"__Host-guichet"])
def test_a_large_body_is_taken_from_somebody_who_shows_a_login(cookie):
    """The large body of an anonymous request is not received at all."""
    assert not received(MEMBER % cookie + b"Content-Length: 5000\r\n\r\n").whole
    assert status(MEMBER % cookie + b"Content-Length: 5001\r\n\r\n") == 413
    assert status(MEMBER % b"guichet_form" + b"Content-Length: 1001\r\n\r\n") == 413
    assert status(MEMBER.replace(b"multipart", b"application") % cookie + b"Content-Length: 1001\r\n\r\n") == 413


BAD_CHUNKS = {
    "no size": b"\r\nhello\r\n0\r\n\r\n",
    "a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "a prefix": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a negative size": b"-5\r\nhello\r\n0\r\n\r\n",
    "too short a size": b"4\r\nhello\r\n0\r\n\r\n",
    "a bare LF after the size": b"5\nhello\r\n0\r\n\r\n",
    "a bare LF in the extension": b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    "an endless extension": b"5;" + b"a" * 300,
    "no CRLF after the data": b"5\r\nhelloXX0\r\n\r\n",
    "endless trailers": b"0\r\n" + b"A" * 9000,
}


@pytest.mark.parametrize("chunks", BAD_CHUNKS.values(), ids=BAD_CHUNKS)
def test_chunks_that_two_programs_could_read_in_two_ways_are_refused(chunks):
    assert status(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks) == 400


def test_chunks_their_extensions_and_their_trailers_are_read():
    chunks = b"5;name=value\r\nhello\r\n006 ;x\r\n world\r\n0\r\nTrailer: x\r\n\r\nGET /next"
    reception = received(POST + b"Transfer-Encoding: CHUNKED\r\n\r\n" + chunks)
    assert reception.whole and reception.body.read() == b"hello world" and reception.rest == b"GET /next"


@given(st.binary(max_size=300), st.lists(st.integers(1, 50), max_size=20), st.booleans(), st.binary(max_size=20))
def test_a_request_is_the_same_however_its_bytes_come(body, cuts, chunked, rest):
    if chunked:
        lines = b"".join(b"%x\r\n%s\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7))
        sent = POST + b"Transfer-Encoding: chunked\r\n\r\n" + lines + b"0\r\n\r\n" + rest
    else:
        sent = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body + rest
    reception, left = Reception(1000, 1000), sent
    for cut in [*cuts, len(sent)]:
        if reception.whole:
            break
        reception.feed(left[:cut])
        left = left[cut:]
    assert reception.whole and reception.body.read() == body
    assert reception.rest + left == rest


def test_one_empty_line_may_come_before_a_request_and_no_more():
    assert received(b"\r\n" + POST + b"\r\n").whole
    assert status(b"\r\n\r\n\r\n" + POST + b"\r\n") == 400


def test_a_body_leaves_nothing_behind(tmp_path, monkeypatch):
    """Not even while it is received: its file has no name."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    reception = received(POST + b"Content-Length: 200000\r\n\r\n" + b"x" * 150_000, plain=200_000)
    assert reception.received == 150_000 and not list(tmp_path.iterdir())
    reception.close()
    assert not list(tmp_path.iterdir())
