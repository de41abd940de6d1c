"""The interface through a real server and a real connection."""

import contextlib
import http.client
import json
import threading

import pytest
from waitress.server import create_server

from .conftest import BOOK


@pytest.fixture
def served(http, api):
    server = create_server(http.app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=run, args=(server,), daemon=True)
    thread.start()
    yield server.effective_port
    server.close()
    thread.join(5)


def run(server):
    # Waitress is made to be ended by a signal; closed from another thread it may find its socket gone.
    with contextlib.suppress(OSError, ValueError):
        server.run()


def ask(port, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, "/api/v1" + path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def test_the_same_key_from_eight_sides_at_once_makes_one_record(served, http):
    token = http.token()
    body = json.dumps({**BOOK, "isbn": "2"})
    answers = []

    def post():
        answer, content = ask(
            served, "POST", "/library/book", body,
            **{"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": "k"},
        )  # fmt: skip
        answers.append((answer.status, json.loads(content)))

    threads = [threading.Thread(target=post) for _n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _content in answers} == {201}
    assert all(found == answers[0][1] for _status, found in answers)


def test_a_large_export_arrives_in_pieces(served, http):
    from backoffice.core.testing.offices import desk_of

    desk = desk_of(http.office)
    many = [{"isbn": f"n{n}", "title": "T" * 150, "author": "eliot"} for n in range(1200)]
    desk.execute_many("library.book.create", many, per_transaction=600)
    answer, content = ask(served, "GET", "/library/book/export", Authorization=f"Bearer {http.token()}")
    assert (answer.status, answer.getheader("Transfer-Encoding")) == (200, "chunked")
    assert content.count(b"\r\n") == 1 + 1201 + 1


def test_broken_requests_get_a_problem_and_the_next_one_is_served(served, http):
    headers = {"Authorization": f"Bearer {http.token()}", "Content-Type": "application/json"}
    for body in (b"{", b"\xff" * 10, b"[" * 200_000):
        answer, content = ask(served, "POST", "/library/book", body, **headers)
        assert (answer.status, json.loads(content)["code"]) == (400, "malformed-request")
    assert ask(served, "GET", "/me", **headers)[0].status == 200
