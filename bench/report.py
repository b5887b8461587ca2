"""The tables of RESULTS.md, from what was measured."""

from __future__ import annotations

import statistics
from typing import Any


def pages(results: dict[str, Any]) -> str:
    """Scenarios beside their targets, then memory, start and weights."""
    lines = [
        f"### {results['engine']}, {results['made']['tickets']:,} tickets, {results['repetitions']} repetitions".replace(",", " "),
        "",
        "| scenario | × floor | target | p50 ms | p95 ms | floor p50 | CPU ms | 4 clients: × floor | p50 ms | p95 ms | requests/s | kB |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in results["scenarios"]:
        mark = "" if one["target"] is None else ("≤ {:g}{}".format(one["target"], "" if one["ratio"] <= one["target"] else " **missed**"))
        lines.append(
            f"| {one['label']} | {one['ratio']:.2f} | {mark} | {one['one']['p50']:.1f} | {one['one']['p95']:.1f} "
            f"| {one['one_floor']['p50']:.2f} | {one['one']['cpu']:.1f} | {one['four_ratio']:.2f} | {one['four']['p50']:.1f} "
            f"| {one['four']['p95']:.1f} | {one['four']['per_second']:.0f} | {results['weights'][one['name']] / 1000:.1f} |"
        )
    by_name = {one["name"]: one["one"]["p50"] for one in results["scenarios"]}
    lines.append("")
    for name, other, limit, words in (
        ("queue-cmi", "queue-admin", 1.5, "a correspondant's list beside an administrator's"),
        ("all-deep", "all", 1.2, "the deep page beside the first"),
        ("queue-deep", "queue", 1.2, "the queue's end beside its first page"),
    ):
        if name in by_name and other in by_name:
            lines.append(f"- {words}: × {by_name[name] / by_name[other]:.2f} (≤ {limit})")
    resident = max(size for size, _ in results["memory"])
    shared = max(size for _, size in results["memory"])
    lines += [
        f"- memory of a web worker after all of it: {resident:.0f} MB resident, {shared:.0f} MB its share (≤ 120)",
        f"- start to first page: {statistics.median(results['starts']):.2f} s (≤ 2)",
        f"- heaviest page: {max(results['weights'].values()) / 1000:.1f} kB compressed (≤ 60)",
        f"- tickets opened, all there afterwards: {results['opened']}",
        "",
    ]
    return "\n".join(lines)


def rules(found: dict[str, float]) -> str:
    return "\n".join((
        "### The rules",
        "",
        "| what | measured | target |",
        "|---|---|---|",
        f"| `route()` beside `json.loads` of the same line | × {found['route_ratio']:.2f} "
        f"({1e6 / found['route_us']:,.0f} decisions a second) | ≤ 3 |",
        f"| `guichet route` beside json alone, start apart | × {found['stream_ratio']:.2f} "
        f"({found['stream_per_second']:,.0f} lines a second) | ≤ 8 |",
        f"| its memory for 100,000 and 200,000 lines | {found['stream_half_mb']:.0f} and {found['stream_all_mb']:.0f} MB | flat |",
        f"| its start | {found['stream_start_ms']:.0f} ms | |",
        f"| loading all agreements | {found['loading_ms']:.0f} ms | ≤ 150 |",
        "",
    ))
