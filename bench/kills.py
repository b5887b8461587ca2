"""`./run soak kills`: the web processes are killed two hundred times while tickets are opened (FIA-01).

    --kills N (200)   --rate N (20 a second)   --seed N (1)   --postgresql URL (an empty database, in SQLite's place)

Eight correspondants send forms as their pages do. Who gets no answer sends the same form again, with its token. At the
end every ticket that was acknowledged is there once, under the number that was said, and no form opened two; the
journal is whole. The figures are printed as JSON, and the command fails where one of them does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import generate, openings, servers

#: Between two kills, in seconds: long enough for a restart and some answers, at a moment that nobody chose.
LIVES = (1.2, 3.8)
#: A restart that takes longer, in seconds, is told (FIA-01); a busy machine alone makes some.
RESTART = 5.0


@dataclass(slots=True)
class Account:
    """What was sent and what was found. `lost`: acknowledged and not there; `doubled`: a form that opened two."""

    kills: int
    sent: int
    acknowledged: int
    again: int
    lost: int
    doubled: int
    misnumbered: int
    restart_median: float
    restart_longest: float
    restarts_slow: int
    journal: str

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, doubled or broken; the restarts are figures of the machine, and fail nothing."""
        return self.lost == self.doubled == self.misnumbered == 0 and self.journal == "whole"


def main() -> None:
    """Run the soak that the command line asks for, and print its account."""
    asked = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        found = soak(Path(folder), asked.kills, asked.rate, asked.seed, asked.postgresql)
    print(json.dumps({"holds": found.holds} | asdict(found)))
    sys.exit(not found.holds)


def soak(folder: Path, kills: int, rate: float, seed: int, postgresql: str = "") -> Account:
    """Open `rate` tickets a second on a new installation in `folder` while its web processes are killed, and count.

    Raises WrongAnswer for an answer that is neither a ticket nor a refusal to wait for; RuntimeError for a server that
    does not start.
    """
    rng = random.Random(seed)
    made = generate.make(200, folder, postgresql)
    port = servers.free_port()
    environ = generate.variables(folder, made.database_url, made.conventions_dir)
    environ |= servers.served(port, folder / "served.log")
    server = openings.started(environ, port)
    restarts = []
    try:
        with openings.opening(made, port, rate) as writers:
            for _ in range(kills):
                time.sleep(rng.uniform(*LIVES))
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
                begun = time.monotonic()
                server = openings.started(environ, port)
                restarts.append(time.monotonic() - begun)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)
    return _account(writers, sorted(restarts), made)


def _account(writers: list[openings.Writer], restarts: list[float], made: generate.Made) -> Account:
    said = openings.acknowledged(writers)
    found = openings.compared(said, made.database_url)
    return Account(
        kills=len(restarts),
        sent=sum(one.sent for one in writers),
        acknowledged=len(said),
        again=sum(one.again for one in writers),
        lost=found.lost,
        doubled=found.doubled,
        misnumbered=found.misnumbered,
        restart_median=round(restarts[len(restarts) // 2], 2),
        restart_longest=round(restarts[-1], 2),
        restarts_slow=sum(one > RESTART for one in restarts),
        journal=openings.journal(made),
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run soak kills")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", default="")
    return parser.parse_args()


if __name__ == "__main__":
    main()
