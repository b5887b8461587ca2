"""Test the relays' configurations that ship, with a real nginx and a real Apache before the server's own loop."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, suppress

import pytest
from harness.needs import lacking
from harness.patient import ask, client, read_to_end, serving_patiently
from harness.places import ROOT

from ticketing.serving.limits import Limits

FRAME = """
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
daemon off;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/guichet.conf;
}}
"""
APACHE = """
ServerRoot {folder}
ServerName guichet.exemple.fr
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog {folder}/error.log
Mutex file:{folder}
LogFormat "%h %r" combined
"""
LARGEST = 3_000_000
#: The paths of the requests that reached the application.
REACHED: list[str] = []


def seen(environ, start_response):
    """Answer with what reached the application; /cut breaks an answer off, with or without its length."""
    path = environ["PATH_INFO"]
    REACHED.append(path)
    if path.startswith("/cut"):
        length = [("Content-Length", "1000000")] if path == "/cut-length" else []
        start_response("200 OK", [("Content-Type", "text/csv"), *length])
        return broken()
    body = environ["wsgi.input"].read()
    answer = f"{environ.get('HTTP_X_FORWARDED_FOR')} {environ.get('HTTP_FORWARDED')} {len(body)}".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]


def broken():
    yield b"a;b\n" * 1000
    raise RuntimeError("cut")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def program(name, package):
    """Return the path of a relay's program, which Debian keeps off people's PATH."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/sbin")
    if found is None:
        lacking(name, package)
    return found


def shipped(name, changes):
    """Return a shipped configuration, with these changes and without its certificate."""
    text = (ROOT / "deploy/relais" / name).read_text("utf-8")
    text = re.sub(r"(?m)^\s*(ssl_certificate|SSL[A-Z]).*$", "", text)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def nginx(folder, port, behind):
    text = shipped(
        "nginx.conf",
        [
            ("listen 443 ssl;", f"listen 127.0.0.1:{port};"),
            ("http://127.0.0.1:8000", behind),
            ("/var/log/nginx/guichet.log", f"{folder}/access.log"),
            ("client_header_timeout 20s", "client_header_timeout 1s"),
        ],
    )
    text = re.sub(r"server \{\s+listen 80;.*?\n\}\n", "", text, count=1, flags=re.DOTALL)
    (folder / "guichet.conf").write_text(text)
    (folder / "nginx.conf").write_text(FRAME.format(folder=folder, user="user root;" if os.geteuid() == 0 else ""))
    return [
        program("nginx", "nginx-light"),
        *("-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")),
    ]


def apache(folder, port, behind):
    text = shipped(
        "apache.conf",
        [
            ("*:443", f"127.0.0.1:{port}"),
            ("http://127.0.0.1:8000", behind),
            ("/var/log/apache2/guichet.log", f"{folder}/access.log"),
            ("header=20", "header=1"),
            ("LimitRequestBody 101000000", f"LimitRequestBody {LARGEST}"),
        ],
    )
    text = re.sub(r"<VirtualHost \*:80>.*?</VirtualHost>\n", "", text, count=1, flags=re.DOTALL)
    loaded = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in MODULES)
    (folder / "apache.conf").write_text(APACHE.format(folder=folder, port=port) + loaded + text)
    return [program("apache2", "apache2-bin"), "-f", str(folder / "apache.conf"), "-D", "FOREGROUND"]


#: The modules that the head of the configuration names, and those that Debian always enables.
MODULES = ("mpm_event", "authz_core", "env", "setenvif", "alias", "headers", "reqtimeout", "proxy", "proxy_http")


@pytest.fixture(scope="module", params=[nginx, apache], ids=lambda kind: kind.__name__)
def relay(request, tmp_path_factory):
    """The shipped configuration with its address, certificate and times changed, and nothing else."""
    folder, port = tmp_path_factory.mktemp("relay"), free_port()
    with serving_patiently(seen, Limits(plain=LARGEST, largest=LARGEST), threads=2) as address:
        command = request.param(folder, port, "http://{}:{}".format(*address))
        done = subprocess.run([*command, "-t"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            for _ in range(500):
                with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.01)
            yield ("127.0.0.1", port), address, folder
        finally:
            process.terminate()
            process.wait(10)


GET = b"GET /connexion HTTP/1.1\r\nHost: guichet.exemple.fr\r\nConnection: close\r\n"


def test_the_address_the_relay_saw_comes_last(relay):
    address, _, _ = relay
    answer = ask(address, GET + b"X-Forwarded-For: 10.65.0.1\r\nForwarded: for=10.65.0.1\r\n\r\n")
    assert b"\r\n\r\n10.65.0.1, 127.0.0.1 " in answer


def test_slow_clients_of_the_relay_hold_nothing_of_guichet(relay):
    address, behind, _ = relay
    with ExitStack() as kept:
        for turn in range(30):
            slow = kept.enter_context(client(address))
            slow.sendall(b"GET /conn" if turn % 2 else GET.replace(b"GET", b"POST") + b"Content-Length: 9\r\n\r\nhalf")
        assert b" 200 OK" in ask(address, GET + b"\r\n")
        assert not behind.loop.connections or all(one.reception.head for one in behind.loop.connections)


def test_half_a_head_is_cut_by_the_relay(relay):
    address, _, _ = relay
    with client(address) as slow:
        slow.sendall(b"GET /conn")
        assert read_to_end(slow)[:12] in (b"", b"HTTP/1.1 408")


def test_a_large_file_goes_through_and_a_larger_one_is_refused_in_french(relay):
    address, _, folder = relay
    for size, expected in ((2_500_000, b"127.0.0.1 None 2500000"), (3_500_000, b"taille permise")):
        sent = GET.replace(b"GET", b"POST") + b"Content-Length: %d\r\n\r\n" % size + b"x" * size
        assert expected in ask(address, sent)
    assert not [path for path in (folder / "body").rglob("*") if path.is_file()]


@pytest.mark.parametrize("path", [b"/cut", b"/cut-length"])
def test_a_file_that_guichet_cuts_is_not_complete_behind_the_relay(relay, path):
    address, _, _ = relay
    answer = ask(address, GET.replace(b"/connexion", path) + b"\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"a;b\n" in body and not body.endswith(b"0\r\n\r\n")
    assert (b"chunked" in head) or (b"Content-Length: 1000000" in head and len(body) < 1_000_000)


def test_a_smuggled_request_does_not_reach_guichet(relay):
    address, _, _ = relay
    hidden = b"0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: h\r\n\r\n"
    answer = ask(
        address, GET.replace(b"GET", b"POST") + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + hidden
    )
    # nginx refuses two lengths; Apache reads the body by its chunks, and hands on one request, without the other.
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 200")) and answer.count(b"HTTP/1.1") == 1
    assert "/hidden" not in REACHED


def test_links_that_are_secrets_stay_out_of_the_relay_s_log(relay):
    address, _, folder = relay
    for path in (b"/cle/secret-de-lien", b"/code-pin/secret-de-lien", b"/tickets"):
        ask(address, GET.replace(b"/connexion", path) + b"\r\n")
    logged = (folder / "access.log").read_text()
    assert "/tickets" in logged and "secret-de-lien" not in logged
