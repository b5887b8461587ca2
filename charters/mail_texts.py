"""Texts of mails, rendered as plain text from the templates of an operator's theme, else of `templates/mail/`.

`hand_in` is given them where the application is made. What people type is only a value: it is never
read as a template, and it is not escaped, since no browser reads a mail in plain text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from weakref import WeakKeyDictionary

from jinja2 import Environment, FileSystemLoader
from sqlalchemy import Engine

from charters.database import db


class MailTexts:
    """The templates of mails; each is taken from the first folder that has it."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(list(folders)),
            autoescape=False,  # noqa: S701 (plain text)
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def check(self, folder: Path) -> None:
        """Reads every template of mails that stands in one of the folders.

        Raises jinja2.TemplateSyntaxError, which says file and line. A mail is written in the transaction of the act
        that it tells of, so a template that cannot be read must stop the start of the program, not the act.
        """
        for path in sorted((folder / "mail").rglob("*.txt")):
            self._templates.get_template(path.relative_to(folder).as_posix())

    def subject(self, name: str, values: Mapping[str, object]) -> str:
        """The subject of the mail `mail/<name>.txt`, without its line end."""
        return self._render(name, values, "subject").removesuffix("\n")

    def body(self, name: str, values: Mapping[str, object]) -> str:
        """The body of the mail `mail/<name>.txt`."""
        return self._render(name, values, "body")

    def _render(self, name: str, values: Mapping[str, object], part: str) -> str:
        return self._templates.get_template(f"mail/{name}.txt").render({**values, "part": part})


_given: WeakKeyDictionary[Engine, MailTexts] = WeakKeyDictionary()


def hand_in(engine: Engine, texts: MailTexts) -> None:
    """Register the texts of mails for every call that works on this database, in place of any registered before."""
    _given[engine] = texts


def mail_texts() -> MailTexts:
    """The texts registered for the current database. Raises KeyError if there are none."""
    return _given[db.engine]
