"""The tables of consultations: administrators' rights to read with a reason, and what they read (annexe 6, 3).

No row refers to a ticket by a foreign key: who consulted a ticket stays known after the ticket is erased.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant

NUMBER = BigInteger().with_variant(Integer, "sqlite")


class ConsultationGrant(Base):
    """An administrator's reason to read a ticket that the académie does not hold (annexe 6, 3), and until when.

    If `ticket_number` is 0, the right is to search and list all tickets of the académie.
    """

    __tablename__ = "reading_grant"
    __table_args__ = (Index(None, "account_id", "ticket_number", "expires_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    mandate_id: Mapped[int]
    ticket_number: Mapped[int]
    etablissement: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(Text)
    granted_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class Consultation(Base):
    """One ticket consulted outside its reader's assignment (annexe 6, 3): its page, a file, a line of a search or list.

    The journal has a line for each act; the weekly report and « qui a consulté ce dossier » read these rows.
    """

    __tablename__ = "reading"
    __table_args__ = (Index(None, "at"), Index(None, "ticket_number", "id"))

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    account_id: Mapped[int]
    ticket_number: Mapped[int] = mapped_column(NUMBER)
    academie: Mapped[str] = mapped_column(String(120))
    etablissement: Mapped[str] = mapped_column(String(120))
    way: Mapped[str] = mapped_column(String(12))  # page, fichier, recherche, export
    reason: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(Text)
