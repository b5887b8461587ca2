"""The command `guichet` itself, and what its groups of commands share: settings, application, refusals.

Only click is imported when this module is loaded: each command imports what it needs when it runs, so that `guichet
route` starts at once.
"""

from __future__ import annotations

import gc
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
@click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    help="Fichier de réglages, NOM=valeur par ligne ; l’environnement l’emporte.",
)
def main(env_file: Path | None) -> None:
    """Guichet : le guichet d’assistance qui oriente chaque demande selon l’accord signé."""
    if env_file is not None:
        from ticketing.operation import environment

        try:
            given = environment.of_file(env_file)
        except environment.UnreadableFile as error:
            refuse(str(error), 2)
        for name, value in given.items():
            os.environ.setdefault(name, value)


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
    with _uncollected():
        from ticketing.app import create_app
        from ticketing.operation import logs

        logs.configure(settings.log_level)
        _make_folders(settings)
        app = create_app(settings)
    with app.app_context():
        yield app, settings


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no garbage while the block lasts: loading makes little, and looking takes a seventh of its time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _make_folders(settings: Settings) -> None:
    """Make the folders of data and of SQLite's file where they are missing, or say which cannot be made (status 2)."""
    from sqlalchemy import make_url

    from charters import private_files

    url = make_url(settings.database_url)
    wanted = [settings.data_dir]
    if url.drivername.startswith("sqlite") and url.database not in (None, "", ":memory:"):
        wanted.append(Path(str(url.database)).parent)
    for folder in wanted:
        try:
            private_files.folder(folder.absolute())
        except OSError as error:
            refuse(f"Le dossier {folder} manque et ne peut pas être créé : {error.strerror}.", 2)


def read_conventions() -> Conventions:
    """Return the shipped agreements and those of GUICHET_CONVENTIONS_DIR, with the calendar of GUICHET_SCHOOL_CALENDAR.

    The other settings are not read. Raises ConventionError, which `known_conventions` tells and exits on.
    """
    from matrix import load_conventions
    from matrix.files import SHIPPED

    further = os.environ.get("GUICHET_CONVENTIONS_DIR")
    calendar = os.environ.get("GUICHET_SCHOOL_CALENDAR")
    return load_conventions(
        SHIPPED, *([Path(further)] if further else []), calendar=Path(calendar) if calendar else None
    )


def known_conventions() -> Conventions:
    """Return what `read_conventions` returns; where files are faulty, print every fault and end the command with 1."""
    from matrix import ConventionError

    try:
        return read_conventions()
    except ConventionError as error:
        refuse(str(error), 1)


def refuse_old_base() -> None:
    """End the command (status 1) if the database is older or newer than this program, with what to do.

    A database that does not answer is let pass: it may come back, and the pages answer 503 until then.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from ticketing.operation import schema

    try:
        unfit = schema.unfit()
    except SQLAlchemyError:
        return
    if unfit is not None:
        state, remedy = unfit
        refuse(f"{state[0].upper()}{state[1:]} : {remedy}, puis recommencez.", 1)


def refuse_lost_journal_key() -> None:
    """End the command (status 1) if this machine cannot sign the journal, with what to do."""
    from sqlalchemy.exc import SQLAlchemyError

    from charters.journal import keeping, keyring

    try:
        signable = keeping.signable()
    except SQLAlchemyError:
        return
    if not signable:
        refuse(
            f"Le journal est signé d’une clé que cette machine n’a pas : remettez {keyring.file()} de la sauvegarde, "
            "ou, si elle est perdue, « guichet audit accept ».",
            1,
        )


def refuse(sentence: str, status: int) -> NoReturn:
    """Print the sentence, in French, on the standard error, and end the command with this exit status."""
    click.echo(sentence, err=True)
    sys.exit(status)
