"""`./run mutants`: a sample of small changes, each tried alone against the tests that run its line.

    ./run mutants                     120 changes of the pure modules and as many of mail/, drawn with the seed 8
    ./run mutants pure --count 30     fewer, of one part
    ./run mutants mail --only outbox  those of the modules whose path holds this word; --count 0 tries every one
    ./run mutants --seed 9            others
    ./run mutants pure --quick        without the slow tests, which alone cover some modules

Prints each change that no test noticed, then the share that was noticed. A change inside a function is made in a fork
of a process that has collected the tests (`inside`), so that it costs no more than its tests; any other is made in a
process of its own (`outside`). Nothing is written into the checkout, which must not change meanwhile.

What is counted is a test that fails with the change and passes without it, alone. One that fails without it is named
and set aside, and a run that cannot begin stops the whole. Changes that leave the same program are listed in
equivalent.toml, each with its reason, and are not counted.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from pathlib import Path

from harness.places import ROOT
from harness.pure import says_pure

from mutants import inside, outside
from mutants.changes import Change, changes
from mutants.equivalent import Equivalent, equivalents
from mutants.parts import PARTS
from mutants.verdicts import Verdict

COUNT, SEED = 120, 8


def modules(part: str, only: str) -> list[Path]:
    """The modules of a part whose path holds a word of `only`, relative to the checkout.

    Pure pages are tested with the pages.
    """
    places, pure, _ = PARTS[part]
    found = []
    for place in places:
        for path in sorted((ROOT / place).rglob("*.py")) if (ROOT / place).is_dir() else [ROOT / place]:
            name = path.relative_to(ROOT)
            held = name.parts[0] == "matrix" or ("web" not in name.parts and says_pure(path.read_text("utf-8")))
            if any(word in name.as_posix() for word in only.split(",")) and (held or not pure):
                found.append(name)
    return found


def drawn(names: list[Path], count: int, seed: int) -> list[tuple[Path, Change]]:
    """A sample of the changes of these modules, the same for the same seed and the same text; all of them for 0."""
    every = [(name, change) for name in names for change in changes((ROOT / name).read_text("utf-8"))]
    return random.Random(seed).sample(every, min(count or len(every), len(every)))


def tried(part: str, sample: list[tuple[Path, Change]], *, quick: bool) -> list[Verdict]:
    """What the tests of a part say of each change of the sample, in its order."""
    verdicts = inside.tried(part, sample, quick=quick)
    for rank, (name, change) in enumerate(sample):
        if verdicts[rank].outcome == "elsewhere":
            verdicts[rank] = outside.tried(name, change, verdicts[rank].tests)
            print(f"\r{part}: {rank + 1} in a process of its own ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return verdicts


def report(
    part: str, sample: list[tuple[Path, Change]], seed: int, listed: list[Equivalent], *, quick: bool = False
) -> str:
    """Try a sample; the lines to print: the changes that no test noticed, then the share."""
    known = {(one.module, one.place) for one in listed}
    kept = [(name, change) for name, change in sample if (name.as_posix(), change.place) not in known]
    begun, lines, counts = time.monotonic(), [], Counter[str]()
    for (name, change), verdict in zip(kept, tried(part, kept, quick=quick), strict=True):
        counts[verdict.outcome] += 1
        if not verdict.noticed:
            why = "" if verdict.tests else "   (no test runs this line)"
            lines.append(f"{name}:{change.line}: {_line(change.before)}  ->  {_line(change.after)}{why}")
    noticed = counts["failed"] + counts["stuck"]
    share = 100 * noticed / max(len(kept), 1)
    lines.append(
        f"{part}: {noticed} of {len(kept)} noticed, {share:.1f} % ({counts['stuck']} never ended; "
        f"{len(sample) - len(kept)} more are equivalent; seed {seed}; {time.monotonic() - begun:.0f} s)"
    )
    return "\n".join(lines)


def _line(text: str) -> str:
    return " ".join(text.split())[:100]


def main() -> int:
    """Try each part; 0 whatever was noticed, since the tests are judged by the one who reads."""
    parser = argparse.ArgumentParser(prog="./run mutants", description="Changes that no test notices.")
    parser.add_argument("part", nargs="*", help=f"{', '.join(PARTS)}; pure and mail without")
    parser.add_argument("--count", type=int, default=COUNT, help=f"how many changes of each part ({COUNT}); 0: all")
    parser.add_argument("--seed", type=int, default=SEED, help=f"draws the sample ({SEED})")
    parser.add_argument(
        "--only", default="", metavar="WORDS", help="of the modules whose path holds one of these words (a,b)"
    )
    parser.add_argument("--quick", action="store_true", help="leave the slow tests out")
    given = parser.parse_args()
    if unknown := set(given.part) - set(PARTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    for part in given.part or ("pure", "mail"):
        sample = drawn(modules(part, given.only), given.count, given.seed)
        print(report(part, sample, given.seed, equivalents(), quick=given.quick), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
