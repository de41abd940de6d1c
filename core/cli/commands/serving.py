"""`backoffice serve` and `backoffice worker`: the processes that stay."""

from __future__ import annotations

import _thread
import errno
import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import command, option
from backoffice.core.errors import Unavailable
from backoffice.hookspecs import messages

if TYPE_CHECKING:
    from backoffice.core.office import Backoffice

_ = messages("cli")

GRACE_SECONDS = 10
"""How long requests may take to come to their end when the process stops."""


@command(
    "serve",
    _(
        "Serve the console and REST until it is told to stop; the worker runs in the same process unless "
        "the configuration says otherwise."
    ),
)
@option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help=_("Where to listen; 0 takes any that is free."),
)
@option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help=_("At which of the machine's addresses; 0.0.0.0 is all of them."),
)
@option(
    "--threads",
    type=click.IntRange(1, 256),
    default=8,
    show_default=True,
    help=_("How many requests are answered at the same time."),
)
@option("--reload", is_flag=True, help=_("Start again whenever a file of the program or of a plugin changes."))
@click.pass_obj
def serve(app: App, port: int, host: str, threads: int, reload: bool) -> None:
    if reload:
        from .reloading import keep_serving

        keep_serving(app, host, port, threads)
        return
    run_server(app, host, port, threads=threads)


def run_server(app: App, host: str, port: int, *, threads: int = 8, ready: Callable[[str], None] | None = None) -> None:
    """Serve until the process is told to stop; ``ready(address)`` is called once requests are answered.

    Raises:
        Unavailable: the port is taken, or may not be used.
    """
    with bound(host, port) as taken:
        office = app.office(serving=True)
        from waitress import create_server

        from backoffice.core.web import create_app

        _warn(app, office, host)
        application = create_app(office)
        server = _listening(lambda: create_server(
            application, sockets=[taken], threads=threads, ident=None, channel_timeout=60,
            # The application itself decides which headers of a proxy it believes.
            clear_untrusted_proxy_headers=not office.configuration.proxies,
        ), host, port)  # fmt: skip
        with stopping(), suppress(SystemExit, KeyboardInterrupt), _worker(office):
            (ready or _say_ready(app))(address_of(taken))
            server.run()
            server.close()
    app.note(_("Stopped."))


def _say_ready(app: App) -> Callable[[str], None]:
    return lambda address: app.say(_("Open {address} in a browser. Ctrl-C stops.").with_values(address=address))


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """Give a socket bound to ``host`` and ``port``, before anything slow is done.

    Raises :class:`Unavailable` when another program has the port, or this one may not use it.
    """
    try:
        family, kind, _protocol, _name, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise _no_port(host, port, error) from error
    taken = socket.socket(family, kind)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _listening(lambda: taken.bind(where), host, port)
        yield taken
    finally:
        taken.close()


def _listening(begin: Callable[[], Any], host: str, port: int) -> Any:
    try:
        return begin()
    except OSError as error:
        raise _no_port(host, port, error) from error


def _no_port(host: str, port: int, error: OSError) -> Unavailable:
    what = _("{host} cannot be listened at on port {port}.").with_values(host=host, port=port)
    if error.errno == errno.EADDRINUSE:
        why: str = _("Another program listens there; perhaps another `backoffice serve`.")
    elif error.errno == errno.EACCES:
        why = _("Ports below 1024 are for the machine's administrator.")
    else:
        why = error.strerror or str(error)
    return Unavailable(what, why=why, remedy=_("Stop it, or choose another with --port."))


def address_of(taken: socket.socket) -> str:
    """Return the address that a browser on this machine opens."""
    host, port = taken.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        return f"http://localhost:{port}/"
    return f"http://[{host}]:{port}/" if address.version == 6 else f"http://{host}:{port}/"


def _warn(app: App, office: Backoffice, host: str) -> None:
    """Say when a development installation is offered to a network."""
    if office.configuration.environment != "production" and host not in ("127.0.0.1", "::1", "localhost"):
        app.note(
            _("Other machines can reach this development installation; it is not held to the rules of production.")
        )


@contextmanager
def stopping(stop: Callable[[], None] | None = None) -> Iterator[None]:
    """Turn SIGTERM into the end of the block, as Ctrl-C is; with ``stop`` both call that instead.

    A second Ctrl-C ends the process at once.
    """

    def end(number: int, frame: Any) -> None:
        if stop is None:
            raise SystemExit(0)
        # Not here: the block may just hold the lock that what it waits for is set under, and would wait for itself.
        _thread.start_new_thread(stop, ())
        signal.signal(signal.SIGINT, signal.default_int_handler)

    numbers = (signal.SIGTERM, signal.SIGINT) if stop is not None else (signal.SIGTERM,)
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _worker(office: Backoffice) -> Iterator[None]:
    """Run the worker beside the server, if the configuration and the plugins have one."""
    if not office.configuration.worker or not office.manager.is_active("worker"):
        yield
        return
    from backoffice.core.builtin.worker.worker import Worker

    worker = Worker(office)
    worker.start()
    try:
        yield
    finally:
        worker.stop(GRACE_SECONDS)


@command("worker", _("Run jobs and deliver events until told to stop; any number of workers share the work."))
@option(
    "--jobs",
    "lanes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help=_("How many jobs run at the same time."),
)
@option("--once", is_flag=True, help=_("Do what is due now, then end."))
@click.pass_obj
def worker(app: App, lanes: int, once: bool) -> None:
    from backoffice.core.builtin.worker.worker import Worker

    office = app.office(serving=True)
    if not office.manager.is_active("worker"):
        raise Unavailable(
            _("The worker cannot run here."),
            why=_("Its plugin is not active."),
            remedy=_("Run: {command}").with_values(command="backoffice plugin enable worker"),
        )
    working = Worker(office, job_lanes=lanes)
    if once:
        done = working.run_until_idle()
        app.say(_("{count} piece of work was done.").counted("{count} pieces of work were done.", done))
        return
    stop = threading.Event()
    with stopping(stop.set):
        app.say(_("The worker runs. Ctrl-C stops."))
        working.run_forever(stop, GRACE_SECONDS)
    app.note(_("Stopped."))
