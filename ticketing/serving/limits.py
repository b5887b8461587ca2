"""The limits of the server: how large a request may be, how long it may take, how many wait at a time."""

from __future__ import annotations

from dataclasses import dataclass

#: The largest request line, headers together, and number of headers.
LINE, HEADERS, FIELDS = 8190, 32_768, 100
#: The largest body of a request that brings no file: a page of text is 10,000 characters.
PLAIN_BODY = 1_000_000
#: How much of a body stays in memory; the rest goes to a file without a name.
IN_MEMORY = 65_536
#: An answer is made no further while this much of it waits for its reader.
AHEAD = 262_144


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that the settings give; sizes in bytes, times in seconds.

    `plain` bounds the body of a request that brings no file or comes from nobody who is logged in, `largest` any body,
    `spooled` the bodies that one process holds in files.

    `seconds` is the time for the headers, and the time before a body or an answer must have come at `rate` bytes a
    second since its beginning.
    """

    seconds: float = 20
    rate: int = 16_000
    keep_alive: float = 5
    connections: int = 400
    plain: int = PLAIN_BODY
    largest: int = 101_000_000
    spooled: int = 404_000_000

    def late(self, elapsed: float, moved: int) -> bool:
        """Whether a body or an answer of which `moved` bytes passed in `elapsed` seconds is too slow."""
        return elapsed > self.seconds + moved / self.rate
