"""An article begun from the solution of a ticket, in one click, without what names people and places."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from charters.database import db
from charters.model import Perimeter
from ticketing.articles import leaving_out
from ticketing.errors import StepRefused
from ticketing.model import Kind
from ticketing.tickets import queries
from ticketing.tickets.store import EVENT

#: A draft is read by all who write for a side, a confidential ticket by its chef and who works on it.
CONFIDENTIAL = "Ce ticket est confidentiel : rien n’en est repris. Écrivez l’article sans partir de lui."


@dataclass(frozen=True, slots=True)
class Begun:
    """What an article begins from: its title and words, what it is about, and how many passages were left out."""

    title: str
    words: str
    service: str
    activity: str
    left_out: int


def begun(perimeter: Perimeter, number: int) -> Begun:
    """Return what the article of a ticket's last solution begins from. Raises NotFound, StepRefused without a solution
    and for a confidential ticket.

    It reads what the requester reads: no note of a side, and nothing that was masked.
    """
    row = queries.row_of(perimeter, number)
    if row.confidential:
        raise StepRefused(CONFIDENTIAL)
    entries = db.session.execute(
        select(EVENT.c.kind, EVENT.c.body, EVENT.c.author_name, EVENT.c.masked_at, EVENT.c.visibility)
        .where(EVENT.c.ticket_id == number)
        .order_by(EVENT.c.id)
    ).all()
    solutions = [
        one.body
        for one in entries
        if one.kind == Kind.RESOLVED and one.body and one.masked_at is None and one.visibility == "public"
    ]
    if not solutions or row.pseudonymised_at is not None:
        raise StepRefused("Ce ticket n’a pas de solution écrite dont faire un article.")
    shared = [name for _, name in row.shared_with]
    names = [row.opened_by_name, row.on_behalf_of, row.assignee_name or "", *shared]
    names += [one.author_name for one in entries]
    things = [row.room, row.tag, row.asset, row.etablissement_name]
    title, gone = leaving_out.without(row.title, names, things)
    words, more = leaving_out.without(solutions[-1], names, things)
    return Begun(title, words, row.service, row.activity, gone + more)
