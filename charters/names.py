"""Find people by the words of their names, folded in the one way of `matrix.french.name`."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from charters.database import db
from charters.tables.access import Account
from matrix import french


def sigles_named(words: str, *among: ColumnElement[bool]) -> list[str]:
    """The sigles of the people among whom each of the first five words is in the sigle, name, mail or company.

    Names are compared here, folded by `matrix.french.name`: no engine folds « Lœuillet » or « O’Brien » by itself.
    """
    rows = db.session.execute(
        select(Account.sigle, Account.last_name, Account.first_name, Account.email, Account.company).where(*among)
    )
    wanted = [french.name(word) for word in words.split()[:5]]
    return [row.sigle for row in rows if all(word in "\n".join(map(french.name, row)) for word in wanted)]
