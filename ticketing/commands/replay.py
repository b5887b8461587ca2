"""Replay a period for `guichet matrix replay`. A person who may run the command sees the whole database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from charters.database import reading
from charters.days import today
from matrix import ConventionError
from ticketing.errors import Invalid, NotFound
from ticketing.replays import reports, run
from ticketing.replays.run import ReplaySubject
from ticketing.replays.selection import ReplayPeriod, ReplayReach

NUMBER_MAX = 2**31 - 1
_OPTIONS = {"depuis": "--since", "jusqua": "--until"}


class Refusal(Exception):
    """Raised when what was typed cannot be replayed: a French sentence, and the option or argument at fault."""

    def __init__(self, sentence: str, field: str = "DRAFT") -> None:
        self.field = field
        super().__init__(sentence)


@contextmanager
def readable() -> Iterator[None]:
    """Let the block read the database through its own session too."""
    with reading():
        yield


def told(draft: str, since: str, until: str, form: str, now: datetime) -> str:
    """Return the replay as `text`, `json` or `csv`. Raises Refusal."""
    try:
        wanted = run.period(since, until, today(now))
    except Invalid as error:
        field, sentence = next(iter(error.errors.items()))
        raise Refusal(sentence, _OPTIONS.get(field, field)) from None
    subject = _subject(draft, wanted)
    found = run.run(subject, ReplayReach(subject.trial.places), wanted)
    if form == "csv":
        return reports.as_csv(found, subject.trial)
    if form == "json":
        return reports.as_json(found, subject.trial, wanted)
    return reports.as_text(found, subject.trial, wanted, subject.title)


def _subject(draft: str, wanted: ReplayPeriod) -> ReplaySubject:
    if draft.isascii() and draft.isdigit():
        try:
            return run.of_draft(min(int(draft[:12]), NUMBER_MAX))
        except NotFound:
            raise Refusal(f"aucun projet ne porte le numéro {draft}") from None
        except Invalid as error:
            raise Refusal(str(error)) from None
    folder = Path(draft).resolve()
    if not (folder / "convention.toml").is_file():
        raise Refusal(f"{draft} n’est ni le numéro d’un projet ni le dossier d’un accord (il y faut convention.toml)")
    try:
        return run.of_folder(folder, wanted.since)
    except ConventionError as error:
        raise Refusal(str(error)) from None
