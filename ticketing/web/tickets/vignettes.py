"""Thumbnails of the images of a ticket, for those who may read the file; the image itself stays a download."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask, abort, g, send_file
from flask.typing import ResponseReturnValue

from ticketing import errors
from ticketing.files import thumbnails
from ticketing.tickets import queries
from ticketing.web.tickets.page import blueprint


def install(app: Flask) -> None:
    """Give the templates the test of whether a file has a thumbnail."""
    app.jinja_env.filters["has_vignette"] = thumbnails.shows


@blueprint.get("/tickets/<int:number>/fichiers/<uuid:uuid>/vignette")
def vignette(number: int, uuid: Any) -> ResponseReturnValue:
    """Return the thumbnail of an image; outside the perimeter, or where there is none, the answer is 404.

    Reading for a reason shows no thumbnails: each file read so is an act of its own, with its line in the journal.
    """
    try:
        stored = queries.file(g.perimeter, g.actor, number, str(uuid))
        made = thumbnails.thumbnail(Path(stored.path), stored.content_type)
    except (errors.NotFound, FileNotFoundError):
        abort(404)
    if made is None:
        abort(404)
    response = send_file(made, mimetype=thumbnails.CONTENT_TYPE, conditional=True, etag=f"v-{uuid}", max_age=0)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
