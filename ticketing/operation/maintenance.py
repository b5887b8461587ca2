"""Stop Guichet itself for maintenance (`guichet maintenance on`) by a file of the data folder, read on every request.

It is a file rather than a row so that it works while the database is down, for every process at once, without a
restart. Meanwhile no waiting message is sent, and no request is lost: the answer says when to try again.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from charters import private_files

#: How long a client is asked to wait: without an announced end, at least, and at most.
USUAL, LEAST, MOST = timedelta(minutes=10), timedelta(minutes=1), timedelta(hours=6)
NAME = "maintenance"


@dataclass(frozen=True, slots=True)
class Stopped:
    """Guichet is stopped. `until` is the announced end, or None; `words` is what people are told."""

    since: datetime | None
    until: datetime | None
    words: str

    def retry_after(self, now: datetime) -> int:
        """Return in how many seconds to try again."""
        left = self.until - now if self.until is not None and self.until > now else USUAL
        return int(min(max(left, LEAST), MOST).total_seconds())


def stop(folder: Path, *, until: datetime | None, words: str, now: datetime) -> None:
    """Stop Guichet for everyone; a second call changes the end and the words."""
    private_files.folder(folder)
    kept = stopped(folder)
    since = kept.since if kept and kept.since else now
    written = folder / f"{NAME}.{os.getpid()}"
    written.write_text(
        json.dumps(
            {
                "since": since.astimezone(UTC).isoformat(),
                "words": words,
                "until": until.astimezone(UTC).isoformat() if until else None,
            }
        ),
        "utf-8",
    )
    written.replace(folder / NAME)  # readers see the whole file or no file


def resume(folder: Path) -> bool:
    """Let Guichet answer again; return whether it was stopped."""
    try:
        (folder / NAME).unlink()
    except FileNotFoundError:
        return False
    return True


def stopped(folder: Path) -> Stopped | None:
    """Return how Guichet is stopped, or None. A file that cannot be read stops it too, since somebody put it there."""
    path = f"{folder}/{NAME}"
    try:
        os.stat(path)  # asked at every request: looking costs a tenth of opening
        text = Path(path).read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return Stopped(None, None, "")
    try:
        said = json.loads(text)
        since, until = (datetime.fromisoformat(said[name]) if said.get(name) else None for name in ("since", "until"))
        return Stopped(since, until, str(said.get("words") or ""))
    except (ValueError, AttributeError, TypeError):
        return Stopped(None, None, "")
