"""`./run bench --check` fails at a regression of more than a fifth of a scenario's processor time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench import check


def results(**scenarios: tuple[float, float]) -> dict[str, Any]:
    return {
        "engine": "sqlite",
        "scenarios": [
            {"name": name, "ratio": time, "one": {"cpu": cpu}, "one_floor": {"cpu": 1.0}}
            for name, (time, cpu) in scenarios.items()
        ],
    }


def test_a_ratio_that_grew_by_more_than_a_fifth_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ratios.json"
    assert check.kept("sqlite", "10k", path) == {}
    before = check.ratios(results(queue=(2.0, 2.0), home=(2.0, 2.0), ticket=(2.0, 2.0)))
    check.keep(before, "sqlite", "10k", path)
    check.keep(check.ratios(results(queue=(9.0, 9.0))), "postgresql", "10k", path)
    kept = check.kept("sqlite", "10k", path)
    assert kept == before
    now = check.ratios(results(queue=(2.1, 2.5), home=(2.5, 2.1), ticket=(2.3, 2.3), number=(9.0, 9.0)))
    assert [line.split(":")[0] for line in check.regressions(now, kept)] == ["queue"]
    check.keep(check.ratios(results(queue=(2.5, 2.5))), "sqlite", "10k", path)
    assert check.regressions(now, check.kept("sqlite", "10k", path)) == []
    assert check.kept("sqlite", "10k", path)["ticket"] == (2.0, 2.0)
