"""A line of the log cannot be split, whatever is logged: one JSON object each, of ours and of the libraries'."""

from __future__ import annotations

import io
import json
import logging

import pytest
from _pytest import logging as pytest_logging

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
    """What the process writes on its standard error, once logs are configured."""
    import structlog

    root = logging.getLogger()
    before = list(root.handlers), root.level
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    logs.configure("INFO")
    yield out
    root.handlers[:], root.level = before
    structlog.reset_defaults()


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_one_record_is_one_line(written, hostile):
    for handler in logging.getLogger().handlers[:]:
        # The runner's own captures would carry a lone surrogate to another process, which stops the whole run.
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
