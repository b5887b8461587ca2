"""What a check found, as `guichet doctor` prints it and the page of health shows it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a thing stands: well, to be looked at, or broken."""

    WELL = "bien"
    LOOK = "à regarder"
    BROKEN = "en panne"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing checked: what it is, how it stands in one sentence, and what to do (empty: nothing).

    `command` does it; it may name places of the machine, so that `guichet doctor` alone says it, and no page.
    """

    subject: str
    level: Level
    state: str
    remedy: str = ""
    command: str = ""


def well(subject: str, state: str) -> Finding:
    """Return a finding about which nothing need be done."""
    return Finding(subject, Level.WELL, state)


def look(subject: str, state: str, remedy: str) -> Finding:
    """Return a finding that somebody should look at soon."""
    return Finding(subject, Level.LOOK, state, remedy)


def broken(subject: str, state: str, remedy: str) -> Finding:
    """Return a finding that keeps Guichet, or a part of it, from its work."""
    return Finding(subject, Level.BROKEN, state, remedy)


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings, the worst first, and otherwise in their order."""
    order = list(Level)
    return sorted(findings, key=lambda one: -order.index(one.level))


def worst(findings: Sequence[Finding]) -> Level:
    """Return the worst level among the findings."""
    return next((finding.level for finding in worst_first(findings)), Level.WELL)


def lines(findings: Sequence[Finding]) -> list[str]:
    """Return the findings as lines of text, the worst first, each with its remedy below."""
    marks = {Level.WELL: "  ", Level.LOOK: "! ", Level.BROKEN: "✗ "}
    told = []
    for finding in worst_first(findings):
        told.append(f"{marks[finding.level]}{finding.subject} : {finding.state}")
        if finding.remedy:
            told.append(f"    → {finding.remedy}")
        if finding.command:
            told.append(f"      {finding.command}")
    return told
