"""Lint reports written as text for people and as JSON for programs. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, TextIO

from matrix.checks.model import SEVERITIES, Finding, Proof, Report, SentenceCount, plural


def as_text(report: Report, out: TextIO) -> None:
    """Write one line for each finding, « file:line: severity: code: sentence », its items below it; then the proof."""
    for one in report.findings:
        out.write(f"{one.file}:{one.line}: {one.severity}: {one.code}: {one.sentence}\n")
        out.writelines(f"    - {item}\n" for item in one.items)
    for count in report.sentences:
        out.write(f"{_counted(count)}\n")
    for proof in report.proofs:
        out.write(f"{_proved(proof)}\n")
    if report.proofs:
        out.write(f"preuve: {number(report.combinations)} combinaisons essayées en tout\n")
    out.write(f"{summary(report)}\n")


def _proved(proof: Proof) -> str:
    said = ", ".join(f"{status} {number(count)}" for status, count in proof.statuses)
    return (
        f"preuve: {proof.convention}: {number(proof.combinations)} combinaisons "
        f"({plural(proof.places, 'classe')} d’établissements, {plural(proof.moments, 'période')}) : {said}"
    )


def _counted(count: SentenceCount) -> str:
    return (
        f"phrases: {count.convention}: {number(count.sentences)} dans le texte, dont {number(count.about)} sur un "
        f"objet et une tâche (citées : {number(count.quoted)}, tenues : {number(count.held)}, sans règle : "
        f"{number(count.not_a_rule)}, à traiter : {number(count.to_do)}, sans marque : {number(count.unmarked)})"
    )


def summary(report: Report) -> str:
    """Return the counts of a report: « 0 erreur, 14 avertissements, 8 remarques »."""
    return ", ".join(plural(report.count(severity), severity) for severity in SEVERITIES)


def number(value: int) -> str:
    """Return a number with spaces between its thousands: « 308 052 »."""
    return f"{value:,}".replace(",", "\u202f")


def as_json(report: Report, out: TextIO) -> None:
    """Write the report as one JSON object, which `docs/conventions.md` describes."""
    data: dict[str, Any] = {
        "on": report.on.isoformat(),
        "conventions": list(report.conventions),
        "counts": {severity: report.count(severity) for severity in SEVERITIES},
        "findings": [_finding(one) for one in report.findings],
        "proof": {
            "combinations": report.combinations,
            "conventions": [_proof(one) for one in report.proofs],
        }
        if report.proofs
        else None,
    }
    if report.sentences:
        data["sentences"] = [asdict(one) for one in report.sentences]
    json.dump(data, out, ensure_ascii=False, indent=1)
    out.write("\n")


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "code": one.code,
        "severity": one.severity,
        "convention": one.convention,
        "file": one.file,
        "line": one.line,
        "subject": one.subject,
        "message": one.sentence,
        "items": list(one.items),
        "cells": [{"service": service, "activity": activity} for service, activity in one.cells],
    }


def _proof(one: Proof) -> dict[str, Any]:
    return {
        "convention": one.convention,
        "places": one.places,
        "moments": one.moments,
        "combinations": one.combinations,
        "statuses": dict(one.statuses),
    }
