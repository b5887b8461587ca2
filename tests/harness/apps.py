"""Applications for tests, with settings that do not depend on the environment."""

from __future__ import annotations

import secrets
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from cryptography.fernet import Fernet
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map, Rule
from werkzeug.routing.matcher import StateMachineMatcher

from charters.statements import Fixed
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


class _SharedMap(Map):
    """A map of addresses whose rules, and the automaton that finds one of them, are those of every application alike.

    They were most of a build: every test has an application of its own, with the same three hundred addresses.
    """

    _matchers: ClassVar[dict[tuple[int, ...], StateMachineMatcher]] = {}

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._added: list[Rule] = []

    def add(self, rulefactory: Any) -> None:
        for rule in rulefactory.get_rules(self):
            if rule.map is None:
                rule.bind(self)
            self._added.append(rule)
            self._rules_by_endpoint.setdefault(rule.endpoint, []).append(rule)
        self._remap = True

    def update(self) -> None:
        if self._remap:
            # Every rule is kept in _RULES, so that no other one gets its id.
            key = (self.merge_slashes, *map(id, self._added))
            if key not in self._matchers:
                self._matchers[key] = StateMachineMatcher(self.merge_slashes)
                for rule in self._added:
                    self._matchers[key].add(rule)
            self._matcher = self._matchers[key]
        super().update()


_RULES: dict[tuple[str, str, tuple[str, ...], str], Rule] = {}


def _shared_rule(text: str, *, endpoint: str, methods: set[str], **options: Any) -> Rule:
    key = (text, endpoint, tuple(sorted(methods)), repr(options) if options else "")
    if key not in _RULES:
        _RULES[key] = Rule(text, endpoint=endpoint, methods=methods, **options)
    return _RULES[key]


Flask.url_map_class, Flask.url_rule_class = _SharedMap, staticmethod(_shared_rule)  # type: ignore[assignment]


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


#: The templates of pages, and those of mails: their environments compile the same template differently.
_TEMPLATES, _MAIL_TEMPLATES = _CompiledOnce(), _CompiledOnce()


#: Engine's name -> the statements compiled for it.
_STATEMENTS: dict[str, LRUCache[Any, Any]] = defaultdict(lambda: LRUCache(5000))


def _compiled_once(app: Any) -> None:
    """Make all applications share what they compile: statements alone took a third of the time of the tests of pages.

    A server compiles each statement once in its life. Here every test has an application, an engine and a dialect of
    its own, and the key of a statement holds its dialect (`_dialects_alike`).
    """
    from charters.database import db
    from charters.mail_texts import mail_texts

    app.jinja_env.bytecode_cache = _TEMPLATES
    with app.app_context():
        mail_texts()._templates.bytecode_cache = _MAIL_TEMPLATES
        db.engine._compiled_cache = _STATEMENTS[db.engine.dialect.name]


def _dialects_alike() -> None:
    """Make the dialects of all applications equal, if they are of one class: they speak to one server or library."""
    for dialect in (PGDialect_psycopg, SQLiteDialect_pysqlite):
        dialect.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign]
        dialect.__hash__ = lambda one: hash(type(one))  # type: ignore[method-assign]


_dialects_alike()

#: A dialect of each class, and what the fixed statements worked out for it, with the statement, whose id stays its own.
_DIALECTS: dict[type, Any] = {}
_PLANS: dict[tuple[int, type], tuple[Any, dict[Any, Any]]] = {}


def _fixed_statements_planned_once() -> None:
    """Make all applications share how fixed statements are run: planning them took a quarter of the tests of pages."""
    planned = Fixed._plan

    def plan(self: Fixed, dialect: Any, values: Any, many: bool) -> Any:
        one = _DIALECTS.setdefault(type(dialect), dialect)
        if self._dialect is not one:
            self._dialect, self._plans = one, _PLANS.setdefault((id(self), type(one)), (self, {}))[1]
        return planned(self, one, values, many)

    Fixed._plan = plan  # type: ignore[method-assign]


_fixed_statements_planned_once()


@cache
def _bundled_once() -> None:
    """Make all applications without a theme share the bundle of static files: packing it took a third of a build."""
    from ticketing.web import assets

    made, kept = assets.Assets, cache(assets.Assets)
    assets.Assets = lambda folders: kept(tuple(folders)) if len(folders) == 1 else made(folders)  # type: ignore


@cache
def _patient_once() -> None:
    """Lengthen the waits that give up on a slow machine: a PDF, a thumbnail or an answer that is late is no fault.

    A test of a wait sets its own.
    """
    from charters.entry import openid
    from ticketing.documents import pdf
    from ticketing.files import thumbnails

    pdf.TIMEOUT, pdf.TURN = 300.0, 300.0
    openid._TIMEOUT, thumbnails._PATIENCE = 60, 60.0


def _trusting_the_disk(app: Any) -> None:
    """Let SQLite leave its commits to the operating system: no test cuts the power, and a disk is slow to wait for."""
    from charters.database import db

    with app.app_context():

        @event.listens_for(db.engine, "connect")
        def trust(connection: Any, record: Any) -> None:
            connection.execute("PRAGMA synchronous = OFF")


def build_app(settings: Any) -> Any:
    from ticketing.app import create_app

    _bundled_once()
    _patient_once()
    app = create_app(settings)
    app.testing = True
    _compiled_once(app)
    if settings.database_url.startswith("sqlite"):
        _trusting_the_disk(app)
    app.config["PROPAGATE_EXCEPTIONS"] = False  # an unexpected exception gives a 500, as in service
    return app
