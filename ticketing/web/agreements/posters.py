"""Make the poster of an établissement as a PDF, from « Qui fait quoi » (`/qui-fait-quoi/<convention>/affiche.pdf`)."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import date
from functools import cache

import segno
from flask import Blueprint, Response, abort, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from charters.days import today
from matrix.model import Convention, Etablissement
from matrix.wording import capital
from ticketing.documents import pdf
from ticketing.in_force import routing
from ticketing.web import limiting, vocabulary
from ticketing.web.agreements import poster, whodoeswhat
from ticketing.web.assets import STATIC
from ticketing.web.guards import guard

blueprint = Blueprint("posters", __name__)
guard(blueprint, "member")

FONT, SHEET = "public-sans-latin-wght-normal.woff2", "poster.css"
#: Party, or the first word of its id -> the name of its colour, as `ui.html` has them.
LOOKS = {
    "academie": "academie",
    "departement": "departement",
    "region": "region",
    "commune": "region",
    "college": "college",
    "lycee": "college",
    "etablissement": "college",
    "ecole": "college",
    **dict.fromkeys(
        ("metropole", "epci", "communaute", "agglomeration", "syndicat", "gip", "groupement"), "groupement"
    ),
}
UNAVAILABLE = (
    "L’affiche ne peut pas être faite",
    f"Il manque à cette machine des bibliothèques qui font les PDF. Qui exploite Guichet les installe ainsi : "
    f"{pdf.INSTALL}. Le reste de Guichet n’en a pas besoin.",
)
BUSY = (
    "D’autres affiches sont en train de se faire",
    "Redemandez la vôtre dans quelques secondes.",
)


@blueprint.get("/qui-fait-quoi/<convention_id>/affiche.pdf")
def sheet(convention_id: str) -> ResponseReturnValue:
    """Return the poster of `?etablissement=…`, or of the mandate's place; `&service=…` puts that service's QR code."""
    reach = whodoeswhat.in_reach()
    convention = reach.convention(convention_id)
    place = reach.place(convention) or abort(404)
    service = request.args.get("service", "").strip()
    if service and service not in routing.router().conventions.services:
        abort(404)
    html, resources = page(convention, place, service, today(g.now))
    key = pdf.digest(html, _style(), resources)
    found = pdf.kept(key)
    if found is None:
        if (often := limiting.refused("poster")) is not None:
            return often
        try:
            found = pdf.make(key, html, _style(), resources)
        except pdf.Unavailable:
            return _refusal(503, UNAVAILABLE)
        except pdf.Busy:
            return _refusal(503, BUSY, wait=5)
    response = Response(found, mimetype="application/pdf")
    name = re.sub(r"[^a-z0-9-]+", "-", f"affiche-{place.id}-{convention.id}".lower())
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response


def page(
    convention: Convention, place: Etablissement, service: str, day: date
) -> tuple[str, Mapping[str, tuple[str, bytes]]]:
    """Return the poster as HTML, with the resources that it refers to: the font, the QR codes."""
    router, base_url = routing.router(), current_app.config["GUICHET"].base_url
    conventions = routing.on_day(router.conventions, day)
    content = poster.poster(conventions, convention.id, place, router.recorded, day)
    codes = poster.codes(conventions, convention.id, place.id, service, base_url)
    named = [(code.label, code.url, f"code-{rank}.svg") for rank, code in enumerate(codes, 1)]
    html = render_template(
        "agreements/poster/sheet.html",
        poster=content,
        codes=named,
        host=base_url.partition("://")[2],
        look=lambda name: LOOKS.get(name.partition("-")[0], "autre"),
        columns=[vocabulary.ACTIVITY_ANSWERS[name] for name in poster.COLUMNS],
        first_upper=capital,
    )
    images = {name: ("image/svg+xml", _qr(url)) for _, url, name in named}
    return html, {"public-sans.woff2": ("font/woff2", _font()), **images}


def _qr(url: str) -> bytes:
    """Return the QR code as SVG, without its quiet zone, which the white box around it provides."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(out, kind="svg", scale=4, border=2, dark="#000", light="#fff")
    return out.getvalue()


def _refusal(status: int, words: tuple[str, str], wait: int | None = None) -> Response:
    title, text = words
    response = make_response(render_template("errors/error.html", code=status, title=title, text=text), status)
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


@cache
def _font() -> bytes:
    return (STATIC / "fonts" / FONT).read_bytes()


@cache
def _style() -> str:
    return (STATIC / "print" / SHEET).read_text("utf-8")
