"""What people change in the Hautes-Pyrénées agreement, for the demonstration: a cell read on the paper, a draft.

The cell was read a while ago; the draft waits for the académie's approval, with what each side says of it and a golden
ticket that holds. All by the use cases, as people do it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from charters.days import today
from matrix.changes import CellChange
from ticketing.amending import amendments, approvals, fills, golden
from ticketing.demo.cast import actor
from ticketing.demo.people import C11

AGREEMENT = "hautes-pyrenees-2015"
READ, DRAFTED = "inventaire", "sauvegarde-administrative"


def play(now: datetime) -> None:
    """Writes them into the database of the current application; the cast must be there."""
    admin, referent = actor("a.admin"), actor("d1.ref")
    read, begun = now - timedelta(days=21), now - timedelta(days=6)
    one = fills.fill(
        admin,
        AGREEMENT,
        CellChange(service=READ, activity="installation", value="CL"),
        {"page": "9", "line": "Service d’inventaire", "column": "Installation, déploiement"},
        read,
    )
    fills.confirm(admin, AGREEMENT, one, [], read + timedelta(minutes=3))
    golden.attach(
        referent,
        AGREEMENT,
        "Un poste de professeur en panne revient au Département",
        {"etablissement": C11, "service": "equipement-bureautique", "activity": "mco", "user_category": "professeurs"},
        None,
        "routed:departement",
        begun,
    )
    number = amendments.start(
        referent,
        AGREEMENT,
        kind="annexe",
        title="La sauvegarde des données administratives revient au Département",
        effect_on=today(now) + timedelta(days=60),
        now=begun,
        changes=[
            CellChange(service=DRAFTED, activity="mco", value="CL", contributors=("academie",)),
            CellChange(service=DRAFTED, activity="conseil", value="CL"),
        ],
    )
    amendments.comment(
        referent, number, DRAFTED, "mco", "Nos techniciens les tiennent déjà sur nos serveurs : écrivons-le.", begun
    )
    amendments.comment(
        admin,
        number,
        DRAFTED,
        "mco",
        "D’accord, si l’académie garde les applications : elle y concourt.",
        begun + timedelta(days=1),
    )
    approvals.submit(referent, number, approvals.standing(referent, number).content, begun + timedelta(days=2))
