"""Read the files of a form for the desk. `ticketing.files.receiving` judges their sizes and types."""

from __future__ import annotations

from flask import make_response, redirect, request
from flask.typing import ResponseReturnValue

from ticketing.model import Upload


def received(field: str) -> list[Upload]:
    """Return the files sent in the form field `field`; an input left empty gives none."""
    return [
        Upload(file.filename or "fichier", file.stream, file.mimetype or "", None)
        for file in request.files.getlist(field)
        if file.filename
    ]


def onward(address: str) -> ResponseReturnValue:
    """Return the answer to a form that was taken: the next page, to which a browser goes.

    The page's script, which sends files itself to show their progress, is told the address instead: it could not see
    the « #… » of a redirection that it follows.
    """
    if request.headers.get("X-Requested-With") == "envoi":
        return make_response("", 200, {"X-Guichet-Next": address})
    return redirect(address, 303)


def size(count: int) -> str:
    """Return a file's size, given in bytes, as people read it: « 340 ko », « 1,2 Mo »."""
    if count < 1000:
        return f"{count}\u00a0octets" if count > 1 else f"{count}\u00a0octet"
    if count < 1_000_000:
        return f"{round(count / 1000)}\u00a0ko"
    return f"{count / 1_000_000:.1f}".replace(".", ",").removesuffix(",0") + "\u00a0Mo"
