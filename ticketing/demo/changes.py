"""Change the Hautes-Pyrénées agreement for the demonstration: one cell read on the paper, and one draft.

The cell was read three weeks ago. The draft waits for the académie's approval, with comments of both parties and a
golden ticket that passes. Everything is done through the use cases, as real people would do it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from charters.days import today
from matrix.changes import CellChange
from ticketing.amending import amendments, approvals, fills, golden
from ticketing.demo.cast import actor
from ticketing.demo.people import C11

AGREEMENT = "hautes-pyrenees-2015"
READ, DRAFTED = "inventaire", "sauvegarde-administrative"


def play(now: datetime) -> None:
    """Write the filled cell and the draft to the current application's database, where the cast must already be."""
    _read_a_cell(now - timedelta(days=21))
    begun = now - timedelta(days=6)
    _attach_golden(begun)
    _draft(begun, today(now) + timedelta(days=60))


def _read_a_cell(read: datetime) -> None:
    admin = actor("a.admin")
    paper = {"page": "9", "line": "Service d’inventaire", "column": "Installation, déploiement"}
    one = fills.fill(admin, AGREEMENT, CellChange(service=READ, activity="installation", value="CL"), paper, read)
    fills.confirm(admin, AGREEMENT, one, [], read + timedelta(minutes=3))


def _attach_golden(begun: datetime) -> None:
    facts = {"etablissement": C11, "service": "equipement-bureautique", "activity": "mco"}
    form = golden.GoldenForm(
        "Un poste de professeur en panne revient au Département",
        facts | {"user_category": "professeurs"},
        None,
        "routed:departement",
    )
    golden.attach(actor("d1.ref"), AGREEMENT, form, begun)


def _draft(begun: datetime, effect_on: date) -> None:
    """Create a draft with a comment of each party, submitted two days after it was begun."""
    admin, referent = actor("a.admin"), actor("d1.ref")
    title = "La sauvegarde des données administratives revient au Département"
    changes = [
        CellChange(service=DRAFTED, activity="mco", value="CL", contributors=("academie",)),
        CellChange(service=DRAFTED, activity="conseil", value="CL"),
    ]
    number = amendments.start(referent, AGREEMENT, "annexe", amendments.DraftHeader(title, effect_on), begun, changes)
    said = "Nos techniciens les tiennent déjà sur nos serveurs : écrivons-le."
    amendments.comment(referent, number, DRAFTED, "mco", said, begun)
    answered = "D’accord, si l’académie garde les applications : elle y concourt."
    amendments.comment(admin, number, DRAFTED, "mco", answered, begun + timedelta(days=1))
    approvals.submit(referent, number, approvals.standing(referent, number).content, begun + timedelta(days=2))
