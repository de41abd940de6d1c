"""A mail server on this machine that remembers what it was given."""

import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from backoffice.core.configuration import Configuration
from backoffice.core.testing.offices import desk_of


@dataclass
class MailServer:
    """A mail server in a test."""

    port: int = 0
    got: list[EmailMessage] = field(default_factory=list)
    refuse: list[str] = field(default_factory=list)
    """What it answers to the next recipients instead of yes."""


@pytest.fixture
def server():
    """A mail server that takes everything."""
    found = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, text):
            self.wfile.write(f"{text}\r\n".encode())

        def handle(self):
            self.say("220 here")
            while line := self.rfile.readline().decode().strip():
                verb = line.split()[0].upper()
                if verb == "QUIT":
                    self.say("221 bye")
                    return
                if verb == "RCPT" and found.refuse:
                    self.say(found.refuse.pop(0))
                elif verb == "DATA":
                    self.take()
                else:
                    self.say("250 yes")

        def take(self):
            self.say("354 go on")
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            found.got.append(message_from_bytes(b"".join(lines), policy=policy.default))
            self.say("250 taken")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as listening:
        found.port = listening.server_address[1]
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield found
        listening.shutdown()
        thread.join()


@pytest.fixture
def settings(server):
    """The section of the configuration that names it."""
    return {
        "sender": "Acme Books <books@acme.example>", "server": "127.0.0.1", "port": server.port, "security": "none",
    }  # fmt: skip


@pytest.fixture
def mailing(offices, settings):
    """An office whose mail goes there."""
    configuration = Configuration(
        folder=Path.cwd(), base_url="http://office.example", settings={"mail": settings}
    )  # fmt: skip
    return offices.make(only=[], configuration=configuration)


@pytest.fixture
def desk(mailing):
    """The administrator's desk."""
    return desk_of(mailing)
