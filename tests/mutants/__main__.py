"""`./run mutants`: a sample of small changes, each made alone in a copy of the checkout, and the tests that run it.

    ./run mutants                     120 changes of the pure modules and as many of mail/, drawn with the seed 8
    ./run mutants pure --count 30     fewer, of one part
    ./run mutants mail --only outbox  those of the modules whose path holds this word
    ./run mutants --seed 9            others

Prints each change that no test noticed, then the share that was noticed. Slow: half a minute of processor a change.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.pure import says_pure

from mutants.changes import Change, applied, changes
from mutants.covering import Covering, covering

ROOT = Path(__file__).resolve().parents[2]
#: Seconds of processor after which a mutant is thought to turn for ever: it is noticed then.
CPU_MAX = 600
#: Each part: the folders whose modules are changed, whether the pure ones alone, and the tests that may notice.
PARTS: dict[str, tuple[tuple[str, ...], bool, tuple[str, ...]]] = {
    "pure": (
        ("matrix", "charters", "ticketing"),
        True,
        ("tests/unit", "tests/cases"),
    ),
    "mail": (
        ("ticketing/mail",),
        False,
        (
            "tests/unit/ticketing/mail",
            "tests/integration/ticketing/mail",
            "tests/integration/ticketing/tickets/test_at_once.py",
        ),
    ),
}


def modules(part: str, only: str) -> list[Path]:
    """The modules of a part whose path holds `only`, relative to the checkout. Pure pages are tested with the pages."""
    folders, pure, _ = PARTS[part]
    found = []
    for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        name = path.relative_to(ROOT)
        held = name.parts[0] == "matrix" or ("web" not in name.parts and says_pure(path.read_text("utf-8")))
        if only in name.as_posix() and (held or not pure):
            found.append(name)
    return found


def drawn(names: list[Path], count: int, seed: int) -> list[tuple[Path, Change]]:
    """A sample of the changes of these modules, the same for the same seed and the same text."""
    every = [(name, change) for name in names for change in changes((ROOT / name).read_text("utf-8"))]
    return random.Random(seed).sample(every, min(count, len(every)))


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the files that git knows, with `shared` beside it as beside the checkout; gone at the end."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "guichet")
        for name in listed.stdout.splitlines():
            if (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, copy / name)
        if (ROOT.parent / "shared").exists():
            Path(folder, "shared").symlink_to((ROOT.parent / "shared").resolve())
        yield copy


def noticed(copy: Path, name: Path, change: Change, tests: list[str]) -> bool:
    """Whether one of these tests fails once the change is made. The copy is as before afterwards."""
    text = (copy / name).read_text("utf-8")
    (copy / name).write_text(applied(text, change), "utf-8")
    try:
        done = subprocess.run(
            [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests],
            cwd=copy,
            capture_output=True,
            check=False,
            preexec_fn=_bounded,
        )
    finally:
        (copy / name).write_text(text, "utf-8")
    return done.returncode not in (0, 5)


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_MAX, CPU_MAX))


def tried(part: str, count: int, seed: int, only: str) -> Counter[bool]:
    """How many changes of a part were noticed and how many were not; those are printed."""
    sample = drawn(modules(part, only), count, seed)
    counts: Counter[bool] = Counter()
    with copied() as copy:
        covered: Covering = covering(copy, part, PARTS[part][2])
        for rank, (name, change) in enumerate(sample, 1):
            tests = covered.tests_of(name, change.line)
            seen = bool(tests) and noticed(copy, name, change, tests)
            counts[seen] += 1
            if not seen:
                why = "" if tests else "   (no test runs this line)"
                print(f"{name}:{change.line}: {_line(change.before)}  ->  {_line(change.after)}{why}", flush=True)
            print(f"\r{part} {rank}/{len(sample)}, {counts[False]} not noticed ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return counts


def _line(text: str) -> str:
    return " ".join(text.split())[:100]


def main() -> int:
    """Try each part; 0 whatever was noticed, since the tests are judged by the one who reads."""
    parser = argparse.ArgumentParser(prog="./run mutants", description="Changes that no test notices.")
    parser.add_argument("part", nargs="*", help="pure, mail; both without")
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--only", default="", metavar="WORD", help="of the modules whose path holds this word")
    given = parser.parse_args()
    if unknown := set(given.part) - set(PARTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    for part in given.part or PARTS:
        counts = tried(part, given.count, given.seed, given.only)
        every = sum(counts.values())
        print(f"{part}: {counts[True]} of {every} noticed, {100 * counts[True] / max(every, 1):.0f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
