"""Compare a run with the ratios that were kept: a regression over a fifth fails (`python -m bench 10k --check`).

The kept ratios stand in `bench/ratios.json`, by engine and size; `--keep` writes there those of the run. A scenario has
regressed when its processor time, as a multiple of the floor's, exceeds the kept one by more than a fifth. Its time is
kept and told beside it, and does not decide: it says as much of what else the machine did.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

KEPT = Path(__file__).resolve().parent / "ratios.json"
#: How much of a ratio may be lost.
ALLOWED = 1.20

#: Scenario -> (time, processor time), as multiples of the floor's.
Ratios = dict[str, tuple[float, float]]


def ratios(results: dict[str, Any]) -> Ratios:
    """Return the ratios of a run's scenarios."""
    return {
        one["name"]: (round(one["ratio"], 2), round(one["one"]["cpu"] / one["one_floor"]["cpu"], 2))
        for one in results["scenarios"]
        if one["one_floor"]["cpu"]
    }


def regressions(found: Ratios, kept: Ratios) -> list[str]:
    """Return a line for each scenario that has regressed; one that nobody kept cannot have."""
    return [
        f"{name}: × {found[name][0]:.2f} (processor × {found[name][1]:.2f}), "
        f"kept × {before[0]:.2f} (processor × {before[1]:.2f})"
        for name, before in kept.items()
        if name in found and found[name][1] > ALLOWED * before[1]
    ]


def kept(engine: str, size: str, path: Path = KEPT) -> Ratios:
    """Return the ratios that were kept of this engine and size."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {name: (pair[0], pair[1]) for name, pair in known.get(engine, {}).get(size, {}).items()}


def keep(found: Ratios, engine: str, size: str, path: Path = KEPT) -> None:
    """Keep the ratios of a run, in the place of those of the same scenarios."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known.setdefault(engine, {}).setdefault(size, {}).update(found)
    path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
