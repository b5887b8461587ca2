"""Applications for tests, with settings that do not depend on the environment."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import event
from werkzeug.routing import Rule

from harness.places import ROOT

#: Invented agreements: two départements and a collège that do not exist.
CONVENTIONS = ROOT / "ticketing/demo/conventions"
SEED_KEY = Fernet.generate_key().decode()
JOURNAL_KEY = secrets.token_hex(32)


def settings_for(folder: Path, database_url: str, **overrides: Any) -> Any:
    from config import read_settings

    _keep_journal_key(folder / "data")
    values = {
        "data_dir": folder / "data",
        "database_url": database_url,
        "secret_key": "s" * 40,
        "seed_keys": SEED_KEY,
        "base_url": "http://localhost",
        "conventions_dir": CONVENTIONS,
    }
    return read_settings({}, **(values | overrides))


def _keep_journal_key(data: Path) -> None:
    """Give an application the key of the journal that every test shares, since databases are copied between them."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (data / "journal-key").exists():
        (data / "journal-key").write_text(f"1 {'0' * 64} {JOURNAL_KEY}\n")


def _addresses_compiled_once() -> None:
    """Make all applications share Werkzeug's compiled addresses, to save most of a build.

    What is compiled depends only on the rule's text and defaults, and every test has an application of its own.
    """
    compiled: dict[Any, dict[str, Any]] = {}
    compile_rule = Rule.compile
    parts = ("_parts", "_trace", "_converters", "arguments")

    def kept(rule: Rule) -> None:
        key = (rule.rule, rule.subdomain, rule.host, str(rule.defaults), rule.merge_slashes)
        if key not in compiled:
            compile_rule(rule)
            compiled[key] = {name: getattr(rule, name) for name in parts}
            compiled[key] |= {name: getattr(rule, name).__func__ for name in ("_build", "_build_unknown")}
        for name in parts:
            setattr(rule, name, compiled[key][name])
        for name in ("_build", "_build_unknown"):
            setattr(rule, name, compiled[key][name].__get__(rule, None))

    Rule.compile = kept  # type: ignore[method-assign]


_addresses_compiled_once()


class _CompiledOnce(BytecodeCache):
    """Keep the compiled templates in memory for all applications: compiling took half the time of the tests of pages.

    A bucket's key is the template's name and file, and its checksum that of the source, so a changed template or a
    theme's own is compiled anew.
    """

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


_TEMPLATES = _CompiledOnce()


def _trusting_the_disk(app: Any) -> None:
    """Let SQLite leave its commits to the operating system: no test cuts the power, and a disk is slow to wait for."""
    from charters.database import db

    with app.app_context():

        @event.listens_for(db.engine, "connect")
        def trust(connection: Any, record: Any) -> None:
            connection.execute("PRAGMA synchronous = OFF")


def build_app(settings: Any) -> Any:
    from ticketing.app import create_app

    app = create_app(settings)
    app.testing = True
    app.jinja_env.bytecode_cache = _TEMPLATES
    if settings.database_url.startswith("sqlite"):
        _trusting_the_disk(app)
    app.config["PROPAGATE_EXCEPTIONS"] = False  # an unexpected exception gives a 500, as in service
    return app
