"""`backoffice serve --reload`: a server that starts again when a file changes, for those who write plugins."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from backoffice.core.cli.app import App
from backoffice.core.errors import UnsafeSetting
from backoffice.hookspecs import messages

_ = messages("cli")

SUFFIXES: Final = frozenset({".py", ".html", ".po", ".css", ".js", ".svg", ".toml"})
LOOK_SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 15
PROGRAM: Final = "from backoffice.cli import main; main()"


def keep_serving(app: App, host: str, port: int, threads: int) -> None:
    """Serve in a process of its own, and start it again whenever something changed, until told to stop.

    A server that ends by itself, over a mistake in what was just saved, is started again with the next change.

    Raises:
        UnsafeSetting: this is a production installation.
    """
    if app.configuration.environment == "production":
        raise UnsafeSetting(
            _("A server in production does not watch files."), remedy=_("Leave out --reload, and restart it yourself.")
        )
    folders = watched(app)
    words = [*_before_command(sys.argv[1:]), "serve", "--host", host, "--port", str(port), "--threads", str(threads)]
    serving = _start(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        known = stamps(folders)
        while True:
            time.sleep(LOOK_SECONDS)
            now = stamps(folders)
            if now != known:
                app.note(_("{path} changed; starting again.").with_values(path=changed(known, now)))
                known = now
                _stop(serving)
                serving = _start(words)
    except KeyboardInterrupt:
        app.note(_("Stopped."))
    finally:
        _stop(serving)


def watched(app: App) -> list[Path]:
    """Return the folders of the program and of every plugin whose sources are edited in place."""
    from backoffice.core.plugins.discovery import discover

    folders = [Path(__file__).parents[2]]
    for candidate in discover():
        spec = None if candidate.builtin else importlib.util.find_spec(candidate.module.partition(".")[0])
        folders += [Path(place) for place in (spec.submodule_search_locations if spec is not None else None) or ()]
    found = [folder for folder in folders if folder.is_dir()]
    return [*found, app.configuration.folder / "backoffice.toml"]


def stamps(folders: list[Path]) -> dict[str, int]:
    """Return every watched file with the instant it was last written."""
    return dict(_stamps(folders))


def _stamps(folders: list[Path]) -> Iterator[tuple[str, int]]:
    for folder in folders:
        if folder.is_file():
            yield str(folder), folder.stat().st_mtime_ns
            continue
        for place, inside, names in os.walk(folder):
            inside[:] = [name for name in inside if name != "__pycache__" and not name.startswith(".")]
            for name in names:
                if os.path.splitext(name)[1] in SUFFIXES:
                    path = os.path.join(place, name)
                    try:
                        yield path, os.stat(path).st_mtime_ns
                    except FileNotFoundError:
                        continue  # an editor replaces files by renaming


def changed(before: dict[str, int], after: dict[str, int]) -> str:
    """Return the first file that differs."""
    return min(path for path in {**before, **after} if before.get(path) != after.get(path))


def _before_command(words: list[str]) -> list[str]:
    """Return the options that stand before the command: which configuration, which plugins."""
    return words[: words.index("serve")] if "serve" in words else []


def _start(words: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *words])  # noqa: S603 - our own words


def _stop(serving: subprocess.Popen[bytes]) -> None:
    serving.terminate()
    try:
        serving.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        serving.kill()
        serving.wait()


__all__ = ["changed", "keep_serving", "stamps", "watched"]
