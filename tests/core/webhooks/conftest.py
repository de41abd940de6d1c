"""A receiver of webhooks on this machine, which remembers what it was sent and answers what it is told."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from backoffice.core.configuration import Configuration
from backoffice.core.testing.offices import desk_of


@dataclass
class Receiver:
    """Where webhooks arrive in a test."""

    url: str
    statuses: list[int] = field(default_factory=list)
    """What it answers, one after the other; the last again and again."""
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver():
    """A receiver that says yes."""
    found = Receiver("", [204])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(found.statuses.pop(0) if len(found.statuses) > 1 else found.statuses[0])
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *said):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/in?from=us"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def configuration():
    """A configuration that lets this machine be told, which is not public."""
    return Configuration(folder=Path.cwd(), settings={"webhooks": {"allow": ["127.0.0.0/8"], "seconds": 5}})


@pytest.fixture
def shop(installed_library, offices, configuration):
    """An office with the library that may tell this machine."""
    return offices.make(only=["library"], configuration=configuration)


@pytest.fixture
def desk(shop):
    """The administrator's desk."""
    return desk_of(shop)
