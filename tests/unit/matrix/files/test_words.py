"""`[articles]` and `[forms]`: what an agreement declares of its names and of its own services."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from harness.agreements import cell, written

from matrix import Request, Router, explain, load_conventions
from matrix.files import ConventionError
from matrix.french.grammar import Form

DECLARED = """
[services]
imprimante-3d = "Imprimante 3D"
badges = "Badges"

[forms]
imprimante-3d = "fs"

[articles]
"Département de la Rive" = "les"
"""


def said(root: Path, service: str, payer: str) -> str:
    conventions = load_conventions(root)
    router = Router(conventions)
    request = Request(
        etablissement="un-valmont",
        service=service,
        activity="mco",
        opened_at=datetime(2026, 1, 8),
        acquired_by=payer,
    )
    return explain.why(router, request, router.route(request))


def test_an_own_service_and_a_name_are_spoken_of_as_declared(tmp_path: Path) -> None:
    cells = cell("CL ou Etab").replace('"tablettes"', '"imprimante-3d", "badges"')
    root = written(tmp_path, cells=cells)
    main = next(root.glob("*/convention.toml"))
    main.write_text(main.read_text("utf-8") + DECLARED, "utf-8")
    told = said(root, "imprimante-3d", "departement")
    assert told.startswith("Les Département de la Rive s’en occupent : les pannes et l’entretien ")
    assert "d’«\u00a0Imprimante 3D\u00a0» leur reviennent, car les Département de la Rive l’ont achetée (" in told
    assert "l’ont acheté (" in said(root, "badges", "departement")  # no form is declared: « cela »
    assert load_conventions(root).vocabulary.forms["imprimante-3d"] == Form(feminine=True)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ('[articles]\n"Département de Valmon" = "le"\n', "[articles] : 'Département de Valmon' inconnu ; attendu : "),
        (
            '[articles]\n"Département de la Rive" = "un"\n',
            "[articles] : Département de la Rive = 'un' ; attendu : le, la",
        ),
        ('[forms]\ntablete = "fs"\n', "[forms] : 'tablete' inconnu ; attendu : "),
        ('[forms]\ntablettes = "pf"\n', "[forms] : tablettes = 'pf' ; attendu : ms, fs, mp, fp"),
    ],
)
def test_what_is_declared_of_no_name_is_refused(tmp_path: Path, wrong: str, sentence: str) -> None:
    root = written(tmp_path, cells=cell("CL"))
    main = next(root.glob("*/convention.toml"))
    main.write_text(main.read_text("utf-8") + "\n" + wrong, "utf-8")
    with pytest.raises(ConventionError) as caught:
        load_conventions(root)
    assert [one for one in caught.value.faults if sentence in one and ":1:" not in one], caught.value.faults
