"""`python -m bench [10k|100k|200k|1m]…`: make the database once, measure, and print the tables.

    --repetitions N   (3 at least; 5 by default)     --only NAME,NAME   some scenarios
    --rules           the rules only                 --replay           a draft over 1,000,000 tickets only
    --earlier CHECKOUT   pages beside those of an earlier checkout, in the floor's place
    --postgresql URL   an empty database to use in SQLite's place
    --shapes          every shape of list and search too, and the pages of each role
    --check           fail if a ratio has grown by more than a fifth (`bench/ratios.json`)     --keep   keep the ratios
Everything is stored in var/bench/SIZE. The generated database is kept, and a copy of it is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from bench import check, earlier, generate, measure, replay, report, rules, scenarios, servers
from bench.client import Client
from bench.floor import ITEMS
from bench.measure import Beside

SIZES = {"10k": 10_000, "100k": 100_000, "200k": 200_000, "1m": 1_000_000}
FOLDER = servers.ROOT / "var" / "bench"
REQUESTS, FEW, WARM_UP = 60, 40, 12  # requests in a block, in a block that writes, and before the first block


def main() -> None:
    asked = _arguments()
    FOLDER.mkdir(parents=True, exist_ok=True)
    if asked.replay:
        made = replay.prepared(FOLDER / "replay")
        if asked.postgresql:
            made = replay.to_postgresql(made, asked.postgresql)
        print(report.replay(replay.measure(made, asked.repetitions)))
        return
    if asked.earlier:
        for size in asked.sizes:
            made = prepared(size)
            url = f"sqlite:///{_copied(FOLDER / size)}"
            _upgraded(generate.variables(Path(made.data_dir), url, made.conventions_dir))
            print(earlier.table(earlier.measured(made, url, asked.earlier.resolve(), asked.repetitions, _names(asked))))
        return
    worse: list[str] = []
    for size in asked.sizes:
        results = run(size, asked.repetitions, _names(asked), asked.postgresql, shapes=asked.shapes)
        place = FOLDER / size / "results.json"
        place.write_text(json.dumps(results, indent=1), encoding="utf-8")
        print(report.pages(results))
        found = check.ratios(results)
        if asked.check:
            kept = check.kept(results["engine"], size)
            worse += check.regressions(found, kept) if kept else [f"{size}: no ratio was kept"]
        if asked.keep:
            check.keep(found, results["engine"], size)
    if worse:
        sys.exit("\n".join(("A ratio has grown by more than a fifth:", *worse)))
    if asked.rules or not (asked.only or asked.check or asked.keep):
        of_rules = rules.measure(asked.repetitions)
        (FOLDER / "rules.json").write_text(json.dumps(of_rules, indent=1), encoding="utf-8")
        print(report.rules(of_rules))


def run(size: str, repetitions: int, only: list[str], postgresql: str = "", *, shapes: bool = False) -> dict[str, Any]:
    """The measures of the scenarios at one size, as plain values; with `shapes`, of those that are asked seldom too."""
    made = prepared(size, postgresql)
    folder = FOLDER / size
    log = folder / "servers.log"
    url = made.database_url if postgresql else f"sqlite:///{_copied(folder)}"
    floor_url = postgresql or f"sqlite:///{folder / 'floor.db'}"
    floor_port, port = servers.free_port(), servers.free_port()
    environ = generate.variables(Path(made.data_dir), url, made.conventions_dir) | servers.served(port, log)
    _upgraded(environ)
    serve = servers.guichet("serve")
    with servers.running(
        servers.python("-m", "bench.floor", floor_url, str(floor_port)), {"BENCH_LOG": str(log)}, floor_port, "/ligne-1"
    ) as floor:
        starts = []
        for _ in range(2):
            with servers.running(serve, environ, port, "/connexion") as guichet:
                starts.append(guichet.first_page)
        with servers.running(serve, environ, port, "/connexion") as guichet:
            starts.append(guichet.first_page)
            world = scenarios.World(made, port, create_engine(url))
            chosen = [
                one for one in scenarios.all_of(world) if one.name in only or (not only and (shapes or not one.shape))
            ]
            before = world.numbers("SELECT count(*) FROM ticket")[0]
            commits = [measure.bare_commit(folder)]
            single, four, weights = _measured(floor, guichet, chosen, repetitions)
            commits.append(measure.bare_commit(folder))
            opened = world.numbers("SELECT count(*) FROM ticket")[0] - before
            if opened != world.created:
                raise AssertionError(f"{world.created} tickets were acknowledged, {opened} are there")
            return {
                "size": size,
                "engine": "postgresql" if postgresql else "sqlite",
                "made": asdict(made),
                "workers": servers.WORKERS,
                "repetitions": repetitions,
                "starts": starts,
                "memory": guichet.memory(),
                "floor_memory": floor.memory(),
                "weights": weights,
                "opened": opened,
                "commits": commits,
                "scenarios": [
                    {
                        "name": one.name,
                        "label": one.label,
                        "target": one.target,
                        "ratio": single[one.name].ratio,
                        "one": _medians(single[one.name]),
                        "one_floor": _medians(single[one.name], of_floor=True),
                        "four_ratio": four[one.name].ratio,
                        "four": _medians(four[one.name]),
                        "four_floor": _medians(four[one.name], of_floor=True),
                    }
                    for one in chosen
                ],
            }


def _upgraded(environ: dict[str, str]) -> None:
    """Migrate the database, which an older schema may have generated."""
    subprocess.run(
        servers.guichet("db", "upgrade"),
        env={**os.environ, **environ},
        cwd=servers.ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _names(asked: argparse.Namespace) -> list[str]:
    return asked.only.split(",") if asked.only else []


def prepared(size: str, postgresql: str = "") -> generate.Made:
    """The generated database of this size; it is made if it does not exist."""
    folder = FOLDER / size
    made = generate.known(folder)
    if made is None or (made.database_url.startswith("sqlite") == bool(postgresql)):
        print(f"génération de {SIZES[size]} tickets…", file=sys.stderr)
        made = generate.make(SIZES[size], folder, postgresql)
    return made


def _measured(
    floor: servers.Running, guichet: servers.Running, chosen: list[scenarios.Scenario], repetitions: int
) -> tuple[dict[str, Beside], dict[str, Beside], dict[str, int]]:
    """Measure every scenario beside the floor, with one client and with four, in interleaved blocks.

    Returns the measures of one client, those of four, and the compressed sizes of pages.
    """
    senders = {one.name: [one.sender(client) for client in range(scenarios.CLIENTS)] for one in chosen}
    floors = [_floor_sender(floor, client) for client in range(scenarios.CLIENTS)]
    weights = {}
    for one in chosen:
        for rank in range(WARM_UP):
            answer = senders[one.name][rank % scenarios.CLIENTS](rank)
            floors[rank % scenarios.CLIENTS](rank)
        weights[one.name] = answer.compressed
    single = {one.name: Beside() for one in chosen}
    four = {one.name: Beside() for one in chosen}
    for repetition in range(repetitions):
        for one in chosen:
            count = FEW if one.few else REQUESTS
            first = repetition * count
            block, around = measure.beside(floor, floors[0], guichet, senders[one.name][0], count, first)
            single[one.name].blocks.append(measure.figures(block))
            single[one.name].floors.append(measure.figures(around))
            sides = [measure.together(floor, floors, REQUESTS // 4, first)]
            block = measure.together(guichet, senders[one.name], count // 2, first)
            sides.append(measure.together(floor, floors, REQUESTS // 4, first))
            four[one.name].blocks.append(measure.figures(block))
            four[one.name].floors.append(measure.joined(sides))
        print(f"répétition {repetition + 1} sur {repetitions}", file=sys.stderr)
    return single, four, weights


def _floor_sender(floor: servers.Running, rank: int) -> measure.Send:
    client = Client(floor.port)
    return lambda turn: client.get(f"/ligne-{(turn * 7919 + rank * 31) % ITEMS + 1}")


def _medians(beside: Beside, of_floor: bool = False) -> dict[str, float]:
    return {name: beside.median(name, of_floor) for name in ("p50", "p95", "per_second", "cpu")}


def _copied(folder: Path) -> Path:
    """A copy of the generated database, so that writes do not change the original."""
    copy = folder / "measured.db"
    for old in folder.glob("measured.db*"):
        old.unlink()
    connection = sqlite3.connect(folder / "guichet.db")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    shutil.copyfile(folder / "guichet.db", copy)
    return copy


def _arguments() -> argparse.Namespace:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, formatter_class=plain)
    parser.add_argument("sizes", nargs="*", metavar="10k|100k|200k|1m")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--rules", action="store_true")
    parser.add_argument("--replay", action="store_true")
    parser.add_argument("--shapes", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--earlier", type=Path)
    parser.add_argument("--postgresql", default="")
    asked = parser.parse_args()
    asked.repetitions = max(3, asked.repetitions)
    if unknown := set(asked.sizes) - set(SIZES):
        parser.error(f"no such size: {', '.join(sorted(unknown))}")
    if not asked.rules:
        asked.sizes = asked.sizes or ["10k"]
    return asked


if __name__ == "__main__":
    main()
