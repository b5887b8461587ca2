"""The bench's établissements: the shipped agreement's 20 collèges, and 580 invented ones in four départements.

The invented collèges are under an agreement with the rules of the Hautes-Pyrénées agreement, so that each decision
costs as much as in service.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from matrix import Conventions
from matrix.files import SHIPPED

MODEL = "hautes-pyrenees-2015"
AGREEMENT = "banc-2015"
INVENTED = 580
DEPARTEMENTS = (
    ("departement-valdombre", "Département du Valdombre"),
    ("departement-hauteserre", "Département de Hauteserre"),
    ("departement-rivemorte", "Département de Rivemorte"),
    ("departement-clairmarais", "Département du Clairmarais"),
)
_NAMES = (
    "Les Tilleuls",
    "Le Grand Pré",
    "Les Remparts",
    "La Fontaine aux Loups",
    "Le Vieux Pont",
    "Les Marronniers",
    "La Garenne",
    "Les Quatre Chemins",
    "Le Val Fleuri",
    "Les Genêts",
    "La Plaine",
    "Les Hauts Murs",
    "Le Moulin Neuf",
    "Les Peupliers",
    "La Roseraie",
    "Le Clos Saint-Martin",
    "Les Bruyères",
    "La Croix Blanche",
    "Le Parc",
    "Les Sources",
)
_FIRST = (
    "Val",
    "Mont",
    "Roche",
    "Clair",
    "Haut",
    "Bel",
    "Ville",
    "Font",
    "Pierre",
    "Beau",
    "Saint-Aub",
    "Cast",
    "Vern",
    "Lau",
)
_LAST = (
    "brac",
    "sauve",
    "fort",
    "mont",
    "ombre",
    "euil",
    "ac",
    "ignan",
    "ières",
    "ois",
    "our",
    "ècle",
    "elle",
    "igny",
    "on",
)


def write(folder: Path) -> Path:
    """Write, in `folder`, the folder of agreements for GUICHET_CONVENTIONS_DIR, and return it."""
    whole = folder / "conventions"
    agreement = whole / AGREEMENT
    if whole.exists():
        shutil.rmtree(whole)
    shutil.copytree(SHIPPED / MODEL, agreement)
    text = (agreement / "convention.toml").read_text(encoding="utf-8")
    text = text.replace(f'id = "{MODEL}"', f'id = "{AGREEMENT}"', 1)
    text = text.replace("Département des Hautes-Pyrénées", DEPARTEMENTS[0][1])
    text = text.replace("departement-hautes-pyrenees", DEPARTEMENTS[0][0])
    (agreement / "convention.toml").write_text(text, encoding="utf-8")
    (agreement / "etablissements.toml").write_text("".join(_etablissements()), encoding="utf-8")
    return whole


def of_bench(conventions: Conventions) -> Conventions:
    """The two agreements of the bench among all those loaded; nobody of the bench works for the other académies."""
    return conventions.with_conventions(one for one in conventions if one.id in (MODEL, AGREEMENT))


def _etablissements() -> list[str]:
    rng = random.Random(65)
    entries: list[str] = []
    seen: set[tuple[str, str]] = set()
    while len(entries) < INVENTED:
        name = rng.choice(_NAMES)
        commune = rng.choice(_FIRST) + rng.choice(_LAST)
        if (name, commune) in seen:
            continue
        seen.add((name, commune))
        organisation, departement = DEPARTEMENTS[len(entries) % len(DEPARTEMENTS)]
        entries.append(
            f'[[etablissement]]\nid = "banc-{len(entries) + 1:03}"\nname = "{name}"\ncommune = "{commune}"\n'
            f'departement = "{organisation}"\ndepartement_name = "{departement}"\n\n'
        )
    return entries
