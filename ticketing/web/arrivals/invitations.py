"""The page that invites people by the hundred: chosen on a list, by mail or on sheets to print."""

from __future__ import annotations

import io
from functools import cache

import segno
from flask import Blueprint, Response, current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from charters.keys.keys import LINK_DAYS
from charters.permissions import Action
from ticketing.arrivals import invitations
from ticketing.documents import pdf
from ticketing.errors import Refused
from ticketing.web.assets import STATIC
from ticketing.web.confirming import fresh_once_valid
from ticketing.web.frame import scope_name
from ticketing.web.guards import LARGEST_ID, guard
from ticketing.web.people import coverage

blueprint = Blueprint("invitations", __name__, url_prefix="/administration/invitations")
guard(blueprint, Action.ADMINISTER_KEYS)

FONT, SHEET = "public-sans-latin-wght-normal.woff2", "invitation.css"
_FAILED = (
    "Les lettres n’ont pas pu être faites",
    "Les liens qu’elles devaient porter ne servent à personne. Redemandez-les dans un moment, ou invitez par mail. "
    f"S’il manque des bibliothèques à cette machine, qui exploite Guichet les installe ainsi\u00a0: {pdf.INSTALL}.",
)


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List the people who have no active key, to be chosen."""
    return _page({})


@blueprint.post("")
@fresh_once_valid
def send() -> ResponseReturnValue:
    """Invite those who were chosen: a mail for each, or one PDF with a page for each, which only this answer holds."""
    ids = [
        int(one) for one in request.form.getlist("qui") if one.isascii() and one.isdigit() and int(one) <= LARGEST_ID
    ]
    way: invitations.Way = "paper" if request.form.get("way") == "paper" else "mail"
    if not ids:
        return _page({"": "Choisissez au moins une personne."})
    try:
        done = invitations.invite(ids, way, coverage.readable(), actor=g.actor, now=g.now)
    except Refused as refused:
        return _page({"": refused.sentence})
    if not done:
        return _page({"": "Ces personnes n’attendent plus d’invitation."})
    if way == "paper":
        return _sheets(done)
    plural = "s" if len(done) > 1 else ""
    flash(f"{len(done)} invitation{plural} en route. Chaque lien sert une fois, pendant {LINK_DAYS} jours.", "success")
    return redirect(url_for(".index"), 303)


def _page(errors: dict[str, str]) -> ResponseReturnValue:
    words = " ".join(request.args.get("q", "").split())[:100]
    never = request.args.get("jamais") == "1"
    after = request.args.get("apres", "")[:40]
    page = render_template(
        "arrivals/invitations.html",
        page=invitations.guests(coverage.readable(), words=words, after=after, never=never, now=g.now),
        words=words,
        never=never,
        after=after,
        everybody=request.args.get("tous") == "1" and not errors,
        most=invitations.AT_MOST,
        chosen=set(request.form.getlist("qui")),
        errors=errors,
    )
    return page, 422 if errors else 200


def _sheets(done: list[invitations.Invited]) -> ResponseReturnValue:
    """Return the letters as one PDF, a page for each person; it is kept nowhere."""
    html = render_template(
        "arrivals/letters.html",
        invited=[(one, scope_name(one.organisation), f"code-{at}.svg") for at, one in enumerate(done)],
        days=LINK_DAYS,
        host=current_app.config["GUICHET"].base_url,
        today=g.now,
    )
    codes = {f"code-{at}.svg": ("image/svg+xml", _qr(one.link)) for at, one in enumerate(done)}
    resources = {"public-sans.woff2": ("font/woff2", _font()), **codes}
    try:
        made = pdf.make(pdf.digest(html, _style(), resources), html, _style(), resources, keep=False)
    except (pdf.Unavailable, pdf.Busy):
        title, text = _FAILED
        return make_response(render_template("errors/error.html", code=503, title=title, text=text), 503)
    response = Response(made, mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="invitations.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _qr(link: str) -> bytes:
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(out, kind="svg", scale=4, border=2, dark="#000", light="#fff")
    return out.getvalue()


@cache
def _style() -> str:
    return (STATIC / "print" / SHEET).read_text("utf-8")


@cache
def _font() -> bytes:
    return (STATIC / "fonts" / FONT).read_bytes()
