"""Make the PDF/A of a charter and of the proof that a person signed it, with the signed text attached."""

from __future__ import annotations

import re
from functools import cache

from flask import Response, make_response, render_template

from charters.signing import signatures
from charters.signing.signing import CharterView, Signed
from ticketing.documents import pdf
from ticketing.web.access.charter_text import charter_html
from ticketing.web.assets import STATIC
from ticketing.web.frame import scope_name

FONT, SHEET = "public-sans-latin-wght-normal.woff2", "proof.css"
_AGAIN = "Redemandez-le dans quelques secondes."


def of_signature(signed: Signed) -> Response:
    """Return the proof of a signature as PDF/A: the bytes are always the same for a signature, and are never cached."""
    given, shown = signed.evidence, signed.charter
    proof = signatures.proof(given).encode()
    archive = pdf.Archive(
        given.signed_at,
        (
            pdf.Attached("preuve.json", proof, "La preuve de la signature"),
            _text(shown),
        ),
    )
    html = render_template(
        "access/proof.html",
        charter=shown,
        html=charter_html(shown.markdown),
        proof=given,
        digest=signatures.fingerprint(proof.decode()),
        place=scope_name(given.signer.organisation),
    )
    return _pdf(html, archive, f"preuve-{shown.kind}-v{shown.version}-{given.sigle}", keep=False)


def of_text(shown: CharterView) -> Response:
    """Return a charter as PDF/A, as it was published."""
    html = render_template(
        "access/proof.html",
        charter=shown,
        html=charter_html(shown.markdown),
        proof=None,
        digest="",
        place="",
    )
    return _pdf(html, pdf.Archive(shown.published_at, (_text(shown),)), f"charte-{shown.kind}-v{shown.version}")


def _text(shown: CharterView) -> pdf.Attached:
    """Return the exact bytes of a charter's text, those whose SHA-256 the version records."""
    return pdf.Attached(f"charte-{shown.kind}-v{shown.version}.md", shown.markdown.encode(), "Le texte de la charte")


def _pdf(html: str, archive: pdf.Archive, name: str, *, keep: bool = True) -> Response:
    resources = {"public-sans.woff2": ("font/woff2", _font())}
    key = pdf.digest(html, _style(), resources, archive)
    try:
        body = pdf.kept(key) or pdf.make(key, html, _style(), resources, archive, keep=keep)
    except pdf.Unavailable:
        text = (
            "Il manque à cette machine des bibliothèques qui font les PDF. Qui exploite Guichet les installe ainsi : "
            f"{pdf.INSTALL}."
        )
        return _refusal("Ce document ne peut pas être fait", text)
    except pdf.Busy:
        response = _refusal("D’autres documents sont en train de se faire", _AGAIN)
        response.headers["Retry-After"] = "5"
        return response
    response = Response(body, mimetype="application/pdf")
    plain = re.sub(r"[^a-z0-9.-]+", "-", name.lower()).strip("-")
    response.headers["Content-Disposition"] = f'attachment; filename="{plain}.pdf"'
    return response


def _refusal(title: str, text: str) -> Response:
    return make_response(render_template("errors/error.html", code=503, title=title, text=text), 503)


@cache
def _font() -> bytes:
    return (STATIC / "fonts" / FONT).read_bytes()


@cache
def _style() -> str:
    return (STATIC / "print" / SHEET).read_text("utf-8")
