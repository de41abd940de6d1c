"""Addresses inside are refused after the name was resolved, and the address that was judged is the one called."""

import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network

import pytest

from backoffice.core.errors import InvalidInput
from backoffice.core.webhooks import reaching
from backoffice.core.webhooks.reaching import Unreachable, is_public, parts_of, post, resolve

HERE = [ip_network("127.0.0.0/8")]

CLOSED = (
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.1", "198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
    "fc00::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
    "2002:7f00:1::", "2002:a00:1::",
)  # fmt: skip


def answering(monkeypatch, *addresses):
    """Let every name lead to ``addresses``, one list for each question; returns how often it was asked."""
    asked = []

    real = socket.getaddrinfo

    def getaddrinfo(host, port, *given, **more):
        if host[0].isdigit():
            return real(host, port, *given, **more)
        found = addresses[min(len(asked), len(addresses) - 1)]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(reaching.socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("address", CLOSED)
def test_what_lies_inside_is_not_public(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_what_lies_outside_is_public(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", CLOSED)
def test_a_name_that_leads_inside_is_refused_after_it_was_resolved(monkeypatch, address):
    answering(monkeypatch, [address])
    with pytest.raises(Unreachable, match="not public"):
        resolve("https://innocent.example/", [])


def test_one_address_inside_among_others_is_enough_to_refuse_a_name(monkeypatch):
    answering(monkeypatch, ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(Unreachable, match=r"10\.0\.0\.1"):
        resolve("https://innocent.example/", [])


def test_the_address_that_was_judged_is_called_and_the_name_not_asked_again(monkeypatch, receiver):
    """A name that leads outside when it is judged and inside when it is called would be asked twice."""
    asked = answering(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    port = receiver.url.split(":")[2].split("/")[0]
    assert post(f"http://receiver.example:{port}/x", b"{}", {}, allowed=HERE).status == 204
    assert asked == ["receiver.example"]
    assert receiver.got[0][0]["host"] == f"receiver.example:{port}"


def test_outside_only_encrypted_addresses_are_called(monkeypatch):
    answering(monkeypatch, ["93.184.216.34"])
    with pytest.raises(Unreachable, match="https"):
        resolve("http://innocent.example/", HERE)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x.example/", "file:///etc/passwd", "https://", "https://user@x.example/", "https://a:b@x.example/", "x",
        "https://x.example:99999/", "https://x.example/\r\nHost: y", "https://x.example/ y",
        "https://x.example\\@y/", "",
    ],
)  # fmt: skip
def test_what_is_no_plain_address_is_refused(url):
    with pytest.raises(InvalidInput):
        parts_of(url)


def test_a_redirect_is_an_answer_and_not_followed(receiver):
    receiver.statuses = [302]
    receiver.headers["Location"] = receiver.url
    assert post(receiver.url, b"{}", {}, allowed=HERE).status == 302
    assert len(receiver.got) == 1


def test_a_receiver_that_sends_a_byte_at_a_time_is_cut_off():
    listening = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def drip():
        taken, _address = listening.accept()
        with taken:
            while not done.wait(0.05):
                try:
                    taken.sendall(b"H")
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    with pytest.raises(Unreachable):
        post(f"http://127.0.0.1:{listening.getsockname()[1]}/", b"{}", {}, allowed=HERE, seconds=0.4)
    done.set()
    thread.join()
    listening.close()


def test_only_the_beginning_of_a_long_answer_is_read(receiver):
    receiver.headers["X-Long"] = "y" * 1000
    assert len(post(receiver.url, b"{}", {}, allowed=HERE).text) <= reaching.MOST_READ


@pytest.fixture
def encrypted(certificate):
    """A receiver with a certificate for receiver.example; gives its port and what trusts it."""
    path = certificate("receiver.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *said):
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request, client_address):
            """A handshake that was refused is no news here."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port, ssl.create_default_context(cafile=path)
        server.shutdown()
        thread.join()


def test_a_receiver_proves_that_it_has_the_name_that_is_called(monkeypatch, encrypted):
    port, trusting = encrypted
    answering(monkeypatch, ["127.0.0.1"])
    assert post(f"https://receiver.example:{port}/", b"{}", {}, allowed=HERE, context=trusting).status == 200
    with pytest.raises(Unreachable, match="certificate"):
        post(f"https://other.example:{port}/", b"{}", {}, allowed=HERE, context=trusting)
    with pytest.raises(Unreachable, match="certificate"):
        post(f"https://receiver.example:{port}/", b"{}", {}, allowed=HERE)
