"""What people kept for their daily work, once they are forgotten: their own goes, what a side shares stays its own."""

from __future__ import annotations

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from ticketing.tables.teams import Team, TeamMember
from ticketing.workbench.tables import Absence, CannedAnswer, SavedView

_TABLES = (SavedView, CannedAnswer)


def forget_person(session: Session, account_id: int) -> None:
    """Delete what the person kept alone; what the person shared is the side's, without its author."""
    session.execute(delete(TeamMember).where(TeamMember.account_id == account_id))
    session.execute(update(Team).where(Team.last_account == account_id).values(last_account=None))
    session.execute(delete(Absence).where(Absence.account_id == account_id))
    for table in _TABLES:
        session.execute(delete(table).where(table.account_id == account_id, ~table.shared))
        session.execute(update(table).where(table.account_id == account_id).values(account_id=None))
