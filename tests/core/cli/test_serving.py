"""`backoffice serve` and `backoffice worker` as the processes they are."""

import json
import re
import signal
import socket
import urllib.request

import pytest


def address_in(process):
    """Wait until the process says where it listens."""
    said = []
    for line in process.stdout:
        said.append(line)
        if found := re.search(r"http://\S+/", line):
            return found[0]
    raise AssertionError("".join(said) + process.stderr.read())


def get(address):
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.status, answer.read().decode()


@pytest.fixture
def served(quiet):
    """A server on a free port, stopped when the test ends."""
    process = quiet.start("serve", "--port", "0")
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_from_nothing_to_a_page_and_back(shell):
    shell.environment["BACKOFFICE_DISABLED"] = "parties,accounting"
    assert shell.process("init", "--no-input").code == 0
    process = shell.start("serve", "--port", "0")
    address = address_in(process)
    status, body = get(f"{address}readyz")
    assert (status, json.loads(body)) == (200, {"status": "ok"})
    process.send_signal(signal.SIGTERM)
    _out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "Traceback" not in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_stops_when_it_is_told_to(served, number):
    address_in(served)
    served.send_signal(number)
    _out, err = served.communicate(timeout=30)
    assert served.returncode == 0
    assert "Stopped." in err


def test_the_worker_runs_beside_the_server(served):
    address_in(served)
    served.send_signal(signal.SIGTERM)
    _out, err = served.communicate(timeout=30)
    assert "worker started" in err
    assert "worker stopped" in err


def test_the_worker_stays_away_when_the_configuration_says_so(quiet):
    quiet.environment["BACKOFFICE_WORKER"] = "false"
    process = quiet.start("serve", "--port", "0")
    address_in(process)
    process.send_signal(signal.SIGTERM)
    _out, err = process.communicate(timeout=30)
    assert "worker started" not in err


def test_a_port_that_is_taken(quiet):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = quiet("serve", "--port", port)
    assert done.code == 7
    assert str(port) in done.err
    assert "--port" in done.err


def test_an_address_this_machine_does_not_have(quiet):
    done = quiet("serve", "--host", "192.0.2.1", "--port", "0")
    assert done.code == 7
    assert "192.0.2.1" in done.err


def test_unsafe_settings_stop_a_start_in_production(quiet):
    quiet.add('environment = "production"\nsecret_key = "secret"')
    done = quiet("serve", "--port", "0")
    assert done.code == 9
    assert [name for name in ("secret_key", "base_url", "hosts") if name not in done.err] == []


def test_a_worker_does_what_is_due_and_ends(quiet):
    done = quiet("worker", "--once")
    assert done.code == 0, done.err
    assert re.search(r"pieces? of work", done.out)


def test_a_worker_stops_when_it_is_told_to(quiet):
    process = quiet.start("worker")
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Stopped." in err


def test_without_its_plugin_the_worker_says_so(quiet):
    quiet("plugin", "disable", "worker")
    done = quiet("worker", "--once")
    assert done.code == 7
    assert "plugin enable worker" in done.err
