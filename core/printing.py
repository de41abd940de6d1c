"""Pages as PDF: what a browser would print, made in the process by an engine of its own (the extra ``pdf``).

A page is complete in itself when it comes here: its style stands in it, its pictures are ``data:`` addresses. Nothing
else is fetched, from no disk and no network: a name a customer typed could otherwise have a file of ours printed.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from backoffice.core.errors import PluginProblem, Unavailable
from backoffice.hookspecs import messages

if TYPE_CHECKING:
    import plutoprint

_ = messages("backoffice")


def pdf(html: str, *, title: str = "", author: str = "") -> bytes:
    """Return the page ``html`` as PDF on the paper its ``@page`` rule names, A4 by default.

    Raises :class:`~backoffice.core.errors.Unavailable` where the engine is not installed and
    :class:`~backoffice.core.errors.PluginProblem` when it cannot lay the page out.
    """
    engine = _engine()
    book = engine.Book(engine.PAGE_SIZE_A4, engine.PAGE_MARGINS_NONE)
    book.custom_resource_fetcher = _closed(engine)
    written = io.BytesIO()
    try:
        book.load_html(html)
        for name, value in ((engine.PDF_METADATA_TITLE, title), (engine.PDF_METADATA_AUTHOR, author)):
            if value:
                book.set_metadata(name, value)
        book.write_to_pdf_stream(written)
    except engine.Error as error:
        raise PluginProblem(
            _("The page cannot be printed."), why=str(error), remedy=_("Correct its template.")
        ) from error
    return written.getvalue()


def _engine() -> Any:
    try:
        import plutoprint
    except ImportError as error:
        raise Unavailable(
            _("PDF cannot be made here."),
            why=_("The package that makes it is not installed."),
            remedy=_("Install it with: pip install 'backoffice[pdf]'. Or print the page from the browser."),
        ) from error
    return plutoprint


def _closed(engine: Any) -> plutoprint.ResourceFetcher:
    """Return a fetcher that answers with nothing. The engine reads ``data:`` addresses without asking it."""

    class Closed(engine.ResourceFetcher):
        def fetch_url(self, url: str) -> Any:
            return engine.ResourceData(b"", "application/octet-stream", "")

    return Closed()


__all__ = ["pdf"]
