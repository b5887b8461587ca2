"""The command `guichet` itself, and what its groups of commands share: settings, application, refusals.

Only click is imported when this module is loaded: each command imports what it needs when it runs, so that `guichet
route` starts at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings
    from matrix import Conventions


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="guichet", message="%(version)s")
def main() -> None:
    """Guichet : le guichet d’assistance qui oriente chaque demande selon l’accord signé."""


@contextmanager
def application(**overrides: Any) -> Iterator[tuple[Flask, Settings]]:
    """Yield the application, in its context, and the settings that it was made with.

    `overrides` replace settings by name; those that are None are ignored. All faults of configuration are printed
    together, and the exit status is then 2.
    """
    from config import ConfigurationError, read_settings

    try:
        settings = read_settings(**{name: value for name, value in overrides.items() if value is not None})
    except ConfigurationError as error:
        refuse(str(error), 2)
    from ticketing.app import create_app
    from ticketing.operation import logs

    logs.configure(settings.log_level)
    app = create_app(settings)
    with app.app_context():
        yield app, settings


def read_conventions() -> Conventions:
    """Return the shipped agreements and those of GUICHET_CONVENTIONS_DIR, with the calendar of GUICHET_SCHOOL_CALENDAR.

    The other settings are not read.
    """
    from matrix import load_conventions
    from matrix.files import SHIPPED

    further = os.environ.get("GUICHET_CONVENTIONS_DIR")
    calendar = os.environ.get("GUICHET_SCHOOL_CALENDAR")
    return load_conventions(
        SHIPPED, *([Path(further)] if further else []), calendar=Path(calendar) if calendar else None
    )


def refuse(sentence: str, status: int) -> NoReturn:
    """Print the sentence, in French, on the standard error, and end the command with this exit status."""
    click.echo(sentence, err=True)
    sys.exit(status)
