"""Checkpoints go to a folder, an address and a command; a failure is kept, tried again, and stops nothing."""

import sys
import threading
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from backoffice.core.audit import handing, storage
from backoffice.core.audit.handing import hand_out, into_folder, to_address, to_command
from backoffice.core.audit.health import checks
from backoffice.core.audit.keys import key_path
from backoffice.core.audit.sealing import seal
from backoffice.core.audit.verifying import verify
from backoffice.core.clock import FixedClock
from backoffice.core.configuration import Configuration
from backoffice.core.errors import ConfigurationError, Unavailable
from backoffice.core.testing.offices import NOON, desk_of


@pytest.fixture
def clock():
    return FixedClock(NOON)


@pytest.fixture
def make(offices, clock):
    def made(**settings):
        return offices.make(only=[], clock=clock, configuration=Configuration(settings={"audit": settings}))

    return made


def later(clock, **by):
    clock.at += timedelta(**by)


def handed(office):
    with storage.looking(office.database) as store:
        return {one.place: one for one in handing.read_handed(store)}


def answer(office, name):
    return next(check for check in checks(office) if check.name == name).run()


@pytest.fixture
def receiver():
    """A server on this machine that keeps what is posted and answers with the status it is told."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.got.append((self.path, self.headers["Content-Type"], body.decode()))
            self.send_response(server.status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.status = [], 204
    server.address = f"http://127.0.0.1:{server.server_port}/checkpoints"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_newest_checkpoint_goes_into_a_folder_and_verifies_there(make, tmp_path):
    office = make(checkpoint_folder=str(tmp_path))
    seal(office, 4)
    seal(office)
    assert hand_out(office) == 1
    (file,) = tmp_path.iterdir()
    result = verify(office, tmp_path)
    assert result.ok
    assert file.name == f"checkpoint-{result.size:012}.txt"


def test_a_place_is_given_one_a_minute_and_only_new_ones(make, tmp_path, clock):
    office = make(checkpoint_folder=str(tmp_path))
    seal(office, 4)
    assert hand_out(office) == 1
    seal(office, 4)
    assert hand_out(office) == 0
    later(clock, seconds=61)
    assert hand_out(office) == 1
    later(clock, seconds=61)
    assert hand_out(office) == 0
    assert len(list(tmp_path.iterdir())) == 2


def test_without_places_or_checkpoints_there_is_nothing_to_do(make, tmp_path):
    office = make()
    seal(office)
    assert hand_out(office) == 0
    assert hand_out(make(checkpoint_folder=str(tmp_path))) == 0


def test_a_failure_is_kept_tried_again_later_each_time_and_forgotten_once_it_works(make, tmp_path, clock):
    folder = tmp_path / "missing"
    office = make(checkpoint_folder=str(folder))
    seal(office)
    assert hand_out(office) == 0
    failed = handed(office)["folder"]
    assert (failed.failures, failed.size, failed.failing_since) == (1, 0, NOON)
    assert "missing" in failed.error
    assert answer(office, "audit.checkpoints")[0] == "warning"
    later(clock, seconds=30)
    hand_out(office)
    assert handed(office)["folder"].failures == 1
    later(clock, minutes=90)
    hand_out(office)
    assert handed(office)["folder"].failures == 2
    assert answer(office, "audit.checkpoints")[0] == "error"
    folder.mkdir()
    later(clock, hours=2)
    assert hand_out(office) == 1
    assert handed(office)["folder"].failures == 0
    assert answer(office, "audit.checkpoints")[0] == "ok"


def test_a_place_that_fails_does_not_keep_the_others_from_theirs(make, tmp_path):
    office = make(checkpoint_folder=str(tmp_path / "missing"), checkpoint_command=f"{sys.executable} -c pass")
    seal(office)
    assert hand_out(office) == 1
    assert (handed(office)["command"].failures, handed(office)["folder"].failures) == (0, 1)


def test_an_address_is_posted_the_note(make, receiver):
    office = make(checkpoint_address=receiver.address)
    seal(office)
    assert hand_out(office) == 1
    ((path, kind, body),) = receiver.got
    assert (path, kind) == ("/checkpoints", "text/plain; charset=utf-8")
    assert verify(office, body).ok


@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_an_address_that_refuses_or_sends_elsewhere_did_not_take_it(receiver, status):
    receiver.status = status
    with pytest.raises(Unavailable, match="not taken"):
        to_address(receiver.address, "note\n")
    assert len(receiver.got) == 1


def test_an_address_nobody_listens_at_is_unavailable(receiver):
    with pytest.raises(Unavailable):
        to_address("http://127.0.0.1:1/x", "note\n")


@pytest.mark.parametrize(
    "address", ["http://example.org/x", "ftp://example.org/x", "file:///etc/passwd", "example.org"]
)
def test_checkpoints_leave_the_machine_by_https_alone(address):
    with pytest.raises(ConfigurationError, match="https"):
        to_address(address, "note\n")


def test_an_error_does_not_tell_what_is_secret_in_an_address(receiver):
    receiver.status = 500
    with pytest.raises(Unavailable) as caught:
        to_address(receiver.address.replace("http://", "http://me:secret@") + "?token=secret", "note\n")
    assert "secret" not in str(caught.value)


def test_a_command_gets_the_note_and_the_size(tmp_path):
    script = tmp_path / "keep.py"
    said = "os.environ['BACKOFFICE_CHECKPOINT_SIZE'] + sys.stdin.read()"
    script.write_text(f"import os, sys; open(sys.argv[1], 'w').write({said})")
    to_command(f"{sys.executable} {script} {tmp_path}/kept", 17, "note\n")
    assert (tmp_path / "kept").read_text() == "17note\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("false", "exit 1"),
        ("/nowhere/program", "/nowhere"),
        ("sh -c 'echo broken >&2; exit 3'", "broken"),
        ("'", "quot"),
    ],
)
def test_a_command_that_fails_says_why(command, said):
    with pytest.raises(Unavailable, match=said):
        to_command(command, 1, "note\n")


def test_a_command_is_not_run_by_a_shell(tmp_path):
    to_command(f"echo x > {tmp_path}/made", 1, "note\n")
    assert not (tmp_path / "made").exists()


def test_a_checkpoint_that_is_there_is_not_written_again(tmp_path):
    into_folder(tmp_path, 5, "first\n")
    into_folder(tmp_path, 5, "second\n")
    (file,) = tmp_path.iterdir()
    assert file.read_text() == "first\n"


@pytest.mark.parametrize("wrong", [{"checkpoint_foldr": "x"}, {"key_file": 5}])
def test_an_unknown_or_wrong_setting_is_refused_with_the_nearest_one(make, wrong):
    office = make(**wrong)
    with pytest.raises(ConfigurationError, match=r"\[audit\]"):
        hand_out(office)


def test_the_key_lies_where_the_setting_says(make, tmp_path):
    office = make(key_file=str(tmp_path / "keys" / "audit.key"))
    seal(office)
    assert (tmp_path / "keys" / "audit.key").exists()


# -- health --


def test_a_log_without_seals_is_a_warning_after_a_minute_and_one_that_stopped_an_error(make, clock):
    office = make()
    later(clock, days=3650)
    assert answer(office, "audit.sealed")[0] == "warning"
    seal(office)
    assert answer(office, "audit.sealed") == ("ok", "")
    desk_of(office).execute("core.branch.create", code="b", name="B")
    assert answer(office, "audit.sealed")[0] == "ok"
    later(clock, minutes=3)
    state, said = answer(office, "audit.sealed")
    assert state == "error"
    assert "3 minutes" in said.filled()


def test_a_key_that_is_gone_is_an_error(make):
    office = make()
    assert answer(office, "audit.key")[0] == "ok"
    seal(office)
    assert answer(office, "audit.key")[0] == "ok"
    key_path(office.configuration).unlink()
    assert answer(office, "audit.key")[0] == "error"


def test_in_production_checkpoints_are_to_be_kept_elsewhere(make):
    office = make()
    assert answer(office, "audit.checkpoints")[0] == "ok"
    office.configuration = replace(office.configuration, environment="production")
    assert answer(office, "audit.checkpoints")[0] == "warning"


def test_a_sealer_that_was_tampered_with_is_an_error(make):
    office = make()
    seal(office, 4)
    seal(office)
    first = "(SELECT root FROM core_checkpoint ORDER BY size LIMIT 1)"
    with office.database.write_engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE core_sealer SET size = 1, frontier = {first}")
    assert answer(office, "audit.sealed")[0] == "error"


def test_doctor_asks_these_questions(make):
    office = make()
    asked = {check.name for _plugin, check in office.hooks.health(office)}
    assert {"audit.sealed", "audit.key", "audit.checkpoints"} <= asked
