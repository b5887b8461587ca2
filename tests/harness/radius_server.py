"""A RADIUS server for tests, on a real port: pyrad's own, which knows one passcode a person, and accepts each once."""

from __future__ import annotations

import io
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyrad import packet, server
from pyrad.dictionary import Dictionary

SECRET = "un secret partagé de plus de seize"
ATTRIBUTES = (
    "ATTRIBUTE User-Name 1 string\nATTRIBUTE User-Password 2 octets\nATTRIBUTE State 24 octets\n"
    "ATTRIBUTE NAS-Identifier 32 string\nATTRIBUTE Message-Authenticator 80 octets\n"
)


class Radius(server.Server):
    """`passcodes`: name -> the passcodes that it accepts, each once. What it heard is in `heard`: (name, passcode)."""

    def __init__(self) -> None:
        hosts = {"127.0.0.1": server.RemoteHost("127.0.0.1", SECRET.encode(), "guichet")}
        super().__init__(hosts=hosts, dict=Dictionary(io.StringIO(ATTRIBUTES)), enforce_ma=True)
        self.passcodes: dict[str, list[str]] = {}
        self.heard: list[tuple[str, str]] = []
        self.lost = 0  # how many requests to lose first
        self.silent = False
        self.challenging = False
        self.with_authenticator = True
        self.secret_of_answers: bytes | None = None
        self._answered: dict[tuple[int, bytes], Any] = {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.authfds = [self.socket]
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self._stop = threading.Event()

    def HandleAuthPacket(self, pkt: Any) -> None:
        """Answer one request; one that comes again, since its answer was lost, gets the same answer."""
        if self.lost or self.silent:
            self.lost -= not self.silent
            return
        known = self._answered.get((pkt.id, pkt.authenticator))
        if known is None:
            name, passcode = pkt["User-Name"][0], pkt.PwDecrypt(pkt[2][0])
            self.heard.append((name, passcode))
            right = passcode in self.passcodes.get(name, [])
            if right and not self.challenging:
                self.passcodes[name].remove(passcode)
            code = packet.AccessReject if not right else packet.AccessAccept
            known = packet.AccessChallenge if right and self.challenging else code
            self._answered[(pkt.id, pkt.authenticator)] = known
        reply = self.CreateReplyPacket(pkt, message_authenticator=self.with_authenticator)
        reply.code = known
        if self.secret_of_answers is not None:
            reply.secret = self.secret_of_answers
        self.SendReplyPacket(pkt.fd, reply)

    def run(self) -> None:
        """Serve until `stop`."""
        self._fdmap, self._realauthfds = {self.socket.fileno(): self.socket}, [self.socket.fileno()]
        while not self._stop.is_set():
            if select.select([self.socket], [], [], 0.02)[0]:
                try:
                    self._ProcessInput(self.socket)
                except (server.ServerPacketError, packet.PacketError):
                    continue

    def stop(self) -> None:
        self._stop.set()


@contextmanager
def answering() -> Iterator[Radius]:
    """Run a RADIUS server on a free port of this machine while the block lasts."""
    made = Radius()
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.stop()
        thread.join(5)
        made.socket.close()
