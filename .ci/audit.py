"""Judge pip-audit's report (JSON, on standard input).

Exits 0 when no flaw is known, 1 when some flaw is known, 3 when not every package could be looked up. pip-audit itself
exits 0 when it could look up nothing, so « could not be audited » must not count as success.
"""

from __future__ import annotations

import json
import sys


def main() -> int:
    try:
        packages = json.load(sys.stdin)["dependencies"]
    except (ValueError, KeyError, TypeError):
        print("Le service n’a pas répondu : rien n’a été vérifié.", file=sys.stderr)
        return 3
    flaws = [(one["name"], one["version"], flaw) for one in packages for flaw in one.get("vulns", ())]
    for name, version, flaw in flaws:
        mended = ", ".join(flaw.get("fix_versions") or ()) or "aucune version encore"
        print(f"{name} {version} : {flaw['id']}, corrigé dans {mended}", file=sys.stderr)
    skipped = [one["name"] for one in packages if "skip_reason" in one]
    if skipped and len(skipped) == len(packages):
        print(f"Le service ne connaît aucune des {len(packages)} versions : rien n’a été vérifié.", file=sys.stderr)
    elif skipped:
        print(f"Non vérifiées, {len(skipped)} sur {len(packages)} : {', '.join(skipped)}", file=sys.stderr)
    if not flaws and not skipped and packages:
        print(f"Aucune faille connue dans les {len(packages)} versions fixées.")
    return 1 if flaws else 3 if skipped or not packages else 0


if __name__ == "__main__":
    sys.exit(main())
