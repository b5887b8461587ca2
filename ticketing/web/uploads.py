"""Read the files of a form for the desk. `ticketing.files.receiving` judges their sizes and types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, cast

from flask import make_response, redirect, request
from flask.typing import ResponseReturnValue

from ticketing.files import document_words
from ticketing.model import Upload
from ticketing.pupils import READ_MAX, named


def received(field: str) -> list[Upload]:
    """Return the files sent in the form field `field`; an input left empty gives none."""
    return [
        Upload(file.filename or "fichier", file.stream, file.mimetype or "", None)
        for file in request.files.getlist(field)
        if file.filename
    ]


def texts(files: Sequence[Upload]) -> list[str]:
    """Return the name of each file, and the beginning of its words where it is a text or an office document.

    The files stay at their start. A PDF and an image are not read.
    """
    read = []
    for file in files:
        read += [named(file.filename), document_words.beginning(file.filename, cast(BinaryIO, file.stream), READ_MAX)]
        file.stream.seek(0)
    return [text for text in read if text]


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
