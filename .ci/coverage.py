"""Compare the branches that a run covered (coverage's JSON, on standard input) with the gate of pyproject.toml.

Prints one line for each part of the gate. Exits 0 when each part reaches its share, 1 when some part does not, 3 when a
part was not measured.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def share(part: str, files: dict[str, Any]) -> float | None:
    """The percentage of branches covered in a module, or in a folder (« matrix/ »); None where it was not measured."""
    found = [
        one["summary"] for name, one in files.items() if name == part or (part[-1] == "/" and name.startswith(part))
    ]
    branches = sum(summary["num_branches"] for summary in found)
    if not found:
        return None
    return 100 * sum(summary["covered_branches"] for summary in found) / branches if branches else 100.0


def main() -> int:
    """Print each part with its share and, where it is below the gate, what its modules lack. Returns the exit code."""
    gate = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["guichet"]["coverage"]
    files = json.load(sys.stdin)["files"]
    code = 0
    for part in gate["gated"]:
        found = share(part, files)
        if found is None:
            print(f"{part} : non mesuré")
            code = 3
            continue
        print(f"{part} : {found:.1f} % des branches, {gate['branches']} % au moins")
        if found < gate["branches"]:
            code = code or 1
            for name, one in sorted(files.items()):
                if one.get("missing_branches") and (name == part or (part[-1] == "/" and name.startswith(part))):
                    lines = sorted({abs(line) for line, _ in one["missing_branches"]})
                    print(f"    {name}:{', '.join(map(str, lines))}")
    return code


if __name__ == "__main__":
    sys.exit(main())
