"""The kind of incident of a ticket (theft, loss, breakage) becomes a column; until now its text began by saying it.

Texts stay as they are written: the column is filled from those that begin by a line which the opening form wrote. So
going down loses the incident of tickets opened since, unless it is written into their text, which `downgrade` does.

Revision ID: 0012_incident
Revises: 0011_interruptions
"""

import tomllib
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0012_incident"
down_revision = "0011_interruptions"
branch_labels = None
depends_on = None

LONGEST = 60
#: The kinds that the shipped agreements told apart on the day of this migration.
SHIPPED = ("vol", "perte", "casse", "panne", "code d’accès")

TICKET = sa.table("ticket", sa.column("body", sa.Text()), sa.column("incident", sa.String(LONGEST)))


def upgrade() -> None:
    op.add_column("ticket", sa.Column("incident", sa.String(length=LONGEST), nullable=True))
    for incident in dict.fromkeys((*SHIPPED, *_own())):
        op.execute(TICKET.update().where(_begins(incident)).values(incident=incident))


def downgrade() -> None:
    found = op.get_bind().execute(sa.select(TICKET.c.incident).where(TICKET.c.incident.is_not(None)).distinct())
    for incident in found.scalars().all():
        unsaid = (TICKET.c.incident == incident) & sa.not_(_begins(incident))
        op.execute(TICKET.update().where(unsaid).values(body=sa.literal(f"{_line(incident)}\n\n") + TICKET.c.body))
    op.drop_column("ticket", "incident")


def _own() -> list[str]:
    """The kinds that the operator's own agreements tell apart, read from their files: GUICHET_CONVENTIONS_DIR."""
    folder = current_app.config["GUICHET"].conventions_dir
    if not folder:
        return []
    files = sorted(Path(folder).glob("*/guidance.toml"))
    found = [entry.get("incident") for file in files for entry in _guidance(file)]
    return [incident for incident in found if isinstance(incident, str) and 0 < len(incident) <= LONGEST]


def _guidance(file: Path) -> list[dict[str, object]]:
    return list(tomllib.loads(file.read_text(encoding="utf-8")).get("guidance", []))


def _line(incident: str) -> str:
    return f"Incident : {incident[:1].upper()}{incident[1:]}."


def _begins(incident: str) -> sa.ColumnElement[bool]:
    """Whether a ticket's text is the line of an incident, or begins by it."""
    line = _line(incident)
    return (TICKET.c.body == line) | (sa.func.substr(TICKET.c.body, 1, len(line) + 1) == f"{line}\n")
