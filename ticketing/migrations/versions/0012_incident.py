"""Give the kind of incident of a ticket (theft, loss, breakage) a column; until now the ticket's text began with it.

Texts stay as they are: the column is filled from those that begin with the line that the opening form used to write.
`downgrade` writes that line back into the text of tickets opened since, so that their incident is not lost.

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
#: The kinds of incident that the shipped agreements distinguished on the day of this migration.
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
    """Return the kinds of incident that the operator's own agreements distinguish (GUICHET_CONVENTIONS_DIR)."""
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
    """Return the condition that a ticket's text is the line of an incident, or begins with it."""
    line = _line(incident)
    return (TICKET.c.body == line) | (sa.func.substr(TICKET.c.body, 1, len(line) + 1) == f"{line}\n")
