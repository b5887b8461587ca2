"""Applications for tests, on settings that owe nothing to the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from ticketing.demo import CONVENTIONS

SEED_KEY = Fernet.generate_key().decode()


def settings_for(folder: Path, database_url: str, **overrides: Any) -> Any:
    from config import read_settings

    values = {
        "data_dir": folder / "data", "database_url": database_url,
        "secret_key": "s" * 40, "seed_keys": SEED_KEY,
        "base_url": "http://localhost", "conventions_dir": CONVENTIONS,
    }
    return read_settings({}, **(values | overrides))


def build_app(settings: Any) -> Any:
    from ticketing.app import create_app

    app = create_app(settings)
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False  # an unforeseen exception is a 500 here as it is in service
    return app
