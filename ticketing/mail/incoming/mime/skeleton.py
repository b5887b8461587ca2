"""A small copy of a message, for readers that want Python's own `EmailMessage`. Pure.

They look at headers, at reports and at calendars; a copy without large bodies, whose headers are read already, keeps
them within bounds and spares them every way in which Python's parser fails.
"""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from ticketing.mail.incoming.mime import charsets, encodings, headers
from ticketing.mail.incoming.mime.notes import Notes
from ticketing.mail.incoming.mime.structure import Part

BODY_MAX, WHOLE_MAX = 200_000, 1_000_000
_READABLE = ("text/", "message/")
_REWRITTEN = ("content-type", "content-transfer-encoding")


class _Value(str):
    """The value of a header as text on one line, with the one attribute that `EmailMessage` asks of it."""

    __slots__ = ()

    @property
    def content_disposition(self) -> str | None:
        """Return the disposition, without its parameters."""
        return self.partition(";")[0].strip().lower() or None


class _ReadPolicy(EmailPolicy):
    """A policy that gives each header as text and never raises."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, _, value = sourcelines[0].partition(":")
        return name, _Value("".join([value, *sourcelines[1:]]).strip())

    def header_fetch_parse(self, name: str, value: str) -> Any:
        text = value.encode("utf-8", "surrogateescape")
        return _Value(headers.words(headers.as_text(text), Notes()))


_POLICY = _ReadPolicy(raise_on_defect=False)


def of(part: Part) -> tuple[EmailMessage, bytes]:
    """Return a small copy of a message as Python's object, and as bytes."""
    raw = _Writer().message(part)
    found: EmailMessage = message_from_bytes(raw, policy=_POLICY)  # type: ignore[arg-type]
    return found, raw


class _Writer:
    def __init__(self) -> None:
        self.left = WHOLE_MAX
        self.boundaries = 0

    def message(self, part: Part) -> bytes:
        """Return a part with its headers, each on one line, and what is kept of its body."""
        lines = [
            name.encode("ascii") + b": " + value.replace(b"\r", b" ").replace(b"\n", b" ")
            for name, value in part.headers.fields
            if name not in _REWRITTEN
        ]
        said, body = self._body(part)
        self.left -= len(body) + sum(map(len, lines))
        return b"\n".join((*lines, *said, b"", body))

    def _body(self, part: Part) -> tuple[list[bytes], bytes]:
        if part.content_type.startswith("multipart/"):
            self.boundaries += 1
            boundary = b"=_guichet_%d_" % self.boundaries
            pieces = [
                b"--" + boundary + b"\n" + self.message(child) + b"\n" for child in part.children if self.left > 0
            ]
            said = self._type(part, boundary=boundary.decode())
            return [said], b"".join(pieces) + b"--" + boundary + b"--\n"
        if part.children:
            return [self._type(part)], self.message(part.children[0])
        if self.left > 0 and part.content_type.startswith(_READABLE):
            data = encodings.decoded(part.raw[part.start : part.end][: BODY_MAX * 2], part.encoding, Notes(), text=True)
            text = charsets.decode(data[:BODY_MAX], part.params.get("charset", ""), Notes())
            body = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
            return [self._type(part, charset="utf-8"), b"content-transfer-encoding: 8bit"], body
        return [self._type(part)], b""

    def _type(self, part: Part, **changed: str) -> bytes:
        params = {**part.params, **changed}
        said = [part.content_type]
        for name, value in params.items():
            if name.isascii() and name.replace("-", "").isalnum():
                safe = value.replace("\\", "_").replace('"', "'")
                said.append(f'{name}="{safe}"')
        return b"content-type: " + "; ".join(said).encode("utf-8", "replace")
