"""The page as an application of a telephone: its manifest, its service worker, and what is shown without a connection.

The service worker keeps one page, the same for everybody, and nothing of any ticket. What people type meanwhile stays
in their device, encrypted by a key that the server gives to the logged-in person only (`static/js/away.js`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from flask import Blueprint, Response, current_app, g, jsonify, render_template

from ticketing.web.assets import EXTENSION, STATIC
from ticketing.web.guards import guard, requires

blueprint = Blueprint("installing", __name__)
guard(blueprint, "public")

OFFLINE = "/hors-ligne"
_COLOUR, _GROUND = "#17566b", "#f6f5f1"
#: What the page shown without a connection is made of, besides itself.
_NEEDED = ("app.css", "app.js", "favicon.svg", "public-sans-latin-wght-normal.woff2")
_WORKER = STATIC / "worker" / "service-worker.js"


@blueprint.get("/guichet.webmanifest")
def manifest() -> Response:
    """Return what a telephone needs to put Guichet among its applications."""
    url = current_app.extensions[EXTENSION].url
    icons = [
        {"src": url("favicon.svg"), "type": "image/svg+xml", "sizes": "any"},
        *({"src": url(f"icon-{size}.png"), "type": "image/png", "sizes": f"{size}x{size}"} for size in (192, 512)),
        {"src": url("icon-mask-512.png"), "type": "image/png", "sizes": "512x512", "purpose": "maskable"},
    ]
    told = {
        "name": "Guichet",
        "short_name": "Guichet",
        "description": "Assistance informatique des établissements scolaires",
        "lang": "fr",
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": _COLOUR,
        "background_color": _GROUND,
        "icons": icons,
        "shortcuts": [{"name": "Ouvrir un ticket", "url": "/tickets/nouveau"}, {"name": "Tickets", "url": "/tickets"}],
    }
    return Response(json.dumps(told, ensure_ascii=False), mimetype="application/manifest+json")


@blueprint.get("/service-worker.js")
def worker() -> Response:
    """Return the service worker, which names what it keeps: a new version of any of it makes a new worker."""
    url = current_app.extensions[EXTENSION].url
    kept = [OFFLINE, *(url(name) for name in _NEEDED)]
    script = f"self.KEPT = {json.dumps(kept)};\n{_WORKER.read_text('utf-8')}"
    return Response(script, content_type="text/javascript; charset=utf-8")


@blueprint.get(OFFLINE)
def offline() -> str:
    """Show what a device shows without a connection: the same page for everybody."""
    return render_template("information/offline.html")


@blueprint.get("/brouillons/cle")
@requires("member")
def key() -> Response:
    """Return the key of the reader's own drafts: whoever logs in next on the same device gets another."""
    secret = str(current_app.secret_key).encode()
    made = hmac.new(secret, f"drafts\0{g.actor.account_id}".encode(), hashlib.sha256).digest()
    return jsonify(key=base64.b64encode(made).decode())
