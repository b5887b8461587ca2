"""`guichet` run inside the test's process, on the database of a test: starting a process would take a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from click.testing import CliRunner, Result

from ticketing.commands.cli import main


def command(settings: Any) -> Callable[..., Result]:
    """Return a function: `guichet("maintenance", "on")` runs the command on the database and folder of `settings`.

    Keyword arguments are environment variables that replace those of the settings.
    """
    kept = {
        "GUICHET_DATABASE_URL": settings.database_url,
        "GUICHET_SECRET_KEY": settings.secret_key,
        "GUICHET_SEED_KEYS": ",".join(settings.seed_keys),
        "GUICHET_DATA_DIR": str(settings.data_dir),
        "GUICHET_CONVENTIONS_DIR": str(settings.conventions_dir),
        "GUICHET_BASE_URL": settings.base_url,
    }

    def run(*arguments: str, **environ: str) -> Result:
        return CliRunner().invoke(main, arguments, env=kept | environ)

    return run
