"""Test the server as it runs: gunicorn's processes, our workers, a stop in the middle of a request."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress

import pytest
from harness.patient import ask, client, read_to_end
from harness.places import ROOT

SCRIPT = """
import os, sys
from flask import Flask, request
from charters.database import db
from ticketing.operation.server import Server
from ticketing.serving.limits import Limits

app = Flask("x")
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db.init_app(app)

@app.route("/", methods=["GET", "POST"])
def page():
    return f"{request.get_data(as_text=True)} {os.getpid()}"

Server(app, sys.argv[1], 2, Limits(seconds=60)).run()
"""


@pytest.fixture
def served(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as found:
        address = found.getsockname()
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "{}:{}".format(*address)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        for _ in range(3000):
            with suppress(OSError), socket.create_connection(address):
                break
            assert process.poll() is None, process.stdout.read()
            time.sleep(0.01)
        yield address, process
    finally:
        process.kill()
        process.wait(10)


def test_the_processes_serve_beside_slow_clients_and_stop_without_losing_a_request(served):
    address, process = served
    with ExitStack() as kept:
        for _ in range(32):
            kept.enter_context(client(address)).sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf")
        answer = ask(address, b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", timeout=30)
        assert answer.startswith(b"HTTP/1.1 200 ")
        whole = kept.enter_context(client(address, timeout=30))
        whole.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert whole.recv(100).startswith(b"HTTP/1.1 100 ")
        process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        whole.sendall(b"whole")
        answer = read_to_end(whole)
        assert b"whole " in answer
    assert process.wait(30) == 0, process.stdout.read()
