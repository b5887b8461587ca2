"""Receive the files of an opening or a step within the desk's limits; a refused file is a fault of the form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ticketing.errors import Invalid
from ticketing.files import receiving
from ticketing.model import Upload
from ticketing.settings import desk_settings


def limits() -> receiving.Limits:
    """Return how large files may be, by the settings."""
    settings = desk_settings()
    return receiving.Limits(settings.per_file, settings.per_ticket, settings.clamav)


class receiving_files:
    """`files.receiving` with the desk's folder and limits; its refusals become `Invalid`."""

    def __init__(self, uploads: Sequence[Upload]) -> None:
        self._files = receiving.receiving(receiving.files_folder(), uploads, limits())

    def __enter__(self) -> list[receiving.Received]:
        try:
            return self._files.__enter__()
        except receiving.FileRefused as fault:
            raise Invalid({"files": fault.sentence}) from fault

    def __exit__(self, *error: Any) -> bool | None:
        return self._files.__exit__(*error)


def already_received(received: list[receiving.Received], known: int | None) -> int:
    """Remove the files of a form that was already received, and return the ticket that the first sending gave."""
    for file in received:
        (receiving.files_folder() / file.path).unlink(missing_ok=True)
    received.clear()
    return known or 0
