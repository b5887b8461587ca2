"""The floor: a minimal Flask page over a database, with one indexed SELECT and one Jinja page of 10 kB.

It runs under the same gunicorn settings and the same SQLite pragmas as Guichet, with two workers. Any time beyond the
floor is spent in Guichet's own work: login, perimeter, counters, a real page.

    python -m bench.floor DATABASE_URL PORT
"""

from __future__ import annotations

import sys
from typing import Any

from flask import Flask, render_template
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader
from sqlalchemy import event, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.servers import WORKERS
from ticketing.operation.server import Server

ITEMS = 100_000
LINES = 60  # lines of the page, which make it 10 kB


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class Item(Base):
    __tablename__ = "floor_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    words: Mapped[str]


PAGE = """<!doctype html>
<html lang="fr">
<head><meta charset="utf-8"><title>{{ item.name }}</title></head>
<body>
<h1>{{ item.name }}</h1>
<p>{{ item.words }}</p>
<table>
<thead><tr><th scope="col">N°</th><th scope="col">Nom</th><th scope="col">Texte</th></tr></thead>
<tbody>
{% for line in range(lines) %}
<tr class="{{ 'even' if line is even else 'odd' }}">
<td><a href="/?line={{ line }}">{{ line }}</a></td>
<td>{{ item.name }}</td>
<td>{{ item.words | truncate(75) }}</td>
</tr>
{% endfor %}
</tbody>
</table>
</body>
</html>
"""


@event.listens_for(Engine, "connect")
def _pragmas(connection: Any, record: Any) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        cursor = connection.cursor()
        for pragma in ("busy_timeout = 10000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def create_app(url: str) -> Flask:
    """The floor's application on the database at `url`."""
    app = Flask("floor", static_folder=None, template_folder=None)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.jinja_loader = DictLoader({"page.html": PAGE})
    db.init_app(app)

    @app.get("/<name>")
    def page(name: str) -> str:
        item = db.session.execute(select(Item).where(Item.name == name)).scalar_one()
        return render_template("page.html", item=item, lines=LINES)

    return app


def fill() -> None:
    """Create the table of the current application and its rows."""
    db.create_all()
    if db.session.get(Item, 1) is None:
        db.session.execute(
            insert(Item),
            [
                {
                    "id": number,
                    "name": f"ligne-{number}",
                    "words": f"Le texte de la ligne {number}, de longueur ordinaire, " * 3,
                }
                for number in range(1, ITEMS + 1)
            ],
        )
        db.session.commit()


class FloorServer(Server):
    """Guichet's gunicorn server, with the floor's own database object."""

    def load_config(self) -> None:
        super().load_config()
        self.cfg.set("post_fork", _own_connections)
        self.cfg.set("proc_name", "floor")


def _own_connections(server: Any, worker: Any) -> None:
    with worker.app.wsgi().app_context():
        db.engine.dispose(close=False)


def main() -> None:
    url, port = sys.argv[1:3]
    app = create_app(url)
    with app.app_context():
        fill()
        db.session.remove()
    sys.argv[1:] = []  # gunicorn would read our arguments as its own
    FloorServer(app, f"127.0.0.1:{port}", WORKERS).run()


if __name__ == "__main__":
    main()
