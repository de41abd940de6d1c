"""A new plugin: named rightly, built, installed, passing its own tests, judged, and open in a browser."""

import json
import os
import re
import subprocess
import sys
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from backoffice.core.authoring.scaffold import names_of, scaffold
from backoffice.core.errors import AlreadyExists, InvalidInput

PROGRAM = [sys.executable, "-c", "from backoffice.cli import main; main()"]


@pytest.mark.parametrize(
    "text", ["acme_desk", "acme-desk", "Acme Desk", "backoffice-acme-desk", "Backoffice_Acme.Desk"]
)
def test_one_name_is_written_in_many_ways(text):
    names = names_of(text)
    assert (names.name, names.distribution, names.package) == (
        "acme_desk",
        "backoffice-acme-desk",
        "backoffice_acme_desk",
    )
    assert (names.path, names.title) == ("acme-desk", "Acme desk")


@pytest.mark.parametrize("text", ["", "1st", "تجربة", "core", "console", "class", "a" * 31, "_x", "acme/desk", "../x"])
def test_a_name_that_tables_cannot_have_is_refused(text):
    with pytest.raises(InvalidInput) as caught:
        names_of(text)
    assert caught.value.fields["name"]


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    scaffold(names_of("acme-desk"), tmp_path)
    with pytest.raises(AlreadyExists):
        scaffold(names_of("acme-desk"), tmp_path)


def test_the_description_stands_in_the_metadata_and_in_the_code(tmp_path):
    folder = scaffold(names_of("acme-desk"), tmp_path, description='Desks, "chairs" and C:\\ drives.')
    assert 'description = Desks, "chairs" and C:\\ drives\n' in (folder / "setup.cfg").read_text()
    package = folder / "src" / "backoffice_acme_desk" / "__init__.py"
    namespace = {}
    exec(package.read_text(), namespace)
    assert namespace["__doc__"] == 'Desks, "chairs" and C:\\ drives.'


def test_a_description_of_several_lines_is_refused(tmp_path):
    with pytest.raises(InvalidInput):
        scaffold(names_of("acme-desk"), tmp_path, description="one\ntwo")


def test_it_is_read_in_five_minutes(tmp_path):
    package = scaffold(names_of("acme-desk"), tmp_path) / "src" / "backoffice_acme_desk"
    lines = [line for path in package.glob("*.py") for line in path.read_text("utf-8").splitlines()]
    assert len(lines) < 250


# From nothing to a page


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A new plugin in a folder, and where pip installed it."""
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [*PROGRAM, "plugin", "new", "acme-desk", "--description", "Tasks of a desk"],
        cwd=home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-deps"]
    folder = home / "backoffice-acme-desk"
    subprocess.run([*pip, "--no-build-isolation", "--target", home / "site", folder], check=True)
    return folder, home / "site"


@pytest.fixture
def environment(made, tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BACKOFFICE_", "LC_", "LANG"))}
    return {**kept, "PYTHONPATH": str(made[1]), "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def server(request):
    """What shares this run's PostgreSQL with a run inside it."""
    from backoffice.core.testing.postgres import ADDRESS_VARIABLE, why_unavailable

    return {} if why_unavailable() else {ADDRESS_VARIABLE: request.getfixturevalue("postgresql_server").address}


def test_it_passes_its_own_tests_and_is_judged_by_them(made, environment, server, tmp_path):
    folder, _site = made
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib"]
    done = subprocess.run(
        [*command, str(folder / "tests")],
        cwd=tmp_path, env={**environment, **server}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_passes_every_check(made, environment, server, tmp_path):
    done = subprocess.run(
        [*PROGRAM, "plugin", "check", str(made[0])],
        cwd=tmp_path, env={**environment, **server}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d+ passed, 0 failed, 0 skipped\.$", done.stdout, re.MULTILINE)


def test_its_page_is_served(made, environment, tmp_path):
    def run(*words, **options):
        done = subprocess.run(
            [*PROGRAM, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, **options
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    (tmp_path / "backoffice.toml").write_text('database = "sqlite:///office.db"\nplugins = ["acme_desk"]\n')
    told = run("init", "--no-input", stdin=subprocess.DEVNULL)
    password = re.search(r"\S+-\S+-\S+-\S+", told)[0]
    run("do", "acme_desk.task.create", "--field", "code=1", "--field", "title=Read")
    serving = subprocess.Popen(
        [*PROGRAM, "serve", "--port", "0"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        address = re.search(r"http://\S+", serving.stdout.readline())[0].rstrip("/")
        page = _signed_in(address, password).open(f"{address}/acme-desk/").read().decode()
    finally:
        serving.terminate()
        serving.wait(20)
        serving.stdout.close()
    assert "Overview of tasks" in page
    assert re.search(r"<td>Open</td>\s*<td class=\"num\">1</td>", page)


def _signed_in(address, password):
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    form = browser.open(f"{address}/sign-in").read().decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)[1]
    sent = urlencode({"csrf_token": token, "username": "admin", "password": password, "next": ""})
    browser.open(f"{address}/sign-in", sent.encode()).close()
    return browser


def test_a_plugin_that_fails_a_required_check_ends_with_the_exit_code_of_plugins(environment, tmp_path):
    folder = scaffold(names_of("acme-other"), tmp_path)
    text = (folder / "setup.cfg").read_text()
    (folder / "setup.cfg").write_text(text.replace("backoffice>=0.1,<1", "backoffice"))
    command = [*PROGRAM, "plugin", "check", str(folder), "--only", "metadata", "--only", "names", "--format", "json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 8, done.stderr
    told = json.loads(done.stdout)
    assert (told["plugin"], told["passed"]) == ("acme_other", False)
    assert [(one["name"], one["level"], one["state"]) for one in told["checks"]] == [
        ("metadata", "required", "failed"), ("names", "recommended", "passed"),
    ]  # fmt: skip
    assert "require backoffice>=0.1,<1" in told["checks"][0]["problems"][0]
