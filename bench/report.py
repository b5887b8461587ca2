"""The tables of RESULTS.md, made from the measures."""

from __future__ import annotations

import statistics
from typing import Any

_HEAD = (
    "scenario",
    "× floor",
    "target",
    "p50 ms",
    "p95 ms",
    "floor p50",
    "CPU ms",
    "CPU × floor",
    "4 clients: × floor",
    "p50 ms",
    "p95 ms",
    "requests/s",
    "kB",
)
#: (scenario, scenario to compare with, highest ratio, the same in words)
_BESIDE = (
    ("queue-cmi", "queue-admin", 1.5, "a correspondant's list beside an administrator's"),
    ("all-deep", "all", 1.1, "the deep page beside the first"),
    ("queue-deep", "queue", 1.1, "the queue's deep page beside its first"),
)


def pages(results: dict[str, Any]) -> str:
    """The tables of scenarios with their targets, then of memory, start time and sizes."""
    tickets = f"{results['made']['tickets']:,}"
    lines = [f"### {results['engine']}, {tickets} tickets, {results['repetitions']} repetitions", "", _row(_HEAD)]
    lines.append("|---" * len(_HEAD) + "|")
    lines += [_row(_cells(one, results["weights"][one["name"]])) for one in results["scenarios"]]
    by_name = {one["name"]: one["ratio"] for one in results["scenarios"]}
    lines.append("")
    for name, other, limit, words in _BESIDE:
        if name in by_name and other in by_name:
            lines.append(f"- {words}: × {by_name[name] / by_name[other]:.2f} (≤ {limit})")
    resident, share = (max(sizes[rank] for sizes in results["memory"]) for rank in (0, 1))
    lines += [
        f"- memory of a web worker after all of it: {resident:.0f} MB resident, {share:.0f} MB its share (≤ 100)",
        f"- start to first page: {statistics.median(results['starts']):.2f} s (≤ 0.8)",
        f"- heaviest page: {max(results['weights'].values()) / 1000:.1f} kB compressed (≤ 60)",
        f"- a one-row SQLite commit on this disk, before and after: "
        f"{' and '.join(f'{one:.1f}' for one in results['commits'])} ms",
        f"- tickets acknowledged while measuring, and there afterwards: {results['opened']}",
        "",
    ]
    return "\n".join(lines)


def rules(found: dict[str, float]) -> str:
    """The table of the rules, beside json."""
    memory = f"{found['stream_half_mb']:.0f} and {found['stream_all_mb']:.0f} MB"
    return "\n".join(
        (
            "### The rules",
            "",
            "| what | measured | target |",
            "|---|---|---|",
            f"| `route()` beside `json.loads` of the same line | × {found['route_ratio']:.2f} "
            f"({1e6 / found['route_us']:,.0f} decisions a second) | ≤ 3 |",
            f"| `guichet route` beside json alone, start apart | × {found['stream_ratio']:.2f} "
            f"({found['stream_per_second']:,.0f} lines a second) | ≤ 8 |",
            f"| its memory for 100,000 and 200,000 lines | {memory} | flat |",
            f"| its start | {found['stream_start_ms']:.0f} ms | |",
            f"| loading all agreements | {found['loading_ms']:.0f} ms | ≤ 150 |",
            "",
        )
    )


def replay(found: dict[str, Any]) -> str:
    """The table of a replay, beside one read of the tickets."""
    return _row(
        (
            found["engine"],
            f"{found['tickets']:,}",
            f"{found['replayed']:,}",
            f"{found['groups']:,}",
            f"{found['changed']:,}",
            f"{found['seconds']:.1f} s" + ("" if found["seconds"] <= 5 else " **missed**"),
            f"{found['slowest']:.1f} s",
            "≤ 5 s",
            f"{found['scan']:.2f} s",
            f"{found['ratio']:.1f}",
            f"{found['megabytes']:.0f} MB",
        )
    )


def _cells(one: dict[str, Any], weight: int) -> tuple[str, ...]:
    target = ""
    if one["target"] is not None:
        target = f"≤ {one['target']:g}" + ("" if one["ratio"] <= one["target"] else " **missed**")
    alone, floor, four = one["one"], one["one_floor"], one["four"]
    return (
        one["label"],
        f"{one['ratio']:.2f}",
        target,
        f"{alone['p50']:.1f}",
        f"{alone['p95']:.1f}",
        f"{floor['p50']:.2f}",
        f"{alone['cpu']:.1f}",
        f"{alone['cpu'] / floor['cpu']:.2f}" if floor["cpu"] else "",
        f"{one['four_ratio']:.2f}",
        f"{four['p50']:.1f}",
        f"{four['p95']:.1f}",
        f"{four['per_second']:.0f}",
        f"{weight / 1000:.1f}",
    )


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
