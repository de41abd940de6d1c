"""Headers that tell a browser what it must not do with an answer. A view that needs another policy sets its own."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, g, request

CONTENT_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing inline, nothing from elsewhere, and no frame of another site around a page."""

DATA_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""For answers that are no pages: should a browser show one, it may do nothing."""

POLICIES: Final = {"text/html": CONTENT_POLICY, "application/pdf": "frame-ancestors 'self'"}
"""A browser's own viewer of PDF runs under the policy of the file; the console shows documents in a frame."""

ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

ONE_YEAR: Final = 365 * 24 * 60 * 60


def install(app: Flask) -> None:
    """Add the headers to every answer of ``app``, errors included."""
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    headers = response.headers
    for name, value in ALWAYS.items():
        headers.setdefault(name, value)
    headers.setdefault("X-Frame-Options", "SAMEORIGIN" if response.mimetype == "application/pdf" else "DENY")
    headers.setdefault("Content-Security-Policy", POLICIES.get(response.mimetype or "", DATA_POLICY))
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", f"max-age={ONE_YEAR}")
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    headers["X-Request-Id"] = g.get("request_id", "")
    return response


__all__ = ["ALWAYS", "CONTENT_POLICY", "DATA_POLICY", "install"]
