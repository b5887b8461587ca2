"""No logged text can split a line of the log: each record of the program and of libraries is one JSON object."""

from __future__ import annotations

import io
import json
import logging
import re
from datetime import date
from types import SimpleNamespace

import pytest
from _pytest import logging as pytest_logging
from flask import Flask, g

from ticketing.operation import logs

HOSTILE = (
    'sigle\r\n{"event": "forged", "level": "info"}',
    "a\nb\rc",
    "a\u2028b\u2029c",
    "a\x85b\x0bc\x0cd",
    "\x1b[31m\x1b]0;x\x07",
    "\u202etxt.exe",
    "a\x00b",
    "\ud800",
    "é à « fine »",
)


@pytest.fixture
def written(monkeypatch):
    """Return what the process writes on its standard error once logs are configured."""
    root = logging.getLogger()
    before = list(root.handlers), root.level
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    logs.configure("INFO")
    yield out
    root.handlers[:], root.level = before


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_one_record_is_one_line(written, hostile):
    for handler in logging.getLogger().handlers[:]:
        # The runner's own capture would send a lone surrogate to another process, which stops the whole run.
        if isinstance(handler, pytest_logging.LogCaptureHandler):
            logging.getLogger().removeHandler(handler)
    logging.getLogger("guichet.test").warning("refused %s", hostile)
    try:
        raise ValueError(hostile)
    except ValueError:
        logging.getLogger(f"lib.{hostile[:3]}").exception(hostile)
    lines = written.getvalue().splitlines()
    assert len(lines) == 2 and all(json.loads(line)["level"] in ("warning", "error") for line in lines)
    assert not set(written.getvalue()) & set("\x1b\x07\x85\u2028\u2029\u202e\x00\x7f\ud800")
    assert hostile in json.loads(lines[0])["event"]
    written.getvalue().encode()


def test_french_stays_readable(written):
    logging.getLogger("guichet.test").info("Réponse : « à qualifier »")
    assert "Réponse : « à qualifier »" in written.getvalue()


def test_the_web_server_s_own_records_go_the_same_way(written):
    from gunicorn.config import Config

    from ticketing.operation.server import OurLogs

    log = OurLogs(Config())
    log.error("Invalid request: %s", "GET / HTTP/1.1\r\nforged: line")
    [line] = written.getvalue().splitlines()
    assert json.loads(line)["event"].startswith("Invalid request")


def test_a_line_keeps_its_form(written):
    try:
        raise ValueError("bad")
    except ValueError:
        logging.getLogger("guichet.test").exception("job %s failed", "fermer")
    line = json.loads(written.getvalue())
    assert list(line) == ["event", "logger", "level", "at", "exception"]
    assert (line["event"], line["logger"], line["level"]) == ("job fermer failed", "guichet.test", "error")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", line["at"])
    assert line["exception"].startswith("Traceback") and line["exception"].endswith("ValueError: bad")


def test_what_a_record_is_given_besides_is_written(written):
    logging.getLogger("guichet.mail").warning(
        "notice failed", extra={"notice": 12, "ticket": 34, "on": date(2026, 9, 1)}
    )
    line = json.loads(written.getvalue())
    assert (line["notice"], line["ticket"], line["on"]) == (12, 34, "2026-09-01")


def test_lines_of_a_request_bear_its_id_its_account_and_its_ticket(written):
    app = Flask("test")
    app.add_url_rule("/tickets/<int:number>", view_func=lambda number: "", endpoint="ticket")
    log = logging.getLogger("guichet.test")
    with app.test_request_context("/tickets/57"):
        log.warning("nobody yet")
        g.actor = SimpleNamespace(account_id=8)
        log.warning("theirs")
        log.warning("of another ticket", extra={"ticket": 3})
    with app.test_request_context("/"):
        log.warning("the request after")
    log.warning("none")
    nobody, theirs, other, after, none = [json.loads(line) for line in written.getvalue().splitlines()]
    assert re.fullmatch("[0-9a-f]{16}", theirs["request"]) and nobody["request"] == theirs["request"]
    assert nobody["ticket"] == 57 and "account" not in nobody
    assert (theirs["account"], theirs["ticket"], other["ticket"]) == (8, 57, 3)
    assert after["request"] != theirs["request"] and not {"account", "ticket"} & set(after)
    assert not {"request", "account", "ticket"} & set(none)
