"""The settings that the rooms of tickets need, handed in where the application is made.

A database is served by one application at a time, so what the operator set is found by the database's engine: the
desk reads no Flask application and no environment. (Its session comes from Flask-SQLAlchemy, which still finds the
engine by the application's context.)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from charters.database import db
from charters.mail_texts import MailTexts


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """What the operator set, for the rooms of tickets. Sizes in bytes; folders are absolute.

    `files`: where the files of tickets lie. `per_file`, `per_ticket`: how large a file, and all the files of a ticket,
    may be. `clamav`: the antivirus's address, empty when there is none. `base_url`: the address in mails. `agreements`:
    a folder of agreements beside the shipped ones, or None. `calendar`: a file of school holidays in the place of the
    shipped one, or None. `mail_texts`: the templates of mails. `usage_for_staff`: whether people of the Éducation
    nationale sign the usage charter too.
    """

    files: Path
    per_file: int
    per_ticket: int
    clamav: str
    base_url: str
    agreements: Path | None
    mail_texts: MailTexts
    usage_for_staff: bool
    calendar: Path | None = None


_given: WeakKeyDictionary[Engine, DeskSettings] = WeakKeyDictionary()


def hand_in(engine: Engine, settings: DeskSettings) -> None:
    """Gives the settings to every call that works on this database, in the place of those given before."""
    _given[engine] = settings


def desk_settings() -> DeskSettings:
    """The settings handed in for the current database. Raises KeyError when nobody handed any in."""
    return _given[db.engine]
