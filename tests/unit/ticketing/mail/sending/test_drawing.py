"""The part of our Message-IDs that nobody guesses."""

from __future__ import annotations

import pytest

from ticketing.mail.sending.drawing import holds_code


@pytest.mark.parametrize(
    ("message_id", "holds"),
    [
        ("<ticket-12-7-34.0123456789abcdef@guichet.example>", True),
        (" <avis-1-7-34.0123456789abcdef@guichet.example>", True),
        ("<lettre-0123456789abcdef01234567@guichet.example>", True),
        ("<ticket-12-7-34@guichet.example>", False),
        ("<ticket-12@guichet.example>", False),
        ("<avis-1-7-34@guichet.example>", False),
        ("<x@poste.example>", False),
        ("", False),
    ],
)
def test_a_report_is_asked_for_a_message_id_that_nobody_guesses(message_id: str, holds: bool) -> None:
    assert holds_code(message_id) is holds
