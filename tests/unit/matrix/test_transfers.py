"""The warning on a transfer says what its own clause says: what may pass, to whom, and where the text says it."""

from datetime import datetime

import pytest
from harness.agreements import cell, place, written

from matrix import Request, Router, load_conventions

CLAUSES = """
[[clause]]
id = "b"
ref = "7.3"
quote = "la maintenance des tablettes pourra être confiée au Département"
"""
TRANSFER = """
[[transfer]]
services = ["{service}"]
activity = "{activity}"
from = "{source}"
to = "{target}"
warning = "cite-scolaire"
cites = ["b"]
"""
PLACE = place("jean-valmont").rstrip() + "\ncite_scolaire = true\n"


def told(root):
    router = Router(load_conventions(root))
    asked = Request(
        etablissement="jean-valmont", service="tablettes", activity="mco", opened_at=datetime(2026, 1, 8, 10)
    )
    return [(one.code, one.message) for one in router.route(asked).warnings]


def agreement(tmp_path, more):
    parties = ("academie", "departement", "region", "college")
    return written(
        tmp_path, parties=parties, places=PLACE, cells=cell("selon", more='[[cell.case]]\nparty = "region"\n'),
        more=more, clauses=CLAUSES,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "target", "activity", "sentence"),
    [
        ("region", "departement", "mco", "la maintenance peut passer au Département de la Rive (article 7.3)."),
        ("departement", "region", "mco", "la maintenance peut passer à la Région des Rives (article 7.3)."),
        ("departement", "region", "installation", "l’installation peut passer à la Région des Rives (article 7.3)."),
    ],
)
def test_a_warning_comes_from_its_own_transfer(tmp_path, source, target, activity, sentence):
    more = TRANSFER.format(service="tablettes", activity=activity, source=source, target=target)
    assert told(agreement(tmp_path, more)) == [("cite-scolaire", f"Cité scolaire : {sentence}")]


def test_two_transfers_that_say_the_same_warn_once(tmp_path):
    one = TRANSFER.format(service="tablettes", activity="mco", source="departement", target="region")
    other = TRANSFER.format(service="tablettes", activity="mco", source="college", target="region")
    assert len(told(agreement(tmp_path, one + other))) == 1
