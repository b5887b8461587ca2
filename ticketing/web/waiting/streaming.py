"""Downloads, and pages that took long: the reader's standing is asked again before they are sent, and at each part.

A file may be made for a while and read for longer: meanwhile the session may be closed, the mandate end, the
collectivité be suspended (VIII), a charter be published. Then the file stops. Its connection is broken off, so that
neither browser nor relay takes it for complete; a text says so in its last line; and the journal gets a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from flask import Flask, Response, current_app, g, make_response, request, stream_with_context

from charters.database import ask_again
from charters.errors import StandingChanged
from charters.journal import audit
from charters.model import Actor
from ticketing.web.waiting.standing import Standing

#: A file is sent in parts of so many bytes.
PART = 262_144
#: A page that took longer to make is asked about too, once.
SLOW = timedelta(seconds=2)
#: Types of texts -> the line that says they were cut.
CUT_LINES = {
    "text/csv": "\r\nFICHIER INTERROMPU : vos droits ont changé pendant l’envoi. Il n’est pas complet.\r\n",
    "application/x-ndjson": '{"cut": "Fichier interrompu : vos droits ont changé pendant l’envoi."}\n',
}

audit.label("download.cut", "Envoi d’un fichier interrompu : les droits du lecteur ont changé")


class Cut(ConnectionAbortedError):
    """Raised in the middle of an answer, so that the server breaks the connection off."""


def install(app: Flask) -> None:
    """Watch every download and every slow page of a person, whichever view gives it."""
    app.after_request(_watched)


def _watched(response: Response) -> Response:
    """Return the download in parts, each after its reader's standing; the guard's answer if that changed already."""
    standing: Standing | None = g.get("standing")
    if standing is None or response.status_code not in (200, 206):
        return response  # nobody's, or answered before anybody was looked up (the page of a maintenance)
    download = response.is_streamed or "attachment" in response.headers.get("Content-Disposition", "")
    slow = datetime.now(UTC) - g.now > SLOW
    if not (download or slow):
        return response
    try:
        ask_again(standing)
    except StandingChanged as error:
        response.close()
        return make_response(current_app.handle_user_exception(error))
    length = response.content_length
    if not download or request.method == "HEAD" or (length is not None and length <= PART):
        return response
    response.direct_passthrough = False
    line = CUT_LINES.get(response.mimetype, "") if length is None else ""
    response.response = stream_with_context(_parts(response.response, standing, g.actor, line))
    if length is not None:
        response.content_length = length
    return response


def _parts(pieces: Iterable[bytes | str], standing: Standing, actor: Actor, line: str) -> Iterator[bytes]:
    """Yield what was to be sent, in parts. Raises Cut, after `line` and a line of the journal, when it must stop."""
    sent = 0
    try:
        for part in _cut_up(pieces):
            if sent:  # the first part was asked about just before
                ask_again(standing)
            yield part
            sent += len(part)
    except StandingChanged:
        audit.refusal("download.cut", actor=actor, subject=request.path, now=datetime.now(UTC), details={"bytes": sent})
        if line:
            yield line.encode()
        raise Cut("the reader's standing changed") from None
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


def _cut_up(pieces: Iterable[bytes | str]) -> Iterator[bytes]:
    """Yield the same bytes in parts of at most PART; small pieces are gathered."""
    held = bytearray()
    for piece in pieces:
        held += piece.encode() if isinstance(piece, str) else piece
        while len(held) >= PART:
            yield bytes(held[:PART])
            del held[:PART]
    if held:
        yield bytes(held)
