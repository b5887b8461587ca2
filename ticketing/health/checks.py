"""All checks of an installation, in the order in which they depend on each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from ticketing.health import installation, machine
from ticketing.health.findings import Finding, Level, broken
from ticketing.in_force import routing


def checked(settings: Any, now: datetime, *, network: bool) -> list[Finding]:
    """Return what all checks find.

    With `network`, the mail server and the public address are asked too, which may take ten seconds.
    """
    found = [
        *installation.settings_that_surprise(settings),
        *installation.stopped(settings),
        *machine.folders(settings),
        *machine.disk(settings),
        *machine.time_zone(),
        *machine.programs(settings),
    ]
    try:
        schema = installation.schema_up_to_date()
        found.append(schema)
        if schema.level is Level.WELL:
            found.extend(_of_database(settings, now))
    except SQLAlchemyError as error:
        remedy = "démarrez-la, vérifiez GUICHET_DATABASE_URL et les traces"
        found.append(broken("Base de données", f"elle ne répond pas ({type(error).__name__})", remedy))
    if network:
        found += [*machine.mail_server(settings), *machine.public_address(settings, now)]
    return found


def _of_database(settings: Any, now: datetime) -> Iterator[Finding]:
    yield from installation.clock(now)
    yield from installation.secrets()
    yield from installation.jobs(now)
    yield from installation.mails(settings, now)
    yield from installation.backups(settings, now)
    yield from installation.calendars(routing.router().conventions, now)
