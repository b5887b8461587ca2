"""The parts that `./run mutants` tries: the places whose modules are changed, and the tests that may notice."""

from __future__ import annotations

#: Each part: folders or modules, whether their pure modules alone are changed, and the folders of the tests.
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
    "files": (
        ("ticketing/files",),
        False,
        (
            "tests/unit/ticketing/files",
            "tests/web/tickets/test_cases_fic.py",
            "tests/web/administration/test_quarantine.py",
        ),
    ),
    "audit": (
        ("charters/journal/audit.py",),
        False,
        ("tests/integration/charters/journal", "tests/unit/ticketing/oversight/test_journal_labels.py"),
    ),
    "lists": (
        ("ticketing/tickets/lists.py",),
        False,
        ("tests/integration/ticketing/tickets/test_lists.py", "tests/unit/ticketing/tickets"),
    ),
}
