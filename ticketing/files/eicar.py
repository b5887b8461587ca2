"""The harmless EICAR signature, by which antiviruses are tested; it is recognised here to test this program."""

from __future__ import annotations

#: The signature is written in two pieces, or an antivirus would take this source file for the test file.
SIGNATURE = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
NAME = "Eicar-Test-Signature"


class Watcher:
    """Looks for the signature in bytes that arrive in pieces."""

    def __init__(self) -> None:
        self.found = False
        self._end = b""

    def look(self, chunk: bytes) -> None:
        """Look for the signature in the next piece, also across the boundary with the previous one."""
        whole = self._end + chunk
        self.found = self.found or SIGNATURE in whole
        self._end = whole[-len(SIGNATURE) + 1 :]
