"""What a command has at hand: the options, the configuration, the office and a desk in it, and a voice.

Plugins' commands get it as ``ctx.obj`` (``@click.pass_obj``): ``app.desk()`` to work, ``app.say()`` and ``app.note()``
to speak. The office is opened at first use and closed when the command ends.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from backoffice.core.memory import keep_loaded

from .options import Options, language_from

if TYPE_CHECKING:
    from backoffice.core.configuration import Configuration
    from backoffice.core.office import Backoffice, Desk
    from backoffice.core.plugins.tracing import HookCall


ISOLATES = dict.fromkeys(range(0x2066, 0x206A))
"""Marks that isolate a value inside right-to-left text."""


class App:
    """One run of the command."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self._office: Backoffice | None = None
        self._started = False
        self.zone = "UTC"
        """In which instants are shown: that of the company at work."""

    @property
    def language(self) -> str:
        """The language to answer in: that of ``--language``, else that of the terminal."""
        return self.options.language or language_from()

    # -- the office --------------------------------------------------------------------------------------------

    @cached_property
    def configuration(self) -> Configuration:
        """The configuration, as ``--config`` and the environment say. Raises :class:`ConfigurationError`."""
        from backoffice.core.configuration import load_configuration

        return load_configuration(self.options.config)

    def use(self, configuration: Configuration) -> None:
        """Work with ``configuration`` from now on, which a command has just written."""
        self.__dict__["configuration"] = configuration

    def office(
        self, *, start: bool = True, tolerant: bool = False, create: bool = False, serving: bool = False
    ) -> Backoffice:
        """Return the office, opened at first use.

        Args:
            start: check the tables and start the plugins; commands that mend the database do not.
            tolerant: open it even if a required plugin cannot be used, to see why.
            create: make the SQLite file when it is missing.
            serving: log for a process that stays.
        """
        if self._office is None:
            self._office = self._open(tolerant, create, serving)
        if start and not self._started:
            self._started = True
            self._office.start()
            keep_loaded()
            self._warn(self._office)
        return self._office

    def _open(self, tolerant: bool, create: bool, serving: bool) -> Backoffice:
        from backoffice.core.office import Backoffice
        from backoffice.core.plugins.resolution import selection_from

        from .logs import configure

        configure(self.options.verbose, serving=serving)
        configuration = self.configuration
        if tolerant or self.options.no_plugins:
            configuration = replace(configuration, required=())
        office = Backoffice(
            configuration,
            only=selection_from(os.environ, self.options.no_plugins),
            trace=self._trace if self.options.trace_hooks else None,
            create=create,
        )
        office.configuration = self.configuration
        return office

    def _trace(self, call: HookCall) -> None:
        answer = call.error or call.result
        self._write(f"hook {call.hook} ({call.plugin}) {call.seconds * 1000:.2f} ms → {answer}", sys.stderr)

    def _warn(self, office: Backoffice) -> None:
        """Say which plugins are put aside, the causes alone; those switched off on purpose are not worth a line."""
        from backoffice.hookspecs import messages

        _ = messages("cli")
        for status in office.manager.statuses():
            if status.state not in ("active", "disabled", "orphaned") and not status.root:
                self.note(
                    _("The plugin {name} is not used. {reason} {remedy}").with_values(
                        name=status.name, reason=status.reason, remedy=status.remedy
                    )
                )

    def desk(self) -> Desk:
        """Return the desk of the user given by ``--as``, or of the program itself.

        Raises :class:`~backoffice.core.errors.NotFound` when there is no such user, company or organisation.
        """
        from backoffice.core.office import Desk

        office, options = self.office(), self.options
        organization, company = options.organization, options.company
        if options.user:
            desk = office.acting_as(options.user, organization=organization, company=company, channel="cli")
        else:
            desk = office.as_system(organization=organization, company=company, channel="cli")
        self.zone = desk.context.zone
        return Desk(office, desk.user, replace(desk.context, language=self.language))

    def close(self) -> None:
        """Close the office if it was opened."""
        if self._office is not None:
            office, self._office = self._office, None
            office.close()

    @property
    def colour(self) -> bool | None:
        """Whether to write in colours: never with NO_COLOR, else where there is a terminal."""
        return False if os.environ.get("NO_COLOR") else None

    # -- speaking ----------------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Print ``text``, a label or plain text: what was asked for."""
        self._write(text, sys.stdout)

    def note(self, text: str) -> None:
        """Print ``text`` on the error stream: what is said on the way, and stays out of a file or pipe."""
        self._write(text, sys.stderr)

    def confirm(self, question: str, yes: bool) -> None:
        """Ask before something that cannot be undone; ``yes`` answers for the person.

        Raises :class:`~backoffice.core.errors.MalformedRequest` where there is nobody to ask.
        """
        import click

        if yes:
            return
        if not sys.stdin.isatty():
            from backoffice.core.errors import MalformedRequest
            from backoffice.hookspecs import messages

            _ = messages("cli")
            raise MalformedRequest(question, remedy=_("Add --yes if you mean it."))
        click.confirm(self.told(question), abort=True, err=True)

    def told(self, text: str) -> str:
        """Return ``text`` in the person's language, without the invisible marks that would be copied with a value."""
        from backoffice.hookspecs import Label

        if not isinstance(text, Label):
            return text
        from backoffice.core.text import translate

        return translate(text, self.language).translate(ISOLATES)

    def _write(self, text: Any, stream: Any) -> None:
        import click

        click.echo(self.told(text), file=stream)
