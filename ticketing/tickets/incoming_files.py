"""Files that come in with an opening or a step, within the desk's limits; what is refused is a fault of the form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ticketing.errors import Invalid
from ticketing.files import receiving
from ticketing.model import Upload
from ticketing.settings import desk_settings


def limits() -> receiving.Limits:
    """How large files may be, by the settings."""
    settings = desk_settings()
    return receiving.Limits(settings.per_file, settings.per_ticket, settings.clamav)


class receiving_files:
    """`files.receiving` on the desk's folder and limits, with its refusals as `Invalid`."""

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
    """The same form again: its files are not kept twice, and the answer is the first one's."""
    for file in received:
        (receiving.files_folder() / file.path).unlink(missing_ok=True)
    received.clear()
    return known or 0
