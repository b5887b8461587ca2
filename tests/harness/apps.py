"""Applications for tests, with settings that do not depend on the environment."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
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
    """Make Werkzeug's compiled builders of addresses shared by all applications, to save three quarters of a build.

    A builder depends only on the rule's text and defaults (converters are looked up when it runs), and every test has
    an application of its own, so the builders are cached here.
    """
    compiled: dict[Any, Any] = {}
    compile_builder = Rule._compile_builder

    def kept(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, rule.subdomain, rule.host, str(rule.defaults), rule.merge_slashes, append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = kept  # type: ignore[method-assign]


_addresses_compiled_once()


def build_app(settings: Any) -> Any:
    from ticketing.app import create_app

    app = create_app(settings)
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False  # an unexpected exception gives a 500, as in service
    return app
