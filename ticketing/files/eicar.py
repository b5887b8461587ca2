"""The harmless signature by which antiviruses are tried (EICAR): known here too, so that one can try ours."""

from __future__ import annotations

#: Written in two pieces, or an antivirus would take this very file for the test.
SIGNATURE = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
NAME = "Eicar-Test-Signature"


class Watcher:
    """Looks for the signature in bytes that come in pieces."""

    def __init__(self) -> None:
        self.found = False
        self._end = b""

    def look(self, chunk: bytes) -> None:
        whole = self._end + chunk
        self.found = self.found or SIGNATURE in whole
        self._end = whole[-len(SIGNATURE) + 1 :]
