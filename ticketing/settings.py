"""The settings that the rooms of tickets need, handed in where the application is made.

Only one application serves a database at a time, so the operator's settings are found by the database's engine: the
desk reads no Flask application and no environment. (Its session comes from Flask-SQLAlchemy, which still finds the
engine through the application's context.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from charters.database import db
from charters.mail_texts import MailTexts


def _always() -> bool:
    return True


def _nobody_wrote(ticket: int, event: int) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """The operator's settings that the rooms of tickets need. Sizes are in bytes; folders are absolute.

    `files` is the folder of the tickets' files. `per_file` and `per_ticket` limit the size of a file and of all files
    of a ticket. `clamav` is the antivirus's address, empty if there is none. `base_url` is the address in mails.
    `agreements` is a folder of agreements besides the shipped ones, or None. `calendar` is a file of school holidays
    that replaces the shipped one, or None. `texts` is a folder of the signed texts themselves, or None. `mail_texts`
    are the templates of mails, `mail_from` the desk's address, `mail_key` the key that signs reply addresses and
    subject tokens, `mail_authserv` the authserv-id of the operator's relay (empty: none). `takes_mail()` says whether
    replies come in: mails ask for none that nobody would read. `close_days` is after how many days a resolved ticket
    closes, `contest_days` the working days that a contest has to be settled. `words_html` turns what people write into
    the safe HTML of the pages. `came_by(ticket, event)` gives the Message-IDs of the mail that opened the ticket and of
    the one that wrote the entry.
    `usage_for_staff` says whether people of the Éducation nationale sign the usage charter too.
    """

    files: Path
    per_file: int
    per_ticket: int
    clamav: str
    base_url: str
    agreements: Path | None
    mail_texts: MailTexts
    usage_for_staff: bool
    mail_from: str
    mail_key: bytes
    words_html: Callable[[str], str] = escape
    came_by: Callable[[int, int], Sequence[str]] = _nobody_wrote
    takes_mail: Callable[[], bool] = _always
    mail_authserv: str = ""
    close_days: int = 10
    contest_days: int = 5
    calendar: Path | None = None
    texts: Path | None = None


_given: WeakKeyDictionary[Engine, DeskSettings] = WeakKeyDictionary()


def hand_in(engine: Engine, settings: DeskSettings) -> None:
    """Register the settings for every call that works on this database, in place of any registered before."""
    _given[engine] = settings


def desk_settings() -> DeskSettings:
    """Return the settings registered for the current database. Raises KeyError if there are none."""
    return _given[db.engine]
