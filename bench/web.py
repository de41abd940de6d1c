"""A list of fifty out of many, signed in, under gunicorn with two workers and wrk: requests a second and their tail.

Beside a page of Flask and SQLAlchemy that pages by key and does nothing else, the same page when it knows who is signed
in, and the lists of Flask-Admin and Django admin, which count. Servers take turns within the run. gunicorn and the two
peers are installed into ``build/peers``; ``--peers`` names another folder. wrk comes with Debian.

``--million`` lists out of a million rows instead of twenty thousand. The weight of a page is what a browser loads at
its first visit and at the next one, compressed.
"""

import base64
import gzip
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import measuring
import sqlalchemy as sa

HERE = Path(__file__).parent / "serving"
PEERS = Path(__file__).parent.parent / "build" / "peers"
NEEDED = ("gunicorn", "flask-admin", "flask-sqlalchemy", "django", "sqlalchemy", "psycopg[binary]", "psycopg2-binary")
CONNECTIONS = 8
FLOORS = ("bare", "bare_signed_in")
MODULES = {
    "ours": "ours", "bare": "bare", "bare_signed_in": "bare",
    "flask_admin": "flask_admin_peer", "django": "django_peer",
}  # fmt: skip
TIME = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s|m)\s*$", re.MULTILINE)
RATE = re.compile(r"^Requests/sec:\s+([\d.]+)", re.MULTILINE)
COUNT = re.compile(r"^\s*(\d+) requests in", re.MULTILINE)
WRONG = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors:.*")


def _paths(rows):
    """Return what is asked of each server: a page from the middle of the list where it pages by key."""
    code = f"P{rows // 2:07d}"
    after = base64.urlsafe_b64encode(json.dumps([code, 0], separators=(",", ":")).encode()).decode().rstrip("=")
    return {
        "ours": f"/records/parties.party?view=all&sort=code&after={after}",
        "bare": f"/?after={code}",
        "bare_signed_in": f"/signed-in?after={code}",
        "flask_admin": "/admin/parties/",
        "django": "/admin/auth/party/",
    }


def measure(options, folder):
    """Print a line for each database and peer, and the weight of the page."""
    if why := _missing(options):
        print(json.dumps({"skipped": "web", "why": why}), flush=True)
        return
    rows = 1_000_000 if options.million else 20_000
    with measuring.databases(options, folder) as databases:
        for dialect, address in databases:
            made = _filled(address("web"), folder / dialect, rows)
            _measure(options, dialect, rows, made)


def _missing(options):
    """Install the peers where nobody named their folder, and return what is missing, or nothing."""
    if shutil.which("wrk") is None:
        return "wrk is not installed"
    if options.peers is None:
        options.peers = PEERS
    python = options.peers / "bin" / "python"
    if not python.exists():
        done = subprocess.run(
            [sys.executable, "-m", "venv", options.peers], capture_output=True, text=True, check=False
        )
        if not done.returncode:
            install = [python, "-m", "pip", "install", "-q", *NEEDED]
            done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(options.peers, ignore_errors=True)
            return f"the peers cannot be installed: {(done.stderr or done.stdout)[-300:]}"
    return ""


def _filled(database, folder, rows):
    """Make an office with so many parties; return its configuration file, its address and a signed-in cookie."""
    from backoffice.core.testing.offices import PASSWORD, _fill

    folder.mkdir()
    config = folder / "backoffice.toml"
    config.write_text(f'database = "{database}"\nenvironment = "development"\nrequests_per_minute = 0\n')
    _fill(database, folder, frozenset({"parties"}), False, None)
    _copy_rows(database, rows)
    return config, database, PASSWORD


def _copy_rows(database, rows):
    """Copy one party many times, past the triggers: what is measured reads."""
    from backoffice.core.configuration import Configuration
    from backoffice.core.office import Backoffice
    from backoffice.core.testing.offices import desk_of

    office = Backoffice(Configuration(database=database), only=frozenset({"parties"})).start()
    given = {"code": "P0000000", "name": "Party 0000000", "email": "one@party.example", "phone": "+44 20 7946 0000"}
    desk_of(office).execute("parties.party.create", {**given, "customer": True})
    office.close()
    engine = sa.create_engine(database)
    with engine.begin() as connection:
        columns = [c["name"] for c in sa.inspect(connection).get_columns("parties_party") if c["name"] != "id"]
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            for (name,) in connection.execute(
                sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'parties_party'")
            ).all():
                connection.execute(sa.text(f'DROP TRIGGER "{name}"'))
        else:
            connection.execute(sa.text("SET session_replication_role = replica"))
        number = "printf('%07d', n)" if sqlite else "lpad(n::text, 7, '0')"
        new = {"code": f"'P' || {number}", "name": f"'Party ' || {number}", "search_key": f"'party ' || {number}"}
        wanted = ", ".join(new.get(name, f'p."{name}"') for name in columns)
        count = (
            f"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {rows}) SELECT n FROM c)"
            if sqlite
            else f"generate_series(1, {rows}) AS n"
        )
        named = ", ".join(f'"{name}"' for name in columns)
        one = "(SELECT * FROM parties_party LIMIT 1) p"
        connection.execute(sa.text(f"INSERT INTO parties_party ({named}) SELECT {wanted} FROM {one}, {count}"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))
    engine.dispose()


def _measure(options, dialect, rows, made):
    config, database, password = made
    paths = _paths(rows)
    found = {name: [] for name in paths}
    servers = []
    for name in paths:
        if why := _cannot(options, name, database):
            print(json.dumps({"skipped": f"web/{dialect}/{name}", "why": why}), flush=True)
        else:
            servers.append(name)
    for _round in range(options.rounds):
        for name in servers:
            with _serving(options, name, config, database) as (address, server):
                cookie = _sign_in(name, address, password)
                found[name].append(_load(address + paths[name], cookie, options.seconds, server))
    for name in servers:
        if name != "ours":
            _emit(dialect, rows, name, found["ours"], found[name])
    with _serving(options, "ours", config, database) as (address, _server):
        _weigh(dialect, address, paths["ours"], _sign_in("ours", address, password))


def _emit(dialect, rows, name, ours, theirs):
    """Print the rates of ours and of another beside each other, with the medians of their milliseconds.

    Those of the processor in the workers, for one request, say more than rates where others use the machine too.
    """

    def median(turns, at):
        return round(statistics.median(turn[at] for turn in turns), 2)

    measuring.emit(
        f"web/{dialect}/list/{rows}", "requests/s", [turn[0] for turn in ours], [turn[0] for turn in theirs],
        floor=name, p50_ms=median(ours, 1), p50_beside_ms=median(theirs, 1), p99_ms=median(ours, 2),
        p99_beside_ms=median(theirs, 2), cpu_ms=median(ours, 3), cpu_beside_ms=median(theirs, 3),
        connections=CONNECTIONS,
    )  # fmt: skip


def _cannot(options, name, database):
    """Prepare a server and return why it cannot be measured, or nothing."""
    words = {"django": ["django_peer.py", "prepare"], "flask_admin": ["-c", "import flask_admin_peer"]}.get(name)
    if words is None:
        return ""
    done = subprocess.run(
        [*_python(options, name), *words], capture_output=True, text=True, check=False, cwd=HERE,
        env=_environment(database),
    )  # fmt: skip
    return done.stderr[-300:] if done.returncode else ""


def _python(options, name):
    """Return the Python of a server: peers have their own packages, ours and the floor share the ones of this run."""
    return [str(options.peers / "bin" / "python") if name in ("django", "flask_admin") else sys.executable]


def _environment(database, config=""):
    return {**os.environ, "PYTHONPATH": str(HERE), "BENCH_DATABASE": database, "BENCH_CONFIG": str(config)}


@contextmanager
def _serving(options, name, config, database):
    """Serve one of the applications with two workers and give its address and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    packages = next(options.peers.glob("lib/python*/site-packages"))
    # The packages of the peers come last, so that ours and the floor take nothing of theirs but gunicorn.
    run = f"import sys; sys.path.append({str(packages)!r}); from gunicorn.app.wsgiapp import run; run()"
    words = ["-w", "2", "-b", f"127.0.0.1:{port}", "--log-level", "error", f"{MODULES[name]}:app"]
    server = subprocess.Popen(
        [*_python(options, name), "-c", run, *words], cwd=HERE, env=_environment(database, config)
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address)
        yield address, server
    finally:
        server.terminate()
        server.wait()


def _wait(address, seconds=60):
    until = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(f"{address}/sign-in").read()
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def _sign_in(name, address, password):
    """Return the cookie of somebody who is signed in."""
    import http.cookiejar

    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = opener.open(f"{address}/sign-in").read().decode()
    if name == "ours":
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        sent = urllib.parse.urlencode({"csrf_token": token, "username": "admin", "password": password}).encode()
        opener.open(urllib.request.Request(f"{address}/sign-in", sent, {"Referer": f"{address}/sign-in"})).read()
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def _load(url, cookie, seconds, server):
    """Return requests a second, the milliseconds within which 50 and 99 of 100 are answered, and the processor's."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", "--latency", "--timeout", "30s", "-H", f"Cookie: {cookie}"]
    subprocess.run([*command, "-d1s", url], capture_output=True, check=True)
    length = f"-d{max(1, round(seconds))}s"
    before = _processor_seconds(server.pid)
    said = subprocess.run([*command, length, url], capture_output=True, text=True, check=True).stdout
    spent = _processor_seconds(server.pid) - before
    if wrong := WRONG.search(said):
        raise SystemExit(f"{url}: {wrong[0]}")
    times = {part: float(value) * MILLISECONDS[unit] for part, value, unit in TIME.findall(said)}
    return float(RATE.search(said)[1]), times["50"], times["99"], 1000 * spent / int(COUNT.search(said)[1])


def _processor_seconds(server):
    """Return the seconds that the workers of a server computed; nothing where the system does not tell."""
    spent = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[1]) == server:
            spent += int(fields[11]) + int(fields[12])
    return spent / os.sysconf("SC_CLK_TCK")


MILLISECONDS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}


def _weigh(dialect, address, list_path, cookie):
    """Print what a browser loads: the page with its files at first, the page alone later."""

    def load(path):
        headers = {"Cookie": cookie, "Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        with urllib.request.urlopen(urllib.request.Request(address + path, headers=headers)) as answer:
            return answer.read(), answer.headers.get("Content-Encoding")

    body, encoding = load(list_path)
    page = gzip.decompress(body) if encoding == "gzip" else body
    files = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page.decode()))
    scripts = next(path.rpartition("/")[0] for path in files if path.endswith("console.js"))
    files |= {f"{scripts}/{name}" for name in LOADED}
    weight = len(body) + sum(len(load(path)[0]) for path in files)
    print(json.dumps({
        "name": f"web/{dialect}/weight", "unit": "kB", "first_visit": round(weight / 1000, 1),
        "later": round(len(body) / 1000, 1), "limits": [60, 15], "files": len(files), "compressed": encoding,
    }), flush=True)  # fmt: skip


LOADED = ("words.js", "recent.js", "rows.js", "picker.js", "columns.js")
"""Scripts that the console's entry loads on a list."""
