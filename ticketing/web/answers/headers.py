"""Security headers of every answer, and the rules of caching."""

from __future__ import annotations

from flask import Flask, Response, g

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

#: For a page that shows another page of ours in a frame (`g.frames`).
CSP_WITH_FRAME = f"{CSP}; frame-src 'self'"

HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
}


def install(app: Flask, https: bool) -> None:
    """Add the headers to every answer; an answer that its view does not declare cacheable is never cached."""
    headers = {**HEADERS, "Cache-Control": "no-store"}
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    added = [(name, name.lower(), value) for name, value in headers.items()]

    @app.after_request
    def _add(response: Response) -> Response:
        if g.get("frames"):
            response.headers.setdefault("Content-Security-Policy", CSP_WITH_FRAME)
        present = {name.lower() for name, _ in response.headers}
        response.headers.extend([(name, value) for name, lower, value in added if lower not in present])
        return response
