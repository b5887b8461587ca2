"""Write the references of a poster in short: « articles I.4 et II.2 ; annexes 2 et 3 ». Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from matrix import wording
from matrix.model import Citation


def cited(citations: Iterable[Citation]) -> str:
    """Return the references of these citations, each once, in the order of the text, grouped by kind."""
    found: dict[str, list[str]] = {}
    for ref in sorted({one.ref for one in citations}, key=_reading_order):
        note = re.fullmatch(r"annexe-(\d+)-note-(\d+)", ref)
        part = re.fullmatch(r"([PM])(\d[\d.]*)", ref)
        if note:
            kind, name = f"note|de l’annexe {note[1]}", note[2]
        elif part:
            # such as « article 5.4 de la convention tripartite »
            said = wording.references((Citation("", ref, "printed", ""),))
            kind, name = f"article|{said.removeprefix(f'article {part[2]} ')}", part[2]
        elif ref.startswith("annexe-"):
            kind, name = "annexe|", ref.removeprefix("annexe-").replace("-", " ")
        elif ref[:1].isdigit() or ref.isupper() or "." in ref:
            kind, name = "article|", ref
        else:
            kind, name = "|", wording.reference(Citation("", ref, "printed", ""))
        found.setdefault(kind, []).append(name)
    return " ; ".join(_several(kind, names) for kind, names in found.items())


def _several(kind: str, names: list[str]) -> str:
    kind, after = kind.split("|")
    plural = "s" if kind and len(names) > 1 else ""
    return " ".join(part for part in (f"{kind}{plural}", wording.enumeration(names), after) if part)


def _reading_order(ref: str) -> tuple[str, ...]:
    """Return a key that sorts articles as they are numbered: « 4.2 » before « 4.10 »."""
    return tuple(part.zfill(6) if part.isdigit() else part for part in re.split(r"(\d+)", ref))
