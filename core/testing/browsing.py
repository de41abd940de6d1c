"""A real browser before a real server, for tests of what scripts and stylesheets do.

The browser is Debian's chromium, or the one BACKOFFICE_TEST_BROWSER names; nothing is downloaded.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from werkzeug.serving import make_server

from backoffice.core.office import Backoffice
from backoffice.core.web import create_app

from .offices import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TIMEOUT: Final = 15_000
"""Milliseconds a step may take; a machine that runs many tests is slow."""


def executable() -> str:
    """Return the path of the browser, or nothing when there is none."""
    named = os.environ.get("BACKOFFICE_TEST_BROWSER", "")
    return named or next((found for name in NAMES if (found := shutil.which(name))), "")


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the browser for some tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable(), args=list(ARGUMENTS))
        try:
            yield started
        finally:
            started.close()


@contextmanager
def serving(office: Backoffice) -> Iterator[str]:
    """Serve the pages of ``office`` on a free port and give their address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, create_app(office), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Window:
    """A window of the browser. ``page`` is Playwright's; ``complaints`` are what the browser found wrong."""

    def __init__(self, started: Browser, address: str, *, language: str = "en", width: int = 1440) -> None:
        self.address = address
        self.context = started.new_context(
            viewport={"width": width, "height": 900}, locale=language, reduced_motion="reduce", accept_downloads=True
        )
        self.context.set_default_timeout(TIMEOUT)
        self.page: Any = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: Any) -> None:
        # A page that answers with an error status on purpose is no mistake of its scripts.
        if message.type == "error" and "the server responded with a status of" not in message.text:
            self.complaints.append(message.text)

    def open(self, path: str) -> None:
        """Open a page and wait until its scripts are ready."""
        self.page.goto(self.address + path)
        self.ready()

    def ready(self) -> None:
        """Wait until the scripts of the page have done their part."""
        self.page.wait_for_selector("html[data-ready]", state="attached")

    def sign_in(self, username: str = "admin", password: str = PASSWORD) -> None:
        """Sign in through the door."""
        self.open("/sign-in")
        self.page.fill("#username", username)
        self.page.fill("#password", password)
        self.page.press("#password", "Enter")
        self.page.wait_for_url(f"{self.address}/")
        self.ready()

    def close(self) -> None:
        """Close the window."""
        self.context.close()


__all__ = ["Window", "browser", "executable", "serving"]
