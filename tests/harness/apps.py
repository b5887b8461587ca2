"""Applications for tests, on settings that owe nothing to the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from werkzeug.routing import Rule

from harness.places import ROOT

#: Agreements that are in no paper: two départements and a collège of fiction.
CONVENTIONS = ROOT / "ticketing/demo/conventions"
SEED_KEY = Fernet.generate_key().decode()


def settings_for(folder: Path, database_url: str, **overrides: Any) -> Any:
    from config import read_settings

    values = {
        "data_dir": folder / "data",
        "database_url": database_url,
        "secret_key": "s" * 40,
        "seed_keys": SEED_KEY,
        "base_url": "http://localhost",
        "conventions_dir": CONVENTIONS,
    }
    return read_settings({}, **(values | overrides))


def _addresses_compiled_once() -> None:
    """Werkzeug compiles what writes an address anew for every application: three quarters of the time to build one.

    What it makes depends on the rule's text and defaults alone (converters are looked up when it runs), and every
    test has an application of its own: kept here from one to the next.
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
    app.config["PROPAGATE_EXCEPTIONS"] = False  # an unforeseen exception is a 500 here as it is in service
    return app
