"""Texts of mails, rendered from the templates of an operator's theme, else of `templates/mail/`.

`hand_in` is given them where the application is made. What people type is only a value: it is never read as a template.
It is escaped in the HTML part, and not in the plain text, which no browser reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from weakref import WeakKeyDictionary

from jinja2 import Environment, FileSystemLoader, select_autoescape
from sqlalchemy import Engine

from charters.database import db
from matrix.french.grammar import at, to, with_article


class MailTexts:
    """The templates of mails; each is taken from the first folder that has it."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(list(folders)),
            autoescape=select_autoescape(("html",), disabled_extensions=("txt",)),
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters.update(at=at, the=with_article, to=to)

    def check(self, folder: Path) -> None:
        """Reads every template of mails that stands in one of the folders.

        Raises jinja2.TemplateSyntaxError, which says file and line. A mail is written in the transaction of the act
        that it tells of, so a template that cannot be read must stop the start of the program, not the act.
        """
        paths = (folder / "mail").rglob("*")
        for path in sorted(path for path in paths if path.suffix in (".txt", ".html")):
            self._templates.get_template(path.relative_to(folder).as_posix())

    def subject(self, name: str, values: Mapping[str, object]) -> str:
        """The subject of the mail `mail/<name>.txt`, without its line end."""
        return self._render(name, values, "subject").removesuffix("\n")

    def body(self, name: str, values: Mapping[str, object]) -> str:
        """The body of the mail `mail/<name>.txt`."""
        return self._render(name, values, "body")

    def piece(self, name: str, values: Mapping[str, object], part: str) -> str:
        """One piece of the mail `mail/<name>.txt`, such as what happened, without blanks around it."""
        return self._render(name, values, part).strip()

    def html(self, name: str, values: Mapping[str, object]) -> str:
        """The HTML part of the mail `mail/<name>.html`; where there is none, the page that all of its folder share.

        `notices/opened` is looked for as `mail/notices/opened.html`, then as `mail/notice.html`.
        """
        shared = name.partition("/")[0].removesuffix("s")
        return self._templates.select_template([f"mail/{name}.html", f"mail/{shared}.html"]).render(values)

    def _render(self, name: str, values: Mapping[str, object], part: str) -> str:
        return self._templates.get_template(f"mail/{name}.txt").render({**values, "part": part})


_given: WeakKeyDictionary[Engine, MailTexts] = WeakKeyDictionary()


def hand_in(engine: Engine, texts: MailTexts) -> None:
    """Register the texts of mails for every call that works on this database, in place of any registered before."""
    _given[engine] = texts


def mail_texts() -> MailTexts:
    """The texts registered for the current database. Raises KeyError if there are none."""
    return _given[db.engine]
