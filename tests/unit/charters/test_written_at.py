"""Test that every block that writes reads the instant under its lock: what it dates and judges was not read before."""

from __future__ import annotations

import ast
from pathlib import Path

from harness.places import ROOT

SOURCES = [path for package in ("charters", "ticketing") for path in sorted((ROOT / package).rglob("*.py"))]

#: Functions that write by the instant they are given, and why.
GIVEN = {
    "charters/entry/pin_and_code.py:log_in": "`_decide` reads it, once it holds the key",
    "charters/entry/resync.py:resynchronise": "`_decide` reads it, once it holds the key",
    "charters/entry/renewal.py:prove": "`_proved` reads it, once it holds the key",
    "ticketing/files/quarantine.py:_settle": "the scheduler's",
    "ticketing/presets/repeating.py:_opened": "the scheduler's",
    "ticketing/tickets/by_itself/program.py:_one": "the scheduler's",
}
#: Modules of the scheduler and of commands, which no request calls.
NO_REQUEST = {
    "charters/journal/keeping.py",
    "charters/keys/alerts.py",
    "charters/people/leaving.py",
    "charters/journal/retention.py",
    "charters/keys/founding.py",
    "charters/keys/rotation.py",
    "charters/letters.py",
    "ticketing/backups/exporting.py",
    "ticketing/correspondence/watching.py",
    "ticketing/exchange/gaps.py",
    "ticketing/exchange/incoming.py",
    "ticketing/exchange/outgoing.py",
    "ticketing/exchange/reconciliation.py",
    "ticketing/exchange/sending.py",
    "ticketing/figures/facts/keeping.py",
    "ticketing/figures/histories.py",
    "ticketing/figures/publishing.py",
    "ticketing/interruptions/letters.py",
    "ticketing/jobs.py",
    "ticketing/mail/delivery.py",
    "ticketing/mail/incoming/fetching.py",
    "ticketing/mail/incoming/store.py",
    "ticketing/mail/sending/leases.py",
    "ticketing/mail/sending/visibility.py",
    "ticketing/mail/undelivered.py",
    "ticketing/oversight/reading_reports.py",
    "ticketing/personal_data/purging.py",
    "ticketing/personal_data/traces.py",
    "ticketing/suggesting/learning.py",
}


def blocks(path: Path) -> list[tuple[str, ast.With]]:
    """Return the blocks that write in functions that are given an instant, each with its function's name."""
    found = []
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(function, ast.FunctionDef):
            continue
        if "now" not in [one.arg for one in (*function.args.args, *function.args.kwonlyargs)]:
            continue
        found += [
            (f"{path.relative_to(ROOT).as_posix()}:{function.name}", block)
            for block in ast.walk(function)
            if isinstance(block, ast.With)
            and any(ast.unparse(item.context_expr) == "writing()" for item in block.items)
        ]
    return found


def test_every_block_that_writes_reads_the_instant_under_its_lock():
    """A new block must too, or stand in the table with its reason."""
    unread, seen = set(), set()
    for path in SOURCES:
        name = path.relative_to(ROOT).as_posix()
        if name in NO_REQUEST or name.startswith("ticketing/demo/"):
            continue
        for function, block in blocks(path):
            seen.add(function)
            if "written_at(now)" not in ast.unparse(block):
                unread.add(function)
    assert unread == set(GIVEN)
    assert len(seen) > 60


def test_steps_of_a_ticket_take_the_instant_of_the_ticket_s_lock():
    """The instant that a form came with stays out of what a step writes; the scheduler's are in a room of their own."""
    given = set()
    for function in ast.parse((ROOT / "ticketing/tickets/desk.py").read_text("utf-8")).body:
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("lifecycle."):
                given |= {function.name for one in call.args if ast.unparse(one) == "now"}
    assert given == set()
